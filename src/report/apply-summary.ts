import { UserError } from '../errors.js';
import { ApplyFailure, type ApplyResult, type ApplyStep } from '../operations/apply-result.js';
import { failureSummary } from './failure-summary.js';
import { formatBytes, formatDuration } from './format.js';
import { code, escapeText, facts, page, table } from './markdown.js';

/** What the job summary says of a restore that succeeded. */
export function applySummary(result: ApplyResult): string {
  const { prepared } = result;
  return page([
    `## ✅ ${escapeText(prepared.server)} restored to ${prepared.backupId}`,
    facts([
      ['Backup', `${code(prepared.backupId)} (${prepared.links.length} links)`],
      ['Datadir', code(result.datadir)],
      ['Method', result.method],
      ['Data', `${formatBytes(prepared.inventory.bytes)} in ${prepared.inventory.files} files`],
      [
        'Server',
        result.serverVersion === undefined ? 'runs, but refuses the account' : code(result.serverVersion),
      ],
      ['LSN', code(prepared.toLsn)],
      ['Binary log', binlogText(prepared)],
      ['GTID', prepared.gtid === undefined ? undefined : code(prepared.gtid)],
      ['Took', formatDuration(result.durationSeconds)],
    ]),
    stepTable(result.steps),
    result.oldDatadir === undefined
      ? 'There was no old data in the datadir.'
      : `> [!NOTE]\n> The old data is kept in ${code(result.oldDatadir)}. Remove it when you no longer need it.`,
  ]);
}

/** What the job summary says of a restore that failed. */
export function applyFailureSummary(error: unknown): string {
  const summary = failureSummary('Restore', error);
  if (!(error instanceof ApplyFailure)) {
    const isSaid = error instanceof UserError && /Nothing was (changed|touched)/.test(error.hint);
    return page([summary.trimEnd(), isSaid ? undefined : 'Nothing was changed on this host.']);
  }
  const { rolledBack, steps } = error.details;
  const caution =
    '> [!CAUTION]\n> The server is **not** as it was. Read the message above before you do anything.';
  return page([summary.trimEnd(), rolledBack ? undefined : caution, stepTable(steps)]);
}

function stepTable(steps: readonly ApplyStep[]): string {
  const mark: Record<ApplyStep['outcome'], string> = { done: '✅', failed: '❌' };
  const rows = steps.map((step) => [
    mark[step.outcome],
    escapeText(step.name),
    formatDuration(step.durationSeconds),
  ]);
  return table([['', 'Step', 'Took'], ...rows], ['', '', 'r']);
}

function binlogText(prepared: ApplyResult['prepared']): string | undefined {
  const { binlogFile, binlogPosition } = prepared;
  return binlogFile === undefined ? undefined : code(`${binlogFile}:${binlogPosition ?? ''}`);
}
