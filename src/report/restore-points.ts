import { markdownTable } from 'markdown-table';
import type { RestorePoint } from '../chain/plan-restore.js';
import { formatBytes } from './format.js';
import { escapeText } from './markdown.js';

/** The restore points for a terminal. */
export function restorePointTable(points: readonly RestorePoint[]): string {
  return tableOf(rowsOf(points));
}

/** The same for a page. */
export function restorePointPage(points: readonly RestorePoint[]): string {
  return tableOf(rowsOf(points).map((row) => row.map(escapeText)));
}

function rowsOf(points: readonly RestorePoint[]): string[][] {
  return points.map((point) => [
    point.id,
    point.type ?? '?',
    point.startedAt?.slice(0, 19).replace('T', ' ') ?? '?',
    point.sizeBytes === undefined ? '?' : formatBytes(point.sizeBytes),
    point.links === undefined ? '–' : String(point.links),
    point.downloadBytes === undefined ? '–' : formatBytes(point.downloadBytes),
    point.restorable ? 'yes' : `no: ${point.problem ?? ''}`.replace(/\s+/g, ' '),
  ]);
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const heading = ['Backup', 'Type', 'Started (UTC)', 'Size', 'Links', 'To download', 'Can be restored'];
  return markdownTable([heading, ...rows], { align: ['', '', '', 'r', 'r', 'r', ''] });
}
