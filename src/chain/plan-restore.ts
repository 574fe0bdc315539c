import { UserError } from '../errors.js';
import { compareBackupIds, splitBackupId } from './backup-id.js';
import { chainTo, isSound, type Graph, type Link, type SoundLink } from './links.js';
import { sizeOf, type Manifest } from './manifest.js';

export interface RestoreRequest {
  /** `2026-11-22` or `latest`. */
  date: string;
  /** The hour part of an id: `02` or `02-30`. Without it the last backup of the day. */
  hour?: string | undefined;
  /** All backups of the server. */
  graph: Graph;
}

/**
 * The links that a restore needs, from the full to the chosen backup. Never silently another one than asked for.
 * @throws UserError RESTORE_POINT_MISSING with what there is; CHAIN_BROKEN with the bad link and what can be
 *   restored instead.
 */
export function planRestore({ date, hour, graph }: RestoreRequest): SoundLink[] {
  const chosen = choose({ date, hour, graph });
  const chain = chainTo(graph, chosen.id);
  const sound = chain.filter(isSound);
  if (chain.length > 0 && sound.length === chain.length) return sound;
  throw new UserError(
    'CHAIN_BROKEN',
    `${chosen.id} cannot be restored: ${chosen.problem?.text ?? 'its chain is not whole'}.`,
    insteadOf(chosen, graph),
  );
}

/** A point that could be restored, for people to choose from. */
export interface RestorePoint {
  id: string;
  /** Missing, as the next two, when the manifest cannot be read. */
  type?: Manifest['type'];
  startedAt?: string;
  /** Of its own object. */
  sizeBytes?: number;
  restorable: boolean;
  /** How many backups a restore applies, from the full on. Only when it is restorable. */
  links?: number;
  /** What a restore downloads: the objects of all its links. Only when it is restorable. */
  downloadBytes?: number;
  /** Why it is not restorable. */
  problem?: string;
}

/** Everything that the bucket has, by name. */
export function restorePoints(graph: Graph): RestorePoint[] {
  return byName([...graph.links.values()]).map((link) => {
    const { id, manifest } = link;
    const own =
      manifest === undefined
        ? { id }
        : { id, type: manifest.type, startedAt: manifest.startedAt, sizeBytes: sizeBytes(link) };
    if (!isSound(link)) {
      return { ...own, restorable: false, problem: link.problem?.text ?? 'it has no manifest' };
    }
    const chain = chainTo(graph, id);
    const downloadBytes = chain.reduce((sum, each) => sum + sizeBytes(each), 0);
    return { ...own, restorable: true, links: chain.length, downloadBytes };
  });
}

function sizeBytes({ manifest }: Link): number {
  return manifest === undefined ? 0 : sizeOf(manifest.objects);
}

function choose({ date, hour, graph }: RestoreRequest): Link {
  if (date !== 'latest' && hour !== undefined) {
    const link = graph.links.get(`${date}/${hour}`);
    if (link !== undefined) return link;
    throw missing(`There is no backup ${date}/${hour}.`, { date, hour, graph });
  }
  const within = [...graph.links.values()].filter(
    ({ id }) => date === 'latest' || splitBackupId(id).date === date,
  );
  const last = lastOf(within, graph);
  if (last !== undefined) return last;
  const what = date === 'latest' ? 'There is no backup of this server.' : `There is no backup of ${date}.`;
  throw missing(what, { date, graph });
}

/** The end of the newest chain; or a link that cannot be read, when by its name it could be that end. */
function lastOf(links: readonly Link[], graph: Graph): Link | undefined {
  const last = inOrder(links, graph).at(-1);
  const unreadable = byName(links.filter(({ manifest }) => manifest === undefined)).at(-1);
  if (last === undefined || unreadable === undefined) return last ?? unreadable;
  return compareBackupIds(unreadable.id, last.id) > 0 ? unreadable : last;
}

