import * as core from '@actions/core';
import type { Log } from '../log.js';
import { harmless, printable } from '../pipeline/output-lines.js';

/** The log of a workflow run. With `verbose`, debug lines are shown to everybody. */
export function githubLog(verbose: boolean): Log {
  return {
    debug: (message) => (verbose ? print(message) : core.debug(printable(message))),
    info: print,
    warning: (message) => core.warning(printable(message), { title: 'xbackup' }),
    group: (title, work) => core.group(printable(title), work),
  };
}

/** A message may quote foreign text over several lines, and a line that starts with `::` is a command. */
function print(message: string): void {
  for (const line of message.split('\n')) core.info(harmless(line).replace(/^(\s*):/, '$1\u200b:'));
}
