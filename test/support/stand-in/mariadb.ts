import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { constants } from 'node:os';
import { Refusal, Translator } from './log.js';

/** MariaDB's programs, which do the work. */
export interface Mariadb {
  /** Of the server that is installed, such as `10.11.19-MariaDB-0+deb12u1`. */
  version: string;
  /** mariadb-backup */
  backup: string;
}

/** Since 11.1 its small files are named so. */
export function ownPrefix({ version }: Mariadb): string {
  return Number(version.split('.')[0]) >= 11 ? 'mariadb_backup_' : 'xtrabackup_';
}

export interface MariadbRun {
  /** Undefined when stdout is for the log. */
  stdout: Readable;
  /** @throws Refusal with its exit status, unless it ended with 0 and «completed OK!». */
  succeeded(): Promise<void>;
  kill(): void;
}

/** Starts mariadb-backup. It ends with this process: see `endWithChildren`. */
export function startMariadbBackup(mariadb: Mariadb, args: readonly string[]): MariadbRun {
  const child = spawn(mariadb.backup, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(() => child.kill('SIGKILL'));
  const translator = new Translator();
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => translator.line(line));
  const ended = Promise.all([
    new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    }),
    new Promise((resolve) => lines.once('close', resolve)),
  ]);
  return {
    stdout: child.stdout,
    kill: () => void child.kill('SIGKILL'),
    succeeded: async () => {
      const [exitStatus] = await ended;
      if (exitStatus !== 0 || !translator.completed) throw new Refusal([], exitStatus === 0 ? 1 : exitStatus);
    },
  };
}

/** Runs it to its end, for its work alone. @throws Refusal */
export async function runMariadbBackup(mariadb: Mariadb, args: readonly string[]): Promise<void> {
  const run = startMariadbBackup(mariadb, args);
  run.stdout.resume();
  await run.succeeded();
}

const running = new Set<() => void>();

/** XtraBackup dies at once by these signals; mariadb-backup would go on. */
export function endWithChildren(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const kill of running) kill();
      process.kill(process.pid, signal);
    });
  }
}
