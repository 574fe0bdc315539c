import { mkdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspectDatadir } from '../../../src/mysql/datadir-swap.js';
import { findLayout, type ServerLayout } from '../../../src/mysql/layout.js';
import type { Prepared } from '../../../src/operations/prepared.js';
import { findTarget } from '../../../src/operations/restore-target.js';
import { keepDataSettings } from '../../../src/tools/backup-settings.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { writeTree } from '../../support/trees.js';

let dir: TemporaryDirectory;
let datadir: string;
const path = (name: string): string => join(dir.path, name);

beforeEach(async () => {
  dir = await temporaryDirectory('target');
  datadir = path('data');
  for (const name of ['data', 'prepared', 'home', 'redo', 'undo', 'fast']) await mkdir(path(name));
});
afterEach(() => dir.remove());

async function target(layout: Partial<ServerLayout> = {}, mysql: Partial<Prepared['mysql']> = {}) {
  const prepared: Prepared = {
    schemaVersion: 1,
    server: 'db1',
    backupId: '2026-11-17/00',
    links: ['2026-11-17/00'],
    dataDir: '2026-11-17/00',
    toLsn: '1',
    tool: { name: 'xtrabackup', version: '8.0.35-31' },
    mysql: { version: '8.0.42', flavor: 'mysql', datadir, ...mysql },
    inventory: { files: 1, bytes: 1, sha256: '' },
    preparedAt: '2026-11-17T01:00:00.000Z',
  };
  const known = {
    directories: {},
    source: 'the running server',
    tablespaceFiles: [],
    keyFiles: [],
    ...layout,
  };
  return await findTarget(prepared, path('prepared'), await inspectDatadir(datadir), known);
}

const unsuitable = {
  code: 'DATADIR_UNSUITABLE',
  hint: expect.stringContaining('Nothing was changed.') as unknown,
};

