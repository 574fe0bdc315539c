import { expect } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

/** What came of one fault at one step: a row of the table in docs/reliability.md. Plain text, no times, no ids. */
export interface Outcome {
  /** `backup`, `prepare`, `apply`, … */
  operation: string;
  /** Where in the operation: `upload of a part`, `the manifest is written`, … */
  step: string;
  fault: string;
  /** What was seen, not what was hoped for. */
  outcome: string;
}

const outcomes: Outcome[] = [];

/**
 * Keeps a row in `.cache/faults/<test file>.json`. Call it when all of the case has been shown. The first call of a
 * test file forgets its last run.
 */
export function recordOutcome(outcome: Outcome): void {
  outcomes.push(outcome);
  const outcomesDir = join(repositoryRoot(), '.cache', 'faults');
  const name = basename(expect.getState().testPath ?? 'unknown', '.test.ts');
  mkdirSync(outcomesDir, { recursive: true });
  writeFileSync(join(outcomesDir, `${name}.json`), `${JSON.stringify(outcomes, undefined, 2)}\n`);
}
