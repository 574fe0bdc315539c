import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { repositoryRoot } from '../repository-root.js';
import { whereIs } from '../wrapped-tool.js';

/** Which XtraBackup to stand in for, and which MySQL. */
export interface StandInOptions {
  /** Of XtraBackup, such as `8.0.35-33`. Its line in src/tools/lines.ts says what it can. */
  version: string;
  /** Of the MySQL server that it backs up, such as `8.0.42`. */
  server: string;
}

/** Programs that are called as Percona's and Oracle's are, in front of MariaDB's. */
export interface StandIn {
  /** `xtrabackup`, for tool-path or XBACKUP_E2E_TOOL. `xbstream` is beside it. */
  xtrabackup: string;
  xbstream: string;
  /** A server that says it is a MySQL, for startMysqlServer or XBACKUP_E2E_MYSQLD. */
  mysqld: string;
}

/** The lines that there are servers for, with one version of each. */
export const standIns: readonly StandInOptions[] = [
  { version: '8.0.35-33', server: '8.0.42' },
  { version: '8.4.0-6', server: '8.4.6' },
  { version: '9.7.1-1', server: '9.7.1' },
];

/**
 * Makes a folder of programs with the command line, the log, the files and the refusals of an XtraBackup, which
 * let mariadb-backup and mbstream do the work. The server is a MariaDB that calls itself a MySQL; since
 * mariadb-backup refuses such a one, what it hears from the server passes through a proxy that says the truth.
 * @throws Error when MariaDB's programs are not installed.
 */
export async function makeStandIn(dir: string, { version, server }: StandInOptions): Promise<StandIn> {
  await mkdir(dir, { recursive: true });
  const [mariadbBackup, mbstream, mariadbd] = await Promise.all(
    ['mariadb-backup', 'mbstream', 'mariadbd'].map(whereIs),
  );
  const { stdout } = await promisify(execFile)(mariadbd as string, ['--no-defaults', '--version']);
  // «mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)»
  const [, real = '', comment = ''] = /Ver (\S+) .*\((.*)\)\s*$/.exec(stdout) ?? [];
  const renamed = join(dir, 'mysqld-renamed');
  // One that runs cannot be overwritten.
  await rm(renamed, { force: true });
  await writeFile(renamed, withComment(await readFile(mariadbd as string), comment), { mode: 0o755 });
  const program = join(dir, 'stand-in.mjs');
  await build({
    entryPoints: [join(repositoryRoot(), 'test/support/stand-in/xtrabackup.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  const launch = async (name: string, script: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  return {
    // Whoever runs a tool may have told their own node to load something.
    xtrabackup: await launch(
      'xtrabackup',
      `unset NODE_OPTIONS\nexec ${[process.execPath, program, version, real, mariadbBackup as string].map(quoted).join(' ')} "$@"`,
    ),
    xbstream: await launch('xbstream', `exec ${quoted(mbstream as string)} "$@"`),
    // With a bare --version it still says what it is, so that its datadir is made by mariadb-install-db.
    mysqld: await launch(
      'mysqld',
      `for word in "$@"; do [ "$word" != --version ] || exec ${quoted(mariadbd as string)} "$@"; done
exec ${quoted(renamed)} "$@" --version=${ofEqualLength(server, real)}`,
    ),
  };
}

/**
 * A server whose version_comment no longer says that it is a MariaDB; no option could change it.
 * @throws Error when it is not found in the program.
 */
function withComment(program: Buffer, comment: string): Buffer {
  const from = Buffer.from(`\0${comment}\0`);
  const to = Buffer.alloc(from.length);
  to.write('MySQL Community Server - GPL'.slice(0, comment.length), 1);
  let at = program.indexOf(from);
  if (comment === '' || at < 0) throw new Error(`mariadbd has no version_comment «${comment}».`);
  for (; at >= 0; at = program.indexOf(from, at + 1)) to.copy(program, at);
  return program;
}

/** As Ubuntu's packages call themselves: the proxy can only put a version in place of one that is as long. */
function ofEqualLength(server: string, real: string): string {
  const name = `${server}-0ubuntu0.22.04.1`;
  return name.padEnd(real.length, '0').slice(0, real.length);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
