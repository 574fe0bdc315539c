import { constants } from 'node:os';

/** A script is told to end: what it has made goes first. */
export class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(signal);
  }

  /** As a shell has it for what a signal has ended. */
  get exitStatus(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** Rejects with `Interrupted` when the process is told to end. From now on no signal ends it. */
export function untilInterrupted(): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => reject(new Interrupted(signal)));
    }
  });
  interrupted.catch(() => undefined);
  return interrupted;
}
