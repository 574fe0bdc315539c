import { setTimeout as sleep } from 'node:timers/promises';
import type { FirstFailure } from '../first-failure.js';

/** How long a source may take to close after a failure. Programs that ignore SIGINT take 3 s. */
const closeSeconds = 5;

/** The stream that is uploaded. A failure elsewhere ends it, even while it waits for data. */
export class UploadSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #failure: FirstFailure;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #closed: Promise<unknown> = Promise.resolve();

  constructor(source: AsyncIterable<Uint8Array>, failure: FirstFailure) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#failure = failure;
  }

  /** It was read to its end, and did not throw there. */
  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  async *read(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const next = await this.#nextUnlessStopped();
      if (next.done === true) break;
      yield next.value;
    }
    this.#state = 'ended';
  }

  /** After a failure. Whether it has closed is seen by `closed`. */
  close(): void {
    if (this.#state === 'open')
      this.#closed = Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }

  /** Resolves when it has closed, or takes too long. */
  async closed(): Promise<void> {
    await Promise.race([this.#closed, sleep(closeSeconds * 1000, undefined, { ref: false })]);
  }

  async #nextUnlessStopped(): Promise<IteratorResult<Uint8Array, unknown>> {
    const { signal } = this.#failure;
    let onStop = () => {};
    // A listener for each read, since a promise for the whole upload would keep something of every race.
    const stopped = new Promise<undefined>((resolve) => {
      onStop = () => resolve(undefined);
      signal.addEventListener('abort', onStop);
    });
    try {
      this.#failure.throwIfAny();
      const next = await Promise.race([this.#next(), stopped]);
      if (next === undefined) throw this.#failure.error;
      return next;
    } finally {
      signal.removeEventListener('abort', onStop);
    }
  }

  /** What the source throws comes out of the upload as it is. */
  async #next(): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.#state = 'failed';
      this.#failure.note(error);
      throw error;
    }
  }
}
