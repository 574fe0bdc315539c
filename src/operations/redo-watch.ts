import type { Manifest } from '../chain/manifest.js';
import { bytesPerSecondBetween, expectedBackupSeconds, redoRisk, type RedoLog } from '../mysql/redo.js';
import { formatBytes, formatDuration } from '../report/format.js';
import type { BackupTool } from '../tools/backup-tool.js';
import { hasOption } from '../tools/lines.js';
import { isAtLeast } from '../tools/versions.js';

export interface RedoOutlook {
  redoLog: RedoLog;
  /** The server's LSN, decimal, and when it was read. */
  lsn: string;
  now: Date;
  /** The backup before this one, for the rate of writes and the time that it takes. */
  before: { finishedAt: string; durationSeconds: number; lsn: Pick<Manifest['lsn'], 'to'> } | undefined;
  dataBytes: number;
}

/**
 * Whether the server may come round its redo log before a backup has read it, as a sentence; undefined when that is
 * unlikely.
 */
export function redoWarning({ redoLog, lsn, now, before, dataBytes }: RedoOutlook): string | undefined {
  const since = before === undefined ? 0 : (now.getTime() - Date.parse(before.finishedAt)) / 1000;
  const recent = before === undefined ? 0 : bytesPerSecondBetween(before.lsn.to, lsn, since);
  const bytesPerSecond = Math.max(recent, redoLog.averageBytesPerSecond);
  const expectedSeconds = expectedBackupSeconds(dataBytes, before?.durationSeconds);
  const { capacityBytes, variable } = redoLog;
  if (!redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds }).isRisk) return undefined;
  return (
    `The redo log holds ${formatBytes(capacityBytes)}, and about ${formatBytes(bytesPerSecond * expectedSeconds)} ` +
    `will be written in the ${formatDuration(expectedSeconds)} of this backup: the server may overwrite what is not ` +
    `read yet. Make ${variable} larger.`
  );
}

/** Can this tool make this server keep its redo log until it is read? */
export function canKeepRedoLog(tool: Pick<BackupTool, 'line' | 'version'>, serverVersion: string): boolean {
  return (
    hasOption(tool.line, tool.version, 'register-redo-log-consumer') && isAtLeast(serverVersion, '8.0.30')
  );
}
