import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../log.js';
import { identifyGroup, killGroup } from '../pipeline/groups.js';
import type { Repository } from '../repository/repository.js';
import { restoreProgressSchema, type RestoreProgress } from './restore-progress.js';

/** What a run would leave behind if it were killed: noted as it comes up, so that a later step can clean up. */
export const leftoversSchema = z.object({
  /** The private directory with the defaults file and the keys. */
  workDir: z.string().optional(),
  processes: z.array(z.object({ processId: z.number(), startTicks: z.string() })),
  /** The object that is being uploaded. */
  uploadKey: z.string().optional(),
  restore: restoreProgressSchema.optional(),
});

export type Leftovers = z.output<typeof leftoversSchema>;

/** Keeps the note of what may be left. `save` is called at each change, with undefined once nothing is left. */
export class LeftoversNote {
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
    const workDir = await mkdtemp(join(base, 'xbackup-'));
    this.#change((leftovers) => (leftovers.workDir = workDir));
    try {
      return await work(workDir);
    } finally {
      await rm(workDir, { recursive: true, force: true });
      this.#leftovers = undefined;
      this.#save(undefined);
    }
  }

  uploadBegins(key: string): void {
    this.#change((leftovers) => (leftovers.uploadKey = key));
  }

  restoreReaches(restore: RestoreProgress): void {
    this.#change((leftovers) => (leftovers.restore = restore));
  }

  processStarts(processId: number): void {
    const note = async () => {
      const group = await identifyGroup(processId);
      if (group !== undefined) this.#change(({ processes }) => processes.push(group));
    };
    // A note that cannot be kept must not end the run, as a rejection that nobody handles would.
    note().catch(() => undefined);
  }

  #change(change: (leftovers: Leftovers) => void): void {
    if (this.#leftovers === undefined) return;
    change(this.#leftovers);
    this.#save(this.#leftovers);
  }
}

/**
 * Removes what a killed run left: its processes, its directory with secrets, its unfinished upload. What a run
 * that ended by itself has removed already is not missed.
 * @param openRepository called only when an upload was begun.
 */
export async function cleanUp(
  leftovers: Leftovers,
  openRepository: () => Promise<Repository>,
  log: Log,
): Promise<void> {
  for (const group of leftovers.processes) {
    if (await killGroup(group)) log.warning(`Process ${group.processId} was still running and was ended.`);
  }
  if (leftovers.workDir !== undefined) await rm(leftovers.workDir, { recursive: true, force: true });
  if (leftovers.uploadKey === undefined) return;
  const repository = await openRepository();
  const aborted = await repository.abortUploads(leftovers.uploadKey);
  if (aborted > 0) log.warning(`The unfinished upload of ${leftovers.uploadKey} was aborted.`);
}
