import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import type { RunningAction } from '../support/action-runner.js';
import { processesOf } from '../support/processes.js';
import { fakePrograms, whereIs } from '../support/wrapped-tool.js';

/** No secret is seen by anybody: not in the log, nor in what is stored, nor in any process' arguments or environment. */

const password = `p'a"s s\\w#ord%1`;
const passphrase = 'correct horse; battery $staple';
const token = 'session-token-of-the-tests';

let host: DatabaseHost;
let place: BackupPlace;
let secrets: string[];
/** A folder before all others in PATH: each program there notes how it was called, and becomes the real one. */
let recorders: string;
let records: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8 });
  place = await host.newPlace();
  secrets = [password, passphrase, host.s3.secretAccessKey];
  const quoted = password.replace(/[\\']/g, '\\$&');
  await host.mysql.query(`CREATE USER 'bk'@'localhost' IDENTIFIED BY '${quoted}'`);
  await host.mysql.query(`GRANT RELOAD, PROCESS, BINLOG MONITOR ON *.* TO 'bk'@'localhost'`);
  records = join(host.scratch, 'records');
  const bodies = await Promise.all(
    ['mariadb-backup', 'mbstream', 'zstd', 'gpg'].map(async (name) => {
      const record = `{ echo "PROGRAM ${name} $*"; env; } >>'${records}'`;
      return [name, `${record}\nexec '${await whereIs(name)}' "$@"`] as const;
    }),
  );
  const [first = ''] = await fakePrograms(host.scratch, Object.fromEntries(bodies));
  recorders = dirname(first);
}, 120_000);

afterAll(() => host.stop(), 60_000);

const environment = () => ({
  PATH: `${recorders}${delimiter}${process.env['PATH'] ?? ''}`,
  MYSQL_PWD: password,
  ACTIONS_RUNTIME_TOKEN: token,
});

/** Everything that others on this host can see of the run's processes while it goes on. */
async function watch(
  running: RunningAction,
): Promise<{ ended: EndedAction; arguments: Set<string>; environments: Set<string> }> {
  const seen = { arguments: new Set<string>(), environments: new Set<string>() };
  const finished = ended(running);
  const isOver = () =>
    Promise.race([
      finished.then(() => true),
      new Promise<boolean>((resolve) => setImmediate(resolve, false)),
    ]);
  while (!(await isOver())) {
    for (const { pid, command } of await processesOf(running.marker)) {
      seen.arguments.add(command);
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      // The action's own environment is the runner's doing; before its exec a child still has that of its parent.
      if (pid !== running.pid && !command.includes('/dist/')) seen.environments.add(environ);
    }
  }
  return { ended: await finished, ...seen };
}

function expectNoSecret(what: string, text: string): void {
  const forms = [...secrets, token].flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
  ]);
  expect(forms.filter((secret) => text.includes(secret)).map((secret) => `${what} has ${secret}`)).toEqual(
    [],
  );
}

async function expectSecretsKept(
  seen: Awaited<ReturnType<typeof watch>>,
  programs: readonly string[],
): Promise<void> {
  const { rawLog, log, summary, outputs, state, post, masks } = seen.ended;
  const printed = rawLog.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  expectNoSecret('the log', printed.join('\n'));
  expectNoSecret('the shown log', log);
  expectNoSecret('the log of post', post?.rawLog ?? '');
  expectNoSecret('the summary', summary);
  expectNoSecret('the outputs', JSON.stringify([outputs, state]));
  expectNoSecret('the arguments', [...seen.arguments].join('\n'));
  expectNoSecret('the environment of a child', [...seen.environments].join('\n'));
  const recorded = await readFile(records, 'utf8');
  expectNoSecret('what a program was given', recorded);
  for (const program of programs) expect(recorded).toContain(`PROGRAM ${program}`);
  expect(recorded).not.toMatch(/^(INPUT_|AWS_|ACTIONS_|MYSQL_PWD)/m);
  expect(masks).toContain(passphrase);
}

describe('with a password and a passphrase', () => {
  const account = () => ({ 'mysql-user': 'bk', 'mysql-password': password, 'log-level': 'debug' });

  it('a backup', async () => {
    const inputs = { ...account(), 'encrypt-passphrase': passphrase, 'max-upload-mib-per-second': '2' };
    const seen = await watch(await place.startBackup({ inputs, env: environment() }));
    expect({ exitCode: seen.ended.exitCode, log: seen.ended.log }).toMatchObject({ exitCode: 0 });
    expect(seen.ended.masks).toEqual(expect.arrayContaining([password, passphrase]));
    await expectSecretsKept(seen, ['mariadb-backup --defaults-file=', 'zstd', 'gpg']);
    expect([...seen.arguments].filter((command) => /mariadb-backup.*--backup/.test(command))).not.toEqual([]);
    expect([...seen.environments].length).toBeGreaterThan(0);
    const manifest = await place.read(place.manifestKey(seen.ended.outputs['backup-id'] ?? ''));
    expectNoSecret('the manifest', manifest.toString());
    expect(manifest.toString()).toContain('"method": "gpg"');
  }, 90_000);

  it('a prepare', async () => {
    const id = (await place.list()).at(-1)?.id ?? '';
    const inputs = { 'decrypt-passphrase': passphrase, 'log-level': 'debug' };
    const target = join(host.scratch, 'target');
    const seen = await watch(await place.startPrepare(id, target, { inputs, env: environment() }));
    expect({ exitCode: seen.ended.exitCode, log: seen.ended.log }).toMatchObject({ exitCode: 0 });
    await expectSecretsKept(seen, ['mariadb-backup --no-defaults --prepare', 'zstd -d', 'gpg', 'mbstream']);
    for (const name of await readdir(target, { recursive: true })) {
      if (name.endsWith('.json')) expectNoSecret(name, await readFile(join(target, name), 'utf8'));
    }
  }, 90_000);

  it.each([
    ['a wrong password', { 'mysql-password': `${password}!` }, {}],
    ['a tool that is none', { 'encrypt-passphrase': passphrase, 'tool-path': '/bin/false' }, {}],
    ['a wrong secret key', {}, { AWS_ACCESS_KEY_ID: 'ANOTHER' }],
    ['a bad input beside', { 'encrypt-passphrase': passphrase, type: 'bad' }, {}],
    ['a passphrase that is not accepted', { 'encrypt-passphrase': `${passphrase}\nsecond line` }, {}],
  ])(
    'a backup that ends with %s',
    async (_, inputs, env) => {
      const result = await place.backup({
        inputs: { ...account(), ...inputs },
        env: { ...environment(), ...env },
      });
      const { rawLog, summary } = result;
      const printed = rawLog.split('\n').filter((line) => !line.startsWith('::add-mask::'));
      expectNoSecret('the log', printed.join('\n'));
      expectNoSecret('the summary', summary);
    },
    60_000,
  );

  it('the command line', async () => {
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
    expectNoSecret('the output', stdout + stderr);
    const recorded = await readFile(records, 'utf8');
    expectNoSecret('what a program was given', recorded);
    expect(recorded).not.toMatch(/^XBACKUP_/m);
  }, 90_000);
});
