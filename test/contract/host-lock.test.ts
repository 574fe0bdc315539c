import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ofDatadir, withHostLock, type HostLock } from '../../src/pipeline/host-lock.js';
import { temporaryDirectory } from '../support/temporary.js';

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let datadir: string;

beforeAll(async () => {
  dir = await temporaryDirectory('lock');
  datadir = join(dir.path, 'a datadir');
  await mkdir(datadir);
});

afterAll(() => dir.remove());

const lock = (purpose: string, dir = datadir): HostLock => ({ dir, purpose, codes: ofDatadir });
const nothing = () => Promise.resolve('done');

describe('withHostLock', () => {
  it('lets the first one work, and tells the second who it is', async () => {
    const result = await withHostLock(lock('backup by run 7'), async () => {
      await expect(withHostLock(lock('backup by run 8'), nothing)).rejects.toMatchObject({
        code: 'HOST_BUSY',
        message: expect.stringMatching(
          /^Another run is at work on .*a datadir: backup by run 7 \(process \d+\)\.$/,
        ) as unknown,
      });
      return 'worked';
    });
    expect(result).toBe('worked');
    expect(await withHostLock(lock('backup by run 9'), nothing)).toBe('done');
  });

  it('gives the lock back when the work fails, with its error', async () => {
    const error = new Error('it went wrong');
    await expect(withHostLock(lock('one'), () => Promise.reject(error))).rejects.toBe(error);
    expect(await withHostLock(lock('two'), nothing)).toBe('done');
  });

  it('goes with the directory when that is renamed', async () => {
    const other = join(dir.path, 'other');
    await mkdir(other);
    await withHostLock(lock('restore'), async () => {
      expect(await withHostLock(lock('backup', other), nothing)).toBe('done');
    });
  });

  it('is another lock than that of any program that is not ours, and says so', async () => {
    const child = spawn('flock', [datadir, 'sh', '-c', 'echo locked; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await expect(withHostLock(lock('backup'), nothing)).rejects.toMatchObject({
      message: expect.stringContaining(`process ${child.pid ?? 0}`) as unknown,
    });
    child.stdin.end();
    await once(child, 'exit');
  });

  it('names a directory that is not there, and makes nothing in its place', async () => {
    const missing = join(dir.path, 'missing');
    await expect(withHostLock(lock('backup', missing), nothing)).rejects.toMatchObject({
      code: 'DATADIR_UNREADABLE',
    });
    expect(existsSync(missing)).toBe(false);
  });

  it('leaves the directory as it is', async () => {
    await chmod(datadir, 0o500);
    expect(await withHostLock(lock('backup'), nothing)).toBe('done');
  });
});
