import * as core from '@actions/core';
import { UserError } from '../errors.js';
import { actionCommands } from '../inputs/definition.js';
import { githubLog } from './github-log.js';
import { reportFailure } from './report.js';
import { runActionByName } from './run-action.js';

/** The root action: its input `command` says which of the actions it is. */
export async function runRootAction(): Promise<void> {
  const command = core.getInput('command');
  const name = actionCommands.find((known) => known === command);
  if (name !== undefined) return runActionByName(name);
  const fact = `command is "${command}". Accepted: ${actionCommands.slice(0, -1).join(', ')} or ${actionCommands.at(-1) ?? ''}.`;
  const error = new UserError('INPUT_INVALID', fact, 'Nothing was touched. Correct the input command.');
  await reportFailure('action', error, githubLog(false));
}
