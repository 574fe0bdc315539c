import type { ToolName } from './backup-tool.js';
import { isAtLeast, isCalendarVersion, parseVersion } from './versions.js';

/**
 * The lines of the backup tools as data: which servers each takes, which options it has and since when, what it
 * leaves behind, which privileges it needs. Everything that differs between them is said here and nowhere else.
 */
export interface ToolLine {
  tool: ToolName;
  /** `2.4`, `8.0` …; for mariadb-backup the major version, since it goes with the server's own. */
  name: string;
  /** For messages: the servers that it takes. */
  servers: string;
  takes(server: ServerKind, toolVersion: string): boolean;
  /** Debian's and Ubuntu's name of the package, and where it comes from. */
  package: { name: string; from: 'Percona' | 'MariaDB or the distribution' };
  /** The options that not every line has, with the version that has them first. */
  options: Partial<Record<LineOption, string>>;
  files: LineFiles;
  /** The `backup_type` of the checkpoints, step by step. */
  states: {
    full: 'full-backuped';
    incremental: 'incremental';
    /** After every step of a prepare but the last. */
    applied: 'log-applied';
    /** After the last step. */
    prepared: 'full-prepared' | 'log-applied';
  };
  privileges: readonly LinePrivilege[];
  /** What would do harm, and is refused by some lines only: the others must not be asked for it. */
  refuses: {
    unknownOptions: boolean;
    /** To move or copy back what is not prepared to the end. */
    unpreparedRestore: boolean;
  };
}

/** 2.4 ignores silently what it does not know, so nothing is passed that the line does not have. */
export type LineOption =
  | 'no-version-check'
  | 'strict'
  | 'lock-ddl'
  | 'lock-ddl-timeout'
  | 'backup-lock-timeout'
  | 'ftwrl-wait-timeout'
  | 'register-redo-log-consumer'
  | 'page-tracking'
  | 'fifo-streams'
  | 'estimate-memory'
  | 'apply-log-only'
  | 'parallel-prepare'
  | 'check-tables';

export interface LineFiles {
  checkpoints: string;
  info: string;
  binlogInfo: string;
  /** The last ones of every stream: a stream without them was cut. */
  last: readonly string[];
  /** Does `--extra-lsndir` hold the info file too, or the checkpoints only? */
  infoInLsnDir: boolean;
}

export interface LinePrivilege {
  /** As GRANT takes it. */
  privilege: string;
  /** `*.*`, or one table. */
  on: string;
  /** What the tool does with it. */
  why: string;
  /** Only when the server writes a binary log. */
  onlyWithBinlog?: true;
  /** Older servers have no such table, so it can neither be granted nor be needed there. */
  sinceServer?: string;
}

export interface ServerKind {
  flavor: 'mysql' | 'mariadb' | 'percona';
  version: string;
}

const xtrabackupFiles: LineFiles = {
  checkpoints: 'xtrabackup_checkpoints',
  info: 'xtrabackup_info',
  binlogInfo: 'xtrabackup_binlog_info',
  last: ['xtrabackup_info', 'xtrabackup_tablespaces'],
  infoInLsnDir: true,
};

const xtrabackupStates: ToolLine['states'] = {
  full: 'full-backuped',
  incremental: 'incremental',
  applied: 'log-applied',
  prepared: 'full-prepared',
};

/** Each revoked in turn on 9.7.4: without any one of them a backup fails, some only after all data is read. */
const privilegesOf8: readonly LinePrivilege[] = [
  { privilege: 'BACKUP_ADMIN', on: '*.*', why: 'LOCK INSTANCE FOR BACKUP, which keeps DDL out' },
  { privilege: 'PROCESS', on: '*.*', why: 'SHOW ENGINE INNODB STATUS' },
  { privilege: 'RELOAD', on: '*.*', why: 'FLUSH TABLES and FLUSH BINARY LOGS' },
  { privilege: 'LOCK TABLES', on: '*.*', why: 'FLUSH TABLES WITH READ LOCK, for tables that are not InnoDB' },
  { privilege: 'REPLICATION CLIENT', on: '*.*', why: 'the binary log position' },
  { privilege: 'SELECT', on: 'performance_schema.log_status', why: 'the position and LSN at the end' },
  {
    privilege: 'SELECT',
    on: 'performance_schema.keyring_component_status',
    why: 'whether tables are encrypted by a keyring component',
    sinceServer: '8.0.24',
  },
  {
    privilege: 'SELECT',
    on: 'performance_schema.replication_group_members',
    why: 'whether the server is a member of a group',
  },
];

