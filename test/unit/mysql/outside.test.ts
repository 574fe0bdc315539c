import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSwap } from '../../../src/mysql/data-swap.js';
import { HalfSetAside, inspectDatadir } from '../../../src/mysql/datadir-swap.js';
import {
  inspectOutside,
  partsIn,
  putPartsBack,
  setPartsAside,
  takePartsAway,
  type OutsideRole,
} from '../../../src/mysql/outside.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { readTree, writeTree } from '../../support/trees.js';

let dir: TemporaryDirectory;
let path: string;
beforeEach(async () => {
  dir = await temporaryDirectory('outside');
  path = join(dir.path, 'redo');
  await mkdir(path);
});
afterEach(() => dir.remove());

const label = 'before-restore-x';
const old = {
  ib_logfile0: 'old',
  '#innodb_redo/#ib_redo7': 'old',
  'notes.txt': 'of others',
  'a.ibd': 'others',
};

describe('the parts of the server in a directory', () => {
  it.each<[OutsideRole, string[]]>([
    ['system', ['ibdata1', 'ibdata12', 'xb_doublewrite']],
    ['redo', ['#innodb_redo/x', 'ib_logfile0', 'ib_logfile101', 'undo_1_trunc.log']],
    ['undo', ['more.ibu', 'undo001', 'undo_001', 'undo_1_trunc.log']],
    ['doublewrite', ['#ib_16384_0.bdblwr', '#ib_16384_0.dblwr']],
  ])('are, as to %s, only those that InnoDB names', async (role, names) => {
    const all = [
      ...['ibdata1', 'ibdata12', 'xb_doublewrite', '#innodb_redo/x', 'ib_logfile0', 'ib_logfile101'],
      ...['undo_1_trunc.log', 'more.ibu', 'undo001', 'undo_001', '#ib_16384_0.bdblwr', '#ib_16384_0.dblwr'],
      ...['binlog.000001', 'ibtmp1', 'ib_buffer_pool', 'shop.ibd', 'undo.txt', 'my_ibdata1', '.ib_logfile0'],
    ];
    await writeTree(path, Object.fromEntries(all.map((name) => [name, name])));
    const found = await partsIn(await inspectOutside(path, [role], []));
    expect(found.sort()).toEqual(names.map((name) => join(path, name.replace(/\/.*/, ''))).sort());
  });

  it('are those with a name of their own, too', async () => {
    await writeTree(path, { 'orders.ibd': 'ours', 'others.ibd': 'of others' });
    const place = await inspectOutside(path, [], ['orders.ibd', 'gone.ibd']);
    expect(place).toMatchObject({ exists: true, hasParts: true });
    expect(await partsIn(place)).toEqual([join(path, 'orders.ibd')]);
  });
});

describe('what is outside of the datadir', () => {
  it('goes aside within its directory, and comes back; what is of others stays', async () => {
    await writeTree(path, old);
    const place = await inspectOutside(path, ['redo'], []);
    await setPartsAside(place, label);
    const { 'notes.txt': notes, 'a.ibd': others } = old;
    expect(await readTree(path)).toEqual({
      'notes.txt': notes,
      'a.ibd': others,
      [`.${label}/ib_logfile0`]: 'old',
      [`.${label}/#innodb_redo/#ib_redo7`]: 'old',
    });
    await writeTree(path, { ib_logfile0: 'new', ib_logfile1: 'new', '#innodb_redo/#ib_redo1': 'new' });
    expect(await takePartsAway(place, label, undefined)).toBeUndefined();
    await putPartsBack(place, label);
    expect(await readTree(path)).toEqual(old);
  });

  it('is kept when it was moved there', async () => {
    await writeTree(path, old);
    const place = await inspectOutside(path, ['redo'], []);
    await setPartsAside(place, label);
    await writeTree(path, { ib_logfile0: 'new' });
    const kept = await takePartsAway(place, label, 'failed-restore-x');
    expect(kept).toBe(join(path, '.failed-restore-x'));
    await putPartsBack(place, label);
    expect(await readTree(path)).toEqual({ ...old, '.failed-restore-x/ib_logfile0': 'new' });
  });

  it('is not taken away when it was never set aside: it may be the old', async () => {
    await writeTree(path, old);
    const place = await inspectOutside(path, ['redo'], []);
    await expect(takePartsAway(place, label, undefined)).rejects.toThrow('not where it was set aside');
    expect(await readTree(path)).toEqual(old);
  });

  it('may be gone by the time that the rest goes aside', async () => {
    await writeTree(path, { ib_logfile0: 'old' });
    const place = await inspectOutside(path, ['redo'], []);
    await rm(join(path, 'ib_logfile0'));
    await setPartsAside(place, label);
    await writeTree(path, { ib_logfile0: 'new' });
    await takePartsAway(place, label, undefined);
    await putPartsBack(place, label);
    expect(await readdir(path)).toEqual([]);
  });

  it('may be in a directory that the restore makes: it goes with it', async () => {
    const place = await inspectOutside(join(path, 'shop'), [], ['orders.ibd']);
    expect(place).toMatchObject({ exists: false, hasParts: false });
    await setPartsAside(place, label);
    await writeTree(join(path, 'shop'), { 'orders.ibd': 'new' });
    await takePartsAway(place, label, undefined);
    await putPartsBack(place, label);
    expect(await readdir(path)).toEqual([]);
  });

  it('is looked at behind symlinks, and must be a directory', async () => {
    await symlink(path, join(dir.path, 'link'));
    expect((await inspectOutside(join(dir.path, 'link'), [], [])).path).toBe(path);
    await writeTree(path, { file: '' });
    await expect(inspectOutside(join(path, 'file'), [], [])).rejects.toThrow('is not a directory');
    await expect(inspectOutside(join(path, 'no', 'where'), [], [])).rejects.toThrow('ENOENT');
  });
});

