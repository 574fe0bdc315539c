import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

/** What XtraBackup 2.4.7 printed in one case: its stderr, and the files that it left. */
export interface LoggedRun {
  name: string;
  /** Undefined where it was not noted. */
  exitStatus: number | undefined;
  /** The lines of stderr, as a run hands them on. */
  stderr: string[];
  checkpoints: string | undefined;
  info: string | undefined;
}

const folder = join(repositoryRoot(), 'test/fixtures/xtrabackup-2.4.7');

export function loggedRuns(): LoggedRun[] {
  return readdirSync(folder).map((file) => loggedRun(file.replace(/\.txt$/, '')));
}

export function loggedRun(name: string): LoggedRun {
  const text = readFileSync(join(folder, `${name}.txt`), 'utf8');
  const [head = '', ...sections] = text.split(/^--- /m);
  const exitStatus = /^exit status: (\d+)$/m.exec(head)?.[1];
  const section = (title: string) =>
    sections.find((part) => part.startsWith(`${title}\n`))?.slice(title.length + 1);
  return {
    name,
    exitStatus: exitStatus === undefined ? undefined : Number(exitStatus),
    stderr: (section('stderr') ?? '').split('\n').filter((line) => line.trim() !== ''),
    checkpoints: section('xtrabackup_checkpoints'),
    info: section('xtrabackup_info'),
  };
}
