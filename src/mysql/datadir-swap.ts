import { chmod, mkdir, readdir, realpath, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.js';

/** What the datadir is before it is replaced. */
export interface Datadir {
  /** With symlinks resolved. */
  path: string;
  exists: boolean;
  isEmpty: boolean;
  /** `uid:gid`, and the mode bits. */
  owner: string;
  mode: number;
  /** The device that the restored files will be on. */
  device: number;
}

/** Where the old data is while the new is in its place. */
export interface SetAside {
  path: string;
  /** The folder was renamed whole; otherwise its contents were moved into `path`, inside the datadir. */
  whole: boolean;
}

/** The old data is partly here and partly there: no server may be started on it. */
export class HalfSetAside extends Error {
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`The old data is, at least in part, in ${path}: ${messageOf(cause)}.`, { cause });
  }
}

/** @throws UserError DATADIR_UNSUITABLE when it is not a directory, or has no parent. */
export async function inspectDatadir(path: string): Promise<Datadir> {
  const parent = await stat(dirname(path)).catch((error: unknown) => {
    throw unsuitable(`The folder of the datadir ${path} does not exist`, error);
  });
  const found = await stat(path).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw unsuitable(`The datadir ${path} cannot be looked at`, error);
  });
  if (found === undefined) {
    const owner = `${parent.uid}:${parent.gid}`;
    return { path, exists: false, isEmpty: true, owner, mode: 0o750, device: parent.dev };
  }
  if (!found.isDirectory()) throw unsuitable(`${path} is not a directory`);
  const real = await realpath(path);
  const entries = await readdir(real);
  return {
    path: real,
    exists: true,
    isEmpty: entries.every((name) => name === 'lost+found'),
    owner: `${found.uid}:${found.gid}`,
    mode: found.mode & 0o7777,
    device: found.dev,
  };
}

/** Free bytes on the filesystem that holds `path` or would hold it. */
export async function freeBytes(path: string): Promise<number> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await statfs(folder).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (folder === dirname(folder)) return 0;
  }
}

/**
 * Renames the datadir aside and puts an empty one in its place. A mount point cannot be renamed: there the
 * contents move into a hidden folder inside it, which MySQL does not look into. (MariaDB lists it as an empty
 * database `#mysql50#.before-restore-…` until it is removed.) When it fails, everything is as before.
 * @throws HalfSetAside when not even that could be done.
 */
export async function setAside(datadir: Datadir, label: string): Promise<SetAside | undefined> {
  if (!datadir.exists) {
    await mkdir(datadir.path, { mode: datadir.mode });
    return undefined;
  }
  if (datadir.isEmpty) return undefined;
  const path = `${datadir.path}.${label}`;
  try {
    await rename(datadir.path, path);
  } catch (error) {
    if (!mayNotBeRenamed(error)) throw error;
    const inside = join(datadir.path, `.${label}`);
    await mkdir(inside, { mode: 0o700 });
    const aside = { path: inside, whole: false };
    await moveContents(datadir.path, inside).catch(async (failure: unknown) => {
      await putBack(datadir, aside).catch((stuck: unknown) => {
        throw new HalfSetAside(inside, new AggregateError([failure, stuck], messageOf(stuck)));
      });
      throw failure;
    });
    return aside;
  }
  try {
    await mkdir(datadir.path, { mode: datadir.mode });
    await chmod(datadir.path, datadir.mode);
  } catch (error) {
    await putBack(datadir, { path, whole: true }).catch((stuck: unknown) => {
      throw new HalfSetAside(path, new AggregateError([error, stuck], messageOf(stuck)));
    });
    throw error;
  }
  return { path, whole: true };
}

/** Where `setAside` with this label has put the old data, be it only a part of it; undefined when nowhere. */
export async function findAside(datadir: Datadir, label: string): Promise<SetAside | undefined> {
  const places = [
    { path: `${datadir.path}.${label}`, whole: true },
    { path: join(datadir.path, `.${label}`), whole: false },
  ];
  for (const place of places) {
    if ((await stat(place.path).catch(() => undefined)) !== undefined) return place;
  }
  return undefined;
}

/** Puts the old data back. What is in the datadir must have been taken away before. */
export async function putBack(datadir: Datadir, aside: SetAside | undefined): Promise<void> {
  if (aside === undefined) {
    if (!datadir.exists) await rmdirIfThere(datadir.path);
  } else if (aside.whole) {
    await rmdirIfThere(datadir.path);
    await rename(aside.path, datadir.path);
  } else {
    await moveContents(aside.path, datadir.path);
    await rmdir(aside.path);
  }
}

/**
 * Takes the new data out of the datadir. A copy is deleted, it would only fill the disk of the old server;
 * what was moved is kept beside, since it is the only one. Returns where.
 */
export async function takeAway(
  datadir: Datadir,
  aside: SetAside | undefined,
  keepAs: string | undefined,
): Promise<string | undefined> {
  if (aside === undefined && !datadir.isEmpty) throw new Error('The old data is still in the datadir.');
  const spared = aside?.whole === false ? [aside.path] : [];
  if (keepAs === undefined) {
    for (const path of await contents(datadir.path, spared)) await rm(path, { recursive: true, force: true });
    return undefined;
  }
  if ((await contents(datadir.path, spared)).length === 0) return undefined;
  const [beside, inside] = [`${datadir.path}.${keepAs}`, join(datadir.path, `.${keepAs}`)];
  if (aside?.whole === false) return await keepIn(inside, datadir.path, spared);
  try {
    return await keepIn(beside, datadir.path, spared);
  } catch (error) {
    // An empty mount point: nothing of the old data waits for its place, so the new may stay inside.
    if (aside !== undefined || !datadir.exists || !mayNotBeRenamed(error)) throw error;
    await rmdir(beside).catch(() => undefined);
    return await keepIn(inside, datadir.path, spared);
  }
}

async function rmdirIfThere(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
  });
}

async function keepIn(kept: string, dir: string, spared: readonly string[]): Promise<string> {
  // It is there already when a process was killed here and another one goes on.
  await mkdir(kept, { mode: 0o700, recursive: true });
  await moveContents(dir, kept, spared);
  return kept;
}

/** A mount point, or a folder above that is not ours. */
function mayNotBeRenamed(error: unknown): boolean {
  return ['EBUSY', 'EXDEV', 'EACCES', 'EPERM'].some((code) => isCode(error, code));
}

async function moveContents(from: string, to: string, spared: readonly string[] = []): Promise<void> {
  for (const path of await contents(from, [to, ...spared])) {
    await rename(path, join(to, path.slice(from.length + 1)));
  }
}

async function contents(dir: string, spared: readonly string[]): Promise<string[]> {
  const names = await readdir(dir);
  return names
    .filter((name) => name !== 'lost+found')
    .map((name) => join(dir, name))
    .filter((path) => !spared.includes(path));
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function unsuitable(fact: string, cause?: unknown): UserError {
  return new UserError(
    'DATADIR_UNSUITABLE',
    cause === undefined ? `${fact}.` : `${fact}: ${messageOf(cause)}.`,
    'Correct the input datadir; nothing was changed.',
    { cause },
  );
}
