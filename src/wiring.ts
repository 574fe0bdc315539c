import type { RunIdentity } from './chain/manifest.js';
import { longestDays } from './chain/period.js';
import { cancelled } from './errors.js';
import type { Inputs } from './inputs/parse.js';
import type { Log } from './log.js';
import { apply, rollBackKilled } from './operations/apply.js';
import type { ApplyResult } from './operations/apply-result.js';
import { backup, type BackupResult } from './operations/backup.js';
import { check } from './operations/check.js';
import type { CheckResult } from './operations/check-result.js';
import type { ChainMemory } from './operations/known-backups.js';
import type { LeftoversNote } from './operations/leftovers.js';
import { list, type ListResult } from './operations/list.js';
import { prepare, type PrepareResult } from './operations/prepare.js';
import { prune } from './operations/prune.js';
import type { PruneResult } from './operations/prune-result.js';
import type { RestoreProgress } from './operations/restore-progress.js';
import { standBack } from './pipeline/priority.js';
import type { S3Settings } from './repository/connection.js';
import type { Repository } from './repository/repository.js';

/** What the edge, GitHub or a terminal, gives to an operation. */
export interface Edge {
  log: Log;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
  note: LeftoversNote;
  /** Where private directories may be made. */
  temporaryDir: string;
  /** Which workflow run this is, on GitHub. */
  run: RunIdentity | undefined;
  /** What one backup can leave for the next outside of the bucket; the command line has nothing for that. */
  memory?: ChainMemory | undefined;
}

type StoreInputs = Inputs<'list'>;
type StoreEdge = Pick<Edge, 'log' | 'signal'>;
type StoreSettings = Pick<StoreInputs, 's3Bucket' | 's3Region' | 's3Endpoint' | 's3PathStyle'> &
  Partial<Pick<Inputs<'backup'>, 'sse' | 'sseKmsKeyId' | 'maxParts' | 'objectLockDays' | 'fullEvery'>>;

/** The S3 client is loaded here: apply, and whoever asks for help, does not wait for it. */
export async function openRepository(inputs: StoreSettings, edge: StoreEdge): Promise<Repository> {
  const { createS3Repository } = await import('./repository/s3.js');
  return createS3Repository(s3Settings(inputs, edge));
}

/** For the first line of a log: said before anything is asked or loaded. */
function placeOf({ s3Bucket, s3Prefix }: Pick<StoreInputs, 's3Bucket' | 's3Prefix'>): string {
  return `s3://${s3Bucket}/${s3Prefix}`;
}

function s3Settings(inputs: StoreSettings, { log, signal }: StoreEdge): S3Settings {
  return {
    bucket: inputs.s3Bucket,
    region: inputs.s3Region,
    endpoint: inputs.s3Endpoint,
    pathStyle: inputs.s3PathStyle,
    sse: inputs.sse,
    sseKmsKeyId: inputs.sseKmsKeyId,
    maxParts: inputs.maxParts,
    retentionDays: retentionDays(inputs),
    log,
    signal,
  };
}

/** A link is worth nothing without those before it: so each is kept for the length of its period longer. */
function retentionDays({ objectLockDays, fullEvery = 'month' }: StoreSettings): number | undefined {
  return objectLockDays === undefined ? undefined : objectLockDays + longestDays[fullEvery];
}

export async function runBackup(inputs: Inputs<'backup'>, edge: Edge): Promise<BackupResult> {
  edge.log.info(`Backing up ${inputs.server} to ${placeOf(inputs)}.`);
  standBack(inputs.nice);
  const repository = await openRepository(inputs, edge);
  return orCancelled(edge.signal, () =>
    edge.note.withWorkDir(edge.temporaryDir, (workDir) =>
      backup(inputs, { ...edge, memory: edge.memory, repository, workDir, now }),
    ),
  );
}

export async function runPrepare(inputs: Inputs<'prepare'>, edge: Edge): Promise<PrepareResult> {
  edge.log.info(`Looking for the backups of ${inputs.server} in ${placeOf(inputs)}.`);
  const repository = await openRepository(inputs, edge);
  return orCancelled(edge.signal, () =>
    edge.note.withWorkDir(edge.temporaryDir, (workDir) =>
      prepare(inputs, { ...edge, repository, workDir, now }),
    ),
  );
}

export async function runCheck(inputs: Inputs<'check'>, edge: Edge): Promise<CheckResult> {
  const repository = await openRepository(inputs, edge);
  const { inspectStore } = await import('./repository/inspect.js');
  return orCancelled(edge.signal, () =>
    check(inputs, {
      ...edge,
      repository,
      inspectStore: (place) => inspectStore(s3Settings(inputs, edge), place),
    }),
  );
}

export async function runPrune(inputs: Inputs<'prune'>, edge: Edge): Promise<PruneResult> {
  const repository = await openRepository(inputs, edge);
  return orCancelled(edge.signal, () => prune(inputs, { ...edge, repository, now }));
}

export async function runList(inputs: Inputs<'list'>, edge: Edge): Promise<ListResult> {
  const repository = await openRepository(inputs, edge);
  return orCancelled(edge.signal, () => list(inputs, { repository, now: now() }));
}

export async function runApply(inputs: Inputs<'apply'>, edge: Edge): Promise<ApplyResult> {
  const label = now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  return edge.note.withWorkDir(edge.temporaryDir, (workDir) => apply(inputs, { ...edge, workDir, label }));
}

/** See `rollBackKilled`. */
export async function runRollBack(
  inputs: Inputs<'apply'>,
  progress: RestoreProgress,
  edge: Edge,
): Promise<string> {
  const { label } = progress;
  return edge.note.withWorkDir(edge.temporaryDir, (workDir) =>
    rollBackKilled(inputs, progress, { ...edge, workDir, label }),
  );
}

/** After a cancel it does not matter how the broken off work failed. */
async function orCancelled<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? cancelled(error) : error;
  }
}

function now(): Date {
  return new Date();
}
