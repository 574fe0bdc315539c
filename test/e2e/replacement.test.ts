import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LeftoversNote } from '../../src/operations/leftovers.js';
import { Replacement } from '../../src/operations/replacement.js';
import { requireDataInDatadir } from '../../src/mysql/layout.js';
import { inspectDatadir } from '../../src/mysql/datadir-swap.js';
import { Service, type ServiceCommands } from '../../src/mysql/service.js';
import { mariadbBackup } from '../../src/tools/mariadb-backup.js';
import { smallServer } from '../support/e2e/installation.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';
import { eventually } from '../support/program-world.js';
import { recordingLog, type RecordingLog } from '../support/recording-log.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/**
 * Services that do not do what they are told, and cancels, in the middle of a restore on a real server. The old
 * data must be in its place in the end, and the old server run on it.
 */

const minutes = 60_000;
const run = promisify(execFile);
const label = 'test';

let server: MysqlServer;
/** What the server had before: data that it can start on. */
let preparedData: string;
let dir: TemporaryDirectory;
let log: RecordingLog;
let abort: AbortController;

beforeAll(async () => {
  server = await startMysqlServer({ options: smallServer });
  await server.query('CREATE DATABASE restored');
  await server.stop();
  preparedData = join(server.dir, 'prepared');
  await run('cp', ['-a', server.datadir, preparedData]);
  await server.start();
  await server.query('DROP DATABASE restored');
  await server.query('CREATE DATABASE present');
}, 2 * minutes);
afterAll(() => server.remove(), minutes);

beforeEach(async () => {
  dir = await temporaryDirectory('replacement');
  log = recordingLog();
  abort = new AbortController();
  if (!(await server.running())) await server.start();
}, minutes);
afterEach(() => dir.remove());

async function databases(): Promise<string[]> {
  const rows = await server.query('SHOW DATABASES');
  const names = rows.map((row) => String(Object.values(row)[0]));
  return names.filter((name) => ['present', 'restored'].includes(name));
}

interface Case {
  commands?: Partial<ServiceCommands>;
  /** Run before the tool copies, and after it has. */
  before?: string;
  after?: string;
  timeoutSeconds?: number;
  wasRunning?: boolean;
}

/** A replacement with a tool that copies as mariadb-backup would. */
async function replacement({
  commands,
  before = '',
  after = '',
  timeoutSeconds = 20,
  wasRunning = true,
}: Case) {
  const tool = join(dir.path, 'tool');
  const script = `#!/bin/sh
for word in "$@"; do
  case $word in --target-dir=*) from=\${word#*=};; --datadir=*) to=\${word#*=};; esac
done
${before}
cp -a "$from/." "$to" && { ${after === '' ? ':' : after}; } && echo 'completed OK!' >&2
`;
  await writeFile(tool, script);
  await chmod(tool, 0o755);
  const datadir = await inspectDatadir(server.datadir);
  const service = new Service({
    account: { user: 'root', password: undefined, socket: server.socket, host: undefined, port: undefined },
    datadir: datadir.path,
    commands: { stop: server.stopCommand, start: server.startCommand, ...commands },
    timeoutSeconds,
    workDir: dir.path,
  });
  return new Replacement(
    {
      service,
      tool: mariadbBackup('10.11.0', tool, tool),
      datadir,
      preparedData,
      method: 'copy-back',
      owner: datadir.owner,
      wasRunning,
    },
    { log, signal: abort.signal, workDir: dir.path, note: new LeftoversNote(() => undefined), label },
  );
}

/** Carries it out, which must fail, and undoes it, as apply does. */
async function failAndRollBack(subject: Replacement): Promise<{ failure: unknown; outcome: string }> {
  const failure: unknown = await subject.carryOut().then(
    () => {
      throw new Error('It succeeded');
    },
    (error: unknown) => error,
  );
  const outcome = (await subject.hasChanged()) ? await subject.rollBack() : 'untouched';
  return { failure, outcome };
}

async function expectOldServer(): Promise<void> {
  expect(await server.running()).toBe(true);
  expect(await databases()).toEqual(['present']);
  const folder = dirname(server.datadir);
  const beside = (await readdir(folder)).filter((name) => name.startsWith(`${basename(server.datadir)}.`));
  expect(beside).toEqual([]);
}

const stepsOf = (subject: Replacement) =>
  subject.steps.map(({ name, outcome }) => `${outcome}: ${name.replace(/ \(.*/, '')}`);

describe('a restore', () => {
  it(
    'succeeds, and keeps the old data; the same again with a server that is stopped',
    async () => {
      for (const wasRunning of [true, false]) {
        // Nothing can be stopped then, and this stop command says so.
        if (!wasRunning) await server.stop();
        const stop = `[ -e ${server.dir}/mysql.sock ] && ${server.stopCommand}`;
        const subject = await replacement({ wasRunning, commands: { stop } });
        expect(await subject.carryOut()).toBe(server.version);
        expect(await databases()).toEqual(['restored']);
        expect(subject.oldDatadir).toBe(`${server.datadir}.before-restore-${label}`);
        await server.stop();
        await rm(server.datadir, { recursive: true });
        await run('mv', [subject.oldDatadir ?? '', server.datadir]);
        await server.start();
        await expectOldServer();
      }
    },
    2 * minutes,
  );
});