describe('where the data goes', () => {
  it('is the datadir as a rule, and the tool needs no options', async () => {
    await writeTree(path('prepared'), { ibdata1: '', undo_001: '', undo_002: '' });
    const { outside, toolOptions, destination, notes } = await target();
    expect({ outside, toolOptions, notes }).toEqual({ outside: [], toolOptions: undefined, notes: [] });
    for (const name of ['ibdata1', 'undo_001', 'shop/orders.ibd', 'more.ibu']) {
      expect(destination.pathOf(name)).toBe(join(datadir, name));
      expect(destination.isDataFile(name)).toBe(true);
    }
    for (const name of ['xtrabackup_info', 'ib_logfile0', 'shop/db.opt']) {
      expect(destination.isDataFile(name)).toBe(false);
    }
  });

  it('is where the server has it, and the tool is told', async () => {
    await writeTree(path('home'), { ibdata1: 'old', others: '' });
    await writeTree(path('redo'), { ib_logfile0: 'old' });
    const directories = {
      dataHome: path('home'),
      redo: path('redo'),
      undo: path('undo'),
      binlog: '/var/log/mysql',
    };
    const { outside, toolOptions, destination, notes } = await target({ directories });
    expect(outside).toMatchObject([
      { path: path('home'), roles: ['system', 'doublewrite'], hasParts: true },
      { path: path('redo'), roles: ['redo'], hasParts: true },
      { path: path('undo'), roles: ['undo'], hasParts: false },
    ]);
    expect(toolOptions).toBe(
      `[mysqld]\ndatadir="${datadir}"\ninnodb_data_home_dir="${path('home')}"\n` +
        `innodb_log_group_home_dir="${path('redo')}"\ninnodb_undo_directory="${path('undo')}"\n`,
    );
    expect(destination.pathOf('ibdata1')).toBe(join(path('home'), 'ibdata1'));
    expect(destination.pathOf('undo_002')).toBe(join(path('undo'), 'undo_002'));
    expect(destination.pathOf('mysql.ibd')).toBe(join(datadir, 'mysql.ibd'));
    expect(notes).toEqual([expect.stringContaining('The binary logs in /var/log/mysql')]);
  });

  it('is one place for several directories that are the same', async () => {
    await symlink(path('redo'), path('link'));
    const { outside } = await target({ directories: { redo: path('link'), undo: path('redo') } });
    expect(outside).toMatchObject([{ path: path('redo'), roles: ['redo', 'undo'] }]);
  });

  it('is no other place when it is the datadir by another name, or is in it', async () => {
    await symlink(datadir, path('link'));
    const directories = { dataHome: path('link'), undo: join(datadir, 'undo') };
    const { outside, toolOptions, destination } = await target({ directories });
    expect(outside).toEqual([]);
    expect(toolOptions).toContain(`innodb_undo_directory="${join(datadir, 'undo')}"`);
    expect(toolOptions).not.toContain('innodb_data_home_dir');
    expect(destination.pathOf('undo_001')).toBe(join(datadir, 'undo', 'undo_001'));
  });

  it('knows other names of the system tablespace, and how many undo tablespaces there are', async () => {
    await writeTree(path('prepared'), {
      'backup-my.cnf': '[mysqld]\ninnodb_data_file_path=first:12M;second:10M:autoextend\n',
      undo001: '',
      undo002: '',
    });
    const { toolOptions, destination } = await target();
    expect(toolOptions).toBe(
      `[mysqld]\ndatadir="${datadir}"\ninnodb_data_file_path="first:12M;second:10M:autoextend"\ninnodb_undo_tablespaces="2"\n`,
    );
    expect(destination.isDataFile('second')).toBe(true);
  });

  it('takes a path of the system tablespace that is in the datadir for its name', async () => {
    const written = `./ibdata1:12M;${datadir}/ibdata2:10M;/var/lib/was/ibdata3:10M:autoextend`;
    await writeTree(path('prepared'), { 'backup-my.cnf': `[mysqld]\ninnodb_data_file_path=${written}\n` });
    const { toolOptions, destination } = await target({}, { datadir: '/var/lib/was' });
    expect(toolOptions).toContain('innodb_data_file_path="ibdata1:12M;ibdata2:10M;ibdata3:10M:autoextend"');
    expect(destination.pathOf('ibdata3')).toBe(join(datadir, 'ibdata3'));
  });

  it('is the path that a table had, in its own directory', async () => {
    await writeTree(path('fast'), { 'shop/orders.ibd': 'old', 'shop/later.ibd': 'old' });
    await writeTree(path('prepared'), { 'shop/orders.isl': join(path('fast'), 'shop/orders.ibd') });
    const tablespaceFiles = ['orders', 'later'].map((name) => join(path('fast'), `shop/${name}.ibd`));
    const { outside, destination, toolOptions } = await target({ tablespaceFiles });
    expect(outside).toMatchObject([
      { path: path('fast/shop'), roles: [], files: ['orders.ibd', 'later.ibd'], hasParts: true },
    ]);
    expect(destination.pathOf('shop/orders.ibd')).toBe(path('fast/shop/orders.ibd'));
    expect(destination.deviceOf('shop/orders.ibd')).toBe((await stat(path('fast/shop'))).dev);
    expect(toolOptions).toBeUndefined();
  });

  it('notes what it cannot know, and what was a symlink', async () => {
    await symlink(path('fast'), join(datadir, 'shop'));
    const { notes } = await target(
      { tablespaceFiles: undefined },
      { directories: { tablespaces: ['/fast'] } },
    );
    expect(notes).toEqual([
      expect.stringContaining('could not be found out'),
      'In the old datadir, shop is a symlink; the restored data is in the datadir itself.',
    ]);
  });
});

