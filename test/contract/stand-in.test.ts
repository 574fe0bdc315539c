import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { clientGroup } from '../../src/mysql/option-file.js';
import { lineOf } from '../../src/tools/lines.js';
import { versionOf } from '../../src/tools/detect.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';
import { eventually, programWorld, type ProgramWorld } from '../support/program-world.js';
import { makeStandIn, standIns, type StandIn } from '../support/stand-in/make.js';
import { fileEntry, filesOf, readChunks } from '../support/stand-in/xbstream.js';

/** What only the stand-in must do: the suite for backup tools says the rest of it. */

let world: ProgramWorld;
let made: StandIn[];
/** Of the first line. */
let server: MysqlServer;

const children: ChildProcess[] = [];

const minute = 60_000;

beforeAll(async () => {
  world = await programWorld();
  made = await Promise.all(
    standIns.map((options, index) => makeStandIn(join(world.path, `tool-${index}`), options)),
  );
  server = await startMysqlServer({ dir: join(world.path, 'server'), mysqld: first().mysqld });
}, minute);

afterAll(async () => {
  // Those of a test that failed.
  for (const child of children) child.kill('SIGKILL');
  await server.remove();
  await world.close();
}, minute);

const first = (): StandIn => made[0] as StandIn;

interface Ended {
  exitStatus: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

/** With the mark of this world, which is not in Jest's own environment. */
function spawned(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env } });
  children.push(child);
  return child;
}

async function run(program: string, args: readonly string[]): Promise<Ended> {
  const child = spawned(program, args);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => stdout.push(part));
  child.stderr.on('data', (part: Buffer) => stderr.push(part));
  return new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitStatus, signal) =>
      resolve({
        exitStatus,
        signal,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

async function backupArguments(socket = server.socket): Promise<string[]> {
  const defaultsFile = join(world.path, 'client.cnf');
  await writeFile(defaultsFile, clientGroup({ user: 'root', socket }), { mode: 0o600 });
  await mkdir(join(world.path, 'scratch'), { recursive: true });
  return [
    `--defaults-file=${defaultsFile}`,
    '--backup',
    '--stream=xbstream',
    `--target-dir=${join(world.path, 'scratch')}`,
    `--extra-lsndir=${join(world.path, 'lsn')}`,
  ];
}

describe.each(standIns.map((options, index) => ({ ...options, index })))(
  'for $version',
  ({ version, index }) => {
    it('says its version as Percona does, and is found by it', async () => {
      const { stderr, stdout, exitStatus } = await run(made[index]?.xtrabackup ?? '', ['--version']);
      expect(versionOf(stderr + stdout.toString())).toEqual({ name: 'xtrabackup', version });
      expect(stderr).toMatch(/ based on MySQL server [\d.]+ Linux \(x86_64\) \(revision id: \w+\)\n$/);
      expect(exitStatus).toBe(0);
    });

    it('takes the servers of its line only', async () => {
      const { exitStatus, stderr } = await run(made[index]?.xtrabackup ?? '', await backupArguments());
      const takes = lineOf('xtrabackup', version)?.takes(
        { flavor: 'mysql', version: server.version },
        version,
      );
      expect(takes).toBe(index === 0);
      expect(exitStatus).toBe(takes === true ? 0 : 1);
      if (takes === true) return;
      expect(stderr).toContain(
        `[ERROR] [MY-011825] [Xtrabackup] Unsupported server version: '${server.version}'\n`,
      );
      expect(stderr).toContain('Please use Percona XtraBackup 8.0 for this database.\n');
    });
  },
);

it('takes no MariaDB', async () => {
  const mariadb = await startMysqlServer();
  try {
    const { exitStatus, stderr } = await run(
      made[1]?.xtrabackup ?? '',
      await backupArguments(mariadb.socket),
    );
    expect(exitStatus).toBe(1);
    expect(stderr).toContain('This version of Percona XtraBackup does not support MariaDB\n');
  } finally {
    await mariadb.remove();
  }
});

it('logs as XtraBackup 8.x does, and leaves nothing beside its files', async () => {
  const { exitStatus, stdout, stderr } = await run(first().xtrabackup, await backupArguments());
  expect(exitStatus).toBe(0);
  const lines = stderr.trimEnd().split('\n');
  const format =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d \d+ \[(Note|Warning|ERROR)\] \[MY-\d{6}\] \[\w+\] \S/;
  // The first one says the version.
  expect(lines.slice(1).filter((line) => !format.test(line))).toEqual([]);
  const said = lines.map((line) => line.replace(/^.*\[Xtrabackup\] /, ''));
  expect(said).toEqual(
    expect.arrayContaining([
      'Executing LOCK INSTANCE FOR BACKUP ...',
      expect.stringMatching(/^The latest check point \(for incremental\): '\d+'$/),
      expect.stringMatching(/^MySQL binlog position: filename '\S+', position '\d+'$/),
      expect.stringMatching(/^Streaming \.\/ibdata1/),
      expect.stringMatching(/^Done: Streaming \.\/ibdata1/),
      expect.stringMatching(/^Transaction log of lsn \(\d+\) to \(\d+\) was copied\.$/),
    ]),
  );
  expect(said.at(-1)).toBe('completed OK!');
  expect(stderr).not.toMatch(/mariadb/i);
  expect(await filesOf(Readable.from([stdout]))).toContain('xtrabackup_logfile');
  expect(await readdir(join(world.path, 'scratch'))).toEqual([]);
});

it('goes on without an option that it does not know with --strict=OFF', async () => {
  const args = [...(await backupArguments()), '--strict=OFF', '--no-such-option'];
  const { exitStatus, stderr } = await run(first().xtrabackup, args);
  expect(stderr).toContain('[Warning] [MY-011825] [Xtrabackup] unknown option --no-such-option\n');
  expect(exitStatus).toBe(0);
});

it('says of a value for an option that it does not know that it is a variable', async () => {
  const { exitStatus, stderr } = await run(first().xtrabackup, [...(await backupArguments()), '--no-such=1']);
  expect(stderr).toContain("[ERROR] unknown variable 'no-such=1'.\n");
  expect(exitStatus).toBe(1);
});

it('says so when it is asked for something that it does not do', async () => {
  const { exitStatus, stderr } = await run(first().xtrabackup, [...(await backupArguments()), '--compress']);
  expect(stderr).toContain('the stand-in has no --compress\n');
  expect(exitStatus).toBe(70);
});

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'dies at once by %s, and mariadb-backup with it',
  async (signal) => {
    const child = spawned(first().xtrabackup, await backupArguments());
    const ended = new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
    child.stderr.resume();
    // Nobody reads its stream, so it cannot end by itself.
    await eventually(async () => (await world.living()).length >= 2, 'mariadb-backup runs');
    child.kill(signal);
    expect(await ended).toBe(signal);
    child.stdout.destroy();
    await eventually(async () => (await world.living()).length === 0, 'no process is left');
  },
);

it('ends when nobody reads its stream any more', async () => {
  const child = spawned(first().xtrabackup, await backupArguments());
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stderr: Buffer[] = [];
  child.stderr.on('data', (part: Buffer) => stderr.push(part));
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await ended).toBe(1);
  expect(Buffer.concat(stderr).toString()).toMatch(/OS errno (32|104) - /);
  await eventually(async () => (await world.living()).length === 0, 'no process is left');
});

