import { ageSeconds, gapSince, newestGood } from '../chain/freshness.js';
import { buildGraph, type Graph } from '../chain/links.js';
import { whyNewestIsBad } from '../chain/chains.js';
import { restorePoints, type RestorePoint } from '../chain/plan-restore.js';
import { UserError } from '../errors.js';
import { formatDuration } from '../report/format.js';
import { listDays, loadDays } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';

export interface ListInputs {
  s3Prefix: string;
  server: string;
  /** Is it wanted that something is wrong when the newest backup is too old? */
  check: boolean;
  /** 0: any age is fine. */
  maxGapMinutes: number;
}

export interface ListResult {
  server: string;
  /** Every backup, and whether it can be restored; by name. */
  points: RestorePoint[];
  /** The one that can be restored and ended last. */
  newest?: { id: string; ageSeconds: number };
  /** With `check`: what is wrong. */
  failure?: UserError;
}

/** Every backup of a server, and whether it can be restored; oldest first. */
export async function list(
  inputs: ListInputs,
  { repository, now }: { repository: Repository; now: Date },
): Promise<ListResult> {
  const place = { prefix: inputs.s3Prefix, server: inputs.server };
  const catalog = await loadDays(repository, place, await listDays(repository, place));
  const graph = buildGraph({ ...place, ...catalog });
  const newest = newestGood(graph, now);
  const failure = inputs.check ? whatIsWrong(graph, inputs, repository.location, now) : undefined;
  return {
    server: inputs.server,
    points: restorePoints(graph),
    ...(newest && { newest: { id: newest.id, ageSeconds: ageSeconds(newest, now) } }),
    ...(failure && { failure }),
  };
}

function whatIsWrong(
  graph: Graph,
  { s3Prefix, server, maxGapMinutes }: ListInputs,
  location: string,
  now: Date,
): UserError | undefined {
  const newest = newestGood(graph, now);
  const gap = newest && gapSince(newest, now, maxGapMinutes);
  const overdue =
    newest === undefined
      ? `No backup of ${server} in ${location}/${s3Prefix} can be restored.`
      : gap &&
        `The newest backup of ${server} that can be restored, ${gap.sinceId}, ended ${formatDuration(gap.seconds)} ` +
          `ago, which is more than ${maxGapMinutes} min.`;
  const bad = whyNewestIsBad(graph);
  if (overdue === undefined && bad === undefined) return undefined;
  return new UserError(
    overdue === undefined ? 'CHAIN_BROKEN' : 'BACKUP_OVERDUE',
    [overdue, bad].filter((text) => text !== undefined).join(' '),
    overdue === undefined
      ? 'The next full backup begins a new chain: `type: full` makes one now. `xbackup list` shows what can be restored.'
      : 'Look at the last runs of the backup workflow: did they fail, wait for a runner, or did GitHub not start them?',
  );
}
