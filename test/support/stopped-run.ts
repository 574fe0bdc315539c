import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Operation, StepOf } from '../../src/operations/steps.js';
import type { RunningAction } from './action-runner.js';
import { until } from './failures.js';
import { processesOf } from './processes.js';
import { repositoryRoot } from './repository-root.js';

/** Runs that end, or wait, exactly where a step begins (src/operations/steps.ts). */

const preload = pathToFileURL(join(repositoryRoot(), 'test/support/stop-at.mjs')).href;

function environment(signal: string, operation: string, step: string): Record<string, string> {
  const STOP_AT = `Step of the ${operation}: ${step}`;
  return { NODE_OPTIONS: `--import=${preload}`, STOP_AT, STOP_WITH: signal };
}

/** The environment of a run that is killed by SIGKILL at a step. */
export function killedAt<O extends Operation>(operation: O, step: StepOf<O>): Record<string, string> {
  return environment('SIGKILL', operation, step);
}

/** The environment of a run that stops at a step, until `goOn`. */
export function stoppedAt<O extends Operation>(operation: O, step: StepOf<O>): Record<string, string> {
  return environment('SIGSTOP', operation, step);
}

/** Waits until a run has stopped. Its programs go on, as far as nobody reads from them. */
export async function hasStopped({ pid, finished }: RunningAction): Promise<void> {
  let hasEnded = false;
  finished.then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  await until('the run stops at its step', async () => {
    if (hasEnded) throw new Error(`The run never came to its step:\n${(await finished).log}`);
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  });
}

export function goOn({ pid }: RunningAction): void {
  process.kill(pid, 'SIGCONT');
}

/** SIGKILL for the descendants of a run whose command line has a word. @throws Error when there is none. */
export async function killProgram({ marker, pid }: RunningAction, name: RegExp): Promise<void> {
  const programs = (await processesOf(marker)).filter(
    (found) => found.pid !== pid && name.test(found.command),
  );
  if (programs.length === 0) throw new Error(`No program ${String(name)} runs.`);
  for (const program of programs) process.kill(program.pid, 'SIGKILL');
}

/** What the end of its host does to what a run has started. Call it when the run was killed, and has no post step. */
export async function killAllOf({ marker }: { marker: string }): Promise<void> {
  for (const { pid } of await processesOf(marker)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}