const privilegesOf24: readonly LinePrivilege[] = [
  { privilege: 'RELOAD', on: '*.*', why: 'FLUSH TABLES WITH READ LOCK' },
  { privilege: 'LOCK TABLES', on: '*.*', why: 'LOCK TABLES FOR BACKUP' },
  { privilege: 'PROCESS', on: '*.*', why: 'SHOW ENGINE INNODB STATUS' },
  { privilege: 'REPLICATION CLIENT', on: '*.*', why: 'the binary log position' },
];

const privilegesOfMariadb: readonly LinePrivilege[] = [
  { privilege: 'RELOAD', on: '*.*', why: 'BACKUP STAGE and FLUSH' },
  { privilege: 'PROCESS', on: '*.*', why: 'SHOW ENGINE INNODB STATUS' },
  { privilege: 'BINLOG MONITOR', on: '*.*', why: 'the binary log position', onlyWithBinlog: true },
];

/** What every XtraBackup since 8.0 has. */
const optionsOf8 = {
  'no-version-check': '8.0.0',
  strict: '8.0.0',
  'lock-ddl': '8.0.0',
  'lock-ddl-timeout': '8.0.0',
  'backup-lock-timeout': '8.0.0',
  'ftwrl-wait-timeout': '8.0.0',
  'register-redo-log-consumer': '8.0.30-23',
  'page-tracking': '8.0.27-19',
  'fifo-streams': '8.0.31-24',
  'estimate-memory': '8.0.32-26',
  'apply-log-only': '8.0.0',
} as const satisfies ToolLine['options'];

function xtrabackupLine(
  name: string,
  packageSuffix: string,
  more: Pick<ToolLine, 'servers' | 'takes'> & Partial<ToolLine>,
): ToolLine {
  return {
    tool: 'xtrabackup',
    name,
    package: { name: `percona-xtrabackup-${packageSuffix}`, from: 'Percona' },
    options: optionsOf8,
    files: xtrabackupFiles,
    states: xtrabackupStates,
    privileges: privilegesOf8,
    refuses: { unknownOptions: true, unpreparedRestore: true },
    ...more,
  };
}

function mariadbLine(name: string, files: LineFiles): ToolLine {
  return {
    tool: 'mariadb-backup',
    name,
    servers: 'MariaDB of its own series',
    takes: (server, toolVersion) =>
      server.flavor === 'mariadb' && seriesOf(server.version) === seriesOf(toolVersion),
    package: { name: 'mariadb-backup', from: 'MariaDB or the distribution' },
    options: { 'ftwrl-wait-timeout': '10.0' },
    files,
    states: { ...xtrabackupStates, prepared: 'log-applied' },
    privileges: privilegesOfMariadb,
    refuses: { unknownOptions: true, unpreparedRestore: false },
  };
}

const takesSeries = (...series: string[]) => {
  return ({ flavor, version }: ServerKind) =>
    flavor !== 'mariadb' && series.includes(seriesOf(version) ?? '');
};

