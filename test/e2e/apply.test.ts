import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checksumTables, differences, type Checksums } from '../support/checksums.js';
import { install, smallServer, type Installation } from '../support/e2e/installation.js';
import {
  applyAndCompare,
  backUpExactly,
  expectData,
  untilWritten,
  type Point,
} from '../support/e2e/restored-data.js';
import { startMysqlServer } from '../support/mysql-server.js';
import { repositoryRoot } from '../support/repository-root.js';

/** Restores that must not happen, and restores that fail: the data that was there has to survive them all. */
const minutes = 60_000;
/** A file that no server minds: where it is, the old data is. */
const oldDataMark = 'this-is-the-old-data';

let installation: Installation;
let point: Point;
/** What the server has now, some writes after the backup. */
let present: Checksums;
let prepared: string;

beforeAll(async () => {
  installation = await install({ sizeMib: 8 });
  const writers = await installation.startWriters();
  await untilWritten(writers);
  await backUpExactly(installation, writers, { at: '2026-11-17T00:07' });
  await untilWritten(writers);
  point = await backUpExactly(installation, writers, { at: '2026-11-17T01:07' });
  await untilWritten(writers);
  await writers.stop();
  prepared = join(installation.dir, 'recovery');
  await installation.succeed('prepare', { inputs: { date: 'latest', 'target-dir': prepared } });
  await writeFile(join(installation.server.datadir, oldDataMark), '');
  present = await checksumTables(installation.server);
}, 3 * minutes);

afterAll(() => installation.remove(), minutes);

/** A copy that a test may use up or break, and the data in it. */
async function preparedCopy(): Promise<{ dir: string; data: string }> {
  const dir = join(await mkdtemp(join(installation.dir, 'prepared-')), 'copy');
  await promisify(execFile)('cp', ['-a', prepared, dir]);
  return { dir, data: join(dir, '2026-11-17', '00') };
}

/** The datadir's folder: what is set aside, or left over, is beside it. */
async function besideDatadir(): Promise<string[]> {
  const { datadir } = installation.server;
  const names = await readdir(dirname(datadir));
  return names.filter((name) => name.startsWith(basename(datadir))).sort();
}

describe('apply refuses', () => {
  let copy: { dir: string; data: string };
  let process: string;

  beforeEach(async () => {
    copy = await preparedCopy();
    process = await installation.serverProcess();
  }, minutes);

  const expectRefusal = async (code: string, inputs: Record<string, string>): Promise<string> => {
    const failure = await installation.fail('apply', { inputs: { 'prepared-dir': copy.dir, ...inputs } });
    expect(failure.code).toBe(code);
    expect(failure.result.outputs).not.toHaveProperty('rolled-back');
    expect(failure.result.summary).toContain('Nothing was changed');
    expect(await installation.server.running()).toBe(true);
    expect(await installation.serverProcess()).toBe(process);
    expect(await besideDatadir()).toEqual(['data']);
    expect(differences(present, await checksumTables(installation.server))).toEqual([]);
    return failure.text;
  };

  it('a confirmation of another name', async () => {
    const text = await expectRefusal('CONFIRM_MISMATCH', { confirm: 'db2' });
    expect(text).toContain(installation.place.server);
  });

  it(
    'a directory that was never prepared',
    async () => {
      await rm(join(copy.dir, 'prepared.json'));
      await expectRefusal('NOT_PREPARED', {});
      await expectRefusal('NOT_PREPARED', { 'prepared-dir': join(installation.dir, 'not-there') });
    },
    minutes,
  );

  it('a prepared directory that lost a file', async () => {
    await rm(join(copy.data, 'shop', 'documents.ibd'));
    await expectRefusal('NOT_PREPARED', {});
  });

  it('a prepared directory with a file that was cut', async () => {
    await truncate(join(copy.data, 'shop', 'documents.ibd'), 65_536);
    await expectRefusal('NOT_PREPARED', {});
  });

  it(
    'to go on when the stop command stops nothing',
    async () => {
      const text = await expectRefusal('STOP_FAILED', {
        'stop-command': 'true',
        'start-timeout-seconds': '2',
      });
      expect(text).toContain('the server still runs');
    },
    minutes,
  );

  it('to go on when the stop command fails', async () => {
    const text = await expectRefusal('STOP_FAILED', { 'stop-command': 'echo no permission >&2; exit 7' });
    expect(text).toContain('no permission');
  });

  it(
    'the datadir of another server, whether that runs or not',
    async () => {
      const dir = await mkdtemp(join(installation.dir, 'other-'));
      const other = await startMysqlServer({ dir, options: smallServer });
      installation.onRemove(() => other.remove());
      await expectRefusal('DATADIR_UNSUITABLE', { datadir: other.datadir });
      expect(await other.running()).toBe(true);
      await other.stop();
      await expectRefusal('DATADIR_UNSUITABLE', { datadir: other.datadir });
      expect(await readdir(dir)).not.toContainEqual(expect.stringContaining('before-restore'));
      await other.remove();
    },
    2 * minutes,
  );
});

