import { splitBackupId } from './backup-id.js';
import { isSound, type Graph, type Link } from './links.js';
import { sizeOf } from './manifest.js';
import { periodOfDate, type Period } from './period.js';

/**
 * Which chains may go. Only whole chains: a full without its incrementals loses hours, and an incremental without its
 * full is worth nothing.
 */
export interface RetentionRules {
  /** Every chain with a backup of the last so many days stays. */
  keepDays: number;
  /** Of each of so many weeks (Monday to Sunday) that have one, the newest chain stays. */
  keepWeekly: number;
  /** The same for months. */
  keepMonthly: number;
}

export interface PruneInput {
  /** Every backup of the server. */
  graph: Graph;
  rules: RetentionRules;
  now: Date;
  /** Chains that a restore is reading. */
  inUse: ReadonlySet<string>;
}

/** The links of one full, in the order in which they build on one another as far as that can be told. */
export interface Chain {
  /** The id of its full. */
  id: string;
  links: readonly Link[];
  sizeBytes: number;
  /** Can all of it be restored? */
  isSound: boolean;
}

export interface PrunePlan {
  keep: readonly { chain: Chain; reason: string }[];
  remove: readonly Chain[];
  /** Why nothing may be removed now, as a sentence; `remove` is empty then. */
  refusal?: string;
}

const dayMs = 86_400_000;

/** Decides which chains the rules still want. What cannot be read belongs to no chain, and stays. */
export function planPrune({ graph, rules, now, inUse }: PruneInput): PrunePlan {
  const chains = chainsOf(graph).sort((a, b) => firstTimeOf(b) - firstTimeOf(a));
  const newest = chains[0];
  const reasons = new Map<string, string>();
  const keep = (chain: Chain | undefined, reason: string) => {
    if (chain !== undefined && !reasons.has(chain.id)) reasons.set(chain.id, reason);
  };
  keep(newest, 'the newest chain');
  keep(
    chains.find((chain) => chain.isSound),
    'the newest chain that can be restored',
  );
  for (const chain of chains) {
    if (inUse.has(chain.id)) keep(chain, 'a restore is reading it');
    if (now.getTime() - lastTimeOf(chain) < rules.keepDays * dayMs) {
      keep(chain, `it has a backup of the last ${rules.keepDays} days`);
    }
  }
  for (const chain of newestOfEach(chains, 'week', rules.keepWeekly)) keep(chain, 'the newest of its week');
  for (const chain of newestOfEach(chains, 'month', rules.keepMonthly))
    keep(chain, 'the newest of its month');
  const kept = chains.flatMap((chain) => {
    const reason = reasons.get(chain.id);
    return reason === undefined ? [] : [{ chain, reason }];
  });
  const refusal = whyNothingMayGo(newest);
  if (refusal !== undefined) return { keep: kept, remove: [], refusal };
  return { keep: kept, remove: chains.filter(({ id }) => !reasons.has(id)) };
}

/** As long as new backups are no good, the old ones are all there is. */
function whyNothingMayGo(newest: Chain | undefined): string | undefined {
  if (newest === undefined || newest.isSound) return undefined;
  const problem = newest.links.find((link) => !isSound(link))?.problem?.text ?? 'it has no full';
  return `The newest chain, ${newest.id}, is not good: ${problem}.`;
}

function chainsOf(graph: Graph): Chain[] {
  const byChain = new Map<string, Link[]>();
  for (const link of graph.links.values()) {
    const id = link.manifest?.chain;
    if (id !== undefined) byChain.set(id, [...(byChain.get(id) ?? []), link]);
  }
  return [...byChain].map(([id, links]) => ({
    id,
    links: links.sort((a, b) => ((a.manifest?.startedAt ?? '') < (b.manifest?.startedAt ?? '') ? -1 : 1)),
    sizeBytes: links.reduce((sum, { manifest }) => sum + sizeOf(manifest?.objects ?? []), 0),
    isSound: links.every(isSound) && links.some((link) => link.id === id),
  }));
}

function firstTimeOf({ links }: Chain): number {
  return Math.min(...links.map(({ manifest }) => Date.parse(manifest?.startedAt ?? '')));
}

function lastTimeOf({ links }: Chain): number {
  return Math.max(...links.map(({ manifest }) => Date.parse(manifest?.finishedAt ?? '')));
}

/** The newest chain of each of the newest `count` periods that have one. */
function newestOfEach(chains: readonly Chain[], every: Period, count: number): Chain[] {
  const found = new Map<string, Chain>();
  for (const chain of chains) {
    const period = periodOfDate(splitBackupId(chain.id).date, every);
    if (!found.has(period) && found.size < count) found.set(period, chain);
  }
  return [...found.values()];
}
