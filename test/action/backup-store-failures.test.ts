import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dirname } from 'node:path';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import {
  expectAllRestorable,
  expectGoesOn,
  expectNoProcess,
  expectNothingLeft,
  expectReported,
  until,
} from '../support/failures.js';
import { refuse } from '../support/bucket-policy.js';
import { fakePrograms } from '../support/wrapped-tool.js';

/** A backup whose store fails leaves nothing, says why, and the next one goes on from the last good one. */

/** Slow enough to do something in the middle of an upload. */
const slowly = { 'max-upload-mib-per-second': '4' };

const uploadHasBegun = (place: BackupPlace) =>
  until('an upload has begun', async () => (await place.uploads()).length > 0);

/** A host whose store survives a crash, with one good backup, of which much has changed since. */
async function setUp() {
  const host = await startDatabaseHost({ dataMib: 30, s3OnDisk: true });
  const place = await host.newPlace();
  const good = [(await place.goodBackup()).id];
  await changeMuch(host);
  return { host, place, good };
}

/** Makes the next backup a large one. */
async function changeMuch(host: DatabaseHost): Promise<void> {
  await host.mysql.query('UPDATE shop.documents SET body = CONCAT(SUBSTRING(body, 2), RANDOM_BYTES(1))');
}

let host: DatabaseHost;
let place: BackupPlace;
let good: string[];
/** It takes more than a minute until a store is given up: it dies here, and the last test looks what came of it. */
let dying: Awaited<ReturnType<typeof setUp>> & { keysBefore: string[]; ended: Promise<EndedAction> };

beforeAll(async () => {
  const other = await setUp();
  const keysBefore = await other.place.keys();
  const running = await other.place.startBackup({ inputs: slowly });
  await uploadHasBegun(other.place);
  await other.host.s3.kill();
  dying = { ...other, keysBefore, ended: ended(running) };
  ({ host, place, good } = await setUp());
}, 180_000);

afterAll(async () => {
  await host.stop();
  await dying.host.stop();
}, 60_000);

describe('a store that refuses', () => {
  it.each([
    ['a bucket that is not there', { 's3-bucket': 'no-such-bucket' }, {}, 'STORE_MISSING', /no-such-bucket/],
    ['a wrong secret', {}, { AWS_SECRET_ACCESS_KEY: 'wrong' }, 'STORE_DENIED', /credentials/],
    ['an unknown key', {}, { AWS_ACCESS_KEY_ID: 'UNKNOWN' }, 'STORE_DENIED', /credentials/],
    [
      'no credentials',
      {},
      {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_EC2_METADATA_DISABLED: 'true',
        HOME: '/nonexistent',
      },
      'STORE_DENIED',
      /no credentials/,
    ],
    [
      'nobody at the address',
      { 's3-endpoint': 'http://127.0.0.1:1' },
      {},
      'STORE_UNREACHABLE',
      /ECONNREFUSED[^]*s3-endpoint/,
    ],
    [
      'an address that is no name',
      { 's3-endpoint': 'http://s3.invalid' },
      {},
      'STORE_UNREACHABLE',
      /ENOTFOUND|EAI_AGAIN/,
    ],
  ] as const)(
    '%s',
    async (_, inputs, env, code, says) => {
      const keysBefore = await place.keys();
      const result = await place.backup({ inputs, env });
      expectReported(result, { code, says });
      await expectNothingLeft(place, result, keysBefore);
    },
    90_000,
  );

  it('leaves nothing that hinders the next backup', async () => {
    good.push(await expectGoesOn(place, good.at(-1) ?? ''));
  }, 60_000);

  it('an upload that is refused in the middle', async () => {
    const keysBefore = await place.keys();
    const running = await place.startBackup({ inputs: { ...slowly, type: 'full' } });
    await uploadHasBegun(place);
    await refuse(place, { action: 's3:PutObject', keys: '*' });
    const result = await ended(running);
    await host.s3.client().send(new DeleteBucketPolicyCommand({ Bucket: place.bucket }));
    expectReported(result, { code: 'STORE_DENIED', says: /s3:PutObject/ });
    await expectNothingLeft(place, result, keysBefore);
    good.push(await expectGoesOn(place, good.at(-1) ?? ''));
  }, 120_000);
});

it('two backups at once, from hosts that know nothing of each other: only one becomes good', async () => {
  const fresh = await host.newPlace();
  // A lock that everybody gets.
  const [flock = ''] = await fakePrograms(host.scratch, {
    flock: 'while [ "$1" != sh ]; do shift; done; exec "$@"',
  });
  const env = { PATH: `${dirname(flock)}:${process.env['PATH'] ?? ''}` };
  const other = await host.mysql.connect();
  await other.query('BACKUP STAGE START');
  const first = await fresh.startBackup({ env });
  const second = await fresh.startBackup({ env });
  for (const running of [first, second]) await running.waitForLine(/Acquiring BACKUP LOCKS/);
  await other.end();
  const results = await Promise.all([ended(first), ended(second)]);
  const [winner, loser] = results[0].exitCode === 0 ? results : [results[1], results[0]];
  expect([winner.exitCode, loser.exitCode]).toEqual([0, 1]);
  const keys = await fresh.keys();
  expect(keys).toHaveLength(2);
  expectReported(loser, { code: 'BACKUP_EXISTS', says: /only one run at a time/ });
  await expectNothingLeft(fresh, loser, keys);
  await expectAllRestorable(fresh, 1);
}, 120_000);

it('a store that dies and comes back in the middle of an upload: the upload goes on', async () => {
  await changeMuch(host);
  const running = await place.startBackup({ inputs: slowly });
  await uploadHasBegun(place);
  await host.s3.kill();
  await running.waitForLine(/failed .*: trying again/);
  await host.s3.restart();
  const { exitCode, outputs, log } = await running.finished;
  expect({ exitCode, log }).toEqual({ exitCode: 0, log });
  good.push(outputs['backup-id'] ?? '');
  expect(await place.uploads()).toEqual([]);
  await expectAllRestorable(place, good.length);
}, 180_000);

it('a store that dies and does not come back: nothing of it counts', async () => {
  const result = await dying.ended;
  await dying.host.s3.restart();
  expectReported(result, { code: 'STORE_UNREACHABLE', says: /ECONNREFUSED/ });
  await expectNoProcess(result);
  expect(result.temporaryFiles).toEqual([]);
  expect(await dying.place.keys()).toEqual(dying.keysBefore);
  // Nobody can abort an upload in a store that is dead: so it is said.
  expect(result.log).toMatch(/Parts of the failed upload .* may be left/);
  await expectGoesOn(dying.place, dying.good[0] ?? '');
  await expectAllRestorable(dying.place, 2);
}, 240_000);
