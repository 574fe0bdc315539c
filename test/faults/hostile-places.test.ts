import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/chain/manifest.js';
import { markName } from '../../src/operations/target-dir.js';
import { startAction } from '../support/action-runner.js';
import { ended, startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { expectReported } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';

/** What somebody may have put into the bucket, or into the directories on the host, beside what belongs there. */

let host: DatabaseHost;
let place: BackupPlace;
const chain: Manifest[] = [];
/** A folder for one test, with what nobody may touch. */
let dir: string;
let victim: string;

beforeAll(async () => {
  host = await startDatabaseHost();
  place = await host.newPlace();
  chain.push(await place.goodBackup(), await place.goodBackup());
}, 120_000);

afterAll(() => host.stop(), 60_000);

async function newDir(): Promise<void> {
  dir = await mkdtemp(join(host.scratch, 'dir-'));
  victim = join(dir, 'victim');
  await mkdir(victim);
  await writeFile(join(victim, 'precious'), 'precious');
}

async function expectUntouched(): Promise<void> {
  expect(await readdir(victim)).toEqual(['precious']);
  expect(await readFile(join(victim, 'precious'), 'utf8')).toBe('precious');
}

const last = () => chain.at(-1) as Manifest;

describe('a bucket with keys that look like ours', () => {
  const megabytes = 40;

  beforeAll(async () => {
    const day = last().id.slice(0, 10);
    const junk: Record<string, string> = {
      '9999-12-29/23.xbstream.zst': 'an object without a manifest, three times',
      '9999-12-30/23.xbstream.zst.gpg': 'x',
      '9999-12-31/23.xbstream.zst.age': 'x',
      '9999-99-99/99.json': 'a day that does not exist',
      [`${day}/00-00-01.json`]: 'not JSON',
      [`${day}/00-00-02.json`]: JSON.stringify({ ...last(), id: last().id }),
      [`${day}/00-00-03.json`]: '['.repeat(megabytes * 1024 * 1024),
      [`${day}/00-00-04.json`]: JSON.stringify({ ...last(), lsn: { from: 'a', to: '$(touch x)', last: 1 } }),
      [`${day}/00-00-05.json`]: '{"__proto__":{"schemaVersion":1}}',
      [`${day}/00.json/x`]: 'x',
      [`${day}/00.jsonx`]: 'x',
      '__proto__/00.json': 'x',
      'constructor/2026-11-22/00.json': 'x',
    };
    for (const [key, text] of Object.entries(junk)) await place.write(`xbackup/${place.server}/${key}`, text);
  }, 60_000);

  it('does not keep the next backup from being an incremental on the last, in little memory', async () => {
    const result = await place.backup();
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    const manifest = await place.manifest(result.outputs['backup-id'] ?? '');
    expect(manifest).toMatchObject({ type: 'incremental', parent: { id: last().id } });
    expect(result.peakRssBytes).toBeLessThan(300 * 1024 * 1024);
    chain.push(manifest);
    recordOutcome({
      operation: 'backup',
      step: 'read what backups there are',
      fault: 'a bucket full of keys that look like ours',
      outcome: 'an incremental on the last good one',
    });
  }, 60_000);

  it('shows all that can be restored, and why the others cannot', async () => {
    const points = await place.list();
    expect(points.filter(({ restorable }) => restorable).map(({ id }) => id)).toEqual(
      chain.map(({ id }) => id),
    );
    const problems = points
      .filter(({ restorable }) => !restorable)
      .map(({ id, problem }) => [id.slice(11), problem]);
    expect(problems.map(([hour]) => hour)).toEqual(
      expect.arrayContaining(['00-00-01', '00-00-02', '00-00-03', '00-00-04', '00-00-05']),
    );
    expect(problems.find(([hour]) => hour === '00-00-03')?.[1]).toContain(`${megabytes * 1024 * 1024} bytes`);
  }, 60_000);

  it('has the last backup as its latest, though later days have objects', async () => {
    // The day that does not exist has a manifest, which could be a later one.
    const client = await import('@aws-sdk/client-s3');
    const Key = `xbackup/${place.server}/9999-99-99/99.json`;
    await host.s3.client().send(new client.DeleteObjectCommand({ Bucket: place.bucket, Key }));
    await newDir();
    const inputs = { date: 'latest', hour: '' };
    const prepared = await place.prepare(last().id, join(dir, 'target'), { inputs });
    expect({ exitCode: prepared.exitCode, log: prepared.log }).toMatchObject({ exitCode: 0 });
    expect(prepared.outputs['backup-id']).toBe(last().id);
  }, 60_000);
});

describe('target-dir', () => {
  const prepare = (target: string) => place.prepare(chain[0]?.id ?? '', target);

  it('may be a symlink to a directory', async () => {
    await newDir();
    await mkdir(join(dir, 'real'));
    await symlink(join(dir, 'real'), join(dir, 'target'));
    const result = await prepare(join(dir, 'target'));
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    expect(await readdir(join(dir, 'real'))).toContain('prepared.json');
  }, 60_000);

  it('with a symlink that is not ours is refused', async () => {
    await newDir();
    await mkdir(join(dir, 'target'));
    await symlink(victim, join(dir, 'target', last().id.slice(0, 10)));
    expectReported(await prepare(join(dir, 'target')), { code: 'TARGET_NOT_EMPTY' });
    await expectUntouched();
    recordOutcome({
      operation: 'prepare',
      step: 'take the target directory',
      fault: 'a foreign symlink in target-dir',
      outcome: 'refused',
    });
  }, 60_000);

  it('of an earlier prepare, with symlinks in the place of all that is written: they go, and not what they lead to', async () => {
    await newDir();
    const target = join(dir, 'target');
    await mkdir(target);
    const day = last().id.slice(0, 10);
    for (const name of ['prepared.json', 'prepared.json.part', markName]) {
      await symlink(join(victim, 'precious'), join(target, name));
    }
    await symlink(victim, join(target, day));
    const result = await prepare(target);
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    await expectUntouched();
    for (const name of ['prepared.json', markName, day]) {
      expect((await lstat(join(target, name))).isSymbolicLink()).toBe(false);
    }
    recordOutcome({
      operation: 'prepare',
      step: 'empty the target directory',
      fault: 'symlinks in the place of prepared files',
      outcome: 'they go, and not what they lead to',
    });
  }, 60_000);

  it('that is the root, or a directory of the system, is refused', async () => {
    for (const target of ['/', '//', '/etc', '/proc/self']) {
      const { exitCode, annotations } = await prepare(target);
      expect({
        target,
        exitCode,
        said: annotations.map(({ message }) => /Code (\w+)/.exec(message)?.[1]),
      }).toEqual({
        target,
        exitCode: 1,
        said: [expect.stringMatching(/^(INPUT_INVALID|TARGET_NOT_EMPTY)$/)],
      });
    }
  }, 60_000);
});

describe('prepared-dir', () => {
  const apply = async (preparedDir: string) => {
    const inputs = {
      ...place.storeInputs,
      'prepared-dir': preparedDir,
      datadir: host.mysql.datadir,
      confirm: place.server,
      'mysql-user': 'root',
      'mysql-socket': host.mysql.socket,
      'stop-command': host.mysql.stopCommand,
      'start-command': host.mysql.startCommand,
    };
    return ended(await startAction({ action: 'apply', inputs, env: { TMPDIR: host.temporaryDir } }));
  };

  it('that is no longer what prepare left is refused, and the server runs on', async () => {
    await newDir();
    const target = join(dir, 'target');
    expect(await place.prepare(chain[0]?.id ?? '', target)).toMatchObject({ exitCode: 0 });
    const data = join(target, chain[0]?.id ?? '');
    const more = join(data, 'more.ibd');
    for (const add of [
      () => writeFile(more, 'x'),
      () => symlink(join(victim, 'precious'), more),
      () => symlink(victim, more),
    ]) {
      await add();
      expectReported(await apply(target), { code: 'NOT_PREPARED' });
      await rm(more);
    }
    await rename(join(data, 'mysql'), join(dir, 'mysql'));
    await symlink(victim, join(data, 'mysql'));
    expectReported(await apply(target), { code: 'NOT_PREPARED' });
    await expectUntouched();
    expect(await host.mysql.running()).toBe(true);
    recordOutcome({
      operation: 'apply',
      step: 'any',
      fault: 'prepared data that was changed',
      outcome: 'refused, and the server runs on',
    });
  }, 60_000);

  it('whose data would be elsewhere is refused', async () => {
    await newDir();
    for (const dataDir of ['../victim', '/etc', '2026-11-22/../../victim', 'a/b/c']) {
      const text = JSON.stringify({ schemaVersion: 1, server: place.server, dataDir, backupId: last().id });
      await writeFile(join(dir, 'prepared.json'), text);
      expectReported(await apply(dir), { code: 'NOT_PREPARED', says: /dataDir/ });
    }
    await expectUntouched();
  }, 60_000);
});
