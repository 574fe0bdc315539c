import { isAtLeast } from '../tools/versions.js';

/** Where a backup ends, as a replica of its server would go on from there. */
export interface Coordinates {
  binlogFile?: string | undefined;
  binlogPosition?: string | undefined;
  /** MySQL: the set of executed GTIDs; MariaDB: the position. */
  gtid?: string | undefined;
}

/**
 * The statements that make the restored server a replica of the one that the backup is of, in the words of its
 * version. Undefined when that server wrote no binary log. What a person has to fill in is written `<so>`.
 */
export function replicaStatements(
  { flavor, version }: { flavor: 'mysql' | 'percona' | 'mariadb'; version: string },
  coordinates: Coordinates,
): string | undefined {
  const { binlogFile, gtid } = coordinates;
  if (gtid === undefined && binlogFile === undefined) return undefined;
  const lines = flavor === 'mariadb' ? mariadbLines(version, coordinates) : mysqlLines(version, coordinates);
  return lines.join('\n');
}

function mariadbLines(version: string, { binlogFile, binlogPosition, gtid }: Coordinates): string[] {
  const where =
    gtid === undefined
      ? [...fileAndPosition('MASTER', binlogFile, binlogPosition), 'MASTER_USE_GTID = no']
      : ['MASTER_USE_GTID = slave_pos'];
  // The word came with 10.5.1 (MDEV-18777).
  const replica = isAtLeast(version, '10.5.1') ? 'REPLICA' : 'SLAVE';
  return [
    `STOP ${replica};`,
    ...(gtid === undefined ? [] : [`SET GLOBAL gtid_slave_pos = ${quote(gtid)};`]),
    statement('CHANGE MASTER TO', [...account('MASTER'), ...where]),
    `START ${replica};`,
  ];
}

function mysqlLines(version: string, { binlogFile, binlogPosition, gtid }: Coordinates): string[] {
  // CHANGE REPLICATION SOURCE TO came with 8.0.23, START REPLICA with 8.0.22; 8.4 took the old words away.
  const word = isAtLeast(version, '8.0.23') ? 'SOURCE' : 'MASTER';
  const replica = isAtLeast(version, '8.0.22') ? 'REPLICA' : 'SLAVE';
  // Since 8.2; RESET MASTER went with 8.4.
  const reset = isAtLeast(version, '8.2') ? 'RESET BINARY LOGS AND GTIDS' : 'RESET MASTER';
  const where =
    gtid === undefined ? fileAndPosition(word, binlogFile, binlogPosition) : [`${word}_AUTO_POSITION = 1`];
  return [
    `STOP ${replica};`,
    // What it executed by itself since it was started, if only to make accounts, is forgotten first.
    ...(gtid === undefined ? [] : [`${reset};`, `SET GLOBAL gtid_purged = ${quote(gtid)};`]),
    statement(word === 'SOURCE' ? 'CHANGE REPLICATION SOURCE TO' : 'CHANGE MASTER TO', [
      ...account(word),
      ...where,
    ]),
    `START ${replica};`,
  ];
}

function account(word: string): string[] {
  return [
    `${word}_HOST = '<address>'`,
    `${word}_USER = '<replication user>'`,
    `${word}_PASSWORD = '<its password>'`,
  ];
}

function fileAndPosition(word: string, file = '', position = '4'): string[] {
  return [
    `${word}_LOG_FILE = ${quote(file)}`,
    `${word}_LOG_POS = ${/^\d+$/.test(position) ? position : quote(position)}`,
  ];
}

function statement(verb: string, clauses: readonly string[]): string {
  return `${verb}\n  ${clauses.join(',\n  ')};`;
}

/** Whether backslashes mean something depends on the server's sql_mode; a quote is doubled in any. */
function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '$&$&')}'`;
}
