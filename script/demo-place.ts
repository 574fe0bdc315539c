import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { readFile, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { formatBytes } from '../src/report/format.js';
import { repositoryRoot } from '../test/support/repository-root.js';

const run = promisify(execFile);

/** What the servers, two copies of the data and the objects in memory take, with room to spare. */
const neededBytes = 2 * 1024 ** 3;
const patienceMs = 30_000;

/** The S3 server of the demo, as the actions need to know it. */
export interface Store {
  bucket: string;
  endpoint: string;
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
}

/** The directory that holds all that the demo makes: the servers, their data, every temporary file, the logs. */
export class DemoPlace {
  /** Made at once, without a moment in which it exists and nobody knows. */
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'xbackup-demo-')));

  constructor() {
    for (const name of ['tmp', 'logs']) mkdirSync(join(this.dir, name));
    // script/demo --stop removes only a directory that has this.
    writeFileSync(join(this.dir, '.xbackup-demo'), '');
    // Whatever is started from here makes its temporary files there, and can be recognised by it.
    process.env['TMPDIR'] = this.path('tmp');
  }

  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  /** @throws Error when the filesystem has too little space. */
  async requireSpace(): Promise<void> {
    const { bavail, bsize } = await statfs(this.dir);
    if (bavail * bsize >= neededBytes) return;
    throw new Error(
      `${tmpdir()} has ${formatBytes(bavail * bsize)} free; the demo needs ${formatBytes(neededBytes)}. ` +
        'TMPDIR may name another place.',
    );
  }

  /** Starts an S3 server that keeps its objects in memory, and makes a bucket. */
  async startStore(): Promise<Store> {
    const { stdout } = await run(join(repositoryRoot(), 'script/s3-server'), ['start', this.path('s3')]);
    const said = new Map(stdout.split('\n').map((line) => line.split('=', 2) as [string, string]));
    const setting = (name: string): string => said.get(name) ?? '';
    const endpoint = setting('S3_ENDPOINT');
    const [accessKeyId, secretAccessKey] = [setting('AWS_ACCESS_KEY_ID'), setting('AWS_SECRET_ACCESS_KEY')];
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const bucket = 'backups';
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return { bucket, endpoint, credentials };
  }

  /**
   * Ends every process and removes every file of the demo, whatever state they are in.
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
