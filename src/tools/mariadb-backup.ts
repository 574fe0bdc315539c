import {
  extractArguments,
  isFullyPrepared,
  lockTimeoutSeconds,
  type BackupRequest,
  type BackupTool,
  type PrepareStep,
  type RestoreRequest,
} from './backup-tool.js';
import type { ToolLine } from './lines.js';

/** mariadb-backup of MariaDB 10.x and 11.x. */
export function mariadbBackup(line: ToolLine, version: string, path: string, streamPath: string): BackupTool {
  return {
    name: 'mariadb-backup',
    line,
    version,
    path,
    streamPath,
    extractArguments,
    isFullyPrepared: (backupType: string) => isFullyPrepared(line, backupType),
    ...mariadbArguments,
  };
}

const mariadbArguments = {
  backupArguments(request: BackupRequest): string[] {
    return [
      `--defaults-file=${request.defaultsFile}`,
      '--backup',
      '--stream=xbstream',
      `--target-dir=${request.targetDir}`,
      `--extra-lsndir=${request.lsnDir}`,
      `--parallel=${request.parallel}`,
      // Its default is to wait for ever.
      `--ftwrl-wait-timeout=${lockTimeoutSeconds}`,
      ...(request.fromLsn === undefined ? [] : [`--incremental-lsn=${request.fromLsn}`]),
      ...request.extraArguments,
    ];
  },

  // It has no --apply-log-only: each step applies the redo log and leaves open what the next one needs.
  prepareArguments(step: PrepareStep): string[] {
    return [
      '--prepare',
      `--target-dir=${step.targetDir}`,
      ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
      `--use-memory=${step.useMemory}`,
      ...step.extraArguments,
    ];
  },

  restoreArguments(request: RestoreRequest): string[] {
    return [
      request.defaultsFile === undefined ? '--no-defaults' : `--defaults-file=${request.defaultsFile}`,
      `--${request.method}`,
      `--target-dir=${request.preparedDir}`,
      // Without it the files would go to the built-in default, /var/lib/mysql.
      `--datadir=${request.datadir}`,
      ...(request.datadirNotEmpty ? ['--force-non-empty-directories'] : []),
    ];
  },
};
