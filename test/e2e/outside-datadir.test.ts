import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { checksumTables, type Checksums } from '../support/checksums.js';
import { install, type Installation } from '../support/e2e/installation.js';
import { makeOutsidePlaces, type OutsidePlaces } from '../support/e2e/outside-places.js';
import {
  applyAndCompare,
  backUpExactly,
  expectData,
  untilWritten,
  type Point,
} from '../support/e2e/restored-data.js';
import { startMysqlServer } from '../support/mysql-server.js';

/**
 * A server with its system tablespace, redo log, undo tablespaces, binary logs and some tables outside of the
 * datadir. A redo log that stays behind there is deadly, for the restored data as for the old.
 */
const minutes = 60_000;
/** A file that no server minds: where it is, the old data is. */
const oldDataMark = 'this-is-the-old-data';

let places: OutsidePlaces;
let installation: Installation;
let first: Point;
let second: Point;
let present: Checksums;
let prepared: string;

const place = (name: string): string => places.path(name);

beforeAll(async () => {
  places = await makeOutsidePlaces();
  installation = await install({ sizeMib: 6, server: { options: places.serverOptions } });
  const { server } = installation;
  const dir = place('tables');
  await server.query(
    `CREATE TABLE shop.far (id INT AUTO_INCREMENT PRIMARY KEY, text LONGTEXT) ENGINE=InnoDB DATA DIRECTORY='${dir}'`,
  );
  await server.query(
    `CREATE TABLE shop.parts (id INT) ENGINE=InnoDB PARTITION BY RANGE (id) ` +
      `(PARTITION a VALUES LESS THAN (10) DATA DIRECTORY='${dir}', PARTITION b VALUES LESS THAN MAXVALUE)`,
  );
  await server.query(`CREATE TABLE shop.gone (id INT) ENGINE=InnoDB DATA DIRECTORY='${dir}'`);
  await server.query("INSERT INTO shop.far (text) VALUES (REPEAT('first ', 20000))");
  await server.query('INSERT INTO shop.parts VALUES (1), (20)');
  const writers = await installation.startWriters();
  await untilWritten(writers);
  first = await backUpExactly(installation, writers, { at: '2026-11-17T00:07' });
  await untilWritten(writers);
  await server.query("INSERT INTO shop.far (text) SELECT REPEAT('second ', 20000) FROM shop.parts");
  await server.query('INSERT INTO shop.parts VALUES (2), (30)');
  second = await backUpExactly(installation, writers, { at: '2026-11-17T01:07' });
  await untilWritten(writers);
  await writers.stop();
  // What comes and goes with the old data, and with the restored.
  await server.query('DROP TABLE shop.gone');
  await server.query("UPDATE shop.far SET text = 'later'");
  await server.query(`CREATE TABLE shop.later (id INT) ENGINE=InnoDB DATA DIRECTORY='${dir}'`);
  prepared = join(installation.dir, 'recovery');
  await installation.succeed('prepare', { inputs: { date: 'latest', 'target-dir': prepared } });
  await places.addForeignFiles();
  await writeFile(join(server.datadir, oldDataMark), '');
  present = await checksumTables(server);
}, 5 * minutes);

afterAll(async () => {
  await installation.remove();
  await places.remove();
}, minutes);

/** A copy that a test may use up. */
async function preparedCopy(): Promise<string> {
  const dir = join(await mkdtemp(join(installation.dir, 'prepared-')), 'copy');
  await promisify(execFile)('cp', ['-a', prepared, dir]);
  return dir;
}

/** The old data's mark is in the datadir: fails the server's start on any other. */
const onlyOldData = (otherwise: string): string =>
  `if [ -e '${join(installation.server.datadir, oldDataMark)}' ]; then ${installation.server.startCommand}; else ${otherwise}; fi`;

describe('the backup', () => {
  it('says where the server has what is not in its datadir', async () => {
    const { mysql } = await installation.place.manifest(first.id);
    expect(mysql).toMatchObject({
      directories: {
        dataHome: place('home'),
        redo: place('redo'),
        undo: place('undo'),
        binlog: place('binlogs'),
        tablespaces: [place('tables/shop')],
      },
    });
    const json = JSON.parse(await readFile(join(prepared, 'prepared.json'), 'utf8')) as { mysql: unknown };
    expect(json.mysql).toMatchObject({ directories: mysql.directories });
  });

  it('is prepared without a touch of the live tables', async () => {
    await expectData(installation.server, present);
  });
});

