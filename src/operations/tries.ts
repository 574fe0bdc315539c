import { UserError, type ErrorCode } from '../errors.js';
import type { Log } from '../log.js';

/** What another try may get past: what other statements on the server did meanwhile. */
const passing: readonly ErrorCode[] = ['DDL_DURING_BACKUP', 'REDO_OVERWRITTEN', 'LOCK_WAIT_TIMEOUT'];

/**
 * Does the work, and when it fails for a reason that passes, does it again from the start, `tries` times in all.
 * @param work is given how the tries before it failed.
 */
export async function withTries<T>(
  tries: number,
  { log, signal }: { log: Log; signal: AbortSignal },
  work: (failures: readonly UserError[]) => Promise<T>,
): Promise<T> {
  const failures: UserError[] = [];
  for (;;) {
    try {
      return await work(failures);
    } catch (error) {
      const isPassing = error instanceof UserError && passing.includes(error.code);
      if (!isPassing || signal.aborted || failures.length + 1 >= tries) throw error;
      failures.push(error);
      log.warning(
        `${error.message} Nothing of it is kept. Trying again from the start: try ${failures.length + 1} of ${tries}.`,
      );
    }
  }
}
