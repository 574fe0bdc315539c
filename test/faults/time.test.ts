import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/chain/manifest.js';
import { startAction } from '../support/action-runner.js';
import {
  ended,
  flags,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import { until } from '../support/failures.js';
import { refuse } from '../support/bucket-policy.js';
import { clockAt } from '../support/shifted-clock.js';
import { wrappedTool } from '../support/wrapped-tool.js';
import { recordOutcome } from '../support/fault-matrix.js';

/**
 * Clocks, crons and time zones as they are: late, dropped, doubled, set back. Ids stay unique, chains right, and a gap
 * is told.
 */

let host: DatabaseHost;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost();
}, 120_000);

afterAll(() => host.stop(), 60_000);

const options = (at: string, inputs: Record<string, string> = {}) => ({
  env: clockAt(at),
  inputs: { timezone: 'UTC', ...inputs },
});

/** A backup that begins when the clock says `at`, in UTC. */
async function backup(at: string, inputs?: Record<string, string>): Promise<EndedAction> {
  const result = await place.backup(options(at, inputs));
  expect({ exitCode: result.exitCode, log: result.log }).toEqual({ exitCode: 0, log: result.log });
  return result;
}

const idOf = ({ outputs }: EndedAction) => outputs['backup-id'] ?? '';

/** Takes a backup at each of the times; their ids and, for incrementals, what they build on. */
async function backups(times: readonly string[], inputs?: Record<string, string>): Promise<string[]> {
  const taken: string[] = [];
  for (const at of times) {
    const { outputs } = await backup(at, inputs);
    taken.push(`${outputs['backup-id'] ?? ''} ${outputs['reason'] ?? ''}`);
  }
  return taken;
}

/** Everything can be restored; the number of links of each, by id. */
async function links(): Promise<Record<string, number | undefined>> {
  const points = await place.list();
  expect(points.filter(({ restorable }) => !restorable)).toEqual([]);
  return Object.fromEntries(points.map((point) => [point.id, point.links]));
}

const warnings = ({ annotations }: EndedAction) =>
  annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);

describe('a cron', () => {
  it('that is hours late, or dropped: the chain goes on, and the gap is told', async () => {
    place = await host.newPlace();
    const first = await backup('2026-11-17T00:17');
    expect(warnings(first)).toEqual([]);
    const soon = await backup('2026-11-17T03:10');
    expect(warnings(soon)).toEqual([]);
    expect(soon.summary).not.toContain('Gap');
    // Those of 04, 05 and 06 never came, and that of 07 comes late.
    const late = await backup('2026-11-17T07:52');
    expect(late.outputs).toMatchObject({ 'backup-id': '2026-11-17/07', reason: 'follows 2026-11-17/03' });
    expect(warnings(late)).toEqual([
      expect.stringMatching(
        /^No good backup for 4 h \d\d min since 2026-11-17\/03, which is more than 180 min\.$/,
      ),
    ]);
    expect(late.summary).toMatch(
      /⚠️ Gap before +\| 4 h \d\d min since 2026-11-17\/03, which is more than 180 min/,
    );
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'the cron is hours late, or dropped',
      outcome: 'the chain goes on, and the gap is told',
    });
  }, 90_000);

  it('that stopped for days: the next one finds the last good backup all the same', async () => {
    const result = await backup('2026-11-22T09:17');
    expect(result.outputs).toMatchObject({ type: 'full', reason: 'the first backup of 2026-11-22' });
    expect(warnings(result)).toEqual([
      expect.stringMatching(/^No good backup for 121 h \d\d min since 2026-11-17\/07/),
    ]);
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'no backup for days',
      outcome: 'the last good backup is found all the same',
    });
  }, 60_000);

  it('that fires several times in one minute, and one second', async () => {
    place = await host.newPlace();
    const [one, two, three] = [
      await backup('2026-11-17T04:17:05'),
      await backup('2026-11-17T04:17:05'),
      await backup('2026-11-17T04:17:05'),
    ].map(idOf);
    expect([one, two]).toEqual(['2026-11-17/04', '2026-11-17/04-17']);
    expect(three).toMatch(/^2026-11-17\/04-17-\d\d$/);
    expect(await links()).toEqual({ [String(one)]: 1, [String(two)]: 2, [String(three)]: 3 });
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'the cron fires several times in one second',
      outcome: 'each backup has a name and a place in the chain',
    });
  }, 60_000);

  it('just before midnight: a backup belongs to the day of its start, whenever it ends', async () => {
    place = await host.newPlace();
    const hold = join(host.scratch, 'midnight');
    const running = `${hold}-running`;
    const body = `touch '${hold}' '${running}'; while [ -e '${hold}' ]; do sleep 0.05; done; exec "$real" "$@"`;
    const tool = await wrappedTool(host.scratch, body);
    expect(idOf(await backup('2026-11-17T23:17'))).toBe('2026-11-17/23');
    const { env, inputs } = options('2026-11-17T23:59:52', { 'tool-path': tool });
    const midnightMs = Date.now() + 8000;
    const over = await place.startBackup({ env, inputs });
    await until('the tool runs', () => Promise.resolve(existsSync(running)));
    await until('it is past midnight', () => Promise.resolve(Date.now() > midnightMs + 100));
    await rm(hold);
    const result = await ended(over);
    expect(result.exitCode).toBe(0);
    const manifest: Manifest = await place.manifest(idOf(result));
    expect(manifest.startedAt).toMatch(/^2026-11-17T23:59:5/);
    expect(manifest.finishedAt).toMatch(/^2026-11-18T00:0/);
    expect(manifest).toMatchObject({ id: '2026-11-17/23-59', parent: { id: '2026-11-17/23' } });
    const day = await backup('2026-11-18T00:00:30');
    expect(day.outputs).toMatchObject({
      'backup-id': '2026-11-18/00',
      reason: 'the first backup of 2026-11-18',
    });
    expect(await links()).toEqual({ '2026-11-17/23': 1, '2026-11-17/23-59': 2, '2026-11-18/00': 1 });
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'it begins at 23:59:59',
      outcome: 'it belongs to the day of its start',
    });
  }, 60_000);
});