describe('the old data comes back to all its places', () => {
  let before: Record<string, string[]>;

  beforeEach(async () => {
    before = await places.contents();
  });

  const expectRolledBack = async (inputs: Record<string, string>): Promise<string> => {
    const copy = await preparedCopy();
    const { code, text } = await installation.fail('apply', { inputs: { 'prepared-dir': copy, ...inputs } });
    expect({ code, text }).toMatchObject({ code: 'RESTORE_ROLLED_BACK' });
    expect(text).toContain('the old server runs');
    await expectData(installation.server, present);
    return text;
  };

  it(
    'when the new server has written into them, and fails (copy-back)',
    async () => {
      // It has run on the new data, and left a redo log of its own.
      const start = onlyOldData(
        `${installation.server.startCommand} && ${installation.server.stopCommand} && exit 1`,
      );
      await expectRolledBack({ method: 'copy-back', 'start-command': start });
      expect(await places.contents()).toEqual(before);
    },
    2 * minutes,
  );

  it(
    'when the new server was killed (move-back); what was moved is kept',
    async () => {
      const kill = installation.server.stopCommand.replace(/ stop /, ' kill ');
      const start = onlyOldData(`${installation.server.startCommand} && ${kill} && exit 1`);
      const text = await expectRolledBack({ method: 'move-back', 'start-command': start });
      for (const name of ['home', 'redo', 'undo', 'tables/shop']) {
        const kept = (await readdir(place(name))).filter((file) => file.startsWith('.failed-restore-'));
        expect(kept).toHaveLength(1);
        expect(text).toContain(join(place(name), kept[0] ?? ''));
        expect(await readdir(join(place(name), kept[0] ?? ''))).not.toEqual([]);
        await rm(join(place(name), kept[0] ?? ''), { recursive: true });
      }
      expect(await places.contents()).toEqual(before);
    },
    2 * minutes,
  );

  it(
    'when one of them cannot be set aside',
    async () => {
      // The name is taken; the label is the time, so it is made when the server has stopped.
      const blocked = `for s in 0 1 2 3 4 5 6 7 8 9; do mkdir '${place('undo')}'/.before-restore-$(date -u -d "+$((s - 5)) seconds" +%Y%m%dT%H%M%SZ); done`;
      const stop = `${installation.server.stopCommand}; [ -e '${join(installation.dir, 'blocked')}' ] || { touch '${join(installation.dir, 'blocked')}'; ${blocked}; }`;
      const text = await expectRolledBack({ 'stop-command': stop });
      expect(text).toContain('EEXIST');
      for (const file of await readdir(place('undo'))) {
        if (file.startsWith('.before')) await rm(join(place('undo'), file), { recursive: true });
      }
      expect(await places.contents()).toEqual(before);
    },
    2 * minutes,
  );

  it(
    'after a kill of the action, in its post step',
    async () => {
      const slow = join(installation.dir, 'slow');
      await writeFile(slow, '');
      const start = `if [ -e '${slow}' ]; then ${installation.server.startCommand}; sleep 60; else ${installation.server.startCommand}; fi`;
      const run = await installation.start('apply', {
        inputs: { 'prepared-dir': await preparedCopy(), method: 'copy-back', 'start-command': start },
      });
      await run.waitForLine(/Start the server/);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const ending = run.cancel();
      setTimeout(() => void rm(slow), 8000);
      const { post } = await ending;
      expect(post?.log).toContain('RESTORE_ROLLED_BACK');
      await expectData(installation.server, present);
      expect(await places.contents()).toEqual(before);
    },
    3 * minutes,
  );
});

