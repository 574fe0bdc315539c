import { findProgram } from '../../src/pipeline/commands.js';
import { packages, type Contender } from './contender.js';
import type { ContenderName } from './options.js';

type Program = keyof typeof packages;

/** Those that are not installed. */
export async function absentOf(programs: Iterable<Program>): Promise<Program[]> {
  const absent: Program[] = [];
  for (const program of programs) {
    if ((await findProgram([program])) === undefined) absent.push(program);
  }
  return absent;
}

/**
 * What stands in the way of the wanted contenders. One that Debian has no package for is only in the way when it was
 * asked for by name; else it is left out.
 */
export async function requirePrograms(
  contenders: readonly Contender<ContenderName>[],
  only: readonly ContenderName[] | undefined,
): Promise<string[]> {
  const wanted = contenders.filter(({ name }) => only?.includes(name) ?? true);
  const needed = new Set<Program>(wanted.flatMap(({ programs }) => programs));
  const absent = await absentOf(needed);
  const names = [...new Set(absent.map((program) => packages[program]))].filter((name) => name !== '');
  const elsewhere = absent.filter((program) => packages[program] === '');
  return [
    ...(names.length === 0
      ? []
      : [
          `not installed: ${names.join(', ')}`,
          `Install them: apt-get install --no-install-recommends ${names.join(' ')}`,
          'Or leave their contenders out: --only limit,xbackup,…',
        ]),
    ...(only === undefined ? [] : elsewhere.map((program) => `not installed: ${program}`)),
  ];
}
