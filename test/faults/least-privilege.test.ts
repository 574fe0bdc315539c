import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { decodeHead, encodeHead } from '../../src/chain/remembered.js';
import { startActionsCache, type ActionsCache } from '../support/actions-cache.js';
import {
  ended,
  flags,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import { expectNoProcess, expectReported } from '../support/failures.js';
import { expectSameData } from '../support/prepared-data.js';
import { readPrepared } from '../../src/operations/prepared.js';
import { takeRoles, type Credentials, type RoleName } from '../support/s3-roles.js';
import { clockAt } from '../support/shifted-clock.js';
import { recordOutcome } from '../support/fault-matrix.js';

/** Each task with no more than its role's policy in docs/security.md allows, on a real store. */

const everything = process.env['XBACKUP_FAULTS_LONG'] !== undefined;
/** The last one takes its time. */
const misbehaviours = ['hangs', 'refuses', 'talks nonsense'] as const;

let host: DatabaseHost;
let cache: ActionsCache;

beforeAll(async () => {
  // So much that it goes up in parts.
  // On a fast machine it writes its redo log so quickly that a backup would warn of a small one.
  host = await startDatabaseHost({ dataMib: 16, serverOptions: ['--innodb-log-file-size=512M'] });
  cache = await startActionsCache();
}, 180_000);

afterAll(async () => {
  await cache.stop();
  await host.stop();
}, 60_000);

beforeEach(() => {
  cache.forget();
  cache.behaves = 'well';
});

async function newPlace<Name extends RoleName>(...names: Name[]) {
  const place = await host.newPlace();
  return { place, roles: await takeRoles(host.s3, place.bucket, names) };
}

/** Something that the next incremental has to have. */
const write = () =>
  host.mysql.query('UPDATE shop.documents SET name = CONCAT(?, LEFT(name, 20)) WHERE id < 50', ['x']);

/** A backup that must succeed; nothing of it is left on the host. */
async function backUp(place: BackupPlace, env: Record<string, string>, inputs: Record<string, string> = {}) {
  const result = await place.backup({ env, inputs });
  if (result.exitCode !== 0) throw new Error(`The backup failed:\n${result.log}`);
  expect(result.temporaryFiles).toEqual([]);
  await expectNoProcess(result);
  const { 'backup-id': id = '', type, reason } = result.outputs;
  return { result, id, type, reason };
}

async function prepare(place: BackupPlace, id: string, env: Credentials, name: string): Promise<EndedAction> {
  return place.prepare(id, join(host.scratch, name), { env });
}

describe('a role that only writes', () => {
  let place: BackupPlace;
  let roles: Record<'only writes' | 'restores', Credentials>;
  let env: Record<string, string>;

  beforeAll(async () => {
    ({ place, roles } = await newPlace('only writes', 'restores'));
    env = { ...roles['only writes'], ...cache.env };
  });

  it('backs up: a full, then incrementals by what the cache remembers; another role restores them', async () => {
    const full = await backUp(place, env);
    expect(full).toMatchObject({
      type: 'full',
      reason: expect.stringContaining('may not be read') as unknown,
    });
    expect(full.result.log).toMatch(/Warning: .*may not read the bucket, and nothing is remembered/);
    expect(full.id).toMatch(/^\d{4}-\d\d-\d\d\/\d\d-\d\d-\d\d$/);
    expect((await place.manifest(full.id)).objects[0]?.sizeBytes).toBeGreaterThan(8 * 1024 * 1024);
    const incrementals: string[] = [];
    for (const parent of [full.id, '']) {
      await write();
      const { id, type, result } = await backUp(place, env);
      expect(type).toBe('incremental');
      expect((await place.manifest(id)).parent?.id).toBe(parent || incrementals.at(-1));
      expect(result.log).toContain('this goes by what is remembered of');
      expect(result.annotations).toEqual([]);
      expect(result.summary).toContain('write-only');
      incrementals.push(id);
    }
    expect(await place.uploads()).toEqual([]);
    const last = incrementals.at(-1) ?? '';
    const prepared = await prepare(place, last, roles.restores, 'by-another-role');
    expect(prepared.log).toContain('is prepared in');
    const preparedDir = prepared.outputs['prepared-dir'] ?? '';
    await expectSameData(host, { preparedDir, prepared: await readPrepared(preparedDir) });
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'the credentials may only write',
      outcome: 'a full, then incrementals by what the cache remembers',
    });
  }, 180_000);

  it('really may do nothing else', async () => {
    const restoring = await prepare(place, 'latest', roles['only writes'], 'nothing');
    expectReported(restoring, { code: 'STORE_DENIED' });
    const cli = (command: string) => place.cli([command, ...flags(place.storeInputs)], roles['only writes']);
    await expect(cli('list')).rejects.toMatchObject({ stderr: expect.stringContaining('STORE_DENIED') });
    await expect(cli('prune')).rejects.toMatchObject({ stderr: expect.stringContaining('STORE_DENIED') });
  }, 60_000);

  it('whose run is killed in the middle of an upload: the next step aborts it by its id', async () => {
    const running = await place.startBackup({ env, inputs: { 'max-upload-mib-per-second': '1' } });
    // Before the store's answer has come nobody knows the id, and this role may not ask for it.
    await running.waitForLine(/Step of the backup: send it in parts/);
    process.kill(running.pid, 'SIGKILL');
    const killed = await ended(running);
    expect(killed.post?.log ?? '').toContain('was aborted');
    expect(await place.uploads()).toEqual([]);
    await expectNoProcess(killed);
    recordOutcome({
      operation: 'backup',
      step: 'send it in parts',
      fault: 'SIGKILL, and the credentials may only write',
      outcome: 'the post step aborts the upload by its id',
    });
  }, 90_000);

  it('backs up whatever the cache does, if need be with a full', async () => {
    const remembered = await backUp(place, env);
    for (const behaves of everything ? misbehaviours : misbehaviours.slice(0, 2)) {
      cache.behaves = behaves;
      const asked = cache.asked.length;
      const { type, result, id } = await backUp(place, env);
      expect(cache.asked.length).toBeGreaterThan(asked);
      expect(type).toBe('full');
      expect(result.log).toContain(`${id} is good, and could not be remembered`);
      expect(result.annotations.map(({ level }) => level)).toEqual(['warning', 'warning']);
    }
    cache.behaves = 'well';
    // Those in between are not known, and nothing is lost: it has all that was written since.
    const next = await backUp(place, env);
    expect((await place.manifest(next.id)).parent?.id).toBe(remembered.id);
    cache.forget();
    expect((await backUp(place, env)).type).toBe('full');
    const wanted = await place.backup({ env: roles['only writes'], inputs: { type: 'incremental' } });
    expectReported(wanted, { code: 'BASE_UNUSABLE', says: /nothing is remembered of an earlier backup/ });
    const points = await place.list();
    expect(points.filter(({ restorable }) => !restorable)).toEqual([]);
    recordOutcome({
      operation: 'backup',
      step: 'read what backups there are',
      fault: 'the cache refuses, hangs, or has forgotten',
      outcome: 'the backup is good, if need be a full',
    });
  }, 180_000);

  it('takes no orders from whoever else may write to the cache', async () => {
    await backUp(place, env);
    for (const text of [
      'rubbish',
      'x\n::add-mask::backup\n##[add-mask]backup',
      deflateRawSync(Buffer.alloc(1e8)).subarray(0, 300).toString('base64url'),
    ]) {
      const [prefix = 'none'] = /^xbackup-head-[0-9a-f]{16}-/.exec(cache.keys[0] ?? '') ?? [];
      cache.plant(prefix + text);
      const { type, result } = await backUp(place, env);
      expect(type).toBe('full');
      expect(result.masks).not.toContain('backup');
    }
  }, 120_000);

  it('with a cache that lies about the base: the link is refused at a restore, and a full mends it', async () => {
    const full = await backUp(place, env);
    const key = cache.keys[0] ?? '';
    const [prefix = ''] = /^xbackup-head-[0-9a-f]{16}-/.exec(key) ?? [];
    const head = decodeHead(key.slice(prefix.length));
    if (head === undefined) throw new Error(`Nothing to forge: ${key}`);
    // As if the backup had gone further than it has: what lies between would be left out.
    const lsn = { to: String(BigInt(head.manifest.lsn.to) + 1n), last: head.manifest.lsn.last };
    const plant = (forged: typeof head) => cache.plant(prefix + (encodeHead(forged, 480) ?? ''));
    plant({ ...head, manifestSha256: '0'.repeat(64) });
    const { id, type } = await backUp(place, env);
    expect(type).toBe('incremental');
    expect((await place.manifest(id)).parent?.id).toBe(full.id);
    const restoring = await prepare(place, id, roles.restores, 'forged');
    expectReported(restoring, { code: 'CHAIN_BROKEN', says: new RegExp(`${full.id}.* can be restored`) });
    // The server has not gone on: the tool itself finds that this is of the future.
    plant({ ...head, manifest: { ...head.manifest, lsn } });
    const mended = await backUp(place, env);
    expect(mended.type).toBe('full');
    expect(mended.result.log).toContain('What was remembered may be wrong');
    const points = await place.list();
    expect(points.find(({ id }) => id === mended.id)?.restorable).toBe(true);
    recordOutcome({
      operation: 'backup',
      step: 'read what backups there are',
      fault: 'the cache names a wrong base',
      outcome: 'the link is refused at a restore; a full mends it',
    });
  }, 120_000);
});

