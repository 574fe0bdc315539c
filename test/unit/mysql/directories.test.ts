import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { directoriesOf, linkedTablespaces } from '../../../src/mysql/directories.js';
import { externalTablespaces } from '../../../src/tools/external-tablespaces.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { writeTree } from '../../support/trees.js';

describe('directoriesOf', () => {
  it.each([
    ['the defaults of MySQL', { innodb_data_home_dir: '', innodb_log_group_home_dir: './' }],
    ['the datadir itself', { innodb_undo_directory: '/data/', innodb_log_group_home_dir: '/data/.' }],
    ['binary logs in it', { log_bin_basename: '/data/binlog' }],
    ['MyRocks in it', { rocksdb_datadir: './#rocksdb' }],
    ['no binary log', { log_bin_basename: '' }],
  ])('leaves out %s', (_, values) => {
    expect(directoriesOf(new Map(Object.entries(values)), '/data')).toEqual({});
  });

  it('names what is elsewhere, also in the datadir, and what is relative to it', () => {
    const values = {
      innodb_data_home_dir: '/home/',
      innodb_log_group_home_dir: '../redo',
      innodb_undo_directory: './undo',
      innodb_doublewrite_dir: '/fast',
      log_bin_basename: '/var/log/mysql/binlog',
      aria_log_dir_path: '/aria',
      rocksdb_datadir: '/rocks',
    };
    expect(directoriesOf(new Map(Object.entries(values)), '/data')).toEqual({
      dataHome: '/home',
      redo: '/redo',
      undo: '/data/undo',
      doublewrite: '/fast',
      binlog: '/var/log/mysql',
      aria: '/aria',
      rocksdb: '/rocks',
    });
  });

  it('reads the options of a file as well', () => {
    const options = new Map([
      ['innodb-undo-directory', '/undo'],
      ['log-bin', '/var/log/mysql/binlog'],
    ]);
    expect(directoriesOf(options, '/data')).toEqual({ undo: '/undo', binlog: '/var/log/mysql' });
    expect(directoriesOf(new Map([['log-bin', 'binlog']]), '/data')).toEqual({});
  });
});

describe('tablespaces elsewhere', () => {
  let dir: TemporaryDirectory;
  beforeEach(async () => {
    dir = await temporaryDirectory('links');
  });
  afterEach(() => dir.remove());

  it('are found by their link files', async () => {
    await writeTree(dir.path, {
      'shop/orders.isl': '/fast/shop/orders.ibd',
      'shop/orders.ibd': '',
      'shop/parts#P#a.isl': '/fast/shop/parts#P#a.ibd\n',
      'shop/empty.isl': '',
      'general.isl': '../general.ibd',
      '.before-restore-x/shop/orders.isl': '/slow/shop/orders.ibd',
      'elsewhere/linked/a.isl': '/far/a.ibd',
    });
    await mkdir(join(dir.path, 'data'));
    await symlink(join(dir.path, 'elsewhere/linked'), join(dir.path, 'linked'));
    expect(Object.fromEntries(await linkedTablespaces(dir.path))).toEqual({
      'shop/orders.ibd': '/fast/shop/orders.ibd',
      'shop/parts#P#a.ibd': '/fast/shop/parts#P#a.ibd',
      'general.ibd': join(dir.path, '../general.ibd'),
      'linked/a.ibd': '/far/a.ibd',
    });
    expect(await linkedTablespaces(join(dir.path, 'not-there'))).toEqual(new Map());
  });

  it('are found in the list of XtraBackup, which names undo tablespaces too', async () => {
    const list = [
      { file_name: '/fast/shop/orders.ibd', tablespace_name: 'shop/orders', tablespace_type: 'TABLESPACE' },
      { file_name: '/fast/old.ibd', tablespace_name: 'old' },
      {
        file_name: '/var/lib/mysql/undo_001',
        tablespace_name: 'innodb_undo_001',
        tablespace_type: 'UNDO_LOG',
      },
    ];
    await writeTree(dir.path, {
      xtrabackup_tablespaces: JSON.stringify({ version: 2, external_tablespaces: list }),
    });
    expect(Object.fromEntries(await externalTablespaces(dir.path))).toEqual({
      'shop/orders.ibd': '/fast/shop/orders.ibd',
      'old.ibd': '/fast/old.ibd',
    });
    await writeTree(dir.path, { xtrabackup_tablespaces: '{"version":2,"external_tablespaces":' });
    await expect(externalTablespaces(dir.path)).rejects.toMatchObject({ code: 'NOT_PREPARED' });
  });
});
