import { UserError } from '../errors.js';
import type { Prepared } from './prepared.js';

export interface ApplyStep {
  name: string;
  durationSeconds: number;
  outcome: 'done' | 'failed';
}

export interface ApplyResult {
  prepared: Prepared;
  datadir: string;
  method: 'move-back' | 'copy-back';
  steps: ApplyStep[];
  /** Undefined when there was no old data. */
  oldDatadir: string | undefined;
  /** Undefined when the server runs but refuses the account. */
  serverVersion: string | undefined;
  durationSeconds: number;
}

/** A restore that failed after it had begun: what was done, and what became of the old data. */
export class ApplyFailure extends UserError {
  constructor(
    readonly details: { steps: ApplyStep[]; rolledBack: boolean; prepared: Prepared; datadir: string },
    message: string,
    hint: string,
    cause: unknown,
  ) {
    super(details.rolledBack ? 'RESTORE_ROLLED_BACK' : 'ROLLBACK_FAILED', message, hint, { cause });
  }
}
