import { NoSuchKey } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
  type RunOptions,
} from '../support/database-host.js';
import { smallServer } from '../support/e2e/installation.js';
import { expectNoProcess } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { leaksIn, secretsIn, textsBelow } from '../support/secrets.js';
import { killedAt } from '../support/stopped-run.js';
import { fakePrograms, whereIs, wrappedTool } from '../support/wrapped-tool.js';

/**
 * No secret is seen by anybody: not in the log, nor in what is stored, nor in any process' arguments or environment.
 * What runs the actions (test/support/action-runner.ts) looks for them at the end of every run of every test; here all
 * secrets are there at once, and each kind of failure.
 */

const password = `p'a"s s\\w#ord%1`;
const passphrase = 'correct horse; battery $staple';
const token = 'session-token-of-the-tests';

let host: DatabaseHost;
let place: BackupPlace;
let secrets: string[];
/** An age key of somebody else. */
let identity: string;
/** A folder before all others in PATH: each program there notes how it was called, and becomes the real one. */
let recorders: string;
let records: string;
let goodId: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8, serverOptions: smallServer });
  place = await host.newPlace();
  const quoted = password.replace(/[\\']/g, '\\$&');
  await host.mysql.query(`CREATE USER 'bk'@'localhost' IDENTIFIED BY '${quoted}'`);
  await host.mysql.query(`GRANT RELOAD, PROCESS, BINLOG MONITOR ON *.* TO 'bk'@'localhost'`);
  identity = execFileSync('age-keygen', { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  records = join(host.scratch, 'records');
  const bodies = await Promise.all(
    ['mariadb-backup', 'mbstream', 'zstd', 'gpg'].map(async (name) => {
      const record = `{ echo "PROGRAM ${name} $*"; env; } >>'${records}'`;
      return [name, `${record}\nexec '${await whereIs(name)}' "$@"`] as const;
    }),
  );
  const [first = ''] = await fakePrograms(host.scratch, Object.fromEntries(bodies));
  recorders = dirname(first);
  secrets = secretsIn({
    ...place.credentials,
    ...environment(),
    'INPUT_MYSQL-PASSWORD': password,
    'INPUT_ENCRYPT-PASSPHRASE': passphrase,
    'INPUT_DECRYPT-IDENTITY': identity,
  });
}, 120_000);

afterAll(() => host.stop(), 60_000);

const environment = () => ({
  PATH: `${recorders}${delimiter}${process.env['PATH'] ?? ''}`,
  MYSQL_PWD: password,
  ACTIONS_RUNTIME_TOKEN: token,
});
const account = () => ({ 'mysql-user': 'bk', 'mysql-password': password, 'log-level': 'debug' });

function withSecrets(options: RunOptions, inputs: Record<string, string>): RunOptions {
  return {
    ...options,
    inputs: { 'log-level': 'debug', ...inputs, ...options.inputs },
    env: { ...environment(), ...options.env },
  };
}

const backupWith = (options: RunOptions = {}) =>
  place.startBackup(withSecrets(options, { ...account(), 'encrypt-passphrase': passphrase }));
const prepareWith = (options: RunOptions = {}) =>
  place.startPrepare(
    goodId,
    join(host.scratch, 'target'),
    withSecrets(options, { 'decrypt-passphrase': passphrase }),
  );

const applyWith = (inputs: Record<string, string>, options: RunOptions = {}) => {
  const { socket, datadir, startCommand, stopCommand } = host.mysql;
  const usual = {
    ...place.storeInputs,
    ...account(),
    'mysql-socket': socket,
    'prepared-dir': join(host.scratch, 'target'),
    datadir,
    confirm: place.server,
    'start-command': startCommand,
    'stop-command': stopCommand,
    ...inputs,
  };
  return place.apply(usual, { ...options, env: { ...environment(), ...options.env } });
};

/** What was stored, and what lies below the test's own folder, the prepared data with it. */
async function expectNoneKept(): Promise<void> {
  const manifests = (await place.keys()).filter((key) => key.endsWith('.json'));
  const stored = await Promise.all(manifests.map(async (key) => [key, await textOf(key)]));
  const files = Object.entries(await textsBelow(host.scratch)).filter(([, text]) => text.length < 1e6);
  expect(leaksIn(secrets, Object.fromEntries(stored) as Record<string, string>)).toEqual([]);
  expect(leaksIn(secrets, Object.fromEntries(files))).toEqual([]);
  expect(await readdir(host.temporaryDir)).toEqual([]);
}

/** The gateway may still list, for a moment, what was just removed: the mark of a run that was killed. */
async function textOf(key: string): Promise<string> {
  try {
    return (await place.read(key)).toString();
  } catch (error) {
    if (error instanceof NoSuchKey) return '';
    throw error;
  }
}

async function expectKept(result: EndedAction, programs: readonly string[]): Promise<void> {
  expect({ exitCode: result.exitCode, log: result.log }).toEqual({ exitCode: 0, log: result.log });
  expect(result.masks).toContain(passphrase);
  const recorded = await readFile(records, 'utf8');
  expect(leaksIn(secrets, { 'what a program was given': recorded })).toEqual([]);
  for (const program of programs) expect(recorded).toContain(`PROGRAM ${program}`);
  expect(recorded).not.toMatch(/^(INPUT_|AWS_|ACTIONS_|MYSQL_PWD|XBACKUP_)/m);
  await expectNoneKept();
}

describe('in what succeeds:', () => {
  it('a backup', async () => {
    const result = await ended(await backupWith());
    await expectKept(result, ['mariadb-backup --defaults-file=', 'zstd', 'gpg']);
    expect(result.masks).toContain(password);
    expect(result.children.arguments).toMatch(/mariadb-backup.*--backup/);
    expect(result.children.environments).not.toBe('');
    goodId = result.outputs['backup-id'] ?? '';
    expect((await place.manifest(goodId)).encryption.method).toBe('gpg');
  }, 90_000);

  it('a prepare', async () => {
    const result = await ended(await prepareWith());
    await expectKept(result, ['mariadb-backup --prepare', 'zstd -d', 'gpg', 'mbstream']);
  }, 90_000);

  it('a backup from the command line', async () => {
    const { stdout, stderr } = await place.cli(['backup', '--log-level', 'debug'], {
      ...environment(),
      XBACKUP_S3_BUCKET: place.bucket,
      XBACKUP_S3_ENDPOINT: host.s3.endpoint,
      XBACKUP_SERVER: 'by-cli',
      XBACKUP_MYSQL_USER: 'bk',
      XBACKUP_MYSQL_PASSWORD: password,
      XBACKUP_MYSQL_SOCKET: host.mysql.socket,
      XBACKUP_ENCRYPT_PASSPHRASE: passphrase,
    });
    expect(stdout).toContain('type=full');
    expect(stderr).toContain('completed OK!');
    expect(leaksIn(secrets, { 'the output': stdout + stderr })).toEqual([]);
    expect(await readFile(records, 'utf8')).not.toMatch(/^XBACKUP_/m);
    await expectNoneKept();
  }, 90_000);
});

/** Each program by a script that fails after it has read something. */
const failing = async (name: string): Promise<Record<string, string>> => {
  const [path = ''] = await fakePrograms(host.scratch, {
    [name]: `case " $* " in *' --version '*) exec '${await whereIs(name)}' "$@" ;; esac\nhead -c 1000 >/dev/null\nenv >&2\nexit 7`,
  });
  return { PATH: `${dirname(path)}${delimiter}${environment().PATH}` };
};
const failingTool = (during: 'backup' | 'prepare') =>
  wrappedTool(host.scratch, 'cat "${1#--defaults-file=}" >/dev/null\nenv >&2\necho "$*" >&2\nexit 5', during);

type Case = [what: string, code: string, run: () => Promise<EndedAction>];

const backupCases: Case[] = [
  [
    'a wrong password',
    'SERVER_ACCESS_DENIED',
    async () => ended(await backupWith({ inputs: { 'mysql-password': `${password}!` } })),
  ],
  [
    'a tool that is none',
    'TOOL_UNSUITABLE',
    async () => ended(await backupWith({ inputs: { 'tool-path': '/bin/false' } })),
  ],
  [
    'the credentials of nobody',
    'STORE_DENIED',
    async () => ended(await backupWith({ env: { AWS_ACCESS_KEY_ID: 'ANOTHER' } })),
  ],
  ['a bad input beside', 'INPUT_INVALID', async () => ended(await backupWith({ inputs: { type: 'bad' } }))],
  [
    'a passphrase of two lines',
    'INPUT_INVALID',
    async () => ended(await backupWith({ inputs: { 'encrypt-passphrase': `${passphrase}\nsecond line` } })),
  ],
  [
    'a tool that fails',
    'BACKUP_FAILED',
    async () => ended(await backupWith({ inputs: { 'tool-path': await failingTool('backup') } })),
  ],
  ['zstd fails', 'PIPELINE_FAILED', async () => ended(await backupWith({ env: await failing('zstd') }))],
  ['gpg fails', 'PIPELINE_FAILED', async () => ended(await backupWith({ env: await failing('gpg') }))],
  [
    'a cancel',
    'CANCELLED',
    async () => {
      const inputs = { 'max-upload-mib-per-second': '1', type: 'full' };
      const running = await backupWith({ inputs });
      await running.waitForLine(/Step of the backup: send an object/);
      return { ...(await running.cancel()), marker: running.marker };
    },
  ],
];

const prepareCases: Case[] = [
  [
    'another passphrase',
    'DECRYPTION_FAILED',
    async () => ended(await prepareWith({ inputs: { 'decrypt-passphrase': `${passphrase}!` } })),
  ],
  [
    'a key instead of the passphrase',
    'KEY_MISSING',
    async () =>
      ended(await prepareWith({ inputs: { 'decrypt-identity': identity, 'decrypt-passphrase': '' } })),
  ],
  ['zstd fails', 'PIPELINE_FAILED', async () => ended(await prepareWith({ env: await failing('zstd') }))],
  [
    'a tool that fails',
    'PREPARE_FAILED',
    async () => ended(await prepareWith({ inputs: { 'tool-path': await failingTool('prepare') } })),
  ],
  [
    'a cancel',
    'CANCELLED',
    async () => {
      const running = await prepareWith();
      await running.waitForLine(/Step of the prepare: extract a link/);
      return { ...(await running.cancel()), marker: running.marker };
    },
  ],
];

const applyCases: Case[] = [
  ['the name of another server', 'CONFIRM_MISMATCH', () => applyWith({ confirm: 'db2' })],
  [
    'a server that does not start',
    'RESTORE_ROLLED_BACK',
    async () => {
      const once = join(host.scratch, 'once');
      const start = `env; [ -e '${once}' ] || { touch '${once}'; exit 1; }; ${host.mysql.startCommand}`;
      return applyWith({ 'start-command': start, method: 'copy-back' });
    },
  ],
];

describe.each([
  ['backup', backupCases],
  ['prepare', prepareCases],
  ['apply', applyCases],
] as const)('%s that ends with', (operation, cases) => {
  if (operation === 'apply') {
    beforeAll(async () => {
      await rm(join(host.scratch, 'target'), { recursive: true, force: true });
      const { exitCode, log } = await ended(await prepareWith());
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    }, 60_000);
  }
  it.each(cases)(
    '%s (%s)',
    async (fault, code, run) => {
      const result = await run();
      const [error] = result.annotations.filter(({ level }) => level === 'error');
      expect({ error: error?.message, log: result.log }).toEqual({
        error: expect.stringContaining(`Code ${code}:`) as unknown,
        log: result.log,
      });
      await expectNoProcess(result);
      await expectNoneKept();
      recordOutcome({ operation, step: 'any', fault, outcome: `${code}, and no secret is seen` });
    },
    60_000,
  );
});

it('after a SIGKILL in the middle the post step removes what has one', async () => {
  for (const running of [
    await backupWith({ inputs: { type: 'full' }, env: killedAt('backup', 'send an object') }),
    await prepareWith({ env: killedAt('prepare', 'extract a link') }),
  ]) {
    const result = await ended(running);
    expect(result.signal).toBe('SIGKILL');
    expect(result.temporaryFiles).toEqual([]);
    await expectNoProcess(result);
    await expectNoneKept();
  }
}, 90_000);
