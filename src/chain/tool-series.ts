import type { Manifest } from './manifest.js';

/**
 * The series of a backup tool, within which its backups build on one another: xtrabackup 8.0.35-31 → `8.0`,
 * mariadb-backup 10.11.19-MariaDB → `10.11`. A version without two numbers is a series of its own.
 */
export function toolSeries(name: Manifest['tool']['name'], version: string): string {
  return majorVersion(version) ?? `${name} ${version}`;
}

/** The first two numbers of a version, which is how MySQL and MariaDB count their major versions. */
export function majorVersion(version: string): string | undefined {
  return /^\d+\.\d+/.exec(version)?.[0];
}
