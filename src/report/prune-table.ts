import { removedBytes, type PrunedChain, type PruneResult } from '../operations/prune-result.js';
import { formatBytes } from './format.js';

/** What a prune did, for a terminal or a log: a line for each chain, the newest first. */
export function pruneTable(result: PruneResult): string {
  const { kept, removed, isDryRun } = result;
  const lines = [
    ...kept.map((chain) => ({ chain, what: 'stays', why: `: ${chain.reason ?? ''}` })),
    ...removed.map((chain) => ({ chain, what: isDryRun ? 'would go' : 'went', why: '' })),
  ];
  return [
    ...lines.map(({ chain, what, why }) => `${what.padEnd(9)}${chainText(chain)}${why}`),
    pruneText(result),
  ].join('\n');
}

/** `2026-11-01/00 to 2026-11-01/23, 24 backups, 1.2 GiB`. */
function chainText({ id, lastId, backups, sizeBytes }: PrunedChain): string {
  const until = lastId === id ? '' : ` to ${lastId}`;
  return `${id}${until}, ${backups === 1 ? '1 backup' : `${backups} backups`}, ${formatBytes(sizeBytes)}`;
}

/** All of it in one sentence. */
export function pruneText(result: PruneResult): string {
  const { kept, removed, orphans, isDryRun } = result;
  const chains = (count: number) => (count === 1 ? '1 chain' : `${count} chains`);
  const objects = orphans.count === 1 ? '1 object' : `${orphans.count} objects`;
  const what = [
    ...(removed.length > 0 ? [chains(removed.length)] : []),
    ...(orphans.count > 0 ? [`${objects} without a manifest`] : []),
  ];
  const stay = `${chains(kept.length)} ${kept.length === 1 ? 'stays' : 'stay'}`;
  if (what.length === 0) return `Nothing is to be removed; ${stay}.`;
  const went = isDryRun ? 'would go' : 'went';
  return `${what.join(' and ')} ${went}, ${formatBytes(removedBytes(result))}; ${stay}.`;
}
