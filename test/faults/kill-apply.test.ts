import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { steps, type StepOf } from '../../src/operations/steps.js';
import { checksumTables, differences, type Checksums } from '../support/checksums.js';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { smallServer } from '../support/e2e/installation.js';
import { expectNoProcess } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { repositoryRoot } from '../support/repository-root.js';
import { killedAt } from '../support/stopped-run.js';
import { wrappedTool } from '../support/wrapped-tool.js';

/**
 * A restore that is killed at each of its steps: the post step brings the old server back. (A cancel that ends in a kill
 * is in test/e2e/apply-killed.test.ts; what may lie where, in test/e2e/replacement-after-kill.test.ts.)
 */

type Step = StepOf<'apply'>;

const run = promisify(execFile);

let host: DatabaseHost;
let place: BackupPlace;
let id: string;
/** What the backup holds, and what the server holds since. */
let backedUp: Checksums;
let present: Checksums;
let prepared: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8, serverOptions: smallServer });
  await giveOwnKeys();
  place = await host.newPlace();
  backedUp = await checksumTables(host.mysql);
  ({ id } = await place.goodBackup());
  prepared = join(host.scratch, 'prepared');
  expect((await place.prepare(id, prepared)).exitCode).toBe(0);
  await host.mysql.query('CREATE TABLE shop.since_the_backup (id INT PRIMARY KEY)');
  present = await checksumTables(host.mysql);
}, 120_000);

afterAll(() => host.stop(), 60_000);

/** Keys in the datadir, which the server does not start without: no backup has them, so they are carried over. */
async function giveOwnKeys(): Promise<void> {
  const { dir, datadir } = host.mysql;
  await host.mysql.stop();
  const certificate = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=own'];
  const files = ['-keyout', join(datadir, 'own-key.pem'), '-out', join(datadir, 'own-cert.pem')];
  await run('openssl', [...certificate, ...files]);
  const keys = ['--ssl-key=own-key.pem', '--ssl-cert=own-cert.pem'];
  const script = join(repositoryRoot(), 'script/mysql-server');
  await run(script, ['start', dir, `--datadir=${datadir}`, ...smallServer, ...keys]);
}

/** The prepared data is used up by each restore: so each has a copy. */
async function copyOfPrepared(): Promise<string> {
  const copy = join(host.scratch, 'copy');
  await rm(copy, { recursive: true, force: true });
  await run('cp', ['-a', '--reflink=auto', prepared, copy]);
  return copy;
}

async function inputs(more: Record<string, string> = {}): Promise<Record<string, string>> {
  const { socket, datadir, stopCommand, startCommand } = host.mysql;
  return {
    ...place.storeInputs,
    'mysql-user': 'root',
    'mysql-socket': socket,
    'prepared-dir': await copyOfPrepared(),
    datadir,
    confirm: place.server,
    'stop-command': stopCommand,
    'start-command': startCommand,
    ...more,
  };
}

/** Names of what is beside the datadir, or in it, that is not the server's; and removes it. */
async function removeRemains(): Promise<string[]> {
  const { datadir } = host.mysql;
  const [folder, name] = [dirname(datadir), basename(datadir)];
  const remains = (await readdir(folder)).filter((entry) => entry.startsWith(`${name}.`));
  for (const entry of remains) await rm(join(folder, entry), { recursive: true });
  expect((await readdir(datadir)).filter((entry) => entry.startsWith('.'))).toEqual([]);
  return remains.map((entry) => entry.slice(name.length).replace(/-\d.*/, ''));
}

async function expectServerHolds(expected: Checksums): Promise<void> {
  expect(differences(expected, await checksumTables(host.mysql))).toEqual([]);
}

const oldServer = 'the post step brings the old server back';
const untouched = 'the old server runs as before';

/** What is there after a kill at each step: a step that is new has to be entered here. */
const left: Record<Step, string> = {
  'Stop the server': untouched,
  'Set the old datadir aside': oldServer,
  'Put the prepared data in place': oldServer,
  "Carry over the server's own settings and keys": oldServer,
  'Give the files to their owner': oldServer,
  'Start the server and wait until it answers': oldServer,
  'Roll back: put the old datadir back': oldServer,
  'Roll back: start the old server': oldServer,
};

it('every step is one that is killed here', () => {
  expect(Object.keys(left)).toEqual(steps.apply);
});

