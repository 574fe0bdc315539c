import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { identifyGroup, killGroup } from '../pipeline/groups.js';
import { identifyRun, runOwnerSchema, type RunOwner } from '../pipeline/run-owner.js';
import type { Repository } from '../repository/repository.js';
import { restoreProgressSchema, type RestoreProgress } from './restore-progress.js';

/** What a run would leave behind if it were killed: noted as it comes up, so that a later step can clean up. */
export const leftoversSchema = z.object({
  /** The private directory with the defaults file and the keys. */
  workDir: z.string().optional(),
  processes: z.array(z.object({ processId: z.number(), startTicks: z.string() })),
  /** The object that is being uploaded. */
  uploadKey: z.string().optional(),
  /** Its multipart upload: not everybody who may abort it may ask which there are. */
  uploadId: z.string().optional(),
  /** The object that says which chain is being read. */
  markKey: z.string().optional(),
  restore: restoreProgressSchema.optional(),
});

export type Leftovers = z.output<typeof leftoversSchema>;

/** What the names of all private directories begin with. */
export const workDirStart = 'xbackup-';
/** A line for each change: the last whole one counts. */
const noteName = 'run.jsonl';
const runNoteSchema = z.object({ owner: runOwnerSchema, leftovers: leftoversSchema });
type RunNote = z.output<typeof runNoteSchema>;

/** What a run noted in its private directory. Undefined when it noted nothing that can be read. */
export async function readRunNote(workDir: string): Promise<RunNote | undefined> {
  const text = await readFile(join(workDir, noteName), 'utf8').catch(() => '');
  const notes = text.split('\n').map(parseNote);
  return notes.findLast((note) => note !== undefined);
}

function parseNote(line: string): RunNote | undefined {
  try {
    return runNoteSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/**
 * Keeps the note of what may be left. `save` is called at each change, with undefined once nothing is left. It is also
 * kept in the private directory, for a later run: a host that goes down takes `save`'s place with it.
 */
export class LeftoversNote {
  #owner: RunOwner | undefined;
  #leftovers: Leftovers | undefined = { processes: [] };
  readonly #save: (leftovers: Leftovers | undefined) => void;

  constructor(save: (leftovers: Leftovers | undefined) => void) {
    this.#save = save;
  }

  /**
   * Makes the run's private directory (0700) and calls `work` with it. Afterwards it is removed, and nothing is
   * left: `work` ends its processes and uploads itself, unless this process is killed.
   */
  async withWorkDir<T>(base: string, work: (workDir: string) => Promise<T>): Promise<T> {
    const workDir = await mkdtemp(join(base, workDirStart));
    this.#owner = await identifyRun();
    this.#change((leftovers) => (leftovers.workDir = workDir));
    try {
      return await work(workDir);
    } finally {
      await rm(workDir, { recursive: true, force: true });
      this.#leftovers = undefined;
      this.#save(undefined);
    }
  }

  uploadBegins(key: string, uploadId?: string): void {
    this.#change((leftovers) => {
      leftovers.uploadKey = key;
      leftovers.uploadId = uploadId;
    });
  }

  markBegins(key: string): void {
    this.#change((leftovers) => (leftovers.markKey = key));
  }

  restoreReaches(restore: RestoreProgress): void {
    this.#change((leftovers) => (leftovers.restore = restore));
  }

  processStarts(processId: number): void {
    const group = identifyGroup(processId);
    if (group === undefined) return;
    try {
      this.#change(({ processes }) => processes.push(group));
    } catch {
      // A note that cannot be kept, such as on a full disk, must not end the run.
    }
  }

  #change(change: (leftovers: Leftovers) => void): void {
    if (this.#leftovers === undefined) return;
    change(this.#leftovers);
    this.#save(this.#leftovers);
    this.#keep(this.#leftovers);
  }

  #keep(leftovers: Leftovers): void {
    if (leftovers.workDir === undefined || this.#owner === undefined) return;
    const line = JSON.stringify({ owner: this.#owner, leftovers });
    try {
      // Not a file renamed over the one before: for that ext4 writes to the disk at once, and while much else is
      // written this takes tenths of a second, in which no data moves. (The line break ends one that was cut.)
      appendFileSync(join(leftovers.workDir, noteName), `\n${line}`, { mode: 0o600 });
    } catch {
      // A full disk must not end the run here. Without a note nobody sweeps up after it, but the post step does.
    }
  }
}

/**
 * Removes what a killed run left: its processes, its directory with secrets, its unfinished upload, its mark. What a
 * run that ended by itself has removed already is not missed.
 * @param openRepository called only when there may be something of it in the bucket.
 */
export async function cleanUp(
  leftovers: Leftovers,
  openRepository: () => Promise<Repository>,
  log: Log,
): Promise<void> {
  for (const group of leftovers.processes) {
    if (killGroup(group)) log.warning(`Process ${group.processId} was still running and was ended.`);
  }
  if (leftovers.workDir !== undefined) await rm(leftovers.workDir, { recursive: true, force: true });
  const { uploadKey, uploadId, markKey } = leftovers;
  if (uploadKey === undefined && markKey === undefined) return;
  const repository = await openRepository();
  if (markKey !== undefined) {
    const remain = (error: unknown) => log.debug(`The mark ${markKey} stays: ${messageOf(error)}`);
    await repository.remove(markKey).catch(remain);
  }
  if (uploadKey === undefined) return;
  const aborted = await repository.abortUploads(uploadKey, uploadId);
  if (aborted > 0) log.warning(`The unfinished upload of ${uploadKey} was aborted.`);
}