describe('a time zone with daylight saving', () => {
  const timezone = 'Europe/Berlin';

  it('in autumn an hour comes twice: two names, one chain', async () => {
    place = await host.newPlace();
    // 01:17 and 02:17 in summer time, then 02:17 again.
    const times = ['2026-10-24T23:17', '2026-10-25T00:17', '2026-10-25T01:17'];
    expect(await backups(times, { timezone })).toEqual([
      '2026-10-25/01 the first backup of 2026-10-25',
      '2026-10-25/02 follows 2026-10-25/01',
      '2026-10-25/02-17 follows 2026-10-25/02',
    ]);
    // That day has 25 hours.
    const ends = ['2026-10-25T22:50', '2026-10-25T23:10'];
    expect(await backups(ends, { timezone })).toEqual([
      '2026-10-25/23 follows 2026-10-25/02-17',
      '2026-10-26/00 the first backup of 2026-10-26',
    ]);
    expect(Object.values(await links())).toEqual([1, 2, 3, 4, 1]);
    const restored = await place.prepare('2026-10-25/02-17', join(host.scratch, 'autumn'));
    expect(restored.outputs).toMatchObject({ 'backup-id': '2026-10-25/02-17', links: '3' });
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'an hour comes twice (end of summer time)',
      outcome: 'two names, one chain',
    });
  }, 90_000);

  it('in spring an hour is missing', async () => {
    place = await host.newPlace();
    const times = ['2027-03-28T00:17', '2027-03-28T01:17', '2027-03-28T22:10'];
    expect(await backups(times, { timezone })).toEqual([
      '2027-03-28/01 the first backup of 2027-03-28',
      '2027-03-28/03 follows 2027-03-28/01',
      '2027-03-29/00 the first backup of 2027-03-29',
    ]);
    expect(Object.values(await links())).toEqual([1, 2, 1]);
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'an hour is missing (begin of summer time)',
      outcome: 'one chain',
    });
  }, 60_000);
});

