import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { inspectOutside } from '../../src/mysql/outside.js';
import { Replacement, type NewData } from '../../src/operations/replacement.js';
import {
  databases,
  expectOldServer,
  label,
  newScene,
  planReplacement,
  startGround,
  type ReplacementCase,
  type ReplacementGround,
  type ReplacementScene,
} from '../support/e2e/replacement-ground.js';
import { smallServer } from '../support/e2e/installation.js';
import { startMysqlServer } from '../support/mysql-server.js';
import { eventually } from '../support/program-world.js';

/**
 * Services that do not do what they are told, and cancels, in the middle of a restore on a real server. The old
 * data must be in its place in the end, and the old server run on it.
 */

const minutes = 60_000;
const run = promisify(execFile);

let ground: ReplacementGround;
let scene: ReplacementScene;
let newData: NewData;

beforeAll(async () => {
  ground = await startGround();
}, 2 * minutes);
afterAll(() => ground.server.remove(), minutes);

beforeEach(async () => {
  scene = await newScene(ground);
}, minutes);
afterEach(() => scene.dir.remove());

async function replacement(what: ReplacementCase): Promise<Replacement> {
  const planned = await planReplacement(ground, scene, what);
  newData = planned.newData;
  return new Replacement(planned.plan, planned.context);
}

/** Carries it out, which must fail, and undoes it, as apply does. */
async function failAndRollBack(subject: Replacement): Promise<{ failure: unknown; outcome: string }> {
  const failure: unknown = await subject.carryOut(newData).then(
    () => {
      throw new Error('It succeeded');
    },
    (error: unknown) => error,
  );
  const outcome = (await subject.hasChanged()) ? await subject.rollBack() : 'untouched';
  return { failure, outcome };
}

const stepsOf = (subject: Replacement) =>
  subject.steps.map(({ name, outcome }) => `${outcome}: ${name.replace(/ \(.*/, '')}`);

describe('a restore', () => {
  it(
    'succeeds, and keeps the old data; the same again with a server that is stopped',
    async () => {
      for (const wasRunning of [true, false]) {
        // Nothing can be stopped then, and this stop command says so.
        if (!wasRunning) await ground.server.stop();
        const stop = `[ -e ${ground.server.dir}/mysql.sock ] && ${ground.server.stopCommand}`;
        const subject = await replacement({ wasRunning, commands: { stop } });
        expect(await subject.carryOut(newData)).toBe(ground.server.version);
        expect(await databases(ground)).toEqual(['restored']);
        expect(subject.oldData.datadir).toBe(`${ground.server.datadir}.before-restore-${label}`);
        await ground.server.stop();
        await rm(ground.server.datadir, { recursive: true });
        await run('mv', [subject.oldData.datadir ?? '', ground.server.datadir]);
        await ground.server.start();
        await expectOldServer(ground);
      }
    },
    2 * minutes,
  );
});

