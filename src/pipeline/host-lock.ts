import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { messageOf, UserError, type ErrorCode } from '../errors.js';
import { requireProgram } from './commands.js';
import { childEnvironment } from './environment.js';

/**
 * One xbackup at a time on a directory: a lock of the host (flock(2) on the directory itself), which every user who may
 * read the directory can take, in every container that sees it, and which the kernel gives back when its holder ends,
 * however it ends. InnoDB's own locks are of another kind, and not disturbed.
 */
export interface HostLock {
  dir: string;
  /** Says who holds it, for the others: it stands in the process list. */
  purpose: string;
  /** The errors when another run has it, and when it cannot be taken. */
  codes: { busy: ErrorCode; unreadable: ErrorCode };
}

/** For the directory of a server's data. */
export const ofDatadir = { busy: 'HOST_BUSY', unreadable: 'DATADIR_UNREADABLE' } as const;
/** For a directory of prepared data. */
export const ofTargetDir = { busy: 'TARGET_IN_USE', unreadable: 'TARGET_NOT_EMPTY' } as const;

const held = 75;

/**
 * Does the work while nobody else has the lock.
 * @throws UserError at once when another run has it, naming that run.
 */
export async function withHostLock<T>(lock: HostLock, work: () => Promise<T>): Promise<T> {
  const holder = await takeLock(lock);
  try {
    return await work();
  } finally {
    // The end of its stdin is the end of the program, also when this process is killed.
    const ended = holder.exitCode === null && holder.signalCode === null ? once(holder, 'exit') : undefined;
    holder.stdin?.end();
    await ended;
  }
}

async function takeLock(lock: HostLock): Promise<ChildProcess> {
  const { dir, purpose } = lock;
  // Of a path that is not there the program would make a file.
  const found = await stat(dir).catch((error: unknown) => {
    throw cannotLock(lock, error);
  });
  if (!found.isDirectory()) throw cannotLock(lock, 'it is no directory');
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
    throw error instanceof Held ? await busy(lock) : cannotLock(lock, error);
  }
  return child;
}

class Held extends Error {}

/** Stands before the purpose in the arguments of the program that holds the lock. */
const mark = 'xbackup';

async function busy({ dir, codes }: HostLock): Promise<UserError> {
  const holder = await describeHolder(dir);
  return new UserError(
    codes.busy,
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

function cannotLock({ dir, codes }: HostLock, cause: unknown): UserError {
  return new UserError(
    codes.unreadable,
    `The directory ${dir} cannot be locked: ${messageOf(cause)}.`,
    'The user that runs this must be able to read it.',
    { cause },
  );
}