describe('a clock', () => {
  it('that was set back: the chain goes on under names that are free, and the last one is the last', async () => {
    place = await host.newPlace();
    expect(await backups(['2026-11-17T10:17', '2026-11-17T11:17', '2026-11-17T09:25'])).toEqual([
      '2026-11-17/10 the first backup of 2026-11-17',
      '2026-11-17/11 follows 2026-11-17/10',
      '2026-11-17/09 follows 2026-11-17/11',
    ]);
    expect(await links()).toEqual({ '2026-11-17/09': 3, '2026-11-17/10': 1, '2026-11-17/11': 2 });
    const latest = await place.prepare('latest', join(host.scratch, 'latest'));
    expect(latest.outputs).toMatchObject({ 'backup-id': '2026-11-17/09', links: '3' });
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'the clock is set back',
      outcome: 'free names, one chain, and the last is the last',
    });
  }, 90_000);

  it('that was a year ahead once, and is right again, hides no missing backup', async () => {
    place = await host.newPlace();
    await backups(['2026-11-17T10:17', '2027-11-17T11:17']);
    const result = await backup('2026-11-17T18:17');
    expect(warnings(result)).toEqual([
      expect.stringMatching(/^No good backup for \d h .* since 2026-11-17\/10/),
    ]);
    await links();
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: 'the clock was a year ahead',
      outcome: 'a missing backup is still noticed',
    });
  }, 60_000);
});

describe('the watch', () => {
  const watch = async (at: string, maxGap: string, more: Record<string, string> = {}) =>
    ended(
      await startAction({
        action: 'list',
        inputs: { ...place.storeInputs, check: 'true', 'max-gap-minutes': maxGap, ...more },
        env: { ...place.credentials, ...clockAt(at) },
      }),
    );

  beforeAll(async () => {
    place = await host.newPlace();
    await backup('2026-11-17T11:17');
  }, 60_000);

  it('is content as long as the last good backup is young', async () => {
    const result = await watch('2026-11-17T13:17', '180');
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    expect(result.outputs).toMatchObject({
      restorable: '1',
      broken: '0',
      'newest-backup-id': '2026-11-17/11',
    });
    expect(Number(result.outputs['newest-age-minutes'])).toBeGreaterThan(90);
    expect(result.summary).toMatch(
      /^## ✅ Backups of db1\n\nThe newest that can be restored is `2026-11-17\/11`/,
    );
    expect(result.annotations).toEqual([]);
  });

  it('fails when it is too old, on GitHub and on the command line', async () => {
    const result = await watch('2026-11-17T15:17', '180');
    expect(result.outputs['newest-backup-id']).toBe('2026-11-17/11');
    expect(result.summary).toMatch(
      /^## ❌ Backups of db1\n\nThe newest backup of db1 that can be restored, 2026-11-17\/11/,
    );
    expect(result.annotations.map(({ title }) => title)).toEqual(['xbackup list failed']);
    expect(result.exitCode).toBe(1);
    const args = ['list', '--check', ...flags(place.storeInputs), '--max-gap-minutes'];
    const failed = await place
      .cli([...args, '180'], clockAt('2026-11-17T15:17'))
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('2026-11-17/11') as unknown });
    expect((failed as { stderr: string }).stderr).toMatch(
      /^Error: The newest backup of db1 that can be restored, 2026-11-17\/11, ended (3 h \d\d|4 h 00) min ago, which is more than 180 min\.\n.*\nCode BACKUP_OVERDUE: /,
    );
    const { stdout, stderr } = await place.cli([...args, '300', '--json'], clockAt('2026-11-17T15:17'));
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(stderr).toBe('');
    recordOutcome({
      operation: 'list',
      step: 'any',
      fault: 'no good backup for longer than max-gap-minutes',
      outcome: 'exit status 1 with BACKUP_OVERDUE',
    });
  });

  it('fails where there is nothing, and without a newest chain that is whole', async () => {
    const nothing = await watch('2026-11-17T12:17', '180', { server: 'db2' });
    expect(nothing.exitCode).toBe(1);
    expect(nothing.summary).toContain('No backup of db2 in');
    await place.write(place.manifestKey('2026-11-17/12'), 'cut');
    const broken = await watch('2026-11-17T12:17', '180');
    expect(broken.exitCode).toBe(1);
    expect(broken.annotations[0]?.message).toMatch(
      /^2026-11-17\/12, which may be of the newest chain, is not good: [^]*CHAIN_BROKEN/,
    );
    expect(broken.outputs).toMatchObject({ restorable: '1', broken: '1' });
  });

  it('needs no more than to list, and to read manifests', async () => {
    const stored = (await place.keys()).find((key) => key.endsWith('.zst')) ?? '';
    const refused = ['s3:PutObject', 's3:DeleteObject'].map((action) => ({ action, keys: '*' }));
    await refuse(place, { action: 's3:GetObject', keys: stored }, ...refused);
    await expect(place.read(stored)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await watch('2026-11-17T12:17', '180')).outputs['newest-backup-id']).toBe('2026-11-17/11');
  });
});
