import { isSound, type Graph, type SoundLink } from './links.js';
import type { Manifest } from './manifest.js';

/** A good backup, as far as its age goes. */
export interface LastBackup {
  readonly id: string;
  readonly manifest: Pick<Manifest, 'finishedAt'>;
}

/** Two hosts' clocks may differ a little. What is further in the future was named by a wrong clock. */
const toleranceMs = 3_600_000;

/**
 * The backup that can be restored and ended last. One from the future does not count: until its day comes it would hide
 * that no others come.
 */
export function newestGood(graph: Graph, now: Date): SoundLink | undefined {
  return [...graph.links.values()]
    .filter(isSound)
    .filter((link) => endOf(link) <= now.getTime() + toleranceMs)
    .sort((a, b) => endOf(a) - endOf(b))
    .at(-1);
}

/** How long ago it ended, in seconds. */
export function ageSeconds(link: LastBackup, now: Date): number {
  return Math.max(0, (now.getTime() - endOf(link)) / 1000);
}

/** A time without good backups that was longer than it should have been. */
export interface Gap {
  /** The last good backup before it. */
  sinceId: string;
  seconds: number;
  maxMinutes: number;
}

/**
 * The gap between the last good backup and now, when it is too long.
 * @param maxMinutes 0: none is.
 */
export function gapSince(last: LastBackup, now: Date, maxMinutes: number): Gap | undefined {
  const seconds = ageSeconds(last, now);
  if (maxMinutes === 0 || seconds <= maxMinutes * 60) return undefined;
  return { sinceId: last.id, seconds, maxMinutes };
}

function endOf({ manifest }: LastBackup): number {
  return Date.parse(manifest.finishedAt);
}
