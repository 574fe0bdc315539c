import * as core from '@actions/core';
import { messageOf, UserError } from '../errors.js';
import { parseInputs, type ReadInput } from '../inputs/parse.js';
import type { Log } from '../log.js';
import { cleanUp, leftoversSchema, LeftoversNote, type Leftovers } from '../operations/leftovers.js';
import type { RestoreProgress } from '../operations/restore-progress.js';
import { openRepository, runRollBack } from '../wiring.js';
import { githubLog } from './github-log.js';
import { reportFailure } from './report.js';
import { temporaryDir } from './temporary-dir.js';

const stateName = 'leftovers';

/** A store that does not answer must not hold up the end of the job. */
const longestSeconds = 60;

/** Notes for the post step what to clean up should this process be killed. */
export function saveLeftovers(leftovers: Leftovers | undefined): void {
  core.saveState(stateName, leftovers ?? '');
}

/** The step after the job's steps, also after a cancel: removes what a killed run left behind. */
export async function runPost(): Promise<void> {
  const log = githubLog(false);
  const state = core.getState(stateName);
  if (state === '') return;
  try {
    const leftovers = leftoversSchema.parse(JSON.parse(state));
    const signal = AbortSignal.timeout(longestSeconds * 1000);
    const open = async () => openRepository(parseInputs('backup', readInput), { log, signal });
    await cleanUp(leftovers, open, log);
    if (leftovers.restore !== undefined) await rollBack(leftovers.restore, log);
  } catch (error) {
    log.warning(`Not everything could be cleaned up: ${messageOf(error)}`);
  }
}

const readInput: ReadInput = (name) => core.getInput(name);

/** The server may be down, and its data aside: that cannot wait for anybody. */
async function rollBack(progress: RestoreProgress, log: Log): Promise<void> {
  const note = new LeftoversNote(() => undefined);
  const { signal } = new AbortController();
  const edge = { log, note, signal, temporaryDir: temporaryDir(), run: undefined };
  try {
    const done = await runRollBack(parseInputs('apply', readInput), progress, edge);
    const error = new UserError(
      'RESTORE_ROLLED_BACK',
      `The restore was killed before it was done. ${done}`,
      'Run apply again when you are ready.',
    );
    await reportFailure('restore', error, log);
  } catch (failure) {
    const { path } = progress.datadir;
    const places = progress.outside.map(
      (place) => `, and of ${place.path} in its folder .before-restore-${progress.label}`,
    );
    const error = new UserError(
      'ROLLBACK_FAILED',
      `The restore was killed, and putting everything back failed: ${messageOf(failure)}`,
      `The old data is in ${path}, or beside it in ${path}.before-restore-${progress.label}` +
        `${places.join('')}. Put it back by hand.`,
      { cause: failure },
    );
    await reportFailure('restore', error, log);
  }
}
