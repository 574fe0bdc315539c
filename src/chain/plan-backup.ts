import { UserError } from '../errors.js';
import { compareBackupIds, splitBackupId } from './backup-id.js';
import { isSound, type Graph, type Link, type SoundLink } from './links.js';
import type { Manifest } from './manifest.js';
import { periodOf, periodOfDate, type Period } from './period.js';
import {
  standingOf,
  whyOtherServer,
  whyOtherTool,
  type BaseFacts,
  type ServerFacts,
  type ToolFacts,
} from './server-facts.js';

/**
 * Which backup comes next.
 *
 * An incremental from a base's to-LSN is right only when the server's history has gone on from that base. The
 * evidence: identity of server and datadir, LSNs, GTIDs, binary logs, and the other backups. Whenever two
 * pieces of it contradict each other, the answer is a full backup, which is always right.
 *
 * What no evidence shows: a file system or machine that is set back below the datadir (the same files, older),
 * and then written to until its LSN, GTIDs and binary log are all past those of the newest backup, before the
 * next run sees it. Without binary logs the LSN is the only one that has to pass. The same holds when the clock
 * was set back as well, so that later backups seem to be older; and when the manifests of the lost backups, or
 * those of the fulls after them, were deleted. After setting a server back by such means, run `type: full` once.
 * (apply puts new files in place, which is always seen.)
 */
export interface BackupRequest {
  type: 'auto' | 'full' | 'incremental';
  fullEvery: Period;
  timezone: string;
}

export interface PlanInput {
  /** All backups from firstDateOfPeriod on; more does no harm. */
  graph: Graph;
  server: ServerFacts;
  tool: ToolFacts;
  request: BackupRequest;
  now: Date;
}

/** What an incremental builds on. */
export interface Base {
  readonly id: string;
  /** Of its manifest's stored text. */
  readonly manifestSha256: string;
  readonly manifest: BaseFacts & Pick<Manifest, 'finishedAt' | 'durationSeconds'>;
}

/** `reason` is to stand in a sentence: no capital, no full stop. */
export type Plan = { type: 'full'; reason: string } | { type: 'incremental'; base: Base; reason: string };

/** The base that was found, or why there is none. */
export type FoundBase = { base: Base } | { whyNone: string };

/**
 * Decides between a full and an incremental, and on which base.
 * @throws UserError BASE_UNUSABLE when an incremental is asked for and nothing can be built on.
 */
export function planBackup(input: PlanInput): Plan {
  return planOn(findBase(input), input.request);
}

/** The plan for a base that was found, or not. @throws as `planBackup` does. */
export function planOn(found: FoundBase, { type }: Pick<BackupRequest, 'type'>): Plan {
  if (type === 'full') return { type: 'full', reason: 'a full backup was asked for' };
  if ('base' in found) return { type: 'incremental', base: found.base, reason: `follows ${found.base.id}` };
  if (type === 'auto') return { type: 'full', reason: found.whyNone };
  throw new UserError(
    'BASE_UNUSABLE',
    `An incremental was asked for, and only a full backup is possible: ${found.whyNone}.`,
    'Run it with `type: auto` or `type: full`; later incrementals then build on that full backup.',
  );
}

/**
 * A head is a link that nothing was built on yet, or one with a problem.
 * - `fits`: it is sound, and the server's history goes on from it.
 * - `foreign`: it is of another server or tool. It says nothing about the others.
 * - `unproven`: it cannot be built on, for want of proof. It says nothing about the others.
 * - `bad`, `gone`: something is wrong with it, or with what happened since. What is older is not trusted either.
 */
type Head = { link: Link; ofPeriod: boolean } & (
  | { is: 'fits'; link: SoundLink; fullStartedMs: number }
  | { is: 'foreign' | 'unproven' | 'bad' | 'gone'; reason: string }
);
type FittingHead = Extract<Head, { is: 'fits' }>;
type RefusedHead = Exclude<Head, { is: 'fits' }>;

function findBase(input: PlanInput): FoundBase {
  const heads = headsOf(input.graph).map((link) => judge(link, input));
  const ofPeriod = heads.filter((head) => head.ofPeriod);
  if (ofPeriod.length === 0) return { whyNone: firstOfPeriod(input) };

  const refused = heads.filter((head): head is RefusedHead => head.is !== 'fits');
  const fitting = ofPeriod.filter((head): head is FittingHead => head.is === 'fits');
  const trusted = fitting.filter((head) => !refused.some((other) => speaksAgainst(other, head)));
  if (trusted.length > 0) return newestOf(trusted);

  const against = refused.filter((other) => fitting.some((head) => speaksAgainst(other, head)));
  return { whyNone: mostTelling(against.length > 0 ? against : refused.filter((head) => head.ofPeriod)) };
}

