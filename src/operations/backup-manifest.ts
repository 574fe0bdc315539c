import { schemaVersion, type Manifest, type RunIdentity } from '../chain/manifest.js';
import type { Plan } from '../chain/plan-backup.js';
import type { ServerDescription } from '../mysql/server.js';
import type { EncryptionRequest } from '../pipeline/codecs.js';
import type { BackupTool } from '../tools/backup-tool.js';
import type { StreamFacts } from './backup-stream.js';

/** A backup that has begun: what it is of, and what it is called. */
export interface Subject {
  id: string;
  /** The server's name in the bucket. */
  name: string;
  server: ServerDescription;
  /** Of the datadir. */
  identity: string;
  tool: BackupTool;
  plan: Plan;
  encryption: EncryptionRequest;
  startedAt: Date;
}

/** What has been stored of it. */
export interface StoredBackup {
  objects: Manifest['objects'];
  facts: StreamFacts;
  compressLevel: number;
}

/** The manifest of a backup that is stored and checked. */
export function manifestOf(
  subject: Subject,
  { objects, facts, compressLevel }: StoredBackup,
  end: { finishedAt: Date; durationSeconds: number; run: RunIdentity | undefined },
): Manifest {
  const { server, tool, identity } = subject;
  const { fromLsn, toLsn, lastLsn } = facts.checkpoints;
  return {
    schemaVersion,
    id: subject.id,
    server: subject.name,
    ...lineageOf(subject),
    lsn: { from: fromLsn, to: toLsn, last: lastLsn },
    objects,
    compression: { method: 'zstd', level: compressLevel },
    encryption: describeEncryption(subject.encryption),
    streamBytes: facts.streamBytes,
    tool: { name: tool.name, version: tool.version },
    mysql: {
      version: server.version,
      flavor: server.flavor,
      ...(server.serverUuid === undefined ? {} : { serverUuid: server.serverUuid }),
      datadir: server.datadir,
      datadirIdentity: identity,
      directories: server.directories,
      ...facts.coordinates,
    },
    startedAt: subject.startedAt.toISOString(),
    finishedAt: end.finishedAt.toISOString(),
    durationSeconds: Math.round(end.durationSeconds * 1000) / 1000,
    ...(end.run === undefined ? {} : { run: end.run }),
  };
}

function lineageOf({ id, plan }: Subject): Pick<Manifest, 'type' | 'parent' | 'chain'> {
  if (plan.type === 'full') return { type: 'full', chain: id };
  const { base } = plan;
  return {
    type: 'incremental',
    parent: { id: base.id, manifestSha256: base.manifestSha256 },
    chain: base.manifest.chain,
  };
}

function describeEncryption(request: EncryptionRequest): Manifest['encryption'] {
  switch (request.method) {
    case 'none':
      return { method: 'none' };
    case 'age':
      return { method: 'age', recipients: [...request.recipients] };
    case 'gpg':
      return { method: 'gpg', cipher: 'AES256' };
  }
}
