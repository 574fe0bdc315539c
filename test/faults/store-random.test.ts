import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startDatabaseHost, type DatabaseHost } from '../support/database-host.js';
import {
  answerLost,
  clockSkew,
  errorWith200,
  expiredToken,
  internalError,
  slowDown,
  type Fault,
  type Rule,
} from '../support/fault-script.js';
import { FaultyStore } from '../support/faulty-store.js';
import { expectSameData } from '../support/prepared-data.js';
import { isLongRun, randomFrom, seedOfRun } from '../support/random.js';
import type { RequestKind } from '../support/s3-requests.js';

/**
 * Faults by chance, several in one run. Whatever comes of them: what was offered stays restorable, a backup that
 * says that it is good is offered, and one that failed is offered only if it is good all the same.
 */

const rounds = isLongRun() ? 120 : 5;
const seed = seedOfRun();
const random = randomFrom(seed);

let host: DatabaseHost;
let store: FaultyStore;
let targetDir: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 18 });
  store = await FaultyStore.open(host);
  targetDir = join(host.scratch, 'target');
  expect((await store.backup()).error).toBeUndefined();
}, 120_000);

afterAll(async () => {
  await store.close();
  await host.stop();
}, 60_000);

const refusals = [slowDown, internalError, clockSkew, expiredToken];
const sending: readonly RequestKind[] = ['put-object', 'create-upload', 'upload-part', 'complete-upload'];
const receiving: readonly RequestKind[] = ['list', 'get-object'];
const removing: readonly RequestKind[] = ['abort-upload', 'delete-object', 'list-parts', 'head-object'];

function someRule(): Rule {
  const on = random.oneOf([...sending, ...sending, ...receiving, ...removing]);
  const from = 1 + random.whole(4);
  const nth = random.chance(0.2)
    ? { from }
    : random.chance(0.5)
      ? from
      : { from, to: from + random.whole(6) };
  return { on, nth, does: someFault(on) };
}

function someFault(on: RequestKind): Fault {
  const afterBytes = random.whole(random.oneOf([10, 1000, 100_000, 10_000_000]));
  const lost: Fault[] = [answerLost, { fault: 'lose-answer', by: 'reset' }];
  const ends: Fault[] = [{ fault: 'go-away' }, { fault: 'expire' }];
  if (random.chance(0.1)) return random.oneOf(ends);
  const up: Fault[] = [
    { fault: 'reset-upload', afterBytes },
    { fault: 'stall-upload', afterBytes },
    { fault: 'flip-upload', atByte: afterBytes },
    { fault: 'wrong-etag' },
    ...(on === 'complete-upload' ? [errorWith200] : []),
  ];
  const down: Fault[] = [
    { fault: 'reset-download', afterBytes },
    { fault: 'stall-download', afterBytes },
    ...(['declared', 'shorter', 'chunked'] as const).map((length): Fault => ({
      fault: 'truncate',
      afterBytes,
      length,
    })),
    // A list has no checksum: there only the network's own would tell.
    ...(on === 'get-object' ? [{ fault: 'flip-download', atByte: afterBytes } as const] : []),
  ];
  const own = sending.includes(on) ? [...up, ...lost] : receiving.includes(on) ? down : lost;
  return random.oneOf([...refusals, ...own]);
}

it(
  `${rounds} backups with faults of the seed ${seed}`,
  async () => {
    for (let round = 1; round <= rounds; round += 1) {
      await host.mysql.query('UPDATE shop.documents SET body = CONCAT(?, body) WHERE id = ?', [round, round]);
      const before = (await store.offered()).map(({ id }) => id);
      const rules = Array.from({ length: 1 + random.whole(3) }, someRule);
      const type = random.chance(0.4) ? 'full' : 'auto';
      const { result, error } = await store.backup(rules, { type });
      const after = await store.offered();
      const added = after.map(({ id }) => id).filter((id) => !before.includes(id));
      const about = { round, rules: JSON.stringify(rules), error: error?.message, added };
      expect({ ...about, broken: after.filter(({ restorable }) => !restorable) }).toEqual({
        ...about,
        broken: [],
      });
      expect({ ...about, kept: before.every((id) => after.some((point) => point.id === id)) }).toEqual({
        ...about,
        kept: true,
      });
      if (result !== undefined)
        expect({ ...about, added }).toEqual({ ...about, added: [result.manifest.id] });
    }
  },
  rounds * 60_000,
);

it(
  'and prepares with faults: the data is right, or nothing is there',
  async () => {
    const { result, error } = await store.backup([], { type: 'full' });
    if (result === undefined) throw error;
    for (let round = 1; round <= rounds / 2; round += 1) {
      await rm(targetDir, { recursive: true, force: true });
      const on = random.oneOf(receiving);
      const rules: Rule[] = [{ ...someRule(), on, does: someFault(on) }];
      const ended = await store.prepare(result.manifest.id, targetDir, rules);
      if (ended.result !== undefined) await expectSameData(host, ended.result);
    }
    await rm(targetDir, { recursive: true, force: true });
    const ended = await store.prepare(result.manifest.id, targetDir);
    if (ended.result === undefined) throw ended.error;
    await expectSameData(host, ended.result);
    await store.expectOfferedIntact();
  },
  rounds * 30_000 + 60_000,
);
