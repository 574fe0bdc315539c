import { UserError } from '../errors.js';
import type { CarriedOver } from '../mysql/carry-over.js';
import { ApplyFailure, type ApplyResult, type ApplyStep, type OldData } from '../operations/apply-result.js';
import { failureSummary } from './failure-summary.js';
import { formatBytes, formatDuration } from './format.js';
import { code, escapeText, facts, page, sentence, table } from './markdown.js';
import { replicaSection } from './replica-section.js';

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
      ['server\\_uuid', uuidText(result.serverUuid)],
      ['Took', formatDuration(result.durationSeconds)],
    ]),
    stepTable(result.steps),
    oldDataText(result.oldData),
    list([...carriedOverTexts(result.carriedOver), ...uuidTexts(result.serverUuid), ...result.notes]),
    replicaSection(prepared, result.serverVersion),
  ]);
}

function oldDataText({ datadir, outside }: OldData): string {
  const folders = [...(datadir === undefined ? [] : [datadir]), ...outside].map(code);
  if (folders.length === 0) return 'There was no old data in the datadir.';
  const last = folders.pop() ?? '';
  const all = folders.length === 0 ? last : `${folders.join(', ')} and ${last}`;
  return `> [!NOTE]\n> The old data is kept in ${all}. Remove it when you no longer need it.`;
}

function uuidText({ before, now }: ApplyResult['serverUuid']): string | undefined {
  if (now === undefined) return undefined;
  return before === undefined || before === now ? code(now) : `${code(before)} → ${code(now)}`;
}

function uuidTexts({ before, now }: ApplyResult['serverUuid']): string[] {
  if (before === undefined || now === undefined || before === now) return [];
  return [
    'With other data it is another server, so it has a new `server_uuid`. ' +
      'Replicas that followed it have transactions that it lost: set them up anew.',
  ];
}

function carriedOverTexts({ copied, missing }: CarriedOver): string[] {
  const texts: string[] = [];
  if (copied.length > 0) {
    texts.push(`Taken over from the old datadir: ${copied.map((name) => `\`${name}\``).join(', ')}.`);
  }
  if (missing.includes('mysqld-auto.cnf')) {
    texts.push(
      'There was no `mysqld-auto.cnf` to take over. ' +
        'If the server of the backup had settings made by `SET PERSIST`, make them again.',
    );
  }
  if (missing.includes('server-key.pem')) {
    texts.push(
      'There were no TLS keys to take over. Where the server is not told of others, MySQL has made new ones, ' +
        'signed by themselves: clients that check them need the new `ca.pem`.',
    );
  }
  return texts;
}

/** Our own sentences, with paths of others in them. */
function list(items: readonly string[]): string {
  return items.map((item) => `- ${sentence(item)}`).join('\n');
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
