import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readFile, readlink, stat, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Flavor } from './server.js';

/**
 * What a server keeps in its datadir that is its own rather than its data's, so that no backup has it: settings made
 * by SET PERSIST, TLS and RSA keys, the settings of keyring components.
 */

/** Those that MySQL makes by itself when they are missing. */
const ownKeys = [
  'ca.pem',
  'ca-key.pem',
  'server-cert.pem',
  'server-key.pem',
  'client-cert.pem',
  'client-key.pem',
  'private_key.pem',
  'public_key.pem',
];

const keyring = ['mysqld.my', 'component_keyring_file.cnf', 'component_keyring_encrypted_file.cnf'];

/**
 * The names, relative to the datadir.
 * @param configured the files that the server's ssl_… variables name, as they do.
 */
export function ownFilesOf(flavor: Flavor, configured: readonly string[], datadir: string): string[] {
  const names = flavor === 'mariadb' ? [] : ['mysqld-auto.cnf', ...ownKeys, ...keyring];
  for (const path of configured) {
    const name = path.startsWith(`${datadir}/`) ? path.slice(datadir.length + 1) : path;
    if (!isAbsolute(name) && !name.startsWith('../') && !names.includes(name)) names.push(name);
  }
  return names;
}

/** The variables that name such files. */
export const keyFileVariables = [
  'ssl_ca',
  'ssl_cert',
  'ssl_key',
  'ssl_crl',
  'admin_ssl_ca',
  'admin_ssl_cert',
  'admin_ssl_key',
  'admin_ssl_crl',
  'keyring_file_data',
] as const;

export interface CarriedOver {
  copied: string[];
  /** Neither in the old datadir nor in the new. */
  missing: string[];
}

/**
 * Copies these files from the old datadir, which stays whole, with their modes. What the backup brought is never
 * overwritten. Not auto.cnf: with other data it is another server, and gets a new server_uuid.
 */
export async function carryOver(
  oldDatadir: string | undefined,
  datadir: string,
  names: readonly string[],
): Promise<CarriedOver> {
  const result: CarriedOver = { copied: [], missing: [] };
  for (const name of names) {
    const target = join(datadir, name);
    if (await exists(target)) continue;
    const isThere = oldDatadir !== undefined && (await copyAsItIs(join(oldDatadir, name), target));
    (isThere ? result.copied : result.missing).push(name);
  }
  return result;
}

/** False when there is no such file. */
async function copyAsItIs(source: string, target: string): Promise<boolean> {
  const link = await readlink(source).catch(() => undefined);
  // Keys are renewed where they really are.
  const isLink = link !== undefined && isAbsolute(link);
  const found = isLink ? undefined : await stat(source).catch(() => undefined);
  if (!isLink && found?.isFile() !== true) return false;
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  if (isLink) {
    await symlink(link, target);
  } else {
    await copyFile(source, target, constants.COPYFILE_EXCL);
    await chmod(target, (found?.mode ?? 0) & 0o7777);
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** MySQL's server_uuid as the datadir has it; undefined when there is none, as in MariaDB. */
export async function readServerUuid(datadir: string): Promise<string | undefined> {
  const text = await readFile(join(datadir, 'auto.cnf'), 'utf8').catch(() => '');
  return /^\s*server[-_]uuid\s*=\s*([0-9a-fA-F-]{36})\s*$/m.exec(text)?.[1];
}
