import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checksumTables, type Checksums } from '../support/checksums.js';
import { install, type Installation } from '../support/e2e/installation.js';
import { backUpExactly, expectData, untilWritten, type Point } from '../support/e2e/restored-data.js';
import { readPage, type CodeBlock } from '../support/markdown-page.js';

/**
 * Runs the commands of docs/restore-by-hand.md as they stand there; only the variables of its settings are
 * other ones. The backup user is made by the README's own statements.
 */

const minutes = 60_000;
const passphrase = 'correct horse battery staple';
const page = readPage('docs/restore-by-hand.md');

let installation: Installation;
let environment: Record<string, string>;
let settings: Record<string, string>;
/** The last of the chain. */
let point: Point;
/** After it, and before the accident. */
let later: { checksums: Checksums; stopAt: string };

const isSettings = ({ text }: CodeBlock) => text.split('\n').every((line) => /^([A-Z_]+=|$)/.test(line));
const commands = page.blocks.filter((block) => block.language === 'bash' && !isSettings(block));

/** The commands below a heading (its beginning), without those for the other kind of server. */
function section(start: string): string[] {
  const other =
    installation.server.flavor === 'mariadb'
      ? /xbstream|xtrabackup|MySQL/
      : /mbstream|mariadb-backup|MariaDB/;
  const found = commands.filter(
    ({ headings, info }) =>
      headings[1]?.startsWith(start) === true && !other.test(headings[2] ?? '') && info === '',
  );
  if (found.length === 0) throw new Error(`The page has no commands below ${start}`);
  return found.map(({ text }) => text);
}

async function bash(parts: readonly string[]): Promise<string> {
  const assignments = Object.entries(settings).map(
    ([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'`,
  );
  const script = ['set -e', ...assignments, ...parts].join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
    env: environment,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((error: unknown) => {
    const { stdout: said = '' } = error as { stdout?: string };
    throw new Error(`The commands failed after:\n${said.slice(-4000)}`, { cause: error });
  });
  expect(stdout).not.toContain('STOP');
  return stdout;
}

/** What the commands find on a database host: its tools, its service, and nothing of this machine's settings. */
async function databaseHost(): Promise<Record<string, string>> {
  const { dir, server, place } = installation;
  const [bin, home, gnupg] = ['bin', 'home', 'home/.gnupg'].map((name) => join(dir, name));
  for (const folder of [bin, home, gnupg]) await mkdir(folder ?? '', { mode: 0o700 });
  const service =
    `#!/bin/sh\ncase "$*" in\n"stop mariadb") ${server.stopCommand} ;;\n"start mariadb") ${server.startCommand} ;;\n` +
    '*) exit 1 ;;\nesac\n';
  await writeFile(join(bin ?? '', 'systemctl'), service, { mode: 0o755 });
  const { XBACKUP_E2E_TOOL: tool, XBACKUP_E2E_STREAM_EXTRACT: extractor, PATH = '' } = process.env;
  const isMariadb = server.flavor === 'mariadb';
  if (tool) await symlink(tool, join(bin ?? '', isMariadb ? 'mariadb-backup' : 'xtrabackup'));
  // The page has mbstream as an example where either will do.
  if (extractor) {
    for (const name of ['mbstream', 'xbstream']) await symlink(extractor, join(bin ?? '', name));
  }
  await writeFile(join(home ?? '', '.my.cnf'), `[client]\nuser=root\nsocket=${server.socket}\n`);
  // An agent would outlive the test.
  await writeFile(join(gnupg ?? '', 'gpg.conf'), 'no-autostart\n');
  const region = { AWS_DEFAULT_REGION: 'us-east-1' };
  return { ...place.credentials, ...region, HOME: home ?? '', TZ: 'UTC', PATH: `${bin ?? ''}:${PATH}` };
}

/** The user that the README says to create, and how to connect as it. */
async function createBackupUser(): Promise<Record<string, string>> {
  const { server } = installation;
  const needle = server.flavor === 'mariadb' ? 'BINLOG MONITOR' : 'BACKUP_ADMIN';
  const block = readPage('README.md').blocks.find(
    ({ language, text }) => language === 'sql' && text.includes(needle),
  );
  const [, user = '', password = ''] =
    /CREATE USER '(\w+)'@'localhost' IDENTIFIED BY '([^']+)'/.exec(block?.text ?? '') ?? [];
  for (const statement of (block?.text ?? '').split(';\n')) {
    if (statement.trim() !== '') await server.query(statement);
  }
  return { 'mysql-user': user, 'mysql-password': password };
}

