import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install, type Installation } from '../support/e2e/installation.js';
import { watchProcesses } from '../support/e2e/process-watch.js';
import { backUpExactly, expectData, untilWritten } from '../support/e2e/restored-data.js';
import { freePort } from '../support/free-port.js';
import type { MysqlServer } from '../support/mysql-server.js';
import type { Writers } from '../support/writers.js';

/** Accounts of least privilege, with passwords that no quoting must change. */
const minutes = 60_000;
const user = 'backup user';
const password = `it's "7" \\n #1; $HOME \`x\` %d = [a] ö\\`;

let installation: Installation;
let writers: Writers;
let port: number;

beforeAll(async () => {
  port = await freePort();
  installation = await install({ sizeMib: 8, server: { port } });
  // By the socket one is localhost, by TCP an address: the server resolves no names.
  for (const host of ['localhost', '127.0.0.1']) await createBackupUser(installation.server, host);
  writers = await installation.startWriters();
}, 2 * minutes);

afterAll(() => installation.remove(), minutes);

async function createBackupUser(server: MysqlServer, host: string): Promise<void> {
  await server.query('CREATE USER ?@? IDENTIFIED BY ?', [user, host, password]);
  const grants = grantsFor(server);
  for (const grant of grants) await server.query(`GRANT ${grant} TO ?@?`, [user, host]);
}

/** What the documents ask for, and no more. */
function grantsFor({ flavor, version }: MysqlServer): string[] {
  if (flavor === 'mariadb') return ['RELOAD, PROCESS, BINLOG MONITOR ON *.*'];
  if (version.startsWith('5.')) return ['RELOAD, PROCESS, LOCK TABLES, REPLICATION CLIENT ON *.*'];
  return [
    'BACKUP_ADMIN, RELOAD, PROCESS, LOCK TABLES, REPLICATION CLIENT ON *.*',
    'SELECT ON performance_schema.log_status',
    'SELECT ON performance_schema.keyring_component_status',
    'SELECT ON performance_schema.replication_group_members',
  ];
}

/** A value in an option file, between double quotes: the backslash escapes. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

describe('a backup and a restore', () => {
  it(
    'by user and password, through the socket: neither is seen by others',
    async () => {
      const inputs = { 'mysql-user': user, 'mysql-password': password };
      const run = await installation.start('backup', { inputs, at: '2026-11-17T00:07' });
      const [result, seen] = await Promise.all([run.finished, watchProcesses(run)]);
      expect([result.exitCode, result.outputs['type']]).toEqual([0, 'full']);
      expect(result.masks).toContain(password);
      expect(seen.commands.filter((command) => command.includes('--backup'))).not.toEqual([]);
      const visible = [...seen.commands, ...seen.environments, result.log, result.summary].join('\n');
      expect(visible).not.toContain(password);
      expect(result.temporaryFiles).toEqual([]);
    },
    minutes,
  );

  it(
    'by host and port',
    async () => {
      await untilWritten(writers);
      const inputs = {
        'mysql-user': user,
        'mysql-password': password,
        'mysql-socket': '',
        'mysql-host': '127.0.0.1',
        'mysql-port': String(port),
      };
      const point = await backUpExactly(installation, writers, { inputs, at: '2026-11-17T01:07' });
      expect(point.result.outputs['type']).toBe('incremental');
      await untilWritten(writers);
      await writers.stop();
      const target = join(installation.dir, 'recovery');
      const which = { date: point.date, hour: point.hour, 'target-dir': target };
      await installation.succeed('prepare', { inputs: which });
      const applied = await installation.succeed('apply', { inputs: { ...inputs, 'prepared-dir': target } });
      expect(applied.outputs['server-version']).toBe(installation.server.version);
      await expectData(installation.server, point.checksums);
      writers = await installation.startWriters();
    },
    2 * minutes,
  );

  it(
    'by a defaults file',
    async () => {
      const file = join(installation.dir, 'my backup.cnf');
      const text = `[client]\nuser = ${quoted(user)}\npassword = ${quoted(password)}\nsocket = ${quoted(installation.server.socket)}\n`;
      await writeFile(file, text, { mode: 0o600 });
      const inputs = { 'mysql-user': '', 'mysql-socket': '', 'mysql-defaults-file': file };
      const full = await backUpExactly(installation, writers, { inputs, at: '2026-11-17T02:07' });
      expect(full.result.outputs['type']).toBe('full');
      await writers.stop();
      const target = join(installation.dir, 'recovery');
      await installation.succeed('prepare', { inputs: { date: 'latest', 'target-dir': target } });
      const applied = await installation.succeed('apply', { inputs: { ...inputs, 'prepared-dir': target } });
      expect(applied.outputs['server-version']).toBe(installation.server.version);
      await expectData(installation.server, full.checksums);
    },
    2 * minutes,
  );

  it(
    'with a wrong password fails, and does not show it',
    async () => {
      const inputs = { 'mysql-user': user, 'mysql-password': 'not that one' };
      const { code, result } = await installation.fail('backup', { inputs });
      expect(code).toBe('SERVER_ACCESS_DENIED');
      expect(result.log + result.summary).not.toContain('not that one');
    },
    minutes,
  );
});
