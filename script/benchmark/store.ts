import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type _Object,
} from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { runS3Server } from '../../test/support/s3-server.js';
import { startPortProgram } from './port-program.js';

const run = promisify(execFile);

/** Above this size the objects would need too much memory: they go to the disk. */
const largestInMemoryMib = 2048;

/** A server of the benchmark that speaks S3. */
export interface Store {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  client: S3Client;
  /** Makes sure that what was removed takes no place any more. */
  sweep(): Promise<void>;
}

/** The S3 server that all contenders share. BenchPlace.clear ends it. */
export async function startS3(dir: string, sizeMib: number): Promise<Store> {
  const env = { ...process.env, S3_STORE: sizeMib > largestInMemoryMib ? 'bluestore' : 'memstore' };
  const { endpoint, accessKeyId, secretAccessKey } = await runS3Server(dir, env);
  return {
    ...connected(endpoint, accessKeyId, secretAccessKey),
    sweep: async () => {
      // The gateway would keep the parts of removed objects for two hours.
      const gateway = ['-c', join(dir, 'ceph.conf'), '--name', 'client.rgw'];
      await run('radosgw-admin', [...gateway, 'gc', 'process', '--include-all'], { timeout: 120_000 });
    },
  };
}

/** The server that drops what it is sent, in a process of its own, so that its work is not counted as anybody's. */
export async function startNullSink(): Promise<Store & { stop(): void }> {
  const { port, stop } = await startPortProgram('null-sink');
  return {
    ...connected(`http://127.0.0.1:${port}`, 'nobody', 'asks'),
    sweep: () => Promise.resolve(),
    stop,
  };
}

function connected(endpoint: string, accessKeyId: string, secretAccessKey: string): Omit<Store, 'sweep'> {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  return { endpoint, accessKeyId, secretAccessKey, client };
}

/** A bucket in one of them. */
export class Bucket {
  constructor(
    readonly store: Store,
    readonly name: string,
  ) {}

  async create(): Promise<this> {
    await this.store.client.send(new CreateBucketCommand({ Bucket: this.name }));
    return this;
  }

  async list(): Promise<_Object[]> {
    const objects: _Object[] = [];
    for await (const page of paginateListObjectsV2({ client: this.store.client }, { Bucket: this.name })) {
      objects.push(...(page.Contents ?? []));
    }
    return objects;
  }

  async sizeBytes(): Promise<number> {
    return (await this.list()).reduce((total, { Size }) => total + (Size ?? 0), 0);
  }

  async empty(): Promise<void> {
    for (const { Key } of await this.list()) {
      await this.store.client.send(new DeleteObjectCommand({ Bucket: this.name, Key }));
    }
    await this.store.sweep();
  }

  async read(key: string): Promise<string> {
    const { Body } = await this.#get(key);
    return (await Body?.transformToString()) ?? '';
  }

  async download(key: string, file: string): Promise<void> {
    const { Body } = await this.#get(key);
    await pipeline(Body as Readable, createWriteStream(file));
  }

  #get(key: string) {
    return this.store.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
  }
}