async function newAgeKey(path: string): Promise<string> {
  await promisify(execFile)('age-keygen', ['-o', path]);
  return /public key: (age1\w+)/.exec(await readFile(path, 'utf8'))?.[1] ?? '';
}

beforeAll(async () => {
  installation = await install({ sizeMib: 96 });
  const { dir, server, place } = installation;
  environment = await databaseHost();
  const ageIdentity = join(dir, 'age-identity');
  const passphraseFile = join(dir, 'passphrase');
  await writeFile(passphraseFile, `${passphrase}\n`);

  // Of each kind one, so that the restore needs them all: plain and in several objects, age and gpg.
  const account = await createBackupUser();
  const writers = await installation.startWriters();
  const backUp = (hour: string, inputs: Record<string, string>) =>
    backUpExactly(installation, writers, { inputs: { ...account, ...inputs }, at: `2026-11-17T${hour}:07` });
  const full = await backUp('00', { 'max-parts': '1' });
  expect((await place.manifest(full.id)).objects.length).toBeGreaterThan(1);
  await untilWritten(writers);
  await backUp('01', { 'encrypt-recipients': await newAgeKey(ageIdentity) });
  await untilWritten(writers);
  point = await backUp('02', { 'encrypt-passphrase': passphrase });

  await untilWritten(writers);
  await server.query('FLUSH BINARY LOGS');
  await untilWritten(writers);
  await writers.stop();
  const checksums = await checksumTables(server);
  // The binary log counts whole seconds: the accident must be in a later one.
  const stopAt = new Date(Math.ceil(Date.now() / 1000 + 1) * 1000);
  later = { checksums, stopAt: stopAt.toISOString().slice(0, 19).replace('T', ' ') };
  await sleep(stopAt.getTime() - Date.now() + 100);
  await server.query('DROP TABLE shop.customers');

  settings = {
    BUCKET: place.bucket,
    PREFIX: `xbackup/${place.server}`,
    BACKUP: point.id,
    ENDPOINT: place.host.s3.endpoint,
    WORK: join(dir, 'by-hand'),
    DATADIR: server.datadir,
    OWNER: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    UNIT: 'mariadb',
    AGE_IDENTITY: ageIdentity,
    GPG_PASSPHRASE_FILE: passphraseFile,
    BINLOGS: `${server.datadir}.old`,
    STOP_AT: later.stopAt,
  };
}, 2 * minutes);

afterAll(() => installation.remove(), minutes);

it('the settings of the page are those that are set here', () => {
  const texts = page.blocks.filter((block) => block.language === 'bash' && isSettings(block));
  const names = texts.flatMap(({ text }) => text.match(/^[A-Z_]+(?==)/gm) ?? []);
  expect(names.sort()).toEqual(Object.keys(settings).sort());
});

it(
  'the page restores a plain, an age and a gpg backup, and all tables are as they were',
  async () => {
    const stream = commands.filter(({ info }) => info === 'stream').map(({ text }) => text);
    expect(stream).toHaveLength(1);
    const said = await bash([
      ...section('1. '),
      ...section('2. '),
      ...section('3. '),
      // The other way, in one stream, must give the same files; it goes on with those.
      'mv data extracted',
      ...stream,
      'diff -r extracted data',
      ...section('4. '),
      ...section('5. '),
    ]);
    const verified = await Promise.all(
      ['00', '01', '02'].map((hour) => installation.place.manifest(`2026-11-17/${hour}`)),
    );
    const keys = verified.flatMap(({ objects }) => objects.map(({ key }) => key));
    expect(said.match(/^xbackup\/db1\/2026-11-17\/\S+\.xbstream\S+: OK$/gm)).toEqual(
      keys.map((key) => `${key}: OK`),
    );
    expect(said).toContain('2026-11-17/01.json: OK');
    expect(said.match(/completed OK!$/gm)).toHaveLength(4);
    await expectData(installation.server, point.checksums);
  },
  2 * minutes,
);

it(
  'the page replays the binary log up to just before the accident',
  async () => {
    await bash(['cd "$WORK"', ...section('To a point in time')]);
    await expectData(installation.server, later.checksums);
  },
  minutes,
);