describe('what cannot be restored safely is refused', () => {
  it('a directory that does not exist', async () => {
    await expect(target({ directories: { redo: path('not-there') } })).rejects.toMatchObject({
      ...unsuitable,
      message: `By the running server, a part of the data belongs into ${path('not-there')}, which does not exist.`,
    });
  });

  it('a table whose folder has no place', async () => {
    await writeTree(path('prepared'), { 'shop/orders.isl': path('not-there/shop/orders.ibd') });
    await expect(target()).rejects.toMatchObject(unsuitable);
  });

  it("a table in the place of a file that may be another server's", async () => {
    await writeTree(path('fast'), { 'shop/orders.ibd': 'of another server' });
    await writeTree(path('prepared'), { 'shop/orders.isl': path('fast/shop/orders.ibd') });
    await expect(target()).rejects.toMatchObject(unsuitable);
    // Nothing is known of the files of a server that does not answer, unless it is in its usual place.
    await expect(target({ tablespaceFiles: undefined }, { datadir: '/var/lib/other' })).rejects.toMatchObject(
      unsuitable,
    );
    expect((await target({ tablespaceFiles: undefined })).outside).toHaveLength(1);
  });

  it.each(['/etc/cron.d/shop', '/root/.ssh/authorized_keys', '/fast/orders.ibd/../x'])(
    'a table in the place of what is no data file: %s',
    async (place) => {
      await writeTree(path('prepared'), { 'shop/orders.isl': place });
      await expect(target()).rejects.toMatchObject({
        ...unsuitable,
        message: expect.stringMatching(/a data file ends with \.ibd/) as unknown,
      });
    },
  );

  it.each([{ aria: '/aria' }, { rocksdb: '/rocks' }])('other engines elsewhere: %j', async (directories) => {
    await expect(target({ directories })).rejects.toMatchObject(unsuitable);
  });

  it.each(['/disk/ibdata1:12M', 'ibdata1:12M;sub/ibdata2:10M', 'sda1:10Gnewraw', 'sda1:10Graw'])(
    'a system tablespace in %s',
    async (dataFilePath) => {
      await writeTree(path('prepared'), {
        'backup-my.cnf': `[mysqld]\ninnodb_data_file_path=${dataFilePath}\n`,
      });
      // As prepare leaves it.
      await keepDataSettings(path('prepared'), '/usr/bin/env');
      await expect(target()).rejects.toMatchObject(unsuitable);
    },
  );
});

describe('the layout of a server that does not answer', () => {
  const find = async (recorded: Partial<Prepared['mysql']>, options?: string) => {
    if (options !== undefined) await writeTree(dir.path, { 'my.cnf': options });
    return await findLayout({
      account: { user: 'x', password: undefined, socket: path('no.sock'), host: undefined, port: undefined },
      datadir,
      defaultsFile: options === undefined ? undefined : path('my.cnf'),
      recorded: { flavor: 'mariadb', version: '10.11.19-MariaDB', datadir, ...recorded },
    });
  };
  const directories = { redo: '/redo', tablespaces: ['/fast/shop'], binlog: '/binlogs' };

  it('is what the backup says, where the datadir is the same', async () => {
    await writeTree(datadir, { 'shop/a.isl': '/fast/shop/a.ibd' });
    expect(await find({ directories })).toEqual({
      directories: { redo: '/redo', binlog: '/binlogs' },
      source: 'the server of the backup',
      tablespaceFiles: ['/fast/shop/a.ibd'],
      keyFiles: [],
    });
    expect((await find({ directories, flavor: 'mysql', version: '8.4.6' })).tablespaceFiles).toBeUndefined();
    expect((await find({}, '[client]\nuser=x\n')).directories).toEqual({});
  });

  it('is not what the backup says of another datadir', async () => {
    const other = { datadir: '/var/lib/other' };
    await expect(find({ ...other, directories })).rejects.toMatchObject(unsuitable);
    await expect(find({ ...other, directories: { tablespaces: ['/fast'] } })).rejects.toMatchObject(
      unsuitable,
    );
    expect(
      (await find({ ...other, directories: { binlog: '/binlogs', tablespaces: [] } })).directories,
    ).toEqual({});
    expect((await find({ ...other })).directories).toEqual({});
  });

  it("is what the server's option file says, and all of it", async () => {
    const text = `[client]\nuser=x\n[mysqld]\nloose-innodb_undo_directory=/undo\nssl_key=tls/key.pem\n`;
    expect(await find({ directories, datadir: '/var/lib/other' }, text)).toMatchObject({
      directories: { undo: '/undo' },
      source: path('my.cnf'),
      keyFiles: ['tls/key.pem'],
    });
    expect((await find({ directories }, '[mysqld-10.11]\nport=3306\n')).directories).toEqual({});
  });

  it('is not that of a file for another datadir', async () => {
    expect((await find({}, `[mysqld]\ndatadir=${datadir}/\n`)).directories).toEqual({});
    await expect(find({}, '[mysqld]\ndatadir=/var/lib/other\n')).rejects.toMatchObject(unsuitable);
  });
});
