import { mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { datadirIdentity, lockHolder, parseLocks, sizeOfTree } from '../../../src/mysql/datadir.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { writeTree } from '../../support/trees.js';

let dir: TemporaryDirectory;
beforeEach(async () => {
  dir = await temporaryDirectory('datadir');
});
afterEach(() => dir.remove());

describe('parseLocks', () => {
  it('reads the write locks of /proc/locks', () => {
    const text = [
      '1: POSIX  ADVISORY  WRITE 4589 fe:00:9977880 0 EOF',
      '2: FLOCK  ADVISORY  WRITE 1 fe:00:1 0 EOF',
      '3: POSIX  ADVISORY  READ 2 fe:00:2 128 128',
      '3: -> POSIX  ADVISORY  WRITE 3 fe:00:3 0 EOF',
      '4: POSIX  MANDATORY WRITE 5 08:11:18446744073709551615 0 EOF',
      '5: OFDLCK ADVISORY  WRITE -1 00:2b:7 0 0',
      '6: POSIX  ADVISORY  WRITE 6 103:00001:9 0 EOF',
    ].join('\n');
    expect(parseLocks(text)).toEqual([
      { processId: 4589, device: 0xfe00n, inode: 9_977_880n },
      { processId: 5, device: 0x811n, inode: 18_446_744_073_709_551_615n },
      // Linux's 32-bit encoding: 12 bits of major, the low byte of minor, and the rest of both above.
      { processId: 6, device: 0x10301n, inode: 9n },
    ]);
  });

  it('finds none in nothing', () => {
    expect(parseLocks('')).toEqual([]);
  });
});

describe('lockHolder', () => {
  it('is nobody where there is nothing, or nothing locked', async () => {
    expect(await lockHolder(join(dir.path, 'nowhere'))).toBeUndefined();
    await writeFile(join(dir.path, 'ibdata1'), 'x');
    expect(await lockHolder(dir.path)).toBeUndefined();
  });
});

describe('sizeOfTree', () => {
  it('counts all files below, and each once', async () => {
    await writeTree(dir.path, {
      a: 'x'.repeat(100),
      'b/c': 'y'.repeat(20),
      'b/d/e': 'z'.repeat(3),
      'f/': '',
    });
    expect(await sizeOfTree(dir.path)).toBe(123);
  });

  it('minds no loops, and nothing that vanishes', async () => {
    await writeTree(dir.path, { a: 'x'.repeat(100) });
    await symlink('nowhere', join(dir.path, 'dangling'));
    expect(await sizeOfTree(dir.path)).toBe(100);
    await mkdir(join(dir.path, 'b'));
    await symlink(dir.path, join(dir.path, 'b', 'loop'));
    expect(await sizeOfTree(dir.path)).toBeLessThan(100_000);
    expect(await sizeOfTree(join(dir.path, 'nowhere'))).toBe(0);
  });
});

describe('datadirIdentity', () => {
  const server = () => ({ datadir: dir.path, systemTablespace: 'ibdata1' });

  it('is the same as long as it is the same file, and another one after a restore', async () => {
    const path = join(dir.path, 'ibdata1');
    await writeFile(path, 'begun');
    // As in every datadir: it has been written to since it was made.
    await setTimeout(20);
    await writeFile(path, 'first');
    const first = await datadirIdentity(server());
    expect(first).toContain(`ibdata1:${(await stat(path)).ino}:`);
    await writeFile(path, 'grown by and by');
    expect(await datadirIdentity(server())).toBe(first);
    // A restore makes a new file; the old one is still there, beside.
    await rename(path, join(dir.path, 'ibdata1.old'));
    await writeFile(path, 'first');
    expect(await datadirIdentity(server())).not.toBe(first);
  });

  it('looks where the system tablespace is', async () => {
    await writeTree(dir.path, { 'home/ibdata9': 'x' });
    const identity = await datadirIdentity({
      ...server(),
      innodbDataHome: join(dir.path, 'home'),
      systemTablespace: 'ibdata9',
    });
    expect(identity).toMatch(/^ibdata9:\d+:/);
  });

  it('says that the files cannot be read here', async () => {
    await expect(datadirIdentity(server())).rejects.toMatchObject({ code: 'DATADIR_UNREADABLE' });
    await expect(datadirIdentity({ ...server(), datadir: '/nowhere' })).rejects.toMatchObject({
      code: 'DATADIR_UNREADABLE',
    });
  });
});
