import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { BackupResult } from '../../src/operations/backup.js';
import { startDatabaseHost, type DatabaseHost } from '../support/database-host.js';
import { until } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { slowDown, type Rule } from '../support/fault-script.js';
import { FaultyStore, type Ended } from '../support/faulty-store.js';
import { expectSameData } from '../support/prepared-data.js';
import { isLongRun } from '../support/random.js';
import {
  backupCases,
  fails,
  good,
  goodAllTheSame,
  goodAsFull,
  objectLeft,
  ofParts,
  partsLeft,
  steps,
  times,
} from './backup-cases.js';

/**
 * A store that fails at each step of a backup. Either the backup is good, or it fails with a code and nothing of it
 * counts; the next one goes on from the last good one; and all that is offered in the end can be restored.
 */

let host: DatabaseHost;
let store: FaultyStore;
/** All that are good, the last one last. */
const goodIds: string[] = [];

beforeAll(async () => {
  // Pages are written at once: so an incremental is small.
  const serverOptions = ['--innodb-max-dirty-pages-pct=0', '--innodb-max-dirty-pages-pct-lwm=0'];
  host = await startDatabaseHost({ dataMib: 18, serverOptions });
  store = await FaultyStore.open(host);
  await until('all pages are written', async () => {
    const [age] = await host.mysql.query("SHOW GLOBAL STATUS LIKE 'Innodb_checkpoint_age'");
    return Number(age?.['Value']) < 100_000;
  });
  await expectGoodBackup(await store.backup(), 'full');
}, 120_000);

afterAll(async () => {
  await store.close();
  await host.stop();
}, 60_000);

async function expectGoodBackup({ result, error }: Ended<BackupResult>, type: string): Promise<void> {
  if (result === undefined) throw error;
  const { manifest } = result;
  const parent = type === 'full' ? undefined : goodIds.at(-1);
  expect({ type: manifest.type, parent: manifest.parent?.id }).toEqual({ type, parent });
  expect(await store.place.manifest(manifest.id)).toEqual(manifest);
  goodIds.push(manifest.id);
}

it.each(backupCases(isLongRun()))(
  '%s: %s %s',
  async (step, fault, when, does, seen, ...more) => {
    await host.mysql.query('INSERT INTO shop.documents (name, body) VALUES (?, ?)', [step, fault]);
    const type = ofParts.includes(step) ? 'full' : 'incremental';
    const keysBefore = new Set(await store.place.keys());
    const uploadsBefore = (await store.place.uploads()).length;
    // Manifests of other backups are read too: only that of the base is meant.
    const target = step.includes('base')
      ? { ...steps[step], key: new RegExp(`${goodIds.at(-1)}.json$`) }
      : steps[step];
    const rules: Rule[] = [{ ...target, nth: times[when], does }, ...more];
    const ended = await store.backup(rules, type === 'full' ? { type } : {});
    store.proxy.requireAllFired();
    const keys = (await store.place.keys()).filter((key) => !keysBefore.has(key));
    const uploads = (await store.place.uploads()).length - uploadsBefore;

    const outcome = await judge(ended, type, keys, uploads);
    if (ended.error !== undefined) await expectGoodBackup(await store.backup(), 'incremental');
    expect({ outcome, error: ended.error?.message }).toEqual({ outcome: seen, error: ended.error?.message });
    recordOutcome({ operation: 'backup', step, fault: `${fault}, ${when}`, outcome });
  },
  60_000,
);

/** What came of it, told by what is stored now. All that goes without saying is checked here. */
async function judge(
  ended: Ended<BackupResult>,
  type: 'full' | 'incremental',
  keys: string[],
  uploads: number,
): Promise<string> {
  const { result, error, text } = ended;
  const manifests = keys.filter((key) => key.endsWith('.json'));
  if (result !== undefined) {
    expect(keys.sort()).toEqual(
      [result.manifestKey, ...result.manifest.objects.map(({ key }) => key)].sort(),
    );
    const isUnplanned = type === 'incremental' && result.manifest.type === 'full';
    if (isUnplanned) expect(result.reason).toContain(goodIds.at(-1));
    await expectGoodBackup(ended, isUnplanned ? 'full' : type);
    return `${isUnplanned ? goodAsFull : good}${uploads > 0 ? '; an empty upload is left' : ''}`;
  }
  const { code, hint } = error;
  expect(hint).toMatch(/\w{3}.*\./);
  if (manifests.length > 0) {
    expect(text).toMatch(/warning: The store does not say whether .* was written/);
    goodIds.push(manifests[0]?.replace(/^xbackup\/db1\/|\.json$/g, '') ?? '');
    return fails(code, goodAllTheSame);
  }
  if (keys.length > 0) {
    const warnings = text.split('\n').filter((line) => line.startsWith('warning: '));
    expect(keys.filter((key) => !warnings.some((line) => line.includes(key)))).toEqual([]);
    return fails(code, objectLeft);
  }
  if (uploads === 0) return fails(code);
  expect(text).toMatch(/warning: Parts of the failed upload of .* may be left/);
  return fails(code, partsLeft);
}

it('a list that fails at its second page is not taken for a short one', async () => {
  const paged = await FaultyStore.open(host);
  try {
    const first = await paged.backup();
    const id = first.result?.manifest.id ?? '';
    const day = `xbackup/db1/${id.slice(0, 10)}`;
    const fillers = Array.from({ length: 1000 }, (_, index) => `${day}/00-filler-${index}`);
    while (fillers.length > 0)
      await Promise.all(fillers.splice(0, 50).map((key) => paged.place.write(key, '')));
    const second: Rule = { ...steps['the backups of a day are listed'], nth: { from: 2 }, does: slowDown };
    const keys = await paged.place.keys();
    for (const ended of [await paged.backup([second]), await paged.list([second])]) {
      expect(ended.error).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    }
    expect(await paged.place.keys()).toEqual(keys);
    expect((await paged.backup()).result?.manifest.parent?.id).toBe(id);
    expect(paged.proxy.count('list')).toBe(3);
  } finally {
    await paged.close();
  }
}, 60_000);

it('after all of it: what is offered are the good ones, and they can be restored', async () => {
  expect((await store.offered()).map(({ id }) => id)).toEqual(goodIds);
  await store.expectOfferedIntact();
  await expectGoodBackup(await store.backup(), 'incremental');
  const targetDir = join(host.scratch, 'target');
  const { result, error } = await store.prepare(goodIds.at(-1) ?? '', targetDir);
  if (result === undefined) throw error;
  await expectSameData(host, result);
}, 120_000);
