import { existsSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { readFile, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatBytes } from '../src/report/format.js';

const patienceMs = 30_000;

/** A directory that holds all that a script makes: its servers, their data, every temporary file, the logs. */
export class ThrowawayPlace {
  /** Made at once, without a moment in which it exists and nobody knows. */
  readonly dir: string;

  /** @param topic what it is for, such as `demo`. */
  constructor(readonly topic: string) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), `xbackup-${topic}-`)));
    for (const name of ['tmp', 'logs']) mkdirSync(this.path(name));
    // Whatever is started from here makes its temporary files there, and can be recognised by it.
    process.env['TMPDIR'] = this.path('tmp');
  }

  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  /** @throws Error when the filesystem has too little space. */
  async requireSpaceOf(neededBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.dir);
    if (bavail * bsize >= neededBytes) return;
    throw new Error(
      `${tmpdir()} has ${formatBytes(bavail * bsize)} free; the ${this.topic} needs ${formatBytes(neededBytes)}. ` +
        'TMPDIR may name another place.',
    );
  }

  /**
   * Ends every process and removes every file of it, whatever state they are in.
   * @throws Error that names the processes that do not end.
   */
  async clear(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    // What was about to start something when it was ended may have done so unseen: look until all is quiet.
    for (let quietRounds = 0; quietRounds < 3; await sleep(50)) {
      const living = await this.#processes();
      if (living.length > 0 && performance.now() > deadline) {
        throw new Error(`These processes do not end: ${living.join(', ')}. Their files are in ${this.dir}.`);
      }
      for (const pid of living) killIfLiving(pid);
      if (living.length === 0) await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
      quietRounds = living.length > 0 || existsSync(this.dir) ? 0 : quietRounds + 1;
    }
  }

  /** By what they were started with: the temporary directory, or for the database, which is told none, its data. */
  async #processes(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const ours = await Promise.all(
      pids.map(async (pid) => {
        // It may end while we look, or be another user's: both are not ours.
        const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
        if ((await read('environ')).includes(this.path('tmp'))) return true;
        return (await read('cmdline')).includes(`--datadir=${this.dir}/`);
      }),
    );
    return pids.filter((pid, index) => ours[index] === true && pid !== process.pid);
  }
}

function killIfLiving(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
