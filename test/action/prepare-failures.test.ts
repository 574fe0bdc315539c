import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '../../src/chain/manifest.js';
import type { ErrorCode } from '../../src/errors.js';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
  type RunOptions,
} from '../support/database-host.js';
import { expectNoProcess, expectNothingLeft, expectReported, until } from '../support/failures.js';
import { processesOf } from '../support/processes.js';
import { edited, flipped, withChanged, type Change } from '../support/tampering.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { wrappedTool } from '../support/wrapped-tool.js';

/** A prepare that cannot succeed says which link is bad and what can be restored, and offers nothing. */

const run = promisify(execFile);

let host: DatabaseHost;
let place: BackupPlace;
/** A full and two incrementals. */
const chain: Manifest[] = [];
let targetDir: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 12 });
  place = await host.newPlace();
  targetDir = join(host.scratch, 'target');
  for (let count = 0; count < 3; count += 1) {
    chain.push(await place.goodBackup());
    await host.mysql.query('INSERT INTO shop.documents (name, body) VALUES (?, RANDOM_BYTES(1024))', [count]);
  }
}, 120_000);

afterAll(() => host.stop(), 60_000);

const link = (index: number) => chain[index] as Manifest;
const objectKey = (index: number) => link(index).objects[0]?.key ?? '';
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function expectGoodPrepare(index: number, options: RunOptions = {}): Promise<void> {
  const { exitCode, outputs, log } = await place.prepare(link(index).id, targetDir, options);
  expect({ exitCode, log }).toEqual({ exitCode: 0, log });
  expect(outputs).toMatchObject({
    'prepared-dir': targetDir,
    'backup-id': link(index).id,
    links: `${index + 1}`,
  });
  expect(await exists(join(targetDir, 'prepared.json'))).toBe(true);
}

async function expectRefused(result: EndedAction, code: ErrorCode, says: RegExp): Promise<void> {
  expectReported(result, { code, says });
  expect(await exists(join(targetDir, 'prepared.json'))).toBe(false);
}

describe('a bad link', () => {
  const [full, middle, last] = [0, 1, 2];
  const bad = (index: number, what: string) => () => new RegExp(`${link(index).id}.*${what}`, 's');
  const instead = (index: number) => () => new RegExp(`${link(index).id}\\b.* can (still )?be restored`, 's');
  const nothing = () => /No other backup/;

  const objects: [string, number, Change, ErrorCode, () => RegExp, () => RegExp][] = [
    [
      'a byte flipped in its middle',
      middle,
      flipped(0.5),
      'LINK_CORRUPT',
      bad(middle, 'SHA-256'),
      instead(full),
    ],
    [
      'a byte flipped at its end',
      last,
      flipped(0.9999),
      'LINK_CORRUPT',
      bad(last, 'SHA-256'),
      instead(middle),
    ],
    ['a byte flipped in its head', last, flipped(0), 'LINK_CORRUPT', bad(last, 'SHA-256'), instead(middle)],
    [
      'all of it noise',
      last,
      (body) => Buffer.alloc(body.length, 'noise'),
      'LINK_CORRUPT',
      bad(last, 'SHA-256'),
      instead(middle),
    ],
    [
      'cut',
      middle,
      (body) => body.subarray(0, body.length / 2),
      'CHAIN_BROKEN',
      bad(middle, 'bytes, and its manifest says'),
      instead(full),
    ],
    ['empty', last, () => '', 'CHAIN_BROKEN', bad(last, 'has 0 bytes'), instead(middle)],
    ['deleted', last, () => undefined, 'CHAIN_BROKEN', bad(last, 'is missing'), instead(middle)],
    ['deleted, the full', full, () => undefined, 'CHAIN_BROKEN', bad(full, 'is missing'), nothing],
  ];
  it.each(objects)(
    'its object: %s',
    async (_, index, change, code, says, hint) => {
      await withChanged(place, objectKey(index), change, async () => {
        const result = await place.prepare(link(last).id, targetDir);
        await expectRefused(result, code, says());
        await expectRefused(result, code, hint());
        await expectNoProcess(result);
        expect(result.temporaryFiles).toEqual([]);
      });
    },
    60_000,
  );

  const manifests: [string, number, Change, () => RegExp, () => RegExp][] = [
    [
      'edited',
      full,
      edited((manifest) => ({ ...manifest, durationSeconds: 1 })),
      bad(full, 'not the one'),
      instead(full),
    ],
    ['not JSON', last, () => '{"schemaVersion": 1,', bad(last, 'not JSON'), instead(middle)],
    [
      'of a newer version',
      last,
      edited((manifest) => ({ ...manifest, schemaVersion: 2 })),
      bad(last, 'schemaVersion 2'),
      instead(middle),
    ],
    [
      'with another LSN',
      last,
      edited((manifest) => ({ ...manifest, lsn: { ...manifest.lsn, from: '1' } })),
      bad(last, 'begins at LSN 1'),
      instead(middle),
    ],
    ['deleted', middle, () => undefined, bad(middle, 'is missing'), instead(full)],
  ];
  it.each(manifests)(
    'its manifest: %s',
    async (_, index, change, says, hint) => {
      await withChanged(place, place.manifestKey(link(index).id), change, async () => {
        const result = await place.prepare(link(last).id, targetDir);
        await expectRefused(result, 'CHAIN_BROKEN', says());
        await expectRefused(result, 'CHAIN_BROKEN', hint());
        await expectNoProcess(result);
      });
    },
    60_000,
  );

  it('objects that were swapped', async () => {
    const [one, other] = [await place.read(objectKey(middle)), await place.read(objectKey(last))];
    await withChanged(
      place,
      objectKey(middle),
      () => other,
      () =>
        withChanged(
          place,
          objectKey(last),
          () => one,
          async () => {
            const result = await place.prepare(link(last).id, targetDir);
            const [annotation] = result.annotations;
            const code = /Code (LINK_CORRUPT|CHAIN_BROKEN)/.exec(annotation?.message ?? '')?.[1];
            // Of unlike sizes, what was asked for is bad itself; of like ones, the first that is extracted.
            const named = code === 'CHAIN_BROKEN' ? last : middle;
            await expectRefused(result, code as ErrorCode, bad(named, 'manifest says')());
            await expectRefused(result, code as ErrorCode, instead(full)());
          },
        ),
    );
  }, 60_000);

  it('an hour that is not there', async () => {
    const result = await place.prepare(`${link(0).id.slice(0, 10)}/03`, targetDir);
    await expectRefused(result, 'RESTORE_POINT_MISSING', new RegExp(`nearest after is ${link(0).id}`));
  }, 60_000);

  it('a good hour afterwards, in the same target-dir, on Node 20', async () => {
    await expectGoodPrepare(last, { node: process.execPath });
  }, 60_000);
});