describe('the old server is back', () => {
  it(
    'when something starts it again at once',
    async () => {
      const stop = `${ground.server.stopCommand}; ${ground.server.startCommand}`;
      const subject = await replacement({ commands: { stop }, timeoutSeconds: 3 });
      const { failure } = await failAndRollBack(subject);
      expect(failure).toMatchObject({ code: 'STOP_FAILED' });
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it(
    'when something starts it again while the new data is put in place',
    async () => {
      const subject = await replacement({ after: `${ground.server.startCommand} > /dev/null 2>&1` });
      const { failure, outcome } = await failAndRollBack(subject);
      expect(failure).toMatchObject({
        code: 'STOP_FAILED',
        message: 'The server was stopped, and something started it again during the restore.',
      });
      expect(outcome).toContain('the old server runs');
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it(
    'when it was down, and the stop command goes on for ever',
    async () => {
      const stop = `${ground.server.stopCommand}; sleep 600`;
      const subject = await replacement({ commands: { stop }, timeoutSeconds: 6 });
      const { failure, outcome } = await failAndRollBack(subject);
      expect(failure).toMatchObject({ code: 'STOP_FAILED' });
      expect(outcome).toContain('the old server runs');
      expect(stepsOf(subject)).toEqual(['failed: Stop the server', 'done: Roll back: start the old server']);
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it(
    'when the stop command fails after it has stopped the server',
    async () => {
      const subject = await replacement({ commands: { stop: `${ground.server.stopCommand}; exit 5` } });
      const { failure, outcome } = await failAndRollBack(subject);
      expect(failure).toMatchObject({ code: 'STOP_FAILED' });
      expect(outcome).toContain('the old server runs');
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it(
    'when another server uses what is taken for a part of its data',
    async () => {
      const other = await startMysqlServer({ options: smallServer });
      try {
        const planned = await planReplacement(ground, scene, {});
        newData = planned.newData;
        const outside = [await inspectOutside(other.datadir, ['system'], [])];
        const subject = new Replacement({ ...planned.plan, outside }, planned.context);
        const { failure, outcome } = await failAndRollBack(subject);
        expect(failure).toMatchObject({
          code: 'DATADIR_UNSUITABLE',
          message: expect.stringContaining(`has data files in ${other.datadir} open`) as unknown,
        });
        expect(outcome).toContain('the old server runs');
        expect(await readdir(other.datadir)).toContain('ibdata1');
        expect(await other.running()).toBe(true);
      } finally {
        await other.remove();
      }
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it(
    'when the datadir cannot be set aside',
    async () => {
      const taken = `${ground.server.datadir}.before-restore-${label}`;
      await mkdir(join(taken, 'an older restore'), { recursive: true });
      try {
        const { failure, outcome } = await failAndRollBack(await replacement({}));
        expect(failure).toMatchObject({ code: 'ENOTEMPTY' });
        expect(outcome).toContain('the old server runs');
      } finally {
        await rm(taken, { recursive: true });
      }
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it.each([
    ['says nothing of success', 'exit 0'],
    ['fails', 'echo broken >&2; exit 1'],
    ['loses a file', 'rm "$to/ibdata1"'],
    ['cuts a file', 'truncate -s 100 "$to/ibdata1"'],
  ])(
    'when the tool %s',
    async (_, after) => {
      const subject = await replacement({ after });
      const { outcome } = await failAndRollBack(subject);
      expect(outcome).toContain('the old server runs');
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it.each([
    ['returns 0 and starts nothing', 'true', 'SERVER_UNREACHABLE'],
    ['hangs', 'sleep 600', undefined],
    ['fails', 'exit 3', undefined],
  ])(
    'when the start command %s with the new data',
    async (_, withNewData, code) => {
      const start = `if [ -e ${ground.server.datadir}/restored ]; then ${withNewData}; else ${ground.server.startCommand}; fi`;
      const subject = await replacement({ commands: { start }, timeoutSeconds: 6 });
      const { failure, outcome } = await failAndRollBack(subject);
      if (code === undefined) expect(failure).toMatchObject({ name: 'CommandError' });
      else expect(failure).toMatchObject({ code });
      expect(outcome).toContain('the old server runs');
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it(
    'although the start command fails when it has started the server',
    async () => {
      const start = `${ground.server.startCommand}; exit 1`;
      const { outcome } = await failAndRollBack(await replacement({ commands: { start } }));
      expect(outcome).toContain('the old server runs');
      await expectOldServer(ground);
    },
    2 * minutes,
  );

  it.each([
    ['before anything', '', true],
    ['while the server stops', 'stopping', false],
    ['while the data is put in place', 'copying', false],
    ['while the new server starts', 'starting', false],
  ])(
    'after a cancel %s',
    async (_, moment, atOnce) => {
      const reach = (name: string) => `touch ${scene.dir.path}/${name}; sleep 1`;
      const subject = await replacement({
        commands: {
          stop: `${reach('stopping')}; ${ground.server.stopCommand}`,
          start: `${reach('starting')}; ${ground.server.startCommand}`,
        },
        before: reach('copying'),
      });
      if (atOnce) scene.abort.abort();
      const rolledBack = failAndRollBack(subject);
      rolledBack.catch(() => undefined);
      if (!atOnce) {
        const reached = async () => (await readdir(scene.dir.path)).includes(moment);
        await eventually(reached, `it is ${moment}`);
        scene.abort.abort();
      }
      const { failure, outcome } = await rolledBack;
      expect(failure).toMatchObject({ code: 'CANCELLED' });
      expect(outcome).toContain(atOnce ? 'untouched' : 'the old server runs');
      await expectOldServer(ground);
    },
    2 * minutes,
  );
});
