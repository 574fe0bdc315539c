import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../src/errors.js';
import { connect, resolveAccount } from '../../src/mysql/connection.js';
import { clientGroup } from '../../src/mysql/option-file.js';
import { describeServer } from '../../src/mysql/server.js';
import { runProgram, writeToPrograms } from '../../src/pipeline/pipeline.js';
import {
  saysCompleted,
  type BackupRequest,
  type BackupTool,
  type PrepareStep,
} from '../../src/tools/backup-tool.js';
import { readCheckpoints, type Checkpoints } from '../../src/tools/checkpoints.js';
import { findTool, requireFitting, wantedFor } from '../../src/tools/detect.js';
import { explainFailure } from '../../src/tools/messages.js';
import { startMysqlServer, type MysqlServer } from './mysql-server.js';
import { programWorld, type ProgramWorld } from './program-world.js';
import type { ToolUnderTest } from './tools-under-test.js';
import { filesOf } from './stand-in/xbstream.js';

/** One backup as a file, and what the tool left beside it. */
export interface TakenBackup {
  name: string;
  /** The xbstream. */
  stream: string;
  lsnDir: string;
  checkpoints: Checkpoints;
  lastLine: string;
}

/** A server and its backup tool, which is told what the operations tell it. */
export interface ToolGround {
  server: MysqlServer;
  /** Of that server; undefined for the default one. */
  mysqld: string | undefined;
  tool: BackupTool;
  world: ProgramWorld;
  dir: string;
  backUp(name: string, request?: Partial<BackupRequest>): Promise<TakenBackup>;
  /** The arguments of a backup that succeeds. */
  backupArguments(name: string, request?: Partial<BackupRequest>): Promise<string[]>;
  /** The files of a stream, in the order in which they end. */
  filesIn(backup: TakenBackup): Promise<string[]>;
  /** A new directory with the files of the backup. */
  extract(backup: TakenBackup, as?: string): Promise<string>;
  /** The state of the target afterwards. */
  prepare(
    step: Pick<PrepareStep, 'targetDir' | 'incrementalDir' | 'isLast'>,
    more?: string[],
  ): Promise<string>;
  moveBack(preparedDir: string, datadir: string): Promise<void>;
  /** A copy, since a prepare changes both of its directories. */
  copyOf(dir: string): Promise<string>;
  /** Waits for a checkpoint behind all that is written, so that the next backup begins later. */
  checkpoint(): Promise<void>;
  remove(): Promise<void>;
}

/** Small, and with pages that are written out at once. */
const serverOptions = [
  '--loose-innodb-log-file-size=64M',
  '--loose-innodb-redo-log-capacity=64M',
  '--innodb-max-dirty-pages-pct-lwm=0',
  '--innodb-max-dirty-pages-pct=0',
];

export async function toolGround(under: ToolUnderTest): Promise<ToolGround> {
  const world = await programWorld();
  const dir = world.path;
  let server: MysqlServer | undefined;
  try {
    const { toolPath, mysqld } = await under.make(join(dir, 'tool'));
    server = await startMysqlServer({
      dir: join(dir, 'server'),
      options: serverOptions,
      ...(mysqld === undefined ? {} : { mysqld }),
    });
    return { ...groundOn(server, await toolFor(server, toolPath), world), mysqld };
  } catch (error) {
    await server?.remove();
    await world.close();
    throw error;
  }
}

async function toolFor({ socket }: MysqlServer, toolPath: string | undefined): Promise<BackupTool> {
  const none = {
    mysqlDefaultsFile: undefined,
    mysqlPassword: undefined,
    mysqlHost: undefined,
    mysqlPort: undefined,
  };
  const session = await connect(await resolveAccount({ ...none, mysqlUser: 'root', mysqlSocket: socket }));
  try {
    const description = await describeServer(session);
    const tool = await findTool({ tool: 'auto', toolPath }, wantedFor(description));
    requireFitting(tool, description);
    return tool;
  } finally {
    await session.close();
  }
}

