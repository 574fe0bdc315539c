import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/chain/manifest.js';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { expectReported } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { edited, flipped } from '../support/tampering.js';

/**
 * What a broken chain does to the next backup: it is a full, and says why; and what was good can still be restored. (What
 * prepare says of each kind of damage is in test/action/prepare-failures.test.ts, and only what is not there is here.)
 */

let host: DatabaseHost;
let template: BackupPlace;
/** A full and two incrementals. */
const chain: Manifest[] = [];
const bodies = new Map<string, Buffer>();

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 2 });
  template = await host.newPlace();
  for (let count = 0; count < 3; count += 1) {
    chain.push(await template.goodBackup());
    await host.mysql.query('INSERT INTO shop.documents (name, body) VALUES (?, RANDOM_BYTES(1024))', [count]);
  }
  for (const key of await template.keys()) bodies.set(key, await template.read(key));
}, 120_000);

afterAll(() => host.stop(), 60_000);

const [full, middle, head] = [0, 1, 2];
const link = (index: number) => chain[index] as Manifest;
const objectKey = (index: number) => link(index).objects[0]?.key ?? '';
const manifestKey = (index: number) => template.manifestKey(link(index).id);
const body = (key: string) => bodies.get(key) ?? Buffer.alloc(0);

/** A new bucket with the same chain. */
async function copyOfChain(): Promise<BackupPlace> {
  const place = await host.newPlace();
  for (const [key, bytes] of bodies) await place.write(key, bytes);
  return place;
}

const remove = (key: () => string) => (place: BackupPlace) => place.remove(key());
const change =
  (key: () => string, how: (bytes: Buffer) => Buffer | string | undefined) => (place: BackupPlace) =>
    place.write(key(), how(body(key())) ?? '');
const cannot = (index: number, why: string) => () => `${link(index).id} cannot be built on: ${why}`;
const there = (index: number, why: string) => () => `it builds on ${link(index).id}, and there ${why}`;

type Damage = (place: BackupPlace) => Promise<void>;
const cases: [what: string, Damage, why: () => string][] = [
  ['the manifest of a middle link is gone', remove(() => manifestKey(middle)), cannot(head, 'its parent')],
  ['the object of a middle link is gone', remove(() => objectKey(middle)), there(middle, 'its object')],
  [
    'the objects of two links are swapped',
    async (place) => {
      await place.write(objectKey(middle), body(objectKey(head)));
      await place.write(objectKey(head), body(objectKey(middle)));
    },
    cannot(head, 'its object'),
  ],
  [
    'an object is cut',
    change(
      () => objectKey(middle),
      (bytes) => bytes.subarray(0, bytes.length / 2),
    ),
    there(middle, 'its object'),
  ],
  [
    "a link is another server's",
    change(
      () => manifestKey(middle),
      edited((manifest) => ({ ...manifest, server: 'db2' })),
    ),
    there(middle, 'its manifest is that of the server db2'),
  ],
  [
    'the head is the copy of another link',
    (place) => place.write(manifestKey(head), body(manifestKey(middle))),
    cannot(head, 'its manifest is that of'),
  ],
  [
    'a manifest is edited',
    change(
      () => manifestKey(full),
      edited((manifest) => ({ ...manifest, durationSeconds: 1 })),
    ),
    there(middle, 'the manifest of its parent'),
  ],
  [
    'a manifest is of a newer schema',
    change(
      () => manifestKey(head),
      edited((manifest) => ({ ...manifest, schemaVersion: 2 })),
    ),
    cannot(head, 'the manifest'),
  ],
  [
    'the head does not follow',
    change(
      () => manifestKey(head),
      edited((manifest) => ({ ...manifest, lsn: { ...manifest.lsn, from: '1' } })),
    ),
    cannot(head, 'it begins at LSN 1,'),
  ],
  [
    'a lifecycle rule has removed the full, object and manifest',
    async (place) => {
      await place.remove(objectKey(full));
      await place.remove(manifestKey(full));
    },
    there(middle, 'its parent'),
  ],
  [
    'a lifecycle rule has removed the object of the full',
    remove(() => objectKey(full)),
    there(full, 'its object'),
  ],
];

