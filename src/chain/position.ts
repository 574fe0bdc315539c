import type { Manifest } from './manifest.js';

/**
 * Is the place in the binary log that a backup was taken at still in the server's history? If not, the server
 * was restored or rolled back since.
 *
 * What this cannot see: a file system or machine that is set back, and then written to until its GTIDs (which
 * MySQL and MariaDB then give out a second time) and its binary log are past those of the backup. Measured with
 * MariaDB 10.11: GTID 0-7-4 in b.000002 at 535, set back, and soon 0-7-7 in a b.000002 of 1142 bytes.
 */

/** A binary log file as SHOW BINARY LOGS lists it. */
export interface BinaryLog {
  name: string;
  sizeBytes: number;
}

/** Where the server's history is now. Undefined is not known; an empty text or list is known to be empty. */
export interface ServerHistory {
  /** MySQL: gtid_executed. MariaDB: gtid_binlog_state, and gtid_current_pos behind a comma. */
  gtidState?: string;
  binaryLogs?: readonly BinaryLog[];
}

/**
 * - `contained`: it is.
 * - `not contained`: the server shows another history.
 * - `unproven`: nothing contradicts, and nothing proves (the binary log was purged or turned off).
 * - `unknown`: the backup has no place in a binary log, as the server wrote none.
 */
export type Containment =
  { verdict: 'contained' | 'unknown' } | { verdict: 'not contained' | 'unproven'; reason: string };

const contained: Containment = { verdict: 'contained' };

type Coordinates = Pick<Manifest['mysql'], 'flavor' | 'gtid' | 'binlogFile' | 'binlogPosition'>;

/** GTIDs decide where both sides have them, else the binary logs. */
export function containsPosition(base: Coordinates, server: ServerHistory): Containment {
  const gtid = base.gtid?.trim() ?? '';
  const byFile = containsFilePosition(base, server.binaryLogs);
  if (gtid !== '' && server.gtidState !== undefined) {
    // Files only grow: one that is too short contradicts, whatever the GTIDs say.
    if (byFile?.verdict === 'not contained') return byFile;
    const contains = base.flavor === 'mariadb' ? containsMariadbGtids : containsMysqlGtids;
    return contains(gtid, server.gtidState);
  }
  if (byFile !== undefined) return byFile;
  if (gtid === '' && base.binlogFile === undefined) return { verdict: 'unknown' };
  return { verdict: 'unproven', reason: 'the server no longer has GTIDs or binary logs to compare with' };
}

/** Undefined when there is nothing to compare. */
function containsFilePosition(
  { binlogFile, binlogPosition }: Coordinates,
  binaryLogs: readonly BinaryLog[] | undefined,
): Containment | undefined {
  if (binlogFile === undefined || binaryLogs === undefined) return undefined;
  if (binlogPosition === undefined || !/^\d+$/.test(binlogPosition)) {
    return { verdict: 'unproven', reason: `its position in ${binlogFile} is not known` };
  }
  const file = binaryLogs.find(({ name }) => name === binlogFile);
  if (file === undefined) return { verdict: 'unproven', reason: `the server no longer has ${binlogFile}` };
  if (BigInt(file.sizeBytes) >= BigInt(binlogPosition)) return contained;
  return {
    verdict: 'not contained',
    reason: `${binlogFile} has ${file.sizeBytes} bytes, and had ${binlogPosition}`,
  };
}

function containsMysqlGtids(base: string, server: string): Containment {
  const wanted = parseMysqlGtids(base);
  const present = parseMysqlGtids(server);
  if (wanted === undefined) return unreadable('its', base);
  if (present === undefined) return unreadable("the server's", server);
  for (const [source, intervals] of wanted) {
    const merged = mergeIntervals(present.get(source) ?? []);
    const missing = intervals.find(
      ([first, last]) => !merged.some(([from, to]) => from <= first && last <= to),
    );
    if (missing === undefined) continue;
    return {
      verdict: 'not contained',
      reason: `the server's GTIDs do not have all of ${source}:${missing[0]}-${missing[1]}`,
    };
  }
  return contained;
}

type Interval = [first: bigint, last: bigint];

/**
 * `uuid:1-5:7,uuid2:tag:1-3` by `uuid` or `uuid:tag`. Tags came with MySQL 8.3; one holds for the intervals
 * behind it. Blanks and new lines may be anywhere. Undefined when it is no GTID set.
 */
function parseMysqlGtids(text: string): Map<string, Interval[]> | undefined {
  const sources = new Map<string, Interval[]>();
  for (const item of text.toLowerCase().replace(/\s+/g, '').split(',')) {
    if (item === '') continue;
    const [uuid = '', ...words] = item.split(':');
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) || words.length === 0) return undefined;
    let source = uuid;
    for (const word of words) {
      const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
      if (first !== undefined) {
        const intervals = sources.get(source) ?? [];
        intervals.push([BigInt(first), BigInt(last ?? first)]);
        sources.set(source, intervals);
      } else if (/^[a-z_][a-z0-9_]{0,31}$/.test(word)) {
        source = `${uuid}:${word}`;
      } else {
        return undefined;
      }
    }
  }
  return sources;
}

/** In order, with those that touch or overlap made one. */
function mergeIntervals(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const [first, last] of [...intervals].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1n) {
      if (last > previous[1]) previous[1] = last;
    } else {
      merged.push([first, last]);
    }
  }
  return merged;
}

/**
 * A MariaDB server's state lists the last sequence number of each server id in each domain. Only the same
 * server id can prove: another one's higher number may come from a history that never had this one.
 */
function containsMariadbGtids(base: string, server: string): Containment {
  const wanted = parseMariadbGtids(base);
  const present = parseMariadbGtids(server);
  if (wanted === undefined) return unreadable('its', base);
  if (present === undefined) return unreadable("the server's", server);
  for (const [source, sequence] of wanted) {
    const last = present.get(source);
    if (last !== undefined && last >= sequence) continue;
    const now = last === undefined ? 'none of that domain and server id' : `${source}-${last}`;
    return {
      verdict: 'not contained',
      reason: `it was at GTID ${source}-${sequence}, and the server has ${now}`,
    };
  }
  return contained;
}

/** `0-1-100,0-2-150` as the highest sequence number by `domain-serverid`. */
function parseMariadbGtids(text: string): Map<string, bigint> | undefined {
  const sequences = new Map<string, bigint>();
  for (const item of text.replace(/\s+/g, '').split(',')) {
    if (item === '') continue;
    const [, source, digits] = /^(\d+-\d+)-(\d+)$/.exec(item) ?? [];
    if (source === undefined || digits === undefined) return undefined;
    const sequence = BigInt(digits);
    if (sequence > (sequences.get(source) ?? -1n)) sequences.set(source, sequence);
  }
  return sequences;
}

function unreadable(whose: string, text: string): Containment {
  return { verdict: 'unproven', reason: `${whose} GTIDs cannot be read: ${text.slice(0, 60)}` };
}