/** Chains by the start of their fulls; within a chain parents first, then by LSN. Only readable links. */
function inOrder(links: readonly Link[], graph: Graph): Link[] {
  const chainStartsMs = chainStarts(graph);
  const places = links.flatMap((link) => {
    const { manifest } = link;
    if (manifest === undefined) return [];
    const depth = chainTo(graph, link.id).length;
    return [{ link, manifest, depth, chainStartMs: chainStartsMs.get(manifest.chain) ?? 0 }];
  });
  places.sort(
    (a, b) =>
      a.chainStartMs - b.chainStartMs ||
      compareBackupIds(a.manifest.chain, b.manifest.chain) ||
      a.depth - b.depth ||
      Number(BigInt(a.manifest.lsn.to) - BigInt(b.manifest.lsn.to)) ||
      Date.parse(a.manifest.startedAt) - Date.parse(b.manifest.startedAt),
  );
  return places.map(({ link }) => link);
}

/** When each chain began: its full's start, or the earliest start that is known when the full is not. */
function chainStarts({ links }: Graph): Map<string, number> {
  const startsMs = new Map<string, number>();
  for (const { manifest } of links.values()) {
    if (manifest === undefined) continue;
    const full = links.get(manifest.chain)?.manifest;
    const startMs = Date.parse((full ?? manifest).startedAt);
    startsMs.set(manifest.chain, Math.min(startMs, startsMs.get(manifest.chain) ?? startMs));
  }
  return startsMs;
}

function byName(links: readonly Link[]): Link[] {
  return [...links].sort((a, b) => compareBackupIds(a.id, b.id));
}

/** Says what can be restored instead: an earlier link of the chain, else the nearest by name. */
function insteadOf(bad: Link, graph: Graph): string {
  const ancestor = chainTo(graph, bad.id).filter(isSound).at(-1);
  const { before, after } = nearest(bad.id, graph);
  const instead = ancestor ?? before ?? after;
  if (instead === undefined) return 'No other backup of this server can be restored either.';
  const { date, hour } = splitBackupId(instead.id);
  const inChain = instead.manifest.chain === bad.manifest?.chain ? ', of the same chain,' : '';
  return `${instead.id}${inChain} can be restored: date ${date}, hour ${hour}. \`list\` shows all that can.`;
}

/** The sound links next to a name, which need not exist. */
function nearest(id: string, graph: Graph): { before: SoundLink | undefined; after: SoundLink | undefined } {
  const sound = byName([...graph.links.values()]).filter(isSound);
  return {
    before: sound.findLast((link) => compareBackupIds(link.id, id) < 0),
    after: sound.find((link) => compareBackupIds(link.id, id) > 0),
  };
}

function missing(message: string, { date, hour, graph }: RestoreRequest): UserError {
  return new UserError('RESTORE_POINT_MISSING', message, whatThereIs({ date, hour, graph }));
}

function whatThereIs({ date, hour, graph }: RestoreRequest): string {
  if (graph.links.size === 0) return 'Nothing is stored under this prefix and server name: check both.';
  const hints: string[] = [];
  const ofDay = byName([...graph.links.values()].filter(({ id }) => splitBackupId(id).date === date));
  const hours = ofDay.map((link) => splitBackupId(link.id).hour + (isSound(link) ? '' : ' (broken)'));
  if (hours.length > 0) hints.push(`That day has ${hours.join(', ')}.`);
  const within = ofDay.map(({ id }) => splitBackupId(id).hour).filter((h) => h.startsWith(`${hour ?? ''}-`));
  if (hour !== undefined && within.length > 0) hints.push(`In that hour there is ${within.join(', ')}.`);
  const { before, after } = nearest(hour === undefined ? date : `${date}/${hour}`, graph);
  if (before !== undefined) hints.push(`The nearest before is ${before.id}.`);
  if (after !== undefined) hints.push(`The nearest after is ${after.id}.`);
  if (hints.length === 0) hints.push('No backup that is stored can be restored.');
  return hints.join(' ');
}
