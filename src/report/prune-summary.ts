import type { PrunedChain, PruneResult } from '../operations/prune-result.js';
import { formatBytes } from './format.js';
import { code, details, escapeText, page, sentence, table } from './markdown.js';
import { pruneText } from './prune-table.js';

/** What the job summary says of a prune. */
export function pruneSummary(result: PruneResult): string {
  const { server, location, isDryRun, kept, removed, orphans, unreadable, isVersioned } = result;
  const isNothing = removed.length === 0 && orphans.count === 0;
  return page([
    `## ${isDryRun ? '🔎' : '✅'} Prune of ${escapeText(server)}${isDryRun ? ': a dry run' : ''}`,
    `${escapeText(pruneText(result))} ${code(location)}`,
    isDryRun && !isNothing
      ? sentence('Nothing was touched. With `dry-run: false` all of this goes, and does not come back.')
      : undefined,
    removed.length === 0
      ? undefined
      : page([`### What ${isDryRun ? 'would go' : 'went'}`, chainTable(removed)]).trimEnd(),
    isVersioned
      ? 'This bucket keeps versions: what went is no longer listed, and still stored and paid for. A lifecycle rule for ' +
        'noncurrent versions removes it.'
      : undefined,
    unreadable.length === 0
      ? undefined
      : `⚠️ These stay, since their manifests cannot be read: ${unreadable.map(code).join(', ')}.`,
    kept.length === 0 ? undefined : details('What stays', chainTable(kept)),
  ]);
}

function chainTable(chains: readonly PrunedChain[]): string {
  const hasReasons = chains.some(({ reason }) => reason !== undefined);
  const heading = ['Chain', 'Last backup', 'Backups', 'Stored', ...(hasReasons ? ['Why'] : [])];
  const rows = chains.map(({ id, lastId, backups, sizeBytes, reason }) => [
    code(id),
    code(lastId),
    String(backups),
    formatBytes(sizeBytes),
    ...(hasReasons ? [escapeText(reason ?? '')] : []),
  ]);
  return table([heading, ...rows], ['', '', 'r', 'r', '']);
}
