import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { steps, type StepOf } from '../../src/operations/steps.js';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type RunOptions,
} from '../support/database-host.js';
import { mayMount, mountTmpfs } from '../support/e2e/tmpfs.js';
import { expectNoProcess, expectNothingLeft, expectReported } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { RecordedBackups } from '../support/recorded-backups.js';
import { goOn, hasStopped, killAllOf, killedAt, killProgram, stoppedAt } from '../support/stopped-run.js';

/** A backup that is killed at each of its steps: what was good stays good, and the next one goes on from it. */

type Step = StepOf<'backup'>;

let host: DatabaseHost;
let place: BackupPlace;
let good: RecordedBackups;
/** Objects that no manifest names: prune removes them. */
const orphans: string[] = [];
/** Those that a kill left: each is restored in the end. */
const survivors: string[] = [];

beforeAll(async () => {
  // More than zstd holds before its first part is full: the tool must still have something to write then.
  host = await startDatabaseHost({ dataMib: 64 });
  place = await host.newPlace();
  good = new RecordedBackups(place);
  await good.make();
}, 120_000);

afterAll(() => host.stop(), 60_000);

/** What is there after a kill at each step: a step that is new has to be entered here. */
const nothing = 'nothing of it is left, and the next one goes on';
const left: Record<Step, string> = {
  'ask the server whether it is ready': nothing,
  'take the lock of the datadir': nothing,
  'sweep up after dead runs': nothing,
  'look at the server': nothing,
  'read what backups there are': nothing,
  'start the tool': nothing,
  'send an object': nothing,
  'send it in parts': nothing,
  'check the stream that has ended': nothing,
  'write the manifest': 'an object without a manifest is left, and the next one goes on',
  'tell of the good backup': 'the backup is good, and the next one builds on it',
};

const beforeTheTool = steps.backup.slice(0, steps.backup.indexOf('start the tool'));

/** A full has so many bytes that it is sent in parts. */
const asFull: readonly Step[] = ['send it in parts', 'check the stream that has ended'];

function runOptions(step: Step, env: Record<string, string>): RunOptions {
  return { env, inputs: asFull.includes(step) ? { type: 'full' } : {} };
}

/** Looks at what there is, notes it, and lets the next backup run. */
async function expectToGoOn(keysBefore: readonly string[]): Promise<string> {
  const before = new Set(keysBefore);
  const added = (await place.keys()).filter((key) => !before.has(key));
  const manifests = added.filter((key) => key.endsWith('.json'));
  let outcome = nothing;
  if (manifests.length > 0) {
    outcome = left['tell of the good backup'];
    const id = manifests[0]?.replace(/^xbackup\/db1\/|\.json$/g, '') ?? '';
    await good.record(id);
    survivors.push(id);
  } else if (added.length > 0) {
    outcome = left['write the manifest'];
    orphans.push(...added);
  }
  const last = good.lastId;
  const next = await good.make();
  expect(next).toMatchObject({ type: 'incremental', parent: { id: last } });
  await good.expectOffered(orphans);
  return outcome;
}

it('every step is one that is killed here', () => {
  expect(Object.keys(left)).toEqual(steps.backup);
});

describe('SIGKILL, and the post step', () => {
  it.each(steps.backup)(
    'at: %s',
    async (step) => {
      await good.write();
      const keysBefore = await place.keys();
      const result = await place.backup(runOptions(step, killedAt('backup', step)));
      expect({ signal: result.signal, log: result.log }).toEqual({ signal: 'SIGKILL', log: result.log });
      await expectNothingLeft(place, result, await place.keys());
      // Nothing has begun: here the next one is that which is killed at the next step.
      const outcome = beforeTheTool.includes(step)
        ? nothingNew(keysBefore, await place.keys())
        : await expectToGoOn(keysBefore);
      expect(outcome).toBe(left[step]);
      recordOutcome({ operation: 'backup', step, fault: 'SIGKILL of xbackup', outcome });
    },
    60_000,
  );
});

function nothingNew(before: readonly string[], after: readonly string[]): string {
  return after.join() === before.join() ? nothing : 'something is left';
}

describe('the whole host goes down, without a post step', () => {
  const partsLeft = 'parts of an upload are left for a day, and the next one goes on';

  it.each<[Step, string]>([
    ['send it in parts', partsLeft],
    ['write the manifest', left['write the manifest']],
  ])(
    'at: %s',
    async (step, seen) => {
      await good.write();
      const keysBefore = await place.keys();
      const options = runOptions(step, killedAt('backup', step));
      const result = await place.backup({ ...options, withoutPost: true });
      expect(result.signal).toBe('SIGKILL');
      await killAllOf(result);
      await expectNoProcess(result);
      const uploads = await host.s3.listUploads(place.bucket);
      const outcome = await expectToGoOn(keysBefore);
      // A run of today may be alive on another host, so its upload is left alone.
      expect(await host.s3.listUploads(place.bucket)).toEqual(uploads);
      expect(uploads.length > 0 ? partsLeft : outcome).toBe(seen);
      recordOutcome({ operation: 'backup', step, fault: 'the host goes down', outcome: seen });
      for (const { Key, UploadId } of uploads) await place.abortUpload(Key ?? '', UploadId ?? '');
    },
    60_000,
  );
});

