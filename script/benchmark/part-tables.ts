import { table } from '../../src/report/markdown.js';
import { perGib, type Rows, type RunFigures } from './figures.js';
import type { IdleFigures } from './idle.js';
import type { LinkFigures } from './link-figures.js';
import type { LoadFigures } from './load-figures.js';

/** Pure: the tables of the parts beside backup and restore. */

/** A heading, and the cell below it. */
type Column<Figures> = [heading: string, cell: (figures: Figures) => string];

export function idleTable(rows: Rows<IdleFigures>): string {
  return tableOfRows('Incremental', rows, [
    ['Wall s', ({ wallSeconds }) => wallSeconds.toFixed(1)],
    ['CPU s', ({ cpuSeconds }) => cpuSeconds.toFixed(1)],
    ['Node CPU s', ({ nodeCpuSeconds }) => nodeCpuSeconds?.toFixed(2) ?? ''],
    ['MB stored', ({ storedMb }) => (storedMb === 0 ? '' : storedMb.toFixed(2))],
    ['MB read by the tool', ({ toolReadMb }) => toolReadMb.toFixed(0)],
    ['To the data', ({ toolReadMb, dataMb }) => (toolReadMb / dataMb).toFixed(2)],
  ]);
}

export function linksTable(rows: Rows<LinkFigures>): string {
  return tableOfRows('Link', rows, [
    ['Bound MB/s', ({ boundMbPerSecond }) => boundMbPerSecond?.toFixed(1) ?? ''],
    ['Sent MB/s', ({ sentMbPerSecond }) => sentMbPerSecond.toFixed(1)],
    ['Wall s', ({ wallSeconds }) => wallSeconds.toFixed(1)],
    ['At least s', ({ leastSeconds }) => leastSeconds.toFixed(1)],
    ['To that', ({ ratioToLeast }) => ratioToLeast.toFixed(2)],
    ['Node CPU s', ({ nodeCpuSeconds }) => nodeCpuSeconds?.toFixed(1) ?? ''],
    ['Node peak RSS MB', ({ nodePeakRssMb }) => nodePeakRssMb?.toFixed(0) ?? ''],
  ]);
}

export function streamsTable(rows: Rows<RunFigures>): string {
  return tableOfRows('Stream', rows, [
    ['GiB stored', ({ storedMb }) => (storedMb / 1073.741824).toFixed(2)],
    ['Wall s', ({ wallSeconds }) => wallSeconds.toFixed(1)],
    ['Node CPU s/GiB', ({ nodeCpuSeconds = 0, storedMb }) => perGib(nodeCpuSeconds, storedMb).toFixed(2)],
    ['Node peak RSS MB', ({ nodePeakRssMb }) => nodePeakRssMb?.toFixed(0) ?? ''],
  ]);
}

export function loadTable(rows: Rows<LoadFigures>): string {
  return tableOfRows('Meanwhile', rows, [
    ['Transactions/s', ({ transactionsPerSecond }) => transactionsPerSecond.toFixed(0)],
    ['To alone', ({ ratioToAlone }) => ratioToAlone.toFixed(2)],
    ['Backup wall s', ({ wallSeconds }) => (wallSeconds === 0 ? '' : wallSeconds.toFixed(1))],
  ]);
}

function tableOfRows<Figures>(
  first: string,
  rows: Rows<Figures>,
  columns: readonly Column<Figures>[],
): string {
  const cells = Object.entries(rows).map(([name, figures]) => [
    name,
    ...columns.map(([, cell]) => cell(figures)),
  ]);
  return table(
    [[first, ...columns.map(([heading]) => heading)], ...cells],
    ['l', ...columns.map(() => 'r' as const)],
  );
}
