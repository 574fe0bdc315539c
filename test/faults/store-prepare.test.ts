import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/chain/manifest.js';
import type { PrepareResult } from '../../src/operations/prepare.js';
import { startDatabaseHost, type DatabaseHost } from '../support/database-host.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { clockSkew, internalError, slowDown, type Fault, type Rule } from '../support/fault-script.js';
import { FaultyStore, type Ended } from '../support/faulty-store.js';
import { expectSameData } from '../support/prepared-data.js';

/**
 * A store that fails at each step of a prepare. Either the data is what it was, or it fails with a code and leaves
 * an empty directory: nothing is ever prepared from bytes that are not those of the backup.
 */

let host: DatabaseHost;
let store: FaultyStore;
let targetDir: string;
/** A full and an incremental. */
const chain: Manifest[] = [];

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8 });
  store = await FaultyStore.open(host);
  targetDir = join(host.scratch, 'target');
  for (let count = 0; count < 2; count += 1) {
    await host.mysql.query('UPDATE shop.documents SET body = CONCAT(?, body) LIMIT 20', [count]);
    const { result, error } = await store.backup();
    if (result === undefined) throw error;
    chain.push(result.manifest);
  }
}, 120_000);

afterAll(async () => {
  await store.close();
  await host.stop();
}, 60_000);

const steps = {
  'the days are listed': { on: 'list', key: /db1\/$/ },
  'the backups of a day are listed': { on: 'list', key: /db1\/\d{4}/ },
  'a manifest is read': { on: 'get-object', key: /json$/ },
  'the full is downloaded': { on: 'get-object', key: /\/12\.xbstream/ },
  'the incremental is downloaded': { on: 'get-object', key: /12-02\.xbstream/ },
} as const satisfies Record<string, Pick<Rule, 'on' | 'key'>>;
type Step = keyof typeof steps;
const [days, day, manifest, full, incremental] = Object.keys(steps) as [Step, Step, Step, Step, Step];

const times = { once: 1, 'five times': { from: 1, to: 5 }, 'each time': 'every' } as const satisfies Record<
  string,
  Rule['nth']
>;

const right = 'the data is right';
const fails = (code: string) => `it fails with ${code}, and nothing is prepared`;
const mid = { afterBytes: 1_000_000 };
const reset: Fault = { fault: 'reset-download', ...mid };
const stall: Fault = { fault: 'stall-download', ...mid };
const flip: Fault = { fault: 'flip-download', atByte: 1_000_000 };
const flipInManifest: Fault = { fault: 'flip-download', atByte: 300, xor: 1 };
const tooShort: Fault = { fault: 'truncate', ...mid, length: 'declared' };
const wrongEtag: Fault = { fault: 'wrong-etag' };

const cases: [Step, string, keyof typeof times, Fault, seen: string, ...more: Rule[]][] = [
  [days, '503 SlowDown', 'once', slowDown, right],
  [
    days,
    'an empty answer',
    'each time',
    { fault: 'truncate', afterBytes: 0, length: 'shorter' },
    fails('DOWNLOAD_FAILED'),
  ],
  [days, 'clock skew', 'each time', clockSkew, fails('STORE_DENIED')],
  [day, '500', 'each time', internalError, fails('DOWNLOAD_FAILED')],
  [
    day,
    'an empty answer',
    'each time',
    { fault: 'truncate', afterBytes: 0, length: 'chunked' },
    fails('DOWNLOAD_FAILED'),
  ],
  [manifest, 'a flipped byte', 'once', flipInManifest, right],
  [manifest, 'a flipped byte', 'each time', flipInManifest, fails('CHAIN_BROKEN')],
  [manifest, '500', 'each time', internalError, fails('DOWNLOAD_FAILED')],
  [full, '503 SlowDown', 'five times', slowDown, right],
  [full, 'reset in the middle', 'five times', reset, right],
  [full, 'no more bytes', 'once', stall, right],
  [full, 'an end that is too early', 'five times', tooShort, right],
  [full, 'a slow link', 'each time', { fault: 'slow', bytesPerSecond: 8_000_000 }, right],
  [
    full,
    'a shorter length',
    'each time',
    { fault: 'truncate', ...mid, length: 'shorter' },
    fails('LINK_CORRUPT'),
  ],
  [
    full,
    'no length, and too short',
    'each time',
    { fault: 'truncate', ...mid, length: 'chunked' },
    fails('LINK_CORRUPT'),
  ],
  [full, 'a flipped byte', 'once', flip, right],
  [full, 'a flipped byte', 'each time', flip, fails('LINK_CORRUPT')],
  [full, 'the credentials expire', 'once', { fault: 'expire' }, fails('STORE_DENIED')],
  [full, 'a wrong ETag', 'once', wrongEtag, right],
  [full, 'a shorter length', 'once', { fault: 'truncate', ...mid, length: 'shorter' }, right],
  [full, 'the store goes away', 'once', { fault: 'go-away' }, fails('STORE_UNREACHABLE')],
  [incremental, 'reset in the middle', 'five times', reset, right],
  [
    incremental,
    'no more bytes',
    'each time',
    { fault: 'stall-download', afterBytes: 1000 },
    fails('DOWNLOAD_FAILED'),
  ],
  [incremental, 'a flipped byte', 'each time', flip, fails('LINK_CORRUPT')],
  [incremental, '500', 'each time', internalError, fails('DOWNLOAD_FAILED')],
  [
    incremental,
    'reset in the middle, and then the store goes away',
    'once',
    reset,
    fails('DOWNLOAD_FAILED'),
    { ...steps['the incremental is downloaded'], nth: 2, does: { fault: 'go-away' } },
  ],
];

