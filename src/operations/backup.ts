import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildGraph, chainTo, type Graph } from '../chain/links.js';
import { nextBackupId } from '../chain/backup-id.js';
import { manifestKey, objectKey } from '../chain/layout.js';
import { sizeOf, type Manifest, type RunIdentity } from '../chain/manifest.js';
import { newestFull } from '../chain/newest-full.js';
import { firstDateOfPeriod } from '../chain/period.js';
import { planBackup, type Plan } from '../chain/plan-backup.js';
import { toolSeries } from '../chain/tool-series.js';
import type { UserError } from '../errors.js';
import type { Log } from '../log.js';
import {
  connect,
  defaultsFileFor,
  resolveAccount,
  type Account,
  type ConnectionInputs,
} from '../mysql/connection.js';
import { datadirIdentity, sizeOfTree } from '../mysql/datadir.js';
import { readRedoLog } from '../mysql/redo.js';
import { describeServer } from '../mysql/server.js';
import type { EncryptionRequest } from '../pipeline/codecs.js';
import { throttle, type Meter } from '../pipeline/meter.js';
import { formatBytes, formatDuration } from '../report/format.js';
import { listDays, loadDays, type ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import type { ToolRequest } from '../tools/detect.js';
import { manifestOf, type StoredBackup, type Subject } from './backup-manifest.js';
import { BackupStream, inconsistent } from './backup-stream.js';
import type { LeftoversNote } from './leftovers.js';
import { withProgress } from './progress.js';
import { requireReady } from './ready.js';
import { canKeepRedoLog, redoWarning } from './redo-watch.js';
import { storeStream, type StoreOptions } from './store-stream.js';
import { withTries } from './tries.js';
import { writeManifest } from './write-manifest.js';

export interface BackupInputs extends ConnectionInputs, ToolRequest {
  s3Prefix: string;
  server: string;
  type: 'auto' | 'full' | 'incremental';
  fullEvery: 'day' | 'week' | 'month';
  timezone: string;
  parallel: number;
  compressLevel: number;
  compressThreads: number;
  encryptRecipients: readonly string[] | undefined;
  encryptPassphrase: string | undefined;
  maxUploadMibPerSecond: number | undefined;
  extraArgs: readonly string[] | undefined;
  tries: number;
}

export interface BackupContext {
  repository: Repository;
  log: Log;
  signal: AbortSignal;
  /** A private directory, removed by the caller. */
  workDir: string;
  note: LeftoversNote;
  now: () => Date;
  run: RunIdentity | undefined;
}

export interface BackupResult {
  manifest: Manifest;
  manifestKey: string;
  reason: string;
  /** From the full to this backup. */
  chain: readonly Manifest[];
  /** Why the tries before this one failed. */
  failures: readonly UserError[];
}

/**
 * Takes one backup: a full, or an incremental on the last good one. Only what is proven good gets a manifest;
 * after a failure nothing of it is left.
 */
export async function backup(inputs: BackupInputs, context: BackupContext): Promise<BackupResult> {
  return withTries(inputs.tries, context, async (failures) => {
    const workDir = join(context.workDir, `try-${failures.length + 1}`);
    await mkdir(workDir, { mode: 0o700 });
    return { ...(await backupOnce(inputs, { ...context, workDir }, failures)), failures };
  });
}

async function backupOnce(
  inputs: BackupInputs,
  context: BackupContext,
  failures: readonly UserError[],
): Promise<Omit<BackupResult, 'failures'>> {
  const started = performance.now();
  const startedAt = context.now();
  const place: ServerPlace = { prefix: inputs.s3Prefix, server: inputs.server };
  const account = await resolveAccount(inputs);
  const { tool, server, identity, redoLog } = await context.log.group('Look at the server', () =>
    examine(account, inputs, context),
  );

  const { graph, takenIds } = await loadPeriod(context.repository, place, inputs, startedAt);
  const plan = planBackup({
    graph,
    server: { ...server, datadirIdentity: identity },
    tool: { name: tool.name, version: tool.version, series: toolSeries(tool.name, tool.version) },
    request: inputs,
    now: startedAt,
  });
  const id = nextBackupId(startedAt, inputs.timezone, takenIds);
  context.log.info(
    `${id} will be ${plan.type === 'full' ? 'a full backup' : 'an incremental'}: ${plan.reason}.`,
  );

  // All files of the datadir, uncompressed: more than any backup of it can be.
  const dataBytes = await sizeOfTree(server.datadir);
  const before = plan.type === 'full' ? newestFull(graph) : plan.base.manifest;
  const warning = redoLog && redoWarning({ redoLog, lsn: server.lsn, now: startedAt, before, dataBytes });
  if (warning !== undefined) context.log.warning(warning);
  const isAtRisk = warning !== undefined || failures.some(({ code }) => code === 'REDO_OVERWRITTEN');
  const keepRedoLog = isAtRisk && canKeepRedoLog(tool, server.version);

  const encryption = encryptionOf(inputs);
  const subject: Subject = { name: inputs.server, server, identity, tool, startedAt, id, plan, encryption };
  const stored = await context.log.group(`Back up with ${tool.name} ${tool.version}`, () =>
    store(subject, { account, keepRedoLog, dataBytes }, inputs, context),
  );
  const manifest = manifestOf(subject, stored, {
    finishedAt: context.now(),
    durationSeconds: (performance.now() - started) / 1000,
    run: context.run,
  });
  const key = manifestKey(place.prefix, place.server, id);
  await writeManifest(context.repository, key, manifest, context.signal);
  context.log.info(
    `Stored ${formatBytes(sizeOf(stored.objects))} (${formatBytes(manifest.streamBytes)} before compression) ` +
      `in ${formatDuration(manifest.durationSeconds)}: LSN ${manifest.lsn.from} to ${manifest.lsn.to}.`,
  );
  return { manifest, manifestKey: key, reason: plan.reason, chain: [...chainOf(graph, plan), manifest] };
}

async function examine(account: Account, inputs: BackupInputs, { log, signal }: BackupContext) {
  const session = await connect(account, signal);
  try {
    const tool = await requireReady(session, inputs);
    const server = await describeServer(session);
    const identity = await datadirIdentity(server);
    log.info(`${server.flavor} ${server.version}, datadir ${server.datadir}, LSN ${server.lsn}`);
    const redoLog = await readRedoLog(session).catch(() => undefined);
    return { tool, server, identity, redoLog };
  } finally {
    await session.close();
  }
}

/** The backups of this period; one day more, since another time zone may have named them. */
async function loadPeriod(
  repository: Repository,
  place: ServerPlace,
  { timezone, fullEvery }: BackupInputs,
  startedAt: Date,
) {
  const first = firstDateOfPeriod(startedAt, timezone, fullEvery);
  const from = new Date(Date.parse(`${first}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  const days = (await listDays(repository, place)).filter((day) => day >= from);
  const catalog = await loadDays(repository, place, days);
  return { graph: buildGraph({ ...place, ...catalog }), takenIds: catalog.takenIds };
}

/** Streams the backup into the store. The object appears only when every check of the stream has passed. */
async function store(
  { server, identity, tool, id, plan, encryption }: Subject,
  { account, keepRedoLog, dataBytes }: { account: Account; keepRedoLog: boolean; dataBytes: number },
  inputs: BackupInputs,
  context: BackupContext,
): Promise<StoredBackup> {
  const { repository, log, signal, workDir, note } = context;
  const stream = new BackupStream({
    tool,
    defaultsFile: await defaultsFileFor(inputs, account, workDir),
    fromLsn: plan.type === 'incremental' ? plan.base.manifest.lsn.to : undefined,
    parallel: inputs.parallel,
    keepRedoLog,
    extraArguments: inputs.extraArgs ?? [],
    compressLevel: inputs.compressLevel,
    compressThreads: inputs.compressThreads,
    encryption,
    workDir,
    requireSameServer: async () => {
      if ((await datadirIdentity(server)) === identity) return;
      throw inconsistent('the datadir was replaced while it was backed up');
    },
  });
  const ended = new AbortController();
  const output = stream.read({
    log,
    signal: AbortSignal.any([signal, ended.signal]),
    onStart: (processId) => note.processStarts(processId),
  });
  const limit = inputs.maxUploadMibPerSecond;
  const paced = limit === undefined ? output : throttle(output, limit * 1024 * 1024);
  const meters: Meter[] = [];
  const options: StoreOptions = {
    expectedSizeBytes: dataBytes,
    signal,
    log,
    keyOf: (index) => objectKey(inputs.s3Prefix, inputs.server, id, encryption.method, index),
    onUpload: (key, meter) => {
      note.uploadBegins(key);
      meters.push(meter);
    },
  };
  try {
    const objects = await withProgress(log, 'Stored', meters, () => storeStream(repository, paced, options));
    return { objects, facts: stream.facts, compressLevel: inputs.compressLevel };
  } finally {
    // When the store failed, the programs may still wait to be read from.
    ended.abort();
    await output.return();
  }
}

function encryptionOf({ encryptRecipients, encryptPassphrase }: BackupInputs): EncryptionRequest {
  if (encryptRecipients !== undefined) return { method: 'age', recipients: encryptRecipients };
  if (encryptPassphrase !== undefined) return { method: 'gpg', passphrase: encryptPassphrase };
  return { method: 'none' };
}

function chainOf(graph: Graph, plan: Plan): Manifest[] {
  if (plan.type === 'full') return [];
  return chainTo(graph, plan.base.id).flatMap(({ manifest }) => manifest ?? []);
}
