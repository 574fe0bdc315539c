import { perGib, type ContenderFigures, type Rows, type RunFigures, type Table } from './figures.js';
import { pacedName, type LinkFigures } from './link-figures.js';
import type { LoadFigures } from './load-figures.js';
import type { BackupName, RestoreName } from './options.js';
import type { Results } from './results.js';

/** Pure: the figures that xbackup is to reach, and whether it did. */

export interface Target {
  what: string;
  /** What it may be at most, or is to be at least. */
  bound: number;
  atLeast?: true;
  measured: number;
  unit: 'x' | '%' | 's' | 'MB' | 's/GiB';
  reached: boolean;
}

/** Less than this is no copy of the data: option files and the tool's own notes. */
const noDiskMb = 1;
const nodeRssMb = 200;

/** Only what can be told from the contenders that ran. */
export function targetsOf({
  backup = {},
  restore = {},
  links = {},
  streams = {},
  load = {},
}: Partial<Results>): Target[] {
  return [
    ...backupTargets(backup),
    ...nodeTargets(backup),
    ...restoreTargets(restore),
    ...linkTargets(links),
    ...memoryTargets('streams', streams),
    ...loadTargets(load),
  ];
}

function backupTargets(backup: Table<BackupName>): Target[] {
  const { limit, xbackup, sketch, 'xbackup-null-sink': nullSink } = backup;
  const targets: Target[] = [];
  const add = (what: string, bound: number, ours?: ContenderFigures, theirs?: ContenderFigures) => {
    if (ours !== undefined && theirs !== undefined) {
      targets.push(target(what, bound, ours.wallSeconds / theirs.wallSeconds, 'x'));
    }
  };
  add('backup: wall to that of the limit, into a null sink', 1.1, nullSink, limit);
  for (const [name, figures] of othersOf(backup)) {
    if (name !== 'sketch') add(`backup: wall to that of ${name}`, 1, xbackup, figures);
  }
  add('backup: wall to that of sketch', 1 / 8, xbackup, sketch);
  return targets;
}

function nodeTargets(backup: Table<BackupName>): Target[] {
  const { xbackup } = backup;
  if (xbackup === undefined) return [];
  const { nodeCpuSeconds = 0, nodePeakRssMb = 0, nodeStartCpuSeconds = 0 } = xbackup;
  const ours = perGib(nodeCpuSeconds, xbackup.storedMb);
  const uploaders = othersOf(backup).flatMap(([name, figures]) => {
    if (figures.uploaderCpuSeconds === undefined) return [];
    const theirs = perGib(figures.uploaderCpuSeconds, figures.storedMb);
    return [target(`backup: CPU of node for each GiB stored, and that of ${name}`, theirs, ours, 's/GiB')];
  });
  return [
    target('backup: CPU of node for each GiB stored', 4, ours, 's/GiB'),
    ...uploaders,
    target('backup: peak RSS of node', nodeRssMb, nodePeakRssMb, 'MB'),
    target('backup: temporary disk', noDiskMb, xbackup.temporaryDiskMb, 'MB'),
    target('backup: CPU of node before its first line', 0.25, nodeStartCpuSeconds, 's'),
  ];
}

function restoreTargets({ limit, xbackup, sketch }: Table<RestoreName>): Target[] {
  if (xbackup === undefined) return [];
  const against = (name: string, bound: number, theirs: RunFigures | undefined) =>
    theirs === undefined
      ? []
      : [target(`restore: wall to that of ${name}`, bound, xbackup.wallSeconds / theirs.wallSeconds, 'x')];
  return [...against('the limit', 1.15, limit), ...against('sketch', 0.6, sketch)];
}

function linkTargets(links: Rows<LinkFigures>): Target[] {
  const { [pacedName]: paced } = links;
  return [
    ...memoryTargets('links', links),
    ...(paced === undefined
      ? []
      : [target(`links: distance of the rate from its bound, ${pacedName}`, 10, awayFromBound(paced), '%')]),
  ];
}

function memoryTargets(part: string, rows: Rows<RunFigures>): Target[] {
  return Object.entries(rows).map(([name, { nodePeakRssMb = 0 }]) =>
    target(`${part}: peak RSS of node, ${name}`, nodeRssMb, nodePeakRssMb, 'MB'),
  );
}

function loadTargets({ limit, xbackup }: Rows<LoadFigures>): Target[] {
  if (limit === undefined || xbackup === undefined) return [];
  const what = "load: the server's throughput to that during the limit";
  const [bound, measured] = [0.9, xbackup.transactionsPerSecond / limit.transactionsPerSecond];
  return [{ what, bound, atLeast: true, measured, unit: 'x', reached: measured >= bound }];
}

/** In percent. */
function awayFromBound({ sentMbPerSecond, boundMbPerSecond = Infinity }: LinkFigures): number {
  return Math.abs(sentMbPerSecond / boundMbPerSecond - 1) * 100;
}

/** Whom xbackup is compared with. */
function othersOf(backup: Table<BackupName>): [string, ContenderFigures][] {
  return Object.entries(backup).filter(([name]) => name !== 'limit' && !name.startsWith('xbackup'));
}

function target(what: string, bound: number, measured: number, unit: Target['unit']): Target {
  return { what, bound, measured, unit, reached: measured <= bound };
}