describe('a role that loses the right to list', () => {
  it('goes on with a full, says why, and then by what is remembered', async () => {
    const { place, roles } = await newPlace('backs up');
    const env = { ...roles['backs up'], ...cache.env };
    const asked = cache.asked.length;
    expect((await backUp(place, env)).type).toBe('full');
    expect((await backUp(place, env)).type).toBe('incremental');
    // As long as it may list it needs no cache.
    expect(cache.asked.length).toBe(asked);
    const { 'only writes': less } = await takeRoles(host.s3, place.bucket, ['only writes']);
    const denied = { ...less, ...cache.env };
    const full = await backUp(place, denied);
    expect(full.type).toBe('full');
    expect(full.result.log).toMatch(/Warning: .*may not read the bucket/);
    expect((await backUp(place, denied)).type).toBe('incremental');
    const { 'backs up': again } = await takeRoles(host.s3, place.bucket, ['backs up']);
    const last = await backUp(place, { ...again, ...cache.env });
    expect(last.type).toBe('incremental');
    const points = await place.list();
    expect(points).toHaveLength(5);
    expect(points.filter(({ restorable }) => !restorable)).toEqual([]);
    recordOutcome({
      operation: 'backup',
      step: 'read what backups there are',
      fault: 'the right to list is taken away',
      outcome: 'a full, and why is said',
    });
  }, 120_000);
});

