import {
  extractArguments,
  isFullyPrepared,
  lockTimeoutSeconds,
  optional,
  type BackupRequest,
  type BackupTool,
  type PrepareStep,
  type RestoreRequest,
} from './backup-tool.js';
import type { ToolLine } from './lines.js';

/** Percona XtraBackup. What the lines differ in is in lines.ts. */
export function xtrabackup(line: ToolLine, version: string, path: string, streamPath: string): BackupTool {
  const self = { line, version };
  return {
    name: 'xtrabackup',
    ...self,
    path,
    streamPath,

    backupArguments: (request: BackupRequest) => [
      `--defaults-file=${request.defaultsFile}`,
      '--backup',
      '--stream=xbstream',
      `--target-dir=${request.targetDir}`,
      `--extra-lsndir=${request.lsnDir}`,
      `--parallel=${request.parallel}`,
      // Otherwise it starts perl with the password in its environment.
      ...optional(self, 'no-version-check'),
      // The defaults are a year, or not to wait for long statements but to make everybody wait behind them.
      ...lockTimeouts.flatMap((option) => optional(self, option, `--${option}=${lockTimeoutSeconds}`)),
      ...(request.keepRedoLog ? optional(self, 'register-redo-log-consumer') : []),
      ...(request.fromLsn === undefined ? [] : [`--incremental-lsn=${request.fromLsn}`]),
      ...request.extraArguments,
    ],

    extractArguments,

    // The last link must be the one without --apply-log-only: since 8.0.30 a bare --prepare after an
    // apply-log-only of the last loses dynamic metadata.
    prepareArguments: (step: PrepareStep) => [
      '--prepare',
      ...(step.isLast ? optional(self, 'check-tables') : optional(self, 'apply-log-only')),
      `--target-dir=${step.targetDir}`,
      ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
      `--use-memory=${step.useMemory}`,
      ...optional(self, 'parallel-prepare', `--parallel=${step.parallel}`),
      ...step.extraArguments,
    ],

    restoreArguments: (request: RestoreRequest) => [
      request.defaultsFile === undefined ? '--no-defaults' : `--defaults-file=${request.defaultsFile}`,
      `--${request.method}`,
      `--target-dir=${request.preparedDir}`,
      `--datadir=${request.datadir}`,
      ...(request.datadirNotEmpty ? ['--force-non-empty-directories'] : []),
    ],

    isFullyPrepared: (backupType: string) => isFullyPrepared(line, backupType),
  };
}

const lockTimeouts = ['ftwrl-wait-timeout', 'lock-ddl-timeout', 'backup-lock-timeout'] as const;
