import { UserError } from '../errors.js';
import { manifestSha256, parseManifest, type Manifest } from './manifest.js';
import { manifestKey, objectKey } from './layout.js';

/** What was read from the bucket. */
export interface Catalog {
  prefix: string;
  server: string;
  /** Every manifest that was read: its key, the id that the key stands for, and its text. */
  entries: readonly CatalogEntry[];
  /** The stored objects' sizes in bytes, by key. */
  objects: ReadonlyMap<string, number>;
}

export interface CatalogEntry {
  id: string;
  key: string;
  text: string;
  /** Why the text is not what was written, where that is known. */
  damage?: string;
}

export type LinkProblemCode =
  | 'manifest-unreadable'
  | 'manifest-misplaced'
  | 'object-misplaced'
  | 'object-missing'
  | 'object-size'
  | 'parent-missing'
  | 'parent-changed'
  | 'lsn-gap'
  | 'chain-differs'
  | 'cycle'
  | 'ancestor-bad';

export interface LinkProblem {
  code: LinkProblemCode;
  /** To stand after a colon or comma: no capital, no full stop. */
  text: string;
  /** The link where it began: the link itself, or the ancestor that has it. */
  culpritId: string;
}

/** A backup as the bucket has it. */
export interface Link {
  readonly id: string;
  readonly manifestKey: string;
  /** The hash of the stored text: what a child must name. */
  readonly manifestSha256: string;
  /** Missing when it cannot be read, or is another backup's. */
  readonly manifest?: Manifest;
  readonly problem?: LinkProblem;
}

/** A link without a problem, which also says that of all its ancestors. */
export interface SoundLink extends Link {
  readonly manifest: Manifest;
  readonly problem?: never;
}

/** All backups that were read, each checked by itself and against its ancestors. */
export interface Graph {
  readonly links: ReadonlyMap<string, Link>;
}

export function isSound(link: Link): link is SoundLink {
  return link.problem === undefined && link.manifest !== undefined;
}

/**
 * The links from the full to `id`. Where the parents do not lead to a full, those that can be reached: then the
 * last of them has a problem. Empty when there is no such backup.
 */
export function chainTo(graph: Graph, id: string): Link[] {
  const chain: Link[] = [];
  const seen = new Set<string>();
  let link = graph.links.get(id);
  while (link !== undefined && !seen.has(link.id)) {
    seen.add(link.id);
    chain.push(link);
    link = parentOf(graph.links, link);
  }
  return chain.reverse();
}

/** Checks everything that can be checked without reading an object. A bad manifest becomes a problem. */
export function buildGraph(catalog: Catalog): Graph {
  const links = new Map<string, MutableLink>();
  for (const entry of catalog.entries) links.set(entry.id, readLink(entry, catalog));
  for (const link of links.values()) {
    const problem = link.problem ?? parentProblem(links, link);
    if (problem !== undefined) link.problem = problem;
  }
  settleAncestry(links);
  return { links };
}

type MutableLink = { -readonly [K in keyof Link]: Link[K] };

function parentOf<L extends Link>(links: ReadonlyMap<string, L>, { manifest }: L): L | undefined {
  return manifest?.parent === undefined ? undefined : links.get(manifest.parent.id);
}

function problemOf(culpritId: string, code: LinkProblemCode, text: string): LinkProblem {
  return { code, text, culpritId };
}

function readLink({ id, key, text, damage }: CatalogEntry, catalog: Catalog): MutableLink {
  const link: MutableLink = { id, manifestKey: key, manifestSha256: manifestSha256(text) };
  if (damage !== undefined)
    return { ...link, problem: problemOf(id, 'manifest-unreadable', asClause(damage)) };
  let manifest: Manifest;
  try {
    manifest = parseManifest(text, key);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...link, problem: problemOf(id, 'manifest-unreadable', asClause(error.message)) };
  }
  const misplaced = whoseManifest(manifest, { id, key }, catalog);
  if (misplaced !== undefined) return { ...link, problem: problemOf(id, 'manifest-misplaced', misplaced) };
  const problem = objectProblem(manifest, catalog) ?? fullProblem(manifest);
  return problem === undefined ? { ...link, manifest } : { ...link, manifest, problem };
}

