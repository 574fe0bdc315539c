/** Timers are late by milliseconds: what was not used for so long may still be used. */
const burstMs = 20;

/** A bound of bytes per second, over all that ask it: a token bucket of a small burst. Times are in milliseconds. */
export class Rate {
  readonly #bytesPerMs: number;
  /** When the last byte that was asked for has passed. */
  #busyUntil = -Infinity;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Lets bytes queue behind all others. @returns how long they must wait until the last of them may have passed. */
  waitFor(bytes: number, now: number): number {
    this.#busyUntil = Math.max(this.#busyUntil, now - burstMs) + bytes / this.#bytesPerMs;
    return Math.max(0, this.#busyUntil - now);
  }
}
