import { setTimeout as sleep } from 'node:timers/promises';
import type { Writers } from '../test/support/writers.js';
import { DemoFailure } from './demo-runner.js';

const patienceMs = 60_000;

/** Returns when the application has committed so many more transactions. @throws what a writer failed with. */
export async function writeOn(writers: Writers, transactions: number): Promise<void> {
  const enough = writers.transactions() + transactions;
  const deadline = performance.now() + patienceMs;
  while (writers.transactions() < enough && performance.now() < deadline) await sleep(50);
  await writers.pause();
  writers.resume();
  if (writers.transactions() < enough) throw new DemoFailure('The application writes too slowly.');
}

/** Waits until the application fails, ends it, and returns its error. */
export async function failureOf(writers: Writers): Promise<string> {
  const deadline = performance.now() + patienceMs;
  try {
    while (performance.now() < deadline) {
      await writers.pause();
      writers.resume();
      await sleep(50);
    }
  } catch (error) {
    await writers.stop().catch(() => undefined);
    const cause = (error as Error).cause;
    return cause instanceof Error ? cause.message : String(error);
  }
  throw new DemoFailure('The application has not noticed the loss of a table.');
}
