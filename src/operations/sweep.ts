import { lstat, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverPrefix } from '../chain/layout.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { killGroup } from '../pipeline/groups.js';
import { isDead } from '../pipeline/run-owner.js';
import type { ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import type { RestoreProgress } from './restore-progress.js';
import { readRunNote, workDirStart, type Leftovers } from './leftovers.js';

/**
 * What dead runs left is swept up by the next one. Its own post step does so, but not when the whole host went down;
 * and the command line has none.
 *
 * An object without its manifest stays: nobody can know that it is worth nothing. `prune` removes it after two days.
 */

export interface SweepContext {
  repository: Repository;
  log: Log;
  signal: AbortSignal;
  /** This run's own private directory: those of dead runs are beside it. */
  workDir: string;
}

/** Nothing that can be swept up is worth more time. */
const longestSeconds = 15;

/** No upload is that long under way; so it is dead, whichever host began it. */
const deadAfterHours = 24;

/**
 * Removes what dead runs on this host left: processes, private directories, unfinished uploads of this server. With
 * `oldUploads` also those below the server's prefix that began more than a day ago, on any host. Never throws, and
 * says what it has removed.
 */
export async function sweep(
  place: ServerPlace,
  context: SweepContext,
  { oldUploads }: { oldUploads: boolean },
): Promise<void> {
  const { log, signal } = context;
  const patience = new AbortController();
  const work = sweepUp(place, context, oldUploads)
    .catch((error: unknown) =>
      log.debug(`Not all of what dead runs left could be swept up: ${messageOf(error)}`),
    )
    .finally(() => patience.abort());
  const ends = AbortSignal.any([patience.signal, signal]);
  const end = sleep(longestSeconds * 1000, undefined, { signal: ends }).catch(() => undefined);
  await Promise.race([work, end]);
}

async function sweepUp(
  { prefix, server }: ServerPlace,
  { repository, log, workDir }: SweepContext,
  oldUploads: boolean,
): Promise<void> {
  const ownKeys = serverPrefix(prefix, server);
  const known: { key: string; uploadId: string }[] = [];
  for (const { dir, leftovers } of await deadRuns(dirname(workDir), workDir)) {
    const { uploadKey, uploadId, markKey } = leftovers;
    // The run of another server is left to the next one of that: it has the right store.
    if ([uploadKey, markKey].some((key) => key !== undefined && !key.startsWith(ownKeys))) continue;
    endProcesses(leftovers, log);
    if (leftovers.restore !== undefined) log.warning(diedInRestore(leftovers.restore));
    if (markKey !== undefined) await repository.remove(markKey).catch(() => undefined);
    if (uploadKey !== undefined && uploadId !== undefined) known.push({ key: uploadKey, uploadId });
    await rm(dir, { recursive: true, force: true });
    log.info(`Swept up after a run that died: ${dir}`);
  }
  if (known.length === 0 && !oldUploads) return;
  const olderThanSeconds = oldUploads ? deadAfterHours * 3600 : Infinity;
  const aborted = await repository.abortDeadUploads(ownKeys, { olderThanSeconds, known });
  for (const key of aborted)
    log.info(`Swept up after a run that died: the unfinished upload of ${key} was aborted.`);
}

/** Not those of a restore: among them is perhaps the server that somebody has brought back meanwhile. */
function endProcesses({ processes, restore }: Leftovers, log: Log): void {
  if (restore !== undefined) return;
  for (const group of processes) {
    if (killGroup(group)) log.info(`Swept up after a run that died: process ${group.processId} was ended.`);
  }
}

function diedInRestore({ datadir, label }: RestoreProgress): string {
  return (
    `A restore to ${datadir.path} died before it was done. What was there before it is in ` +
    `${datadir.path}.before-restore-${label}, or in .before-restore-${label} within, unless it was put back since.`
  );
}

/** Only in directories of this user, since what stands in them is believed. */
async function deadRuns(base: string, own: string): Promise<{ dir: string; leftovers: Leftovers }[]> {
  const names = (await readdir(base)).filter((name) => name.startsWith(workDirStart));
  const found: { dir: string; leftovers: Leftovers }[] = [];
  for (const dir of names.map((name) => join(base, name))) {
    const stat = await lstat(dir).catch(() => undefined);
    if (dir === own || stat?.isDirectory() !== true || stat.uid !== process.getuid?.()) continue;
    const note = await readRunNote(dir);
    if (note === undefined) continue;
    const death = await isDead(note.owner);
    if (death === undefined) continue;
    // After a reboot the numbers of the processes are others'.
    const processes = death === 'before the last boot' ? [] : note.leftovers.processes;
    found.push({ dir, leftovers: { ...note.leftovers, processes } });
  }
  return found;
}