function asClause(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}

/** Says so when the manifest is not that of its key: a copied or renamed one must not stand for another. */
function whoseManifest(
  manifest: Manifest,
  { id, key }: Pick<CatalogEntry, 'id' | 'key'>,
  { prefix, server }: Catalog,
): string | undefined {
  if (manifest.id !== id) return `its manifest is that of ${manifest.id}`;
  if (manifest.server !== server) return `its manifest is that of the server ${manifest.server}`;
  const expected = manifestKey(prefix, server, id);
  return key === expected ? undefined : `its manifest is at ${key}, and belongs at ${expected}`;
}

function objectProblem(manifest: Manifest, { prefix, server, objects }: Catalog): LinkProblem | undefined {
  const { id } = manifest;
  for (const [index, { key, sizeBytes }] of manifest.objects.entries()) {
    const expected = objectKey(prefix, server, id, manifest.encryption.method, index);
    if (key !== expected) {
      return problemOf(id, 'object-misplaced', `its manifest names ${key}, where only ${expected} can be`);
    }
    const storedBytes = objects.get(key);
    if (storedBytes === undefined) return problemOf(id, 'object-missing', `its object ${key} is missing`);
    if (storedBytes !== sizeBytes) {
      const text = `its object ${key} has ${storedBytes} bytes, and its manifest says ${sizeBytes}`;
      return problemOf(id, 'object-size', text);
    }
  }
  return undefined;
}

function fullProblem({ id, type, lsn }: Manifest): LinkProblem | undefined {
  if (type !== 'full' || lsn.from === '0') return undefined;
  return problemOf(id, 'lsn-gap', `it is a full backup, and yet begins at LSN ${lsn.from}`);
}

/** Whether an incremental follows from its parent, which may have problems of its own. */
function parentProblem(links: ReadonlyMap<string, Link>, { manifest }: Link): LinkProblem | undefined {
  if (manifest?.parent === undefined) return undefined;
  const { id, chain, lsn } = manifest;
  const { id: parentId, manifestSha256: expected } = manifest.parent;
  const parent = links.get(parentId);
  if (parent === undefined) return problemOf(id, 'parent-missing', `its parent ${parentId} is missing`);
  // Without a manifest the parent has a problem that says more than the hash.
  if (parent.manifest === undefined) return undefined;
  if (parent.manifestSha256 !== expected) {
    const text = `the manifest of its parent ${parentId} is not the one that it was built on`;
    return problemOf(id, 'parent-changed', text);
  }
  if (lsn.from !== parent.manifest.lsn.to) {
    const text = `it begins at LSN ${lsn.from}, and its parent ${parentId} ends at ${parent.manifest.lsn.to}`;
    return problemOf(id, 'lsn-gap', text);
  }
  if (chain !== parent.manifest.chain) {
    const text = `it is of the chain of ${chain}, and its parent ${parentId} of that of ${parent.manifest.chain}`;
    return problemOf(id, 'chain-differs', text);
  }
  return undefined;
}

/** Finds cycles, and hands every problem on to the descendants, from each chain's beginning to its end. */
function settleAncestry(links: ReadonlyMap<string, MutableLink>): void {
  const settled = new Set<string>();
  for (const start of links.values()) {
    const path: MutableLink[] = [];
    let link: MutableLink | undefined = start;
    while (link !== undefined && !settled.has(link.id)) {
      settled.add(link.id);
      path.push(link);
      link = parentOf(links, link);
    }
    const loopsAt = link === undefined ? -1 : path.indexOf(link);
    for (const member of loopsAt < 0 ? [] : path.slice(loopsAt)) {
      member.problem = problemOf(member.id, 'cycle', 'its parents lead back to itself');
    }
    for (const heir of path.reverse()) inherit(links, heir);
  }
}

function inherit(links: ReadonlyMap<string, MutableLink>, heir: MutableLink): void {
  const inherited = parentOf(links, heir)?.problem;
  if (heir.problem !== undefined || inherited === undefined) return;
  const { culpritId } = inherited;
  const text = `it builds on ${culpritId}, and there ${links.get(culpritId)?.problem?.text ?? inherited.text}`;
  heir.problem = { code: 'ancestor-bad', text, culpritId };
}
