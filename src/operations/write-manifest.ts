import { parseManifest, serializeManifest, type Manifest } from '../chain/manifest.js';
import { cancelled, UserError } from '../errors.js';
import type { Log } from '../log.js';
import type { Repository } from '../repository/repository.js';
import { removeQuietly } from './store-stream.js';

/**
 * Makes the backup exist. Should it not come to that, its object is removed, unless a manifest may already
 * name it: then the object must stay.
 * @throws UserError BACKUP_EXISTS, CANCELLED, and those of the store.
 */
export async function writeManifest(
  repository: Repository,
  key: string,
  manifest: Manifest,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  const removeObjects = async () => {
    for (const { key } of manifest.objects) await removeQuietly(repository, key, log);
  };
  if (signal.aborted) {
    await removeObjects();
    throw cancelled();
  }
  const text = serializeManifest(manifest);
  let created: boolean;
  try {
    // What is not readable must not be written.
    parseManifest(text, key);
    created = await repository.createIfAbsent(key, text);
  } catch (error) {
    // The request's answer may have been lost on the way: what is there now decides.
    const there = await stored(repository, key);
    if (there === text) return;
    if (there === 'nothing') await removeObjects();
    if (there === undefined) log.warning(unknownOutcome(key, manifest));
    throw error;
  }
  if (created) return;
  const there = await stored(repository, key);
  // Two manifests of the same object, at the same millisecond, are one: ours, written by a repeated request.
  if (there === text) return;
  if (there !== undefined && !namesObjects(there, key, manifest)) await removeObjects();
  throw new UserError(
    'BACKUP_EXISTS',
    `Another run has written the backup ${manifest.id} of ${manifest.server} in the meantime.`,
    'Two backups of one server ran at once. Let only one workflow back up a server; run it again if you need one more.',
  );
}

/** The manifest's text, `nothing`, or undefined when the store does not say. */
async function stored(repository: Repository, key: string): Promise<string | undefined> {
  try {
    return (await repository.read(key)).toString('utf8');
  } catch (error) {
    return error instanceof UserError && error.code === 'STORE_MISSING' ? 'nothing' : undefined;
  }
}

function namesObjects(text: string, key: string, manifest: Manifest): boolean {
  const ours = manifest.objects.map((object) => object.key);
  try {
    return parseManifest(text, key).objects.some((object) => ours.includes(object.key));
  } catch {
    // What cannot be read may name anything.
    return true;
  }
}

function unknownOutcome(key: string, { objects }: Manifest): string {
  return (
    `The store does not say whether ${key} was written. If it was, the backup is good, and the next one builds ` +
    `on it; if not, ${objects.map((object) => object.key).join(', ')} belongs to no backup.`
  );
}
