import { UserError } from '../errors.js';
import { datePrefix, idOfKey, serverPrefix, takenIds } from '../chain/layout.js';
import type { Repository } from './repository.js';

/** One server's backups as the bucket has them: what the pure planning works on. */
export interface Catalog {
  /** The text of each manifest. */
  entries: { id: string; key: string; text: string }[];
  /** Every stored object with its size, manifests included. */
  objects: ReadonlyMap<string, number>;
  /** Ids that have an object or a manifest. */
  takenIds: ReadonlySet<string>;
}

export interface ServerPlace {
  prefix: string;
  server: string;
}

const readsAtOnce = 16;

/** The days on which a server has backups, oldest first. */
export async function listDays(repository: Repository, { prefix, server }: ServerPlace): Promise<string[]> {
  const folders = await repository.listFolders(serverPrefix(prefix, server));
  return folders.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).sort();
}

/**
 * Reads the backups of some days, and of all earlier days that their chains reach back to.
 * @throws UserError of the store.
 */
export async function loadDays(
  repository: Repository,
  place: ServerPlace,
  days: Iterable<string>,
): Promise<Catalog> {
  const entries: Catalog['entries'] = [];
  const objects = new Map<string, number>();
  const loaded = new Set<string>();
  let wanted = [...new Set(days)];
  while (wanted.length > 0) {
    const found = await inParallel(wanted, (day) => loadDay(repository, place, day));
    wanted.forEach((day) => loaded.add(day));
    for (const day of found) {
      entries.push(...day.entries);
      day.keys.forEach(({ key, sizeBytes }) => objects.set(key, sizeBytes));
    }
    const reached = entries.flatMap(({ text }) => dayOfParent(text) ?? []);
    wanted = [...new Set(reached)].filter((day) => !loaded.has(day));
  }
  return { entries, objects, takenIds: takenIds(place.prefix, place.server, objects.keys()) };
}

async function loadDay(repository: Repository, { prefix, server }: ServerPlace, day: string) {
  const keys = await repository.list(datePrefix(prefix, server, day));
  const manifests = keys.flatMap(({ key }) => {
    const named = idOfKey(prefix, server, key);
    return named?.kind === 'manifest' ? [{ id: named.id, key }] : [];
  });
  const read = await inParallel(manifests, ({ id, key }) => readEntry(repository, id, key));
  return { keys, entries: read.filter((entry) => entry !== undefined) };
}

async function readEntry(repository: Repository, id: string, key: string) {
  try {
    return { id, key, text: (await repository.read(key)).toString('utf8') };
  } catch (error) {
    // Deleted since it was listed.
    if (error instanceof UserError && error.code === 'STORE_MISSING') return undefined;
    throw error;
  }
}

/** Loose on purpose: whether the manifest is valid is judged elsewhere. */
function dayOfParent(text: string): string | undefined {
  const parent = /"parent":\s*\{\s*"id":\s*"(\d{4}-\d{2}-\d{2})\//.exec(text);
  return parent?.[1];
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += readsAtOnce) {
    results.push(...(await Promise.all(items.slice(start, start + readsAtOnce).map(work))));
  }
  return results;
}
