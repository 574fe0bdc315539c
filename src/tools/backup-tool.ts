import { hasOption, type LineOption, type ToolLine } from './lines.js';

/** A backup tool: what to tell it. It is run by src/pipeline. */

export type ToolName = 'xtrabackup' | 'mariadb-backup';

export interface BackupTool {
  readonly name: ToolName;
  /** As the tool says it, such as `8.0.35-31` or `10.11.19-MariaDB`. */
  readonly version: string;
  readonly line: ToolLine;
  /** The program. */
  readonly path: string;
  /** xbstream or mbstream, which takes its streams apart. */
  readonly streamPath: string;

  backupArguments(request: BackupRequest): string[];
  /** For `streamPath`: extract from stdin into an empty directory. */
  extractArguments(dir: string, parallel: number): string[];
  /** Without an option file: the tools then read the backup's own `backup-my.cnf`, and no other. */
  prepareArguments(step: PrepareStep): string[];
  restoreArguments(request: RestoreRequest): string[];
  /** Is a directory in this checkpoint state ready to be a datadir? */
  isFullyPrepared(backupType: string): boolean;
}

export interface BackupRequest {
  /** Holds the connection; must be the first argument. */
  defaultsFile: string;
  /** A temporary directory: nothing but scratch goes there. */
  targetDir: string;
  /** Where the tool writes its checkpoints and info as plain files. */
  lsnDir: string;
  parallel: number;
  /** The base's to-LSN for an incremental. */
  fromLsn?: string;
  /** Let the server keep the redo log until it is copied, where tool and server can: it may stall writes. */
  keepRedoLog: boolean;
  extraArguments: readonly string[];
}

export interface PrepareStep {
  /** The full backup, which the incrementals are applied to. */
  targetDir: string;
  /** The incremental to apply; without it the full itself is prepared. */
  incrementalDir?: string;
  /** Is this the last step of the chain? Only that one rolls back what was not committed. */
  isLast: boolean;
  useMemory: string;
  parallel: number;
  extraArguments: readonly string[];
}

export interface RestoreRequest {
  method: 'move-back' | 'copy-back';
  preparedDir: string;
  datadir: string;
  /** The datadir is a mount point that keeps a folder of ours. */
  datadirNotEmpty: boolean;
  /** Says where the server keeps what does not go into the datadir; must be the first argument. */
  defaultsFile?: string;
}

/** How long a tool may wait for statements that are in the way of its locks; extra-args may say otherwise. */
export const lockTimeoutSeconds = 600;

/** An option for a tool whose line has it, nothing for one that would refuse or, like 2.4, ignore it. */
export function optional(
  { line, version }: Pick<BackupTool, 'line' | 'version'>,
  option: LineOption,
  argument = `--${option}`,
): string[] {
  return hasOption(line, version, option) ? [argument] : [];
}

/** Is a directory in this checkpoint state ready to be a datadir? */
export function isFullyPrepared(line: ToolLine, backupType: string): boolean {
  return backupType === 'full-prepared' || backupType === line.states.prepared;
}

/** What every tool here takes to extract a stream from stdin. */
export function extractArguments(dir: string, parallel: number): string[] {
  return ['-x', '-C', dir, `--parallel=${parallel}`];
}

/** The last line of every run that succeeded, of every tool. Exit status 0 alone is not enough. */
export function saysCompleted(lastLine: string): boolean {
  return /(^|\s)completed OK!\s*$/.test(lastLine);
}
