import { toolSeries } from '../chain/tool-series.js';
import {
  lockTimeoutSeconds,
  type BackupRequest,
  type BackupTool,
  type PrepareStep,
  type RestoreRequest,
} from './backup-tool.js';

/** Percona XtraBackup 2.4, 8.0, 8.4 and 9.7. */
export function xtrabackup(version: string, path: string, streamPath: string): BackupTool {
  const parallelPrepare = preparesInParallel(version);
  return {
    name: 'xtrabackup',
    version,
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
      '--no-version-check',
      ...lockTimeouts(version),
      ...(request.fromLsn === undefined ? [] : [`--incremental-lsn=${request.fromLsn}`]),
      ...request.extraArguments,
    ],

    extractArguments: (dir: string, parallel: number) => ['-x', '-C', dir, `--parallel=${parallel}`],

    // The last link must be the one without --apply-log-only: since 8.0.30 a bare --prepare after an
    // apply-log-only of the last loses dynamic metadata.
    prepareArguments: (step: PrepareStep) => [
      '--no-defaults',
      '--prepare',
      ...(step.isLast ? [] : ['--apply-log-only']),
      `--target-dir=${step.targetDir}`,
      ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
      `--use-memory=${step.useMemory}`,
      ...(parallelPrepare ? [`--parallel=${step.parallel}`] : []),
    ],

    restoreArguments: (request: RestoreRequest) => [
      '--no-defaults',
      `--${request.method}`,
      `--target-dir=${request.preparedDir}`,
      `--datadir=${request.datadir}`,
      ...(request.datadirNotEmpty ? ['--force-non-empty-directories'] : []),
    ],

    isFullyPrepared: (backupType: string) => backupType === 'full-prepared',
  };
}

/**
 * How long to wait for locks. The tool's own defaults are a year, or, with FLUSH TABLES WITH READ LOCK, not to
 * wait for long statements but to make everybody wait behind them. 2.4 ignores silently what it does not know.
 */
function lockTimeouts(version: string): string[] {
  const ftwrl = `--ftwrl-wait-timeout=${lockTimeoutSeconds}`;
  if (toolSeries('xtrabackup', version) === '2.4') return [ftwrl];
  return [ftwrl, `--lock-ddl-timeout=${lockTimeoutSeconds}`, `--backup-lock-timeout=${lockTimeoutSeconds}`];
}

/** `--parallel` at prepare came with 8.0.35-33 and 8.4.0-3; 2.4 would ignore it silently. */
function preparesInParallel(version: string): boolean {
  const [, patch, build] = /^\d+\.\d+\.(\d+)(?:-(\d+))?/.exec(version) ?? [];
  const number = (text: string | undefined) => Number(text ?? 0);
  switch (toolSeries('xtrabackup', version)) {
    case '2.4':
      return false;
    case '8.0':
      return number(patch) > 35 || (number(patch) === 35 && number(build) >= 33);
    case '8.4':
      return number(patch) > 0 || number(build) >= 3;
    default:
      return true;
  }
}