describe('DataSwap', () => {
  const swapOf = async () => {
    await writeTree(join(dir.path, 'data'), { 'mysql.ibd': 'old' });
    await writeTree(join(dir.path, 'undo'), { undo_001: 'old' });
    await writeTree(path, old);
    const datadir = await inspectDatadir(join(dir.path, 'data'));
    const outside = [
      await inspectOutside(path, ['redo'], []),
      await inspectOutside(join(dir.path, 'undo'), ['undo'], []),
    ];
    return { swap: new DataSwap({ datadir, outside }, 'x'), places: { datadir, outside } };
  };
  const everything = { ...prefixed('redo', old), 'data/mysql.ibd': 'old', 'undo/undo_001': 'old' };

  it('moves all places, and brings all back', async () => {
    const { swap } = await swapOf();
    await swap.setAside();
    expect(swap.datadirAside?.path).toBe(join(dir.path, `data.${label}`));
    expect(await swap.outsideAside()).toEqual([join(path, `.${label}`), join(dir.path, 'undo', `.${label}`)]);
    await writeTree(dir.path, { 'data/mysql.ibd': 'new', 'undo/undo_001': 'new', 'redo/ib_logfile0': 'new' });
    expect(await swap.takeAway(true)).toHaveLength(3);
    await swap.putBack();
    expect(await readTree(dir.path)).toMatchObject(everything);
    expect(await readTree(join(dir.path, 'undo'))).toEqual({
      undo_001: 'old',
      '.failed-restore-x/undo_001': 'new',
    });
  });

  it('leaves everything as it was when one place refuses', async () => {
    const { swap } = await swapOf();
    await mkdir(join(dir.path, 'undo', `.${label}`));
    await expect(swap.setAside()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readTree(dir.path)).toMatchObject(everything);
    expect(swap.datadirAside).toBeUndefined();
    expect(await readdir(path)).toEqual(
      Object.keys(old)
        .map((name) => name.replace(/\/.*/, ''))
        .sort(),
    );
  });

  it('says so when not even that can be done', async () => {
    const { places } = await swapOf();
    const [redo, undo] = places.outside;
    const spoiled = {
      ...undo,
      // Somebody takes the place of the datadir just when this place is looked into.
      get roles(): never {
        writeFileSync(join(dir.path, 'data', 'stranger'), '');
        throw new Error('It cannot be read.');
      },
    };
    const swap = new DataSwap({ ...places, outside: [redo, spoiled] as typeof places.outside }, 'x');
    await expect(swap.setAside()).rejects.toBeInstanceOf(HalfSetAside);
    expect(await readTree(join(dir.path, `data.${label}`))).toEqual({ 'mysql.ibd': 'old' });
    expect(await readTree(path)).toEqual(old);
  });

  it.each(['all aside', 'the outside back already', 'only the datadir aside'])(
    'is taken up by another process: %s',
    async (state) => {
      const { swap, places } = await swapOf();
      await swap.setAside();
      if (state === 'the outside back already') {
        for (const place of places.outside) await putPartsBack(place, label);
      } else if (state === 'only the datadir aside') {
        await putPartsBack(places.outside[1] as (typeof places.outside)[0], label);
      }
      const other = new DataSwap(places, 'x');
      expect(await other.takeUp()).toBe(true);
      await other.putBack();
      expect(await readTree(dir.path)).toMatchObject(everything);
      expect(await new DataSwap(places, 'x').takeUp()).toBe(false);
    },
  );
});

function prefixed(name: string, tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([file, text]) => [`${name}/${file}`, text]));
}