describe('a server with a part of its data elsewhere', () => {
  it(
    'is not restored: what is elsewhere would not fit',
    async () => {
      const account = { user: 'root', password: undefined, host: undefined, port: undefined };
      await requireDataInDatadir({ ...account, socket: server.socket }, server.datadir);
      const undo = join(dir.path, 'undo');
      await mkdir(undo);
      const other = await startMysqlServer({ options: [...smallServer, `--innodb-undo-directory=${undo}`] });
      try {
        const { socket, datadir } = other;
        await expect(requireDataInDatadir({ ...account, socket }, datadir)).rejects.toMatchObject({
          code: 'DATADIR_UNSUITABLE',
          message: expect.stringContaining(`${undo} (innodb_undo_directory)`) as unknown,
        });
      } finally {
        await other.remove();
      }
    },
    minutes,
  );
});

describe('the old server is back', () => {
  it(
    'when something starts it again at once',
    async () => {
      const stop = `${server.stopCommand}; ${server.startCommand}`;
      const subject = await replacement({ commands: { stop }, timeoutSeconds: 3 });
      const { failure } = await failAndRollBack(subject);
      expect(failure).toMatchObject({ code: 'STOP_FAILED' });
      await expectOldServer();
    },
    2 * minutes,
  );

  it(
    'when something starts it again while the new data is put in place',
    async () => {
      const subject = await replacement({ after: `${server.startCommand} > /dev/null 2>&1` });
      const { failure, outcome } = await failAndRollBack(subject);
      expect(failure).toMatchObject({
        code: 'STOP_FAILED',
        message: 'The server was stopped, and something started it again during the restore.',
      });
      expect(outcome).toContain('the old server runs');
      await expectOldServer();
    },
    2 * minutes,
  );

  it(
    'when it was down, and the stop command goes on for ever',
    async () => {
      const stop = `${server.stopCommand}; sleep 600`;
      const subject = await replacement({ commands: { stop }, timeoutSeconds: 6 });
      const { failure, outcome } = await failAndRollBack(subject);
      expect(failure).toMatchObject({ code: 'STOP_FAILED' });
      expect(outcome).toContain('the old server runs');
      expect(stepsOf(subject)).toEqual(['failed: Stop the server', 'done: Roll back: start the old server']);
      await expectOldServer();
    },
    2 * minutes,
  );

  it(
    'when the stop command fails after it has stopped the server',
    async () => {
      const subject = await replacement({ commands: { stop: `${server.stopCommand}; exit 5` } });
      const { failure, outcome } = await failAndRollBack(subject);
      expect(failure).toMatchObject({ code: 'STOP_FAILED' });
      expect(outcome).toContain('the old server runs');
      await expectOldServer();
    },
    2 * minutes,
  );

  it(
    'when the datadir cannot be set aside',
    async () => {
      const taken = `${server.datadir}.before-restore-${label}`;
      await mkdir(join(taken, 'an older restore'), { recursive: true });
      try {
        const { failure, outcome } = await failAndRollBack(await replacement({}));
        expect(failure).toMatchObject({ code: 'ENOTEMPTY' });
        expect(outcome).toContain('the old server runs');
      } finally {
        await rm(taken, { recursive: true });
      }
      await expectOldServer();
    },
    2 * minutes,
  );

  it.each([
    ['says nothing of success', 'exit 0'],
    ['fails', 'echo broken >&2; exit 1'],
    ['loses a file', 'rm "$to/ibdata1"'],
    ['cuts a file', 'truncate -s 100 "$to/ibdata1"'],
  ])(
    'when the tool %s',
    async (_, after) => {
      const subject = await replacement({ after });
      const { outcome } = await failAndRollBack(subject);
      expect(outcome).toContain('the old server runs');
      await expectOldServer();
    },
    2 * minutes,
  );

  it.each([
    ['returns 0 and starts nothing', 'true', 'SERVER_UNREACHABLE'],
    ['hangs', 'sleep 600', undefined],
    ['fails', 'exit 3', undefined],
  ])(
    'when the start command %s with the new data',
    async (_, withNewData, code) => {
      const start = `if [ -e ${server.datadir}/restored ]; then ${withNewData}; else ${server.startCommand}; fi`;
      const subject = await replacement({ commands: { start }, timeoutSeconds: 6 });
      const { failure, outcome } = await failAndRollBack(subject);
      if (code === undefined) expect(failure).toMatchObject({ name: 'CommandError' });
      else expect(failure).toMatchObject({ code });
      expect(outcome).toContain('the old server runs');
      await expectOldServer();
    },
    2 * minutes,
  );

  it(
    'although the start command fails when it has started the server',
    async () => {
      const start = `${server.startCommand}; exit 1`;
      const { outcome } = await failAndRollBack(await replacement({ commands: { start } }));
      expect(outcome).toContain('the old server runs');
      await expectOldServer();
    },
    2 * minutes,
  );

  it.each([
    ['before anything', '', true],
    ['while the server stops', 'stopping', false],
    ['while the data is put in place', 'copying', false],
    ['while the new server starts', 'starting', false],
  ])(
    'after a cancel %s',
    async (_, moment, atOnce) => {
      const reach = (name: string) => `touch ${dir.path}/${name}; sleep 1`;
      const subject = await replacement({
        commands: {
          stop: `${reach('stopping')}; ${server.stopCommand}`,
          start: `${reach('starting')}; ${server.startCommand}`,
        },
        before: reach('copying'),
      });
      if (atOnce) abort.abort();
      const rolledBack = failAndRollBack(subject);
      rolledBack.catch(() => undefined);
      if (!atOnce) {
        const reached = async () => (await readdir(dir.path)).includes(moment);
        await eventually(reached, `it is ${moment}`);
        abort.abort();
      }
      const { failure, outcome } = await rolledBack;
      expect(failure).toMatchObject({ code: 'CANCELLED' });
      expect(outcome).toContain(atOnce ? 'untouched' : 'the old server runs');
      await expectOldServer();
    },
    2 * minutes,
  );
});
