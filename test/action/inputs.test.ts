import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { runAction, type ActionResult } from '../support/action-runner.js';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { repositoryRoot } from '../support/repository-root.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/** Bad inputs are all named at once, before anything is touched. */

let listener: Server;
let connections = 0;
let scratch: TemporaryDirectory;
/** Where a server and a store could be, if somebody asked. */
let there: { port: string; endpoint: string };

beforeAll(async () => {
  scratch = await temporaryDirectory('inputs');
  await mkdir(join(scratch.path, 'tmp'));
  listener = createServer((client) => {
    connections += 1;
    client.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const port = String((listener.address() as AddressInfo).port);
  there = { port, endpoint: `http://127.0.0.1:${port}` };
});
afterAll(async () => {
  await new Promise((resolve) => listener.close(resolve));
  await scratch.remove();
});
afterEach(() => {
  connections = 0;
});

const environment = () => ({
  AWS_ACCESS_KEY_ID: 'KEY',
  AWS_SECRET_ACCESS_KEY: 'SECRET',
  TMPDIR: join(scratch.path, 'tmp'),
});

async function expectRefused(result: ActionResult, problems: readonly RegExp[]): Promise<void> {
  expect(result.exitCode).toBe(1);
  const errors = result.annotations.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(1);
  const message = errors[0]?.message ?? '';
  for (const problem of problems) expect(message).toMatch(problem);
  if (problems.length > 1) expect(message).toMatch(new RegExp(`^${problems.length} inputs are not right:`));
  expect(message).toContain('Code INPUT_INVALID');
  expect(message).toContain('Nothing was touched.');
  expect(result.summary).toContain('INPUT_INVALID');
  expect(connections).toBe(0);
  expect(result).toMatchObject({ temporaryFiles: [], outputs: {}, state: {}, post: { exitCode: 0 } });
  expect(await readdir(join(scratch.path, 'tmp'))).toEqual([]);
}

describe('many bad inputs at once', () => {
  it('of backup', async () => {
    const bad = {
      's3-prefix': '../elsewhere',
      's3-region': '',
      server: 'a/b',
      'log-level': 'loud',
      'mysql-socket': 'relative.sock',
      'mysql-host': '127.0.0.1',
      'mysql-port': '70000',
      tool: 'mysqldump',
      type: 'differential',
      'full-every': 'hour',
      timezone: 'Mars/Olympus',
      parallel: '0',
      'compress-level': '22',
      'compress-threads': 'many',
      'encrypt-recipients': 'not-a-key',
      'max-upload-mib-per-second': '-1',
      'extra-args': 'password',
    };
    const inputs = { ...bad, 's3-endpoint': there.endpoint };
    const result = await runAction({ action: 'backup', inputs, env: environment() });
    await expectRefused(result, [
      /- s3-bucket is missing\. Accepted: /,
      /- s3-prefix is "\.\.\/elsewhere"\. Accepted: /,
      /- server is "a\/b"\. Accepted: /,
      /- log-level is "loud"\. Accepted: info or debug/,
      /- mysql-socket is "relative\.sock"\. Accepted: an absolute path/,
      /- mysql-port is "70000"\. Accepted: a number from 1 to 65535/,
      /- mysql-socket and mysql-host exclude each other/,
      /- tool is "mysqldump"\. Accepted: /,
      /- type is "differential"\. Accepted: auto, full or incremental/,
      /- full-every is "hour"\. Accepted: day, week or month/,
      /- timezone is "Mars\/Olympus"\. Accepted: /,
      /- parallel is "0"\. Accepted: a number from 1 to 64/,
      /- compress-level is "22"\. Accepted: a number from 1 to 19/,
      /- compress-threads is "many"\. Accepted: /,
      /- encrypt-recipients is .*\. Accepted: /,
      /- max-upload-mib-per-second is "-1"\. Accepted: /,
      /- extra-args is "password"\. Accepted: /,
    ]);
  });

  it('of prepare', async () => {
    const inputs = {
      's3-bucket': 'UPPER',
      's3-endpoint': there.endpoint.slice('http://'.length),
      date: '2026-02-30',
      hour: '24',
      'target-dir': 'here',
      'use-memory': 'much',
      'decrypt-identity': 'no-key',
    };
    const result = await runAction({ action: 'prepare', inputs, env: environment() });
    await expectRefused(result, [
      /- s3-bucket is "UPPER"\. Accepted: /,
      /- s3-endpoint is "127\.0\.0\.1:\d+"\. Accepted: an address with its scheme/,
      /- date is "2026-02-30"\. Accepted: a day as YYYY-MM-DD that exists, or latest/,
      /- hour is "24"\. Accepted: /,
      /- target-dir is "here"\. Accepted: an absolute path/,
      /- use-memory is "much"\. Accepted: /,
      /- decrypt-identity is not valid \(its value is secret\)\. Accepted: /,
    ]);
  });

  it('of apply', async () => {
    const inputs = {
      'prepared-dir': '/backups/prepared',
      datadir: '/',
      method: 'rsync',
      owner: 'me and you',
      'start-timeout-seconds': '0',
    };
    const result = await runAction({ action: 'apply', inputs, env: environment() });
    await expectRefused(result, [
      /- s3-bucket is missing\. Accepted: /,
      /- datadir is "\/"\. Accepted: /,
      /- confirm is missing\. Accepted: /,
      /- method is "rsync"\. Accepted: auto, move-back or copy-back/,
      /- owner is "me and you"\. Accepted: /,
      /- start-timeout-seconds is "0"\. Accepted: /,
    ]);
  });
});

it('connects where the inputs say once all are right: what is shown above means something', async () => {
  const inputs = {
    's3-bucket': 'bucket',
    's3-endpoint': there.endpoint,
    'mysql-host': '127.0.0.1',
    'mysql-port': there.port,
  };
  const result = await runAction({ action: 'backup', inputs, env: environment() });
  expect(result.annotations[0]?.message).toContain('Code SERVER_UNREACHABLE');
  expect(connections).toBeGreaterThan(0);
});

describe('the root action', () => {
  const action = repositoryRoot();
  let host: DatabaseHost;
  let place: BackupPlace;

  beforeAll(async () => {
    host = await startDatabaseHost();
    place = await host.newPlace();
  }, 120_000);
  afterAll(() => host.stop(), 60_000);

  it.each(['restore', 'dump', 'Backup', ''])('refuses the command "%s"', async (command) => {
    const inputs = { command, 's3-bucket': 'bucket', 's3-endpoint': there.endpoint };
    const result = await runAction({ action, inputs, env: environment() });
    await expectRefused(result, [/command is "\w*"|command is missing/]);
    expect(result.annotations[0]?.message).toContain('backup, prepare, apply, check, prune or list');
  });

  it('does what the actions do', async () => {
    const env = { ...place.credentials, TMPDIR: host.temporaryDir };
    const same = await place.backup();
    const backup = await runAction({ action, inputs: { command: 'backup', ...place.backupInputs }, env });
    expect([same.exitCode, backup.exitCode, backup.post?.exitCode]).toEqual([0, 0, 0]);
    expect(Object.keys(backup.outputs)).toEqual(Object.keys(same.outputs));
    expect(backup.outputs['type']).toBe('incremental');
    expect(backup.summary).toContain(`Backup ${backup.outputs['backup-id'] ?? ''} of db1`);

    const targetDir = join(host.scratch, 'target');
    const chosen = { ...place.storeInputs, date: 'latest', 'target-dir': targetDir };
    const prepare = await runAction({ action, inputs: { command: 'prepare', ...chosen }, env });
    expect({ exitCode: prepare.exitCode, outputs: prepare.outputs }).toMatchObject({
      exitCode: 0,
      outputs: { 'prepared-dir': targetDir, 'backup-id': backup.outputs['backup-id'], links: '2' },
    });

    const refused = {
      ...place.storeInputs,
      'prepared-dir': targetDir,
      datadir: host.mysql.datadir,
      confirm: 'another',
    };
    const apply = await runAction({ action, inputs: { command: 'apply', ...refused }, env });
    expect(apply.annotations[0]?.message).toContain('Code CONFIRM_MISMATCH');
    expect(await host.mysql.running()).toBe(true);
  }, 120_000);
});
