import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartDigest } from './part-digests.js';
import { Rate } from './rate.js';

/** Body, length and checksums of a request that stores `bytes`. */
export function bodyOf(bytes: Uint8Array, digest: PartDigest, pace: Pace | undefined) {
  return {
    Body: pace === undefined ? bytes : Readable.from(pace.slices(bytes), { objectMode: false }),
    ContentLength: bytes.length,
    ...(digest.md5 !== undefined && { ContentMD5: digest.md5 }),
    ...(digest.crc32 !== undefined && { ChecksumCRC32: digest.crc32 }),
  };
}

/**
 * Signs a request with the hash of its body that is known already, or without one: the signature is made of the header
 * `x-amz-content-sha256`, which the SDK fills in only where it is missing (Signature Version 4). The store refuses a
 * body that has another hash; of an unsigned one it compares the checksum.
 */
export function signPayload(
  command: PutObjectCommand | UploadPartCommand,
  { sha256 = 'UNSIGNED-PAYLOAD' }: PartDigest,
): void {
  // The middleware does not look at what the two have for themselves.
  const { middlewareStack } = command as PutObjectCommand;
  middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    { step: 'build', name: 'signPayload', override: true },
  );
}

/** Timers are late by a millisecond or two: shorter waits are put together. */
const shortestWaitMilliseconds = 10;

/** Bounds the rate at which bytes leave, over all parts that are under way together. */
export class Pace {
  readonly #rate: Rate;
  readonly #sliceBytes: number;

  constructor(bytesPerSecond: number) {
    this.#rate = new Rate(bytesPerSecond);
    // A tenth of a second at most: what is sent is even also at a low rate.
    this.#sliceBytes = Math.min(64 * 1024, Math.ceil(bytesPerSecond / 10));
  }

  async *slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
    for (let offset = 0; offset < bytes.length; offset += this.#sliceBytes) {
      const slice = bytes.subarray(offset, offset + this.#sliceBytes);
      const wait = this.#rate.waitFor(slice.length, performance.now());
      if (wait >= shortestWaitMilliseconds) await sleep(wait);
      yield slice;
    }
  }
}
