import { ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { refuse } from '../support/bucket-policy.js';
import {
  ended,
  flags,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
} from '../support/database-host.js';
import { expectNoProcess, expectReported } from '../support/failures.js';
import { expectSuccess, PruneGround } from '../support/prune-ground.js';
import { clockAt } from '../support/shifted-clock.js';
import { flipped, withChanged } from '../support/tampering.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { recordOutcome } from '../support/fault-matrix.js';

/** Old chains go, whole ones and nothing else; whatever breaks that off, everything that is listed can be restored. */

let host: DatabaseHost;
let ground: PruneGround;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost();
  ground = await PruneGround.lay(host);
  ({ place } = ground);
}, 180_000);

afterAll(() => host.stop(), 60_000);

beforeEach(() => ground.reset());

describe('a prune', () => {
  it('is a dry run unless it is told otherwise: it says what would go, and touches nothing', async () => {
    const result = await ground.prune({ 'dry-run': '' });
    expectSuccess(result);
    expect(await place.keys()).toEqual([...ground.stored.keys()]);
    const bytes = ground
      .keysOf('2026-11-01', '2026-11-02')
      .filter((key) => !key.endsWith('.json'))
      .reduce((sum, key) => sum + (ground.stored.get(key)?.length ?? 0), 0);
    expect(result.outputs).toEqual({
      'chains-kept': '1',
      'chains-removed': '2',
      'bytes-removed': String(bytes),
    });
    expect(result.summary).toMatch(
      /^## 🔎 Prune of db1: a dry run\n\n2 chains would go, .*; 1 chain stays\./,
    );
    expect(result.summary).toContain('| `2026-11-01/00` | `2026-11-01/01` |       2 |');
    expect(result.summary).toContain('Nothing was touched. With `dry-run: false`');
    expect(result.log).toContain('would go 2026-11-01/00 to 2026-11-01/01, 2 backups');
  });

  it('removes whole chains; the newest can be restored, and the next backup builds on it', async () => {
    // All that it needs is to list, read and delete.
    await refuse(place, { action: 's3:PutObject', keys: '*' });
    const result = await ground.prune();
    await refuse(place, { action: 's3:PutObject', keys: 'nothing' });
    expectSuccess(result);
    expect(await place.keys()).toEqual(ground.keysOf('2026-11-03'));
    expect(result.summary).toMatch(/^## ✅ Prune of db1\n\n2 chains went, /);
    expect(result.annotations).toEqual([]);
    expect(await ground.restorable()).toEqual(['2026-11-03/00', '2026-11-03/05']);
    expectSuccess(await place.prepare('2026-11-03/05', join(host.scratch, 'after')));
    const next = await ground.backup('2026-11-03T06:17');
    expect(next.parent?.id).toBe('2026-11-03/05');
    const again = await ground.prune();
    expectSuccess(again);
    expect(again.summary).toContain('Nothing is to be removed; 1 chain stays.');
  }, 90_000);

  it('on the command line', async () => {
    const args = ['prune', ...flags(place.storeInputs), '--keep-days', '1'];
    const dry = await place.cli(args, clockAt(PruneGround.now));
    expect(dry.stdout).toMatch(
      /^stays {4}2026-11-03\/00 to 2026-11-03\/05, 2 backups, .*: the newest chain\nwould go 2026-11-02/,
    );
    expect(await place.keys()).toEqual([...ground.stored.keys()]);
    const { stdout } = await place.cli([...args, '--no-dry-run', '--json'], clockAt(PruneGround.now));
    expect(JSON.parse(stdout)).toMatchObject({ isDryRun: false, removed: [{ id: '2026-11-02/00' }, {}] });
    expect(await place.keys()).toEqual(ground.keysOf('2026-11-03'));
  });

  it('removes objects that have been without a manifest for days, and nothing that it does not know', async () => {
    const base = `xbackup/${place.server}`;
    const orphan = `${base}/2026-10-30/04.xbstream.zst.age`;
    const others = [
      `${base}/2026-10-30/notes.txt`,
      `${base}/2026-10-30/04.xbstream`,
      `${base}2/2026-10-30/04.json`,
    ];
    for (const key of [orphan, ...others, `${base}/2026-11-02/09.xbstream.zst`]) await place.write(key, 'x');
    const result = await ground.prune({ 'keep-days': '30' });
    expectSuccess(result);
    expect(result.summary).toContain('1 object without a manifest went, 1 B; 3 chains stay');
    expect(await place.keys()).toEqual(
      [...ground.stored.keys(), ...others, `${base}/2026-11-02/09.xbstream.zst`].sort(),
    );
  });
});

describe('nothing goes', () => {
  const object = () => `xbackup/${place.server}/2026-11-03/05.xbstream.zst`;

  it.each([
    ['an object of the newest chain is gone', object, () => undefined, /is missing/],
    ['one of its objects was changed', object, flipped(0.5), /is not the one that was stored: its ETag/],
    ['one is cut', object, (body: Buffer) => body.subarray(1), /has \d+ bytes, and its manifest says/],
    [
      'one of its manifests cannot be read',
      () => place.manifestKey('2026-11-03/05'),
      () => '{"schemaVersion": 2}',
      /2026-11-03\/05, which may be of the newest chain, is not good: .* has schemaVersion 2/,
    ],
  ])('when %s', async (_, key, change, says) => {
    await withChanged(place, key(), change, async () => {
      const before = await place.keys();
      const result = await ground.prune();
      expectReported(result, { code: 'CHAIN_BROKEN', says });
      expect(result.annotations.at(-1)?.message).toMatch(/^Nothing is pruned: /);
      expect(await place.keys()).toEqual(before);
    });
  });

  it('when the store refuses to delete: it says so, and tries nothing else', async () => {
    await refuse(place, { action: 's3:DeleteObject', keys: '*' });
    const proxy = await startTcpProxy(host.s3.endpoint);
    // The SDK repeats a refused request when the clock of its host is wrong, as it is here.
    const deletions = new Set<string>();
    proxy.onRequest = (bytes) => {
      const [line = ''] = bytes.toString('latin1').split('?');
      if (line.startsWith('DELETE ')) deletions.add(line);
      return bytes;
    };
    try {
      const result = await ended(await ground.startPrune({ 's3-endpoint': proxy.endpoint }));
      expectReported(result, {
        code: 'STORE_DENIED',
        says: /Before that 0 chains were removed\.\n.*s3:DeleteObject/,
      });
      expect([...deletions]).toEqual([expect.stringMatching(/2026-11-01\/01\.json$/)]);
    } finally {
      await proxy.close();
    }
    expect(await place.keys()).toEqual([...ground.stored.keys()]);
    recordOutcome({
      operation: 'prune',
      step: 'delete',
      fault: 'the store refuses to delete',
      outcome: 'said; nothing else is tried',
    });
  });
});

describe('broken off', () => {
  it('by a refusal in the middle of a chain, it leaves what can be restored', async () => {
    await refuse(place, { action: 's3:DeleteObject', keys: `xbackup/${place.server}/2026-11-02/00.json` });
    const result = await ground.prune();
    expectReported(result, { code: 'STORE_DENIED', says: /Before that 1 chain was removed/ });
    expect(await ground.restorable()).toEqual(['2026-11-02/00', '2026-11-03/00', '2026-11-03/05']);
    recordOutcome({
      operation: 'prune',
      step: 'delete',
      fault: 'the store refuses in the middle of a chain',
      outcome: 'what is left can be restored',
    });
  });

  // After the first of a chain's manifests, all of them, some objects, and in the second chain.
  it.each([
    ['cancel', 1, 1, 1],
    ['kill', 2, 2, 2],
    ['kill', 3, 2, 1],
    ['kill', 5, 3, 1],
  ])(
    'by a %s after %d deletions, %d backups are gone, and the next prune ends it',
    async (how, count, gone, withoutManifest) => {
      const proxy = await startTcpProxy(host.s3.endpoint);
      let deletions = 0;
      let onReached: () => void = () => undefined;
      const reached = new Promise<void>((resolve) => (onReached = resolve));
      proxy.onRequest = (bytes) => {
        if (bytes.toString('latin1', 0, 7) === 'DELETE ') deletions += 1;
        if (deletions <= count) return bytes;
        // The next one never arrives.
        onReached();
        return 'drop';
      };
      try {
        const running = await ground.startPrune({ 's3-endpoint': proxy.endpoint });
        await reached;
        if (how === 'kill') process.kill(running.pid, 'SIGKILL');
        else await running.cancel();
        const result = await ended(running);
        if (how === 'cancel') expectReported(result, { code: 'CANCELLED' });
        await expectNoProcess(result);
      } finally {
        await proxy.close();
      }
      expect((await place.keys()).length).toBe(ground.stored.size - count);
      // Those of the first chain go before those of the second, each from its end on.
      const inOrder = ['2026-11-01/01', '2026-11-01/00', '2026-11-02/01', '2026-11-02/00'];
      expect(await ground.restorable()).toEqual(
        [...inOrder.slice(gone), '2026-11-03/00', '2026-11-03/05'].sort(),
      );
      expectSuccess(await ground.prune());
      expect(await ground.restorable()).toEqual(['2026-11-03/00', '2026-11-03/05']);
      // An object without a manifest waits until it is days old.
      const orphans = (await place.keys()).filter((key) => !ground.keysOf('2026-11-03').includes(key));
      expect(orphans).toHaveLength(withoutManifest);
    },
  );
});

describe('while a restore reads a chain', () => {
  it('that one stays; both end well, and later it goes', async () => {
    const { tool, held, release } = await ground.heldTool('restore', 'prepare');
    const options = { inputs: { 'tool-path': tool }, env: clockAt(PruneGround.now) };
    const restoring = await place.startPrepare('2026-11-01/01', join(host.scratch, 'held'), options);
    await held();
    const marks = (await place.keys()).filter((key) => !ground.stored.has(key));
    expect(marks).toEqual([
      expect.stringMatching(/\/\.in-use\/2026-11-01\/00\/2026-11-03T06-30-\d\dZ-[0-9a-f]{8}\.json$/),
    ]);
    expect(JSON.parse((await place.read(marks[0] ?? '')).toString())).toMatchObject({
      chain: '2026-11-01/00',
      by: 'https://github.com/octo-org/databases/actions/runs/1658821493/attempts/1',
    });
    const pruned = await ground.prune();
    expectSuccess(pruned);
    expect(pruned.summary).toContain('a restore is reading it');
    expect(pruned.outputs).toMatchObject({ 'chains-kept': '2', 'chains-removed': '1' });
    await release();
    const restored = await ended(restoring);
    expectSuccess(restored);
    expect(restored.outputs).toMatchObject({ 'backup-id': '2026-11-01/01', links: '2' });
    expect(await place.keys()).toEqual(ground.keysOf('2026-11-01', '2026-11-03'));
    expectSuccess(await ground.prune());
    expect(await place.keys()).toEqual(ground.keysOf('2026-11-03'));
    recordOutcome({
      operation: 'prune',
      step: 'any',
      fault: 'a restore reads the chain',
      outcome: 'it stays until the restore has ended',
    });
  }, 90_000);

  it('a restore that was killed leaves no mark', async () => {
    const { tool, held } = await ground.heldTool('killed', 'prepare');
    const options = { inputs: { 'tool-path': tool }, env: clockAt(PruneGround.now) };
    const restoring = await place.startPrepare('2026-11-01/01', join(host.scratch, 'killed'), options);
    await held();
    process.kill(restoring.pid, 'SIGKILL');
    const result = await ended(restoring);
    await expectNoProcess(result);
    expect(result.post?.exitCode).toBe(0);
    expect(await place.keys()).toEqual([...ground.stored.keys()]);
  }, 60_000);

  it('with credentials that may only read it restores all the same', async () => {
    await refuse(place, { action: 's3:PutObject', keys: '*' }, { action: 's3:DeleteObject', keys: '*' });
    const options = { env: clockAt(PruneGround.now) };
    const result = await place.prepare('2026-11-02/01', join(host.scratch, 'read-only'), options);
    expectSuccess(result);
    expect(result.annotations).toEqual([]);
  }, 60_000);
});

it('beside a running backup it leaves what that builds on', async () => {
  const { tool, held, release } = await ground.heldTool('backup', 'backup');
  const options = { inputs: { 'tool-path': tool, timezone: 'UTC' }, env: clockAt('2026-11-03T06:17') };
  const running = await place.startBackup(options);
  await held();
  expectSuccess(await ground.prune({ 'keep-days': '1' }));
  await release();
  const result = await ended(running);
  expectSuccess(result);
  expect(result.outputs).toMatchObject({ type: 'incremental', reason: 'follows 2026-11-03/05' });
  expect(await ground.restorable()).toEqual(['2026-11-03/00', '2026-11-03/05', '2026-11-03/06']);
  recordOutcome({
    operation: 'prune',
    step: 'any',
    fault: 'a backup builds on the chain',
    outcome: 'it stays',
  });
}, 90_000);

it('in a bucket that keeps versions it says that they stay', async () => {
  const client = host.s3.client();
  const Bucket = place.bucket;
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const result = await ground.prune();
  expectSuccess(result);
  expect(result.summary).toContain('This bucket keeps versions');
  expect(await place.keys()).toEqual(ground.keysOf('2026-11-03'));
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const still = new Set(Versions.map(({ Key }) => Key));
  expect(ground.keysOf('2026-11-01').filter((key) => !still.has(key))).toEqual([]);
});
