import { constants } from 'node:fs';
import { access, lstat, readdir, readFile, readlink, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.js';
import type { ServerDescription } from './server.js';

/** The files of a server on this host. */

/**
 * What tells a datadir from any other, and from itself after a restore: the inode and the time of birth of its
 * system tablespace. (Where the filesystem does not know births, Node gives the time of the last change.)
 * @throws UserError DATADIR_UNREADABLE.
 */
export async function datadirIdentity(
  server: Pick<ServerDescription, 'datadir' | 'innodbDataHome' | 'systemTablespace'>,
): Promise<string> {
  const path = join(server.innodbDataHome ?? server.datadir, server.systemTablespace);
  try {
    await access(server.datadir, constants.R_OK | constants.X_OK);
    await access(path, constants.R_OK);
    const { ino, birthtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${server.systemTablespace}:${ino}:${birthtimeNs === ctimeNs ? 'unborn' : birthtimeNs}`;
  } catch (error) {
    throw new UserError(
      'DATADIR_UNREADABLE',
      `The server's data files cannot be read here: ${messageOf(error)}.`,
      "The runner must be on the server's host, and see the datadir at the same path as the server does. " +
        'Run it as the user mysql or as root, or give its user read access to the whole datadir.',
      { cause: error },
    );
  }
}

/** The bytes of all files below a directory. What vanishes meanwhile does not count. */
export async function sizeOfTree(dir: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) bytes += await sizeOfTree(path);
    else
      bytes += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return bytes;
}

/**
 * The process that has the datadir's files open as a server does: InnoDB holds a POSIX lock on its system
 * tablespace, whatever that is called, and Aria on its control file. The kernel lists them in /proc/locks for all
 * processes that are visible here.
 */
export async function lockHolder(datadir: string): Promise<number | undefined> {
  const names = await readdir(datadir).catch(() => []);
  return await holderOf(
    names.map((name) => join(datadir, name)),
    datadir,
  );
}

/** The process that has a lock on one of these files in `dir`. */
export async function holderOf(paths: readonly string[], dir: string): Promise<number | undefined> {
  const devicesDiffer = await statfs(dir).then(
    ({ type }) => otherDeviceFilesystems.includes(type),
    () => false,
  );
  const inodes = new Map<bigint, bigint>();
  for (const path of paths) {
    const file = await lstat(path, { bigint: true }).catch(() => undefined);
    if (file?.isFile() === true) inodes.set(file.ino, file.dev);
  }
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  const held = parseLocks(locks).find(({ inode, device }) => {
    const ours = inodes.get(inode);
    return ours !== undefined && (devicesDiffer || ours === device);
  });
  return held?.processId;
}

/** btrfs and overlayfs: stat(2) shows another device than /proc/locks does. */
const otherDeviceFilesystems = [0x9123683e, 0x794c7630];

/** The write locks of /proc/locks: lines like `1: POSIX  ADVISORY  WRITE 4589 fe:00:9977880 0 EOF`. */
export function parseLocks(text: string): { processId: number; device: bigint; inode: bigint }[] {
  const pattern = /^\d+: POSIX\s+\S+\s+WRITE\s+(-?\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s/gm;
  return [...text.matchAll(pattern)].map(([, processId, major, minor, inode]) => ({
    processId: Number(processId),
    device: deviceNumber(major, minor),
    inode: BigInt(inode ?? 0),
  }));
}

/** Are the locks of all processes of this host visible? Not in a container: the server may run in another. */
export async function seesAllLocks(): Promise<boolean> {
  // The kernel gives the first namespace this number (PROC_PID_INIT_INO).
  return (await readlink('/proc/self/ns/pid').catch(() => '')) === 'pid:[4026531836]';
}

/** Linux's encoding of a device number in stat(2). */
function deviceNumber(major = '0', minor = '0'): bigint {
  const [high, low] = [BigInt(`0x${major}`), BigInt(`0x${minor}`)];
  return ((high & 0xfffn) << 8n) | (low & 0xffn) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n);
}
