import { createHash } from 'node:crypto';
import { inSlices } from '../in-slices.js';

/** Counts and hashes a stream as it passes. */
export class Meter {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Hex; the meter cannot be used after it. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  async *measure<T extends Uint8Array>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
    for await (const chunk of source) {
      await inSlices(chunk, (slice) => this.#hash.update(slice));
      this.#bytes += chunk.length;
      yield chunk;
    }
  }
}

/** What has passed through all of them. */
export function bytesThrough(meters: readonly Meter[]): number {
  return meters.reduce((sum, { bytes }) => sum + bytes, 0);
}
