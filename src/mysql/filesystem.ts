import { access, chmod, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { outputOf } from '../pipeline/commands.js';
import type { SetAside } from './datadir-swap.js';
import { partsAside, partsIn, type OutsidePlace } from './outside.js';

/** Are both on one filesystem, so that files can be renamed from one to the other? */
export async function isSameFilesystem(existing: string, target: string): Promise<boolean> {
  const [from, to] = [await stat(existing), await statNearest(target)];
  return from.dev === to.dev;
}

async function statNearest(path: string): ReturnType<typeof stat> {
  return await stat(path).catch(async (error: unknown) => {
    if (path === dirname(path)) throw error;
    return await statNearest(dirname(path));
  });
}

/**
 * Gives all files below `dir` their owner, and the SELinux context of the old data where there is SELinux.
 * @param owner `user`, `user:group` or numbers.
 */
export async function giveTo(
  dir: string,
  owner: string,
  mode: number,
  like: SetAside | undefined,
): Promise<void> {
  // What was set aside inside a mount point keeps its owner.
  const spared = like === undefined ? [] : ['-path', literally(like.path), '-prune', '-o'];
  await outputOf('find', [dir, ...spared, '-exec', 'chown', '-h', owner, '{}', '+']);
  await chmod(dir, mode);
  if (!(await exists('/sys/fs/selinux/enforce'))) return;
  // The old data's own context is right even where the policy does not know this path.
  if (like === undefined) await outputOf('restorecon', ['-R', dir]);
  else await outputOf('chcon', ['-R', `--reference=${like.path}`, dir]);
}

/** The same for what of the server's is outside of the datadir; what else is there is not touched. */
export async function givePartsTo(place: OutsidePlace, owner: string, asideLabel: string): Promise<void> {
  const paths = place.exists ? await partsIn(place) : [place.path];
  if (paths.length === 0) return;
  await outputOf('find', [...paths, '-exec', 'chown', '-h', owner, '{}', '+']);
  if (!(await exists('/sys/fs/selinux/enforce'))) return;
  const aside = partsAside(place, asideLabel);
  const [like] = await readdir(aside).catch(() => []);
  if (like === undefined) await outputOf('restorecon', ['-R', ...paths]);
  else await outputOf('chcon', ['-R', `--reference=${join(aside, like)}`, ...paths]);
}

/** find takes its -path for a pattern. */
function literally(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
