import { buildGraph, type Graph } from '../chain/links.js';
import type { Manifest } from '../chain/manifest.js';
import { firstDateOfPeriod } from '../chain/period.js';
import { planBackup, planOn, type Plan, type PlanInput } from '../chain/plan-backup.js';
import {
  decodeHead,
  encodeHead,
  findRememberedBase,
  headOf,
  type RememberedHead,
} from '../chain/remembered.js';
import { UserError } from '../errors.js';
import type { Log } from '../log.js';
import { listDays, loadDays, type ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import { isAccessDenied } from '../repository/store-errors.js';

/** Where a run leaves a line for the next one, outside of the bucket. It may forget at any time. */
export interface ChainMemory {
  /** The most that a line may have. */
  readonly longestText: number;
  /** The line that was left last; undefined also when it cannot be told soon. Never throws. */
  recall(workDir: string, signal: AbortSignal): Promise<string | undefined>;
  /** Letters, digits, `_` and `-`. Never throws. @returns whether it is kept. */
  remember(text: string, workDir: string, signal: AbortSignal): Promise<boolean>;
}

/** What is known of a server's backups before the next one. */
export interface KnownBackups {
  /** Those of this period, and perhaps more. Empty where the bucket may not be read. */
  graph: Graph;
  /** Undefined where it cannot be told. */
  takenIds: ReadonlySet<string> | undefined;
  /** Set where the bucket may not be read: all that is known then. */
  blind?: { head: RememberedHead | undefined };
}

export interface KnowingContext {
  repository: Repository;
  memory?: ChainMemory | undefined;
  log: Log;
  signal: AbortSignal;
  workDir: string;
}

/** A host with credentials that can only write is not to be refused: then the memory has to do. */
export async function knownBackups(
  place: ServerPlace,
  request: PlanInput['request'],
  startedAt: Date,
  context: KnowingContext,
): Promise<KnownBackups> {
  try {
    return await loadPeriod(context.repository, place, request, startedAt);
  } catch (error) {
    if (!(error instanceof UserError && isAccessDenied(error))) throw error;
  }
  const { memory, log, workDir, signal } = context;
  const head = decodeHead((await memory?.recall(workDir, signal)) ?? '');
  signal.throwIfAborted();
  if (head === undefined) log.warning(`${mayNotRead}, and nothing is remembered of an earlier backup.`);
  else log.info(`${mayNotRead}: this goes by what is remembered of ${head.id}.`);
  return { graph: { links: new Map() }, takenIds: undefined, blind: { head } };
}

const mayNotRead = 'These credentials may not read the bucket';

export function planNext(known: KnownBackups, input: Omit<PlanInput, 'graph'>): Plan {
  if (known.blind === undefined) return planBackup({ graph: known.graph, ...input });
  return planOn(findRememberedBase({ ...known.blind, ...input }), input.request);
}

/**
 * Does the work; when it fails since what was remembered does not hold, does it again as if nothing were. Whoever may
 * write to the memory must not be able to keep backups from being made.
 */
export async function withMemory<T>(
  { memory, log }: Pick<KnowingContext, 'memory' | 'log'>,
  work: (memory: ChainMemory | undefined) => Promise<T>,
): Promise<T> {
  if (memory === undefined) return work(undefined);
  const recalled: (string | undefined)[] = [];
  const recall: ChainMemory['recall'] = async (...where) => {
    const text = await memory.recall(...where);
    recalled.push(text);
    return text;
  };
  try {
    return await work({ ...memory, recall });
  } catch (error) {
    const mayBeWrong = error instanceof UserError && error.code === 'BACKUP_INCONSISTENT';
    if (!mayBeWrong || recalled.at(-1) === undefined) throw error;
    log.warning(
      `${error.message} What was remembered may be wrong: this begins again and builds on nothing.`,
    );
    return work({ ...memory, recall: () => Promise.resolve(undefined) });
  }
}

/** For the next run, where it will have to go by it. */
export async function rememberBackup(
  { blind }: KnownBackups,
  manifest: Manifest,
  { memory, log, workDir, signal }: KnowingContext,
): Promise<void> {
  if (blind === undefined) return;
  const chainStartedAt = manifest.type === 'full' ? manifest.startedAt : blind.head?.chainStartedAt;
  const head = headOf(manifest, chainStartedAt ?? manifest.startedAt);
  const text = memory && encodeHead(head, memory.longestText);
  if (text !== undefined && (await memory?.remember(text, workDir, signal)) === true) return;
  log.warning(
    `${manifest.id} is good, and could not be remembered for the next run: that will be a full, or builds on an ` +
      'earlier backup.',
  );
}

/** The backups of this period; one day more, since another time zone may have named them. */
async function loadPeriod(
  repository: Repository,
  place: ServerPlace,
  { timezone, fullEvery }: PlanInput['request'],
  startedAt: Date,
): Promise<KnownBackups> {
  const first = firstDateOfPeriod(startedAt, timezone, fullEvery);
  const from = new Date(Date.parse(`${first}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  const days = (await listDays(repository, place)).filter((day) => day >= from);
  const catalog = await loadDays(repository, place, days);
  return { graph: buildGraph({ ...place, ...catalog }), takenIds: catalog.takenIds };
}
