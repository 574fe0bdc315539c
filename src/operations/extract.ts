import { mkdir } from 'node:fs/promises';
import type { Manifest } from '../chain/manifest.js';
import { CommandError, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { decompressor, decryptor, type DecryptionKeys } from '../pipeline/codecs.js';
import { bytesThrough, Meter } from '../pipeline/meter.js';
import { writeToPrograms } from '../pipeline/pipeline.js';
import { formatBytes, formatDuration } from '../report/format.js';
import type { Repository } from '../repository/repository.js';
import type { BackupTool } from '../tools/backup-tool.js';
import { readCheckpoints } from '../tools/checkpoints.js';
import { explainFailure } from '../tools/messages.js';
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
  const started = performance.now();
  await mkdir(dir, { recursive: true, mode: 0o750 });
  const programs = [
    ...(await decryptor(manifest.encryption, context.keys, context.workDir)),
    await decompressor(),
    { program: context.tool.streamPath, arguments: context.tool.extractArguments(dir, context.parallel) },
  ];
  const meters = manifest.objects.map(() => new Meter());
  try {
    await withProgress(context.log, `Extracting ${manifest.id}`, meters, () =>
      writeToPrograms(readObjects(manifest, meters, context), programs, context),
    );
  } catch (error) {
    const explained = explainExtraction(error, manifest);
    if (mayBeCorrupt(explained)) await requireIntact(manifest, context);
    throw explained;
  }
  await requireLsns(manifest, dir);
  const seconds = (performance.now() - started) / 1000;
  context.log.info(
    `Extracted ${manifest.id}: ${formatBytes(bytesThrough(meters))} in ${formatDuration(seconds)}.`,
  );
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

/** A program may have failed since it was given bad data. A full disk or a wrong key says so itself. */
function mayBeCorrupt(error: unknown): boolean {
  const { code, cause } = error instanceof UserError ? error : {};
  if (code !== 'PIPELINE_FAILED' && code !== 'DECRYPTION_FAILED') return false;
  return cause instanceof CommandError && !/identit|secret key|session key/i.test(cause.failure.stderrTail);
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

function explainExtraction(error: unknown, manifest: Manifest): unknown {
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

function corrupt(manifest: Manifest, fact: string, cause?: unknown): UserError {
  return new UserError(
    'LINK_CORRUPT',
    `The stored backup ${manifest.id} is not what it was: ${fact}.`,
    'Restore an earlier hour of the chain, or another version of the object if the bucket keeps versions.',
    { cause },
  );
}
