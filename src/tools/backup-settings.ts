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

/** Where the server had its system files, such as `ibdata1:12M;/ssd/ibdata2:10M:autoextend`, by a prepared backup. */
export async function readDataFilePath(dir: string): Promise<string | undefined> {
  const text = await readFile(join(dir, settingsFile), 'utf8').catch(() => '');
  const name = 'innodb[_-]data[_-]file[_-]path';
  const found =
    new RegExp(`^${ofServer}${name}=(.+)$`, 'm').exec(text) ??
    new RegExp(`^${name}\\s*=(.+)$`, 'm').exec(text);
  return found?.[1]?.trim();
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
    const asItIsKept = group === 'mysqld' ? await whatIsKept(setting, where) : undefined;
    if (asItIsKept !== undefined) kept.push(asItIsKept);
    const asItWas = `${setting.name}=${value}`;
    const isPlace = group === 'mysqld' && places.has(setting.name) && isOneLine(value);
    if (isPlace && asItIsKept !== asItWas) kept.push(`${ofServer}${asItWas}`);
    const isMissed = setting.name === systemFiles || !isPlace;
    if (asItIsKept === undefined && isMissed) {
      leftOut.push(printable(name === '' ? line : name).slice(0, 100));
    }
  }
  return { kept, leftOut };
}

async function whatIsKept(
  { name, value }: { name: string; value: string },
  where: Where,
): Promise<string | undefined> {
  if (dataSettings.has(name)) return plainValue.test(value) ? `${name}=${value}` : undefined;
  if (name === systemFiles) return dataFilePath(value);
  if (name === 'plugin_load' || name === 'early_plugin_load') {
    return value.split(';').every(isDataPlugin) ? `${name}=${value}` : undefined;
  }
  if (pluginSetting.test(name)) return isOneLine(value) ? `${name}=${value}` : undefined;
  if (name !== 'plugin_dir') return undefined;
  const pluginDir = value.replace(/^"(.*)"$/, '$1');
  return (await isInstalled(pluginDir, where)) ? `${name}=${value}` : undefined;
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
  const real = isOneLine(pluginDir) ? await realpath(pluginDir).catch(() => undefined) : undefined;
  if (real === undefined || isIn(real, dirname(await realpath(dir)))) return false;
  return isIn(real, dirname(dirname(await realpath(toolPath)))) || isIn(real, '/usr');
}

function isIn(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}
