import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ownFilesOf } from '../mysql/carry-over.js';
import type { DataPlaces } from '../mysql/data-swap.js';
import type { Datadir } from '../mysql/datadir-swap.js';
import type { ConfiguredDirectories } from '../mysql/directories.js';
import { real, type ServerLayout } from '../mysql/layout.js';
import { optionGroup } from '../mysql/option-file.js';
import { OutsidePlaces, realFile, unsuitable } from '../mysql/outside-places.js';
import { readDataFilePath } from '../tools/backup-settings.js';
import { externalTablespaces } from '../tools/external-tablespaces.js';
import type { Prepared } from './prepared.js';

/** Where the files of prepared data belong. Paths of the prepared data are relative to its directory. */
export interface Destination {
  pathOf(path: string): string;
  /** A file of a table, or of InnoDB's own but for the redo log: it must arrive. */
  isDataFile(path: string): boolean;
  /** The device that the file will be on. */
  deviceOf(path: string): number;
}

/** All that a restore replaces, and where its data goes. */
export interface RestoreTarget extends DataPlaces {
  destination: Destination;
  /** For the tool: the [mysqld] group that it needs when not everything goes into the datadir. */
  toolOptions: string | undefined;
  /** See `carryOver`. */
  ownFiles: string[];
  /** What a person should know of what is not replaced. */
  notes: string[];
}

/**
 * Brings together where the server keeps its data and what the backup has.
 * @throws UserError DATADIR_UNSUITABLE for what cannot be replaced, or put back, safely.
 */
export async function findTarget(
  prepared: Prepared,
  preparedData: string,
  datadir: Datadir,
  layout: ServerLayout,
): Promise<RestoreTarget> {
  const directories = await directoriesFrom(layout.directories, datadir);
  requireRestorable(directories, datadir, layout.source);
  const { dataFilePath, systemFiles } = await dataFilePathOf(preparedData, datadir, prepared.mysql.datadir);
  const tablespaces = await realTablespaces(preparedData);
  await requireOwn([...tablespaces.values()], layout, prepared, datadir);
  const outside = new OutsidePlaces(datadir.path);
  await outside.addConfigured(directories, systemFiles, layout.source);
  for (const path of [...tablespaces.values(), ...(layout.tablespaceFiles ?? [])])
    await outside.addFile(path);

  const pathOf = (path: string): string => {
    if (systemFiles.includes(path)) return join(directories.dataHome ?? datadir.path, path);
    if (undoFile.test(path)) return join(directories.undo ?? datadir.path, path);
    return tablespaces.get(path) ?? join(datadir.path, path);
  };
  return {
    datadir,
    outside: outside.all,
    destination: {
      pathOf,
      isDataFile: (path) => systemFiles.includes(path) || dataFile.test(path),
      deviceOf: (path) => outside.placeOf(pathOf(path))?.device ?? datadir.device,
    },
    toolOptions: toolOptions(datadir, directories, dataFilePath, await undoTablespacesOf(preparedData)),
    ownFiles: ownFilesOf(prepared.mysql.flavor, layout.keyFiles, datadir.path),
    notes: await notesOn(layout, prepared, datadir, tablespaces.size > 0),
  };
}

/** With symlinks resolved. What turns out to be the datadir itself is left out. */
async function directoriesFrom(
  found: ConfiguredDirectories,
  datadir: Datadir,
): Promise<ConfiguredDirectories> {
  const resolved: ConfiguredDirectories = {};
  for (const [name, path] of Object.entries(found)) {
    const where = path === undefined ? datadir.path : await real(path);
    if (where !== datadir.path) resolved[name as keyof ConfiguredDirectories] = where;
  }
  return resolved;
}

async function realTablespaces(preparedData: string): Promise<Map<string, string>> {
  const found = await externalTablespaces(preparedData);
  for (const [name, file] of found) found.set(name, await realFile(file));
  return found;
}

/** Those that the server counts: MariaDB's, and MySQL's until 5.7. Later ones are called undo_001. */
async function undoTablespacesOf(preparedData: string): Promise<number> {
  return (await readdir(preparedData)).filter((name) => /^undo\d{3}$/.test(name)).length;
}

/** Undefined when everything goes into the datadir by the names that the tool expects. */
function toolOptions(
  datadir: Datadir,
  { dataHome, redo, undo }: ConfiguredDirectories,
  dataFilePath: string | undefined,
  undoTablespaces: number,
): string | undefined {
  const isUsual = dataFilePath === undefined || /^ibdata1:[^;]*$/.test(dataFilePath);
  const isElsewhere = dataHome !== undefined || redo !== undefined || undo !== undefined;
  if (isUsual && !isElsewhere && undoTablespaces === 0) return undefined;
  return optionGroup('mysqld', {
    datadir: datadir.path,
    innodb_data_home_dir: dataHome,
    innodb_log_group_home_dir: redo,
    innodb_undo_directory: undo,
    innodb_data_file_path: dataFilePath,
    // XtraBackup 2.4 leaves behind those that it is not told of.
    innodb_undo_tablespaces: undoTablespaces === 0 ? undefined : String(undoTablespaces),
  });
}

