import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { formatBytes } from '../../src/report/format.js';
import { processesOf } from '../../test/support/processes.js';
import { repositoryRoot } from '../../test/support/repository-root.js';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

const patienceMs = 30_000;

/** The directory that holds all that the benchmark makes, and what ends it. */
export class BenchPlace {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'xbackup-bench-')));

  constructor() {
    for (const name of ['tmp', 'logs']) mkdirSync(this.path(name));
    // Whatever is started from here makes its temporary files there, and can be recognised by it.
    process.env['TMPDIR'] = this.path('tmp');
  }

  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  /**
   * The data, a backup of it and its archive, or two restored copies, and where the S3 server is on disk its objects.
   * @throws Error when the filesystem has too little space.
   */
  async requireSpace(sizeMib: number): Promise<void> {
    const neededBytes = (sizeMib * 6 + 1024) * mebibyte;
    const { bavail, bsize } = await statfs(this.dir);
    if (bavail * bsize >= neededBytes) return;
    throw new Error(
      `${tmpdir()} has ${formatBytes(bavail * bsize)} free; this size needs ${formatBytes(neededBytes)}. ` +
        'TMPDIR may name another place.',
    );
  }

  /** A file that only this user can read, for what must not be in a command line. */
  writePrivate(name: string, text: string): string {
    const path = this.path(name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /**
   * Ends every process and removes every file of the benchmark.
   * @throws Error that names the processes that do not end.
   */
  async clear(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    // What was about to start something when it was ended may have done so unseen: look until all is quiet.
    for (let quietRounds = 0; quietRounds < 2; await sleep(50)) {
      const living = await processesOf(this.path('tmp'));
      if (living.length > 0 && performance.now() > deadline) {
        const commands = living.map(({ pid, command }) => `${pid} (${command})`);
        throw new Error(
          `These processes do not end: ${commands.join(', ')}. Their files are in ${this.dir}.`,
        );
      }
      for (const { pid } of living) killIfLiving(pid);
      quietRounds = living.length > 0 ? 0 : quietRounds + 1;
    }
    const script = (name: string) => join(repositoryRoot(), 'script', name);
    await run(script('s3-server'), ['stop', this.path('s3')]);
    mkdirSync(this.path('mysql'), { recursive: true });
    await run(script('mysql-server'), ['kill', this.path('mysql')]);
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function killIfLiving(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
