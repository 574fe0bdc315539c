import type { ListResult } from '../operations/list.js';
import { explanationOf } from './failure-summary.js';
import { formatDuration } from './format.js';
import { code, details, escapeText, page } from './markdown.js';
import { restorePointPage } from './restore-points.js';

/** In a summary the last ones are enough: it may hold 1 MiB. */
const shownPoints = 200;

/** What the job summary says of what can be restored. */
export function listSummary({ server, points, newest, failure }: ListResult): string {
  const shown = points.slice(-shownPoints);
  const title =
    shown.length < points.length
      ? `The last ${shown.length} of ${points.length} backups`
      : `All backups: ${points.length}`;
  return page([
    `## ${failure === undefined ? '✅' : '❌'} Backups of ${escapeText(server)}`,
    failure &&
      `${escapeText(failure.message)} ${escapeText(failure.hint)} ([${failure.code}](${explanationOf(failure.code)}))`,
    newest &&
      `The newest that can be restored is ${code(newest.id)}; it ended ${formatDuration(newest.ageSeconds)} ago.`,
    points.length === 0 ? 'There is none.' : details(title, restorePointPage(shown)),
  ]);
}
