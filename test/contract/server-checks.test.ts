import { cp, rename } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/checks/finding.js';
import { checkHost, judgeSameHost } from '../../src/checks/host-checks.js';
import { checkPrivileges } from '../../src/checks/privilege-checks.js';
import { judgeRedo } from '../../src/checks/redo-checks.js';
import { readSelf } from '../../src/checks/self.js';
import { checkServer } from '../../src/checks/server-checks.js';
import { connect, type Session } from '../../src/mysql/connection.js';
import { surveyDatadir } from '../../src/mysql/datadir-survey.js';
import { readGrants } from '../../src/mysql/grants.js';
import { readRedoLog, sampleWriteRate } from '../../src/mysql/redo.js';
import { readHostEvidence } from '../../src/mysql/same-host.js';
import { identifyServer, type ServerIdentity } from '../../src/mysql/server.js';
import { selectBriefly } from '../../src/mysql/told.js';
import { lineFor } from '../../src/tools/lines.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/** The checks of a server, asked of a real one by an account that has nothing but the privileges of a backup. */
const privileges = ['RELOAD', 'PROCESS', 'BINLOG MONITOR'];
const account = "'bk'@'localhost'";

let scratch: TemporaryDirectory;
let server: MysqlServer;
let keyFile: string;
let session: Session;
let identity: ServerIdentity;

beforeAll(async () => {
  scratch = await temporaryDirectory('checks');
  keyFile = join(scratch.path, 'keys.txt');
  await writeFile(keyFile, `1;${'0123456789abcdef'.repeat(4)}\n`, { mode: 0o600 });
  await mkdir(join(scratch.path, 'elsewhere'));
  const options = ['--plugin-load-add=file_key_management', `--file-key-management-filename=${keyFile}`];
  server = await startMysqlServer({ options });
  const statements = [
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (id INT PRIMARY KEY) ENGINE=InnoDB',
    'CREATE TABLE shop.cards (id INT PRIMARY KEY) ENGINE=InnoDB ENCRYPTED=YES',
    `CREATE TABLE shop.far (id INT PRIMARY KEY) ENGINE=InnoDB DATA DIRECTORY='${scratch.path}/elsewhere'`,
    'CREATE TABLE shop.`old-log` (line VARCHAR(200)) ENGINE=MyISAM',
    "INSERT INTO shop.`old-log` VALUES (REPEAT('x', 200)), (REPEAT('y', 200))",
    'CREATE TABLE shop.parted (id INT) ENGINE=Aria PARTITION BY HASH (id) PARTITIONS 2',
    `CREATE USER ${account}`,
  ];
  for (const statement of statements) await server.query(statement);
}, 60_000);

afterAll(async () => {
  await server.remove();
  await scratch.remove();
});

const open = () =>
  connect({ user: 'bk', password: undefined, socket: server.socket, host: undefined, port: undefined });

beforeEach(async () => {
  await server.query(`GRANT ${privileges.join(', ')} ON *.* TO ${account}`);
  session = await open();
  identity = await identifyServer(session);
});
afterEach(() => session.close());

/** The privileges of an open session do not change: grants on *.* are those of its beginning. */
async function reconnect(): Promise<void> {
  await session.close();
  session = await open();
}

async function askServer(): Promise<Finding[]> {
  return await checkServer({
    session,
    server: identity,
    user: 'runner',
    dataBytes: 1,
    lastBackupSeconds: undefined,
    mayRegisterRedoConsumer: false,
    sampleSeconds: 0.1,
  });
}

async function askHost(survey = surveyDatadir(identity.datadir)): Promise<Finding[]> {
  return await checkHost({
    session,
    server: identity,
    survey: await survey,
    self: await readSelf(),
    tool: 'mariadb-backup',
    temporaryDir: tmpdir(),
  });
}

function about(findings: readonly Finding[], subject: string): Finding | undefined {
  return findings.find((finding) => finding.subject === subject);
}

const checkGrants = async () => {
  const line = lineFor(identity);
  if (line === undefined) throw new Error(`No tool is known for ${identity.version}.`);
  return checkPrivileges(await readGrants(session), line, identity);
};

describe('a server in order', () => {
  it('has nothing bad and nothing unknown, asked with the privileges of a backup alone', async () => {
    const findings = [...(await checkGrants()), ...(await askServer()), ...(await askHost())];
    const verdicts = Object.fromEntries(findings.map(({ subject, verdict }) => [subject, verdict]));
    expect(verdicts).toEqual({
      'Privilege RELOAD': 'good',
      'Privilege PROCESS': 'good',
      'Privilege BINLOG MONITOR': 'good',
      Server: 'good',
      'Binary log': 'good',
      // The keys are not in the backup.
      Encryption: 'warning',
      'Redo log': 'good',
      Datadir: 'good',
      "The server's host": 'good',
      'Storage engines': 'good',
      'Open files': 'good',
      'Temporary space': 'good',
    });
  });
});