describe('the next backup is a full when', () => {
  it.each(cases)(
    '%s',
    async (what, damage, why) => {
      const place = await copyOfChain();
      await damage(place);
      const good = (await place.list()).filter(({ restorable }) => restorable).map(({ id }) => id);
      const keysBefore = await place.keys();

      const { exitCode, outputs, summary, log } = await place.backup();
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
      expect(outputs).toMatchObject({ type: 'full', reason: expect.stringContaining(why()) as unknown });
      expect(summary).toContain(link(head).id);

      // What was good is still offered, and the new one; nothing was removed.
      const id = outputs['backup-id'] ?? '';
      const offered = (await place.list()).filter(({ restorable }) => restorable).map((point) => point.id);
      expect(offered).toEqual([...good, id].sort());
      expect(await place.keys()).toEqual(expect.arrayContaining(keysBefore));
      const outcome = 'it is a full, says why, and what was good is still offered';
      recordOutcome({ operation: 'backup', step: 'read what backups there are', fault: what, outcome });
    },
    60_000,
  );
});

it('the one after it goes on from that full', async () => {
  const place = await copyOfChain();
  // Also when the names of what is gone seem to be free.
  await place.remove(objectKey(full));
  await place.remove(manifestKey(full));
  const { id } = await place.goodBackup();
  expect(chain.map((manifest) => manifest.id)).not.toContain(id);
  expect(await place.goodBackup()).toMatchObject({ type: 'incremental', parent: { id } });
}, 60_000);

describe('prepare', () => {
  const prepare = (place: BackupPlace, index: number) =>
    place.prepare(link(index).id, join(host.scratch, 'target'));

  it("names another server's link, and what can be restored instead", async () => {
    const place = await copyOfChain();
    await place.write(
      manifestKey(middle),
      edited((manifest) => ({ ...manifest, server: 'db2' }))(body(manifestKey(middle))) ?? '',
    );
    const result = await prepare(place, head);
    const says = new RegExp(`${link(middle).id}.*server db2.*${link(full).id}\\b.* can be restored`, 's');
    expectReported(result, { code: 'CHAIN_BROKEN', says });
    const outcome = 'it fails with CHAIN_BROKEN, names the link and what can be restored';
    recordOutcome({
      operation: 'prepare',
      step: 'choose the chain',
      fault: "a link is another server's",
      outcome,
    });
  }, 60_000);

  it('has nothing to offer when a lifecycle rule took the full', async () => {
    const place = await copyOfChain();
    await place.remove(objectKey(full));
    await place.remove(manifestKey(full));
    const says = new RegExp(`${link(full).id} is missing.*No other backup`, 's');
    expectReported(await prepare(place, head), { code: 'CHAIN_BROKEN', says });
  }, 60_000);

  it('finds a flipped byte of the same length, which a backup cannot see', async () => {
    const place = await copyOfChain();
    await place.write(objectKey(head), flipped(0.5)(body(objectKey(head))) ?? '');
    // A backup does not read what is stored.
    const next = await place.goodBackup();
    expect(next).toMatchObject({ type: 'incremental', parent: { id: link(head).id } });
    const target = join(host.scratch, 'target');
    const says = new RegExp(`${link(head).id}.*SHA-256.*${link(middle).id} can still be restored`, 's');
    expectReported(await place.prepare(next.id, target), { code: 'LINK_CORRUPT', says });
    expect((await place.prepare(link(middle).id, target)).exitCode).toBe(0);
    await rm(target, { recursive: true });
    const outcome = 'a backup builds on it; prepare names it, and what can be restored';
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'a byte of an object is flipped',
      outcome,
    });
  }, 60_000);
});

it('of two fulls in a day the second is built on, and when it breaks the first does not take its place', async () => {
  const place = await copyOfChain();
  const second = await place.goodBackup({ inputs: { type: 'full' } });
  const next = await place.goodBackup();
  expect(next).toMatchObject({ chain: second.id, parent: { id: second.id } });
  expect((await place.list()).map(({ id, restorable }) => `${id} ${String(restorable)}`)).toEqual(
    [...chain, second, next].map(({ id }) => `${id} true`).sort(),
  );

  await place.remove(second.objects[0]?.key ?? '');
  const { outputs } = await place.backup();
  expect(outputs).toMatchObject({ type: 'full', reason: expect.stringContaining(second.id) as unknown });
  const target = join(host.scratch, 'target');
  const says = new RegExp(`${second.id}.*is missing.*${link(head).id}\\b.* can be restored`, 's');
  expectReported(await place.prepare(next.id, target), { code: 'CHAIN_BROKEN', says });
  const outcome = 'it is a full, says why, and what was good is still offered';
  const fault = 'the second full of a day loses its object';
  recordOutcome({ operation: 'backup', step: 'read what backups there are', fault, outcome });
}, 60_000);
