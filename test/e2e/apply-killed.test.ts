import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checksumTables, type Checksums } from '../support/checksums.js';
import { install, type Installation } from '../support/e2e/installation.js';
import { backUpExactly, expectData } from '../support/e2e/restored-data.js';
import { recordOutcome } from '../support/fault-matrix.js';

/**
 * A runner that cancels kills the action after ten seconds, and the way back may take longer: then the post step
 * goes it.
 */
const minutes = 60_000;

let installation: Installation;
let present: Checksums;
let prepared: string;
let copy: string;

beforeAll(async () => {
  installation = await install({ sizeMib: 8 });
  const writers = await installation.startWriters();
  await backUpExactly(installation, writers, { at: '2026-11-17T00:07' });
  await writers.stop();
  prepared = join(installation.dir, 'recovery');
  await installation.succeed('prepare', { inputs: { date: 'latest', 'target-dir': prepared } });
  await installation.server.query('CREATE TABLE shop.since_the_backup (id INT PRIMARY KEY)');
  present = await checksumTables(installation.server);
}, 3 * minutes);

afterAll(() => installation.remove(), minutes);

beforeEach(async () => {
  copy = join(await mkdtemp(join(installation.dir, 'prepared-')), 'copy');
  await promisify(execFile)('cp', ['-a', prepared, copy]);
});

afterEach(() => rm(dirname(copy), { recursive: true }));

async function besideDatadir(): Promise<string[]> {
  const { datadir } = installation.server;
  const names = await readdir(dirname(datadir));
  return names.filter((name) => name.startsWith(`${basename(datadir)}.`));
}

/** Cancels an apply in a step that goes on for longer than the runner waits. */
async function killIn(step: RegExp, inputs: Record<string, string>) {
  const run = await installation.start('apply', { inputs: { 'prepared-dir': copy, ...inputs } });
  await run.waitForLine(step);
  // The step has begun when its group is shown; its command a moment later.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const result = await run.cancel();
  expect(result.signal).toBe('SIGKILL');
  return result;
}

const cancelThenKill = 'the run is cancelled, and killed when it takes too long';
const outcome = 'the post step brings the old server back';

describe('after an apply that was killed the old server is back', () => {
  const { stop, start } = {
    stop: () => installation.server.stopCommand,
    start: () => installation.server.startCommand,
  };

  it.each(['move-back', 'copy-back'])(
    'while the new server started (%s)',
    async (method) => {
      const slow = `[ -e ${installation.dir}/slow ] && sleep 60; ${start()}`;
      await promisify(execFile)('touch', [`${installation.dir}/slow`]);
      const killing = killIn(/Start the server/, { method, 'start-command': slow });
      // Only the first start is slow.
      setTimeout(() => void rm(`${installation.dir}/slow`), 8000);
      const { post, temporaryFiles } = await killing;
      expect(post?.log).toContain('RESTORE_ROLLED_BACK');
      expect(post?.log).toContain('the old server runs');
      await expectData(installation.server, present);
      const kept = (await besideDatadir()).map((name) => name.replace(/-\d.*/, ''));
      expect(kept).toEqual(method === 'move-back' ? [expect.stringContaining('.failed-restore')] : []);
      for (const name of await besideDatadir()) {
        await rm(join(dirname(installation.server.datadir), name), { recursive: true });
      }
      expect(temporaryFiles).toEqual([]);
      const step = 'Start the server and wait until it answers';
      recordOutcome({ operation: 'apply', step, fault: cancelThenKill, outcome });
    },
    3 * minutes,
  );

  it(
    'while the old server stopped',
    async () => {
      const { post } = await killIn(/Stop the server/, { 'stop-command': `${stop()}; sleep 60` });
      expect(post?.log).toContain('RESTORE_ROLLED_BACK');
      await expectData(installation.server, present);
      expect(await besideDatadir()).toEqual([]);
      recordOutcome({ operation: 'apply', step: 'Stop the server', fault: cancelThenKill, outcome });
    },
    3 * minutes,
  );
});