describe('the other roles', () => {
  it('one that backs up backs up, and can neither delete nor touch another server', async () => {
    const { place, roles } = await newPlace('backs up', 'prunes');
    const env = roles['backs up'];
    const inputs = { timezone: 'UTC' };
    const old = await backUp(place, { ...env, ...clockAt('2026-11-01T02:00') }, inputs);
    const next = await backUp(place, { ...env, ...clockAt('2026-11-03T02:00') }, inputs);
    const third = await backUp(place, { ...env, ...clockAt('2026-11-03T03:00') }, inputs);
    expect([old.type, next.type, third.type]).toEqual(['full', 'full', 'incremental']);
    const keys = await place.keys();

    const prune = [...flags(place.storeInputs), '--keep-days', '1', '--no-dry-run'];
    const clock = clockAt('2026-11-03T06:00');
    const refused = place.cli(['prune', ...prune], { ...env, ...clock });
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('STORE_DENIED') });
    expect(await place.keys()).toEqual(keys);
    const elsewhere = await place.backup({ env, inputs: { server: 'db2' } });
    expectReported(elsewhere, { code: 'STORE_DENIED' });
    expect(await place.keys()).toEqual(keys);

    await place.cli(['prune', ...prune], { ...roles.prunes, ...clock });
    const left = await place.keys();
    expect(left).toEqual(keys.filter((key) => key.includes('/2026-11-03/')));
    const backingUp = await place.backup({ env: roles.prunes });
    expectReported(backingUp, { code: 'STORE_DENIED' });
    expect(await place.keys()).toEqual(left);
  }, 120_000);

  it('one that restores restores, and one that watches looks; neither can do more', async () => {
    const { place, roles } = await newPlace('backs up', 'restores', 'watches');
    const { id } = await backUp(place, roles['backs up']);
    const keys = await place.keys();
    const prepared = await prepare(place, id, roles.restores, 'restored');
    expect(prepared.exitCode).toBe(0);
    const list = ['list', '--check', ...flags(place.storeInputs)];
    expect((await place.cli(list, roles.watches)).stdout).toContain(id);
    expectReported(await prepare(place, id, roles.watches, 'watched'), { code: 'STORE_DENIED' });
    for (const env of [roles.restores, roles.watches]) {
      expectReported(await place.backup({ env }), { code: 'STORE_DENIED' });
      const prune = ['prune', ...flags(place.storeInputs), '--no-dry-run'];
      await place.cli(prune, env).catch(() => undefined);
    }
    expect(await place.keys()).toEqual(keys);
    expect(await place.uploads()).toEqual([]);
  }, 120_000);
});
