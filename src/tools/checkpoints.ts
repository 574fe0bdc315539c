import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.js';

/** What the tool says of a backup in its checkpoints file. LSNs are decimal strings. */
export interface Checkpoints {
  backupType: string;
  fromLsn: string;
  toLsn: string;
  lastLsn: string;
}

/** Where a backup ends in the server's binary log. */
export interface BinlogCoordinates {
  binlogFile?: string;
  binlogPosition?: string;
  gtid?: string;
}

// XtraBackup and MariaDB up to 10.11 use the first names, MariaDB 11 the second.
const checkpointsNames = ['xtrabackup_checkpoints', 'mariadb_backup_checkpoints'];
const infoNames = ['xtrabackup_info', 'mariadb_backup_info'];
const binlogInfoNames = ['xtrabackup_binlog_info', 'mariadb_backup_binlog_info'];

/** Reads the checkpoints of a backup. @throws UserError BACKUP_INCONSISTENT when they are missing or cut. */
export async function readCheckpoints(dir: string): Promise<Checkpoints> {
  const text = await readFirst(dir, checkpointsNames);
  if (text === undefined) throw inconsistent(`There is no ${checkpointsNames[0] ?? ''} in ${dir}.`);
  return parseCheckpoints(text);
}

/** Reads the lines `key = value` of a checkpoints file. */
export function parseCheckpoints(text: string): Checkpoints {
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1];
  const number = (name: string) => {
    const digits = value(name);
    return digits !== undefined && /^\d{1,20}$/.test(digits) ? BigInt(digits).toString() : undefined;
  };
  const backupType = value('backup_type');
  const [fromLsn, toLsn, lastLsn] = [number('from_lsn'), number('to_lsn'), number('last_lsn')];
  if (backupType === undefined || fromLsn === undefined || toLsn === undefined || lastLsn === undefined) {
    throw inconsistent('The checkpoints file of the backup is incomplete.');
  }
  return { backupType, fromLsn, toLsn, lastLsn };
}

/**
 * The binary log coordinates of a backup, from its info files; empty when the server wrote no binary log. The
 * log is not asked: long GTID sets are cut there.
 */
export async function readCoordinates(dir: string): Promise<BinlogCoordinates> {
  const binlogInfo = await readFirst(dir, binlogInfoNames);
  if (binlogInfo !== undefined && binlogInfo.trim() !== '') return parseBinlogInfo(binlogInfo);
  return parseInfo((await readFirst(dir, infoNames)) ?? '');
}

/** `xtrabackup_info`: `binlog_pos = filename 'F', position 'P', GTID of the last change 'G'`. */
export function parseInfo(text: string): BinlogCoordinates {
  const position = /^binlog_pos = filename '([^']+)', position '(\d+)'/m.exec(text);
  // A GTID set of several servers runs over several lines.
  const gtid = /^binlog_pos = .*?GTID of the last change '([^']*)'/ms.exec(text)?.[1];
  return coordinates(position?.[1], position?.[2], gtid);
}

/** What makes a backup another thing than a whole and plain one, as its info file says it: `partial = Y`. */
export async function readPeculiarities(dir: string): Promise<string[]> {
  const info = (await readFirst(dir, infoNames)) ?? '';
  return ['partial', 'compact', 'compressed', 'encrypted'].filter((name) =>
    new RegExp(`^${name} = (?!N$)\\S`, 'm').test(info),
  );
}

/**
 * A log line of the tool that holds coordinates: the only source with XtraBackup 2.4, which leaves no info file
 * outside the stream.
 */
export function parseLoggedCoordinates(line: string): BinlogCoordinates | undefined {
  const [, file, position, gtid] =
    /MySQL binlog position: filename '([^']+)', position '(\d+)'(?:, GTID of the last change '([^']*)')?/.exec(
      line,
    ) ?? [];
  return file === undefined ? undefined : coordinates(file, position, gtid);
}

/** `xtrabackup_binlog_info`: file, position and GTID set, separated by tabs. */
export function parseBinlogInfo(text: string): BinlogCoordinates {
  const [file, position, ...gtid] = text.trim().split('\t');
  return coordinates(file, position, gtid.join(''));
}

function coordinates(
  file: string | undefined,
  position: string | undefined,
  gtid: string | undefined,
): BinlogCoordinates {
  const set = gtid?.replace(/\s+/g, '');
  return {
    ...(file ? { binlogFile: file } : {}),
    ...(position ? { binlogPosition: position } : {}),
    ...(set ? { gtid: set } : {}),
  };
}

async function readFirst(dir: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    try {
      return await readFile(join(dir, name), 'utf8');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return undefined;
}

function inconsistent(message: string): UserError {
  return new UserError(
    'BACKUP_INCONSISTENT',
    message,
    'The backup tool did not finish its work although it said so. Nothing was stored. Run the backup again; ' +
      'if it happens again, run it with log-level debug and look at what the tool says.',
  );
}
