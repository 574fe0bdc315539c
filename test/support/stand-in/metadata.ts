import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandLine } from './options.js';
import { refuse } from './log.js';

/** The small files that XtraBackup 8.x adds to a backup. */

/** `xtrabackup_checkpoints` */
export interface Metadata {
  backupType: string;
  fromLsn: string;
  toLsn: string;
  lastLsn: string;
  flushedLsn: string;
}

export const checkpointsName = 'xtrabackup_checkpoints';
export const infoName = 'xtrabackup_info';
export const binlogInfoName = 'xtrabackup_binlog_info';
export const tablespacesName = 'xtrabackup_tablespaces';
export const redoName = 'xtrabackup_logfile';

/** @throws Refusal */
export async function readMetadata(path: string, shown = path): Promise<Metadata> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [backupType, fromLsn, toLsn, lastLsn] = ['backup_type', 'from_lsn', 'to_lsn', 'last_lsn'].map((key) =>
    valueOf(text, key),
  );
  if (!backupType || !fromLsn || !toLsn || !lastLsn) return refuse(`failed to read metadata from ${shown}`);
  return { backupType, fromLsn, toLsn, lastLsn, flushedLsn: valueOf(text, 'flushed_lsn') ?? lastLsn };
}

export function metadataText(metadata: Metadata): string {
  const { backupType, fromLsn, toLsn, lastLsn, flushedLsn } = metadata;
  return `backup_type = ${backupType}
from_lsn = ${fromLsn}
to_lsn = ${toLsn}
last_lsn = ${lastLsn}
flushed_lsn = ${flushedLsn}
redo_memory = 0
redo_frames = 0
`;
}

export function writeMetadata(dir: string, metadata: Metadata): Promise<void> {
  return writeFile(join(dir, checkpointsName), metadataText(metadata));
}

/** Of a file with lines `key = value`. */
export function valueOf(text: string, key: string): string | undefined {
  return new RegExp(`^${key} = (.*)$`, 'm').exec(text)?.[1];
}

/** Without GTIDs, as of a server with gtid_mode=OFF: MariaDB's are of another kind. */
export function binlogInfo(ofMariadb: string): string {
  const [file = '', position = ''] = ofMariadb.trim().split('\t');
  return `${file}\t${position}\n`;
}

/** `xtrabackup_info`, from MariaDB's. The order counts: 8.4 reads it by position. */
export function infoText(ofMariadb: string, serverVersion: string, { version, words }: CommandLine): string {
  const kept = (key: string) => valueOf(ofMariadb, key) ?? '';
  const command = words.map((word) => word.replace(/^(--password|-p).*/s, '$1=...')).join(' ');
  const values: [string, string][] = [
    ['uuid', kept('uuid')],
    ['name', ''],
    ['tool_name', 'xtrabackup'],
    ['tool_command', command],
    ['tool_version', version],
    ['ibbackup_version', version],
    ['server_version', serverVersion],
    ['start_time', kept('start_time')],
    ['end_time', kept('end_time')],
    ['lock_time', '0'],
    ['binlog_pos', kept('binlog_pos').replace(/, GTID of the last change .*/, '')],
    ['innodb_from_lsn', kept('innodb_from_lsn')],
    ['innodb_to_lsn', kept('innodb_to_lsn')],
    ['partial', kept('partial')],
    ['incremental', kept('incremental')],
    ['format', 'xbstream'],
    ['compressed', 'N'],
    ['encrypted', 'N'],
  ];
  return values.map(([key, value]) => `${key} = ${value}\n`).join('');
}

/** No tablespace is outside of the datadir. */
export const tablespacesText = '{"version":3,"external_tablespaces":[]}\n';

/** @throws Refusal for a server that this version does not take, in its words. */
export function requireServer(serverVersion: string, { line, version }: CommandLine): void {
  const flavor = /mariadb/i.test(serverVersion) ? 'mariadb' : 'mysql';
  if (line.takes({ flavor, version: serverVersion }, version)) return;
  const unsupported = `Unsupported server version: '${serverVersion}'`;
  if (line.name === '8.0') {
    refuse(
      unsupported,
      'This version of Percona XtraBackup can only perform backups and restores against MySQL 8.0 and Percona Server 8.0',
    );
  }
  if (flavor === 'mariadb')
    refuse(unsupported, 'This version of Percona XtraBackup does not support MariaDB');
  const series = /^\d+\.\d+/.exec(serverVersion)?.[0] ?? '';
  refuse(
    unsupported,
    `Please use Percona XtraBackup ${series === '5.7' ? '2.4' : series} for this database.`,
  );
}