describe('while it sends, and nothing of it is left:', () => {
  const step = 'send it in parts';
  const stopped = async (more: RunOptions = {}) => {
    await good.write();
    const inputs = { type: 'full', ...more.inputs };
    const running = await place.startBackup({
      ...more,
      inputs,
      env: { ...stoppedAt('backup', step), ...more.env },
    });
    await hasStopped(running);
    return running;
  };
  const record = (fault: string, code: string) =>
    recordOutcome({ operation: 'backup', step, fault, outcome: `it fails with ${code}, and ${nothing}` });

  it.each<[string, Record<string, string>, RegExp, 'TOOL_KILLED' | 'PIPELINE_FAILED']>([
    ['mariadb-backup', {}, /mariadb-backup .*--backup/, 'TOOL_KILLED'],
    ['zstd', {}, /zstd -/, 'PIPELINE_FAILED'],
    ['gpg', { 'encrypt-passphrase': 'correct horse battery staple' }, /gpg/, 'PIPELINE_FAILED'],
    [
      'age',
      { 'encrypt-recipients': 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p' },
      /age -/,
      'PIPELINE_FAILED',
    ],
  ])(
    'SIGKILL of %s',
    async (name, inputs, program, code) => {
      const keysBefore = await place.keys();
      const running = await stopped({ inputs });
      await killProgram(running, program);
      goOn(running);
      const result = await ended(running);
      expectReported(result, { code, says: new RegExp(`${name} was killed by SIGKILL`) });
      await expectNothingLeft(place, result, keysBefore);
      expect(await expectToGoOn(keysBefore)).toBe(nothing);
      record(`SIGKILL of ${name}`, code);
    },
    60_000,
  );

  it('the server is killed', async () => {
    const keysBefore = await place.keys();
    const running = await stopped();
    await host.mysql.kill();
    goOn(running);
    const result = await ended(running);
    await host.mysql.start();
    expectReported(result, { code: 'SERVER_UNREACHABLE' });
    await expectNothingLeft(place, result, keysBefore);
    expect(await expectToGoOn(keysBefore)).toBe(nothing);
    record('the server is killed', 'SERVER_UNREACHABLE');
  }, 60_000);

  (mayMount() ? it : it.skip)(
    'the temporary directory is full',
    async () => {
      const keysBefore = await place.keys();
      const temp = await mountTmpfs(join(host.scratch, 'full'), 1);
      try {
        const env = { RUNNER_TEMP: temp.path };
        const running = await stopped({ env });
        await fill(temp.path);
        goOn(running);
        const result = await ended(running);
        expectReported(result, { code: 'DISK_FULL' });
        await expectNothingLeft(place, result, keysBefore);
        expect((await readdir(temp.path)).filter((name) => name.startsWith('xbackup-'))).toEqual([]);
      } finally {
        await temp.unmount();
      }
      expect(await expectToGoOn(keysBefore)).toBe(nothing);
      record('the temporary directory is full', 'DISK_FULL');
    },
    60_000,
  );
});

describe('a cancel', () => {
  const cancelledAt = async (step: Step) => {
    await good.write();
    const running = await place.startBackup(runOptions(step, stoppedAt('backup', step)));
    await hasStopped(running);
    const cancelling = running.cancel();
    goOn(running);
    return { ...(await cancelling), marker: running.marker };
  };

  it('when the stream has ended', async () => {
    const keysBefore = await place.keys();
    const step = 'check the stream that has ended';
    const result = await cancelledAt(step);
    expectReported(result, { code: 'CANCELLED' });
    await expectNothingLeft(place, result, keysBefore);
    expect(await expectToGoOn(keysBefore)).toBe(nothing);
    const outcome = `it fails with CANCELLED, and ${nothing}`;
    recordOutcome({ operation: 'backup', step, fault: 'the run is cancelled', outcome });
  }, 60_000);

  it('when the manifest is being written comes too late', async () => {
    const keysBefore = await place.keys();
    const step = 'write the manifest';
    const result = await cancelledAt(step);
    expect(result.exitCode).toBe(0);
    await expectNothingLeft(place, result, await place.keys());
    const outcome = await expectToGoOn(keysBefore);
    expect(outcome).toBe(left['tell of the good backup']);
    recordOutcome({ operation: 'backup', step, fault: 'the run is cancelled', outcome });
  }, 60_000);
});

it('in the end a backup that a kill left, and the last one, hold what the server held', async () => {
  expect(survivors.length).toBeGreaterThan(0);
  const { id } = await good.make({ inputs: { type: 'full' } });
  await good.expectOffered(orphans, { again: true });
  await good.expectRestored([...survivors.slice(0, 1), id]);
}, 120_000);

async function fill(dir: string): Promise<void> {
  await writeFile(join(dir, 'filler'), Buffer.alloc(2 * 1024 * 1024)).catch(() => undefined);
}
