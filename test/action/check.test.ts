import { PutBucketLifecycleConfigurationCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../../src/checks/finding.js';
import type { CheckResult } from '../../src/operations/check-result.js';
import { findProgram } from '../../src/pipeline/commands.js';
import {
  ended,
  flags,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
  type RunOptions,
} from '../support/database-host.js';
import { startAction } from '../support/action-runner.js';
import { refuse } from '../support/bucket-policy.js';
import { expectNoProcess } from '../support/failures.js';
import { repositoryRoot } from '../support/repository-root.js';

/** The check as the runner starts it, and on the command line: everything real, everything at once. */
const account = "'bk'@'localhost'";
const password = 'a long password';

let host: DatabaseHost;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8 });
  place = await host.newPlace();
  await host.mysql.query(`CREATE USER ${account} IDENTIFIED BY '${password}'`);
  await host.mysql.query(`GRANT RELOAD, PROCESS, BINLOG MONITOR ON *.* TO ${account}`);
}, 120_000);
afterAll(() => host.stop(), 60_000);

/** The inputs of a check in which everything is green. */
function inputs(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    ...place.storeInputs,
    'mysql-user': 'bk',
    'mysql-password': password,
    'mysql-socket': host.mysql.socket,
    'encrypt-passphrase': 'correct horse battery staple',
    'target-dir': join(host.scratch, 'recovery'),
    'stop-command': host.mysql.stopCommand,
    'start-command': host.mysql.startCommand,
    ...more,
  };
}

async function check(
  more: Readonly<Record<string, string>> = {},
  { env }: RunOptions = {},
): Promise<EndedAction> {
  const environment = { ...place.credentials, TMPDIR: host.temporaryDir, ...env };
  return ended(await startAction({ action: 'check', inputs: inputs(more), env: environment }));
}

/** The rows of the summary's table: the mark and the subject of each. */
function rows(summary: string): string[] {
  return summary
    .split('\n')
    .filter((line) => /^\| +[✅⚠❌❔]/u.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim().replaceAll('\u00a0', ' '))
        .join(' '),
    );
}

const reds = (summary: string) => rows(summary).filter((row) => row.startsWith('❌'));

/** The blocks that can be copied, those of reds alone. */
function mends(summary: string): string {
  const text = summary.slice(0, summary.indexOf('### What was found'));
  return [...text.matchAll(/^```(?:sql|text)\n([^]*?)\n```$/gm)].map(([, block]) => block).join('\n');
}

function expectRed(result: EndedAction, count: number): void {
  const { exitCode, outputs, annotations, log } = result;
  expect({ exitCode, bad: outputs['bad'], log }).toEqual({ exitCode: 1, bad: String(count), log });
  const errors = annotations.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(1);
  expect(errors[0]?.title).toBe('xbackup check failed');
  if (count > 1) expect(errors[0]?.message).toMatch(new RegExp(`^${count} of \\d+ findings are red:`));
  expect(reds(result.summary)).toHaveLength(count);
  expect(result.summary).toMatch(new RegExp(`^## ❌ Check of db1: ${count} red`));
}

