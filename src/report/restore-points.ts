import { markdownTable } from 'markdown-table';
import type { RestorePoint } from '../chain/plan-restore.js';
import { formatBytes } from './format.js';

/** The restore points for a terminal. */
export function restorePointTable(points: readonly RestorePoint[]): string {
  const rows = points.map((point) => [
    point.id,
    point.type ?? '?',
    point.startedAt?.slice(0, 19).replace('T', ' ') ?? '?',
    point.sizeBytes === undefined ? '?' : formatBytes(point.sizeBytes),
    point.links === undefined ? '–' : String(point.links),
    point.downloadBytes === undefined ? '–' : formatBytes(point.downloadBytes),
    point.restorable ? 'yes' : `no: ${point.problem ?? ''}`.replace(/\s+/g, ' '),
  ]);
  const heading = ['Backup', 'Type', 'Started (UTC)', 'Size', 'Links', 'To download', 'Can be restored'];
  return markdownTable([heading, ...rows], { align: ['', '', '', 'r', 'r', 'r', ''] });
}
