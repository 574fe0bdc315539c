import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.js';
import { requireProgram } from './commands.js';
import { childEnvironment } from './environment.js';

/**
 * One xbackup at a time on a datadir: a lock of the host (flock(2) on the directory itself), which every user who may
 * read the directory can take, in every container that sees it, and which the kernel gives back when its holder ends,
 * however it ends. InnoDB's own locks are of another kind, and not disturbed.
 */

const held = 75;

/**
 * Does the work while nobody else has the lock on `dir`.
 * @param purpose says who holds it, for the others: it stands in the process list.
 * @throws UserError HOST_BUSY at once, naming the holder.
 */
export async function withHostLock<T>(dir: string, purpose: string, work: () => Promise<T>): Promise<T> {
  const holder = await takeLock(dir, purpose);
  try {
    return await work();
  } finally {
    // The end of its stdin is the end of the program, also when this process is killed.
    const ended = holder.exitCode === null && holder.signalCode === null ? once(holder, 'exit') : undefined;
    holder.stdin?.end();
    await ended;
  }
}

async function takeLock(dir: string, purpose: string): Promise<ChildProcess> {
  // Of a path that is not there the program would make a file.
  const found = await stat(dir).catch((error: unknown) => {
    throw cannotLock(dir, error);
  });
  if (!found.isDirectory()) throw cannotLock(dir, 'it is no directory');
  const flock = await requireProgram(['flock'], 'util-linux');
  const script = 'echo locked; exec cat >/dev/null';
  const args = ['--nonblock', '--conflict-exit-code', String(held), dir, 'sh', '-c', script, mark, purpose];
  // A group of its own: a Ctrl-C in the terminal must not give the lock back before the work has ended.
  const child = spawn(flock, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: childEnvironment(),
  });
  child.stdin.on('error', () => undefined);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => reject(status === held ? new Held() : new Error(`flock: ${said.trim()}`)));
  });
  failed.catch(() => undefined);
  try {
    await Promise.race([once(child.stdout, 'data'), failed]);
  } catch (error) {
    throw error instanceof Held ? await busy(dir) : cannotLock(dir, error);
  }
  return child;
}

class Held extends Error {}

/** Stands before the purpose in the arguments of the program that holds the lock. */
const mark = 'xbackup';

async function busy(dir: string): Promise<UserError> {
  const holder = await describeHolder(dir);
  return new UserError(
    'HOST_BUSY',
    `Another run is at work on ${dir}: ${holder ?? 'who it is cannot be seen from here'}.`,
    'Nothing was touched. Wait until it has ended, or end it.',
  );
}

/** The purpose of whoever holds the lock, and the process. Undefined when it runs in another container. */
async function describeHolder(dir: string): Promise<string | undefined> {
  const { ino } = await stat(dir);
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  const processId = new RegExp(
    `^\\d+: FLOCK\\s+\\S+\\s+WRITE\\s+(\\d+)\\s+[0-9a-f]+:[0-9a-f]+:${ino}\\s`,
    'm',
  ).exec(locks)?.[1];
  if (processId === undefined) return undefined;
  const words = (await readFile(`/proc/${processId}/cmdline`, 'utf8').catch(() => '')).split('\0');
  const purpose = words[words.indexOf(mark) + 1];
  return purpose === undefined || purpose === ''
    ? `process ${processId}`
    : `${purpose} (process ${processId})`;
}

function cannotLock(dir: string, cause: unknown): UserError {
  return new UserError(
    'DATADIR_UNREADABLE',
    `The datadir ${dir} cannot be locked: ${messageOf(cause)}.`,
    'The user that runs this must be able to read it.',
    { cause },
  );
}
