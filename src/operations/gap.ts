import { gapSince, newestGood, type Gap, type LastBackup } from '../chain/freshness.js';
import { buildGraph, type Graph, type SoundLink } from '../chain/links.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { listDays, loadDays, type ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';

export interface GapQuestion {
  place: ServerPlace;
  /** The backups of this period, and perhaps more. */
  graph: Graph;
  /** The last backup, where the bucket may not be read. */
  remembered?: LastBackup | undefined;
  startedAt: Date;
  /** 0: nobody wants to know. */
  maxMinutes: number;
}

/** How far back a last good backup is looked for, in days that have backups. */
const daysBack = 60;

/**
 * The time without a good backup before this one, when it was too long. Undefined also when it cannot be told: that
 * must not keep a backup from being made.
 */
export async function findGap(
  { place, graph, remembered, startedAt, maxMinutes }: GapQuestion,
  { repository, log, signal }: { repository: Repository; log: Log; signal: AbortSignal },
): Promise<Gap | undefined> {
  if (maxMinutes === 0) return undefined;
  try {
    const last = remembered ?? newestGood(graph, startedAt) ?? (await lastEver(repository, place, startedAt));
    return last && gapSince(last, startedAt, maxMinutes);
  } catch (error) {
    signal.throwIfAborted();
    log.debug(`When the last backup was cannot be told: ${messageOf(error)}`);
    return undefined;
  }
}

async function lastEver(
  repository: Repository,
  place: ServerPlace,
  now: Date,
): Promise<SoundLink | undefined> {
  const days = await listDays(repository, place);
  for (const day of days.reverse().slice(0, daysBack)) {
    const last = newestGood(buildGraph({ ...place, ...(await loadDays(repository, place, [day])) }), now);
    if (last !== undefined) return last;
  }
  return undefined;
}
