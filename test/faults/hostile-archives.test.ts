import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import type { Manifest } from '../../src/chain/manifest.js';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { expectNoProcess, expectReported } from '../support/failures.js';
import { file, payload, removal, renaming } from '../support/hostile-stream.js';
import { edited } from '../support/tampering.js';
import { recordOutcome } from '../support/fault-matrix.js';

/**
 * Somebody puts a backup of their own into the bucket, with a manifest that is right in every point: its stream names
 * files outside of the directory that it is extracted into.
 */

let host: DatabaseHost;
let place: BackupPlace;
let good: Manifest;
/** The stream of a good backup. */
let stream: Buffer;
/** What nobody may touch, and where it is seen from the directory that a link is extracted into. */
let outside: string;
const up = '../../..';
const target = () => join(outside, 'target');

beforeAll(async () => {
  host = await startDatabaseHost();
  place = await host.newPlace();
  good = await place.goodBackup();
  const stored = await place.read(good.objects[0]?.key ?? '');
  stream = execFileSync('zstd', ['-d', '-q', '-c'], { input: stored, maxBuffer: 1e9 });
}, 120_000);

afterAll(() => host.stop(), 60_000);

/** Stores it in the place of the good backup, with its true size and hash. */
async function store(hostile: Buffer): Promise<void> {
  const object = execFileSync('zstd', ['-1', '-q', '-c'], { input: hostile, maxBuffer: 1e9 });
  const [first] = good.objects;
  const sha256 = createHash('sha256').update(object).digest('hex');
  const forged = edited((manifest) => ({
    ...manifest,
    objects: [{ ...first, sizeBytes: object.length, sha256 }],
  }))(Buffer.from(JSON.stringify(good)));
  await place.write(first?.key ?? '', object);
  await place.write(place.manifestKey(good.id), forged as string);
}

/** Prepares it, with a folder around the target directory in which everything is as it should stay. */
async function prepare(hostile: Buffer, inputs: Record<string, string> = {}) {
  outside = join(host.scratch, 'outside');
  await rm(outside, { recursive: true, force: true });
  await mkdir(join(outside, 'shop'), { recursive: true });
  await writeFile(join(outside, 'victim'), 'precious');
  await store(hostile);
  return place.prepare(good.id, target(), { inputs });
}

async function expectUntouched(): Promise<void> {
  expect((await readdir(outside)).sort()).toEqual(['shop', 'target', 'victim']);
  expect(await readdir(join(outside, 'shop'))).toEqual([]);
  expect(await readFile(join(outside, 'victim'), 'utf8')).toBe('precious');
  expect(await readdir(target())).toEqual([expect.stringMatching(/^\.xbackup-recovery/)]);
  const everywhere = ['/etc/xbackup-evil', '/tmp/xbackup-evil'];
  for (const path of everywhere) await expect(access(path)).rejects.toThrow('ENOENT');
}

it('a stream that was packed anew is prepared when it is what it was, and without encryption warned of', async () => {
  const { exitCode, annotations } = await prepare(stream, { 'decrypt-passphrase': 'correct horse battery' });
  expect({ exitCode, annotations }).toEqual({
    exitCode: 0,
    annotations: [
      expect.objectContaining({ level: 'warning', message: expect.stringMatching(/is not encrypted/) }),
    ],
  });
}, 60_000);

describe('refused before anything of it is done, and nothing outside is touched:', () => {
  const victim = () => join(host.scratch, 'outside/victim');
  // Every other name and chunk is in test/unit/tools/stream-contents.test.ts.
  it.each<[string, () => Buffer]>([
    ['a file above', () => file(`${up}/victim`, 'x')],
    ['a file by its absolute path', () => file('/etc/xbackup-evil', 'x')],
    ['the removal of a file above', () => removal(`${up}/victim`)],
    ['a renaming to above', () => Buffer.concat([file('a', 'x'), renaming('a', `${up}/shop/evil`)])],
    ['a removal by an absolute path', () => Buffer.concat([payload('', 'x', 0, 'Z', 1), removal(victim())])],
  ])(
    '%s',
    async (_, evil) => {
      const ended = await prepare(Buffer.concat([stream, evil(), file('last', 'x')]));
      expectReported(ended, {
        code: 'LINK_CORRUPT',
        says: /none that a backup tool writes.*outside of its directory/s,
      });
      await expectUntouched();
      await expectNoProcess(ended);
    },
    60_000,
  );
});

describe('never taken for whole:', () => {
  it('a stream with a file that the extractor cannot make, and is silent about in its exit status', async () => {
    const ended = await prepare(Buffer.concat([stream, file('a/b/c/orders.ibd', 'x')]));
    expectReported(ended, {
      code: 'PIPELINE_FAILED',
      says: /did not extract all of .* although it did not fail: a\/b\/c\/orders\.ibd is missing/,
      stderr: /Can't create directory/,
    });
    await expectUntouched();
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'the extractor cannot make a file, and ends with 0',
      outcome: 'refused: not all was extracted',
    });
  }, 60_000);

  it('a stream in which a file has no end', async () => {
    const ended = await prepare(Buffer.concat([stream, payload('shop', 'x')]));
    expectReported(ended, { code: 'LINK_CORRUPT', says: /its stream ends within shop/ });
    await expectUntouched();
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'a file of the stream has no end',
      outcome: 'refused with LINK_CORRUPT',
    });
  }, 60_000);

  it('what is no stream at all', async () => {
    const ended = await prepare(Buffer.from('#!/bin/sh\ntouch /tmp/xbackup-evil\n'));
    expectReported(ended, { code: 'PIPELINE_FAILED', stderr: /wrong chunk magic/ });
    await expectUntouched();
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'an object that is no stream',
      outcome: 'refused',
    });
  }, 60_000);
});

it('a file that is removed and one that is renamed within the directory are prepared', async () => {
  const inside = [
    file('gone', 'x'),
    removal('gone'),
    file('new', 'y'),
    renaming('new', 'newer'),
    file('empty', ''),
  ];
  // By one thread: two may take what stands so close together in another order.
  const ended = await prepare(Buffer.concat([stream, ...inside]), { parallel: '1' });
  expect({ exitCode: ended.exitCode, log: ended.log }).toMatchObject({ exitCode: 0 });
  const data = await readdir(join(target(), good.id));
  expect(data).toEqual(expect.arrayContaining(['newer', 'empty']));
  expect(data).not.toEqual(expect.arrayContaining(['gone']));
}, 60_000);

it("a plugin that the backup's own settings name is not loaded, and said", async () => {
  const settings =
    '[mysqld]\nplugin_dir=/tmp\nplugin_load=xbackup_evil\ninnodb_log_group_home_dir=/tmp\ninnodb_page_size=16384\n';
  const forged = [removal('backup-my.cnf'), file('backup-my.cnf', settings)];
  const { exitCode, annotations } = await prepare(Buffer.concat([stream, ...forged]), { parallel: '1' });
  expect({ exitCode, annotations }).toEqual({
    exitCode: 0,
    annotations: [
      expect.objectContaining({
        level: 'warning',
        message: expect.stringMatching(/plugin_load, innodb_log_group_home_dir\. They are left out/),
      }),
    ],
  });
  const written = await readFile(join(target(), good.id, 'backup-my.cnf'), 'utf8');
  expect(written).toBe('[mysqld]\n# of the server: plugin_dir=/tmp\ninnodb_page_size=16384\n');
  recordOutcome({
    operation: 'prepare',
    step: 'apply a link',
    fault: 'the backup names a plugin of its own',
    outcome: 'not loaded, and said',
  });
}, 60_000);
