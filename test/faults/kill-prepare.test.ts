import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { steps, type StepOf } from '../../src/operations/steps.js';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import { mayMount, mountTmpfs } from '../support/e2e/tmpfs.js';
import { expectNoProcess, expectNothingLeft, expectReported } from '../support/failures.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { RecordedBackups } from '../support/recorded-backups.js';
import { goOn, hasStopped, killAllOf, killedAt, stoppedAt } from '../support/stopped-run.js';
import { fakePrograms, whereIs, wrappedTool } from '../support/wrapped-tool.js';

/** A prepare that is killed at each of its steps offers nothing to apply, and the next one is not hindered by it. */

type Step = StepOf<'prepare'>;

let host: DatabaseHost;
let place: BackupPlace;
let good: RecordedBackups;
let targetDir: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 8 });
  place = await host.newPlace();
  good = new RecordedBackups(place);
  targetDir = join(host.scratch, 'target');
  await good.make();
  await good.make();
}, 120_000);

afterAll(() => host.stop(), 60_000);

const isOffered = () => existsSync(join(targetDir, 'prepared.json'));

/** An apply that reads its prepared directory, and goes no further. */
async function expectNotApplicable(): Promise<void> {
  const inputs = {
    ...place.storeInputs,
    'prepared-dir': targetDir,
    datadir: host.mysql.datadir,
    'mysql-user': 'root',
    confirm: place.server,
    'mysql-socket': host.mysql.socket,
    'stop-command': 'false',
    'start-command': 'false',
  };
  expectReported(await place.apply(inputs), { code: 'NOT_PREPARED', says: /holds no valid prepared\.json/ });
}

/** A good prepare into the same directory, and a server on what it left. */
async function expectGoodPrepare(isChecked: boolean): Promise<void> {
  const { exitCode, log } = await place.prepare(good.lastId, targetDir);
  expect({ exitCode, log }).toEqual({ exitCode: 0, log });
  if (isChecked) await good.expectHolds(good.lastId, targetDir);
  await rm(targetDir, { recursive: true });
  await good.expectOffered();
}

const nothing = 'nothing is offered to apply, and the next one is right';

/** What is there after a kill at each step: a step that is new has to be entered here. */
const left: Record<Step, string> = {
  'choose the chain': nothing,
  'take the target directory': nothing,
  'empty the target directory': nothing,
  'mark the chain as in use': nothing,
  'extract a link': nothing,
  'apply a link': nothing,
  'check the prepared data': nothing,
  'write prepared.json': nothing,
  'tell of the prepared data': 'the prepared data is right, and offered to apply',
};

it('every step is one that is killed here', () => {
  expect(Object.keys(left)).toEqual(steps.prepare);
});

/** Before this nothing is written; then the next prepare is the one that is killed at the next step. */
const writing: readonly Step[] = steps.prepare.slice(steps.prepare.indexOf('extract a link'));

describe('SIGKILL, and the post step', () => {
  it.each(steps.prepare)(
    'at: %s',
    async (step) => {
      const keysBefore = await place.keys();
      const result = await place.prepare(good.lastId, targetDir, { env: killedAt('prepare', step) });
      expect({ signal: result.signal, log: result.log }).toEqual({ signal: 'SIGKILL', log: result.log });
      await expectNothingLeft(place, result, keysBefore);
      let outcome = nothing;
      if (isOffered()) {
        outcome = 'the prepared data is right, and offered to apply';
        await good.expectHolds(good.lastId, targetDir);
      } else if (writing.includes(step)) {
        await expectNotApplicable();
        await expectGoodPrepare(step === 'apply a link' || step === 'write prepared.json');
      }
      expect(outcome).toBe(left[step]);
      recordOutcome({ operation: 'prepare', step, fault: 'SIGKILL of xbackup', outcome });
    },
    90_000,
  );
});

describe('the whole host goes down, without a post step', () => {
  it.each<Step>(['extract a link', 'apply a link'])(
    'at: %s',
    async (step) => {
      const keysBefore = await place.keys();
      const env = killedAt('prepare', step);
      const result = await place.prepare(good.lastId, targetDir, { env, withoutPost: true });
      expect(result.signal).toBe('SIGKILL');
      await killAllOf(result);
      await expectNoProcess(result);
      expect(isOffered()).toBe(false);
      // The mark that keeps prune from this chain; prune itself forgets it after a day.
      const marks = (await place.keys()).filter((key) => !keysBefore.includes(key));
      expect(marks).toEqual([expect.stringContaining('/.in-use/') as unknown]);
      const { exitCode, log } = await place.prepare(good.lastId, targetDir);
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
      await good.expectHolds(good.lastId, targetDir);
      await rm(targetDir, { recursive: true });
      for (const mark of marks) await place.remove(mark);
      recordOutcome({ operation: 'prepare', step, fault: 'the host goes down', outcome: nothing });
    },
    90_000,
  );
});

