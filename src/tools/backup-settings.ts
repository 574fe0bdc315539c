import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { printable } from '../pipeline/output-lines.js';

/**
 * `backup-my.cnf`: what a backup tool writes down of its server's settings, and reads again at --prepare, when it reads
 * no other option file. Without it, data with other pages than of 16 KiB, several system files or encryption cannot be
 * prepared. But whoever can write to the bucket can write there what they like, such as a plugin of their own to load.
 */
export const settingsFile = 'backup-my.cnf';

/** How the data is written; the names are those that the tools' write_backup_config_file() writes. */
const dataSettings = new Set([
  'innodb_checksum_algorithm',
  'innodb_log_checksum_algorithm',
  'innodb_log_checksums',
  'innodb_fast_checksum',
  'innodb_log_files_in_group',
  'innodb_log_file_size',
  'innodb_log_block_size',
  'innodb_page_size',
  'innodb_undo_tablespaces',
  'innodb_compression_level',
  'innodb_redo_log_encrypt',
  'innodb_undo_log_encrypt',
  'innodb_encrypt_log',
  'innodb_encrypt_tables',
  'redo_log_version',
  'server_id',
  'server_uuid',
  'master_key_id',
]);
const plainValue = /^[\w.+-]*$/;

const systemFiles = 'innodb_data_file_path';

/** All that is prepared lies in the target directory; where the server had it stays as a comment. */
const places = new Set([
  systemFiles,
  'innodb_undo_directory',
  'innodb_doublewrite_file',
  'innodb_buffer_pool_filename',
  'plugin_dir',
]);

/** Plugins that hold keys or decompress pages, of MySQL, Percona Server and MariaDB. */
const dataPlugin =
  /^(keyring_(file|encrypted_file|vault|okv|aws|oci|hashicorp)|(file|hashicorp|aws)_key_management|provider_(bzip2|lz4|lzma|lzo|snappy))$/;
const pluginSetting = /^(keyring_|(file|hashicorp|aws)_key_management_)\w+$/;

/**
 * Takes everything out of a link's `backup-my.cnf` that does not say how its data is written, and returns what was
 * taken out and is none of the places that every tool writes down.
 * @param dir the link, in the target directory.
 * @param toolPath plugins are only loaded from where the tool itself is installed, or /usr.
 * @throws ENOENT when the link has no such file.
 */
export async function keepDataSettings(dir: string, toolPath: string): Promise<string[]> {
  const path = join(dir, settingsFile);
  const { kept, leftOut } = await sortSettings(await readFile(path, 'utf8'), { dir, toolPath });
  // A new file: nothing is written through what the archive may have put there.
  await rm(path);
  await writeFile(path, ['[mysqld]', ...kept, ''].join('\n'), { mode: 0o640, flag: 'wx' });
  return leftOut;
}

interface Where {
  dir: string;
  toolPath: string;
}

const ofServer = '# of the server: ';

/**
 * Where the server had its system files, such as `ibdata1:12M;/ssd/ibdata2:10M:autoextend`, by what `keepDataSettings`
 * has written.
 */
export async function readDataFilePath(dir: string): Promise<string | undefined> {
  const text = await readFile(join(dir, settingsFile), 'utf8').catch(() => '');
  const written = [...text.matchAll(new RegExp(`^(?:${ofServer})?${systemFiles}=(.+)$`, 'gm'))];
  // The comment, where there is one, stands behind.
  return written.at(-1)?.[1];
}

async function sortSettings(text: string, where: Where): Promise<{ kept: string[]; leftOut: string[] }> {
  const kept: string[] = [];
  const leftOut: string[] = [];
  let group = '';
  for (const line of text.split('\n').map((some) => some.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(.*)\]$/.exec(line);
    if (header !== null) {
      group = header[1] ?? '';
      continue;
    }
    const [, name = '', value = ''] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    const setting = { name: name.replaceAll('-', '_'), value };
    const sorted = group === 'mysqld' ? await sort(setting, where) : { lines: [], isLeftOut: true };
    kept.push(...sorted.lines);
    if (sorted.isLeftOut) leftOut.push(printable(name === '' ? line : name).slice(0, 100));
  }
  return { kept, leftOut };
}

interface Sorted {
  /** What is written of it. */
  lines: string[];
  /** Is it something that the tool may miss, or that nobody should have written? */
  isLeftOut: boolean;
}

async function sort({ name, value }: { name: string; value: string }, where: Where): Promise<Sorted> {
  const line = `${name}=${value}`;
  if (!places.has(name)) {
    const isKept = saysHowDataIsWritten(name, value);
    return { lines: isKept ? [line] : [], isLeftOut: !isKept };
  }
  if (!isOneLine(value)) return { lines: [], isLeftOut: true };
  const asComment = `${ofServer}${line}`;
  if (name === systemFiles) {
    const here = dataFilePath(value);
    if (here === undefined) return { lines: [asComment], isLeftOut: true };
    return { lines: here === line ? [line] : [here, asComment], isLeftOut: false };
  }
  const isKept = name === 'plugin_dir' && (await isInstalled(value.replace(/^"(.*)"$/, '$1'), where));
  return { lines: [isKept ? line : asComment], isLeftOut: false };
}

function saysHowDataIsWritten(name: string, value: string): boolean {
  if (dataSettings.has(name)) return plainValue.test(value);
  if (name === 'plugin_load' || name === 'early_plugin_load') return value.split(';').every(isDataPlugin);
  return pluginSetting.test(name) && isOneLine(value);
}

/** The tools write every system file to the top of a backup. */
function dataFilePath(value: string): string | undefined {
  const files = value.split(';').map((file) => file.trim().replace(/^[^:]*\//, ''));
  return files.every((file) => /^\w[\w.-]*(:\w+)*$/.test(file))
    ? `${systemFiles}=${files.join(';')}`
    : undefined;
}

/** Such as `file_key_management=file_key_management` or `keyring_file.so`. */
function isDataPlugin(item: string): boolean {
  const [name = '', library = name] = item.split('=');
  return [name, library].every((part) => dataPlugin.test(part.replace(/\.so$/, '')));
}

function isOneLine(value: string): boolean {
  return printable(value) === value;
}

async function isInstalled(pluginDir: string, { dir, toolPath }: Where): Promise<boolean> {
  const real = await realpath(pluginDir).catch(() => undefined);
  if (real === undefined || isIn(real, dirname(await realpath(dir)))) return false;
  return isIn(real, dirname(dirname(await realpath(toolPath)))) || isIn(real, '/usr');
}

function isIn(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}
