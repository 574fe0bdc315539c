import { join } from 'node:path';
import { repositoryRoot } from '../../test/support/repository-root.js';

/** What a contender may use, beside what is its own. All are variables of its script. */

/** A way to make or restore a backup. */
export interface Contender<Name extends string> {
  name: Name;
  /** What it needs beside what script/install installs. */
  programs: readonly (keyof typeof packages)[];
  /** For `measure`. */
  script: string;
}

/** Debian's package of each program; empty where it has none. */
export const packages = {
  pzstd: 'zstd',
  s3cmd: 's3cmd',
  rclone: 'rclone',
  aws: 'awscli',
  sysbench: 'sysbench',
  xbcloud: '',
  'wal-g': '',
} as const;

/** Debian has no package of it: it is measured where it is, and a version that does not do what we ask is left out. */
export function isForeign({ programs }: Pick<Contender<string>, 'programs'>): boolean {
  return programs.some((program) => packages[program] === '');
}

/** As a user starts it, with what it takes told by itself. */
export const xbackup = `run xbackup "$NODE" --import "$PROBE" "$CLI"`;

/** All read with as many threads as xbackup does. */
export const threads = 2;

export function commonEnvironment(socket: string): Record<string, string> {
  const root = repositoryRoot();
  return {
    NODE: join(root, 'node_modules/node/bin/node'),
    PROBE: join(root, 'script/benchmark/node-probe.mjs'),
    LIB_STORAGE: join(root, 'script/benchmark/lib-storage-upload.mjs'),
    CLI: join(root, 'dist/cli.js'),
    SOCKET: socket,
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}
