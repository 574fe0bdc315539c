import { writeFile } from 'node:fs/promises';
import { answerFile, type CacheTask } from './cache-memory.js';

/**
 * What an entry holds. It is never read: the key says it all. The key's version is made of this name, so it must not
 * change.
 */
const entryFile = 'xbackup-head';

/**
 * A process of its own, in an empty directory: asks the cache for the newest key that begins with `key`, or leaves an
 * entry with `key`. The answer is a file in that directory; none is no answer.
 */
export async function runCacheProcess(task: CacheTask, key: string): Promise<void> {
  const cache = await import('@actions/cache');
  if (!cache.isFeatureAvailable()) return;
  if (task === 'recall') {
    const found = await cache.restoreCache([entryFile], key, [key], { lookupOnly: true });
    if (found !== undefined) await writeFile(answerFile, found);
    return;
  }
  await writeFile(entryFile, `${key}\n`);
  if ((await cache.saveCache([entryFile], key)) !== -1) await writeFile(answerFile, 'kept');
}
