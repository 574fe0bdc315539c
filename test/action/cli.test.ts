import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestorePoint } from '../../src/chain/plan-restore.js';
import { flags, startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { expectNoProcess, until } from '../support/failures.js';
import { repositoryRoot } from '../support/repository-root.js';

/** The command line of the committed bundle, on a host that knows no GitHub. */

let host: DatabaseHost;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 40 });
  place = await host.newPlace();
}, 120_000);

afterAll(() => host.stop(), 60_000);

interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface Started {
  ended: Promise<Ended>;
  marker: string;
  interrupt(): void;
}

/** Starts the program as a shell does; `interrupt` is Ctrl-C. */
function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  node = process.execPath,
): Started {
  const marker = `OF_THE_TEST=${randomUUID()}`;
  const [name = '', value = ''] = marker.split('=');
  const child = spawn(node, [join(repositoryRoot(), 'dist/cli.js'), ...args], {
    env: { ...place.plainEnvironment, ...env, [name]: value },
    cwd: host.scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C goes to all processes of the terminal's foreground group: this one's is its own.
    detached: true,
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...texts }));
  });
  return { ended, marker, interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT') };
}

const run = (...args: Parameters<typeof start>) => start(...args).ended;

/** `XBACKUP_…` of every input. */
function variables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(inputs);
  return Object.fromEntries(
    entries.map(([name, value]) => [`XBACKUP_${name.toUpperCase().replaceAll('-', '_')}`, value]),
  );
}

const node24 = join(repositoryRoot(), 'node_modules/node/bin/node');

describe('xbackup', () => {
  it.each([[['--help']], [['-h']], [['help']], [[]]])('%j shows the commands', async (args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of ['backup', 'prepare', 'apply', 'check', 'prune', 'list'])
      expect(stdout).toMatch(new RegExp(`^ +${command} `, 'm'));
  });

  it.each(['backup', 'prepare', 'apply', 'check', 'prune', 'list'])(
    '%s --help lists its options and their variables',
    async (command) => {
      const { exitCode, stdout, stderr } = await run([command, '--help']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: xbackup \w+ --s3-bucket <value>/m);
      expect(stdout).toContain('XBACKUP_S3_BUCKET');
      expect(await run(['help', command])).toMatchObject({ exitCode: 0, stdout });
    },
  );

  it.each([
    [['restore'], /There is no command "restore"/],
    [['backup', '--no-such-flag', 'x'], /--no-such-flag[^]*xbackup backup --help/],
    [['list', 'word'], /word/],
    [['list', '--server'], /--server/],
    [['prepare', '--s3-bucket', 'bucket'], /date is missing/],
    [['apply', '--s3-bucket', 'bucket', '--method', 'rsync'], /4 inputs are not right:[^]*method is "rsync"/],
  ])('%j is refused', async (args, says) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toContain('Code INPUT_INVALID');
  });
});

describe('a day on the command line', () => {
  let full: string;
  let incremental: string;

  it('backup by variables', async () => {
    const { exitCode, stdout, stderr } = await run(['backup'], variables(place.backupInputs));
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/^type=full$/m);
    expect(stdout).toMatch(/^from-lsn=0$/m);
    full = /^backup-id=(.*)$/m.exec(stdout)?.[1] ?? '';
    const manifest = await place.manifest(full);
    expect(manifest).not.toHaveProperty('run');
  }, 60_000);

  it('backup by flags, which win over variables, on Node 24', async () => {
    const env = { XBACKUP_SERVER: 'another', XBACKUP_TYPE: 'full' };
    const args = ['backup', ...flags({ ...place.backupInputs, type: 'incremental' })];
    const { exitCode, stdout, stderr } = await run(args, env, node24);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain('type=incremental\n');
    incremental = /^backup-id=(.*)$/m.exec(stdout)?.[1] ?? '';
    expect(await place.manifest(incremental)).toMatchObject({ parent: { id: full } });
  }, 60_000);

  it('list, as a table and as JSON', async () => {
    const table = await run(['list', ...flags(place.storeInputs)]);
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    const lines = table.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/Backup .*Type .*Size .*Can be restored/);
    expect(lines[2]).toMatch(new RegExp(`${full} .*full .*yes`));
    expect(lines[3]).toMatch(new RegExp(`${incremental} .*incremental .*yes`));
    const json = await run(['list', '--json'], variables(place.storeInputs));
    expect((JSON.parse(json.stdout) as RestorePoint[]).map(({ id, links }) => [id, links])).toEqual([
      [full, 1],
      [incremental, 2],
    ]);
    const nothing = await run(['list', '--json', ...flags({ ...place.storeInputs, server: 'unknown' })]);
    expect(nothing).toMatchObject({ exitCode: 0, stdout: '[]\n' });
  }, 60_000);

  it('prepare', async () => {
    const target = join(host.scratch, 'target');
    const [date = '', hour = ''] = full.split('/');
    const inputs = { ...place.storeInputs, date, hour, 'target-dir': target };
    const { exitCode, stdout, stderr } = await run(['prepare', ...flags(inputs)]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain(`prepared-dir=${target}\nbackup-id=${full}\nlinks=1\n`);
    expect(await readdir(target)).toContain('prepared.json');
  }, 60_000);

  it('a failure says what, why and what to do, and ends with 1', async () => {
    const inputs = { ...place.backupInputs, 'mysql-socket': '/nonexistent/mysql.sock' };
    const { exitCode, stdout, stderr } = await run(['backup', ...flags(inputs)]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      /Error: The server at \/nonexistent[^]*Is it running[^]*Code SERVER_UNREACHABLE: https:/,
    );
    expect(stderr).not.toMatch(/^::/m);
  }, 60_000);
});

describe('Ctrl-C', () => {
  async function expectCleanEnd(started: Started, keysBefore: readonly string[]): Promise<void> {
    started.interrupt();
    const { exitCode, signal, stderr } = await started.ended;
    expect({ exitCode, signal, stderr }).toMatchObject({ exitCode: 1, signal: null });
    expect(stderr).toContain('Code CANCELLED');
    await expectNoProcess(started);
    expect(await readdir(host.temporaryDir)).toEqual([]);
    expect(await place.keys()).toEqual(keysBefore);
    expect(await place.uploads()).toEqual([]);
  }

  it('in the middle of a backup', async () => {
    const keysBefore = await place.keys();
    const inputs = { ...place.backupInputs, type: 'full', 'max-upload-mib-per-second': '4' };
    const started = start(['backup'], variables(inputs));
    await until('an upload has begun', async () => (await place.uploads()).length > 0);
    await expectCleanEnd(started, keysBefore);
  }, 60_000);
});

it('a backup whose output nobody reads any more goes on to its end', async () => {
  const keysBefore = await place.keys();
  const inputs = { ...place.backupInputs, 'log-level': 'debug' };
  const cli = join(repositoryRoot(), 'dist/cli.js');
  const env = { ...place.plainEnvironment, ...variables(inputs), OF_THE_TEST: 'unread' };
  const shell = spawn(
    '/bin/bash',
    ['-c', '"$@" 2>&1 | head -n 1; exit "${PIPESTATUS[0]}"', 'bash', node24, cli, 'backup'],
    { env, stdio: 'ignore' },
  );
  const exitCode = await new Promise((resolve) => shell.once('exit', resolve));
  expect(exitCode).toBe(0);
  await expectNoProcess({ marker: 'OF_THE_TEST=unread' });
  expect(await readdir(host.temporaryDir)).toEqual([]);
  expect((await place.keys()).length).toBe(keysBefore.length + 2);
  expect(await place.uploads()).toEqual([]);
}, 60_000);
