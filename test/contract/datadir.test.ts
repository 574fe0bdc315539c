import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HalfSetAside, inspectDatadir, putBack, setAside, takeAway } from '../../src/mysql/datadir-swap.js';
import { lockHolder } from '../../src/mysql/datadir.js';
import { giveTo, isSameFilesystem } from '../../src/mysql/filesystem.js';
import { runProgram } from '../../src/pipeline/pipeline.js';
import { mayMount, mountTmpfs, type MountedTmpfs } from '../support/e2e/tmpfs.js';
import { eventually, programWorld, type ProgramWorld } from '../support/program-world.js';
import { readTree, writeTree } from '../support/trees.js';

let world: ProgramWorld;
beforeEach(async () => {
  world = await programWorld();
});
afterEach(() => world.close());

describe('lockHolder', () => {
  /** Locks a file as InnoDB does: fcntl(F_SETLK) with a write lock on all of it. */
  const locking = `
    use Fcntl;
    open(my $file, "+<", $ARGV[0]) or die;
    my $lock = pack("s s x![q] q q l x![q]", F_WRLCK, 0, 0, 0, 0);
    fcntl($file, F_SETLK, $lock) or die;
    open(my $ready, ">", $ARGV[1]) or die;
    close $ready;
    sleep 600;`;

  it.each(['ibdata1', 'undo_001', 'aria_log_control', 'system.ibd'])(
    'is the process that has locked %s',
    async (name) => {
      const file = join(world.path, name);
      await writeFile(file, 'data');
      await writeFile(join(world.path, 'another'), '');
      const program = { program: 'perl', arguments: ['-e', locking, file, join(world.path, 'ready')] };
      const running = runProgram(program, world.options);
      running.catch(() => undefined);
      await eventually(() => world.exists('ready'), 'it is locked');
      expect(await lockHolder(world.path)).toBe(world.started[0]);
      world.abort.abort();
      await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await lockHolder(world.path)).toBeUndefined();
    },
    30_000,
  );
});

describe('giveTo', () => {
  it('changes the mode, and the owner of all that is new, links themselves too', async () => {
    const { uid, gid } = await stat(world.path);
    const datadir = join(world.path, 'data [1]*');
    const aside = join(datadir, '.before');
    await writeTree(datadir, { ibdata1: 'x', 'shop/t.ibd': 'y', '.before/ibdata1': 'old' });
    const owner = uid === 0 ? '12345:23456' : `${uid}:${gid}`;
    await giveTo(datadir, owner, 0o711, { path: aside, whole: false });
    expect((await stat(datadir)).mode & 0o7777).toBe(0o711);
    const ownerOf = async (name: string) => {
      const found = await stat(join(datadir, name));
      return `${found.uid}:${found.gid}`;
    };
    expect([await ownerOf('.'), await ownerOf('ibdata1'), await ownerOf('shop/t.ibd')]).toEqual([
      owner,
      owner,
      owner,
    ]);
    expect([await ownerOf('.before'), await ownerOf('.before/ibdata1')]).toEqual([
      `${uid}:${gid}`,
      `${uid}:${gid}`,
    ]);
  });

  it('fails for an owner that does not exist', async () => {
    await expect(giveTo(world.path, 'nobody-like-this', 0o700, undefined)).rejects.toMatchObject({
      name: 'CommandError',
      failure: { program: 'find', exitStatus: 1 },
    });
  });
});

// A mount point cannot be renamed.
(mayMount() ? describe : describe.skip)('a datadir that is a mount point', () => {
  const old = { ibdata1: 'old', 'shop/orders.ibd': 'old orders', 'lost+found/': '' };
  const restored = { ibdata1: 'new', 'shop/orders.ibd': 'new orders' };
  let mounts: MountedTmpfs[];
  let path: string;

  const mount = async (at: string) => {
    const mounted = await mountTmpfs(at, 4);
    mounts.unshift(mounted);
    return mounted;
  };
  beforeEach(async () => {
    mounts = [];
    path = join(world.path, 'mysql');
    await mount(path);
  });
  afterEach(async () => {
    for (const mounted of mounts) await mounted.unmount();
  });

  it.each(['failed', undefined])(
    'moves its contents aside within, and back (what was there instead: %s)',
    async (keepAs) => {
      await writeTree(path, old);
      const datadir = await inspectDatadir(path);
      const aside = await setAside(datadir, 'before');
      expect(aside).toEqual({ path: join(path, '.before'), whole: false });
      expect((await readdir(path)).sort()).toEqual(['.before', 'lost+found']);
      await writeTree(path, restored);
      const kept = await takeAway(datadir, aside, keepAs);
      await putBack(datadir, aside);
      const now = await readTree(path);
      if (keepAs === undefined) expect(now).toEqual(old);
      else {
        expect(kept).toBe(join(path, '.failed'));
        expect(now).toEqual({
          ...old,
          '.failed/ibdata1': 'new',
          '.failed/shop/orders.ibd': 'new orders',
        });
      }
    },
  );

  it('keeps failed data within when it was empty before', async () => {
    await mkdir(join(path, 'lost+found'));
    const datadir = await inspectDatadir(path);
    expect(await setAside(datadir, 'before')).toBeUndefined();
    await writeTree(path, restored);
    expect(await takeAway(datadir, undefined, 'failed')).toBe(join(path, '.failed'));
    await putBack(datadir, undefined);
    expect((await readdir(path)).sort()).toEqual(['.failed', 'lost+found']);
    expect(await readTree(join(path, '.failed'))).toEqual(restored);
    expect(await readdir(world.path)).toEqual(['mysql']);
  });

  it('has everything in its place again when something in it cannot be moved', async () => {
    await writeTree(path, { aaa: '1', 'bbb/ccc': '2', zzz: '3' });
    // Another mount in the middle of it.
    await mount(join(path, 'mmm'));
    await writeTree(path, { 'mmm/temporary': '4' });
    const before = await readTree(path);
    const datadir = await inspectDatadir(path);
    await expect(setAside(datadir, 'before')).rejects.toMatchObject({ code: 'EBUSY' });
    expect(await readTree(path)).toEqual(before);
    await expect(setAside(datadir, 'before')).rejects.not.toBeInstanceOf(HalfSetAside);
  });

  it('is another filesystem than its parent, also before it is filled', async () => {
    expect(await isSameFilesystem(world.path, path)).toBe(false);
    expect(await isSameFilesystem(path, join(path, 'not', 'yet', 'there'))).toBe(true);
    expect(await isSameFilesystem(world.path, join(world.path, 'nowhere'))).toBe(true);
  });
});