/** Versions, and a rule for unfinished uploads: what a bucket should have. */
async function setUpBucket(): Promise<void> {
  const client = host.s3.client();
  const Bucket = place.bucket;
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const AbortIncompleteMultipartUpload = { DaysAfterInitiation: 7 };
  const rule = {
    ID: 'a',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload,
  } as const;
  const LifecycleConfiguration = { Rules: [rule] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
}

describe('the action', () => {
  it('where all is well: green, nothing is changed, and nothing left', async () => {
    const result = await check();
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    expect(reds(result.summary)).toEqual([]);
    for (const subject of [
      ...['Server', 'Backup tool', 'zstd', 'gpg', 'Privilege RELOAD', 'Privilege PROCESS'],
      ...['Privilege BINLOG MONITOR', 'Datadir', "The server's host", 'Room for a restore'],
      ...['Bucket', 'Writing', 'Reading', 'Conditional writes', 'Multipart uploads', 'Clock'],
    ]) {
      expect(rows(result.summary)).toContain(`✅ ${subject}`);
    }
    expect(result.summary).toMatch(/^## ✅ Check of db1: nothing is red/);
    const { good, bad, warnings, unknown } = result.outputs;
    expect({ bad, warnings }).toEqual({ bad: '0', warnings: '2' });
    expect(rows(result.summary)).toHaveLength(Number(good) + Number(warnings) + Number(unknown));
    expect(result.annotations.filter(({ level }) => level === 'error')).toEqual([]);
    expect(result.log).toContain('  good     Datadir ');
    expect(await place.keys()).toEqual([]);
    expect(await place.uploads()).toEqual([]);
    expect(result.temporaryFiles).toEqual([]);
    expect(await readdir(host.temporaryDir)).toEqual([]);
    expect(result.log + result.summary).not.toMatch(/a long password|battery staple/);
    await expectNoProcess(result);
    // A backup with the same inputs is indeed possible.
    await place.goodBackup({
      inputs: {
        'mysql-user': 'bk',
        'mysql-password': password,
        'encrypt-passphrase': 'correct horse battery staple',
      },
    });
  }, 90_000);

  it('without a privilege: red, with the statement, and the rest is green', async () => {
    await host.mysql.query(`REVOKE BINLOG MONITOR ON *.* FROM ${account}`);
    try {
      const result = await check();
      expectRed(result, 1);
      expect(reds(result.summary)).toEqual(['❌ Privilege BINLOG MONITOR']);
      expect(mends(result.summary)).toBe(`GRANT BINLOG MONITOR ON *.* TO ${account};`);
      // What it says does mend it.
      await host.mysql.query(mends(result.summary));
      expect(await check()).toMatchObject({ exitCode: 0 });
    } finally {
      await host.mysql.query(`GRANT BINLOG MONITOR ON *.* TO ${account}`);
    }
  }, 60_000);

  it('with a wrong password: red, and the bucket is looked at all the same', async () => {
    const result = await check({ 'mysql-password': 'wrong' });
    expectRed(result, 1);
    expect(result.summary).toContain('SERVER_ACCESS_DENIED');
    expect(rows(result.summary)).toEqual(
      expect.arrayContaining(['❌ Server', '❔ Privileges', '✅ zstd', '✅ Bucket', '✅ Writing']),
    );
    expect(result.log + result.summary).not.toContain('wrong');
  }, 60_000);

  it('without the bucket: one red, with the command that makes it, and the server is looked at all the same', async () => {
    const result = await check({ 's3-bucket': 'no-such-bucket' });
    expectRed(result, 1);
    expect(mends(result.summary)).toBe(
      `aws s3api create-bucket --bucket no-such-bucket --endpoint-url ${host.s3.endpoint}`,
    );
    expect(rows(result.summary)).toContain('✅ Privilege RELOAD');
  }, 60_000);

  it('with several things missing: each is named at once, with what mends it', async () => {
    const bin = join(host.scratch, 'bin');
    await mkdir(bin);
    for (const name of ['mariadb-backup', 'mbstream']) {
      await symlink((await findProgram([name])) ?? '', join(bin, name));
    }
    await host.mysql.query(`REVOKE RELOAD, PROCESS ON *.* FROM ${account}`);
    await refuse(place, { action: 's3:PutObject', keys: '*' });
    const result = await check({}, { env: { PATH: bin } });
    expect(reds(result.summary).sort()).toEqual(
      ['❌ Privilege RELOAD', '❌ Privilege PROCESS', '❌ zstd', '❌ gpg', '❌ Writing'].sort(),
    );
    expectRed(result, 5);
    const blocks = mends(result.summary);
    expect(blocks).toContain(`GRANT RELOAD ON *.* TO ${account};\nGRANT PROCESS ON *.* TO ${account};`);
    expect(blocks).toMatch(/install.* zstd$/m);
    expect(blocks).toContain('"Action":"s3:PutObject"');
    const message = result.annotations.find(({ level }) => level === 'error')?.message ?? '';
    for (const text of [
      'Privilege RELOAD',
      'Privilege PROCESS',
      'zstd',
      'gpg',
      'Writing',
      'GRANT RELOAD ON',
    ]) {
      expect(message).toContain(text);
    }
  }, 60_000);
});

describe('a backup begins with the quick part of it', () => {
  it('and names everything that is missing at once, before it has touched anything', async () => {
    const other = await host.newPlace();
    await host.mysql.query("CREATE USER 'bare'@'localhost'");
    const result = await other.backup({
      inputs: {
        'mysql-user': 'bare',
        'encrypt-recipients': 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
      },
      env: { PATH: join(host.scratch, 'nothing-here') },
    });
    expect(result).toMatchObject({ exitCode: 1 });
    const message = result.annotations.find(({ level }) => level === 'error')?.message ?? '';
    expect(message).toMatch(/^A backup cannot begin:\n/);
    for (const text of ['zstd', 'age', 'Privilege RELOAD', 'Privilege PROCESS', 'Privilege BINLOG MONITOR']) {
      expect(message).toContain(`- ${text}: `);
    }
    expect(message).toContain("GRANT PROCESS ON *.* TO 'bare'@'localhost';");
    expect(result.summary).toContain("GRANT PROCESS ON *.* TO 'bare'@'localhost';\n");
    expect(await other.keys()).toEqual([]);
  }, 60_000);
});

describe('on the command line', () => {
  const run = promisify(execFile);

  /** What it prints and ends with. */
  async function cli(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const { 'mysql-password': secret = '', 'encrypt-passphrase': passphrase = '', ...others } = inputs(more);
    const env = {
      ...place.plainEnvironment,
      XBACKUP_MYSQL_PASSWORD: secret,
      XBACKUP_ENCRYPT_PASSPHRASE: passphrase,
    };
    const entry = join(repositoryRoot(), 'dist/cli.js');
    return run(process.execPath, [entry, 'check', ...args, ...flags(others)], { env }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (failed: unknown) => failed as { code: number; stdout: string },
    );
  }

  beforeAll(async () => {
    place = await host.newPlace();
    await setUpBucket();
    await host.mysql.query(`GRANT RELOAD, PROCESS ON *.* TO ${account}`);
  });

  it('it prints one table, and ends with 0', async () => {
    const { code, stdout } = await cli([]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^Server\n {2}good {5}Server /);
    expect(stdout).toMatch(/^ {2}good +Versioning and object lock +Versioning is on/m);
    expect(stdout).toMatch(/\n\d+ good, \d+ warnings?, 0 bad, \d+ unknown\n$/);
    expect(stdout).not.toContain('BAD');
  }, 60_000);

  it('with red it ends with 1, and says what mends it below', async () => {
    const { code, stdout } = await cli(['--for-restore'], { 'mysql-user': 'nobody' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}BAD +Server +The server at .* refuses the user nobody.*\n +→ /m);
    expect(stdout).toMatch(/1 bad, \d unknown\n$/);
  }, 60_000);

  it('--json gives all findings, red or green', async () => {
    const bare = await cli(['--json'], { server: 'db2', 'mysql-user': 'bare', 'mysql-password': '' });
    expect(bare.code).toBe(1);
    const { server, counts, groups } = JSON.parse(bare.stdout) as CheckResult;
    const findings: Finding[] = groups.flatMap((group) => [...group.findings]);
    expect(server).toBe('db2');
    expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual(
      ['RELOAD', 'PROCESS', 'BINLOG MONITOR'].map((privilege) =>
        expect.objectContaining({
          subject: `Privilege ${privilege}`,
          code: 'PRIVILEGE_MISSING',
          mend: `GRANT ${privilege} ON *.* TO 'bare'@'localhost';`,
        }),
      ),
    );
    expect(counts.bad).toBe(3);
    const good = await cli(['--json']);
    expect(good.code).toBe(0);
    expect((JSON.parse(good.stdout) as CheckResult).counts.bad).toBe(0);
  }, 60_000);
});