function groundOn(server: MysqlServer, tool: BackupTool, world: ProgramWorld): Omit<ToolGround, 'mysqld'> {
  const dir = world.path;
  let copies = 0;
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 });
    return join(dir, name);
  };
  const backupArguments: ToolGround['backupArguments'] = async (name, request) => {
    const defaultsFile = join(await folder(name), 'client.cnf');
    await writeFile(defaultsFile, clientGroup({ user: 'root', socket: server.socket }), { mode: 0o600 });
    return tool.backupArguments({
      defaultsFile,
      targetDir: await folder(`${name}/scratch`),
      lsnDir: await folder(`${name}/lsn`),
      parallel: 2,
      keepRedoLog: false,
      extraArguments: [],
      ...request,
    });
  };
  const run = async (args: string[], otherwise: 'PREPARE_FAILED' | 'RESTORE_ROLLED_BACK'): Promise<void> => {
    const program = { program: tool.path, arguments: args };
    const { lastLine } = await runProgram(program, world.options).catch((error: unknown) => {
      throw explainFailure(error, otherwise);
    });
    if (!saysCompleted(lastLine)) throw new Error(`The last line is «${lastLine}».`);
  };
  return {
    server,
    tool,
    world,
    dir,
    backupArguments,
    backUp: async (name, request) => {
      const program = { program: tool.path, arguments: await backupArguments(name, request) };
      const stream = join(dir, name, 'stream');
      let lastLine = '';
      const read = world.reading([program], ([ended]) => {
        lastLine = ended?.lastLine ?? '';
        return Promise.resolve();
      });
      await pipeline(read, createWriteStream(stream)).catch((error: unknown) => {
        throw explainFailure(error, 'BACKUP_FAILED');
      });
      const lsnDir = join(dir, name, 'lsn');
      return { name, stream, lsnDir, lastLine, checkpoints: await readCheckpoints(lsnDir) };
    },
    filesIn: ({ stream }) => filesOf(createReadStream(stream)),
    extract: async ({ name, stream }, as = 'files') => {
      const target = await folder(`${name}/${as}`);
      const program = { program: tool.streamPath, arguments: tool.extractArguments(target, 2) };
      await writeToPrograms(createReadStream(stream), [program], world.options);
      return target;
    },
    prepare: async (step, more = []) => {
      await run(
        tool.prepareArguments({ ...step, useMemory: '64M', parallel: 2, extraArguments: more }),
        'PREPARE_FAILED',
      );
      return (await readCheckpoints(step.targetDir)).backupType;
    },
    moveBack: (preparedDir, datadir) =>
      run(
        tool.restoreArguments({ method: 'move-back', preparedDir, datadir, datadirNotEmpty: false }),
        'RESTORE_ROLLED_BACK',
      ),
    copyOf: async (original) => {
      copies += 1;
      const copy = join(dir, `copy-${copies}`);
      await cp(original, copy, { recursive: true });
      return copy;
    },
    checkpoint: () => untilCheckpoint(server),
    remove: async () => {
      await server.remove();
      await world.close();
    },
  };
}

async function untilCheckpoint(server: MysqlServer): Promise<void> {
  const status = async (name: string): Promise<bigint> => {
    const [row] = await server.query('SHOW ENGINE INNODB STATUS');
    return BigInt(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(String(row?.['Status']))?.[1] ?? 0);
  };
  // A server that has no such variable makes checkpoints by itself, since it has no dirty pages.
  await server.query('SET GLOBAL innodb_log_checkpoint_now = ON').catch(() => undefined);
  const written = await status('Log sequence number');
  const deadline = Date.now() + 60_000;
  // A checkpoint itself is written to the redo log.
  while ((await status('Last checkpoint at')) + 512n < written) {
    if (Date.now() > deadline) throw new Error('The server makes no checkpoint.');
    await sleep(50);
  }
}

/** The code of the UserError that `work` must fail with. @throws Error when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error.code;
  throw new Error(`Not a UserError: ${String(error)}`, { cause: error });
}
