import { copyFile, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { note, refuse } from './log.js';
import { ownPrefix, runMariadbBackup, type Mariadb } from './mariadb.js';
import {
  binlogInfoName,
  checkpointsName,
  infoName,
  readMetadata,
  redoName,
  requireServer,
  tablespacesName,
  valueOf,
  writeMetadata,
  type Metadata,
} from './metadata.js';
import { refuseUnknown, type CommandLine } from './options.js';

/** `--prepare`, in the order in which xtrabackup.cc looks and refuses. */
export async function prepare(command: CommandLine, mariadb: Mariadb): Promise<void> {
  const { options } = command;
  const targetDir = options.get('target-dir') ?? './xtrabackup_backupfiles/';
  const incrementalDir = options.get('incremental-dir');
  const incremental =
    incrementalDir === undefined ? undefined : await readMetadata(join(incrementalDir, checkpointsName));
  if (incremental !== undefined) note(`incremental backup from ${incremental.fromLsn} is enabled.`);
  note(`cd to ${targetDir}`);
  const target = await readMetadata(join(targetDir, checkpointsName), `'.//${checkpointsName}'`);
  const info = await readFile(join(targetDir, infoName), 'utf8').catch(() => '');
  const serverVersion = valueOf(info, 'server_version');
  if (serverVersion === undefined) refuse(`Failed to parse xtrabackup_info from './/${infoName}'`);
  requireServer(serverVersion, command);
  requireOrder(target, incremental);

  const redoDir = incrementalDir ?? targetDir;
  const isUsed = await redoIsUsed(redoDir);
  if (isUsed && incremental !== undefined) refuse(`${redoName} was already used to '--prepare'.`);
  if (isUsed) note(`${redoName} was already used to '--prepare'.`);
  refuseUnknown(command);

  if (!isUsed) await rename(join(redoDir, redoName), join(redoDir, mariadbRedoName));
  await withMariadbNames(mariadb, targetDir, incrementalDir, async () => {
    await runMariadbBackup(mariadb, [
      '--prepare',
      `--target-dir=${targetDir}`,
      ...(incrementalDir === undefined ? [] : [`--incremental-dir=${incrementalDir}`]),
      ...(options.has('use-memory') ? [`--use-memory=${options.get('use-memory') ?? ''}`] : []),
    ]);
  });
  await writeFile(join(redoDir, redoName), usedMark);
  if (options.has('check-tables')) note('All table checks passed');
  await writeMetadata(targetDir, {
    ...(incremental === undefined ? target : later(target, incremental)),
    backupType: options.has('apply-log-only') ? 'log-applied' : 'full-prepared',
    flushedLsn: (incremental ?? target).flushedLsn,
  });
  if (incrementalDir !== undefined) await takeOver(incrementalDir, targetDir);
}

function requireOrder({ backupType, toLsn }: Metadata, incremental: Metadata | undefined): void {
  if (backupType === 'log-applied') {
    note('This target seems to be already prepared with --apply-log-only.');
  } else {
    if (backupType === 'full-backuped') note('This target seems to be not prepared yet.');
    else if (backupType === 'full-prepared') note('This target seems to be already prepared.');
    else refuse('This target seems not to have correct metadata...');
    if (incremental !== undefined) {
      refuse('applying incremental backup needs target prepared with --apply-log-only.');
    }
  }
  if (incremental !== undefined && incremental.fromLsn !== toLsn) {
    refuse(
      'This incremental backup seems not to be proper for the target.',
      "Check 'to_lsn' of the target and 'from_lsn' of the incremental.",
    );
  }
}

const mariadbRedoName = 'ib_logfile0';

/** XtraBackup leaves its redo log there when it has applied it, without the name of who made it. */
const usedMark = 'applied\n';

/** @throws Refusal when there is none. */
async function redoIsUsed(dir: string): Promise<boolean> {
  const path = join(dir, redoName);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return refuse(`cannot find ./${redoName}`);
  return found.size === usedMark.length;
}

function later(target: Metadata, incremental: Metadata): Metadata {
  if (BigInt(target.toLsn) >= BigInt(incremental.toLsn)) return target;
  return { ...target, toLsn: incremental.toLsn, lastLsn: incremental.lastLsn };
}

/** What the server's binary log and tablespaces are after the incremental. */
async function takeOver(incrementalDir: string, targetDir: string): Promise<void> {
  for (const name of [binlogInfoName, infoName, tablespacesName]) {
    await copyFile(join(incrementalDir, name), join(targetDir, name)).catch((failure: unknown) => {
      if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
    });
  }
}

/** mariadb-backup finds its small files under its own names, and every target not prepared or half prepared. */
async function withMariadbNames(
  mariadb: Mariadb,
  targetDir: string,
  incrementalDir: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const prefix = ownPrefix(mariadb);
  const dirs = [targetDir, ...(incrementalDir === undefined ? [] : [incrementalDir])];
  const copies =
    prefix === 'xtrabackup_'
      ? []
      : dirs.flatMap((dir) => ['checkpoints', 'info'].map((name) => ({ dir, name })));
  for (const { dir, name } of copies) {
    await copyFile(join(dir, `xtrabackup_${name}`), join(dir, `${prefix}${name}`));
  }
  try {
    await work();
  } finally {
    for (const { dir, name } of copies) await rm(join(dir, `${prefix}${name}`), { force: true });
  }
}
