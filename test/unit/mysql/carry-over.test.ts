import { chmod, lstat, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { carryOver, ownFilesOf, readServerUuid } from '../../../src/mysql/carry-over.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { readTree, writeTree } from '../../support/trees.js';

let dir: TemporaryDirectory;
let old: string;
let now: string;
beforeEach(async () => {
  dir = await temporaryDirectory('carry');
  [old, now] = [join(dir.path, 'old'), join(dir.path, 'new')];
  await mkdir(old);
  await mkdir(now);
});
afterEach(() => dir.remove());

describe('carryOver', () => {
  it('copies what is there, with its mode, and leaves the old as it was', async () => {
    await writeTree(old, { 'mysqld-auto.cnf': '{}', 'server-key.pem': 'key', 'auto.cnf': 'uuid' });
    await chmod(join(old, 'server-key.pem'), 0o600);
    const names = ['mysqld-auto.cnf', 'server-key.pem', 'ca.pem'];
    expect(await carryOver(old, now, names)).toEqual({
      copied: ['mysqld-auto.cnf', 'server-key.pem'],
      missing: ['ca.pem'],
    });
    expect(await readTree(now)).toEqual({ 'mysqld-auto.cnf': '{}', 'server-key.pem': 'key' });
    expect((await stat(join(now, 'server-key.pem'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(old, 'server-key.pem'), 'utf8')).toBe('key');
  });

  it('never overwrites what the backup brought', async () => {
    await writeTree(old, { 'ca.pem': 'old' });
    await writeTree(now, { 'ca.pem': 'brought' });
    expect(await carryOver(old, now, ['ca.pem'])).toEqual({ copied: [], missing: [] });
    expect(await readFile(join(now, 'ca.pem'), 'utf8')).toBe('brought');
  });

  it('misses everything where there was no old data', async () => {
    expect(await carryOver(undefined, now, ['ca.pem'])).toEqual({ copied: [], missing: ['ca.pem'] });
  });

  it('makes folders, keeps links to elsewhere, copies what nearby links lead to', async () => {
    await writeTree(old, { 'tls/key.pem': 'key', 'real.pem': 'real' });
    await symlink(join(dir.path, 'renewed.pem'), join(old, 'cert.pem'));
    await symlink('real.pem', join(old, 'near.pem'));
    await symlink('nowhere.pem', join(old, 'broken.pem'));
    const names = ['tls/key.pem', 'cert.pem', 'near.pem', 'broken.pem'];
    expect(await carryOver(old, now, names)).toEqual({
      copied: ['tls/key.pem', 'cert.pem', 'near.pem'],
      missing: ['broken.pem'],
    });
    expect(await readlink(join(now, 'cert.pem'))).toBe(join(dir.path, 'renewed.pem'));
    expect((await lstat(join(now, 'near.pem'))).isSymbolicLink()).toBe(false);
    expect(await readFile(join(now, 'tls/key.pem'), 'utf8')).toBe('key');
  });
});

describe('ownFilesOf', () => {
  it('knows the names of MySQL, and never auto.cnf', () => {
    const names = ownFilesOf('mysql', [], '/data');
    expect(names).toEqual(
      expect.arrayContaining(['mysqld-auto.cnf', 'ca.pem', 'server-key.pem', 'mysqld.my']),
    );
    expect(names).not.toContain('auto.cnf');
  });

  it('adds what the variables name in the datadir, and nothing of elsewhere', () => {
    const configured = ['tls/key.pem', '/data/cert.pem', '/etc/ssl/ca.pem', '../ca.pem', '/data/cert.pem'];
    expect(ownFilesOf('mariadb', configured, '/data')).toEqual(['tls/key.pem', 'cert.pem']);
    expect(ownFilesOf('mariadb', [], '/data')).toEqual([]);
    expect(ownFilesOf('percona', ['ca.pem'], '/data').filter((name) => name === 'ca.pem')).toHaveLength(1);
  });
});

describe('readServerUuid', () => {
  it('reads it, or finds none', async () => {
    expect(await readServerUuid(old)).toBeUndefined();
    const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
    await writeFile(join(old, 'auto.cnf'), `[auto]\nserver-uuid=${uuid}\n`);
    expect(await readServerUuid(old)).toBe(uuid);
  });
});