describe('an encrypted backup', () => {
  let encrypted: BackupPlace;
  let backup: Manifest;
  const decrypt = (passphrase: string) => ({ inputs: { 'decrypt-passphrase': passphrase } });

  beforeAll(async () => {
    encrypted = await host.newPlace();
    backup = await encrypted.goodBackup({ inputs: { 'encrypt-passphrase': 'the right one' } });
  }, 60_000);

  it.each([
    ['no key', {}, 'KEY_MISSING', /decrypt-passphrase/],
    ['a wrong key', decrypt('a wrong one'), 'DECRYPTION_FAILED', /gpg failed[^]*right key/],
  ] as const)(
    '%s',
    async (_, options, code, says) => {
      const result = await encrypted.prepare(backup.id, targetDir, options);
      await expectRefused(result, code, says);
      await expectNothingLeft(encrypted, result, await encrypted.keys());
    },
    60_000,
  );

  it.each([
    ['in its head', 0.0001],
    ['in its middle', 0.5],
  ])(
    'a byte flipped %s',
    async (_, at) => {
      const key = backup.objects[0]?.key ?? '';
      await withChanged(encrypted, key, flipped(at), async () => {
        const result = await encrypted.prepare(backup.id, targetDir, decrypt('the right one'));
        await expectRefused(result, 'LINK_CORRUPT', /SHA-256/);
      });
    },
    60_000,
  );

  it('the right key', async () => {
    const { exitCode, log } = await encrypted.prepare(backup.id, targetDir, decrypt('the right one'));
    expect({ exitCode, log }).toEqual({ exitCode: 0, log });
  }, 60_000);
});

