import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { containsPosition } from '../../src/chain/position.js';
import { connect, type Session } from '../../src/mysql/connection.js';
import { datadirIdentity, lockHolder } from '../../src/mysql/datadir.js';
import { readDirectories } from '../../src/mysql/directories.js';
import { readRedoLog, sampleWriteRate } from '../../src/mysql/redo.js';
import { describeServer, type ServerDescription } from '../../src/mysql/server.js';
import { lineFor } from '../../src/tools/lines.js';
import { isAtLeast } from '../../src/tools/versions.js';
import { freePort } from '../support/free-port.js';
import { privilegesFor97, startServer97, type Server97 } from './server-97.js';

/** What a real MySQL 9.7 says of itself to the backup user. */
let server: Server97;
let session: Session;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = await startServer97({ port });
  session = await (await server.newUser('bk', privilegesFor97())).session();
}, 120_000);

afterAll(() => server.remove());

/** Its position now, as XtraBackup writes it down. */
async function position() {
  const [row] = await server.query('SHOW BINARY LOG STATUS');
  return {
    flavor: 'mysql' as const,
    binlogFile: String(row?.['File']),
    binlogPosition: String(row?.['Position']),
    gtid: String(row?.['Executed_Gtid_Set']),
  };
}

describe('a login with the usual password plugin', () => {
  it.each(['the socket', 'TCP'])('by %s needs no earlier one', async (way) => {
    const host = way === 'TCP' ? '127.0.0.1' : 'localhost';
    await server.query('CREATE USER login@? IDENTIFIED WITH caching_sha2_password BY ?', [host, 'secret']);
    // Only the first login after a start of the server, or after this, is not one from its cache.
    await server.query('FLUSH PRIVILEGES');
    const place =
      way === 'TCP'
        ? { socket: undefined, host, port }
        : { socket: server.socket, host: undefined, port: undefined };
    const login = await connect({ user: 'login', password: 'secret', ...place });
    const [row] = await login.query('SELECT CURRENT_USER() AS account');
    await login.close();
    expect(row).toEqual({ account: `login@${host}` });
  });
});

describe('describeServer', () => {
  let described: ServerDescription;
  beforeAll(async () => {
    described = await describeServer(session);
  });

  it('knows it as MySQL of a version that XtraBackup 9.7 takes', () => {
    expect(described).toMatchObject({ flavor: 'mysql', version: server.version });
    expect(isAtLeast(described.version, '9.7')).toBe(true);
    expect(lineFor({ flavor: 'mysql', version: '9.7.4-2' })?.name).toBe('9.7');
  });

  it('finds its datadir and its UUID', async () => {
    const autoCnf = await readFile(join(server.datadir, 'auto.cnf'), 'utf8');
    expect(described.serverUuid).toBe(/^server-uuid=([0-9a-f-]{36})$/m.exec(autoCnf)?.[1]);
    expect(described).toMatchObject({ datadir: server.datadir, systemTablespace: 'ibdata1' });
    expect(described.innodbDataHome).toBeUndefined();
  });

  it('lists the binary logs with their sizes', async () => {
    await server.query('FLUSH BINARY LOGS');
    const { binaryLogs = [] } = await describeServer(session);
    expect(binaryLogs.length).toBeGreaterThan(1);
    for (const { name, sizeBytes } of binaryLogs) {
      expect({ name, sizeBytes: (await stat(join(server.datadir, name))).size }).toEqual({ name, sizeBytes });
    }
    expect(binaryLogs.at(-1)?.name).toBe((await position()).binlogFile);
  });

  it('tells the LSN, which grows with each write', async () => {
    const lsn = async () => {
      const [row] = await server.query(
        "SELECT storage_engines->>'$.InnoDB.LSN' AS lsn FROM performance_schema.log_status",
      );
      return BigInt(String(row?.['lsn']));
    };
    await server.query('CREATE DATABASE written');
    const before = await lsn();
    const first = BigInt((await describeServer(session)).lsn);
    await server.query('CREATE TABLE written.t (a INT)');
    const after = BigInt((await describeServer(session)).lsn);
    expect(first).toBeGreaterThanOrEqual(before);
    expect(after).toBeGreaterThan(first);
    expect(await lsn()).toBeGreaterThanOrEqual(after);
  });
});

describe('the place in the binary log', () => {
  it('is in the history of the server that goes on, with several sources and tags', async () => {
    const other = 'ffffffff-bbbb-cccc-dddd-eeeeeeeeeeee';
    const connection = await server.connect();
    for (const gtid of [`${other}:1`, `${other}:3`, `${other}:daily:1`, 'AUTOMATIC:nightly']) {
      await connection.query(`SET gtid_next = '${gtid}'`);
      await connection.query(`CREATE DATABASE \`${gtid}\``);
    }
    await connection.end();
    const base = await position();
    await server.query('CREATE DATABASE later');
    const { gtidState } = await describeServer(session);
    expect(gtidState).toMatch(new RegExp(`^[0-9a-f-]+:1-\\d+:nightly:1,${other}:1:3:daily:1$`));
    const now = await describeServer(session);
    expect(containsPosition(base, now)).toEqual({ verdict: 'contained' });
    const ahead = { ...base, gtid: base.gtid.replace('daily:1', 'daily:1-2') };
    expect(containsPosition(ahead, now)).toMatchObject({ verdict: 'not contained' });
  });

  it('is not any more when the server starts anew', async () => {
    const base = await position();
    await server.query('RESET BINARY LOGS AND GTIDS');
    expect(containsPosition(base, await describeServer(session))).toMatchObject({ verdict: 'not contained' });
  });
});

describe('its files', () => {
  it('tell the datadir from another, and who has it open', async () => {
    const description = await describeServer(session);
    const { ino } = await stat(join(server.datadir, 'ibdata1'));
    expect(await datadirIdentity(description)).toMatch(new RegExp(`^ibdata1:${ino}:\\d+$`));
    const pid = await readFile(join(server.dir, 'mysqld.pid'), 'utf8');
    expect(await lockHolder(server.datadir)).toBe(Number(pid));
  });

  it('have no other directories, when none were given', async () => {
    expect(await readDirectories(session, await describeServer(session))).toEqual({ tablespaces: [] });
  });
});

describe('the redo log', () => {
  it('has the capacity that it was given, and is written', async () => {
    expect(await readRedoLog(session)).toMatchObject({
      capacityBytes: 64 * 1024 * 1024,
      variable: 'innodb_redo_log_capacity',
      isDynamic: true,
    });
    const sampled = sampleWriteRate(session, 0.5);
    await server.query('CREATE TABLE written.more (a INT)');
    expect(await sampled).toBeGreaterThan(0);
  });
});