export const toolLines: readonly ToolLine[] = [
  xtrabackupLine('2.4', '24', {
    servers: 'MySQL 5.6 and 5.7',
    takes: takesSeries('5.6', '5.7'),
    options: { 'no-version-check': '2.4.0', 'ftwrl-wait-timeout': '2.4.0', 'apply-log-only': '2.4.0' },
    files: { ...xtrabackupFiles, last: ['xtrabackup_info'], infoInLsnDir: false },
    privileges: privilegesOf24,
    refuses: { unknownOptions: false, unpreparedRestore: false },
  }),
  xtrabackupLine('8.0', '80', {
    servers: 'MySQL 8.0',
    // Since 8.0.34 it takes the newer ones too; before, none that is newer than itself.
    takes: (server, toolVersion) =>
      takesSeries('8.0')(server) &&
      (isAtLeast(toolVersion, '8.0.34') ||
        isAtLeast(withoutBuild(toolVersion), withoutBuild(server.version))),
    options: { ...optionsOf8, 'parallel-prepare': '8.0.35-33' },
  }),
  xtrabackupLine('8.4', '84', {
    servers: 'MySQL 8.4',
    takes: takesSeries('8.4'),
    options: { ...optionsOf8, 'parallel-prepare': '8.4.0-3', 'check-tables': '8.4.0-6' },
  }),
  xtrabackupLine('9.7', '97', {
    servers: 'MySQL 9.7',
    takes: takesSeries('9.7'),
    options: { ...optionsOf8, 'parallel-prepare': '9.7.0', 'check-tables': '9.7.0' },
  }),
  mariadbLine('10', {
    checkpoints: 'xtrabackup_checkpoints',
    info: 'xtrabackup_info',
    binlogInfo: 'xtrabackup_binlog_info',
    last: ['xtrabackup_checkpoints', 'backup-my.cnf', 'xtrabackup_info'],
    infoInLsnDir: true,
  }),
  mariadbLine('11', {
    checkpoints: 'mariadb_backup_checkpoints',
    info: 'mariadb_backup_info',
    binlogInfo: 'mariadb_backup_binlog_info',
    last: ['mariadb_backup_checkpoints', 'backup-my.cnf', 'mariadb_backup_info'],
    infoInLsnDir: true,
  }),
];

/** The line of a tool's version; undefined for one that is not known here. */
export function lineOf(tool: ToolName, version: string): ToolLine | undefined {
  const parsed = parseVersion(version);
  if (parsed === undefined) return undefined;
  const name = tool === 'xtrabackup' ? `${parsed.major}.${parsed.minor}` : String(Math.min(parsed.major, 11));
  return toolLines.find((line) => line.tool === tool && line.name === name);
}

/** Does this version of the line have the option? */
export function hasOption(line: ToolLine, toolVersion: string, option: LineOption): boolean {
  const since = line.options[option];
  return since !== undefined && isAtLeast(toolVersion, since);
}

/** The line that a server needs; undefined when no tool is known for it. */
export function lineFor(server: ServerKind): ToolLine | undefined {
  if (server.flavor === 'mariadb') return lineOf('mariadb-backup', server.version);
  return toolLines.find(
    (line) => line.tool === 'xtrabackup' && line.name === xtrabackupNameFor(server.version),
  );
}

function xtrabackupNameFor(serverVersion: string): string | undefined {
  const series = seriesOf(serverVersion);
  return series === '5.6' || series === '5.7' ? '2.4' : series;
}

/** Why there is no backup tool for a server, as a sentence. */
export function whyNoLine({ flavor, version }: ServerKind): string {
  const kept = toolLines.filter(({ tool }) => tool === 'xtrabackup').map(({ servers }) => servers);
  const known = `Percona XtraBackup is known for ${kept.join(', ')}.`;
  if (isCalendarVersion(version)) {
    return `${flavor} ${version} is an innovation release, and there is no XtraBackup for it. ${known}`;
  }
  return `There is no backup tool for ${flavor} ${version} that is known here. ${known}`;
}

function seriesOf(version: string): string | undefined {
  const parsed = parseVersion(version);
  return parsed === undefined ? undefined : `${parsed.major}.${parsed.minor}`;
}

function withoutBuild(version: string): string {
  const parsed = parseVersion(version);
  return parsed === undefined ? version : `${parsed.major}.${parsed.minor}.${parsed.patch}`;
}
