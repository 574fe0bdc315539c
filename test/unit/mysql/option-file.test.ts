import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  clientGroup,
  optionGroup,
  readClientOptions,
  readServerOptions,
} from '../../../src/mysql/option-file.js';
import { optionFileCases } from '../../support/option-file-cases.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';

let dir: TemporaryDirectory;
beforeEach(async () => {
  dir = await temporaryDirectory('option-file');
});
afterEach(() => dir.remove());

async function file(name: string, text: string): Promise<string> {
  const path = join(dir.path, name);
  await writeFile(path, text);
  return path;
}

async function read(text: string): Promise<Record<string, string>> {
  return Object.fromEntries(await readClientOptions(await file('my.cnf', text)));
}

describe('readClientOptions', () => {
  it.each(optionFileCases)('reads %s', async (_, text, options) => {
    expect(await read(text)).toEqual(options);
  });

  it('takes dashes and underscores in names for the same', async () => {
    expect(await read('[client]\ndefault_character_set=a\ndefault-character-set=b\n')).toEqual({
      'default-character-set': 'b',
    });
  });

  it('reads the groups of the clients of both flavors and of the tools', async () => {
    const groups = ['client', 'client-server', 'client-mariadb', 'xtrabackup', 'mariadb-backup'];
    for (const group of groups) expect(await read(`[${group}]\nuser=bk\n`)).toEqual({ user: 'bk' });
    for (const group of ['mysqld', 'server', 'mysql', 'Client']) {
      expect(await read(`[${group}]\nuser=bk\n`)).toEqual({});
    }
  });

  it('follows !include, in place, and goes on in its own group', async () => {
    await file('more.cnf', '[client]\nuser=included\npassword=included\n[mysqld]\nuser=mysql\n');
    expect(await read('[client]\nuser=before\n!include more.cnf\npassword=after\n')).toEqual({
      user: 'included',
      password: 'after',
    });
    expect(await read(`!include ${dir.path}/more.cnf\n`)).toMatchObject({ user: 'included' });
  });

  it('follows !includedir in the order of names, and takes .cnf files only', async () => {
    await mkdir(join(dir.path, 'conf.d'));
    await file('conf.d/20-b.cnf', '[client]\nuser=b\nhost=b\n');
    await file('conf.d/10-a.cnf', '[client]\nuser=a\nport=1\n');
    await file('conf.d/30-c.cnf.bak', '[client]\nuser=c\n');
    await file('conf.d/30-c.ini', '[client]\nuser=c\n');
    expect(await read(`!includedir ${dir.path}/conf.d\n`)).toEqual({ user: 'b', host: 'b', port: '1' });
  });

  it('skips what is included and not there, and ends where files include one another', async () => {
    expect(
      await read(`!include ${dir.path}/nowhere.cnf\n!includedir ${dir.path}/no\n[client]\nuser=bk\n`),
    ).toEqual({
      user: 'bk',
    });
    expect(await read(`[client]\nuser=bk\n!include ${dir.path}/my.cnf\n`)).toEqual({ user: 'bk' });
  });

  it('says which file it cannot read', async () => {
    const path = join(dir.path, 'nowhere.cnf');
    await expect(readClientOptions(path)).rejects.toMatchObject({
      code: 'DEFAULTS_FILE_UNREADABLE',
      message: expect.stringContaining(path) as unknown,
    });
    await expect(readClientOptions(dir.path)).rejects.toMatchObject({ code: 'DEFAULTS_FILE_UNREADABLE' });
  });
});

describe('clientGroup', () => {
  it.each([
    'plain',
    '',
    'with blank ',
    ' # no comment',
    `quotes ' and " and \\ and \\" and '"`,
    'ends with \\',
    '"quoted"',
    "'quoted'",
    '\\n is no line',
    '[mysqld]',
    '=;#!include /etc/passwd',
    'pä🐬ß',
    '$(id) `id` %s',
    'a\nplugin_load=evil.so',
    'a"\r\n[mysqld]\nplugin_load=evil.so',
  ])('is read back as it was: %j', async (password) => {
    expect(await read(clientGroup({ user: 'bk', password, socket: undefined, port: '3306' }))).toEqual({
      user: 'bk',
      password,
      port: '3306',
    });
  });

  it('leaves out what is not given', () => {
    expect(clientGroup({ user: 'bk', password: undefined })).toBe('[client]\nuser="bk"\n');
  });
});

describe('readServerOptions', () => {
  it('reads the groups of the server, of both flavors and any version, and loose options too', async () => {
    for (const group of ['mysqld', 'mysqld-8.4', 'server', 'mariadb', 'mariadbd', 'mariadb-10.11']) {
      const path = await file(
        'my.cnf',
        `[client]\nuser=bk\n[${group}]\nloose_innodb_undo_directory = /undo/ # here\n`,
      );
      expect(Object.fromEntries(await readServerOptions(path))).toEqual({
        'innodb-undo-directory': '/undo/',
      });
    }
  });

  it('finds none in a file for clients', async () => {
    const text = '[client]\nuser=bk\n[mysqldump]\nquick\n[mysqld_safe]\nnice=0\n';
    expect(await readServerOptions(await file('my.cnf', text))).toEqual(new Map());
  });

  it('reads what the tools are given', async () => {
    const text = optionGroup('mysqld', { datadir: '/var/lib/a "b"', innodb_undo_directory: undefined });
    expect(Object.fromEntries(await readServerOptions(await file('my.cnf', text)))).toEqual({
      datadir: '/var/lib/a "b"',
    });
  });
});
