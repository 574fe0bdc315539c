import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';

/** Marks a directory as ours, also for a person who looks into it. */
export const markName = '.xbackup-recovery.txt';
const markText = 'xbackup prepares backups in this directory, and empties it each time.\n';

/** Makes the target directory when it is not there. @throws UserError TARGET_NOT_EMPTY. */
export async function makeTargetDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o750 }).catch((error: unknown) => {
    throw notEmpty(`The target directory ${dir} cannot be made: ${messageOf(error)}`, error);
  });
}

/**
 * Makes the target directory empty and ours. What an earlier prepare left in it goes, since it came from the
 * bucket; what anybody else put there stays, and is an error. Nobody else may be at work in it.
 * @throws UserError TARGET_NOT_EMPTY.
 */
export async function claimTargetDir(dir: string, log: Log): Promise<void> {
  const names = await readdir(dir);
  const others = names.filter((name) => name !== 'lost+found');
  if (others.length > 0) {
    if (!others.includes(markName)) {
      const some = [...others.slice(0, 3), ...(others.length > 3 ? ['…'] : [])].join(', ');
      throw notEmpty(`The target directory ${dir} holds what xbackup did not put there: ${some}`);
    }
    if (others.length > 1) log.info(`Removing what an earlier prepare left in ${dir}.`);
    await emptyTargetDir(dir);
  }
  // Made anew: through a symlink another file would be overwritten.
  await rm(join(dir, markName), { force: true });
  await writeFile(join(dir, markName), markText, { mode: 0o600, flag: 'wx' });
}

/** Removes everything from a directory that is ours. */
export async function emptyTargetDir(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name === markName || name === 'lost+found') continue;
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

function notEmpty(fact: string, cause?: unknown): UserError {
  return new UserError(
    'TARGET_NOT_EMPTY',
    `${fact}.`,
    'Give an empty or new directory as target-dir. Nothing was touched.',
    { cause },
  );
}