/**
 * The trusted head of the chain that began last. It must also be at the greatest LSN: in one history a later
 * full is never behind an older chain. If it is, the server was rolled back before that full and has passed the
 * old LSN since, so that the older chain only seems to fit; or the clock was wrong. Both end with a full.
 */
function newestOf(trusted: readonly FittingHead[]): FoundBase {
  const lastFullMs = Math.max(...trusted.map((head) => head.fullStartedMs));
  const inOrder = trusted.map(({ link }) => link).sort(compareByLsn);
  const furthest = inOrder.at(-1);
  const base = trusted
    .filter((head) => head.fullStartedMs === lastFullMs)
    .map(({ link }) => link)
    .sort(compareByLsn)
    .at(-1);
  if (base === undefined || furthest === undefined) throw new Error('a base is chosen among at least one');
  if (BigInt(furthest.manifest.lsn.to) === BigInt(base.manifest.lsn.to)) return { base };
  return {
    whyNone:
      `${furthest.id} is at a later LSN than ${base.id}, whose chain began after it: ` +
      'the server was rolled back, or the clock was wrong, in between',
  };
}

/** By to-LSN; those of an idle server by their start. */
function compareByLsn(a: SoundLink, b: SoundLink): number {
  const difference = BigInt(a.manifest.lsn.to) - BigInt(b.manifest.lsn.to);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return startedMs(a.manifest) - startedMs(b.manifest);
}

function headsOf(graph: Graph): Link[] {
  const links = [...graph.links.values()];
  const parents = new Set(links.map(({ manifest }) => manifest?.parent?.id));
  return links.filter((link) => link.problem !== undefined || !parents.has(link.id));
}

function judge(link: Link, { graph, server, tool, request, now }: PlanInput): Head {
  const ofPeriod = periodOfChain(link, graph, request) === periodOf(now, request.timezone, request.fullEvery);
  const other = link.manifest && whyOtherServer(link.manifest, server);
  if (other !== undefined) return { link, ofPeriod, is: 'foreign', reason: other };
  if (!isSound(link)) {
    const reason = `${link.id} cannot be built on: ${link.problem?.text ?? 'it has no manifest'}`;
    return { link, ofPeriod, is: 'bad', reason };
  }
  const standing = standingOf(link.manifest, server);
  if (standing.is === 'gone') return { link, ofPeriod, ...standing };
  const otherTool = whyOtherTool(link.manifest, tool);
  if (otherTool !== undefined) return { link, ofPeriod, is: 'foreign', reason: otherTool };
  if (standing.is === 'unproven') return { link, ofPeriod, ...standing };
  const full = graph.links.get(link.manifest.chain)?.manifest ?? link.manifest;
  return { link, ofPeriod, is: 'fits', fullStartedMs: startedMs(full) };
}

/** A chain is of the period that its full began in. Where that is not known, the name of the full has to do. */
function periodOfChain({ id, manifest }: Link, graph: Graph, { timezone, fullEvery }: BackupRequest): string {
  const chain = manifest?.chain ?? id;
  const full = graph.links.get(chain)?.manifest;
  if (full?.type === 'full') return periodOf(new Date(full.startedAt), timezone, fullEvery);
  return periodOfDate(splitBackupId(chain).date, fullEvery);
}

/** A bad or gone head rules out its own chain, and every chain that did not begin after it. */
function speaksAgainst(other: RefusedHead, { link, fullStartedMs }: FittingHead): boolean {
  const speaks = other.is === 'gone' || (other.is === 'bad' && other.ofPeriod);
  if (!speaks) return false;
  const { id, manifest } = other.link;
  // Only its name is known. The worst that a misleading name can do here is one more full.
  if (manifest === undefined) return compareBackupIds(id, link.manifest.chain) > 0;
  return manifest.chain === link.manifest.chain || startedMs(manifest) >= fullStartedMs;
}

/** What to tell of several reasons: the strongest, and of these the last by name. */
function mostTelling(heads: readonly RefusedHead[]): string {
  const strength = { foreign: 0, unproven: 1, bad: 2, gone: 2 } as const;
  const last = [...heads]
    .sort((a, b) => strength[a.is] - strength[b.is] || compareBackupIds(a.link.id, b.link.id))
    .at(-1);
  return last?.reason ?? 'there is no backup to build on';
}

function startedMs({ startedAt }: { startedAt: string }): number {
  return Date.parse(startedAt);
}

/** Why there is no base when all chains began in earlier periods. */
export function firstOfPeriod({ request, now }: Pick<PlanInput, 'request' | 'now'>): string {
  const period = periodOf(now, request.timezone, request.fullEvery);
  return request.fullEvery === 'day'
    ? `the first backup of ${period}`
    : `the first backup of the ${request.fullEvery} ${period}`;
}
