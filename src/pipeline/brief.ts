import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.js';
import { Child, type OnStart, type Program } from './child.js';

export interface BriefOptions {
  /** Gets the program's lines as debug lines. */
  log: Log;
  signal: AbortSignal;
  onStart: OnStart;
  /** It has no longer. */
  seconds: number;
}

/**
 * Runs a program that nobody is to wait for.
 * @throws CommandError unless it ends with 0 in time; then, and after an abort, it is killed.
 */
export async function runBriefly(
  program: Program,
  { log, signal, onStart, seconds }: BriefOptions,
): Promise<void> {
  const child = new Child(program, { log, stdin: 'ignore', stdout: 'lines' });
  if (child.processId !== undefined) onStart(child.processId);
  const done = new AbortController();
  const late = sleep(seconds * 1000, 'late' as const, { signal: AbortSignal.any([done.signal, signal]) });
  const ended = await Promise.race([child.ended, late.catch(() => 'late' as const)]);
  done.abort();
  if (ended === 'late') {
    child.kill();
    throw child.error(await child.ended);
  }
  if (ended.exitStatus !== 0) throw child.error(ended);
}