describe('SIGKILL, and the post step', () => {
  it.each(steps.apply)(
    'at: %s',
    async (step) => {
      const more: Record<string, string> = {};
      if (step.startsWith('Roll back')) {
        // The new server does not start, and so the old one is to come back.
        const refuses = join(host.scratch, 'refuses');
        await writeFile(refuses, '');
        more['start-command'] =
          `if [ -e '${refuses}' ]; then rm '${refuses}'; exit 1; fi; ${host.mysql.startCommand}`;
      }
      const result = await place.apply(await inputs(more), { env: killedAt('apply', step) });
      expect({ signal: result.signal, log: result.log }).toEqual({ signal: 'SIGKILL', log: result.log });
      const outcome = result.post?.log.includes('RESTORE_ROLLED_BACK') === true ? oldServer : untouched;
      expect({ outcome, log: result.post?.log }).toEqual({ outcome: left[step], log: result.post?.log });
      expect(result.temporaryFiles).toEqual([]);
      await expectServerHolds(present);
      await removeRemains();
      recordOutcome({ operation: 'apply', step, fault: 'SIGKILL of xbackup', outcome });
    },
    90_000,
  );
});

it('the tool is killed while it copies: the old data is put back', async () => {
  const body = '"$real" "$@" &\nsleep 0.2\nkill -KILL $! $$';
  const tool = await wrappedTool(host.scratch, body, 'copy-back');
  const result = await place.apply(await inputs({ method: 'copy-back', 'tool-path': tool }));
  const [error] = result.annotations.filter(({ level }) => level === 'error');
  expect(error?.message).toContain('Code RESTORE_ROLLED_BACK');
  expect(error?.message).toContain('mariadb-backup was killed by SIGKILL');
  expect(result.temporaryFiles).toEqual([]);
  await expectNoProcess(result);
  await expectServerHolds(present);
  await removeRemains();
  const outcome = 'the old data is put back, and the old server runs';
  const step = 'Put the prepared data in place';
  recordOutcome({ operation: 'apply', step, fault: 'SIGKILL of mariadb-backup', outcome });
}, 90_000);

it('the whole host goes down while the data is put in place: the old data is whole, and the next restore goes on', async () => {
  const step = 'Give the files to their owner';
  const { datadir } = host.mysql;
  const result = await place.apply(await inputs(), { env: killedAt('apply', step), withoutPost: true });
  expect(result.signal).toBe('SIGKILL');
  await expectNoProcess(result);
  const [aside = ''] = (await readdir(dirname(datadir))).filter((name) => name.includes('.before-restore-'));
  expect(existsSync(join(dirname(datadir), aside, 'ibdata1'))).toBe(true);

  // The server is down, so only its option file can tell of its keys.
  const optionFile = join(host.scratch, 'my.cnf');
  const ofServer = `[mysqld]\ndatadir=${datadir}\nssl_key=own-key.pem\nssl_cert=own-cert.pem\n`;
  await writeFile(optionFile, `${ofServer}[client]\nuser=root\nsocket=${host.mysql.socket}\n`);
  const byFile = { 'mysql-defaults-file': optionFile, 'mysql-user': '', 'mysql-socket': '' };
  const next = await place.apply(await inputs(byFile));
  expect({ exitCode: next.exitCode, log: next.log }).toEqual({ exitCode: 0, log: next.log });
  await expectServerHolds(backedUp);

  // What was there before the first is put back by hand, as the docs say.
  await host.mysql.stop();
  await rm(datadir, { recursive: true });
  await rename(join(dirname(datadir), aside), datadir);
  await host.mysql.start();
  await expectServerHolds(present);
  const outcome = 'the old data is whole beside the datadir, and the next restore is right';
  recordOutcome({ operation: 'apply', step, fault: 'the host goes down', outcome });
  expect(await removeRemains()).toHaveLength(1);
}, 120_000);

it('afterwards a restore succeeds, and the next backup is a full', async () => {
  const { exitCode, log } = await place.apply(await inputs());
  expect({ exitCode, log }).toEqual({ exitCode: 0, log });
  await expectServerHolds(backedUp);
  const { outputs } = await place.backup();
  expect(outputs).toMatchObject({
    type: 'full',
    reason: expect.stringContaining('the datadir was replaced') as unknown,
  });
}, 90_000);
