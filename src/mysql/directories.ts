import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Session } from './connection.js';
import type { ServerIdentity } from './server.js';
import { readFilesElsewhere } from './tablespaces.js';
import { ask, readNamed } from './told.js';
import { isAtLeast } from '../tools/versions.js';

/** Where a server keeps what is not directly in its datadir. Absolute paths; what is not named is in the datadir. */
export interface DataDirectories {
  /** The system tablespace, and the doublewrite files unless they have a directory of their own. */
  dataHome?: string | undefined;
  redo?: string | undefined;
  undo?: string | undefined;
  doublewrite?: string | undefined;
  /** The binary logs. They are no part of a backup. */
  binlog?: string | undefined;
  /** Aria's logs, and MyRocks: for these engines there is no way back but by hand. */
  aria?: string | undefined;
  rocksdb?: string | undefined;
  /** The directories of the tablespaces that are outside of the datadir. Undefined when that could not be found out. */
  tablespaces?: string[] | undefined;
}

export type ConfiguredDirectories = Omit<DataDirectories, 'tablespaces'>;
type DirectoryName = keyof ConfiguredDirectories;

/** The server's variables for them. The binary log's is a file name, as log_bin in an option file. */
const variables: Record<string, DirectoryName> = {
  innodb_data_home_dir: 'dataHome',
  innodb_log_group_home_dir: 'redo',
  innodb_undo_directory: 'undo',
  innodb_doublewrite_dir: 'doublewrite',
  log_bin_basename: 'binlog',
  aria_log_dir_path: 'aria',
  rocksdb_datadir: 'rocksdb',
  rocksdb_wal_dir: 'rocksdb',
};

/** Asks a running server. It needs no privilege but for the tablespaces, and goes without them where it has none. */
export async function readDirectories(
  session: Session,
  server: Pick<ServerIdentity, 'flavor' | 'version' | 'datadir'>,
): Promise<DataDirectories> {
  const files = await ask(() => tablespaceFilesElsewhere(session, server));
  return {
    ...(await readDirectoryVariables(session, server.datadir)),
    ...('value' in files
      ? { tablespaces: [...new Set(files.value.map((file) => dirname(file)))].sort() }
      : {}),
  };
}

export async function readDirectoryVariables(
  session: Session,
  datadir: string,
): Promise<ConfiguredDirectories> {
  return directoriesOf(await readNamed(session, 'VARIABLES', Object.keys(variables)), datadir);
}

/** @param values by the variables' names, or by the options' of an option file. */
export function directoriesOf(values: ReadonlyMap<string, string>, datadir: string): ConfiguredDirectories {
  const found: ConfiguredDirectories = {};
  for (const [variable, name] of Object.entries(variables)) {
    const option = name === 'binlog' ? 'log-bin' : variable.replaceAll('_', '-');
    const value = values.get(variable) ?? values.get(option) ?? '';
    if (value === '') continue;
    // Relative paths are relative to the datadir.
    const path = resolve(datadir, name === 'binlog' ? dirname(value) : value);
    const isUsual =
      path === resolve(datadir) || (name === 'rocksdb' && path.startsWith(`${resolve(datadir)}/`));
    if (!isUsual) found[name] = path;
  }
  return found;
}

/**
 * The data files of InnoDB that are outside of the datadir. MySQL since 8.0 keeps the list in its dictionary;
 * MariaDB and MySQL 5.7 find them by a file beside the table's, which is there too when no server answers.
 */
export async function tablespaceFilesElsewhere(
  session: Session,
  server: Pick<ServerIdentity, 'flavor' | 'version' | 'datadir'>,
): Promise<string[]> {
  if (server.flavor !== 'mariadb' && isAtLeast(server.version, '8.0')) {
    return await readFilesElsewhere(session, server);
  }
  return [...(await linkedTablespaces(server.datadir)).values()];
}

/**
 * The tablespaces of a data directory that lie elsewhere, by the link files `table.isl` that hold their path:
 * `shop/orders.ibd` → `/fast/shop/orders.ibd`.
 */
export async function linkedTablespaces(dir: string): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  const note = async (folder: string) => {
    // It may be a file, or have vanished.
    for (const name of await readdir(join(dir, folder)).catch(() => [])) {
      if (!name.endsWith('.isl')) continue;
      const path = await readFile(join(dir, folder, name), 'utf8').catch(() => '');
      if (path.trim() !== '') links.set(join(folder, name.replace(/isl$/, 'ibd')), resolve(dir, path.trim()));
    }
  };
  await note('.');
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  // A database may be a symlink to a directory. What is hidden is none.
  for (const entry of entries) if (!entry.isFile() && !entry.name.startsWith('.')) await note(entry.name);
  return links;
}
