import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { identifyGroup, isLiving } from '../pipeline/groups.js';

/** Marks a directory as ours, and says which process is working in it. */
const markName = '.xbackup-recovery.json';
const markSchema = z.object({ processId: z.number(), startTicks: z.string() });

/**
 * Makes the target directory empty and ours. What an earlier prepare left in it goes, since it came from the
 * bucket; what anybody else put there stays, and is an error.
 * @throws UserError TARGET_NOT_EMPTY, TARGET_IN_USE.
 */
export async function claimTargetDir(dir: string, log: Log): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o750 }).catch((error: unknown) => {
    throw notEmpty(`The target directory ${dir} cannot be made: ${messageOf(error)}`, error);
  });
  const names = await readdir(dir);
  const others = names.filter((name) => name !== 'lost+found');
  if (others.length > 0) {
    if (!others.includes(markName)) {
      const some = [...others.slice(0, 3), ...(others.length > 3 ? ['…'] : [])].join(', ');
      throw notEmpty(`The target directory ${dir} holds what xbackup did not put there: ${some}`);
    }
    await requireIdle(dir);
    if (others.length > 1) log.info(`Removing what an earlier prepare left in ${dir}.`);
    await emptyTargetDir(dir);
  }
  const self = await identifyGroup(process.pid);
  await writeFile(join(dir, markName), JSON.stringify(self), { mode: 0o600 });
}

/** Removes everything from a directory that is ours. */
export async function emptyTargetDir(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name === markName || name === 'lost+found') continue;
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function requireIdle(dir: string): Promise<void> {
  const text = await readFile(join(dir, markName), 'utf8');
  const mark = markSchema.safeParse(parseJson(text));
  // A mark that was cut by a crash names nobody.
  if (!mark.success || !(await isLiving(mark.data)) || mark.data.processId === process.pid) return;
  throw new UserError(
    'TARGET_IN_USE',
    `Process ${mark.data.processId} is preparing a backup in ${dir}.`,
    'Wait until it has ended, or give another target-dir.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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