describe('an xbstream', () => {
  const stream = Buffer.concat([fileEntry('a', 'one'), fileEntry('dir/b', ''), fileEntry('c', 'three')]);

  it.each([1, 2, 7, 1000])('is read in parts of %d bytes', async (size) => {
    const parts = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
      stream.subarray(index * size, (index + 1) * size),
    );
    const found: string[] = [];
    for await (const { type, path, payload } of readChunks(Readable.from(parts))) {
      let content = '';
      for await (const part of payload()) content += part.toString();
      found.push(`${type} ${path} ${content}`);
    }
    expect(found).toEqual(['P a one', 'E a ', 'P dir/b ', 'E dir/b ', 'P c three', 'E c ']);
  });

  it('is taken apart by xbstream', async () => {
    const path = join(world.path, 'small.xbstream');
    await writeFile(path, stream);
    await mkdir(join(world.path, 'small'));
    const child = spawn(first().xbstream, ['-x', '-C', join(world.path, 'small'), '--parallel=2']);
    createReadStream(path).pipe(child.stdin);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(await readdir(join(world.path, 'small'), { recursive: true })).toEqual(
      expect.arrayContaining(['a', 'c', 'dir', 'dir/b']),
    );
  });

  it('that is cut is refused', async () => {
    await expect(filesOf(Readable.from([stream.subarray(0, -1)]))).rejects.toThrow('ends within a chunk');
    await expect(filesOf(Readable.from([Buffer.from('no stream at all')]))).rejects.toThrow(
      'not an xbstream',
    );
  });
});
