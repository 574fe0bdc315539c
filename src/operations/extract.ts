import { lstat, mkdir, rm, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Manifest } from '../chain/manifest.js';
import { CommandError, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { decompressor, decryptor, type DecryptionKeys } from '../pipeline/codecs.js';
import { bytesThrough, Meter } from '../pipeline/meter.js';
import { sendThroughPrograms, writeToPrograms } from '../pipeline/pipeline.js';
import { formatBytes, formatDuration } from '../report/format.js';
import type { Repository } from '../repository/repository.js';
import { keepDataSettings, settingsFile } from '../tools/backup-settings.js';
import type { BackupTool } from '../tools/backup-tool.js';
import { readCheckpoints } from '../tools/checkpoints.js';
import { explainFailure } from '../tools/messages.js';
import { EscapingName, StreamContents } from '../tools/stream-contents.js';
import { withProgress } from './progress.js';

export interface ExtractContext {
  repository: Repository;
  tool: BackupTool;
  keys: DecryptionKeys;
  parallel: number;
  workDir: string;
  log: Log;
  signal: AbortSignal;
  onStart: (processId: number) => void;
}

/**
 * Brings one link from the store into a new directory, and proves that it is what its manifest says: the hash
 * and size of what was stored, the end of every program, the LSNs in the files. (The extractors alone take a
 * cut or empty stream for a good one.)
 * @throws UserError LINK_CORRUPT, DECRYPTION_FAILED, DOWNLOAD_FAILED, DISK_FULL, …
 */
export async function extractLink(manifest: Manifest, dir: string, context: ExtractContext): Promise<void> {
  try {
    await extractOnce(manifest, dir, context);
  } catch (error) {
    if (!mayBeDamage(error)) throw error;
    await requireIntact(manifest, context);
    context.log.warning(`${error.message} What is stored is intact: extracting ${manifest.id} once more.`);
    await rm(dir, { recursive: true, force: true });
    await extractOnce(manifest, dir, context);
  }
}

async function extractOnce(manifest: Manifest, dir: string, context: ExtractContext): Promise<void> {
  const started = performance.now();
  await mkdir(dir, { recursive: true, mode: 0o750 });
  const codecs = [
    ...(await decryptor(manifest.encryption, context.keys, context.workDir)),
    await decompressor(),
  ];
  const extractor = {
    program: context.tool.streamPath,
    arguments: context.tool.extractArguments(dir, context.parallel),
  };
  const contents = new StreamContents(context.tool.name);
  const meters = manifest.objects.map(() => new Meter());
  let said: string | undefined;
  try {
    const stored = readObjects(manifest, meters, context);
    const stream = contents.watch(sendThroughPrograms(stored, codecs, context));
    const [ended] = await withProgress(context.log, `Extracting ${manifest.id}`, meters, () =>
      writeToPrograms(stream, [extractor], context),
    );
    said = ended?.stderrTail;
  } catch (error) {
    throw explainExtraction(error, manifest);
  }
  await requireFiles(contents, { manifest, dir, said: said ?? '' }, context);
  await requireLsns(manifest, dir);
  await cleanSettings(manifest, dir, context);
  const seconds = (performance.now() - started) / 1000;
  context.log.info(
    `Extracted ${manifest.id}: ${formatBytes(bytesThrough(meters))} in ${formatDuration(seconds)}.`,
  );
}

/** The extractor's word is not taken for it: mbstream tells of a file that it could not make, and ends with 0. */
async function requireFiles(
  contents: StreamContents,
  { manifest, dir, said }: { manifest: Manifest; dir: string; said: string },
  { tool, log }: ExtractContext,
): Promise<void> {
  if (!contents.isReadable) {
    log.warning(
      `The stream of ${manifest.id} has parts that this version does not know: it was not looked at.`,
    );
    return;
  }
  const [cut] = contents.cutFiles;
  if (cut !== undefined) throw corrupt(manifest, `its stream ends within ${cut}`);
  for (const path of contents.removed) await unlink(join(dir, path)).catch(() => undefined);
  const missing = await whatIsMissing(contents.files, dir);
  if (missing !== undefined) throw notExtracted(manifest, missing, basename(tool.streamPath), said);
}

/** The first file that is not there, or is not whole. */
async function whatIsMissing(
  files: ReadonlyMap<string, number | undefined>,
  dir: string,
): Promise<string | undefined> {
  for (const [path, sizeBytes] of files) {
    // A name that is no UTF-8 cannot be asked for by its text.
    if (path.includes('\ufffd')) continue;
    const found = await lstat(join(dir, path)).catch(() => undefined);
    if (found?.isFile() !== true) return `${path} is missing`;
    if (sizeBytes !== undefined && found.size !== sizeBytes) {
      return `${path} has ${found.size} of ${sizeBytes} bytes`;
    }
  }
  return undefined;
}

/** The objects' bytes, one after the other; each must prove right before the stream ends. */
async function* readObjects(
  manifest: Manifest,
  meters: readonly Meter[],
  { repository, signal }: ExtractContext,
): AsyncGenerator<Uint8Array, void> {
  for (const [index, object] of manifest.objects.entries()) {
    const meter = meters[index] ?? new Meter();
    yield* meter.measure(repository.download(object, signal));
    const sha256 = meter.sha256();
    if (meter.bytes === object.sizeBytes && sha256 === object.sha256) continue;
    throw corrupt(
      manifest,
      `${object.key} has the SHA-256 ${sha256}, not ${object.sha256} as its manifest says`,
    );
  }
}

/**
 * Whether what arrived may not be what is stored; a program may have failed of that too. A full disk or a wrong
 * key says so itself.
 */
function mayBeDamage(error: unknown): error is UserError {
  if (!(error instanceof UserError)) return false;
  const { code, cause } = error;
  if (code === 'LINK_CORRUPT') return !(cause instanceof EscapingName);
  if (cause instanceof CommandError && wasKilled(cause)) return false;
  if (code !== 'PIPELINE_FAILED' && code !== 'DECRYPTION_FAILED') return false;
  return cause instanceof CommandError && !/identit|secret key|session key/i.test(cause.failure.stderrTail);
}

/** By somebody, or for want of memory. (Bad data may make a program crash, by other signals.) */
function wasKilled({ failure: { signal } }: CommandError): boolean {
  return signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT';
}

/** Reads the link once more, only to hash it. @throws UserError LINK_CORRUPT. */
async function requireIntact(manifest: Manifest, context: ExtractContext): Promise<void> {
  context.log.info(`Checking whether what is stored of ${manifest.id} is what its manifest says.`);
  const meters = manifest.objects.map(() => new Meter());
  const reader = readObjects(manifest, meters, context);
  while ((await reader.next()).done !== true) continue;
}

async function requireLsns(manifest: Manifest, dir: string): Promise<void> {
  const found = await readCheckpoints(dir).catch((error: unknown) => {
    throw corrupt(manifest, 'its checkpoints file is missing or cut', error);
  });
  const { from, to, last } = manifest.lsn;
  if (found.fromLsn === from && found.toLsn === to && found.lastLsn === last) return;
  throw corrupt(
    manifest,
    `its files say LSN ${found.fromLsn} to ${found.toLsn} (${found.lastLsn}), its manifest ${from} to ${to} (${last})`,
  );
}

/** What is in the link decides what the tool does at prepare, but not all that it can. */
async function cleanSettings(manifest: Manifest, dir: string, { tool, log }: ExtractContext): Promise<void> {
  const leftOut = await keepDataSettings(dir, tool.path).catch((error: unknown) => {
    throw corrupt(manifest, `its ${settingsFile} is missing or unreadable`, error);
  });
  if (leftOut.length === 0) return;
  log.warning(
    `${settingsFile} of ${manifest.id} has settings that do not say how data is written: ${leftOut.join(', ')}. ` +
      'They are left out. If no backup tool wrote them, find out who can write to the bucket.',
  );
}

function explainExtraction(error: unknown, manifest: Manifest): unknown {
  if (error instanceof EscapingName) {
    return new UserError(
      'LINK_CORRUPT',
      `The stored backup ${manifest.id} is none that a backup tool writes. ${error.message}`,
      'Somebody may have put it into the bucket. Find out who can write there before you restore anything from it.',
      { cause: error },
    );
  }
  const decrypting = error instanceof CommandError && ['age', 'gpg'].includes(error.failure.program);
  if (!decrypting) return explainFailure(error, 'PIPELINE_FAILED');
  return new UserError(
    'DECRYPTION_FAILED',
    `${manifest.id} cannot be decrypted: ${error.message}.`,
    'Is it the right key? The backup was encrypted ' +
      (manifest.encryption.method === 'age'
        ? `for ${manifest.encryption.recipients.join(', ')}.`
        : 'with a passphrase; give the same one in decrypt-passphrase.'),
    { cause: error },
  );
}

function notExtracted(manifest: Manifest, fact: string, program: string, stderrTail: string): UserError {
  const failure = { program, arguments: [], exitStatus: 0, signal: null, stderrTail };
  const cause = new CommandError(failure);
  const explained = explainFailure(cause, 'PIPELINE_FAILED');
  if (explained instanceof UserError && explained.code !== 'PIPELINE_FAILED') return explained;
  return new UserError(
    'PIPELINE_FAILED',
    `${program} did not extract all of ${manifest.id}, although it did not fail: ${fact}.`,
    'The end of what it said is in the log and in the job summary. Is the disk full, or out of inodes?',
    { cause },
  );
}

function corrupt(manifest: Manifest, fact: string, cause?: unknown): UserError {
  return new UserError(
    'LINK_CORRUPT',
    `The stored backup ${manifest.id} is not what it was: ${fact}.`,
    'Restore an earlier hour of the chain, or another version of the object if the bucket keeps versions.',
    { cause },
  );
}
