import * as core from '@actions/core';
import { UserError } from '../errors.js';
import { githubLog } from './github-log.js';
import { reportFailure } from './report.js';
import { runActionByName, type ActionName } from './run-action.js';

const names: readonly ActionName[] = ['backup', 'prepare', 'apply'];

/** The root action: its input `command` says which of the actions it is. */
export async function runRootAction(): Promise<void> {
  const command = core.getInput('command');
  const name = names.find((known) => known === command);
  if (name !== undefined) return runActionByName(name);
  const fact = `command is "${command}". Accepted: backup, prepare or apply.`;
  const error = new UserError('INPUT_INVALID', fact, 'Nothing was touched. Correct the input command.');
  await reportFailure('action', error, githubLog(false));
}
