import { redoRisk, type RedoLog } from '../mysql/redo.js';
import type { Told } from '../mysql/told.js';
import { formatBytes, formatDuration } from '../report/format.js';
import { asSentence } from './from-error.js';
import { good, unknown, warning, type Finding } from './finding.js';

export interface RedoFacts {
  log: Told<RedoLog>;
  /** Bytes per second just now. */
  sampled: Told<number>;
  /** How long a backup is expected to take. */
  expectedSeconds: number;
  /** Can the backup keep the server from overwriting what it has not read (`--register-redo-log-consumer`)? */
  mayRegister: boolean;
}

const subject = 'Redo log';

/** Will the server overwrite its redo log faster than a backup reads it? */
export function judgeRedo({ log, sampled, expectedSeconds, mayRegister }: RedoFacts): Finding {
  if ('untold' in log) return unknown(subject, `Its size cannot be told: ${asSentence(log.untold)}`);
  const { capacityBytes, averageBytesPerSecond } = log.value;
  // A server that idles now may be busy in the hour of the backup, and the other way round.
  const bytesPerSecond = Math.max(averageBytesPerSecond, 'value' in sampled ? sampled.value : 0);
  const { share, isRisk } = redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds });
  const fact =
    `It holds ${formatBytes(capacityBytes)}. At ${formatBytes(bytesPerSecond)} per second and a backup of about ` +
    `${formatDuration(expectedSeconds)}, ${percent(share)} of it is written anew meanwhile`;
  if (!isRisk) return good(subject, `${fact}.`);
  const remedy = mayRegister
    ? 'the backup makes the server wait for it instead, which may stall writes'
    : 'a backup fails when the server comes round to what it has not read';
  return warning(subject, `${fact}: ${remedy}.`, enlarge(log.value, bytesPerSecond * expectedSeconds));
}

function percent(share: number): string {
  return share < 0.01 ? 'less than 1 %' : `${Math.round(share * 100)} %`;
}

const mebibyte = 1024 * 1024;
/** MySQL takes no more before 9.0. */
const largestCapacity = 128 * 1024 * mebibyte;

/** Twice of what is written during a backup, as a power of two. */
function enlarge({ variable, fileCount, isDynamic }: RedoLog, writtenBytes: number): string {
  const power = 2 ** Math.ceil(Math.log2((writtenBytes * 2) / fileCount / mebibyte));
  const size = Math.min(Math.max(power, 128) * mebibyte, Math.floor(largestCapacity / fileCount));
  if (variable === 'innodb_redo_log_capacity') return `SET PERSIST innodb_redo_log_capacity = ${size};`;
  const line = `innodb_log_file_size = ${Math.floor(size / mebibyte)}M under [mysqld] in the server's my.cnf`;
  return isDynamic
    ? `SET GLOBAL innodb_log_file_size = ${size}; and ${line}`
    : `${line}, then restart the server`;
}