describe('apply refuses', () => {
  const expectRefusal = async (inputs: Record<string, string>): Promise<string> => {
    const before = await places.contents();
    const failure = await installation.fail('apply', {
      inputs: { 'prepared-dir': await preparedCopy(), ...inputs },
    });
    expect(failure.code).toBe('DATADIR_UNSUITABLE');
    expect(failure.text).toContain('Nothing was changed');
    expect(await places.contents()).toEqual(before);
    return failure.text;
  };

  it(
    'another datadir on this host, whose server would take the same places',
    async () => {
      const dir = await mkdtemp(join(installation.dir, 'other-'));
      const other = await startMysqlServer({ dir });
      installation.onRemove(() => other.remove());
      const inputs = {
        datadir: other.datadir,
        'mysql-socket': other.socket,
        'stop-command': other.stopCommand,
        'start-command': other.startCommand,
      };
      expect(await expectRefusal(inputs)).toContain('there is a file that this server does not know');
      await other.stop();
      expect(await expectRefusal(inputs)).toContain('is not known');
      await other.remove();
      await expectData(installation.server, present);
    },
    2 * minutes,
  );

  it(
    'a directory that is missing',
    async () => {
      await installation.server.stop();
      await rename(place('undo'), place('undo-away'));
      try {
        const copy = await preparedCopy();
        const { code, text } = await installation.fail('apply', { inputs: { 'prepared-dir': copy } });
        expect(code).toBe('DATADIR_UNSUITABLE');
        expect(text).toContain(`${place('undo')}, which does not exist`);
      } finally {
        await rename(place('undo-away'), place('undo'));
        await installation.server.start();
      }
    },
    2 * minutes,
  );

  it(
    'an option file that says otherwise than the running server',
    async () => {
      const file = join(installation.dir, 'other.cnf');
      const { socket } = installation.server;
      await writeFile(
        file,
        `[client]\nuser=root\nsocket=${socket}\n[mysqld]\ninnodb_undo_directory=${place('redo')}\n`,
      );
      const text = await expectRefusal({ 'mysql-defaults-file': file, 'mysql-user': '', 'mysql-socket': '' });
      expect(text).toContain(`but the one that runs has it in ${place('undo')}`);
    },
    minutes,
  );
});

describe('a restore', () => {
  it(
    'succeeds, and keeps the old data of all places',
    async () => {
      const result = await applyAndCompare(installation, second, { 'prepared-dir': await preparedCopy() });
      expect(result.summary).toMatch(/Method +\| move-back/);
      const found = await places.contents();
      for (const name of ['home', 'redo', 'undo', 'tables/shop']) {
        const [aside = '', ...more] = (found[name] ?? []).filter((file) => file.startsWith('.'));
        expect(more).toEqual([]);
        expect(aside).toMatch(/^\.before-restore-/);
        expect(result.summary).toContain(join(place(name), aside));
        expect(await readdir(join(place(name), aside))).not.toEqual([]);
      }
      expect(found['tables/shop']).not.toContain('later.ibd');
      expect(await places.hasForeignFiles()).toBe(true);
      expect(result.summary).toContain(`The binary logs in ${place('binlogs')}`);
      expect(await readdir(installation.server.datadir)).not.toContain('ibdata1');
      await places.removeAside();
    },
    2 * minutes,
  );

  it(
    'succeeds on a server that does not answer: by what the backup says, and by its own option file',
    async () => {
      const { server } = installation;
      const file = join(installation.dir, 'server.cnf');
      await writeFile(
        file,
        `[client]\nuser=root\nsocket=${server.socket}\n[mysqld]\ndatadir=${server.datadir}\n` +
          `innodb-data-home-dir=${place('home')}\ninnodb_log_group_home_dir = ${place('redo')}/\n` +
          `innodb_undo_directory="${place('undo')}"\n`,
      );
      const byFile = { 'mysql-defaults-file': file, 'mysql-user': '', 'mysql-socket': '' };
      for (const inputs of [{}, byFile]) {
        await server.query("UPDATE shop.far SET text = 'broken'");
        await server.kill();
        const copy = await preparedCopy();
        await applyAndCompare(installation, second, { 'prepared-dir': copy, ...inputs, method: 'copy-back' });
        const { redo = [] } = await places.contents();
        expect(redo.filter((name) => name.startsWith('.before-restore-'))).toHaveLength(1);
        await places.removeAside();
      }
    },
    3 * minutes,
  );

  it(
    'of the first backup succeeds too, after a full backup of the restored server',
    async () => {
      const { outputs } = await installation.succeed('backup', { at: '2026-11-17T02:07' });
      expect(outputs['type']).toBe('full');
      const target = join(installation.dir, 'again');
      await installation.succeed('prepare', {
        inputs: { date: first.date, hour: first.hour, 'target-dir': target },
      });
      await applyAndCompare(installation, first, { 'prepared-dir': target });
      const old = (await readdir(join(installation.server.datadir, '..'))).filter((name) =>
        name.startsWith(`${basename(installation.server.datadir)}.before-restore-`),
      );
      expect(old).toHaveLength(4);
    },
    2 * minutes,
  );
});
