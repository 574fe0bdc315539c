import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flags, startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { expectNoProcess, until } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { processesOf } from '../support/processes.js';
import { clockAt } from '../support/shifted-clock.js';
import { killAllOf, killedAt } from '../support/stopped-run.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { wrappedTool } from '../support/wrapped-tool.js';

/** What a dead run left, with nobody to clean up after it, is swept up by the next one. */

let host: DatabaseHost;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 24 });
}, 120_000);

afterAll(() => host.stop(), 60_000);

async function beginUpload(place: BackupPlace, key: string): Promise<void> {
  await host.s3.client().send(new CreateMultipartUploadCommand({ Bucket: place.bucket, Key: key }));
}

describe('unfinished uploads', () => {
  const mine = 'xbackup/db1/2026-11-22/00.xbstream.zst';
  const others = ['xbackup/db10/2026-11-22/00.xbstream.zst', 'xbackup/db2/2026-11-22/00.xbstream.zst'];

  it("that began more than a day ago are aborted, below the server's prefix only", async () => {
    const place = await host.newPlace();
    for (const key of [mine, ...others]) await beginUpload(place, key);
    const proxy = await startTcpProxy(host.s3.endpoint);
    // The store says that they are a year old: a text of the same length.
    const lastYear = (text: string) =>
      text.replaceAll(/<Initiated>(\d{4})/g, (_, year: string) => `<Initiated>${Number(year) - 1}`);
    proxy.onResponse = (bytes) => Buffer.from(lastYear(bytes.toString('latin1')), 'latin1');
    try {
      const inputs = { 's3-endpoint': proxy.endpoint };
      const { exitCode, log } = await place.backup({ inputs });
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
      expect(log).toContain(`Swept up after a run that died: the unfinished upload of ${mine} was aborted.`);
    } finally {
      await proxy.close();
    }
    expect((await place.uploads()).sort()).toEqual(others);
    const outcome = "those below the server's prefix are aborted by the next backup, and no others";
    recordOutcome({
      operation: 'backup',
      step: 'sweep up after dead runs',
      fault: 'unfinished uploads of an earlier day',
      outcome,
    });
  }, 60_000);

  it('of today are left to whoever makes them, also when the clock of this host is wrong', async () => {
    const place = await host.newPlace();
    await beginUpload(place, mine);
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 16);
    for (const env of [{}, clockAt(soon)]) {
      const { exitCode, log } = await place.backup({ env });
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
      expect(log).not.toContain('Swept up');
    }
    expect(await place.uploads()).toEqual([mine]);
  }, 60_000);
});

/** The command line has no post step: it goes by what a run noted in its private directory. */
describe('after a run of the command line that was killed', () => {
  const backup = async (
    place: BackupPlace,
    more: Record<string, string>,
    env: Record<string, string> = {},
  ) => {
    const inputs = { ...place.backupInputs, 'log-level': 'debug', ...more };
    const { signal, stderr } = await place.cli(['backup', ...flags(inputs)], env).then(
      (said) => ({ signal: null, ...said }),
      (error: unknown) => error as { signal: string | null; stderr: string },
    );
    return { signal, stderr };
  };
  const privateDirs = () => readdir(host.temporaryDir);
  /** A password, so that there is a secret to be left. */
  const secret = { 'encrypt-passphrase': 'correct horse battery staple' };

  it('in the middle of an upload, the next backup removes it, and the directory with the secrets', async () => {
    const place = await host.newPlace();
    const marker = `OF_THE_TEST=${randomUUID()}`;
    const env = { ...killedAt('backup', 'send it in parts'), OF_THE_TEST: marker.slice(12) };
    const killed = await backup(place, { ...secret, type: 'full' }, env);
    expect(killed).toEqual({ signal: 'SIGKILL', stderr: killed.stderr });
    await killAllOf({ marker });
    expect(await place.uploads()).toHaveLength(1);
    expect(await privateDirs()).toHaveLength(1);
    // One of another server does not touch it: that may be in another store.
    await backup(place, { server: 'db2' });
    expect([(await place.uploads()).length, (await privateDirs()).length]).toEqual([1, 1]);

    const { signal, stderr } = await backup(place, {});
    expect({ signal, stderr }).toEqual({ signal: null, stderr });
    expect(stderr).toMatch(/Swept up after a run that died: the unfinished upload of \S+ was aborted/);
    expect([await place.uploads(), await privateDirs()]).toEqual([[], []]);
    const fault = 'SIGKILL of the command line, which has no post step';
    const outcome = 'the next one removes upload and secrets, and is good';
    recordOutcome({ operation: 'backup', step: 'send it in parts', fault, outcome });
  }, 60_000);

  it('while the tool waits, the next backup ends the tool first', async () => {
    const place = await host.newPlace();
    const waits = join(host.scratch, 'waits');
    const marker = `OF_THE_TEST=${randomUUID()}`;
    const tool = await wrappedTool(host.scratch, `touch '${waits}'; sleep 300; true`);
    const running = backup(place, { 'tool-path': tool }, { OF_THE_TEST: marker.slice(12) });
    await until('the tool waits', () => Promise.resolve(existsSync(waits)));
    const [first] = (await processesOf(marker)).filter(({ command }) => command.includes('cli.js'));
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await running;
    expect((await processesOf(marker)).length).toBeGreaterThan(0);

    const { signal, stderr } = await backup(place, {});
    expect({ signal, stderr }).toEqual({ signal: null, stderr });
    expect(stderr).toMatch(/Swept up after a run that died: process \d+ was ended/);
    await expectNoProcess({ marker });
    expect(await privateDirs()).toEqual([]);
  }, 60_000);

  it('in the middle of a prepare, the next prepare removes its directory and its mark', async () => {
    const place = await host.newPlace();
    const { id } = await place.goodBackup();
    const keys = await place.keys();
    const [date = '', hour = ''] = id.split('/');
    const inputs = { ...place.storeInputs, date, hour, 'target-dir': join(host.scratch, 'target') };
    const prepare = (env: Record<string, string>) =>
      place.cli(['prepare', '--log-level', 'debug', ...flags(inputs)], env);
    await expect(prepare(killedAt('prepare', 'extract a link'))).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await privateDirs()).toHaveLength(1);
    expect((await place.keys()).length).toBe(keys.length + 1);
    await prepare({});
    expect([await privateDirs(), await place.keys()]).toEqual([[], keys]);
  }, 60_000);

  it('one that lives is not disturbed by another', async () => {
    const place = await host.newPlace();
    const { id } = await place.goodBackup();
    const [waits, go] = [join(host.scratch, 'lives'), join(host.scratch, 'go')];
    const body = `touch '${waits}'; until [ -e '${go}' ]; do sleep 0.1; done; exec "$real" "$@"`;
    const tool = await wrappedTool(host.scratch, body, 'prepare');
    const [date = '', hour = ''] = id.split('/');
    const target = join(host.scratch, 'living');
    const inputs = { ...place.storeInputs, date, hour, 'target-dir': target, 'tool-path': tool };
    const living = place.cli(['prepare', ...flags(inputs)]);
    await until('the tool waits', () => Promise.resolve(existsSync(waits)));
    const [dir = ''] = await privateDirs();
    const { stderr } = await backup(place, {});
    expect(stderr).not.toContain('Swept up');
    expect(await privateDirs()).toEqual([dir]);
    await writeFile(go, '');
    expect((await living).stdout).toContain(`backup-id=${id}`);
    expect(await privateDirs()).toEqual([]);
  }, 60_000);
});
