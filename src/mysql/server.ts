import { UserError } from '../errors.js';
import type { Session } from './connection.js';
import { readDirectories, type DataDirectories } from './directories.js';

export type Flavor = 'mysql' | 'mariadb' | 'percona';

/** What a server says of itself to everybody, whatever their privileges. */
export interface ServerIdentity {
  flavor: Flavor;
  /** Such as `10.11.19-MariaDB-log` or `8.4.6`. */
  version: string;
  serverUuid?: string;
  /** Without a trailing slash. */
  datadir: string;
  /** Where the system tablespace is, when it is not in the datadir. */
  innodbDataHome?: string;
  /** `ibdata1` as a rule. */
  systemTablespace: string;
  /** MySQL: gtid_executed; MariaDB: gtid_binlog_state and gtid_current_pos. Empty when there is none. */
  gtidState: string;
  /** Does it write a binary log? */
  logsBinary: boolean;
  /** The name of its host. */
  hostName: string;
}

/** All that a backup has to know of a running server. */
export interface ServerDescription extends Omit<ServerIdentity, 'logsBinary' | 'hostName'> {
  /** The current LSN, a decimal string. */
  lsn: string;
  /** Where it keeps what is not in the datadir. */
  directories: DataDirectories;
  /** Missing when the server writes no binary log. */
  binaryLogs?: { name: string; sizeBytes: number }[];
}

/**
 * Asks the server what a backup has to know of it. The statements need the privileges PROCESS and REPLICATION
 * CLIENT (MariaDB: BINLOG MONITOR), which the backup tools miss only after all data is read.
 * @throws UserError PRIVILEGE_MISSING.
 */
export async function describeServer(session: Session): Promise<ServerDescription> {
  const identity = await identifyServer(session);
  return {
    ...identity,
    lsn: await currentLsn(session),
    directories: await readDirectories(session, identity),
    ...(identity.logsBinary ? { binaryLogs: await readBinaryLogs(session) } : {}),
  };
}

/** Asks the server who it is: this needs no privilege. @throws UserError SERVER_UNREACHABLE for what is no server. */
export async function identifyServer(session: Session): Promise<ServerIdentity> {
  const variables = await readVariables(session);
  const required = (name: string) => {
    const value = variables.get(name);
    if (value !== undefined && value !== '') return value;
    throw new UserError(
      'SERVER_UNREACHABLE',
      `The server does not tell its ${name}.`,
      'Is it a MySQL or MariaDB server? A proxy in between cannot be backed up.',
    );
  };
  const version = required('version');
  const flavor = flavorOf(version, variables.get('version_comment') ?? '');
  const logsBinary = variables.get('log_bin') === 'ON' || variables.get('log_bin') === '1';
  // MariaDB has none; its server_uid is made from the host's address, not kept with the data.
  const serverUuid = variables.get('server_uuid');
  const gtidState = gtidStateOf(flavor, variables);
  const dataHome = variables.get('innodb_data_home_dir') ?? '';
  return {
    flavor,
    version,
    ...(serverUuid ? { serverUuid } : {}),
    datadir: required('datadir').replace(/\/+$/, ''),
    ...(dataHome.startsWith('/') ? { innodbDataHome: dataHome } : {}),
    systemTablespace: (variables.get('innodb_data_file_path') ?? 'ibdata1').split(':')[0] ?? 'ibdata1',
    gtidState: gtidState.replace(/\s+/g, ''),
    logsBinary,
    hostName: variables.get('hostname') ?? '',
  };
}

const variableNames = [
  'version',
  'version_comment',
  'hostname',
  'server_uuid',
  'datadir',
  'innodb_data_home_dir',
  'innodb_data_file_path',
  'log_bin',
  'gtid_executed',
  'gtid_binlog_state',
  'gtid_current_pos',
];

async function readVariables(session: Session): Promise<Map<string, string>> {
  const names = variableNames.map((name) => `'${name}'`).join(', ');
  const rows = await session.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
  return new Map(rows.map((row) => [(row['Variable_name'] ?? '').toLowerCase(), row['Value'] ?? '']));
}

/** A MariaDB replica that logs no updates of its own has its GTIDs only in gtid_current_pos. */
function gtidStateOf(flavor: Flavor, variables: ReadonlyMap<string, string>): string {
  const names = flavor === 'mariadb' ? ['gtid_binlog_state', 'gtid_current_pos'] : ['gtid_executed'];
  return names
    .map((name) => variables.get(name) ?? '')
    .filter((value) => value !== '')
    .join(',');
}

function flavorOf(version: string, comment: string): Flavor {
  if (/mariadb/i.test(version) || /mariadb/i.test(comment)) return 'mariadb';
  return /percona/i.test(comment) ? 'percona' : 'mysql';
}

/** Every version says its LSN here; the other sources differ between versions and need more privileges. */
export async function currentLsn(session: Session): Promise<string> {
  const [row] = await session.query('SHOW ENGINE INNODB STATUS');
  const lsn = /^Log sequence number\s+(\d+)/m.exec(row?.['Status'] ?? '')?.[1];
  if (lsn !== undefined) return lsn;
  throw new UserError(
    'SERVER_UNREACHABLE',
    'The server does not tell its log sequence number (SHOW ENGINE INNODB STATUS).',
    'Is InnoDB switched on? Only servers with InnoDB can be backed up.',
  );
}

async function readBinaryLogs(session: Session): Promise<{ name: string; sizeBytes: number }[]> {
  const rows = await session.query('SHOW BINARY LOGS');
  return rows.map((row) => ({ name: row['Log_name'] ?? '', sizeBytes: Number(row['File_size'] ?? 0) }));
}
