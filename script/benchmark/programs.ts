import { findProgram, outputOf } from '../../src/pipeline/commands.js';
import { packages, type Contender } from './contender.js';
import type { BenchOptions, ContenderName, PartName } from './options.js';

type Program = keyof typeof packages;

/** Those that are not installed. */
export async function absentOf(programs: Iterable<Program>): Promise<Program[]> {
  const absent: Program[] = [];
  for (const program of programs) {
    if ((await findProgram([program])) === undefined) absent.push(program);
  }
  return absent;
}

/** What parts need beside what script/install installs and their contenders. */
const programsOfParts: Partial<Record<PartName, Program>> = { load: 'sysbench' };

/** What every contender is made of, or measured against. */
const programsOfAll = ['mariadb-backup', 'zstd'] as const;

/**
 * With what is measured: of each program that is wanted and there, where it is and how it calls itself. Several
 * versions of one may be installed, and they differ by half in what they take.
 */
export async function versionsOf(
  contenders: readonly Contender<ContenderName>[],
  options: Pick<BenchOptions, 'only' | 'parts'>,
): Promise<Record<string, string>> {
  const { ofContenders, ofParts } = wantedBy(contenders, options);
  const versions: Record<string, string> = {};
  for (const program of new Set([...programsOfAll, ...ofContenders, ...ofParts])) {
    const path = await findProgram([program]);
    if (path === undefined) continue;
    const output = await outputOf(path, ['--version']).catch(() => '');
    versions[program] = `${path}, ${output.trim().split('\n')[0] ?? ''}`;
  }
  return versions;
}

function wantedBy(
  contenders: readonly Contender<ContenderName>[],
  { only, parts }: Pick<BenchOptions, 'only' | 'parts'>,
) {
  const wanted = contenders.filter(({ name }) => only?.includes(name) ?? true);
  return {
    ofContenders: new Set<Program>(wanted.flatMap(({ programs }) => programs)),
    ofParts: parts.flatMap((part) => programsOfParts[part] ?? []),
  };
}

/**
 * What stands in the way of the wanted contenders and parts. A program that Debian has no package for is only in the
 * way when its contender was asked for by name; else that is left out.
 */
export async function requirePrograms(
  contenders: readonly Contender<ContenderName>[],
  options: Pick<BenchOptions, 'only' | 'parts'>,
): Promise<string[]> {
  const wanted = wantedBy(contenders, options);
  const ofContenders = await absentOf(wanted.ofContenders);
  const ofParts = await absentOf(wanted.ofParts);
  const absent = [...ofContenders, ...ofParts];
  const names = [...new Set(absent.map((program) => packages[program]))].filter((name) => name !== '');
  const elsewhere = absent.filter((program) => packages[program] === '');
  const contendersMiss = ofContenders.some((program) => packages[program] !== '');
  return [
    ...(names.length === 0
      ? []
      : [
          `not installed: ${names.join(', ')}`,
          `Install them: apt-get install --no-install-recommends ${names.join(' ')}`,
        ]),
    ...(contendersMiss ? ['Or leave their contenders out: --only limit,xbackup,…'] : []),
    ...(ofParts.length > 0 ? ['Or leave their parts out: --parts backup,restore,…'] : []),
    ...(options.only === undefined ? [] : elsewhere.map((program) => `not installed: ${program}`)),
  ];
}
