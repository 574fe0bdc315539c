import { sizeOf } from '../chain/manifest.js';
import type { OutputName } from '../inputs/outputs.js';
import type { ApplyResult } from '../operations/apply-result.js';
import type { BackupResult } from '../operations/backup.js';
import type { CheckResult } from '../operations/check-result.js';
import type { ListResult } from '../operations/list.js';
import type { PrepareResult } from '../operations/prepare.js';
import type { Prepared } from '../operations/prepared.js';
import { removedBytes, type PruneResult } from '../operations/prune-result.js';

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
    ...coordinateOutputs(prepared),
  };
}

function coordinateOutputs({ binlogFile = '', binlogPosition = '', gtid = '' }: Prepared) {
  return { 'binlog-file': binlogFile, 'binlog-position': binlogPosition, gtid };
}

export function applyOutputs(result: ApplyResult): Record<OutputName<'apply'>, string> {
  return {
    'old-datadir': result.oldData.datadir ?? '',
    'server-version': result.serverVersion ?? '',
    ...coordinateOutputs(result.prepared),
    'rolled-back': 'false',
    'duration-seconds': result.durationSeconds.toFixed(1),
  };
}

export function checkOutputs({ counts }: CheckResult): Record<OutputName<'check'>, string> {
  return {
    good: String(counts.good),
    warnings: String(counts.warning),
    bad: String(counts.bad),
    unknown: String(counts.unknown),
  };
}

export function pruneOutputs(result: PruneResult): Record<OutputName<'prune'>, string> {
  return {
    'chains-kept': String(result.kept.length),
    'chains-removed': String(result.removed.length),
    'bytes-removed': String(removedBytes(result)),
  };
}

export function listOutputs({ points, newest }: ListResult): Record<OutputName<'list'>, string> {
  const restorable = points.filter((point) => point.restorable).length;
  return {
    restorable: String(restorable),
    broken: String(points.length - restorable),
    'newest-backup-id': newest?.id ?? '',
    'newest-age-minutes': newest === undefined ? '' : String(Math.floor(newest.ageSeconds / 60)),
  };
}