const undoFile = /^(undo_?\d{3,}|[^/]+\.ibu)$/;
const dataFile = /^(ibdata\d+|undo_?\d{3,})$|\.(ibd|ibu|frm|MYD|MYI|MAD|MAI|sdi)$/;

/** There is no test of these, and the tools treat them differently. */
function requireRestorable(directories: ConfiguredDirectories, datadir: Datadir, source: string): void {
  const engines = { aria: 'the logs of Aria', rocksdb: 'the data of MyRocks' } as const;
  for (const name of ['aria', 'rocksdb'] as const) {
    const path = directories[name];
    if (path === undefined || `${path}/`.startsWith(`${datadir.path}/`)) continue;
    throw unsuitable(
      `By ${source}, ${engines[name]} are in ${path}, outside of the datadir`,
      'apply does not replace them there: restore by hand.',
    );
  }
}

/** Such as `ibdata1:12M;ibdata2:10M:autoextend`; a path in the datadir becomes a name. */
async function dataFilePathOf(
  preparedData: string,
  datadir: Datadir,
  recorded: string,
): Promise<{ dataFilePath: string | undefined; systemFiles: string[] }> {
  // The tool wrote down what it needs of its server's settings.
  const written = await readDataFilePath(preparedData);
  if (written === undefined || written === '') return { dataFilePath: undefined, systemFiles: ['ibdata1'] };
  const parts = written.split(';').filter((part) => part.trim() !== '');
  const files = parts.map((part) => {
    const path = part.trim().split(':')[0] ?? '';
    const size = part.trim().slice(path.length);
    const isInDatadir = [datadir.path, recorded].includes(dirname(resolve(datadir.path, path)));
    if (isInDatadir && !size.includes('raw')) return { name: basename(path), size };
    throw unsuitable(
      `The system tablespace of the backup's server is in ${path}`,
      'apply restores it into the datadir or innodb_data_home_dir, and no devices: restore by hand.',
    );
  });
  return {
    dataFilePath: files.map(({ name, size }) => `${name}${size}`).join(';'),
    systemFiles: files.map(({ name }) => name),
  };
}

/**
 * The tool puts a tablespace back at the path where it was, whatever server it is restored into. What lies there may
 * be another server's table, in use.
 */
async function requireOwn(
  tablespaces: readonly string[],
  { tablespaceFiles }: ServerLayout,
  { mysql }: Prepared,
  datadir: Datadir,
): Promise<void> {
  if (tablespaces.length === 0) return;
  // The backup names the place: it must not be that of a file which means something to others.
  const odd = tablespaces.find((path) => !path.endsWith('.ibd'));
  if (odd !== undefined) {
    throw unsuitable(
      `The backup has a table whose place is ${odd}, and a data file ends with .ibd`,
      'Find out who wrote that backup; if it is right, restore by hand.',
    );
  }
  const isSameDatadir = (await real(mysql.datadir)) === datadir.path;
  if (tablespaceFiles === undefined && isSameDatadir) return;
  const own = await Promise.all((tablespaceFiles ?? []).map(realFile));
  for (const path of tablespaces) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere || own.includes(path)) continue;
    throw unsuitable(
      `The backup has a table whose place is ${path}, and there is a file that this server does not know`,
      'If another server uses it, restore on another host; else move it away, and run apply again.',
    );
  }
}

/** What is not replaced, or goes elsewhere than it was. */
async function notesOn(
  { directories, tablespaceFiles }: ServerLayout,
  { mysql, gtid }: Prepared,
  datadir: Datadir,
  hasTablespaces: boolean,
): Promise<string[]> {
  const notes: string[] = [];
  if (directories.binlog !== undefined) {
    notes.push(
      `The binary logs in ${directories.binlog} are no part of a backup and stay as they are. ` +
        'They hold transactions that the restored data does not have' +
        (gtid === undefined || mysql.flavor === 'mariadb'
          ? '.'
          : ', and MySQL counts their GTIDs as executed: set `gtid_purged` anew, as below, before it has replicas.'),
    );
  }
  const mayHaveMore = hasTablespaces || (mysql.directories?.tablespaces ?? []).length > 0;
  if (tablespaceFiles === undefined && mayHaveMore) {
    notes.push(
      'Which tables the old server had outside of its datadir could not be found out: ' +
        'files of those that are younger than the backup stay where they are.',
    );
  }
  const entries = await readdir(datadir.path, { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  if (links.length > 0) {
    notes.push(
      `In the old datadir, ${links.join(', ')} ${links.length === 1 ? 'is a symlink' : 'are symlinks'}; ` +
        'the restored data is in the datadir itself.',
    );
  }
  return notes;
}
