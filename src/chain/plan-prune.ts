import { splitBackupId } from './backup-id.js';
import { chainsOf, lastTimeOf, unreadableLinks, whyNewestIsBad, type Chain } from './chains.js';
import { idOfKey } from './layout.js';
import type { Graph } from './links.js';
import { periodOfDate, type Period } from './period.js';

/**
 * Which chains may go. Only whole chains: a full without its incrementals loses hours, and an incremental without its
 * full is worth nothing.
 */
export interface RetentionRules {
  /** Every chain with a backup of the so many days before the newest backup stays. */
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

export interface PrunePlan {
  keep: readonly { chain: Chain; reason: string }[];
  /** The newest first. */
  remove: readonly Chain[];
  /** Backups whose manifest cannot be read: they stay. */
  unreadable: readonly string[];
  /** Why nothing may be removed now, as a sentence; `remove` is empty then. */
  refusal?: string;
}

const dayMs = 86_400_000;

/** A full of less than this part of the one before may be that of a server that lost its data. */
const suspiciousPart = 0.1;

/** Decides which chains the rules still want. What cannot be read belongs to no chain, and stays. */
export function planPrune({ graph, rules, now, inUse }: PruneInput): PrunePlan {
  const chains = chainsOf(graph);
  const at = timeToCountFrom(graph, now).getTime();
  const reasons = new Map<string, string>();
  const keep = (chain: Chain | undefined, reason: string) => {
    if (chain !== undefined && !reasons.has(chain.id)) reasons.set(chain.id, reason);
  };
  keep(chains[0], 'the newest chain');
  keep(
    chains.find((chain) => chain.isSound),
    'the newest chain that can be restored',
  );
  chains.forEach((chain, index) => {
    if (inUse.has(chain.id)) keep(chain, 'a restore is reading it');
    if (at - lastTimeOf(chain) < rules.keepDays * dayMs) {
      keep(chain, `it has a backup of the last ${rules.keepDays} days`);
    }
    if (isMuchSmaller(chains[index - 1], chain)) keep(chain, 'the full after it is less than a tenth of its');
  });
  for (const chain of oneOfEach(chains, 'week', rules.keepWeekly)) keep(chain, 'the newest of its week');
  for (const chain of oneOfEach(chains, 'month', rules.keepMonthly)) keep(chain, 'the newest of its month');
  const kept = chains.flatMap((chain) => {
    const reason = reasons.get(chain.id);
    return reason === undefined ? [] : [{ chain, reason }];
  });
  const unreadable = unreadableLinks(graph).map(({ id }) => id);
  // As long as new backups are no good, the old ones are all there is.
  const refusal = whyNewestIsBad(graph);
  if (refusal !== undefined) return { keep: kept, remove: [], unreadable, refusal };
  return { keep: kept, remove: chains.filter(({ id }) => !reasons.has(id)), unreadable };
}

/**
 * Ages are counted from the newest backup, not from today: where no more backups come, the old ones do not run out, and
 * a clock that is ahead removes nothing early.
 */
export function timeToCountFrom(graph: Graph, now: Date): Date {
  const newest = Math.max(...chainsOf(graph).map(lastTimeOf));
  return newest < now.getTime() && Number.isFinite(newest) ? new Date(newest) : now;
}

function isMuchSmaller(newer: Chain | undefined, older: Chain): boolean {
  const [now, before] = [newer, older].map((chain) => fullOf(chain)?.streamBytes);
  return now !== undefined && before !== undefined && now < before * suspiciousPart;
}

function fullOf(chain: Chain | undefined) {
  return chain?.links.find(({ id }) => id === chain.id)?.manifest;
}

/** Of each of the newest `count` periods that have a chain the newest; one that can be restored, if there is. */
function oneOfEach(chains: readonly Chain[], every: Period, count: number): Chain[] {
  const periods = new Map<string, Chain[]>();
  for (const chain of chains) {
    const period = periodOfDate(splitBackupId(chain.id).date, every);
    periods.set(period, [...(periods.get(period) ?? []), chain]);
  }
  return [...periods]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, count)
    .flatMap(([, ofPeriod]) => ofPeriod.find((chain) => chain.isSound) ?? ofPeriod[0] ?? []);
}

export interface Stored {
  prefix: string;
  server: string;
  /** Every stored key with its size. */
  objects: ReadonlyMap<string, number>;
  graph: Graph;
}

/** A backup that is under way has objects and no manifest yet, and may take long. */
const orphanDays = 2;

/**
 * The keys of objects that no manifest can come for any more: those of failed runs, or of a prune that was broken off.
 * Only keys of our own layout, of days that ended two days before the newest backup, and before the newest chain began.
 */
export function orphansOf({ prefix, server, objects, graph }: Stored, now: Date): string[] {
  const [newest] = chainsOf(graph);
  if (newest === undefined) return [];
  const at = timeToCountFrom(graph, now).getTime();
  const before = splitBackupId(newest.id).date;
  return [...objects.keys()].filter((key) => {
    const own = idOfKey(prefix, server, key);
    if (own?.kind !== 'object' || graph.links.has(own.id)) return false;
    const { date } = splitBackupId(own.id);
    return date < before && Date.parse(`${date}T00:00:00Z`) + (1 + orphanDays) * dayMs < at;
  });
}
