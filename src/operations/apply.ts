import { constants } from 'node:fs';
import { access, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunIdentity } from '../chain/manifest.js';
import { cancelled, messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { readServerUuid } from '../mysql/carry-over.js';
import { resolveAccount, type Account, type ConnectionInputs } from '../mysql/connection.js';
import { freeBytes, inspectDatadir, type Datadir } from '../mysql/datadir-swap.js';
import { Service, serviceCommands } from '../mysql/service.js';
import { isSameFilesystem } from '../mysql/filesystem.js';
import { findLayout } from '../mysql/layout.js';
import { ofDatadir, ofTargetDir, withHostLock } from '../pipeline/host-lock.js';
import { findTool, wantedFor, type ToolRequest } from '../tools/detect.js';
import { ApplyFailure, type ApplyResult } from './apply-result.js';
import type { LeftoversNote } from './leftovers.js';
import { listFiles, readPrepared, requireComplete, type Prepared } from './prepared.js';
import { purposeOf } from './purpose.js';
import { Replacement } from './replacement.js';
import type { RestoreProgress } from './restore-progress.js';
import { findTarget, type RestoreTarget } from './restore-target.js';

export interface ApplyInputs extends ConnectionInputs, ToolRequest {
  preparedDir: string;
  datadir: string;
  confirm: string;
  method: 'auto' | 'move-back' | 'copy-back';
  stopCommand: string | undefined;
  startCommand: string | undefined;
  owner: string | undefined;
  startTimeoutSeconds: number;
}

export interface ApplyContext {
  log: Log;
  signal: AbortSignal;
  /** A private directory for scratch, removed by the caller. */
  workDir: string;
  note: LeftoversNote;
  /** Names what is set aside: the time, as in `20261122T013000Z`. */
  label: string;
  run: RunIdentity | undefined;
}

/**
 * Puts prepared data into the datadir and starts the server, or puts everything back as it was.
 * @throws UserError before anything was touched; ApplyFailure afterwards.
 */
export async function apply(inputs: ApplyInputs, context: ApplyContext): Promise<ApplyResult> {
  const prepared = await readPrepared(inputs.preparedDir);
  requireConfirmation(inputs.confirm, prepared);
  const datadir = await inspectDatadir(inputs.datadir);
  const purpose = purposeOf('restore', context.run);
  const work = () => applyAlone(inputs, context, { prepared, datadir });
  return withHostLock({ dir: inputs.preparedDir, purpose, codes: ofTargetDir }, () =>
    datadir.exists ? withHostLock({ dir: datadir.path, purpose, codes: ofDatadir }, work) : work(),
  );
}

async function applyAlone(
  inputs: ApplyInputs,
  context: ApplyContext,
  { prepared, datadir }: { prepared: Prepared; datadir: Datadir },
): Promise<ApplyResult> {
  const started = performance.now();
  const tool = await findTool(inputs, wantedFor(prepared.mysql));
  await context.log.group('Check the prepared data', () =>
    requireComplete(inputs.preparedDir, prepared, tool),
  );
  const preparedData = join(inputs.preparedDir, prepared.dataDir);
  await requireApart(preparedData, datadir);
  const account = await resolveAccount(inputs);
  const service = await serviceOf(inputs, context, datadir, account);
  const wasRunning = await service.isRunning();
  const target = await lookAround(inputs, { prepared, preparedData, datadir, account, log: context.log });
  const isRename = await isSameFilesystem(preparedData, datadir.path);
  const method = inputs.method === 'auto' ? (isRename ? 'move-back' : 'copy-back') : inputs.method;
  await requireSpace(preparedData, target, method);
  await requireRights(target);
  if (context.signal.aborted) throw cancelled();

  const { outside, destination, ownFiles } = target;
  const replacement = new Replacement({ service, datadir, outside, method, wasRunning }, context);
  try {
    const owner = inputs.owner ?? datadir.owner;
    const oldServerUuid = await readServerUuid(datadir.path);
    const defaultsFile = await toolDefaultsFile(target, context.workDir);
    const newData = { tool, preparedData, owner, defaultsFile, destination, ownFiles };
    const serverVersion = await replacement.carryOut(newData);
    return {
      prepared,
      datadir: datadir.path,
      method,
      steps: replacement.steps,
      oldData: replacement.oldData,
      carriedOver: replacement.carriedOver,
      serverUuid: { before: oldServerUuid, now: await readServerUuid(datadir.path) },
      notes: target.notes,
      serverVersion,
      durationSeconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    throw await undo(replacement, error, { prepared, datadir });
  }
}

/** Where the server keeps its data, and so what is replaced. */
async function lookAround(
  inputs: ApplyInputs,
  {
    prepared,
    preparedData,
    datadir,
    account,
    log,
  }: { prepared: Prepared; preparedData: string; datadir: Datadir; account: Account; log: Log },
): Promise<RestoreTarget> {
  const layout = await findLayout({
    account,
    datadir: datadir.path,
    defaultsFile: inputs.mysqlDefaultsFile,
    recorded: prepared.mysql,
  });
  const target = await findTarget(prepared, preparedData, datadir, layout);
  for (const { path } of target.outside) log.info(`By ${layout.source}, a part of the data is in ${path}.`);
  for (const note of target.notes) log.info(note);
  return target;
}

/** Its groups are read by all tools. It holds no password, since a restore needs none. */
async function toolDefaultsFile({ toolOptions }: RestoreTarget, dir: string): Promise<string | undefined> {
  if (toolOptions === undefined) return undefined;
  const path = join(dir, 'restore.cnf');
  await writeFile(path, toolOptions, { mode: 0o600, flag: 'wx' });
  return path;
}

/**
 * Goes the way back for an apply that was killed: a runner that cancels does so after ten seconds, and to stop and
 * start a server may take longer. Returns what was done.
 */
export async function rollBackKilled(
  inputs: ApplyInputs,
  { step, datadir, outside, method, wasRunning }: RestoreProgress,
  context: ApplyContext,
): Promise<string> {
  const service = await serviceOf(inputs, context, datadir, await resolveAccount(inputs));
  const plan = { service, datadir, outside, method, wasRunning };
  const replacement = await Replacement.afterKill(plan, context, step);
  return await replacement.rollBack();
}

async function undo(
  replacement: Replacement,
  error: unknown,
  { prepared, datadir }: { prepared: Prepared; datadir: Datadir },
): Promise<unknown> {
  if (!(await replacement.hasChanged())) return error;
  const details = { steps: replacement.steps, prepared, datadir: datadir.path };
  try {
    const remains = await replacement.rollBack();
    return new ApplyFailure(
      { ...details, rolledBack: true },
      `The restore of ${prepared.backupId} failed: ${asSentence(error)} ${remains}`.trimEnd(),
      error instanceof UserError ? error.hint : 'The cause is in the log. Correct it, and run apply again.',
      error,
    );
  } catch (failure) {
    return new ApplyFailure(
      { ...details, rolledBack: false },
      `The restore of ${prepared.backupId} failed: ${asSentence(error)} ` +
        `And putting everything back failed: ${asSentence(failure)} ${replacement.whereThingsAre()}`,
      'Nothing was deleted. Stop the server, move the old data back to the datadir, and start the server.',
      new AggregateError([error, failure]),
    );
  }
}

function asSentence(error: unknown): string {
  return messageOf(error).replace(/[^.]$/, '$&.');
}

function requireConfirmation(confirm: string, prepared: Prepared): void {
  if (confirm === prepared.server) return;
  throw new UserError(
    'CONFIRM_MISMATCH',
    `The confirmation «${confirm}» is not the name of the server of this backup, «${prepared.server}».`,
    'Nothing was changed. Type the name of the server whose backup you want to put in place.',
  );
}

/** The inputs are compared as text; symlinks are resolved here. */
async function requireApart(preparedData: string, datadir: Datadir): Promise<void> {
  const real = await realpath(preparedData);
  const isWithin = (path: string, dir: string) => `${path}/`.startsWith(`${dir}/`);
  if (!isWithin(real, datadir.path) && !isWithin(datadir.path, real)) return;
  throw new UserError(
    'DATADIR_UNSUITABLE',
    `The prepared data in ${real} and the datadir ${datadir.path} are one within the other.`,
    'Nothing was changed. Prepare into a directory outside of the datadir.',
  );
}

/** Found out now, not when the server is stopped already. */
async function requireRights({ datadir, outside }: RestoreTarget): Promise<void> {
  const self = process.getuid?.() ?? 0;
  if (self === 0) return;
  const mayWrite = async ({ path, exists }: { path: string; exists: boolean }) =>
    access(exists ? path : dirname(path), constants.W_OK).then(
      () => true,
      () => false,
    );
  const isOwner = !datadir.exists || datadir.owner.startsWith(`${self}:`);
  for (const place of [datadir, ...outside]) {
    if (isOwner && (await mayWrite(place))) continue;
    throw new UserError(
      'DATADIR_UNSUITABLE',
      `The user that runs this (uid ${self}) may not replace the data in ${place.path}; the datadir belongs to ${datadir.owner}.`,
      'Nothing was changed. Run apply as root or as the owner of the datadir.',
    );
  }
}

/** To another filesystem, moving is copying too. */
async function requireSpace(
  preparedData: string,
  { datadir, outside, destination }: RestoreTarget,
  method: 'move-back' | 'copy-back',
): Promise<void> {
  const { dev } = await stat(preparedData);
  const copied = new Map<number, number>();
  for (const { path, sizeBytes } of await listFiles(preparedData)) {
    const device = destination.deviceOf(path);
    if (method === 'copy-back' || device !== dev) copied.set(device, (copied.get(device) ?? 0) + sizeBytes);
  }
  for (const [device, bytes] of copied) {
    const path = [datadir, ...outside].find((place) => place.device === device)?.path ?? datadir.path;
    const needed = Math.ceil(bytes * 1.05);
    const free = await freeBytes(path);
    if (free >= needed) continue;
    throw new UserError(
      'DISK_TOO_SMALL',
      `The copy needs ${needed} bytes beside the old data, and the filesystem of ${path} has ${free} free.`,
      'Nothing was changed. Free space, or prepare on the same filesystem as the datadir: then files are moved.',
    );
  }
}

async function serviceOf(
  inputs: ApplyInputs,
  context: ApplyContext,
  datadir: Datadir,
  account: Account,
): Promise<Service> {
  return new Service({
    account,
    datadir: datadir.path,
    commands: await serviceCommands(inputs.stopCommand, inputs.startCommand),
    timeoutSeconds: inputs.startTimeoutSeconds,
    workDir: context.workDir,
    onStart: (processId) => context.note.processStarts(processId),
  });
}
