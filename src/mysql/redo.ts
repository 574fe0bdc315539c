import type { Session } from './connection.js';
import { currentLsn } from './server.js';
import { readNamed } from './told.js';
import { isAtLeast } from '../tools/versions.js';

/**
 * The redo log is a ring: a backup reads it while the server writes it. When the server comes round to what was not
 * read yet, the backup fails.
 */

export interface RedoLog {
  capacityBytes: number;
  /** What the server has written per second on the average since it was started. */
  averageBytesPerSecond: number;
  /** The variable that sets the capacity. */
  variable: 'innodb_redo_log_capacity' | 'innodb_log_file_size';
  /** How many files of `innodb_log_file_size` there are. */
  fileCount: number;
  /** Can it be set while the server runs? */
  isDynamic: boolean;
}

/** Two statements that need no privilege. */
export async function readRedoLog(session: Session): Promise<RedoLog> {
  const variables = await readNamed(session, 'VARIABLES', [
    'innodb_redo_log_capacity',
    'innodb_log_file_size',
    'innodb_log_files_in_group',
    'version',
  ]);
  const status = await readNamed(session, 'STATUS', [
    'Innodb_redo_log_capacity_resized',
    'Innodb_os_log_written',
    'Uptime',
  ]);
  const number = (value: string | undefined) => Number(value ?? 0);
  const averageBytesPerSecond =
    number(status.get('innodb_os_log_written')) / Math.max(number(status.get('uptime')), 1);
  const capacity = variables.get('innodb_redo_log_capacity');
  if (capacity !== undefined) {
    // Until the capacity is set, MySQL derives the real one from the older variables, and tells it only here.
    const resized = number(status.get('innodb_redo_log_capacity_resized'));
    const capacityBytes = resized > 0 ? resized : Number(capacity);
    const variable = 'innodb_redo_log_capacity';
    return { capacityBytes, averageBytesPerSecond, variable, fileCount: 1, isDynamic: true };
  }
  // MariaDB has one file since 10.5, and no variable that counts them since 10.6.
  const fileCount = Number(variables.get('innodb_log_files_in_group') ?? 1);
  const capacityBytes = number(variables.get('innodb_log_file_size')) * fileCount;
  if (capacityBytes === 0) throw new Error('the server does not tell the size of its redo log');
  const version = variables.get('version') ?? '';
  const isDynamic = /mariadb/i.test(version) && isAtLeast(version, '10.9');
  return { capacityBytes, averageBytesPerSecond, variable: 'innodb_log_file_size', fileCount, isDynamic };
}

/** The redo log per second between two LSNs (decimal strings). 0 when the LSN went back: it is another server then. */
export function bytesPerSecondBetween(fromLsn: string, toLsn: string, seconds: number): number {
  if (seconds <= 0) return 0;
  return Math.max(Number(BigInt(toLsn) - BigInt(fromLsn)), 0) / seconds;
}

/** Watches the LSN for a while. Needs the privilege PROCESS. */
export async function sampleWriteRate(session: Session, seconds: number): Promise<number> {
  const [from, started] = [await currentLsn(session), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const to = await currentLsn(session);
  return bytesPerSecondBetween(from, to, (performance.now() - started) / 1000);
}

/** What a disk gives and a network takes, when nothing better is known. */
const usualBytesPerSecond = 100 * 1024 * 1024;

/** How long a backup will take: as long as the last one, or as its size lets expect. */
export function expectedBackupSeconds(dataBytes: number, lastSeconds?: number): number {
  return lastSeconds ?? dataBytes / usualBytesPerSecond;
}

export interface RedoLoad {
  capacityBytes: number;
  bytesPerSecond: number;
  expectedSeconds: number;
}

/**
 * Which share of the redo log is written anew during a backup. More than a half is a risk: the backup begins at the
 * last checkpoint, so a part of the ring lies behind it from the start, and its reader waits whenever the upload does.
 */
export function redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds }: RedoLoad): {
  share: number;
  isRisk: boolean;
} {
  const share = (bytesPerSecond * expectedSeconds) / capacityBytes;
  return { share, isRisk: share > 0.5 };
}
