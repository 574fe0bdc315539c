import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { packages, type Contender } from './contender.js';
import type { ContenderName } from './options.js';

type Program = keyof typeof packages;

export function isInstalled(program: Program): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * What stands in the way of the wanted contenders. One that Debian has no package for is only in the way when it was
 * asked for by name; else it is left out.
 */
export function requirePrograms(
  contenders: readonly Contender<ContenderName>[],
  only: readonly ContenderName[] | undefined,
): string[] {
  const wanted = contenders.filter(({ name }) => only?.includes(name) ?? true);
  const needed = new Set<Program>(wanted.flatMap(({ programs }) => programs));
  const absent = [...needed].filter((program) => !isInstalled(program));
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