describe('privileges', () => {
  it.each(privileges)('without %s: red with the statement that mends it', async (privilege) => {
    await server.query(`REVOKE ${privilege} ON *.* FROM ${account}`);
    await reconnect();
    const red = (await checkGrants()).filter(({ verdict }) => verdict !== 'good');
    expect(red).toEqual([
      expect.objectContaining({
        subject: `Privilege ${privilege}`,
        verdict: 'bad',
        code: 'PRIVILEGE_MISSING',
        mend: `GRANT ${privilege} ON *.* TO 'bk'@'localhost';`,
      }),
    ]);
    await server.query(red[0]?.mend ?? '');
    await reconnect();
    expect((await checkGrants()).filter(({ verdict }) => verdict !== 'good')).toEqual([]);
  });

  it('without PROCESS nothing is falsely called good', async () => {
    await server.query(`REVOKE PROCESS ON *.* FROM ${account}`);
    await reconnect();
    const findings = await askServer();
    expect(about(findings, 'Encryption')).toMatchObject({
      verdict: 'unknown',
      fact: expect.stringContaining('PROCESS'),
    });
    expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([]);
  });
});

describe('storage engines', () => {
  it('are found by files: information_schema shows this account no table', async () => {
    const sql = "COUNT(*) AS count FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'";
    expect(await selectBriefly(session, 'mariadb', sql)).toEqual([{ count: '0' }]);
    const { otherTables, tablespaceCount, leftOut, unreadable } = await surveyDatadir(identity.datadir);
    expect(
      otherTables.map(({ engine, schema, name }) => `${engine} ${schema}.${name ?? '?'}`).sort(),
    ).toEqual(['Aria shop.parted', 'MyISAM shop.old-log']);
    // Two rows of 200 characters, and an index file of 1024 bytes.
    expect(otherTables.find(({ engine }) => engine === 'MyISAM')?.sizeBytes).toBeGreaterThan(1424);
    // shop.orders, shop.cards and the statistics in mysql; shop.far is elsewhere.
    expect(tablespaceCount).toBeGreaterThanOrEqual(4);
    expect({ leftOut, unreadable }).toEqual({ leftOut: { count: 0, names: [] }, unreadable: undefined });
  });

  it('a data file outside of the datadir is found, and that it is gone too', async () => {
    expect(about(await askHost(), 'Datadir')?.fact).toMatch(/The 1 data files? outside/);
    const file = join(scratch.path, 'elsewhere/shop/far.ibd');
    await rename(file, `${file}.away`);
    try {
      expect(about(await askHost(), 'Datadir')).toMatchObject({ verdict: 'bad', code: 'DATADIR_UNREADABLE' });
    } finally {
      await rename(`${file}.away`, file);
    }
  });
});

describe('encryption', () => {
  it('names the table, and the key file that must be kept', async () => {
    const finding = about(await askServer(), 'Encryption');
    expect(finding?.fact).toContain('1 tablespace (shop/cards)');
    expect(finding?.mend).toContain(keyFile);
  });

  it('is red when the keys cannot be read', async () => {
    await rename(keyFile, `${keyFile}.away`);
    try {
      expect(about(await askServer(), 'Encryption')).toMatchObject({
        verdict: 'bad',
        code: 'KEYRING_UNAVAILABLE',
        mend: `setfacl -m u:runner:r ${keyFile}`,
      });
    } finally {
      await rename(`${keyFile}.away`, keyFile);
    }
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
      const rows = await server.query('SELECT @@innodb_log_file_size AS bytes');
      expect(log.capacityBytes).toBe(Number(rows[0]?.['bytes']));
      const finding = judgeRedo({
        log: { value: log },
        sampled: { value: bytesPerSecond },
        expectedSeconds: log.capacityBytes / bytesPerSecond,
        mayRegister: false,
      });
      expect(finding.verdict).toBe('warning');
      const statement = /SET GLOBAL innodb_log_file_size = (\d+);/.exec(finding.mend ?? '');
      await server.query(statement?.[0] ?? 'there is none');
      await expect(readRedoLog(session)).resolves.toMatchObject({ capacityBytes: Number(statement?.[1]) });
    } finally {
      stop.abort();
      await writing;
      await writer.end();
    }
  });

  it('is not known when the server may not be asked', async () => {
    await server.query(`REVOKE PROCESS ON *.* FROM ${account}`);
    await reconnect();
    // The size and the average need no privilege.
    expect(about(await askServer(), 'Redo log')?.verdict).toBe('good');
  });
});

describe("the server's host", () => {
  it('is told by the checkpoint in the redo log, which a copy does not have for long', async () => {
    const copy = join(scratch.path, 'copy');
    await cp(identity.datadir, copy, { recursive: true });
    await server.query('CREATE TABLE shop.later (id INT PRIMARY KEY)');
    await server.query('SET GLOBAL innodb_log_checkpoint_now = 1');
    const evidence = await readHostEvidence(session, identity);
    expect(evidence).toMatchObject({ hasCheckpoint: true, isLocked: true });
    const there = { ...identity, datadir: copy };
    const finding = judgeSameHost(there, await readHostEvidence(session, there), hostname());
    expect(finding).toMatchObject({ verdict: 'bad', code: 'DATADIR_UNREADABLE' });
    expect(finding.fact).toContain(copy);
  });

  it('is another one when there is no such directory here', async () => {
    const datadir = join(scratch.path, 'nowhere');
    const there = { ...identity, datadir };
    identity = there;
    const finding = about(await askHost(surveyDatadir(datadir)), 'Datadir');
    expect(finding).toMatchObject({
      verdict: 'bad',
      fact: `There is no ${datadir} here, where the server has its data.`,
    });
  });
});

it('a question that takes too long is broken off by the server', async () => {
  await expect(selectBriefly(session, 'mariadb', 'SLEEP(30) + 1 AS answer', 0.2)).rejects.toMatchObject({
    errno: 1969,
  });
}, 20_000);
