import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from './log.js';
import { runMariadbBackup, type Mariadb } from './mariadb.js';
import { checkpointsName, readMetadata, redoName, tablespacesName } from './metadata.js';
import type { CommandLine } from './options.js';

/** `--copy-back` and `--move-back` */
export async function restore(command: CommandLine, mariadb: Mariadb): Promise<void> {
  const { options } = command;
  const datadir = options.get('datadir');
  const defaultsFile = options.get('defaults-file');
  if (datadir === undefined && defaultsFile === undefined) refuse('datadir must be specified.');
  const targetDir = options.get('target-dir') ?? './xtrabackup_backupfiles/';
  const { backupType } = await readMetadata(join(targetDir, checkpointsName), `'.//${checkpointsName}'`);
  if (backupType !== 'full-prepared') {
    refuse('The target is not fully prepared. Please prepare it without option --apply-log-only');
  }
  const overFiles = options.has('force-non-empty-directories');
  if (datadir !== undefined && !overFiles && (await readdir(datadir).catch(() => [])).length > 0) {
    refuse(`Original data directory ${datadir} is not empty!`);
  }
  await runMariadbBackup(mariadb, [
    defaultsFile === undefined ? '--no-defaults' : `--defaults-file=${defaultsFile}`,
    options.has('move-back') ? '--move-back' : '--copy-back',
    `--target-dir=${targetDir}`,
    ...(datadir === undefined ? [] : [`--datadir=${datadir}`]),
    ...(overFiles ? ['--force-non-empty-directories'] : []),
  ]);
  // mariadb-backup takes them for files of the server.
  if (datadir === undefined) return;
  for (const name of [redoName, tablespacesName]) await rm(join(datadir, name), { force: true });
}
