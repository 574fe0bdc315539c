import { constants } from 'node:os';
import { CommandError, UserError, type ErrorCode } from '../errors.js';
import { missingPrivilege } from '../mysql/refusal.js';

/** What the backup tools print when they fail, and what it means. The first match counts. */
const known: readonly { pattern: RegExp; code: ErrorCode; fact: string; hint: string }[] = [
  {
    pattern: /Access denied for user '[^']*'@'[^']*' \(using password: (YES|NO)\)/,
    code: 'SERVER_ACCESS_DENIED',
    fact: 'The server refuses the backup user or its password.',
    hint: 'Correct mysql-user and mysql-password, or the defaults file.',
  },
  {
    // XtraBackup's version check says «… as DBD::mysql module is not installed» and goes on.
    pattern: /Failed to connect to (MySQL|MariaDB) server(?! as DBD)/,
    code: 'SERVER_UNREACHABLE',
    fact: 'The backup tool cannot connect to the server.',
    hint: 'Is it running? Correct mysql-socket, or mysql-host and mysql-port.',
  },
  {
    pattern: /server has gone away|Lost connection to (MySQL |MariaDB )?server/i,
    code: 'SERVER_UNREACHABLE',
    fact: 'The server ended, or closed the connection, during the backup.',
    hint: "Look at the server's error log, then run the backup again.",
  },
  {
    pattern: /Could not open required defaults file/,
    code: 'DEFAULTS_FILE_UNREADABLE',
    fact: 'The backup tool cannot read the defaults file.',
    hint: 'Correct mysql-defaults-file, or let the user that runs this read the file.',
  },
  {
    pattern: /unknown (?:option|variable) '([^'\n]+)'/,
    code: 'TOOL_OPTION_REFUSED',
    fact: 'The backup tool does not know the option $1.',
    hint: 'Take it out of extra-args, or out of the groups for the tool in the defaults file.',
  },
  {
    pattern: /(--defaults-file must be specified first|Error while setting value '[^'\n]*' to '[^'\n]*')/,
    code: 'TOOL_OPTION_REFUSED',
    fact: 'The backup tool refuses its options: $1.',
    hint: 'Correct extra-args, or the groups for the tool in the defaults file.',
  },
  {
    pattern: /missing required privilege (.+?) on (\S+)/,
    code: 'PRIVILEGE_MISSING',
    fact: 'The backup user lacks the privilege $1 on $2.',
    hint: 'Grant it: GRANT $1 ON $2 TO the backup user.',
  },
  {
    pattern: /Unsupported server version|does not support MariaDB|Please use Percona XtraBackup/,
    code: 'TOOL_UNSUITABLE',
    fact: 'The backup tool does not take this server version.',
    hint: 'Install the tool of the same series as the server.',
  },
  {
    pattern: /An optimized ?\(without redo logging\) DDL ?operation has been performed/,
    code: 'DDL_DURING_BACKUP',
    fact: 'A DDL statement without redo logging ran during the backup.',
    hint: 'Run the backup again, when no ALTER or CREATE INDEX is going on.',
  },
  {
    pattern: /Found tables with row versions due to INSTANT ADD\/DROP columns/,
    code: 'INSTANT_DDL',
    fact: 'Tables hold row versions of the instant DDL of MySQL 8.0.29 to 8.0.31, which cannot be backed up.',
    hint: 'Run OPTIMIZE TABLE on each table that the end of the log names, and upgrade the server.',
  },
  {
    pattern:
      /failed to init keyring|is missing encryption information|(?:cannot|failed to|unable to) (?:load|open|read)[^\n]*keyring/i,
    code: 'KEYRING_UNAVAILABLE',
    fact: 'The backup tool cannot read the keyring that the encrypted tables need.',
    hint:
      'Let it find the keyring of the server: --keyring-file-data or --component-keyring-config in extra-args, ' +
      'and a keyring file that the user of the runner can read.',
  },
  {
    pattern: /encryption key management plugin was not found|Obtaining redo log encryption key/,
    code: 'KEYRING_UNAVAILABLE',
    fact: 'The backup tool does not find the keys of the encrypted data.',
    hint:
      'The key management plugin of the server, and its key file at the same path, must be on this host, and the user ' +
      'of the runner must be able to read them.',
  },
  {
    pattern:
      /log block numbers mismatch|log copying failed|reopen_log_files did not find|could not find redo log file with LSN|Was only able to copy log from/i,
    code: 'REDO_OVERWRITTEN',
    fact: 'The server overwrote its redo log faster than the backup could read it.',
    hint: 'Give the server a larger redo log (innodb_redo_log_capacity, innodb_log_file_size), or back up in a quieter hour.',
  },
  {
    pattern: /Unable to obtain lock|Lock wait timeout exceeded/i,
    code: 'LOCK_WAIT_TIMEOUT',
    fact: 'The backup could not get its lock in time: a long statement was running.',
    hint: 'Run it again, or end the long statement.',
  },
  {
    pattern: /No space left on device|errno: 28\b|OS errno 28\b/,
    code: 'DISK_FULL',
    fact: 'A disk is full.',
    hint: 'Free space on the disk that the end of the log names.',
  },
  {
    pattern: /failed to read page after \d+ retries|seems to be corrupted|Database page corruption/,
    code: 'PAGE_CORRUPT',
    fact: 'A data file of the server has a corrupt page.',
    hint: 'Look at the end of the log for the file. Check its table (CHECK TABLE), and keep the older backups.',
  },
  {
    pattern:
      /(Can't|cannot) (open|change dir|read)[^\n]*(Permission denied|Errcode: 13)|OS errno 13|error number 13 in a file operation/i,
    code: 'DATADIR_UNREADABLE',
    fact: 'The user that runs the backup cannot read the data files.',
    hint: 'Run the runner as the user mysql or as root, or give its user read access to the whole datadir.',
  },
  {
    pattern: /Can't change dir to '([^'\n]*)'/,
    code: 'DATADIR_UNREADABLE',
    fact: 'The backup tool does not find the datadir $1.',
    hint: "The runner must be on the server's host, and see the datadir at the same path as the server does.",
  },
  {
    pattern:
      /seems not to be proper for the target|needs target prepared with --apply-log-only|needs a prepared target/,
    code: 'PREPARE_ORDER',
    fact: 'The incremental does not follow from what the target was prepared to.',
    hint: 'Empty the target directory and run prepare again; by hand, apply the links in the order of their LSNs.',
  },
  {
    // «… already prepared with --apply-log-only.» is what every good step after the first says.
    pattern: /was already used to '--prepare'|seems to be already prepared\./,
    code: 'ALREADY_PREPARED',
    fact: 'The backup was prepared before, and cannot be prepared twice.',
    hint: 'Empty the target directory and run prepare again.',
  },
  {
    pattern: /The target is not fully prepared|prepare it without option --apply-log-only/,
    code: 'NOT_PREPARED',
    fact: 'The backup is not prepared to the end, and no server can start on it.',
    hint: 'Run prepare again, then apply.',
  },
  {
    pattern: /Original data directory (\S+) is not empty/,
    code: 'DATADIR_UNSUITABLE',
    fact: 'The datadir $1 is not empty.',
    hint: 'Something wrote into it during the restore. Find out what, then run apply again.',
  },
  {
    pattern:
      /failed to read metadata from|may be wrong format for incremental option|cannot find \.\/xtrabackup_logfile|Can't open backup-my\.cnf/,
    code: 'BASE_UNREADABLE',
    fact: 'The backup tool cannot read what it should build on: its checkpoints or its redo log are missing or wrong.',
    hint: 'Run a backup with type full; for a restore, empty the target directory and run prepare again.',
  },
  {
    // The program that reads has failed first as a rule, and then it is the one that is reported.
    pattern: /errno:? 32\b|Errcode: 32\b/,
    code: 'PIPELINE_FAILED',
    fact: 'The program that reads the stream of the backup tool ended before the stream did.',
    hint: 'The log says more about zstd, age or gpg. Run it again.',
  },
];

/** Turns a failed run of a backup tool into an error with a hint; `otherwise` when no message is known. */
export function explainFailure(error: unknown, otherwise: ErrorCode): unknown {
  if (!(error instanceof CommandError)) return error;
  const { stderrTail } = error.failure;
  for (const { pattern, code, fact, hint } of known) {
    const match = pattern.exec(stderrTail);
    if (match === null) continue;
    const fill = (text: string) => text.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    return new UserError(code, `${fill(fact)} (${error.message})`, fill(hint), { cause: error });
  }
  // After the others: XtraBackup also tells of a refusal that it can do without.
  const refused = missingPrivilege(stderrTail);
  if (refused !== undefined) {
    const { privilege, on } = refused;
    return new UserError(
      'PRIVILEGE_MISSING',
      `The backup user lacks the privilege ${privilege} on ${on}. (${error.message})`,
      `Grant it: GRANT ${privilege} ON ${on} TO the backup user.`,
      { cause: error },
    );
  }
  const killedBy = killingSignal(error.failure);
  if (killedBy !== undefined && otherwise !== 'PIPELINE_FAILED') {
    const hint = killedBy === 'SIGKILL' ? hintAfterSigkill : hintAfterOtherSignal;
    const fact = `The backup tool was killed by ${killedBy}. (${error.message})`;
    return new UserError('TOOL_KILLED', fact, hint, { cause: error });
  }
  return new UserError(
    otherwise,
    `${error.message}.`,
    'The end of what it said is in the log and in the job summary; log-level debug shows all of it.',
    { cause: error },
  );
}

const hintAfterSigkill =
  'If nobody did it, the kernel was out of memory (see dmesg): give the host more, or lower parallel and use-memory.';
const hintAfterOtherSignal =
  'If nobody did it, the program crashed: the end of the log says where. Run it again, or install a newer one.';

/** A shell, or a wrapper around the tool, gives 128 and the number of the signal as its exit status. */
function killingSignal({ signal, exitStatus }: CommandError['failure']): string | undefined {
  if (signal !== null) return signal;
  const number = (exitStatus ?? 0) - 128;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
