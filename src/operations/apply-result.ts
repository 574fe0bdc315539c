import { UserError } from '../errors.js';
import type { CarriedOver } from '../mysql/carry-over.js';
import type { Prepared } from './prepared.js';

export interface ApplyStep {
  name: string;
  durationSeconds: number;
  outcome: 'done' | 'failed';
}

/** Where the old data is. */
export interface OldData {
  /** Undefined when there was none. */
  datadir: string | undefined;
  /** The folders that hold what was outside of it. */
  outside: readonly string[];
}

export interface ApplyResult {
  prepared: Prepared;
  datadir: string;
  method: 'move-back' | 'copy-back';
  steps: ApplyStep[];
  oldData: OldData;
  carriedOver: CarriedOver;
  /** MySQL's, of the old data and of the new. */
  serverUuid: { before: string | undefined; now: string | undefined };
  /** What of the old server was not replaced, as sentences. */
  notes: readonly string[];
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
