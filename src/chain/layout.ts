import type { Encryption } from './manifest.js';

/**
 * The keys in the bucket:
 *
 *     <prefix>/<server>/2026-11-22/00.xbstream.zst       an object, .age or .gpg behind it when encrypted
 *     <prefix>/<server>/2026-11-22/00.xbstream.zst.002   what did not fit into the first object, and so on
 *     <prefix>/<server>/2026-11-22/00.json               its manifest
 *     <prefix>/<server>/.in-use/2026-11-22/00/…          a restore is reading the chain of 2026-11-22/00
 *     <prefix>/<server>/.check/…                         what a check tries the store with
 */

const endings = { none: '.xbstream.zst', age: '.xbstream.zst.age', gpg: '.xbstream.zst.gpg' } as const;

/** What every key of a server starts with. Ends with `/`. */
export function serverPrefix(prefix: string, server: string): string {
  return `${prefix}/${server}/`;
}

/** What every key of a date (`2026-11-22`) starts with. Ends with `/`. */
export function datePrefix(prefix: string, server: string, date: string): string {
  return `${serverPrefix(prefix, server)}${date}/`;
}

export function manifestKey(prefix: string, server: string, id: string): string {
  return `${serverPrefix(prefix, server)}${id}.json`;
}

/** @param index 0 for the first object of a stream, which as a rule is the only one. */
export function objectKey(
  prefix: string,
  server: string,
  id: string,
  encryptionMethod: Encryption['method'],
  index = 0,
): string {
  const number = index === 0 ? '' : `.${String(index + 1).padStart(3, '0')}`;
  return `${serverPrefix(prefix, server)}${id}${endings[encryptionMethod]}${number}`;
}

/** The key of something that is no backup and never taken for one: what a check puts there to try the store. */
export function probeKey(prefix: string, server: string, name: string): string {
  return `${serverPrefix(prefix, server)}.check/${name}`;
}

/** What the keys of all marks of restores start with. Ends with `/`. */
export function inUsePrefix(prefix: string, server: string): string {
  return `${serverPrefix(prefix, server)}.in-use/`;
}

/**
 * The key by which a restore says that it reads a chain: `.in-use/2026-11-22/00/2026-11-23T10-11-12Z-<mark>.json`.
 * @param chain the id of its full.
 * @param mark tells restores of the same second apart: letters, digits, `_` and `-`.
 */
export function inUseKey(
  prefix: string,
  server: string,
  chain: string,
  startedAt: Date,
  mark: string,
): string {
  const time = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  return `${inUsePrefix(prefix, server)}${chain}/${time}Z-${mark}.json`;
}

export interface InUse {
  /** The id of its full. */
  chain: string;
  startedAt: Date;
}

/** What the key of such a mark says. Undefined for any other key. */
export function inUseOfKey(prefix: string, server: string, key: string): InUse | undefined {
  const start = inUsePrefix(prefix, server);
  const [, chain, time = ''] = markKey.exec(key.startsWith(start) ? key.slice(start.length) : '') ?? [];
  const startedAt = new Date(time.replace(/T(..)-(..)-(..)Z/, 'T$1:$2:$3Z'));
  return chain === undefined || Number.isNaN(startedAt.getTime()) ? undefined : { chain, startedAt };
}

const markKey =
  /^(\d{4}-\d{2}-\d{2}\/\d{2}(?:-\d{2}){0,2})\/(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z)-[\w-]+\.json$/;

export interface BackupKey {
  id: string;
  kind: 'manifest' | 'object';
}

const ownKey =
  /^(\d{4}-\d{2}-\d{2}\/\d{2}(?:-\d{2}){0,2})(\.json|\.xbstream\.zst(?:\.age|\.gpg)?(?:\.\d{3,})?)$/;

/** What a key of this layout belongs to. Undefined for any other key: those are left alone. */
export function idOfKey(prefix: string, server: string, key: string): BackupKey | undefined {
  const start = serverPrefix(prefix, server);
  if (!key.startsWith(start)) return undefined;
  const [, id, ending] = ownKey.exec(key.slice(start.length)) ?? [];
  if (id === undefined) return undefined;
  return { id, kind: ending === '.json' ? 'manifest' : 'object' };
}

/** The ids that a listing has something of, be it only an object without a manifest. */
export function takenIds(prefix: string, server: string, keys: Iterable<string>): Set<string> {
  const ids = new Set<string>();
  for (const key of keys) {
    const own = idOfKey(prefix, server, key);
    if (own !== undefined) ids.add(own.id);
  }
  return ids;
}
