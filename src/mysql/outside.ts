import { mkdir, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { HalfSetAside } from './datadir-swap.js';

/**
 * A directory outside of the datadir in which the server keeps a part of its data. It may hold other things too, so
 * only what is the server's is ever moved: into a hidden folder inside it, into which MySQL does not look for
 * tablespaces (measured with 9.7: «will not be scanned because it is a hidden directory»).
 */
export const outsidePlaceSchema = z.object({
  /** With symlinks resolved. */
  path: z.string(),
  /** As it was before. */
  exists: z.boolean(),
  hasParts: z.boolean(),
  /** The device that the restored files will be on. */
  device: z.number(),
  /** What is kept here: the server names these files itself. */
  roles: z.array(z.enum(['system', 'redo', 'undo', 'doublewrite'])),
  /** The files that have a name of their own: of the system tablespace, and of tables. */
  files: z.array(z.string()),
});

export type OutsidePlace = z.output<typeof outsidePlaceSchema>;
export type OutsideRole = OutsidePlace['roles'][number];

/** InnoDB's own names, of MySQL and MariaDB. */
const namesOfRole: Record<OutsideRole, RegExp> = {
  system: /^(ibdata\d+|xb_doublewrite)$/,
  redo: /^(ib_logfile\d+|#innodb_redo|undo_?\d+_trunc\.log)$/,
  undo: /^(undo_?\d{3,}|.+\.ibu|undo_?\d+_trunc\.log)$/,
  doublewrite: /^#ib_\d+_\d+\.b?dblwr$/,
};

/** Looks at a directory that may not exist. @throws Error when it cannot be looked at, or is none. */
export async function inspectOutside(
  path: string,
  roles: readonly OutsideRole[],
  files: readonly string[],
): Promise<OutsidePlace> {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found === undefined) {
    const parent = await stat(join(path, '..'));
    const device = parent.dev;
    return { path, exists: false, hasParts: false, device, roles: [...roles], files: [...files] };
  }
  if (!found.isDirectory()) throw new Error(`${path} is not a directory`);
  const place = { path: await realpath(path), exists: true, device: found.dev };
  const whole = { ...place, hasParts: false, roles: [...roles], files: [...files] };
  return { ...whole, hasParts: (await partsIn(whole)).length > 0 };
}

/** The paths of all that is the server's in this place, old or new. */
export async function partsIn({ path, roles, files }: OutsidePlace): Promise<string[]> {
  const names = await readdir(path).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const own = new Set(files);
  return names
    .filter((name) => own.has(name) || roles.some((role) => namesOfRole[role].test(name)))
    .map((name) => join(path, name));
}

/** Where the parts of a place are while others are in their place, or were. */
export function partsAside({ path }: Pick<OutsidePlace, 'path'>, label: string): string {
  return join(path, `.${label}`);
}

/** Moves the server's parts aside. When it fails, everything is as before. @throws HalfSetAside when not even that. */
export async function setPartsAside(place: OutsidePlace, label: string): Promise<void> {
  const parts = await partsIn(place);
  if (parts.length === 0 && !place.hasParts) return;
  const aside = partsAside(place, label);
  await mkdir(aside, { mode: 0o700 });
  try {
    await moveInto(parts, aside);
  } catch (error) {
    await putPartsBack(place, label).catch((stuck: unknown) => {
      throw new HalfSetAside(aside, new AggregateError([error, stuck], messageOf(stuck)));
    });
    throw error;
  }
}

/** Puts back what is aside, if anything is. What has come in its place must have been taken away before. */
export async function putPartsBack(place: OutsidePlace, label: string): Promise<void> {
  const aside = partsAside(place, label);
  const names = await readdir(aside).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (names !== undefined) {
    await moveInto(
      names.map((name) => join(aside, name)),
      place.path,
    );
    await rmdir(aside);
  }
  // What is not empty stays.
  if (!place.exists) await rmdir(place.path).catch(() => undefined);
}

/**
 * Takes the new parts away: deletes them, or moves them into a folder of this place. Returns that folder.
 * @throws Error when the old parts are not where they were set aside: then these may be the old ones.
 */
export async function takePartsAway(
  place: OutsidePlace,
  label: string,
  keepAs: string | undefined,
): Promise<string | undefined> {
  const isAside = await stat(partsAside(place, label)).then(
    () => true,
    () => false,
  );
  if (place.hasParts && !isAside) {
    throw new Error(`The old data of ${place.path} is not where it was set aside.`);
  }
  const parts = await partsIn(place);
  if (parts.length === 0) return undefined;
  if (keepAs === undefined) {
    for (const path of parts) await rm(path, { recursive: true, force: true });
    return undefined;
  }
  const kept = partsAside(place, keepAs);
  // It is there already when a process was killed here and another one goes on.
  await mkdir(kept, { mode: 0o700, recursive: true });
  await moveInto(parts, kept);
  return kept;
}

async function moveInto(paths: readonly string[], dir: string): Promise<void> {
  for (const path of paths) await rename(path, join(dir, basename(path)));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
