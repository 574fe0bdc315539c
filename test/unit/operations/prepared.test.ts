import { appendFile, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  listFiles,
  readPrepared,
  requireComplete,
  takeInventory,
  writePrepared,
  type Prepared,
} from '../../../src/operations/prepared.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { writeTree } from '../../support/trees.js';

const notPrepared = expect.objectContaining({ code: 'NOT_PREPARED' }) as unknown;
const tool = { isFullyPrepared: (state: string) => state === 'full-prepared' };
const checkpoints = (state: string) => `backup_type = ${state}\nfrom_lsn = 0\nto_lsn = 7\nlast_lsn = 9\n`;

let dir: TemporaryDirectory;
let data: string;
let prepared: Prepared;

beforeEach(async () => {
  dir = await temporaryDirectory('prepared');
  data = join(dir.path, '2026-11-22', '00');
  await writeTree(data, {
    ibdata1: 'x'.repeat(100),
    'shop/orders.ibd': 'y'.repeat(50),
    'shop/db.opt': '',
    'empty/': '',
    xtrabackup_checkpoints: checkpoints('full-prepared'),
  });
  prepared = {
    schemaVersion: 1,
    server: 'db1',
    backupId: '2026-11-22/02',
    links: ['2026-11-22/00', '2026-11-22/02'],
    dataDir: '2026-11-22/00',
    toLsn: '18446744073709551615',
    gtid: 'u:1-5',
    tool: { name: 'xtrabackup', version: '8.0.35-31' },
    mysql: { version: '8.0.42', flavor: 'mysql', datadir: '/var/lib/mysql' },
    inventory: await takeInventory(data),
    preparedAt: '2026-11-22T03:00:00.000Z',
  };
});
afterEach(() => dir.remove());

describe('takeInventory', () => {
  it('counts files and bytes', () => {
    const bytes = 150 + checkpoints('full-prepared').length;
    expect(prepared.inventory).toMatchObject({ files: 4, bytes });
    expect(prepared.inventory.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is the same for the same files somewhere else, whatever the order they were made in', async () => {
    const other = join(dir.path, 'other', 'place');
    await writeTree(other, {
      xtrabackup_checkpoints: checkpoints('full-prepared'),
      'shop/db.opt': '',
      'shop/orders.ibd': 'z'.repeat(50),
      ibdata1: 'x'.repeat(100),
    });
    expect(await takeInventory(other)).toEqual(prepared.inventory);
  });

  it('lists paths relative to the directory, in order', async () => {
    expect(await listFiles(data)).toEqual([
      { path: 'ibdata1', sizeBytes: 100 },
      { path: 'shop/db.opt', sizeBytes: 0 },
      { path: 'shop/orders.ibd', sizeBytes: 50 },
      { path: 'xtrabackup_checkpoints', sizeBytes: checkpoints('full-prepared').length },
    ]);
  });
});

describe('requireComplete', () => {
  it('is content with what prepare left', async () => {
    await requireComplete(dir.path, prepared, tool);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a file that is gone', () => rm(join(data, 'shop/orders.ibd'))],
    ['an empty file that is gone', () => rm(join(data, 'shop/db.opt'))],
    ['a folder that is gone', () => rm(join(data, 'shop'), { recursive: true })],
    ['a file that was cut', () => truncate(join(data, 'shop/orders.ibd'), 49)],
    ['a file that has grown', () => appendFile(join(data, 'ibdata1'), 'x')],
    ['a file too many', () => writeFile(join(data, 'shop/extra.ibd'), '')],
    ['a file in another folder', () => rename(join(data, 'shop/db.opt'), join(data, 'empty/db.opt'))],
    [
      'a file that is a dangling link',
      async () => {
        await rm(join(data, 'ibdata1'));
        await symlink('nowhere', join(data, 'ibdata1'));
      },
    ],
    [
      'two files that swapped their names',
      async () => {
        await rename(join(data, 'ibdata1'), join(data, 'x'));
        await rename(join(data, 'shop/orders.ibd'), join(data, 'ibdata1'));
        await rename(join(data, 'x'), join(data, 'shop/orders.ibd'));
      },
    ],
    ['no data at all', () => rm(data, { recursive: true })],
  ])('finds %s', async (_, damage) => {
    await damage();
    await expect(requireComplete(dir.path, prepared, tool)).rejects.toEqual(notPrepared);
  });

  it.each(['log-applied', 'full-backuped', 'incremental'])('wants more than %s', async (state) => {
    await writeFile(join(data, 'xtrabackup_checkpoints'), checkpoints(state));
    const inventory = await takeInventory(data);
    await expect(requireComplete(dir.path, { ...prepared, inventory }, tool)).rejects.toEqual(notPrepared);
  });
});

describe('prepared.json', () => {
  it('is read as it was written, and nothing else is left', async () => {
    await writePrepared(dir.path, prepared);
    expect(await readPrepared(dir.path)).toEqual(prepared);
    expect((await readdir(dir.path)).sort()).toEqual(['2026-11-22', 'prepared.json']);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['cut', '{"schemaVersion": 1, "server"'],
    ['of another version', { schemaVersion: 2 }],
    ['without a server', { server: undefined }],
    ['without a name of the server', { server: '' }],
    ['pointing out of the directory', { dataDir: '../../etc' }],
    ['pointing to the root', { dataDir: '/etc' }],
    ['pointing up', { dataDir: '../x' }],
    ['without an inventory', { inventory: undefined }],
  ])('that is %s is an error', async (_, change) => {
    const text = typeof change === 'object' ? JSON.stringify({ ...prepared, ...change }) : change;
    if (text !== undefined) await writeFile(join(dir.path, 'prepared.json'), text);
    await expect(readPrepared(dir.path)).rejects.toEqual(notPrepared);
  });

  it('is an error when it is a directory, or its own is no directory', async () => {
    await mkdir(join(dir.path, 'prepared.json'));
    await expect(readPrepared(dir.path)).rejects.toEqual(notPrepared);
    await expect(readPrepared('/dev/null')).rejects.toEqual(notPrepared);
  });
});
