import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { inUseKey, inUseOfKey, inUsePrefix } from '../chain/layout.js';
import type { RunIdentity } from '../chain/manifest.js';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import type { ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import type { LeftoversNote } from './leftovers.js';

/**
 * A restore says which chain it reads by a small object beside the backups, so that prune leaves that chain. Whoever may
 * only read the bucket restores without it.
 */

export interface MarkContext {
  repository: Repository;
  log: Log;
  note: LeftoversNote;
  now: () => Date;
  run: RunIdentity | undefined;
}

/** Does the work while a mark says that it reads the chain. @param chain the id of its full. */
export async function whileInUse<T>(
  chain: string,
  { prefix, server }: ServerPlace,
  { repository, log, note, now, run }: MarkContext,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = now();
  const key = inUseKey(prefix, server, chain, startedAt, randomUUID().slice(0, 8));
  const by = run?.url ?? `process ${process.pid} on ${hostname()}`;
  note.markBegins(key);
  const text = `${JSON.stringify({ chain, startedAt: startedAt.toISOString(), by }, null, 2)}\n`;
  const isRefused = await repository.createIfAbsent(key, text).then(
    () => false,
    (error: unknown) => {
      log.debug(`That ${chain} is being read cannot be marked for prune: ${messageOf(error)}`);
      return error instanceof UserError && error.code === 'STORE_DENIED';
    },
  );
  try {
    return await work();
  } finally {
    const remain = (error: unknown) => log.debug(`The mark ${key} stays: ${messageOf(error)}`);
    if (!isRefused) await repository.remove(key).catch(remain);
  }
}

/** A restore that takes longer is no longer protected; a mark that is older is of a run that was killed. */
const longestHours = 24;

export interface Marks {
  /** The chains that restores are reading, by the ids of their fulls. */
  chains: ReadonlySet<string>;
  /** The keys of marks that count no more. */
  stale: readonly string[];
}

/** @throws UserError of the store. */
export async function readMarks(
  repository: Repository,
  { prefix, server }: ServerPlace,
  now: Date,
): Promise<Marks> {
  const chains = new Set<string>();
  const stale: string[] = [];
  for (const { key } of await repository.list(inUsePrefix(prefix, server))) {
    const mark = inUseOfKey(prefix, server, key);
    if (mark === undefined) continue;
    const isStale = now.getTime() - mark.startedAt.getTime() > longestHours * 3_600_000;
    if (isStale) stale.push(key);
    else chains.add(mark.chain);
  }
  return { chains, stale };
}