/** The chain into an empty directory. Each of the faults must come to pass. */
async function prepareWith(...rules: Rule[]): Promise<Ended<PrepareResult>> {
  await rm(targetDir, { recursive: true, force: true });
  const ended = await store.prepare(chain[1]?.id ?? '', targetDir, rules);
  store.proxy.requireAllFired();
  return ended;
}

it.each(cases)(
  '%s: %s %s',
  async (step, fault, when, does, seen, ...more) => {
    const ended = await prepareWith({ ...steps[step], nth: times[when], does }, ...more);
    const outcome = await judge(ended);
    expect({ outcome, error: ended.error?.message }).toEqual({ outcome: seen, error: ended.error?.message });
    recordOutcome({ operation: 'prepare', step, fault: `${fault}, ${when}`, outcome });
  },
  60_000,
);

async function judge({ result, error }: Ended<PrepareResult>): Promise<string> {
  if (error !== undefined) {
    expect(error.hint).toMatch(/\w{3}.*\./);
    const left = await readdir(targetDir).catch(() => []);
    // By this mark the next prepare knows that it may empty the directory.
    expect(left.filter((name) => name !== '.xbackup-recovery.txt')).toEqual([]);
    return fails(error.code);
  }
  const [, last] = chain;
  expect(result.prepared).toMatchObject({
    backupId: last?.id,
    toLsn: last?.lsn.to,
    links: chain.map(({ id }) => id),
  });
  await expectSameData(host, result);
  return right;
}

it('two answers that are not of one object are not put together', async () => {
  const ended = await prepareWith(
    { ...steps[full], nth: 1, does: { fault: 'reset-download', afterBytes: 100_000 } },
    { ...steps[full], nth: 2, does: { fault: 'refuse', status: 412, code: 'PreconditionFailed' } },
  );
  expect(await judge(ended)).toBe(fails('DOWNLOAD_FAILED'));
  expect(ended.error?.message).toMatch(/was replaced while it was read/);
  recordOutcome({
    operation: 'prepare',
    step: full,
    fault: 'the object is replaced while it is read',
    outcome: fails('DOWNLOAD_FAILED'),
  });
});

it('of a byte that was flipped on the way it says that what is stored is intact', async () => {
  const { text } = await prepareWith({ ...steps[full], nth: 1, does: flip });
  expect(text).toMatch(/warning: .* What is stored is intact: extracting \S+12 once more/);
});

it.each<[string, Step, Fault, RegExp]>([
  [
    'a byte that is flipped in the store',
    incremental,
    flip,
    /12-02 is not.*SHA-256[^]*\/12 can still be restored/,
  ],
  [
    'a damaged manifest',
    manifest,
    flipInManifest,
    /12-02 cannot be restored: .*does not arrive as it was written/,
  ],
])('of %s it names the link', async (_, step, does, says) => {
  const { error } = await prepareWith({ ...steps[step], nth: 'every', does });
  expect(`${error?.message ?? ''} ${error?.hint ?? ''}`).toMatch(says);
});

it('after all of it a prepare without faults is right', async () => {
  expect(await judge(await prepareWith())).toBe(right);
  await store.expectOfferedIntact();
}, 60_000);
