import type { Manifest } from '../chain/manifest.js';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { Meter } from '../pipeline/meter.js';
import type { Repository, UploadOptions } from '../repository/repository.js';

export interface StoreOptions extends Omit<UploadOptions, 'onBegin'> {
  /** The key of each object in turn; 0 is the first, and as a rule the only one. */
  keyOf: (index: number) => string;
  /** Told each key before anything is stored there, with the meter of what is sent to it. */
  onUpload: (key: string, meter: Meter) => void;
  /** Told the id of each multipart upload. */
  onBegin?: (key: string, uploadId: string) => void;
  log: Log;
}

/**
 * Stores a stream of any length: as one object, or, when it outgrows the parts that fit into memory, as several,
 * which are the stream again when put one behind the other. After a failure those that are stored are removed;
 * the source is the caller's to close.
 */
export async function storeStream(
  repository: Repository,
  source: AsyncIterable<Uint8Array>,
  options: StoreOptions,
): Promise<Manifest['objects']> {
  const slices = new Slices(source, repository.planParts(options.expectedSizeBytes).largestObjectBytes);
  const stored: Manifest['objects'] = [];
  try {
    while (!slices.ended) {
      const key = options.keyOf(stored.length);
      const meter = new Meter();
      options.onUpload(key, meter);
      const onBegin = (uploadId: string) => options.onBegin?.(key, uploadId);
      const object = await repository.upload(key, meter.measure(slices.next()), { ...options, onBegin });
      stored.push({ ...object, sha256: meter.sha256() });
      if (object.sizeBytes !== meter.bytes) throw differs(key, object.sizeBytes, meter.bytes);
    }
    return stored;
  } catch (error) {
    for (const { key } of stored) await removeQuietly(repository, key, options.log);
    throw error;
  }
}

/** A stream in slices of at most `sliceBytes`. Each must be read to its end before the next. */
class Slices {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #sliceBytes: number;
  #rest: Uint8Array | undefined;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>, sliceBytes: number) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#sliceBytes = sliceBytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The last slice ends only when the stream has: so the one that is full looks ahead, and what fits exactly is
   * not complete before its source is sure.
   */
  async *next(): AsyncGenerator<Uint8Array, void> {
    let room = this.#sliceBytes;
    let chunk = this.#rest ?? (await this.#read());
    this.#rest = undefined;
    while (chunk !== undefined) {
      if (room === 0) {
        this.#rest = chunk;
        return;
      }
      const piece = chunk.subarray(0, room);
      room -= piece.length;
      yield piece;
      chunk = piece.length < chunk.length ? chunk.subarray(piece.length) : await this.#read();
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    const next = await this.#iterator.next();
    if (next.done !== true) return next.value;
    this.#ended = true;
    return undefined;
  }
}

/** For what no manifest names. Never throws. */
export async function removeQuietly(repository: Repository, key: string, log: Log): Promise<void> {
  await repository.remove(key).catch((error: unknown) => {
    log.warning(`${key} belongs to no backup and could not be removed: ${messageOf(error)}`);
  });
}

function differs(key: string, storedBytes: number, sentBytes: number): UserError {
  return new UserError(
    'UPLOAD_DIFFERS',
    `${key} has ${storedBytes} bytes in the store, and ${sentBytes} were sent.`,
    'The object was removed. Run the backup again; if it happens again, the store is not to be trusted.',
  );
}
