import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checksumTables, checkTables, differences } from '../support/checksums.js';
import { checkInvariants, expectBetween } from '../support/invariants.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';
import { processesOf } from '../support/processes.js';
import { changeSchema, startSchemaChanger } from '../support/schema-changes.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';
import { loadWorkload } from '../support/workload.js';
import { startWriters } from '../support/writers.js';

const shell = (command: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> =>
  promisify(execFile)('sh', ['-c', command], { env: { ...process.env, ...env } });

let server: MysqlServer;
let temporary: TemporaryDirectory;

beforeAll(async () => {
  temporary = await temporaryDirectory('servers');
  server = await startMysqlServer({ options: ['--innodb-log-file-size=64M'] });
  await loadWorkload(server, { sizeMib: 20 });
}, 60_000);

afterAll(async () => {
  await server.remove();
  await temporary.remove();
});

describe('the workload', () => {
  it('loads about as much as it is asked for, in tables of all kinds', async () => {
    const rows = await server.query(
      `SELECT table_name AS name, engine AS engine, create_options AS options
      FROM information_schema.tables WHERE table_schema = 'shop'`,
    );
    const engines = new Set(rows.map((row) => row['engine']));
    expect([...engines].sort()).toEqual(
      server.flavor === 'mariadb' ? ['Aria', 'InnoDB', 'MyISAM'] : ['InnoDB', 'MyISAM'],
    );
    expect(rows.find((row) => row['name'] === 'orders')?.['options']).toContain('partitioned');
    const [size] = await server.query('SELECT SUM(LENGTH(body)) AS bytes FROM shop.documents');
    expect(Number(size?.['bytes'])).toBeCloseTo(18 * 1024 * 1024, -6);
    await checkTables(server);
    expect(await checkInvariants(server)).toEqual(new Map());
  });
});

describe('writers', () => {
  it('go on writing, and their invariants hold at any moment', async () => {
    const writers = await startWriters(server);
    const begin = writers.sequences();
    await sleep(1000);
    const seen = await checkInvariants(server);
    const end = writers.sequences();
    await writers.stop();
    expect(writers.transactions()).toBeGreaterThan(50);
    expect(writers.transactions()).toBeLessThan(400);
    expectBetween(seen, begin, end);
    expect(() => expectBetween(new Map([[1, 0]]), end, end)).toThrow('writer 1 is at 0');
    expect(await checkInvariants(server)).toEqual(writers.sequences());
  });

  it('write nothing while they are paused, and go on afterwards', async () => {
    const writers = await startWriters(server);
    await sleep(200);
    await writers.pause();
    const count = writers.transactions();
    const first = await checksumTables(server);
    await sleep(300);
    expect(differences(first, await checksumTables(server))).toEqual([]);
    writers.resume();
    await sleep(300);
    await writers.stop();
    expect(writers.transactions()).toBeGreaterThan(count);
    const changed = differences(first, await checksumTables(server)).map((line) => line.split(':')[0]);
    expect(changed).toEqual(expect.arrayContaining(['shop.accounts', 'shop.orders', 'shop.transfers']));
  });

  it('have invariants that notice a lost row and a lost update', async () => {
    const [last] = await server.query('SELECT * FROM shop.transfers WHERE writer = 1 AND sequence = 1');
    await server.query('DELETE FROM shop.transfers WHERE writer = 1 AND sequence = 1');
    await expect(checkInvariants(server)).rejects.toThrow(/writer .*account /);
    await server.query('INSERT INTO shop.transfers SET ?', [last]);
    await checkInvariants(server);
    await server.query('UPDATE shop.accounts SET balance = balance + 1 WHERE id = 1');
    await expect(checkInvariants(server)).rejects.toThrow('all accounts together hold 100001');
    await server.query('UPDATE shop.accounts SET balance = balance - 1 WHERE id = 1');
  });

  it('tell when their server goes away', async () => {
    const writers = await startWriters(server);
    await server.stop();
    await expect(writers.stop()).rejects.toThrow(/Writer \d ended/);
    await server.start();
  });
});

describe('schema changes', () => {
  it('go through all kinds of DDL, beside writers', async () => {
    const writers = await startWriters(server);
    const before = await checksumTables(server);
    await changeSchema(server, 1);
    const changer = startSchemaChanger(server, 2);
    await sleep(500);
    await changer.stop();
    await writers.stop();
    expect(changer.rounds()).toBeGreaterThan(0);
    const last = changer.rounds() + 1;
    const found = differences(before, await checksumTables(server)).join('\n');
    expect(found).toContain(`shop.changing_${last}_renamed: was not there, and is now (checksum`);
    expect(found).toMatch(/shop\.customers: was .* definition \w+; is .* definition \w+/);
    await checkTables(server);
  });
});

describe('script/mysql-server', () => {
  it('keeps data and options over a restart and over a crash', async () => {
    const before = await checksumTables(server);
    await shell(server.stopCommand);
    expect(await server.running()).toBe(false);
    await shell(server.stopCommand); // one that is stopped stays so
    await shell(server.startCommand);
    await shell(server.startCommand); // one that runs goes on
    expect(differences(before, await checksumTables(server))).toEqual([]);
    await server.kill();
    expect(await server.running()).toBe(false);
    await server.start();
    expect(differences(before, await checksumTables(server))).toEqual([]);
    const [row] = await server.query('SELECT @@innodb_log_file_size AS size, @@log_bin AS log_bin');
    expect([Number(row?.['size']), Number(row?.['log_bin'])]).toEqual([64 * 1024 * 1024, 1]);
  });

  it('starts a server that leaves the temporary files of all others alone', async () => {
    // As that of a server's temporary table in the folder that servers share unless they are told otherwise.
    const other = join(tmpdir(), `#sql-temptable-${process.pid}-1-1.MAI`);
    await writeFile(other, '');
    try {
      const another = await startMysqlServer();
      await another.remove();
      await access(other);
    } finally {
      await rm(other, { force: true });
    }
  });

  it('starts a server that carries nothing of who started it', async () => {
    await server.stop();
    await shell(server.startCommand, { TEST_SERVERS_MARKER: temporary.path });
    expect(await server.running()).toBe(true);
    expect(await processesOf(`TEST_SERVERS_MARKER=${temporary.path}`)).toEqual([]);
  });

  it('takes data elsewhere, and a later start never initialises it anew', async () => {
    const datadir = join(temporary.path, 'elsewhere');
    const other = await startMysqlServer({ dir: join(temporary.path, 'other'), datadir });
    const [row] = await other.query('SELECT @@datadir AS datadir');
    expect(row?.['datadir']).toBe(`${datadir}/`);
    await other.stop();
    await rm(datadir, { recursive: true });
    await expect(other.start()).rejects.toThrow(/The server ended while it was starting/);
    expect(await other.running()).toBe(false);
    await other.remove();
  });

  it('shows the end of the log when the server dies while it starts', async () => {
    const dir = join(temporary.path, 'bad');
    await expect(startMysqlServer({ dir, options: ['--no-such-option'] })).rejects.toThrow(/no-such-option/);
    await expect(startMysqlServer({ dir, mysqld: '/nowhere/mysqld' })).rejects.toThrow(
      /no \/nowhere\/mysqld/,
    );
  });

  it('does not stop a process that has the same pid by chance', async () => {
    const dir = join(temporary.path, 'other-pid');
    const bystander = spawn('sleep', ['60']);
    await mkdir(dir);
    await writeFile(join(dir, 'process'), `${String(bystander.pid)} 1\n`);
    await shell(server.stopCommand.replace(server.dir, dir));
    expect(bystander.kill('SIGKILL')).toBe(true);
    const [, signal] = (await once(bystander, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL'); // and not the SIGTERM of stop
  });
});
