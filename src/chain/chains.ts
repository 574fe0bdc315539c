import { compareBackupIds, splitBackupId } from './backup-id.js';
import { chainTo, isSound, type Graph, type Link } from './links.js';
import { sizeOf, type Manifest } from './manifest.js';

/** A link whose manifest can be read. */
export interface ReadableLink extends Link {
  readonly manifest: Manifest;
}

/** A full and all that builds on it. */
export interface Chain {
  /** The id of its full. */
  id: string;
  /**
   * Each behind what it builds on, and those that cannot be restored behind all others: without its last ones, what is
   * left can be restored as before.
   */
  links: readonly ReadableLink[];
  sizeBytes: number;
  /** Can all of it be restored? */
  isSound: boolean;
}

/** All chains, the one whose full began last first. What cannot be read belongs to none. */
export function chainsOf(graph: Graph): Chain[] {
  const byChain = new Map<string, ReadableLink[]>();
  for (const link of graph.links.values()) {
    if (!isReadable(link)) continue;
    const id = link.manifest.chain;
    byChain.set(id, [...(byChain.get(id) ?? []), link]);
  }
  const chains = [...byChain].map(([id, links]) => ({
    id,
    links: inOrder(links, graph),
    sizeBytes: links.reduce((sum, { manifest }) => sum + sizeOf(manifest.objects), 0),
    isSound: links.every(isSound) && links.some((link) => link.id === id),
  }));
  return chains.sort((a, b) => firstTimeOf(b) - firstTimeOf(a) || compareBackupIds(b.id, a.id));
}

/** Backups of which nothing is known but the name. */
export function unreadableLinks(graph: Graph): Link[] {
  return [...graph.links.values()].filter((link) => !isReadable(link));
}

/**
 * What is wrong with the newest chain, as a sentence; undefined when all of it can be restored, or there is none. What
 * cannot be read and is named as it, or later, counts as a part of it.
 */
export function whyNewestIsBad(graph: Graph): string | undefined {
  const [newest] = chainsOf(graph);
  if (newest?.isSound === false) {
    const problem = newest.links.find((link) => !isSound(link))?.problem?.text ?? 'its full is missing';
    return `The newest chain, ${newest.id}, is not good: ${problem}.`;
  }
  const since = newest === undefined ? '' : splitBackupId(newest.id).date;
  const young = unreadableLinks(graph).find(({ id }) => splitBackupId(id).date >= since);
  if (young === undefined) return undefined;
  return `${young.id}, which may be of the newest chain, is not good: ${young.problem?.text ?? 'it cannot be read'}.`;
}

/** When its full began, or the first of what is left of it. In milliseconds. */
export function firstTimeOf({ links }: Pick<Chain, 'links'>): number {
  return Math.min(...links.map(({ manifest }) => Date.parse(manifest.startedAt)));
}

/** When its last backup ended. In milliseconds. */
export function lastTimeOf({ links }: Pick<Chain, 'links'>): number {
  return Math.max(...links.map(({ manifest }) => Date.parse(manifest.finishedAt)));
}

function isReadable(link: Link): link is ReadableLink {
  return link.manifest !== undefined;
}

/** By their parents, not by times: a clock may have been set back. */
function inOrder(links: readonly ReadableLink[], graph: Graph): ReadableLink[] {
  const places = links.map((link) => ({ link, sound: isSound(link), depth: chainTo(graph, link.id).length }));
  places.sort(
    (a, b) =>
      Number(b.sound) - Number(a.sound) ||
      a.depth - b.depth ||
      Number(BigInt(a.link.manifest.lsn.to) - BigInt(b.link.manifest.lsn.to)) ||
      Date.parse(a.link.manifest.startedAt) - Date.parse(b.link.manifest.startedAt),
  );
  return places.map(({ link }) => link);
}
