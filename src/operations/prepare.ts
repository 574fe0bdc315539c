import { writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Manifest, RunIdentity } from '../chain/manifest.js';
import { buildGraph } from '../chain/links.js';
import { planRestore } from '../chain/plan-restore.js';
import { toolSeries } from '../chain/tool-series.js';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { freeBytes } from '../mysql/datadir-swap.js';
import type { DecryptionKeys } from '../pipeline/codecs.js';
import { formatBytes } from '../report/format.js';
import { listDays, loadDays, type ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import type { BackupTool } from '../tools/backup-tool.js';
import { readCheckpoints } from '../tools/checkpoints.js';
import { ofTargetDir, withHostLock } from '../pipeline/host-lock.js';
import { findTool, wantedFor, type ToolRequest } from '../tools/detect.js';
import { applyChain, linksAhead, linksAtOnce, prepareFailed } from './apply-chain.js';
import { whileInUse } from './in-use.js';
import type { LeftoversNote } from './leftovers.js';
import { takeInventory, writePrepared, type Prepared } from './prepared.js';
import { purposeOf } from './purpose.js';
import { reach } from './steps.js';
import { sweep } from './sweep.js';
import { claimTargetDir, emptyTargetDir, makeTargetDir } from './target-dir.js';

export interface PrepareInputs extends ToolRequest {
  s3Prefix: string;
  server: string;
  date: string;
  hour: string | undefined;
  targetDir: string;
  useMemory: string | undefined;
  parallel: number;
  decryptIdentity: string | undefined;
  decryptPassphrase: string | undefined;
  extraArgs: readonly string[] | undefined;
}

export interface PrepareContext {
  repository: Repository;
  log: Log;
  signal: AbortSignal;
  workDir: string;
  note: LeftoversNote;
  now: () => Date;
  run: RunIdentity | undefined;
}

export interface PrepareResult {
  prepared: Prepared;
  preparedDir: string;
  chain: readonly Manifest[];
  durationSeconds: number;
}

/**
 * Brings a chain back to where one backup was: downloads and verifies its links, applies them in order, and
 * leaves data that a server can start on, with `prepared.json` beside it.
 */
export async function prepare(inputs: PrepareInputs, context: PrepareContext): Promise<PrepareResult> {
  const started = performance.now();
  const { log } = context;
  const place: ServerPlace = { prefix: inputs.s3Prefix, server: inputs.server };
  await sweep(place, context, { oldUploads: false });
  reach(log, 'prepare', 'choose the chain');
  const chain = await chooseChain(inputs, context.repository);
  const last = chain.at(-1) as Manifest;
  log.info(`Restoring ${last.id} of ${last.server}: ${chain.map(({ id }) => id).join(' → ')}`);
  const tool = await findTool(inputs, wantedFor(last.mysql));
  requireSameSeries(tool, chain);
  warnOfPlain(chain, inputs, log);
  const keys = await decryptionKeys(inputs, context.workDir);

  // Only now: a wish that cannot be fulfilled makes no directory.
  reach(log, 'prepare', 'take the target directory');
  await makeTargetDir(inputs.targetDir);
  const purpose = purposeOf('prepare', context.run);
  const prepared = await withHostLock({ dir: inputs.targetDir, purpose, codes: ofTargetDir }, () =>
    bringBack(chain, inputs, context, { tool, keys, place }),
  );
  const durationSeconds = (performance.now() - started) / 1000;
  return { prepared, preparedDir: inputs.targetDir, chain, durationSeconds };
}

interface Means {
  tool: BackupTool;
  keys: DecryptionKeys;
  place: ServerPlace;
}

async function bringBack(
  chain: readonly Manifest[],
  inputs: PrepareInputs,
  context: PrepareContext,
  { tool, keys, place }: Means,
): Promise<Prepared> {
  const { log } = context;
  const last = chain.at(-1) as Manifest;
  reach(log, 'prepare', 'empty the target directory');
  await claimTargetDir(inputs.targetDir, log);
  await requireSpace(chain, inputs.targetDir);

  const onStart = (processId: number) => context.note.processStarts(processId);
  reach(log, 'prepare', 'mark the chain as in use');
  const dataDir = await whileInUse(last.chain, place, context, () =>
    applyChain(chain, { ...inputs, linksAtOnce: linksAtOnce() }, { ...context, tool, keys, onStart }).catch(
      async (error: unknown) => {
        // What is half done is worth nothing and may be decrypted data.
        await emptyTargetDir(inputs.targetDir);
        throw error;
      },
    ),
  );
  context.signal.throwIfAborted();
  reach(log, 'prepare', 'check the prepared data');
  await requireEndOfChain(dataDir, last, tool);
  const prepared = await describe(chain, inputs.targetDir, dataDir, context.now());
  reach(log, 'prepare', 'write prepared.json');
  await writePrepared(inputs.targetDir, prepared);
  reach(log, 'prepare', 'tell of the prepared data');
  return prepared;
}

async function chooseChain(inputs: PrepareInputs, repository: Repository): Promise<readonly Manifest[]> {
  const place: ServerPlace = { prefix: inputs.s3Prefix, server: inputs.server };
  const days = await listDays(repository, place);
  if (days.length === 0) throw await nothingStored(repository, place);
  const catalog =
    inputs.date === 'latest'
      ? await loadLatest(repository, place, days)
      : await loadDays(repository, place, daysAround(days, inputs.date));
  const graph = buildGraph({ ...place, ...catalog });
  return planRestore({ date: inputs.date, hour: inputs.hour, graph }).map(({ manifest }) => manifest);
}

/** The last days, back to one that has a manifest: of failed backups there may be objects only. */
async function loadLatest(repository: Repository, place: ServerPlace, days: readonly string[]) {
  for (let count = 2; ; count *= 2) {
    const catalog = await loadDays(repository, place, days.slice(-count));
    if (catalog.entries.length > 0 || count >= days.length) return catalog;
  }
}

/** The day itself, and its neighbours: what to offer when it has nothing that can be restored. */
function daysAround(days: readonly string[], date: string): string[] {
  const before = days.filter((day) => day < date).at(-1);
  const after = days.find((day) => day > date);
  return [before, days.includes(date) ? date : undefined, after].filter((day) => day !== undefined);
}

async function nothingStored(repository: Repository, { prefix, server }: ServerPlace): Promise<UserError> {
  const servers = await repository.listFolders(`${prefix}/`);
  const some = [...servers.slice(0, 20), ...(servers.length > 20 ? ['…'] : [])].join(', ');
  const there = some === '' ? 'There is nothing at all' : `It has ${some}`;
  return new UserError(
    'RESTORE_POINT_MISSING',
    `There is no backup of ${server} in ${repository.location}/${prefix}.`,
    `${there} below that prefix. Correct server, s3-bucket or s3-prefix.`,
  );
}

/** The redo of one series cannot be applied by another. */
function requireSameSeries(tool: BackupTool, chain: readonly Manifest[]): void {
  const series = toolSeries(tool.name, tool.version);
  const other = chain.find((link) => toolSeries(link.tool.name, link.tool.version) !== series);
  if (other === undefined) return;
  throw new UserError(
    'TOOL_UNSUITABLE',
    `${other.id} was made with ${other.tool.name} ${other.tool.version}; here is ${tool.name} ${tool.version}.`,
    `Install ${other.tool.name} of the series ${toolSeries(other.tool.name, other.tool.version)} on this host.`,
  );
}

/** Encryption for a public key does not say who wrote a backup; that there is none may say that somebody else did. */
function warnOfPlain(chain: readonly Manifest[], inputs: PrepareInputs, log: Log): void {
  const isKeyGiven = [inputs.decryptIdentity, inputs.decryptPassphrase].some((key) => key !== undefined);
  const plain = chain.find(({ encryption }) => encryption.method === 'none');
  if (!isKeyGiven || plain === undefined) return;
  log.warning(
    `${plain.id} is not encrypted, and so the key was not asked for. If your backups were encrypted by then, ` +
      'somebody else may have put it into the bucket.',
  );
}

async function decryptionKeys(inputs: PrepareInputs, workDir: string): Promise<DecryptionKeys> {
  const { decryptIdentity, decryptPassphrase: passphrase } = inputs;
  if (decryptIdentity === undefined || isAbsolute(decryptIdentity)) {
    return { identityFile: decryptIdentity, passphrase };
  }
  const identityFile = join(workDir, 'identity');
  await writeFile(identityFile, `${decryptIdentity}\n`, { mode: 0o600, flag: 'wx' });
  return { identityFile, passphrase };
}

async function requireSpace(chain: readonly Manifest[], targetDir: string): Promise<void> {
  const full = chain[0]?.streamBytes ?? 0;
  const incrementals = chain.slice(1).map(({ streamBytes }) => streamBytes);
  // The full grows by what the incrementals add at most; a few of them lie beside it at a time.
  const waiting = [...incrementals].sort((a, b) => b - a).slice(0, linksAhead + 1);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const needed = Math.ceil((full + sum(incrementals) + sum(waiting)) * 1.05);
  const free = await freeBytes(targetDir);
  if (free >= needed) return;
  throw new UserError(
    'DISK_TOO_SMALL',
    `Preparing takes up to ${formatBytes(needed)} in ${targetDir}, and ${formatBytes(free)} are free.`,
    'Free space, or give a target-dir on a larger filesystem.',
  );
}

async function requireEndOfChain(dataDir: string, last: Manifest, tool: BackupTool): Promise<void> {
  const { backupType, toLsn } = await readCheckpoints(dataDir);
  if (!tool.isFullyPrepared(backupType)) throw prepareFailed(`the data is in the state ${backupType}`);
  if (BigInt(toLsn) < BigInt(last.lsn.to)) {
    throw prepareFailed(`the data is at LSN ${toLsn}, and the last link ends at ${last.lsn.to}`);
  }
}

async function describe(
  chain: readonly Manifest[],
  targetDir: string,
  dataDir: string,
  now: Date,
): Promise<Prepared> {
  const last = chain.at(-1) as Manifest;
  const { binlogFile, binlogPosition, gtid, version, flavor, datadir, serverUuid, directories } = last.mysql;
  return {
    schemaVersion: 1,
    server: last.server,
    backupId: last.id,
    links: chain.map(({ id }) => id),
    dataDir: dataDir.slice(targetDir.length + 1),
    toLsn: last.lsn.to,
    ...(binlogFile === undefined ? {} : { binlogFile }),
    ...(binlogPosition === undefined ? {} : { binlogPosition }),
    ...(gtid === undefined ? {} : { gtid }),
    tool: last.tool,
    mysql: {
      version,
      flavor,
      datadir,
      ...(serverUuid === undefined ? {} : { serverUuid }),
      ...(directories === undefined ? {} : { directories }),
    },
    inventory: await takeInventory(dataDir).catch((error: unknown) => {
      throw prepareFailed(messageOf(error));
    }),
    preparedAt: now.toISOString(),
  };
}
