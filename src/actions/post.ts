import * as core from '@actions/core';
import { messageOf } from '../errors.js';
import { parseInputs } from '../inputs/parse.js';
import { cleanUp, leftoversSchema, type Leftovers } from '../operations/leftovers.js';
import { openRepository } from '../wiring.js';
import { githubLog } from './github-log.js';

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
    const inputs = () => parseInputs('backup', (name) => core.getInput(name));
    const signal = AbortSignal.timeout(longestSeconds * 1000);
    const open = async () => openRepository(inputs(), { log, signal });
    await cleanUp(leftovers, open, log);
  } catch (error) {
    log.warning(`Not everything could be cleaned up: ${messageOf(error)}`);
  }
}
