import { findProgram } from '../../src/pipeline/commands.js';
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

/**
 * What stands in the way of the wanted contenders and parts. A program that Debian has no package for is only in the
 * way when its contender was asked for by name; else that is left out.
 */
export async function requirePrograms(
  contenders: readonly Contender<ContenderName>[],
  { only, parts }: Pick<BenchOptions, 'only' | 'parts'>,
): Promise<string[]> {
  const wanted = contenders.filter(({ name }) => only?.includes(name) ?? true);
  const ofContenders = await absentOf(new Set<Program>(wanted.flatMap(({ programs }) => programs)));
  const ofParts = await absentOf(parts.flatMap((part) => programsOfParts[part] ?? []));
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
    ...(only === undefined ? [] : elsewhere.map((program) => `not installed: ${program}`)),
  ];
}
