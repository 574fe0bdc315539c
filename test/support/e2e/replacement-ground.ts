import { execFile } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { LeftoversNote } from '../../../src/operations/leftovers.js';
import type { NewData } from '../../../src/operations/replacement.js';
import { inspectDatadir } from '../../../src/mysql/datadir-swap.js';
import { Service, type ServiceCommands } from '../../../src/mysql/service.js';
import { lineOf, type ToolLine } from '../../../src/tools/lines.js';
import { mariadbBackup } from '../../../src/tools/mariadb-backup.js';
import { startMysqlServer, type MysqlServer } from '../mysql-server.js';
import { recordingLog } from '../recording-log.js';
import { temporaryDirectory, type TemporaryDirectory } from '../temporary.js';
import { smallServer } from './installation.js';

const run = promisify(execFile);

/** Names what is set aside. */
export const label = 'test';

export interface ReplacementCase {
  commands?: Partial<ServiceCommands>;
  /** Run before the tool copies, and after it has. */
  before?: string;
  after?: string;
  timeoutSeconds?: number;
  wasRunning?: boolean;
}

/** A real server whose datadir is replaced, and what it is replaced by. */
export interface ReplacementGround {
  server: MysqlServer;
  /** What the server had before: data that it can start on. */
  preparedData: string;
}

/** What is new for each test. */
export interface ReplacementScene {
  dir: TemporaryDirectory;
  abort: AbortController;
}

export async function startGround(): Promise<ReplacementGround> {
  const server = await startMysqlServer({ options: smallServer });
  await server.query('CREATE DATABASE restored');
  await server.stop();
  const preparedData = join(server.dir, 'prepared');
  await run('cp', ['-a', server.datadir, preparedData]);
  await server.start();
  await server.query('DROP DATABASE restored');
  await server.query('CREATE DATABASE present');
  return { server, preparedData };
}

export async function newScene({ server }: ReplacementGround): Promise<ReplacementScene> {
  if (!(await server.running())) await server.start();
  return { dir: await temporaryDirectory('replacement'), abort: new AbortController() };
}

/** The databases that tell old data from new. */
export async function databases({ server }: ReplacementGround): Promise<string[]> {
  const rows = await server.query('SHOW DATABASES');
  const names = rows.map((row) => String(Object.values(row)[0]));
  return names.filter((name) => ['present', 'restored'].includes(name));
}

/** A replacement with a tool that copies as mariadb-backup would. */
export async function planReplacement(
  { server, preparedData }: ReplacementGround,
  { dir, abort }: ReplacementScene,
  { commands, before = '', after = '', timeoutSeconds = 20, wasRunning = true }: ReplacementCase,
) {
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
    onStart: () => undefined,
  });
  const newData: NewData = {
    defaultsFile: undefined,
    destination: {
      pathOf: (path) => join(datadir.path, path),
      isDataFile: (path) => /ibdata1$|\.ibd$/.test(path),
      deviceOf: () => datadir.device,
    },
    ownFiles: [],
    tool: mariadbBackup(lineOf('mariadb-backup', '10.11.0') as ToolLine, '10.11.0', tool, tool),
    preparedData,
    owner: datadir.owner,
  };
  return {
    newData,
    plan: { service, datadir, outside: [], method: 'copy-back' as const, wasRunning },
    context: {
      log: recordingLog(),
      signal: abort.signal,
      workDir: dir.path,
      note: new LeftoversNote(() => undefined),
      label,
      run: undefined,
    },
  };
}

/** The old server runs on the old data, and nothing lies beside its datadir. */
export async function expectOldServer(ground: ReplacementGround): Promise<void> {
  const { server } = ground;
  expect(await server.running()).toBe(true);
  expect(await databases(ground)).toEqual(['present']);
  const folder = dirname(server.datadir);
  const beside = (await readdir(folder)).filter((name) => name.startsWith(`${basename(server.datadir)}.`));
  expect(beside).toEqual([]);
}
