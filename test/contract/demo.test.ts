import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoPlace } from '../../script/demo-place.js';
import { startMysqlServer } from '../support/mysql-server.js';
import { repositoryRoot } from '../support/repository-root.js';
import { temporaryDirectory } from '../support/temporary.js';

const temporaryDir = process.env['TMPDIR'];
const started: ChildProcess[] = [];

/** A process that ends only by SIGKILL. */
function stubborn(env: NodeJS.ProcessEnv, ...words: string[]): ChildProcess {
  const code =
    "for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(s, () => {}); setInterval(() => {}, 1e6)";
  const child = spawn(process.execPath, ['-e', code, ...words], { env, detached: true, stdio: 'ignore' });
  started.push(child);
  return child;
}

function stopDemo(...words: string[]) {
  return spawnSync(join(repositoryRoot(), 'script/demo'), words, { encoding: 'utf8' });
}

afterEach(() => {
  if (temporaryDir === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporaryDir;
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe('the place of the demo', () => {
  it('ends its server and every process that was started from it, and nobody else', async () => {
    const place = new DemoPlace();
    const server = await startMysqlServer({ dir: place.path('mysql') });
    const ended = new Promise((resolve) =>
      stubborn(process.env).once('exit', (_, signal) => resolve(signal)),
    );
    const other = stubborn({ PATH: process.env['PATH'] }, place.path('mysql', 'error.log'));
    await place.clear();
    expect(await ended).toBe('SIGKILL');
    expect(existsSync(place.dir)).toBe(false);
    await expect(server.query('SELECT 1')).rejects.toThrow();
    expect(other.exitCode ?? other.signalCode).toBeNull();
  }, 120_000);
});

describe('script/demo --stop', () => {
  it('ends what --keep left', async () => {
    const place = new DemoPlace();
    const server = await startMysqlServer({ dir: place.path('mysql') });
    expect(stopDemo('--stop', place.dir)).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(place.dir)).toBe(false);
    await expect(server.query('SELECT 1')).rejects.toThrow();
  }, 120_000);

  it('touches no other directory', async () => {
    const directory = await temporaryDirectory('demo');
    await mkdir(join(directory.path, 'mysql'));
    await writeFile(join(directory.path, 'mysql/precious'), '');
    const { status, stderr } = stopDemo('--stop', directory.path);
    expect(status).toBe(1);
    expect(stderr).toContain(`${directory.path} is not a directory that script/demo --keep left.`);
    expect(existsSync(join(directory.path, 'mysql/precious'))).toBe(true);
    await directory.remove();
  });
});
