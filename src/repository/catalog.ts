import { UserError } from '../errors.js';
import { datePrefix, idOfKey, serverPrefix, takenIds } from '../chain/layout.js';
import type { Repository } from './repository.js';

/** One server's backups as the bucket has them: what the pure planning works on. */
export interface Catalog {
  /** The text of each manifest, and why it is not to be believed. */
  entries: { id: string; key: string; text: string; damage?: string }[];
  /** Every stored object with its size, manifests included. */
  objects: ReadonlyMap<string, number>;
  /** Ids that have an object or a manifest, or that a manifest names. */
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
  const taken = takenIds(place.prefix, place.server, objects.keys());
  // What is built on something that is gone must never seem to be built on what is new.
  for (const { text } of entries) namedIds(text).forEach((id) => taken.add(id));
  return { entries, objects, takenIds: taken };
}

async function loadDay(repository: Repository, { prefix, server }: ServerPlace, day: string) {
  const keys = await repository.list(datePrefix(prefix, server, day));
  const manifests = keys.flatMap(({ key, sizeBytes }) => {
    const named = idOfKey(prefix, server, key);
    return named?.kind === 'manifest' ? [{ id: named.id, key, sizeBytes }] : [];
  });
  const read = await inParallel(manifests, (manifest) => readEntry(repository, manifest));
  return { keys, entries: read.filter((entry) => entry !== undefined) };
}

/** What is put there in a manifest's place must not fill the memory. A set of GTIDs may take some of it. */
const largestManifestBytes = 8 * 1024 * 1024;

async function readEntry(
  repository: Repository,
  { id, key, sizeBytes }: { id: string; key: string; sizeBytes: number },
): Promise<Catalog['entries'][number] | undefined> {
  if (sizeBytes > largestManifestBytes) {
    return { id, key, text: '', damage: `The manifest ${key} has ${sizeBytes} bytes: it is none of ours.` };
  }
  try {
    return { id, key, text: (await repository.read(key)).toString('utf8') };
  } catch (error) {
    // Deleted since it was listed.
    if (!(error instanceof UserError)) throw error;
    if (error.code === 'STORE_MISSING') return undefined;
    // One damaged manifest is one bad link, and no reason to see none of the others.
    if (error.code === 'MANIFEST_INVALID') return { id, key, text: '', damage: error.message };
    throw error;
  }
}

/** Loose on purpose: whether the manifest is valid is judged elsewhere. */
function dayOfParent(text: string): string | undefined {
  const parent = /"parent":\s*\{\s*"id":\s*"(\d{4}-\d{2}-\d{2})\//.exec(text);
  return parent?.[1];
}

/** Its own, its parent's, and that of its chain's full. */
function namedIds(text: string): string[] {
  const names = text.matchAll(/"(?:id|chain)":\s*"(\d{4}-\d{2}-\d{2}\/[\d-]{2,8})"/g);
  return [...names].flatMap(([, id]) => id ?? []);
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += readsAtOnce) {
    results.push(...(await Promise.all(items.slice(start, start + readsAtOnce).map(work))));
  }
  return results;
}
