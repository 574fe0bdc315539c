import type { Session } from './connection.js';
import type { ServerIdentity } from './server.js';
import { readNamed, selectBriefly } from './told.js';
import { isAtLeast } from '../tools/versions.js';

/** What InnoDB says of its tablespaces. The statements need the privilege PROCESS. */

type Server = Pick<ServerIdentity, 'flavor' | 'version'>;

/** MySQL has renamed these tables in 8.0; MariaDB never did. */
function hasNewNames({ flavor, version }: Server): boolean {
  return flavor !== 'mariadb' && isAtLeast(version, '8.0');
}

export interface EncryptedTablespaces {
  count: number;
  /** A few of them, as `shop/orders`. */
  names: readonly string[];
}

/** The tablespaces that InnoDB has encrypted. */
export async function readEncrypted(session: Session, server: Server): Promise<EncryptedTablespaces> {
  // In 5.7 only a bit of the flags tells it: FSP_FLAGS_POS_ENCRYPTION is 13.
  const which = hasNewNames(server)
    ? "information_schema.INNODB_TABLESPACES WHERE ENCRYPTION = 'Y'"
    : server.flavor === 'mariadb'
      ? 'information_schema.INNODB_TABLESPACES_ENCRYPTION ' +
        'WHERE ENCRYPTION_SCHEME <> 0 AND (MIN_KEY_VERSION > 0 OR CURRENT_KEY_VERSION > 0)'
      : 'information_schema.INNODB_SYS_TABLESPACES WHERE FLAG & 8192';
  const [counted] = await selectBriefly(session, server.flavor, `COUNT(*) AS count FROM ${which}`);
  const names = await selectBriefly(
    session,
    server.flavor,
    `NAME AS name FROM ${which} ORDER BY NAME LIMIT 3`,
  );
  return {
    count: Number(counted?.['count'] ?? 0),
    // MariaDB's system tablespace has no name there.
    names: names.map((row) => row['name'] ?? 'the system tablespace'),
  };
}

/** What else is encrypted, as the variables that say so. */
export async function readEncryptedLogs(session: Session): Promise<readonly string[]> {
  const variables = await readNamed(session, 'VARIABLES', [
    'innodb_redo_log_encrypt',
    'innodb_undo_log_encrypt',
    'binlog_encryption',
    'innodb_encrypt_log',
    'encrypt_binlog',
    'aria_encrypt_tables',
  ]);
  return [...variables].filter(([, value]) => value === 'ON' || value === '1').map(([name]) => name);
}

/** Where the server's keys come from. */
export interface Keyring {
  /** A component, or a plugin. */
  name: string;
  kind: 'component' | 'plugin';
  /** The file that holds the keys, where it is a file. */
  file?: string;
  /** The file with the key that the first one is encrypted with. */
  unlockingFile?: string;
}

/** The keyring component or plugin that is in use; undefined when there is none. */
export async function readKeyring(session: Session, server: Server): Promise<Keyring | undefined> {
  if (hasNewNames(server) && isAtLeast(server.version, keyringComponentsSince)) {
    const component = await readComponent(session);
    if (component !== undefined) return component;
  }
  return await readPlugin(session);
}

/** Since then MySQL has keyring components, and a table of them. */
export const keyringComponentsSince = '8.0.24';

async function readComponent(session: Session): Promise<Keyring | undefined> {
  const rows = await session.query(
    'SELECT STATUS_KEY AS name, STATUS_VALUE AS value FROM performance_schema.keyring_component_status',
  );
  const status = new Map(rows.map((row) => [row['name'] ?? '', row['value'] ?? '']));
  const name = status.get('Component_name') ?? status.get('Implementation_name');
  if (name === undefined) return undefined;
  return { name, kind: 'component', ...fileOf(status.get('Data_file')) };
}

async function readPlugin(session: Session): Promise<Keyring | undefined> {
  const [row] = await session.query(
    'SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS ' +
      "WHERE PLUGIN_STATUS = 'ACTIVE' AND (PLUGIN_TYPE = 'ENCRYPTION' OR PLUGIN_TYPE = 'KEYRING' " +
      // keyring_udf is a door to the others and holds no keys.
      "OR PLUGIN_NAME LIKE 'keyring\\_%') AND PLUGIN_NAME <> 'keyring_udf' LIMIT 1",
  );
  const name = row?.['name'];
  if (name === null || name === undefined) return undefined;
  const variables = await readNamed(session, 'VARIABLES', [
    'keyring_file_data',
    'keyring_encrypted_file_data',
    'keyring_vault_config',
    'file_key_management_filename',
    'file_key_management_filekey',
  ]);
  const unlocking = /^FILE:(.+)$/i.exec(variables.get('file_key_management_filekey') ?? '')?.[1];
  const file =
    variables.get('file_key_management_filename') ??
    variables.get('keyring_file_data') ??
    variables.get('keyring_encrypted_file_data') ??
    variables.get('keyring_vault_config');
  return {
    name,
    kind: 'plugin',
    ...fileOf(file),
    ...(unlocking === undefined ? {} : { unlockingFile: unlocking }),
  };
}

function fileOf(path: string | undefined): Pick<Keyring, 'file'> {
  // A component that keeps them elsewhere says so in words.
  return path?.startsWith('/') === true ? { file: path } : {};
}

/**
 * The tables with row versions that the instant DDL of MySQL 8.0.29 to 8.0.31 left, which XtraBackup refuses. Other
 * servers are not asked: they have none, or it takes theirs (Percona Server's too, by XtraBackup's own source).
 */
export async function readRowVersions(session: Session, server: Server): Promise<string[]> {
  const { flavor, version } = server;
  const isTouched = flavor === 'mysql' && isAtLeast(version, '8.0.29') && !isAtLeast(version, '8.0.32');
  if (!isTouched) return [];
  const rows = await selectBriefly(
    session,
    server.flavor,
    'NAME AS name FROM information_schema.INNODB_TABLES WHERE TOTAL_ROW_VERSIONS > 0 ORDER BY NAME',
  );
  return rows.flatMap((row) => row['name'] ?? []);
}

/**
 * The data files of InnoDB that are not in the datadir: tables with DATA DIRECTORY, general tablespaces. For MySQL
 * since 8.0; older servers and MariaDB have link files instead.
 */
export async function readFilesElsewhere(
  session: Session,
  server: Server & Pick<ServerIdentity, 'datadir'>,
): Promise<string[]> {
  const rows = await selectBriefly(
    session,
    server.flavor,
    "PATH AS path FROM information_schema.INNODB_DATAFILES WHERE PATH LIKE '/%'",
  );
  return rows.flatMap((row) => row['path'] ?? []).filter((path) => !path.startsWith(`${server.datadir}/`));
}
