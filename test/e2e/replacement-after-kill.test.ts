import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Replacement } from '../../src/operations/replacement.js';
import type { RestoreProgress } from '../../src/operations/restore-progress.js';
import {
  expectOldServer,
  label,
  newScene,
  planReplacement,
  startGround,
  type ReplacementGround,
  type ReplacementScene,
} from '../support/e2e/replacement-ground.js';

/** A restore whose process was killed: whatever it had done, another process finds the way back. */

const minutes = 60_000;
const run = promisify(execFile);

let ground: ReplacementGround;
let scene: ReplacementScene;

beforeAll(async () => {
  ground = await startGround();
}, 2 * minutes);
afterAll(() => ground.server.remove(), minutes);

beforeEach(async () => {
  scene = await newScene(ground);
}, minutes);
afterEach(() => scene.dir.remove());

describe('after a kill the way back goes on from where it was', () => {
  const whole = (): string => `${ground.server.datadir}.before-restore-${label}`;
  const inside = (): string => join(ground.server.datadir, `.before-restore-${label}`);
  const shell = (script: string) => run('sh', ['-ec', script]);
  const moveHalf = (from: string, to: string): string => `mv "${from}/ibdata1" "${from}/mysql" "${to}/"`;
  const moveAll = (from: string, to: string): string =>
    `find "${from}" -mindepth 1 -maxdepth 1 ! -path "${to}" -exec mv {} "${to}/" ';'`;

  const cases: [what: string, step: RestoreProgress['step'], state: () => string][] = [
    ['before anything was moved', 'settingAside', () => 'true'],
    ['the datadir was renamed', 'settingAside', () => `mv "${ground.server.datadir}" "${whole()}"`],
    [
      'a half of it was moved aside',
      'settingAside',
      () => `mkdir "${inside()}"; ${moveHalf(ground.server.datadir, inside())}`,
    ],
    [
      'new data had come in',
      'replaced',
      () =>
        `mv "${ground.server.datadir}" "${whole()}"; mkdir "${ground.server.datadir}"; cp -a "${ground.preparedData}/." "${ground.server.datadir}"`,
    ],
    [
      'new data had come into a mount point',
      'replaced',
      () =>
        `mkdir "${inside()}"; ${moveAll(ground.server.datadir, inside())}; cp -a "${ground.preparedData}/." "${ground.server.datadir}"`,
    ],
    [
      'a half of the old data had come back',
      'takenAway',
      () =>
        `mkdir "${inside()}"; ${moveAll(ground.server.datadir, inside())}; ${moveHalf(inside(), ground.server.datadir)}`,
    ],
    ['all of it had come back', 'takenAway', () => 'true'],
  ];

  it.each(cases)(
    '%s',
    async (_, step, state) => {
      const { plan, context } = await planReplacement(ground, scene, {});
      await ground.server.stop();
      await shell(state());
      const subject = await Replacement.afterKill(plan, context, step);
      expect(await subject.rollBack()).toContain('the old server runs');
      await expectOldServer(ground);
      expect(await readdir(ground.server.datadir)).not.toContain(basename(inside()));
    },
    2 * minutes,
  );

  it('does not start the server on new data when the old is lost', async () => {
    const { plan, context } = await planReplacement(ground, scene, {});
    await expect(Replacement.afterKill(plan, context, 'replaced')).rejects.toThrow(
      'not where it was set aside',
    );
  });
});
