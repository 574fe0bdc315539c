import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gap } from '../chain/freshness.js';
import { chainTo, type Graph } from '../chain/links.js';
import { nextBackupId } from '../chain/backup-id.js';
import { manifestKey } from '../chain/layout.js';
import { sizeOf, type Manifest, type RunIdentity } from '../chain/manifest.js';
import { newestFull } from '../chain/newest-full.js';
import type { Plan } from '../chain/plan-backup.js';
import { toolSeries } from '../chain/tool-series.js';
import type { UserError } from '../errors.js';
import type { Log } from '../log.js';
import { resolveAccount, withSession, type Account, type ConnectionInputs } from '../mysql/connection.js';
import { datadirIdentity, sizeOfTree } from '../mysql/datadir.js';
import { readRedoLog } from '../mysql/redo.js';
import { describeServer } from '../mysql/server.js';
import type { EncryptionRequest } from '../pipeline/codecs.js';
import { ofDatadir, withHostLock } from '../pipeline/host-lock.js';
import { formatBytes, formatDuration } from '../report/format.js';
import { gapText } from '../report/gap.js';
import type { ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import type { BackupTool } from '../tools/backup-tool.js';
import type { ToolRequest } from '../tools/detect.js';
import { manifestOf, type Subject } from './backup-manifest.js';
import { findGap } from './gap.js';
import { knownBackups, planNext, rememberBackup, withMemory, type ChainMemory } from './known-backups.js';
import type { LeftoversNote } from './leftovers.js';
import { purposeOf } from './purpose.js';
import { requireReady } from './ready.js';
import { canKeepRedoLog, redoWarning } from './redo-watch.js';
import { reach } from './steps.js';
import { storeBackup } from './store-backup.js';
import { sweep } from './sweep.js';
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
  maxGapMinutes: number;
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
  /** For credentials that may not read the bucket. */
  memory?: ChainMemory | undefined;
}

export interface BackupResult {
  manifest: Manifest;
  manifestKey: string;
  reason: string;
  /** From the full to this backup; only this one where the others may not be read. */
  chain: readonly Manifest[];
  mayNotRead?: true;
  /** When it was too long ago that there was a good backup. */
  gap: Gap | undefined;
  /** Why the tries before this one failed. */
  failures: readonly UserError[];
}

/**
 * Takes one backup: a full, or an incremental on the last good one. Only what is proven good gets a manifest;
 * after a failure nothing of it is left.
 */
export async function backup(inputs: BackupInputs, context: BackupContext): Promise<BackupResult> {
  const { log } = context;
  const place: ServerPlace = { prefix: inputs.s3Prefix, server: inputs.server };
  const account = await resolveAccount(inputs);
  reach(log, 'backup', 'ask the server whether it is ready');
  const { tool, server } = await withSession(account, context.signal, (session) =>
    requireReady(session, inputs),
  );
  const lock = { dir: server.datadir, purpose: purposeOf('backup', context.run), codes: ofDatadir };
  reach(log, 'backup', 'take the lock of the datadir');
  return withHostLock(lock, async () => {
    reach(log, 'backup', 'sweep up after dead runs');
    await sweep(place, context, { oldUploads: true });
    return withMemory(context, (memory) =>
      withTries(inputs.tries, context, async (failures) => {
        const workDir = await mkdtemp(join(context.workDir, 'try-'));
        const once = await backupOnce(inputs, { ...context, memory, workDir }, { account, tool, failures });
        return { ...once, failures };
      }),
    );
  });
}

interface Ready {
  account: Account;
  tool: BackupTool;
  failures: readonly UserError[];
}

async function backupOnce(
  inputs: BackupInputs,
  context: BackupContext,
  { account, tool, failures }: Ready,
): Promise<Omit<BackupResult, 'failures'>> {
  const started = performance.now();
  const startedAt = context.now();
  const place: ServerPlace = { prefix: inputs.s3Prefix, server: inputs.server };
  reach(context.log, 'backup', 'look at the server');
  const { server, identity, redoLog } = await context.log.group('Look at the server', () =>
    examine(account, context),
  );

  reach(context.log, 'backup', 'read what backups there are');
  const known = await knownBackups(place, inputs, startedAt, context);
  const { graph, takenIds, blind } = known;
  const plan = planNext(known, {
    server: { ...server, datadirIdentity: identity },
    tool: { name: tool.name, version: tool.version, series: toolSeries(tool.name, tool.version) },
    request: inputs,
    now: startedAt,
  });
  const id = nextBackupId(startedAt, inputs.timezone, takenIds);
  context.log.info(
    `${id} will be ${plan.type === 'full' ? 'a full backup' : 'an incremental'}: ${plan.reason}.`,
  );
  const gap = await findGap(
    { place, graph, remembered: blind?.head, startedAt, maxMinutes: inputs.maxGapMinutes },
    context,
  );
  if (gap !== undefined && failures.length === 0) context.log.warning(`No good backup for ${gapText(gap)}.`);

  const dataBytes = await sizeOfTree(server.datadir);
  const before = plan.type === 'full' ? newestFull(graph) : plan.base.manifest;
  const warning = redoLog && redoWarning({ redoLog, lsn: server.lsn, now: startedAt, before, dataBytes });
  if (warning !== undefined) context.log.warning(warning);
  const isAtRisk = warning !== undefined || failures.some(({ code }) => code === 'REDO_OVERWRITTEN');
  const keepRedoLog = isAtRisk && canKeepRedoLog(tool, server.version);

  const encryption = encryptionOf(inputs);
  const subject: Subject = { name: inputs.server, server, identity, tool, startedAt, id, plan, encryption };
  const stored = await context.log.group(`Back up with ${tool.name} ${tool.version}`, () =>
    storeBackup(subject, { account, keepRedoLog, dataBytes }, inputs, context),
  );
  const manifest = manifestOf(subject, stored, {
    finishedAt: context.now(),
    durationSeconds: (performance.now() - started) / 1000,
    run: context.run,
  });
  const key = manifestKey(place.prefix, place.server, id);
  reach(context.log, 'backup', 'write the manifest');
  await writeManifest(context.repository, key, manifest, context);
  reach(context.log, 'backup', 'tell of the good backup');
  await rememberBackup(known, manifest, context);
  context.log.info(
    `Stored ${formatBytes(sizeOf(stored.objects))} (${formatBytes(manifest.streamBytes)} before compression) ` +
      `in ${formatDuration(manifest.durationSeconds)}: LSN ${manifest.lsn.from} to ${manifest.lsn.to}.`,
  );
  const chain = [...chainOf(graph, plan), manifest];
  const result = { manifest, manifestKey: key, reason: plan.reason, chain, gap };
  return blind === undefined ? result : { ...result, mayNotRead: true };
}

function examine(account: Account, { log, signal }: BackupContext) {
  return withSession(account, signal, async (session) => {
    const server = await describeServer(session);
    const identity = await datadirIdentity(server);
    log.info(`${server.flavor} ${server.version}, datadir ${server.datadir}, LSN ${server.lsn}`);
    const redoLog = await readRedoLog(session).catch(() => undefined);
    return { server, identity, redoLog };
  });
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
