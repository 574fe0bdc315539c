import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/checks/finding.js';
import { checkHost } from '../../src/checks/host-checks.js';
import { judgeRedo } from '../../src/checks/redo-checks.js';
import { readSelf } from '../../src/checks/self.js';
import { checkServer } from '../../src/checks/server-checks.js';
import type { Session } from '../../src/mysql/connection.js';
import { surveyDatadir } from '../../src/mysql/datadir-survey.js';
import { readRedoLog, sampleWriteRate } from '../../src/mysql/redo.js';
import { identifyServer, type ServerIdentity } from '../../src/mysql/server.js';
import { selectBriefly } from '../../src/mysql/told.js';
import { privilegesFor97, startServer97, type Server97 } from './server-97.js';

/** The preflight of a real MySQL 9.7, asked by an account that has nothing but the privileges of a backup. */
let server: Server97;
let session: Session;
let identity: ServerIdentity;

beforeAll(async () => {
  server = await startServer97({ keyring: true });
  const statements = [
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (id INT PRIMARY KEY)',
    "CREATE TABLE shop.cards (id INT PRIMARY KEY) ENCRYPTION = 'Y'",
    'CREATE TABLE shop.old (line VARCHAR(200)) ENGINE = MyISAM',
    // The instant DDL of this version does no harm.
    'ALTER TABLE shop.orders ADD COLUMN more INT, ALGORITHM = INSTANT',
  ];
  for (const statement of statements) await server.query(statement);
  session = await (await server.newUser('bk', privilegesFor97())).session();
  identity = await identifyServer(session);
}, 120_000);
afterAll(() => server.remove());

async function askAll(of: ServerIdentity = identity): Promise<Finding[]> {
  const survey = await surveyDatadir(of.datadir);
  const self = await readSelf();
  return [
    ...(await checkServer({
      session,
      server: of,
      user: self.user,
      dataBytes: survey.dataBytes,
      lastBackupSeconds: undefined,
      mayRegisterRedoConsumer: true,
      sampleSeconds: 0.1,
    })),
    ...(await checkHost({ session, server: of, survey, self, tool: 'xtrabackup', temporaryDir: tmpdir() })),
  ];
}

const about = (findings: readonly Finding[], subject: string) =>
  findings.find((finding) => finding.subject === subject);

describe('the preflight', () => {
  it('of a server in order has nothing bad and nothing unknown', async () => {
    const findings = await askAll();
    expect(Object.fromEntries(findings.map(({ subject, verdict }) => [subject, verdict]))).toEqual({
      Server: 'good',
      'Binary log': 'good',
      Encryption: 'warning',
      'Redo log': 'good',
      Datadir: 'good',
      "The server's host": 'good',
      'Storage engines': 'good',
      'Open files': 'good',
      'Temporary space': 'good',
    });
    expect(about(findings, 'Encryption')?.mend).toContain(join(server.dir, 'keyring'));
    expect(about(findings, 'Storage engines')?.fact).toContain('MyISAM');
    expect(about(findings, "The server's host")?.fact).toContain('server_uuid');
  });

  it('finds out that it is not on the host of the server', async () => {
    const other = { ...identity, serverUuid: '6fa459ea-ee8a-3ca4-894e-db77e160355e' };
    expect(about(await askAll(other), "The server's host")).toMatchObject({
      verdict: 'bad',
      code: 'DATADIR_UNREADABLE',
    });
  });

  it('finds out that the keys cannot be read', async () => {
    const keyring = join(server.dir, 'keyring');
    await rename(keyring, `${keyring}.away`);
    try {
      expect(about(await askAll(), 'Encryption')).toMatchObject({
        verdict: 'bad',
        code: 'KEYRING_UNAVAILABLE',
      });
    } finally {
      await rename(`${keyring}.away`, keyring);
    }
  });
});

describe('storage engines', () => {
  it('are found by files: information_schema shows this account no table', async () => {
    // LOCK TABLES on *.* does not make tables visible, and no other privilege of a backup does.
    const sql = "COUNT(*) AS count FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'";
    expect(await selectBriefly(session, 'mysql', sql)).toEqual([{ count: '0' }]);
    const { otherTables, leftOut } = await surveyDatadir(identity.datadir);
    expect(otherTables).toMatchObject([{ engine: 'MyISAM', schema: 'shop', name: 'old' }]);
    expect(leftOut).toEqual({ count: 0, names: [] });
  });
});

describe('the redo log', () => {
  it('is measured under writes, and mended by the statement that is shown', async () => {
    const writer = await server.connect();
    const stop = new AbortController();
    const writing = (async () => {
      await writer.query('CREATE TABLE shop.busy (id INT AUTO_INCREMENT PRIMARY KEY, text TEXT)');
      while (!stop.signal.aborted)
        await writer.query("INSERT INTO shop.busy (text) VALUES (REPEAT('z', 5000))");
    })();
    try {
      const bytesPerSecond = await sampleWriteRate(session, 0.5);
      expect(bytesPerSecond).toBeGreaterThan(5000);
      const log = await readRedoLog(session);
      expect(log).toMatchObject({ capacityBytes: 64 * 1024 * 1024, variable: 'innodb_redo_log_capacity' });
      const expectedSeconds = log.capacityBytes / bytesPerSecond;
      const facts = {
        log: { value: log },
        sampled: { value: bytesPerSecond },
        expectedSeconds,
        mayRegister: true,
      };
      const finding = judgeRedo(facts);
      expect(finding.verdict).toBe('warning');
      await server.query(finding.mend ?? '');
      const mended = await readRedoLog(session);
      expect(mended.capacityBytes).toBeGreaterThanOrEqual(2 * log.capacityBytes);
      expect(judgeRedo({ ...facts, log: { value: mended } }).verdict).toBe('good');
    } finally {
      stop.abort();
      await writing;
      await writer.end();
    }
  });
});

it('a question that takes too long is broken off by the server', async () => {
  await expect(
    selectBriefly(session, 'mysql', 'SLEEP(30) AS answer FROM information_schema.ENGINES', 0.2),
  ).rejects.toMatchObject({
    errno: 3024,
  });
}, 20_000);
