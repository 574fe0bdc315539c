import { createHash } from 'node:crypto';
import { cancelled, UserError } from '../../src/errors.js';
import type {
  DeadUploads,
  ObjectReference,
  PartPlan,
  Repository,
  StoredObject,
  UploadOptions,
} from '../../src/repository/repository.js';

/** A repository without a store, held to the same contract as the S3 one (test/contract/repository.test.ts). */
export interface MemoryRepository extends Repository {
  /** What is stored. Tests may change it, as somebody with access to the bucket could. */
  readonly objects: Map<string, Buffer>;
  /** The keys of uploads that are neither completed nor aborted. */
  readonly unfinishedUploads: string[];
}

export function createMemoryRepository(largestObjectBytes = Number.MAX_SAFE_INTEGER): MemoryRepository {
  return new InMemory(largestObjectBytes);
}

class InMemory implements MemoryRepository {
  readonly location = 's3://memory';
  readonly objects = new Map<string, Buffer>();
  readonly unfinishedUploads: string[] = [];
  readonly #largestObjectBytes: number;

  constructor(largestObjectBytes: number) {
    this.#largestObjectBytes = largestObjectBytes;
  }

  planParts(): PartPlan {
    return { partSizeBytes: 1024 * 1024, partsInMemory: 2, largestObjectBytes: this.#largestObjectBytes };
  }

  list(prefix: string, startAfter = ''): Promise<StoredObject[]> {
    const found = this.#keys(prefix).filter((key) => compare(key, startAfter) > 0);
    return Promise.resolve(
      found.map((key) => {
        const body = this.objects.get(key) ?? Buffer.alloc(0);
        return { key, sizeBytes: body.length, etag: etagOf(body) };
      }),
    );
  }

  listFolders(prefix: string): Promise<string[]> {
    const rests = this.#keys(prefix).map((key) => key.slice(prefix.length));
    const names = rests.filter((rest) => rest.includes('/')).map((rest) => rest.slice(0, rest.indexOf('/')));
    return Promise.resolve([...new Set(names)]);
  }

  read(key: string): Promise<Buffer> {
    const body = this.objects.get(key);
    return body === undefined ? Promise.reject(this.#missing(key)) : Promise.resolve(Buffer.from(body));
  }

  createIfAbsent(key: string, body: string): Promise<boolean> {
    if (this.objects.has(key)) return Promise.resolve(false);
    this.objects.set(key, Buffer.from(body));
    return Promise.resolve(true);
  }

  async upload(
    key: string,
    source: AsyncIterable<Uint8Array>,
    { signal, release }: UploadOptions,
  ): Promise<StoredObject> {
    if (this.objects.has(key)) await source[Symbol.asyncIterator]().return?.();
    this.#refuseTaken(key);
    this.unfinishedUploads.push(key);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of untilAborted(source, signal)) {
        chunks.push(Buffer.from(chunk));
        release?.(chunk);
      }
      this.#refuseTaken(key);
    } finally {
      this.unfinishedUploads.splice(this.unfinishedUploads.indexOf(key), 1);
    }
    const body = Buffer.concat(chunks);
    this.objects.set(key, body);
    return { key, sizeBytes: body.length, etag: etagOf(body) };
  }

  async *download(object: ObjectReference, signal: AbortSignal): AsyncGenerator<Buffer, void> {
    throwIfAborted(signal);
    const body = await this.read(object.key);
    if (body.length !== object.sizeBytes) {
      throw new UserError('LINK_CORRUPT', `${object.key} has ${body.length} bytes.`, 'It was changed.');
    }
    for (let offset = 0; offset < body.length; offset += 65_536) {
      throwIfAborted(signal);
      yield body.subarray(offset, offset + 65_536);
    }
  }

  remove(key: string): Promise<'removed'> {
    this.objects.delete(key);
    return Promise.resolve('removed');
  }

  abortUploads(key: string): Promise<number> {
    const others = this.unfinishedUploads.filter((unfinished) => unfinished !== key);
    const aborted = this.unfinishedUploads.length - others.length;
    this.unfinishedUploads.splice(0, Infinity, ...others);
    return Promise.resolve(aborted);
  }

  /** All are of a moment ago here, and have no ids. */
  abortDeadUploads(prefix: string, { olderThanSeconds }: DeadUploads): Promise<string[]> {
    const isDead = (key: string) => olderThanSeconds <= 0 && key.startsWith(prefix);
    const dead = this.unfinishedUploads.filter(isDead);
    this.unfinishedUploads.splice(0, Infinity, ...this.unfinishedUploads.filter((key) => !isDead(key)));
    return Promise.resolve(dead);
  }

  #keys(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(compare);
  }

  #refuseTaken(key: string): void {
    if (!this.objects.has(key)) return;
    throw new UserError('BACKUP_EXISTS', `${key} exists already.`, 'Nothing was overwritten.');
  }

  #missing(key: string): UserError {
    return new UserError('STORE_MISSING', `There is no ${key}.`, 'It was never stored.');
  }
}

function etagOf(body: Buffer): string {
  return createHash('md5').update(body).digest('hex');
}

/** S3's order: by the bytes of the UTF-8 form. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  let onAbort = () => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
  });
  signal.addEventListener('abort', onAbort);
  try {
    throwIfAborted(signal);
    for (;;) {
      const next = await Promise.race([aborted, iterator.next()]);
      if (next === 'aborted') throw reasonOf(signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw reasonOf(signal);
}

function reasonOf(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name !== 'AbortError' ? reason : cancelled();
}
