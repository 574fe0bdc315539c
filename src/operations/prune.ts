import { splitBackupId } from '../chain/backup-id.js';
import type { Chain } from '../chain/chains.js';
import { datePrefix, idOfKey, serverPrefix } from '../chain/layout.js';
import { buildGraph } from '../chain/links.js';
import {
  orphansOf,
  planPrune,
  timeToCountFrom,
  type PrunePlan,
  type RetentionRules,
} from '../chain/plan-prune.js';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { formatBytes } from '../report/format.js';
import { listDays, loadDays, type ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import { readMarks } from './in-use.js';
import { describeChain, type PruneResult } from './prune-result.js';

export interface PruneInputs extends RetentionRules {
  s3Prefix: string;
  server: string;
  dryRun: boolean;
}

export interface PruneContext {
  repository: Repository;
  log: Log;
  signal: AbortSignal;
  now: () => Date;
}

/**
 * Removes the chains that the rules no longer want, whole ones only: of each first the manifests, from its last backup
 * back to its full, then the objects. Wherever it is broken off, what is left of a chain can be restored as before.
 * @throws UserError CHAIN_BROKEN when the newest chain is not proven good, with nothing removed; STORE_DENIED at the
 *   first deletion that is refused; those of the store.
 */
export async function prune(inputs: PruneInputs, context: PruneContext): Promise<PruneResult> {
  const { repository, log, now } = context;
  const place: ServerPlace = { prefix: inputs.s3Prefix, server: inputs.server };
  const { graph, objects } = await loadAll(repository, place);
  // By this time everything is judged: see there.
  const at = timeToCountFrom(graph, now());
  const marks = await readMarks(repository, place, at);
  const plan = planPrune({ graph, rules: inputs, now: at, inUse: marks.chains });
  await requireGoodNewest(plan, repository, place);
  for (const id of plan.unreadable) log.warning(`${id} stays: its manifest cannot be read.`);
  const orphans = orphansOf({ ...place, objects, graph }, at);
  const removal = new Removal(place, [...objects.keys()], context);
  const removed: Chain[] = [];
  const spared: Chain[] = [];
  if (inputs.dryRun) removed.push(...plan.remove);
  else {
    for (const chain of [...plan.remove].reverse()) {
      // It may be being read since the plan was made.
      const isInUse = (await readMarks(repository, place, at)).chains.has(chain.id);
      if (!isInUse) await removal.removeChain(chain);
      (isInUse ? spared : removed).unshift(chain);
    }
    await removal.removeOrphans(orphans);
    await removeStale(marks.stale, context);
  }
  const kept = [
    ...plan.keep.map(({ chain, reason }) => describeChain(chain, reason)),
    ...spared.map((chain) => describeChain(chain, 'a restore is reading it')),
  ];
  return {
    server: inputs.server,
    location: `${repository.location}/${serverPrefix(place.prefix, place.server).slice(0, -1)}`,
    isDryRun: inputs.dryRun,
    kept,
    removed: removed.map((chain) => describeChain(chain)),
    orphans: { count: orphans.length, sizeBytes: sizeOfKeys(orphans, objects) },
    unreadable: plan.unreadable,
    isVersioned: removal.isVersioned,
  };
}

async function loadAll(repository: Repository, place: ServerPlace) {
  const catalog = await loadDays(repository, place, await listDays(repository, place));
  return { graph: buildGraph({ ...place, ...catalog }), objects: catalog.objects };
}

function sizeOfKeys(keys: readonly string[], objects: ReadonlyMap<string, number>): number {
  return keys.reduce((sum, key) => sum + (objects.get(key) ?? 0), 0);
}

/** Looks once more, and closer: each object of the newest chain must be the one that its backup stored. */
async function requireGoodNewest(plan: PrunePlan, repository: Repository, place: ServerPlace): Promise<void> {
  const newest = plan.keep[0]?.chain;
  const problem = plan.refusal ?? (newest && (await whyNotStored(newest, repository, place)));
  if (problem === undefined) return;
  throw new UserError(
    'CHAIN_BROKEN',
    `Nothing is pruned: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`,
    'Old backups stay as long as the newest ones are not good. The next full backup begins a new chain: `type: full` ' +
      'makes one now.',
  );
}

async function whyNotStored(
  { id, links }: Chain,
  repository: Repository,
  { prefix, server }: ServerPlace,
): Promise<string | undefined> {
  const days = new Set(links.map((link) => splitBackupId(link.id).date));
  const stored = new Map<string, { sizeBytes: number; etag: string }>();
  for (const day of days) {
    for (const object of await repository.list(datePrefix(prefix, server, day)))
      stored.set(object.key, object);
  }
  for (const { key, sizeBytes, etag } of links.flatMap(({ manifest }) => manifest.objects)) {
    const found = stored.get(key);
    const problem =
      found === undefined
        ? 'is missing'
        : found.sizeBytes !== sizeBytes
          ? `has ${found.sizeBytes} bytes, and its manifest says ${sizeBytes}`
          : etag !== '' && found.etag !== etag
            ? `is not the one that was stored: its ETag is ${found.etag}, and its manifest says ${etag}`
            : undefined;
    if (problem !== undefined) return `The newest chain, ${id}, is not good: its object ${key} ${problem}.`;
  }
  return undefined;
}

/** Marks of restores that were killed. They do no harm but to the eye. */
async function removeStale(keys: readonly string[], { repository, log }: PruneContext): Promise<void> {
  for (const key of keys) {
    await repository
      .remove(key)
      .catch((error: unknown) => log.debug(`The mark ${key} stays: ${messageOf(error)}`));
  }
}

class Removal {
  isVersioned = false;
  readonly #place: ServerPlace;
  readonly #keys: readonly string[];
  readonly #context: PruneContext;
  #chains = 0;

  /** @param keys all that are stored. */
  constructor(place: ServerPlace, keys: readonly string[], context: PruneContext) {
    this.#place = place;
    this.#keys = keys;
    this.#context = context;
  }

  /** One after the other: whatever breaks it off, no backup ever stands without what it builds on. */
  async removeChain({ id, links, sizeBytes }: Chain): Promise<void> {
    for (const link of [...links].reverse()) await this.#remove(link.manifestKey);
    const ids = new Set(links.map((link) => link.id));
    // By their names, not as a manifest names them: that may have been edited.
    const objects = this.#keys.filter((key) => {
      const own = idOfKey(this.#place.prefix, this.#place.server, key);
      return own?.kind === 'object' && ids.has(own.id);
    });
    for (const key of objects) await this.#remove(key);
    this.#chains += 1;
    this.#context.log.info(`Removed the chain ${id}: ${countOf(links.length)}, ${formatBytes(sizeBytes)}`);
  }

  async removeOrphans(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#remove(key);
      this.#context.log.info(`Removed ${key}, which has no manifest`);
    }
  }

  async #remove(key: string): Promise<void> {
    const { signal, repository } = this.#context;
    signal.throwIfAborted();
    try {
      if ((await repository.remove(key)) === 'hidden') this.isVersioned = true;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #explain(error: unknown): unknown {
    if (!(error instanceof UserError) || error.code !== 'STORE_DENIED') return error;
    return new UserError(
      'STORE_DENIED',
      `${error.message} Before that ${this.#chains === 1 ? '1 chain was' : `${this.#chains} chains were`} removed.`,
      'Give the role that prunes s3:ListBucket on the bucket, and s3:GetObject and s3:DeleteObject on its objects. Or ' +
        'does the bucket forbid it on purpose? Then leave prune out.',
      { cause: error },
    );
  }
}

function countOf(backups: number): string {
  return backups === 1 ? '1 backup' : `${backups} backups`;
}
