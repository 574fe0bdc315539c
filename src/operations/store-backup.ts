import { objectKey } from '../chain/layout.js';
import { defaultsFileFor, type Account } from '../mysql/connection.js';
import { datadirIdentity } from '../mysql/datadir.js';
import type { Meter } from '../pipeline/meter.js';
import { PieceMemory } from '../pipeline/piece-memory.js';
import type { BackupContext, BackupInputs } from './backup.js';
import type { StoredBackup, Subject } from './backup-manifest.js';
import { BackupStream, inconsistent } from './backup-stream.js';
import { withProgress } from './progress.js';
import { reach } from './steps.js';
import { storeStream, type StoreOptions } from './store-stream.js';

export interface StreamSettings {
  account: Account;
  keepRedoLog: boolean;
  /** All files of the datadir, uncompressed: more than any backup of it can be. */
  dataBytes: number;
}

/** Streams the backup into the store. The object appears only when every check of the stream has passed. */
export async function storeBackup(
  { server, identity, tool, id, plan, encryption }: Subject,
  { account, keepRedoLog, dataBytes }: StreamSettings,
  inputs: BackupInputs,
  context: BackupContext,
): Promise<StoredBackup> {
  const { repository, log, signal, workDir, note } = context;
  reach(log, 'backup', 'start the tool');
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
      reach(log, 'backup', 'check the stream that has ended');
      if ((await datadirIdentity(server)) === identity) return;
      throw inconsistent('the datadir was replaced while it was backed up');
    },
  });
  const ended = new AbortController();
  const { partSizeBytes, partsInMemory } = repository.planParts(dataBytes);
  // A piece is a part: it is read into the memory that it is sent from.
  const memory = new PieceMemory(partSizeBytes, partsInMemory);
  const output = stream.read({
    log,
    workDir,
    memory,
    signal: AbortSignal.any([signal, ended.signal]),
    onStart: (processId) => note.processStarts(processId),
  });
  const limit = inputs.maxUploadMibPerSecond;
  const meters: Meter[] = [];
  const options: StoreOptions = {
    expectedSizeBytes: dataBytes,
    bytesPerSecond: limit === undefined ? undefined : limit * 1024 * 1024,
    release: (piece) => memory.give(piece),
    signal,
    log,
    keyOf: (index) => objectKey(inputs.s3Prefix, inputs.server, id, encryption.method, index),
    onUpload: (key, meter) => {
      note.uploadBegins(key);
      meters.push(meter);
      reach(log, 'backup', 'send an object');
    },
    onBegin: (key, uploadId) => {
      note.uploadBegins(key, uploadId);
      reach(log, 'backup', 'send it in parts');
    },
  };
  try {
    const objects = await withProgress(log, 'Stored', meters, () => storeStream(repository, output, options));
    return { objects, facts: stream.facts, compressLevel: inputs.compressLevel };
  } finally {
    // When the store failed, the programs may still wait to be read from.
    ended.abort();
    await output.return();
  }
}
