import { setTimeout as sleep } from 'node:timers/promises';

/** How long to put up with a store that fails. */
export interface Patience {
  connectSeconds: number;
  /** A connection without a byte for so long is broken. */
  idleSeconds: number;
  /** The first pause before another attempt; each next one is twice as long. */
  firstPauseSeconds: number;
  /** How often the SDK sends a request within one attempt, without a pause to speak of. */
  sendsPerAttempt: number;
}

/** Six attempts with pauses of 1, 2, 4, 8 and 16 s: what a restart of the store or a switch may take. */
export const usualPatience: Patience = {
  connectSeconds: 10,
  idleSeconds: 60,
  firstPauseSeconds: 1,
  sendsPerAttempt: 5,
};

const attempts = 6;

/** Counts failures in a row, and waits longer after each. */
export class BackOff {
  #failures = 0;

  constructor(
    readonly patience: Patience,
    readonly signals: readonly AbortSignal[],
  ) {}

  /** Something went well: the count begins anew. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next attempt. False when there have been enough. @throws when one of the signals aborts. */
  async pause(): Promise<boolean> {
    this.#failures += 1;
    if (this.#failures >= attempts) return false;
    const seconds = this.patience.firstPauseSeconds * 2 ** (this.#failures - 1);
    // Only now: each signal made of others costs memory for as long as they live, and most requests never pause.
    await sleep(seconds * 1000, undefined, { signal: AbortSignal.any([...this.signals]) });
    return true;
  }
}
