import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';

/** What script/bench is told. */

export const backupNames = [
  'limit',
  'xbackup',
  'xbackup-null-sink',
  'sketch',
  'old-script',
  's3cmd',
  'rclone',
  'aws',
  'lib-storage',
  'xbcloud',
  'wal-g',
] as const;
export const restoreNames = ['limit', 'xbackup', 'curl', 'sketch', 'by-hand'] as const;

/** The tables that there are; each is measured on its own. */
export const partNames = ['backup', 'restore', 'idle', 'links', 'streams', 'load'] as const;

export type PartName = (typeof partNames)[number];
export type BackupName = (typeof backupNames)[number];
export type RestoreName = (typeof restoreNames)[number];
export type ContenderName = BackupName | RestoreName;

export interface BenchOptions {
  /** How much data to load. */
  sizeMib: number;
  /** How often each contender runs. */
  runs: number;
  /** Of backup and restore; undefined: all. */
  only: readonly ContenderName[] | undefined;
  parts: readonly PartName[];
  /** How much the backup tool emits in the part `streams`, each time. */
  streamsMib: readonly number[];
  /** Absolute paths of what to write. */
  jsonFile: string | undefined;
  plotFile: string | undefined;
}

const contenderNames: readonly ContenderName[] = [...new Set([...backupNames, ...restoreNames])];
const optionNames = ['size', 'runs', 'only', 'parts', 'streams', 'json', 'plot'];
const largestSizeMib = 20 * 1024;

/**
 * @param calledFrom the directory that relative paths are meant from.
 * @returns the options, or each thing that is wrong with them.
 */
export function parseOptions(
  words: readonly string[],
  calledFrom: string,
): { options: BenchOptions } | { problems: string[] } {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(optionNames.map((name) => [name, { type: 'string' as const }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  const given = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`unknown argument: ${token.value}`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!optionNames.includes(name)) problems.push(`unknown option: ${rawName}`);
    else if (value === undefined || value === '') problems.push(`${rawName} needs a value`);
    else given.set(name, value);
  }
  const sizeMib = sizeOf('size', given.get('size') ?? '2g', problems);
  const runs = runsOf(given.get('runs') ?? '3', problems);
  const only = listOf('only', given.get('only'), contenderNames, problems);
  const parts = listOf('parts', given.get('parts'), partNames, problems) ?? partNames;
  const streamSizes = (given.get('streams') ?? '1g,4g,16g').split(',');
  const streamsMib = [...new Set(streamSizes.map((text) => sizeOf('streams', text, problems)))];
  const file = (name: string) => {
    const path = given.get(name);
    return path === undefined || isAbsolute(path) ? path : join(calledFrom, path);
  };
  const plotFile = file('plot');
  if (plotFile?.endsWith('.svg') === false)
    problems.push('--plot writes an SVG: its name must end with .svg');
  if (plotFile !== undefined && !parts.some((part) => part === 'backup' || part === 'restore'))
    problems.push('--plot draws backup and restore: --parts names neither');
  if (problems.length > 0) return { problems };
  return { options: { sizeMib, runs, only, parts, streamsMib, jsonFile: file('json'), plotFile } };
}

function sizeOf(option: string, text: string, problems: string[]): number {
  const [, digits = '', unit] = /^(\d{1,6})([mg])$/i.exec(text) ?? [];
  const sizeMib = Number(digits) * (unit?.toLowerCase() === 'g' ? 1024 : 1);
  if (digits === '' || sizeMib < 1 || sizeMib > largestSizeMib) {
    problems.push(`--${option} is a number with m or g, from 1m to 20g, not ${text}`);
  }
  return sizeMib;
}

function runsOf(text: string, problems: string[]): number {
  const runs = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (runs < 1) problems.push(`--runs is a number from 1 to 99, not ${text}`);
  return runs;
}

function listOf<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
  problems: string[],
): Name[] | undefined {
  if (text === undefined) return undefined;
  const wanted = text.split(',').filter((name) => name !== '');
  const unknown = wanted.filter((name) => !known.some((one) => one === name));
  if (unknown.length > 0) {
    problems.push(`--${option} knows no ${unknown.join(', ')}; there are ${known.join(', ')}`);
  }
  if (wanted.length === 0) problems.push(`--${option} names nothing`);
  return wanted as Name[];
}
