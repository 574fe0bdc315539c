import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '../../src/mysql/connection.js';
import { readDirectories } from '../../src/mysql/directories.js';
import { identifyServer, type ServerIdentity } from '../../src/mysql/server.js';
import {
  readEncrypted,
  readEncryptedLogs,
  readFilesElsewhere,
  readKeyring,
  readRowVersions,
} from '../../src/mysql/tablespaces.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';
import { privilegesFor97, startServer97, type Server97 } from './server-97.js';

/** Encrypted tables and files outside of the datadir, in a real MySQL 9.7. */
let elsewhere: TemporaryDirectory;
let server: Server97;
let session: Session;
let identity: ServerIdentity;

beforeAll(async () => {
  elsewhere = await temporaryDirectory('elsewhere');
  await mkdir(join(elsewhere.path, 'binlog'));
  server = await startServer97({
    keyring: true,
    options: [`--innodb-directories=${elsewhere.path}`, `--log-bin=${join(elsewhere.path, 'binlog', 'bin')}`],
  });
  session = await (await server.newUser('bk', privilegesFor97())).session();
  identity = await identifyServer(session);
}, 120_000);

afterAll(async () => {
  await server.remove();
  await elsewhere.remove();
});

describe('encryption', () => {
  it('is not there before the first table that is', async () => {
    expect(await readEncrypted(session, identity)).toEqual({ count: 0, names: [] });
    expect(await readEncryptedLogs(session)).toEqual([]);
    expect(await readRowVersions(session, identity)).toEqual([]);
  });

  it('is counted by tablespaces, a few of which are named', async () => {
    await server.query('CREATE DATABASE safe');
    for (const name of ['d', 'c', 'b', 'a']) {
      await server.query(`CREATE TABLE safe.${name} (a INT) ENCRYPTION = 'Y'`);
    }
    await server.query('CREATE TABLE safe.plain (a INT)');
    await server.query('SET GLOBAL innodb_redo_log_encrypt = ON');
    await server.query('SET GLOBAL binlog_encryption = ON');
    expect(await readEncrypted(session, identity)).toEqual({
      count: 4,
      names: ['safe/a', 'safe/b', 'safe/c'],
    });
    expect([...(await readEncryptedLogs(session))].sort()).toEqual([
      'binlog_encryption',
      'innodb_redo_log_encrypt',
    ]);
  });

  it('has its keys in the component and the file that are said', async () => {
    const file = join(server.dir, 'keyring');
    expect(await readKeyring(session, identity)).toEqual({
      name: 'component_keyring_file',
      kind: 'component',
      file,
    });
  });
});

describe('files outside of the datadir', () => {
  it('are found: tables, general and undo tablespaces, and binary logs', async () => {
    const path = elsewhere.path;
    await server.query('CREATE DATABASE wide');
    await server.query(`CREATE TABLE wide.t (a INT) DATA DIRECTORY = '${path}'`);
    await server.query(`CREATE TABLESPACE general ADD DATAFILE '${path}/general.ibd'`);
    await server.query(`CREATE UNDO TABLESPACE extra ADD DATAFILE '${path}/extra.ibu'`);
    const files = await readFilesElsewhere(session, identity);
    expect(files).toEqual(
      expect.arrayContaining([`${path}/wide/t.ibd`, `${path}/general.ibd`, `${path}/extra.ibu`]),
    );
    expect(files.filter((file) => !file.startsWith(`${path}/`))).toEqual([]);
    const directories = await readDirectories(session, identity);
    expect(directories).toMatchObject({ binlog: join(path, 'binlog') });
    expect(directories.tablespaces).toEqual(expect.arrayContaining([path, join(path, 'wide')]));
  });
});
