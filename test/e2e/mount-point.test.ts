import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checksumTables, differences, type Checksums } from '../support/checksums.js';
import { install, type Installation } from '../support/e2e/installation.js';
import {
  applyAndCompare,
  backUpExactly,
  checksumsOfDatadir,
  expectData,
  untilWritten,
  type Point,
} from '../support/e2e/restored-data.js';
import { mayMount } from '../support/e2e/tmpfs.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { wrappedTool } from '../support/wrapped-tool.js';

const minutes = 60_000;
/** A file that no server minds: where it is, the old data is. */
const oldDataMark = 'this-is-the-old-data';

let installation: Installation;
let point: Point;
/** What the server has now, some writes after the backup. */
let present: Checksums;
let prepared: string;

/** A copy that a test may use up. It is not on the filesystem of the data. */
async function preparedCopy(): Promise<string> {
  const dir = join(await mkdtemp(join(installation.dir, 'prepared-')), 'copy');
  await promisify(execFile)('cp', ['-a', prepared, dir]);
  return dir;
}

/** What is set aside, or left over, is in the datadir itself. */
async function hiddenInDatadir(): Promise<string[]> {
  return (await readdir(installation.server.datadir)).filter((name) => name.startsWith('.'));
}

// A mount point cannot be renamed, and its filesystem may be too small for two.
(mayMount() ? describe : describe.skip)('with a datadir that is a mount point, apply', () => {
  beforeAll(async () => {
    const options = ['--loose-innodb-log-file-size=16M', '--loose-innodb-redo-log-capacity=16M'];
    installation = await install({ sizeMib: 6, server: { options }, ownFilesystemMib: 640 });
    const { server } = installation;
    expect((await stat(server.datadir)).dev).not.toBe((await stat(dirname(server.datadir))).dev);
    const writers = await installation.startWriters();
    await untilWritten(writers);
    point = await backUpExactly(installation, writers, { at: '2026-11-17T00:07' });
    await untilWritten(writers);
    await writers.stop();
    prepared = join(installation.dir, 'recovery');
    await installation.succeed('prepare', { inputs: { date: 'latest', 'target-dir': prepared } });
    await writeFile(join(server.datadir, oldDataMark), '');
    present = await checksumTables(server);
  }, 3 * minutes);

  afterAll(() => installation.remove(), minutes);

  // To another filesystem, moving is copying too.
  it.each(['copy-back', 'move-back', 'auto'])(
    'refuses %s where there is too little room for the new data beside the old',
    async (method) => {
      const { server } = installation;
      const process = await installation.serverProcess();
      const ballast = join(server.datadir, 'ballast');
      const { bavail, bsize } = await statfs(server.datadir);
      await promisify(execFile)('fallocate', ['-l', String(bavail * bsize - 8 * 1024 * 1024), ballast]);
      try {
        const inputs = { 'prepared-dir': await preparedCopy(), method };
        const { code, result } = await installation.fail('apply', { inputs });
        expect(code).toBe('DISK_TOO_SMALL');
        expect(result.outputs).not.toHaveProperty('rolled-back');
      } finally {
        await rm(ballast);
      }
      expect(await installation.serverProcess()).toBe(process);
      expect(await server.running()).toBe(true);
      expect(await hiddenInDatadir()).toEqual([]);
      expect(differences(present, await checksumTables(server))).toEqual([]);
    },
    minutes,
  );

  it.each([
    ['copy-back', 0],
    ['move-back', 1],
  ])(
    'puts the old data back when the server fails on that of %s',
    async (method, count) => {
      const { server } = installation;
      const mark = join(server.datadir, oldDataMark);
      const broken = `echo garbage >'${join(server.datadir, 'ibdata1')}'`;
      const inputs = {
        'prepared-dir': await preparedCopy(),
        method,
        'start-command': `[ -e '${mark}' ] || ${broken}; exec ${server.startCommand}`,
      };
      const { code, text, result } = await installation.fail('apply', { inputs });
      expect(code).toBe('RESTORE_ROLLED_BACK');
      expect(result.outputs).toEqual({ 'rolled-back': 'true' });
      expect(await server.running()).toBe(true);
      await expectData(server, present);
      expect(await readdir(server.datadir)).toContain(oldDataMark);
      // What copy-back put there was a copy: it goes. What move-back put there is the only one: it stays.
      const kept = await hiddenInDatadir();
      expect(kept).toHaveLength(count);
      for (const path of kept.map((name) => join(server.datadir, name))) {
        expect(text).toContain(path);
        expect(await readdir(join(path, 'shop'))).toContain('documents.ibd');
        await rm(path, { recursive: true });
      }
    },
    2 * minutes,
  );

  it(
    'puts the old data back when the disk becomes full in the middle of the copying',
    async () => {
      const { server } = installation;
      const ballast = join(server.datadir, 'ballast');
      const tool = await wrappedTool(
        installation.dir,
        `free=$(( $(stat -f -c '%a * %S' '${server.datadir}') ))
fallocate -l $((free - 8 * 1024 * 1024)) '${ballast}' || exit 1
"$real" "$@"
status=$?
rm '${ballast}'
exit $status`,
        'copy-back',
      );
      const inputs = { 'prepared-dir': await preparedCopy(), method: 'copy-back', 'tool-path': tool };
      const { code, text } = await installation.fail('apply', { inputs });
      expect(code).toBe('RESTORE_ROLLED_BACK');
      expect(text).toMatch(/disk|No space left/i);
      expect(await server.running()).toBe(true);
      await expectData(server, present);
      expect(await hiddenInDatadir()).toEqual([]);
      recordOutcome({
        operation: 'apply',
        step: 'Put the prepared data in place',
        fault: 'the disk becomes full',
        outcome: 'the old data is put back, and the old server runs',
      });
    },
    2 * minutes,
  );

  it(
    'moves the old data aside within it',
    async () => {
      const { server } = installation;
      const applied = await applyAndCompare(installation, point, { 'prepared-dir': prepared });
      expect(applied.summary).toMatch(/Method +\| copy-back/);
      const [name = '', ...others] = await hiddenInDatadir();
      expect(others).toEqual([]);
      const oldDatadir = applied.outputs['old-datadir'] ?? '';
      expect(oldDatadir).toBe(join(server.datadir, name));
      expect(await readdir(oldDatadir)).toContain(oldDataMark);
      // MariaDB takes every folder for a database, and MySQL none that is hidden.
      const databases = (await server.query('SHOW DATABASES')).map(({ Database: database }) => database);
      const taken = databases.filter((database) => String(database).includes('before-restore'));
      expect(taken).toEqual(server.flavor === 'mariadb' ? [`#mysql50#${name}`] : []);
      expect(differences(present, await checksumsOfDatadir(installation, oldDatadir))).toEqual([]);
    },
    2 * minutes,
  );

  it(
    'leaves a server that can be backed up: without the old data',
    async () => {
      const { outputs } = await installation.succeed('backup', { at: '2026-11-17T01:07' });
      expect(outputs['type']).toBe('full');
      const target = join(installation.dir, 'again');
      await installation.succeed('prepare', { inputs: { date: 'latest', 'target-dir': target } });
      const files = await readdir(target, { recursive: true });
      expect(files).toContain('2026-11-17/01/shop/documents.ibd');
      expect(files.filter((path) => path.includes('before-restore'))).toEqual([]);
      await applyAndCompare(installation, point, { 'prepared-dir': target });
      expect(await hiddenInDatadir()).toHaveLength(1);
    },
    2 * minutes,
  );
});
