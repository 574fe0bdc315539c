import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cancelled, messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { resolveAccount, type Account, type ConnectionInputs } from '../mysql/connection.js';
import { freeBytes, inspectDatadir, type Datadir } from '../mysql/datadir-swap.js';
import { Service, serviceCommands } from '../mysql/service.js';
import { isSameFilesystem } from '../mysql/filesystem.js';
import { requireDataInDatadir } from '../mysql/layout.js';
import { findTool, wantedFor, type ToolRequest } from '../tools/detect.js';
import { ApplyFailure, type ApplyResult } from './apply-result.js';
import type { LeftoversNote } from './leftovers.js';
import { readPrepared, requireComplete, type Prepared } from './prepared.js';
import { Replacement } from './replacement.js';
import type { RestoreProgress } from './restore-progress.js';

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
}

/**
 * Puts prepared data into the datadir and starts the server, or puts everything back as it was.
 * @throws UserError before anything was touched; ApplyFailure afterwards.
 */
export async function apply(inputs: ApplyInputs, context: ApplyContext): Promise<ApplyResult> {
  const started = performance.now();
  const prepared = await readPrepared(inputs.preparedDir);
  requireConfirmation(inputs.confirm, prepared);
  const tool = await findTool(inputs, wantedFor(prepared.mysql));
  await context.log.group('Check the prepared data', () =>
    requireComplete(inputs.preparedDir, prepared, tool),
  );
  const datadir = await inspectDatadir(inputs.datadir);
  const preparedData = join(inputs.preparedDir, prepared.dataDir);
  const isRename = await isSameFilesystem(preparedData, datadir.path);
  const method = inputs.method === 'auto' ? (isRename ? 'move-back' : 'copy-back') : inputs.method;
  // To another filesystem, moving is copying too.
  if (method === 'copy-back' || !isRename) await requireSpace(prepared, datadir);
  await requireApart(preparedData, datadir);
  await requireRights(datadir);
  const account = await resolveAccount(inputs);
  const service = await serviceOf(inputs, context, datadir, account);
  const wasRunning = await service.isRunning();
  await requireDataInDatadir(account, datadir.path);
  if (context.signal.aborted) throw cancelled();

  const replacement = new Replacement({ service, datadir, method, wasRunning }, context);
  try {
    const owner = inputs.owner ?? datadir.owner;
    const serverVersion = await replacement.carryOut({ tool, preparedData, owner });
    const { steps, oldDatadir } = replacement;
    const durationSeconds = (performance.now() - started) / 1000;
    return { prepared, datadir: datadir.path, method, steps, oldDatadir, serverVersion, durationSeconds };
  } catch (error) {
    throw await undo(replacement, error, { prepared, datadir });
  }
}

/**
 * Goes the way back for an apply that was killed: a runner that cancels does so after ten seconds, and to stop and
 * start a server may take longer. Returns what was done.
 */
export async function rollBackKilled(
  inputs: ApplyInputs,
  { step, datadir, method, wasRunning }: RestoreProgress,
  context: ApplyContext,
): Promise<string> {
  const service = await serviceOf(inputs, context, datadir, await resolveAccount(inputs));
  const plan = { service, datadir, method, wasRunning };
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
async function requireRights(datadir: Datadir): Promise<void> {
  const self = process.getuid?.() ?? 0;
  if (self === 0) return;
  const isOwner = !datadir.exists || datadir.owner.startsWith(`${self}:`);
  const mayWrite = await access(datadir.exists ? datadir.path : dirname(datadir.path), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (isOwner && mayWrite) return;
  throw new UserError(
    'DATADIR_UNSUITABLE',
    `The user that runs this (uid ${self}) may not replace ${datadir.path}, which belongs to ${datadir.owner}.`,
    'Nothing was changed. Run apply as root or as the owner of the datadir.',
  );
}

async function requireSpace(prepared: Prepared, datadir: Datadir): Promise<void> {
  const needed = Math.ceil(prepared.inventory.bytes * 1.05);
  const free = await freeBytes(datadir.path);
  if (free >= needed) return;
  throw new UserError(
    'DISK_TOO_SMALL',
    `The copy needs ${needed} bytes beside the old data, and the filesystem of ${datadir.path} has ${free} free.`,
    'Nothing was changed. Free space, or prepare on the same filesystem as the datadir: then files are moved.',
  );
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
