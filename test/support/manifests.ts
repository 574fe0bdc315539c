import { manifestKey, objectKey } from '../../src/chain/layout.js';
import { buildGraph, type Catalog, type Graph } from '../../src/chain/links.js';
import { manifestSha256, serializeManifest, type Manifest } from '../../src/chain/manifest.js';
import type { ServerFacts, ToolFacts } from '../../src/chain/server-facts.js';

export const prefix = 'xbackup';
export const serverName = 'db1';

export const serverUuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

/** A MySQL 8.0 server without binary logs, at LSN 1000. */
export function serverFacts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    flavor: 'mysql',
    version: '8.0.42',
    serverUuid,
    datadirIdentity: '100:1700000000',
    lsn: '1000',
    ...changes,
  };
}

export const tool: ToolFacts = { name: 'xtrabackup', series: '8.0', version: '8.0.35-31' };

/** What a test says of a backup; everything else is as usual. */
export interface BackupSketch {
  from?: string;
  to: string;
  last?: string;
  startedAt?: string;
  sizeBytes?: number;
  etag?: string;
  encryption?: Manifest['encryption'];
  tool?: Manifest['tool'];
  mysql?: Partial<Manifest['mysql']>;
}

/** `2026-11-22/01-30` began at 2026-11-22T01:30:00Z. */
export function startOf(id: string): string {
  const [date = '', time = ''] = id.split('/');
  const [hour = '00', minute = '00', second = '00'] = time.split('-');
  return `${date}T${hour}:${minute}:${second}.000Z`;
}

/** A bucket in memory: what a test puts there, as the planner reads it. */
export class StoredBackups {
  readonly texts = new Map<string, string>();
  readonly objects = new Map<string, number>();

  /** Stores a full backup. */
  full(id: string, sketch: BackupSketch): Manifest {
    return this.put(manifestOf(id, sketch));
  }

  /** Stores an incremental on a stored backup. */
  incremental(id: string, parentId: string, sketch: BackupSketch): Manifest {
    const parent = this.manifest(parentId);
    return this.put({
      ...manifestOf(id, { from: parent.lsn.to, ...sketch }),
      type: 'incremental',
      parent: { id: parentId, manifestSha256: manifestSha256(this.text(parentId)) },
      chain: parent.chain,
    });
  }

  /** Stores a manifest and its objects. */
  put(manifest: Manifest): Manifest {
    this.texts.set(manifest.id, serializeManifest(manifest));
    for (const { key, sizeBytes } of manifest.objects) this.objects.set(key, sizeBytes);
    return manifest;
  }

  /** Changes a stored manifest's text, and nothing else. */
  edit(id: string, change: (manifest: Manifest) => Manifest): void {
    this.texts.set(id, serializeManifest(change(this.manifest(id))));
  }

  manifest(id: string): Manifest {
    return JSON.parse(this.text(id)) as Manifest;
  }

  text(id: string): string {
    const text = this.texts.get(id);
    if (text === undefined) throw new Error(`the test has no backup ${id}`);
    return text;
  }

  catalog(): Catalog {
    const entries = [...this.texts].map(([id, text]) => ({
      id,
      key: manifestKey(prefix, serverName, id),
      text,
    }));
    return { prefix, server: serverName, entries, objects: this.objects };
  }

  graph(): Graph {
    return buildGraph(this.catalog());
  }
}

/** A full backup's manifest. */
export function manifestOf(id: string, sketch: BackupSketch): Manifest {
  const encryption = sketch.encryption ?? { method: 'none' };
  const sizeBytes = sketch.sizeBytes ?? 100;
  const startedAt = sketch.startedAt ?? startOf(id);
  return {
    schemaVersion: 1,
    id,
    server: serverName,
    type: 'full',
    chain: id,
    lsn: { from: sketch.from ?? '0', to: sketch.to, last: sketch.last ?? sketch.to },
    objects: [
      {
        key: objectKey(prefix, serverName, id, encryption.method),
        sizeBytes,
        sha256: 'a'.repeat(64),
        etag: sketch.etag ?? 'e',
      },
    ],
    compression: { method: 'zstd', level: 1 },
    encryption,
    streamBytes: sizeBytes * 3,
    tool: sketch.tool ?? { name: tool.name, version: tool.version },
    mysql: {
      version: '8.0.42',
      flavor: 'mysql',
      serverUuid,
      datadir: '/var/lib/mysql',
      datadirIdentity: '100:1700000000',
      ...sketch.mysql,
    },
    startedAt,
    finishedAt: new Date(Date.parse(startedAt) + 60_000).toISOString(),
    durationSeconds: 60,
  };
}