describe('apply puts the old data back', () => {
  /**
   * A start command that starts the old data as always, and does something else with restored data; and a stop
   * command that ends whatever of it runs.
   */
  const commands = async (
    withRestoredData: string,
  ): Promise<{ inputs: Record<string, string>; otherDir: string }> => {
    const { server } = installation;
    const dir = await mkdtemp(join(installation.dir, 'commands-'));
    const otherDir = join(dir, 'other');
    await mkdir(otherDir);
    const script = join(repositoryRoot(), 'script/mysql-server');
    const start = join(dir, 'start');
    const text = `#!/bin/sh
datadir='${server.datadir}' script='${script}' other='${otherDir}'
if [ -e "$datadir/${oldDataMark}" ]; then exec ${server.startCommand}; fi
${withRestoredData}
`;
    await writeFile(start, text);
    await chmod(start, 0o755);
    installation.onRemove(() => promisify(execFile)(script, ['kill', otherDir]));
    const stop = `${server.stopCommand} && '${script}' stop '${otherDir}'`;
    return { inputs: { 'start-command': start, 'stop-command': stop }, otherDir };
  };

  const expectRolledBack = async (
    inputs: Record<string, string>,
  ): Promise<{ text: string; kept: string[] }> => {
    const copy = await preparedCopy();
    const all = { 'prepared-dir': copy.dir, ...inputs };
    const { code, text, result } = await installation.fail('apply', { inputs: all });
    expect(code).toBe('RESTORE_ROLLED_BACK');
    expect(result.outputs).toEqual({ 'rolled-back': 'true' });
    expect(result.summary).toMatch(/everything is back as it was/i);
    expect(result.summary).toMatch(/❌ +\| Start the server/);
    expect(result.summary).toMatch(/✅ +\| Roll back: start the old server/);
    expect(text).toContain('The old data is in place again, and the old server runs.');
    expect(await installation.server.running()).toBe(true);
    await expectData(installation.server, present);
    expect(await readdir(installation.server.datadir)).toContain(oldDataMark);
    const kept = (await besideDatadir()).filter((name) => name !== 'data');
    return { text, kept };
  };

  // What copy-back put there was a copy: it goes. What move-back put there is the only one: it stays.
  it.each([
    ['copy-back', 0],
    ['move-back', 1],
  ])(
    'when the server fails on the data of %s',
    async (method, count) => {
      const { inputs } = await commands(
        `echo garbage >"$datadir/ibdata1"; exec ${installation.server.startCommand}`,
      );
      const { text, kept } = await expectRolledBack({ ...inputs, method });
      expect(kept).toHaveLength(count);
      for (const name of kept) {
        const path = join(dirname(installation.server.datadir), name);
        expect(text).toContain(path);
        expect(await readdir(join(path, 'shop'))).toContain('documents.ibd');
        await rm(path, { recursive: true });
      }
    },
    2 * minutes,
  );

  it(
    'when the start command fails at once',
    async () => {
      const { inputs } = await commands('echo "Job for mariadb.service failed." >&2; exit 3');
      const { kept } = await expectRolledBack({ ...inputs, method: 'copy-back' });
      expect(kept).toEqual([]);
    },
    2 * minutes,
  );

  it(
    'when a server runs on the new data and never answers',
    async () => {
      // It has the datadir, and listens elsewhere.
      const { inputs, otherDir } = await commands(
        `exec "$script" start "$other" --datadir="$datadir" ${smallServer.join(' ')}`,
      );
      const { text, kept } = await expectRolledBack({
        ...inputs,
        method: 'copy-back',
        'start-timeout-seconds': '12',
      });
      expect(text).toContain('did not answer within 12 seconds');
      expect(kept).toEqual([]);
      expect(await readdir(otherDir)).toContain('error.log'); // it did run
      expect(await readdir(otherDir)).not.toContain('process'); // and was stopped
    },
    2 * minutes,
  );

  it(
    'and goes on as if nothing had been: the next backup is an incremental, the next restore succeeds',
    async () => {
      const { outputs } = await installation.succeed('backup', { at: '2026-11-17T02:07' });
      expect(outputs).toMatchObject({ type: 'incremental', reason: 'follows 2026-11-17/01' });
      const copy = await preparedCopy();
      const applied = await applyAndCompare(installation, point, { 'prepared-dir': copy.dir });
      expect(await readdir(applied.outputs['old-datadir'] ?? '')).toContain(oldDataMark);
    },
    2 * minutes,
  );
});
