import { sizeOf } from '../chain/manifest.js';
import type { OutputName } from '../inputs/outputs.js';
import type { ApplyResult } from '../operations/apply-result.js';
import type { BackupResult } from '../operations/backup.js';
import type { PrepareResult } from '../operations/prepare.js';

/** The outputs of each command, as text. */

export function backupOutputs({
  manifest,
  manifestKey,
  reason,
}: BackupResult): Record<OutputName<'backup'>, string> {
  const [object] = manifest.objects;
  return {
    'backup-id': manifest.id,
    type: manifest.type,
    reason,
    'object-key': object?.key ?? '',
    'manifest-key': manifestKey,
    'from-lsn': manifest.lsn.from,
    'to-lsn': manifest.lsn.to,
    'size-bytes': String(sizeOf(manifest.objects)),
    'duration-seconds': manifest.durationSeconds.toFixed(1),
  };
}

export function prepareOutputs({
  prepared,
  preparedDir,
}: PrepareResult): Record<OutputName<'prepare'>, string> {
  return {
    'prepared-dir': preparedDir,
    'backup-id': prepared.backupId,
    links: String(prepared.links.length),
    'to-lsn': prepared.toLsn,
    'binlog-file': prepared.binlogFile ?? '',
    'binlog-position': prepared.binlogPosition ?? '',
    gtid: prepared.gtid ?? '',
  };
}

export function applyOutputs(result: ApplyResult): Record<OutputName<'apply'>, string> {
  return {
    'old-datadir': result.oldDatadir ?? '',
    'server-version': result.serverVersion ?? '',
    'rolled-back': 'false',
    'duration-seconds': result.durationSeconds.toFixed(1),
  };
}
