/**
 * What can go wrong, each with a code, a fact and a hint.
 *
 * `UserError` is expected and says what to do. `CommandError` is a program that failed; the tools' tables of
 * known messages turn it into a `UserError`. Anything else is a bug and shows its stack.
 */

/** Every code, with the heading of its entry in docs/troubleshooting.md. */
export const errorCodes = {
  INPUT_INVALID: 'An input is missing or not valid',
  SERVER_UNREACHABLE: 'The database server cannot be reached',
  SERVER_ACCESS_DENIED: 'The database server refuses the user',
  PRIVILEGE_MISSING: 'The backup user lacks a privilege',
  DATADIR_UNREADABLE: 'The datadir cannot be read',
  DEFAULTS_FILE_UNREADABLE: 'The defaults file cannot be read',
  PROGRAM_MISSING: 'A program is not installed',
  TOOL_UNSUITABLE: 'The backup tool does not fit the server',
  BACKUP_FAILED: 'The backup tool failed',
  TOOL_KILLED: 'The backup tool was killed',
  TOOL_OPTION_REFUSED: 'The backup tool refuses an option',
  PIPELINE_FAILED: 'zstd, age, gpg or xbstream failed',
  BACKUP_INCONSISTENT: 'The backup does not follow from its base',
  DDL_DURING_BACKUP: 'A DDL statement made the backup inconsistent',
  REDO_OVERWRITTEN: 'The redo log was overwritten during the backup',
  LOCK_WAIT_TIMEOUT: 'The backup lock could not be had in time',
  PAGE_CORRUPT: 'The server has a corrupt page',
  KEYRING_UNAVAILABLE: 'The keyring of encrypted tables cannot be read',
  INSTANT_DDL: 'Tables were changed by the instant DDL of MySQL 8.0.29 to 8.0.31',
  DISK_FULL: 'A disk is full',
  BASE_UNREADABLE: 'The backup tool cannot read the base',
  BASE_UNUSABLE: 'An incremental was asked for, but there is no usable base',
  HOST_BUSY: 'Another run is at work on this server',
  BACKUP_EXISTS: 'Another backup took the same place',
  BACKUP_OVERDUE: 'The newest backup is too old',
  CANCELLED: 'The run was cancelled',
  STORE_UNREACHABLE: 'The S3 store cannot be reached',
  STORE_DENIED: 'The S3 store refuses the request',
  STORE_MISSING: 'The bucket or object does not exist',
  UPLOAD_FAILED: 'The upload failed',
  UPLOAD_DIFFERS: 'What is stored is not what was sent',
  DOWNLOAD_FAILED: 'A download failed',
  MANIFEST_INVALID: 'A manifest cannot be read',
  RESTORE_POINT_MISSING: 'There is no backup for that date and hour',
  CHAIN_BROKEN: 'A chain has a bad link',
  LINK_CORRUPT: 'A stored backup is not what its manifest says',
  KEY_MISSING: 'The key to decrypt is missing',
  DECRYPTION_FAILED: 'The backup cannot be decrypted',
  TARGET_NOT_EMPTY: 'The target directory is not empty',
  TARGET_IN_USE: 'Another run is using the target directory',
  DISK_TOO_SMALL: 'There is not enough free disk space',
  PREPARE_FAILED: 'The backup could not be prepared',
  PREPARE_ORDER: 'An incremental does not follow from what is prepared',
  ALREADY_PREPARED: 'The backup is prepared already',
  NOT_PREPARED: 'The directory does not hold a complete prepared backup',
  CONFIRM_MISMATCH: 'The confirmation does not match',
  DATADIR_UNSUITABLE: 'The datadir cannot be replaced',
  STOP_FAILED: 'The database server could not be stopped',
  RESTORE_ROLLED_BACK: 'The restore failed, and everything is back as it was',
  ROLLBACK_FAILED: 'The restore failed, and so did putting everything back',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An expected failure: `message` is a fact, `hint` is what to do now. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How a program ended, and the end of what it said. Arguments are already redacted. */
export interface CommandFailure {
  program: string;
  arguments: readonly string[];
  exitStatus: number | null;
  signal: NodeJS.Signals | null;
  stderrTail: string;
}

/** A program that could not be started, or ended with anything but 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly failure: CommandFailure,
    options?: ErrorOptions,
  ) {
    super(`${failure.program} ${endOf(failure)}`, options);
  }
}

function endOf({ exitStatus, signal }: CommandFailure): string {
  if (signal !== null) return `was killed by ${signal}`;
  if (exitStatus !== null) return `failed with exit status ${exitStatus}`;
  return 'could not be started';
}

/** The error for a run that was told to stop (SIGINT, SIGTERM, a cancelled workflow). */
export function cancelled(cause?: unknown): UserError {
  return new UserError(
    'CANCELLED',
    'The run was cancelled.',
    'Nothing that was begun counts. Start it again when you are ready.',
    { cause },
  );
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
