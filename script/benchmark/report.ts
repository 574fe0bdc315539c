import { table } from '../../src/report/markdown.js';
import { perGib, type ContenderFigures, type Table } from './figures.js';
import { idleTable, linksTable, loadTable, streamsTable } from './part-tables.js';
import type { Results } from './results.js';
import type { Target } from './targets.js';

/** Pure: the figures as people read them. */

/** The tables of all parts, as far as anything was measured, and the figures to reach. */
export function report(
  { backup = {}, restore = {}, idle = {}, links = {}, streams = {}, load = {} }: Partial<Results>,
  targets: readonly Target[],
): string {
  const titled = <Part extends object>(title: string, part: Part, tableOf: (part: Part) => string) =>
    Object.keys(part).length > 0 ? [title, tableOf(part)] : [];
  const parts = [
    ...titled('Backup:', backup, (part) => tableOfPart(part, 'stored', 'Sender')),
    ...titled('Restore:', restore, (part) => tableOfPart(part, 'read', 'Node')),
    ...titled('An hour in which nothing was written:', idle, idleTable),
    ...titled('Through links that are slower than the stream, or longer:', links, linksTable),
    ...titled('Streams of other sizes, into a null sink:', streams, streamsTable),
    ...titled('What a busy server does meanwhile:', load, loadTable),
    ...titled('Figures to reach:', targets, tableOfTargets),
  ];
  return parts.join('\n\n');
}

/** `sender` is what talks to S3: in a backup each contender's, in a restore only ours is told apart. */
function tableOfPart(part: Table<string>, stored: string, sender: string): string {
  const heading = [
    'Contender',
    'Wall s',
    'To the limit',
    'CPU s',
    'Peak RSS MB',
    'Temporary disk MB',
    `MB ${stored}`,
    `${sender} CPU s`,
    `${sender} CPU s/GiB`,
  ];
  const rows = Object.entries(part).map(([name, figures]) =>
    figures ? [name, ...cellsOf(figures)] : [name],
  );
  return table([heading, ...rows], ['l', ...heading.slice(1).map(() => 'r')]);
}

function cellsOf(figures: ContenderFigures): string[] {
  const { nodeCpuSeconds, uploaderCpuSeconds, storedMb, ratioToLimit } = figures;
  const sender = nodeCpuSeconds ?? uploaderCpuSeconds;
  return [
    figures.wallSeconds.toFixed(1),
    ratioToLimit === null ? '' : ratioToLimit.toFixed(2),
    figures.cpuSeconds.toFixed(1),
    figures.peakRssMb.toFixed(0),
    figures.temporaryDiskMb.toFixed(0),
    storedMb === 0 ? '' : storedMb.toFixed(0),
    sender === undefined ? '' : sender.toFixed(1),
    sender === undefined || storedMb === 0 ? '' : perGib(sender, storedMb).toFixed(1),
  ];
}

function tableOfTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ what, bound, atLeast, measured, unit, reached }) => [
    what,
    `${atLeast ? '≥' : '≤'} ${withUnit(bound, unit)}`,
    withUnit(measured, unit),
    reached ? 'reached' : 'not reached',
  ]);
  return table([['Figure', 'To reach', 'Measured', ''], ...rows], ['l', 'r', 'r', 'l']);
}

function withUnit(number: number, unit: Target['unit']): string {
  if (unit === 'x') return `${number.toFixed(3)} ×`;
  if (unit === '%') return `${number.toFixed(1)} %`;
  return unit === 'MB' ? `${number.toFixed(1)} MB` : `${number.toFixed(2)} ${unit}`;
}