describe('a prepare that is stopped', () => {
  beforeAll(() => rm(targetDir, { recursive: true, force: true }));

  it('by a cancel in the middle of a download', async () => {
    const proxy = await startTcpProxy(host.s3.endpoint);
    const stalled = new Set<number>();
    proxy.onResponse = (bytes, connection) => {
      const isObject = connection.request.includes('.xbstream');
      if (isObject && connection.responseBytes > 1_000_000) stalled.add(connection.number);
      return stalled.has(connection.number) ? 'drop' : bytes;
    };
    try {
      const inputs = { 's3-endpoint': proxy.endpoint };
      const running = await place.startPrepare(link(2).id, targetDir, { inputs });
      await until('the download stalls', () => Promise.resolve(stalled.size > 0));
      const result = { ...(await running.cancel()), marker: running.marker };
      await expectRefused(result, 'CANCELLED', /cancelled/);
      await expectNothingLeft(place, result, await place.keys());
    } finally {
      await proxy.close();
    }
    await expectGoodPrepare(1);
  }, 90_000);

  it('by a cancel while the tool applies a link', async () => {
    const waiting = join(host.scratch, 'applies');
    const body = `if [[ "$*" = *--incremental-dir=* ]]; then touch '${waiting}'; sleep 300; fi; exec "$real" "$@"`;
    const inputs = { 'tool-path': await wrappedTool(host.scratch, body, 'prepare') };
    const running = await place.startPrepare(link(2).id, targetDir, { inputs });
    await until('the tool applies', () => exists(waiting));
    const result = { ...(await running.cancel()), marker: running.marker };
    await expectRefused(result, 'CANCELLED', /cancelled/);
    await expectNothingLeft(place, result, await place.keys());
    await expectGoodPrepare(2);
  }, 90_000);

  it('by SIGKILL: the post step ends the tool', async () => {
    const waiting = join(host.scratch, 'applies-too');
    const body = `touch '${waiting}'; sleep 300`;
    const inputs = { 'tool-path': await wrappedTool(host.scratch, body, 'prepare') };
    const running = await place.startPrepare(link(0).id, targetDir, { inputs });
    await until('the tool applies', () => exists(waiting));
    expect((await processesOf(running.marker)).length).toBeGreaterThan(1);
    process.kill(running.pid, 'SIGKILL');
    const result = await ended(running);
    expect(result.signal).toBe('SIGKILL');
    await expectNothingLeft(place, result, await place.keys());
    expect(await exists(join(targetDir, 'prepared.json'))).toBe(false);
    await expectGoodPrepare(0);
  }, 90_000);

  it('by a tool that fails, or does not say that it is done', async () => {
    const failing = await wrappedTool(host.scratch, `echo 'InnoDB: it went wrong' >&2; exit 1`, 'prepare');
    const result = await place.prepare(link(2).id, targetDir, { inputs: { 'tool-path': failing } });
    expectReported(result, { code: 'PREPARE_FAILED', says: /exit status 1/, stderr: /it went wrong/ });
    await expectNothingLeft(place, result, await place.keys());
    const quiet = await wrappedTool(host.scratch, '"$real" "$@" >/dev/null 2>&1', 'prepare');
    const second = await place.prepare(link(2).id, targetDir, { inputs: { 'tool-path': quiet } });
    await expectRefused(second, 'PREPARE_FAILED', /last line/);
    await expectGoodPrepare(2);
  }, 90_000);
});

describe('a target-dir', () => {
  it('that another prepare is using is left to it', async () => {
    const [waiting, go] = [join(host.scratch, 'waits'), join(host.scratch, 'go')];
    const body = `touch '${waiting}'; until [ -e '${go}' ]; do sleep 0.1; done; exec "$real" "$@"`;
    const inputs = { 'tool-path': await wrappedTool(host.scratch, body, 'prepare') };
    const first = await place.startPrepare(link(1).id, targetDir, { inputs });
    await until('the first prepare works', () => exists(waiting));
    const second = await place.prepare(link(0).id, targetDir);
    expectReported(second, { code: 'TARGET_IN_USE', says: /: prepare by \S+ \(process \d+\)/ });
    await writeFile(go, '');
    const { exitCode, outputs } = await first.finished;
    expect({ exitCode, links: outputs['links'] }).toEqual({ exitCode: 0, links: '2' });
  }, 90_000);

  it('that holds something else is not touched', async () => {
    const other = join(host.scratch, 'other');
    await mkdir(other);
    await writeFile(join(other, 'precious'), 'data');
    const result = await place.prepare(link(0).id, other);
    expectReported(result, { code: 'TARGET_NOT_EMPTY', says: /did not put there: precious/ });
    expect(await readdir(other)).toEqual(['precious']);
  }, 60_000);

  it('on a disk that is too small is refused before anything is downloaded', async () => {
    expect(process.getuid?.()).toBe(0); // mounting needs root, as the database hosts' runners are
    const small = join(host.scratch, 'small');
    await mkdir(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', small]);
    try {
      const result = await place.prepare(link(2).id, small);
      expectReported(result, { code: 'DISK_TOO_SMALL', says: /up to .* MiB in .*, and 16.0 MiB are free/ });
      expect((await readdir(small)).filter((name) => !name.startsWith('.'))).toEqual([]);
    } finally {
      await run('umount', [small]);
    }
  }, 60_000);
});