describe('a program is killed', () => {
  const says = (program: string) => new RegExp(`${program} was killed by SIGKILL`);

  async function expectFailed(result: EndedAction, program: string, step: Step): Promise<void> {
    const code = program === 'mariadb-backup' ? 'TOOL_KILLED' : 'PIPELINE_FAILED';
    expectReported(result, { code, says: says(program) });
    await expectNothingLeft(place, result, await place.keys());
    expect(isOffered()).toBe(false);
    expect((await readdir(targetDir)).filter((name) => !name.startsWith('.'))).toEqual([]);
    await expectGoodPrepare(false);
    const outcome = `it fails with ${code}, ${nothing}`;
    recordOutcome({ operation: 'prepare', step, fault: `SIGKILL of ${program}`, outcome });
  }

  /** A program that dies when it has read something, before all others in PATH and beside a tool. */
  async function dyingInTheMiddle(name: string, when: string): Promise<{ path: string; tool: string }> {
    const body = `case " $* " in *' ${when} '*) head -c 300000 >/dev/null; kill -KILL $$ ;; esac`;
    const [, tool = ''] = await fakePrograms(host.scratch, {
      [name]: `${body}\nexec '${await whereIs(name)}' "$@"`,
      'mariadb-backup': `exec '${await whereIs('mariadb-backup')}' "$@"`,
    });
    return { path: `${dirname(tool)}:${process.env['PATH'] ?? ''}`, tool };
  }

  it.each([
    ['zstd', '-d'],
    ['mbstream', '-x'],
  ])(
    '%s',
    async (name, when) => {
      const { path, tool } = await dyingInTheMiddle(name, when);
      const options = { env: { PATH: path }, inputs: { 'tool-path': tool } };
      await expectFailed(await place.prepare(good.lastId, targetDir, options), name, 'extract a link');
    },
    60_000,
  );

  it('gpg', async () => {
    const passphrase = 'correct horse battery staple';
    const { id } = await good.make({ inputs: { type: 'full', 'encrypt-passphrase': passphrase } });
    const inputs = { 'decrypt-passphrase': passphrase };
    const { path } = await dyingInTheMiddle('gpg', '--decrypt');
    const result = await place.prepare(id, targetDir, { inputs, env: { PATH: path } });
    expectReported(result, { code: 'DECRYPTION_FAILED', says: says('gpg') });
    await expectNothingLeft(place, result, await place.keys());
    expect(isOffered()).toBe(false);
    const { exitCode, log } = await place.prepare(id, targetDir, { inputs });
    expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    await rm(targetDir, { recursive: true });
    const outcome = `it fails with DECRYPTION_FAILED, ${nothing}`;
    recordOutcome({ operation: 'prepare', step: 'extract a link', fault: 'SIGKILL of gpg', outcome });
    // The others here are not encrypted.
    await good.make({ inputs: { type: 'full' } });
  }, 60_000);

  it('the tool', async () => {
    const tool = await wrappedTool(host.scratch, 'kill -KILL $$', 'prepare');
    const result = await place.prepare(good.lastId, targetDir, { inputs: { 'tool-path': tool } });
    await expectFailed(result, 'mariadb-backup', 'apply a link');
  }, 60_000);
});

(mayMount() ? it : it.skip)(
  'a disk that is filled by somebody else in the middle',
  async () => {
    const small = await mountTmpfs(targetDir, 200);
    try {
      const env = stoppedAt('prepare', 'extract a link');
      const running = await place.startPrepare(good.lastId, targetDir, { env });
      await hasStopped(running);
      const filler = join(host.scratch, 'target', '.filler');
      const { bavail, bsize } = await statfs(targetDir);
      await writeFile(filler, Buffer.alloc(bavail * bsize - 4 * 1024 * 1024));
      goOn(running);
      const result = await ended(running);
      expectReported(result, { code: 'DISK_FULL' });
      expect(isOffered()).toBe(false);
      expect((await readdir(targetDir)).filter((name) => !name.startsWith('.'))).toEqual([]);
      await expectNothingLeft(place, result, await place.keys());
      const next = await place.prepare(good.lastId, targetDir);
      expect({ exitCode: next.exitCode, log: next.log }).toEqual({ exitCode: 0, log: next.log });
      await good.expectHolds(good.lastId, targetDir);
    } finally {
      await small.unmount();
      await rm(targetDir, { recursive: true });
    }
    const outcome = `it fails with DISK_FULL, ${nothing}`;
    recordOutcome({ operation: 'prepare', step: 'extract a link', fault: 'the disk becomes full', outcome });
  },
  90_000,
);

it('a cancel when all links are applied comes too late', async () => {
  const step = 'check the prepared data';
  const running = await place.startPrepare(good.lastId, targetDir, { env: stoppedAt('prepare', step) });
  await hasStopped(running);
  const cancelling = running.cancel();
  goOn(running);
  const result = { ...(await cancelling), marker: running.marker };
  expect({ exitCode: result.exitCode, isOffered: isOffered() }).toEqual({ exitCode: 0, isOffered: true });
  await expectNothingLeft(place, result, await place.keys());
  await good.expectHolds(good.lastId, targetDir);
  await rm(targetDir, { recursive: true });
  const outcome = left['tell of the prepared data'];
  recordOutcome({ operation: 'prepare', step, fault: 'the run is cancelled', outcome });
}, 60_000);
