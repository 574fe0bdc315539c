import * as core from '@actions/core';
import { messageOf, UserError } from '../errors.js';
import type { ActionCommand } from '../inputs/definition.js';
import type { Log } from '../log.js';
import { ApplyFailure } from '../operations/apply-result.js';
import { printable } from '../pipeline/output-lines.js';
import { applyFailureSummary } from '../report/apply-summary.js';
import { commandErrorOf, explanationOf, failureSummary } from '../report/failure-summary.js';

/** The one place that reports to GitHub how an action ended. */

/** An annotation, the end of what a program said, the summary and the exit status. `action`: it is not known which. */
export async function reportFailure(
  name: ActionCommand | 'restore' | 'action',
  error: unknown,
  log: Log,
): Promise<void> {
  const command = commandErrorOf(error);
  if (command !== undefined && command.failure.stderrTail !== '') {
    const { program, stderrTail } = command.failure;
    await log.group(`The end of what ${program} said`, () => Promise.resolve(log.info(stderrTail)));
  }
  annotateFailure(name, error);
  if (error instanceof ApplyFailure) core.setOutput('rolled-back', String(error.details.rolledBack));
  await writeSummary(
    name === 'apply' ? applyFailureSummary(error) : failureSummary(titleOf(name), error),
    log,
  );
}

/** The exit status, and an annotation that says why. */
export function annotateFailure(name: string, error: unknown): void {
  process.exitCode = 1;
  if (error instanceof UserError) {
    const where = `Code ${error.code}: ${explanationOf(error.code)}`;
    core.error(printable(`${error.message}\n${error.hint}\n${where}`), { title: `xbackup ${name} failed` });
  } else {
    core.error(printable(error instanceof Error ? (error.stack ?? error.message) : String(error)), {
      title: `xbackup ${name} failed unexpectedly`,
    });
  }
}

function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Of what is longer GitHub shows nothing at all. */
const longestSummaryBytes = 1024 * 1024 - 1024;

function asGitHubTakesIt(markdown: string): string {
  const bytes = Buffer.from(markdown);
  if (bytes.length <= longestSummaryBytes) return markdown;
  return `${bytes.subarray(0, longestSummaryBytes).toString()}\n\n…\n`;
}

/** A summary that cannot be written changes nothing about the backup. */
export async function writeSummary(markdown: string, log: Log): Promise<void> {
  if ((process.env['GITHUB_STEP_SUMMARY'] ?? '') === '') return;
  try {
    await core.summary.addRaw(asGitHubTakesIt(markdown), true).write();
  } catch (error) {
    log.warning(`The job summary could not be written: ${messageOf(error)}`);
  }
}
