import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAction, type ActionOptions, type ActionResult, type RunningAction } from '../action-runner.js';
import { clockAt } from '../shifted-clock.js';
import { BackupPlace } from '../database-host.js';
import { startMysqlServer, type MysqlServer, type MysqlServerOptions } from '../mysql-server.js';
import { processesOf } from '../processes.js';
import { startS3Server } from '../s3-server.js';
import { temporaryDirectory } from '../temporary.js';
import { loadWorkload } from '../workload.js';
import { startWriters, type Writers, type WritersOptions } from '../writers.js';
import type { ToolUnderTest } from '../tools-under-test.js';
import { toolPathFromOutside } from './backup-tool.js';
import { mountTmpfs } from './tmpfs.js';

export interface InstallationOptions {
  /** About how much data to load, in MiB. */
  sizeMib: number;
  server?: Omit<MysqlServerOptions, 'dir' | 'datadir'>;
  /** A backup tool with its server; without it the one from outside, or in PATH. */
  tool?: ToolUnderTest;
  /** Gives the data a filesystem of its own, of this size: then the datadir is a mount point. */
  ownFilesystemMib?: number;
}

export type Action = 'backup' | 'prepare' | 'apply';

export interface RunOptions {
  /** In addition to the usual ones, or instead of them; an empty text is as good as none. */
  inputs?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** What the action takes the time for, such as `2026-11-17T04:07`, in UTC. */
  at?: string;
}

/** How an action failed, as its annotation says it. */
export interface Failure {
  code: string;
  /** The whole annotation. */
  text: string;
  result: ActionResult;
}

/** A server with data, its backup tool, a bucket, and xbackup as a workflow uses it. */
export interface Installation {
  server: MysqlServer;
  place: BackupPlace;
  /** For a test's own files, on the filesystem of the data. */
  dir: string;
  /** Starts an action with all the inputs that it needs here. */
  start(action: Action, options?: RunOptions): Promise<RunningAction>;
  /** Runs an action that must succeed. @throws Error with its log when it does not. */
  succeed(action: Action, options?: RunOptions): Promise<ActionResult>;
  /** Runs an action that must fail in a way that is known. @throws Error with its log when it does not. */
  fail(action: Action, options?: RunOptions): Promise<Failure>;
  /** Writers that end with the installation at the latest. */
  startWriters(options?: WritersOptions): Promise<Writers>;
  /** Tells one start of the server from another. */
  serverProcess(): Promise<string>;
  /** Something to undo before the installation goes. */
  onRemove(undo: () => Promise<unknown>): void;
  /** Ends and removes everything, the last first. */
  remove(): Promise<void>;
}

