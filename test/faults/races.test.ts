import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ended, startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import {
  expectAllRestorable,
  expectGoesOn,
  expectNothingLeft,
  expectReported,
  until,
} from '../support/failures.js';
import { fakePrograms, wrappedTool } from '../support/wrapped-tool.js';
import { recordOutcome } from '../support/fault-matrix.js';

/** Several runs at work on one server: one wins, the others say who it is and touch nothing. */

let host: DatabaseHost;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8 });
}, 120_000);

afterAll(() => host.stop(), 60_000);

/** A tool that waits in its backup until `path` is removed; `running` is there while it waits. */
async function heldTool(name: string): Promise<{ tool: string; running: string; hold: string }> {
  const [running, hold] = [join(host.scratch, `${name}-running`), join(host.scratch, `${name}-hold`)];
  const body = `touch '${hold}' '${running}'; while [ -e '${hold}' ]; do sleep 0.05; done; rm '${running}'; exec "$real" "$@"`;
  return { tool: await wrappedTool(host.scratch, body), running, hold };
}

describe('two backups of one server at once', () => {
  it('on one host: the second one names the first, and the first is not disturbed', async () => {
    place = await host.newPlace();
    const { tool, running, hold } = await heldTool('first');
    const url = {
      GITHUB_REPOSITORY: 'acme/db',
      GITHUB_RUN_ID: '42',
      GITHUB_SERVER_URL: 'https://github.com',
    };
    const first = await place.startBackup({ inputs: { 'tool-path': tool }, env: url });
    await until('the first backup runs', () => Promise.resolve(existsSync(running)));
    const keysBefore = await place.keys();
    const second = await place.backup();
    expectReported(second, {
      code: 'HOST_BUSY',
      says: /at work on .*: backup by https:\/\/github\.com\/acme\/db\/actions\/runs\/42\S* \(process \d+\)/,
    });
    expect(await place.keys()).toEqual(keysBefore);
    await rm(hold);
    const { exitCode, outputs } = await ended(first);
    expect(exitCode).toBe(0);
    await expectGoesOn(place, outputs['backup-id'] ?? '');
    await expectAllRestorable(place, 2);
    recordOutcome({
      operation: 'backup',
      step: 'take the lock of the datadir',
      fault: 'another backup of the same server runs on this host',
      outcome: 'refused with HOST_BUSY, which names the other; the other ends well',
    });
  }, 120_000);

  it('a backup that was killed gives the lock back', async () => {
    const { tool, running } = await heldTool('killed');
    const killed = await place.startBackup({ inputs: { 'tool-path': tool } });
    await until('the backup runs', () => Promise.resolve(existsSync(running)));
    process.kill(killed.pid, 'SIGKILL');
    await ended(killed);
    expect((await place.backup()).exitCode).toBe(0);
    recordOutcome({
      operation: 'backup',
      step: 'take the lock of the datadir',
      fault: 'the backup that held the lock was killed',
      outcome: 'the lock is free at once',
    });
  }, 120_000);

  it('on two hosts that know nothing of each other: the store lets one of them take a name', async () => {
    place = await host.newPlace();
    const full = await place.goodBackup();
    // A lock that everybody gets: as if each were on a host of its own.
    const [flock = ''] = await fakePrograms(host.scratch, {
      flock: 'while [ "$1" != sh ]; do shift; done; exec "$@"',
    });
    const env = { PATH: `${dirname(flock)}:${process.env['PATH'] ?? ''}` };
    const results = await Promise.all([1, 2, 3].map(() => place.racingBackup({ env })));
    const good = results.filter(({ exitCode }) => exitCode === 0);
    expect(good.length).toBeGreaterThanOrEqual(1);
    for (const result of results) {
      if (result.exitCode !== 0) expectReported(result, { code: 'BACKUP_EXISTS' });
      if (result.exitCode !== 0) await expectNothingLeft(place, result, await place.keys());
    }
    const ids = good.map(({ outputs }) => outputs['backup-id']);
    expect(new Set(ids).size).toBe(ids.length);
    const points = await place.list();
    expect(points.filter(({ restorable }) => !restorable)).toEqual([]);
    expect(points.map(({ id }) => id).sort()).toEqual([full.id, ...ids].sort());
    // Each of them follows from the full; whichever is gone on from, the chain is whole.
    const next = await place.goodBackup();
    const prepared = await place.prepare(next.id, join(host.scratch, 'prepared'));
    expect(prepared.exitCode).toBe(0);
    recordOutcome({
      operation: 'backup',
      step: 'write the manifest',
      fault: 'another host backs up under the same name',
      outcome: 'the store lets one of them take the name; the other stores nothing',
    });
  }, 180_000);
});

describe('a restore and a backup of one server at once', () => {
  const restoreInputs = (preparedDir: string) => ({
    ...place.storeInputs,
    'mysql-user': 'root',
    'mysql-socket': host.mysql.socket,
    'prepared-dir': preparedDir,
    datadir: host.mysql.datadir,
    confirm: place.server,
    'stop-command': host.mysql.stopCommand,
    'start-command': host.mysql.startCommand,
  });
  let prepared: string;

  beforeAll(async () => {
    place = await host.newPlace();
    const { id } = await place.goodBackup();
    prepared = join(host.scratch, 'to-restore');
    const result = await place.prepare(id, prepared);
    expect(result.exitCode).toBe(0);
  }, 120_000);

  it('the restore leaves the server to the backup, which ends well', async () => {
    const { tool, running, hold } = await heldTool('backup');
    const backup = await place.startBackup({ inputs: { 'tool-path': tool } });
    await until('the backup runs', () => Promise.resolve(existsSync(running)));
    const restore = await place.apply(restoreInputs(prepared));
    expectReported(restore, { code: 'HOST_BUSY', says: /: backup by \S+ \(process/ });
    await rm(hold);
    expect((await ended(backup)).exitCode).toBe(0);
    recordOutcome({
      operation: 'apply',
      step: 'Stop the server',
      fault: 'a backup of the server runs',
      outcome: 'refused with HOST_BUSY; the backup ends well, the server runs',
    });
  }, 120_000);

  it('a backup, and another restore, leave the server to the restore', async () => {
    const [running, hold] = [join(host.scratch, 'stopping'), join(host.scratch, 'hold-stop')];
    const stop = `touch '${hold}' '${running}'; while [ -e '${hold}' ]; do sleep 0.05; done; ${host.mysql.stopCommand}`;
    const restore = await place.startApply({ ...restoreInputs(prepared), 'stop-command': stop });
    await until('the restore runs', () => Promise.resolve(existsSync(running)));
    expectReported(await place.backup(), { code: 'HOST_BUSY', says: /: restore by \S+ \(process/ });
    expectReported(await place.apply(restoreInputs(prepared)), {
      code: 'TARGET_IN_USE',
      says: /: restore by/,
    });
    const again = await place.prepare('latest', prepared);
    expectReported(again, { code: 'TARGET_IN_USE', says: /: restore by/ });
    await rm(hold);
    expect(await ended(restore)).toMatchObject({ exitCode: 0 });
    // The restored server has a datadir that is new to every chain.
    const { outputs } = await place.backup();
    expect(outputs['type']).toBe('full');
    recordOutcome({
      operation: 'backup',
      step: 'take the lock of the datadir',
      fault: 'a restore of the server runs',
      outcome: 'refused with HOST_BUSY; the restore ends well',
    });
  }, 120_000);
});
