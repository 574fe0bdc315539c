import { chmod, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freeBytes, inspectDatadir, putBack, setAside, takeAway } from '../../../src/mysql/datadir-swap.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { readTree, writeTree } from '../../support/trees.js';

let dir: TemporaryDirectory;
let path: string;
beforeEach(async () => {
  dir = await temporaryDirectory('swap');
  path = join(dir.path, 'mysql');
});
afterEach(() => dir.remove());

const old = { ibdata1: 'old', 'shop/orders.ibd': 'old orders', 'empty/': '', '.hidden': 'h' };
const restored = { ibdata1: 'new', 'shop/orders.ibd': 'new orders' };

async function oldDatadir(mode = 0o750) {
  await writeTree(path, old);
  await chmod(path, mode);
  return inspectDatadir(path);
}

describe('inspectDatadir', () => {
  it('tells what there is', async () => {
    const datadir = await oldDatadir(0o2751);
    const { uid, gid, dev } = await stat(path);
    expect(datadir).toEqual({
      path,
      exists: true,
      isEmpty: false,
      owner: `${uid}:${gid}`,
      mode: 0o2751,
      device: dev,
    });
  });

  it('sees through a symlink, also at the parent', async () => {
    await oldDatadir();
    await symlink(path, join(dir.path, 'link'));
    await symlink(dir.path, join(dir.path, 'parent'));
    expect((await inspectDatadir(join(dir.path, 'link'))).path).toBe(path);
    expect((await inspectDatadir(join(dir.path, 'parent', 'mysql'))).path).toBe(path);
  });

  it('takes one with lost+found alone for empty', async () => {
    await mkdir(join(path, 'lost+found'), { recursive: true });
    expect(await inspectDatadir(path)).toMatchObject({ exists: true, isEmpty: true });
  });

  it('allows for one that does not exist yet, in a folder that does', async () => {
    const { uid, gid } = await stat(dir.path);
    expect(await inspectDatadir(path)).toMatchObject({
      path,
      exists: false,
      isEmpty: true,
      owner: `${uid}:${gid}`,
      mode: 0o750,
    });
    await expect(inspectDatadir(join(dir.path, 'no', 'where'))).rejects.toMatchObject({
      code: 'DATADIR_UNSUITABLE',
    });
  });

  it('wants a directory', async () => {
    await writeFile(path, 'a file');
    await expect(inspectDatadir(path)).rejects.toMatchObject({
      code: 'DATADIR_UNSUITABLE',
      message: `${path} is not a directory.`,
    });
    await expect(inspectDatadir(join(path, 'below'))).rejects.toMatchObject({ code: 'DATADIR_UNSUITABLE' });
  });
});

describe('a datadir that is swapped', () => {
  it('is renamed whole, and an empty one of the same mode is in its place', async () => {
    const datadir = await oldDatadir(0o2751);
    const aside = await setAside(datadir, 'before');
    expect(aside).toEqual({ path: `${path}.before`, whole: true });
    expect(await readTree(`${path}.before`)).toEqual(old);
    expect(await readdir(path)).toEqual([]);
    expect((await stat(path)).mode & 0o7777).toBe(0o2751);
  });

  it.each([
    ['keeps', 'failed'],
    ['deletes', undefined],
  ])('comes back as it was, and %s what was there instead', async (_, keepAs) => {
    const datadir = await oldDatadir();
    const { ino } = await stat(path);
    const aside = await setAside(datadir, 'before');
    await writeTree(path, restored);
    const kept = await takeAway(datadir, aside, keepAs);
    await putBack(datadir, aside);
    expect(await readTree(path)).toEqual(old);
    expect((await stat(path)).ino).toBe(ino);
    if (keepAs === undefined) {
      expect(kept).toBeUndefined();
      expect(await readdir(dir.path)).toEqual(['mysql']);
    } else {
      expect(kept).toBe(`${path}.failed`);
      expect(await readTree(`${path}.failed`)).toEqual(restored);
      expect((await readdir(dir.path)).sort()).toEqual(['mysql', 'mysql.failed']);
    }
  });

  it('comes back when nothing was put in its place, or even that is gone', async () => {
    const datadir = await oldDatadir();
    const aside = await setAside(datadir, 'before');
    expect(await takeAway(datadir, aside, 'failed')).toBeUndefined();
    await rm(path, { recursive: true });
    await putBack(datadir, aside);
    expect(await readTree(path)).toEqual(old);
    expect(await readdir(dir.path)).toEqual(['mysql']);
  });

  it('is not put back over something: that must have been taken away', async () => {
    const datadir = await oldDatadir();
    const aside = await setAside(datadir, 'before');
    await writeTree(path, restored);
    await expect(putBack(datadir, aside)).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    expect(await readTree(`${path}.before`)).toEqual(old);
    expect(await readTree(path)).toEqual(restored);
  });

  it('stays as it is when its new name is taken', async () => {
    const datadir = await oldDatadir();
    await writeTree(`${path}.before`, { 'an older one': '' });
    await expect(setAside(datadir, 'before')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    expect(await readTree(path)).toEqual(old);
    expect(await readTree(`${path}.before`)).toEqual({ 'an older one': '' });
  });

  it('is never deleted while it is still in its place', async () => {
    const datadir = await oldDatadir();
    await expect(takeAway(datadir, undefined, undefined)).rejects.toThrow('still in the datadir');
    await expect(takeAway(datadir, undefined, 'failed')).rejects.toThrow('still in the datadir');
    expect(await readTree(path)).toEqual(old);
  });
});

describe('a datadir that does not exist', () => {
  it.each(['failed', undefined])('is made, and goes again (what was in it: %s)', async (keepAs) => {
    const datadir = await inspectDatadir(path);
    expect(await setAside(datadir, 'before')).toBeUndefined();
    expect((await stat(path)).mode & 0o7777).toBe(0o750);
    await writeTree(path, restored);
    const kept = await takeAway(datadir, undefined, keepAs);
    await putBack(datadir, undefined);
    expect(await readdir(dir.path)).toEqual(keepAs === undefined ? [] : ['mysql.failed']);
    expect(kept).toBe(keepAs === undefined ? undefined : `${path}.failed`);
  });

  it('is an error when somebody else has made it meanwhile', async () => {
    const datadir = await inspectDatadir(path);
    await writeTree(path, old);
    await expect(setAside(datadir, 'before')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readTree(path)).toEqual(old);
  });
});

describe('an empty datadir', () => {
  it.each(['failed', undefined])(
    'is used as it is, and is empty again (what was in it: %s)',
    async (keepAs) => {
      await mkdir(path);
      const datadir = await inspectDatadir(path);
      expect(await setAside(datadir, 'before')).toBeUndefined();
      await writeTree(path, restored);
      await takeAway(datadir, undefined, keepAs);
      await putBack(datadir, undefined);
      expect(await readdir(path)).toEqual([]);
      if (keepAs !== undefined) expect(await readTree(`${path}.failed`)).toEqual(restored);
    },
  );
});

describe('freeBytes', () => {
  it('asks the nearest folder that exists', async () => {
    const free = await freeBytes(join(dir.path, 'not', 'there', 'yet'));
    expect(free).toBeGreaterThan(0);
    expect(Math.abs(free - (await freeBytes(dir.path)))).toBeLessThan(1e9);
  });
});