/** Takes about ten seconds. Remove it in `afterAll`. */
export async function install(options: InstallationOptions): Promise<Installation> {
  const undos: (() => Promise<unknown>)[] = [];
  const remove = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const undo of undos.splice(0).reverse()) await undo().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be removed.');
  };
  try {
    return await build(options, undos, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function build(
  { sizeMib, server: serverOptions, tool, ownFilesystemMib }: InstallationOptions,
  undos: (() => Promise<unknown>)[],
  remove: () => Promise<void>,
): Promise<Installation> {
  const temporary = await temporaryDirectory('e2e');
  undos.push(() => temporary.remove());
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(temporary.path, name));
    return join(temporary.path, name);
  };
  const s3 = await startS3Server();
  undos.push(() => s3.stop());
  const serverDir = await folder('server');
  if (ownFilesystemMib !== undefined) {
    const mounted = await mountTmpfs(join(serverDir, 'data'), ownFilesystemMib);
    undos.push(() => mounted.unmount());
  }
  const made = await tool?.make(await folder('tool'));
  const server = await startMysqlServer({
    ...(made?.mysqld === undefined ? {} : { mysqld: made.mysqld }),
    ...serverOptions,
    dir: serverDir,
    options: [...smallServer, ...(serverOptions?.options ?? [])],
  });
  undos.push(() => server.remove());
  await loadWorkload(server, { sizeMib });

  const dir = await folder('scratch');
  const host = { mysql: server, s3, scratch: dir, temporaryDir: await folder('tmp') };
  const place = new BackupPlace(
    { ...host, newPlace: () => Promise.reject(new Error('There is one only.')), stop: remove },
    await s3.createBucket(),
  );
  const toolPath = made === undefined ? await toolPathFromOutside(await folder('tool')) : made.toolPath;
  const running = new Set<RunningAction>();
  // A test that was given up leaves its action running.
  undos.push(() => Promise.all([...running].map((run) => run.cancel())));
  const start = async (action: Action, options: RunOptions = {}): Promise<RunningAction> => {
    const run = await startAction(actionOptions(action, options, place, toolPath));
    running.add(run);
    const end = (): boolean => running.delete(run);
    run.finished.then(end, end);
    return run;
  };
  return {
    server,
    place,
    dir,
    start,
    succeed: async (action, options) => {
      const result = await finish(await start(action, options), place);
      if (result.exitCode !== 0) throw new Error(`${action} failed:\n${withoutDetails(result)}`);
      return result;
    },
    fail: async (action, options) => failureOf(action, await finish(await start(action, options), place)),
    startWriters: async (options) => {
      const writers = await startWriters(server, options);
      // Those of a test that failed lose their server, and may say so.
      undos.push(() => writers.stop().catch(() => undefined));
      return writers;
    },
    serverProcess: () => readFile(join(server.dir, 'process'), 'utf8'),
    onRemove: (undo) => undos.push(undo),
    remove,
  };
}

/** A smaller redo log than the default, which every server that is started on restored data makes anew. */
export const smallServer = ['--loose-innodb-log-file-size=64M', '--loose-innodb-redo-log-capacity=64M'];

function actionOptions(
  action: Action,
  { inputs, env, at }: RunOptions,
  place: BackupPlace,
  toolPath: string | undefined,
): ActionOptions {
  const { mysql: server, temporaryDir } = place.host;
  const connection = { 'mysql-user': 'root', 'mysql-socket': server.socket };
  const usual: Record<Action, Record<string, string>> = {
    backup: { ...place.storeInputs, ...connection },
    prepare: place.storeInputs,
    apply: {
      ...place.storeInputs,
      ...connection,
      datadir: server.datadir,
      confirm: place.server,
      'stop-command': server.stopCommand,
      'start-command': server.startCommand,
    },
  };
  const { LD_LIBRARY_PATH } = process.env;
  return {
    action,
    inputs: { ...usual[action], ...(toolPath === undefined ? {} : { 'tool-path': toolPath }), ...inputs },
    env: {
      ...(action === 'apply' ? {} : place.credentials),
      ...(LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }),
      TMPDIR: temporaryDir,
      ...clockAt(at),
      ...env,
    },
  };
}

/** However an action ends: no process and no file of it is left. */
async function finish(run: RunningAction, place: BackupPlace): Promise<ActionResult> {
  const result = await run.finished;
  const left = [
    ...result.temporaryFiles,
    ...(await readdir(place.host.temporaryDir)),
    ...(await processesOf(run.marker)).map(({ pid, command }) => `process ${pid}: ${command}`),
  ];
  if (left.length > 0) throw new Error(`It left ${left.join(', ')}:\n${withoutDetails(result)}`);
  return result;
}

function failureOf(action: Action, result: ActionResult): Failure {
  const annotation = result.annotations.find(({ title }) => title === `xbackup ${action} failed`);
  const code = /^Code (\w+): /m.exec(annotation?.message ?? '')?.[1];
  if (result.exitCode === 1 && annotation !== undefined && code !== undefined) {
    return { code, text: annotation.message, result };
  }
  throw new Error(
    `${action} ended with ${String(result.exitCode)}, not with a failure:\n${withoutDetails(result)}`,
  );
}

/** The log as it is without the lines for debugging, among them all that the tools say. */
function withoutDetails({ log }: ActionResult): string {
  return log
    .split('\n')
    .filter((line) => !line.startsWith('##[debug]'))
    .join('\n');
}
