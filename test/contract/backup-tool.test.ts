import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientGroup } from '../../src/mysql/option-file.js';
import { hasOption } from '../../src/tools/lines.js';
import { saysCompleted } from '../../src/tools/backup-tool.js';
import { readCoordinates } from '../../src/tools/checkpoints.js';
import { explainFailure } from '../../src/tools/messages.js';
import { checksumTables, differences, type Checksums } from '../support/checksums.js';
import { startMysqlServer } from '../support/mysql-server.js';
import { eventually } from '../support/program-world.js';
import { codeOf, toolGround, type TakenBackup, type ToolGround } from '../support/tool-ground.js';
import { toolsUnderTest } from '../support/tools-under-test.js';

/**
 * What the operations rely on in a backup tool. It is told only what src/tools tells it, and what differs between
 * the tools is asked of their line.
 */
const minutes = 60_000;

describe.each(toolsUnderTest())('$name', (under) => {
  let ground: ToolGround;
  let chain: TakenBackup[];
  let last: Checksums;
  /** Extracted, and not prepared. */
  let dirs: string[];

  beforeAll(async () => {
    ground = await toolGround(under);
    const { server } = ground;
    await server.query('CREATE DATABASE shop');
    await server.query('CREATE TABLE shop.orders (id INT AUTO_INCREMENT PRIMARY KEY, text LONGTEXT)');
    await server.query('CREATE TABLE shop.visits (id INT PRIMARY KEY) ENGINE=MyISAM');
    chain = [];
    for (const name of ['full', 'one', 'two']) {
      await server.query(`INSERT INTO shop.orders (text) SELECT REPEAT('${name} ', 400000)`);
      await server.query(`INSERT INTO shop.visits VALUES (${chain.length})`);
      if (chain.length > 0) await server.query(`CREATE TABLE shop.new_${name} (id INT PRIMARY KEY)`);
      await ground.checkpoint();
      const fromLsn = chain.at(-1)?.checkpoints.toLsn;
      chain.push(await ground.backUp(name, fromLsn === undefined ? {} : { fromLsn }));
    }
    last = await checksumTables(server);
    dirs = [];
    for (const backup of chain) dirs.push(await ground.extract(backup));
  }, 3 * minutes);

  afterAll(() => ground.remove(), minutes);

  const at = <T>(list: readonly T[], index: number): T => list[index] as T;
  const copy = (index: number): Promise<string> => ground.copyOf(at(dirs, index));
  /** The full, ready for an incremental. */
  const appliedFull = async (): Promise<string> => {
    const targetDir = await copy(0);
    await ground.prepare({ targetDir, isLast: false });
    return targetDir;
  };

  it('says of each backup where it begins, and ends with «completed OK!»', () => {
    const { states } = ground.tool.line;
    const [full, one, two] = chain.map(({ checkpoints }) => checkpoints);
    expect(full).toMatchObject({ backupType: states.full, fromLsn: '0' });
    expect(one).toMatchObject({ backupType: states.incremental, fromLsn: full?.toLsn });
    expect(two).toMatchObject({ backupType: states.incremental, fromLsn: one?.toLsn });
    for (const { lastLine, checkpoints } of chain) {
      expect(saysCompleted(lastLine)).toBe(true);
      expect(BigInt(checkpoints.lastLsn)).toBeGreaterThanOrEqual(BigInt(checkpoints.toLsn));
      expect(BigInt(checkpoints.toLsn)).toBeGreaterThan(BigInt(checkpoints.fromLsn));
    }
  });

  it('leaves the files of its line: plain ones beside the stream, and the last ones at its end', async () => {
    const { files } = ground.tool.line;
    for (const backup of chain) {
      const plain = [files.checkpoints, ...(files.infoInLsnDir ? [files.info] : [])];
      expect((await readdir(backup.lsnDir)).sort()).toEqual(plain.sort());
      const streamed = await ground.filesIn(backup);
      expect(streamed.slice(-files.last.length)).toEqual(files.last);
      expect(streamed).toEqual(expect.arrayContaining([files.checkpoints, files.info, files.binlogInfo]));
    }
  });

  it('says where the binary log is', async () => {
    for (const [index, backup] of chain.entries()) {
      const inStream = await readCoordinates(at(dirs, index));
      expect(inStream.binlogFile).toMatch(/^binlog\.\d+$/);
      expect(Number(inStream.binlogPosition)).toBeGreaterThan(0);
      if (ground.tool.line.files.infoInLsnDir) expect(await readCoordinates(backup.lsnDir)).toEqual(inStream);
    }
  });

  it(
    'applies a chain link by link, and a server starts on what it moves back',
    async () => {
      const { states } = ground.tool.line;
      const targetDir = await copy(0);
      expect(await ground.prepare({ targetDir, isLast: false })).toBe(states.applied);
      const one = { targetDir, incrementalDir: await copy(1), isLast: false };
      expect(await ground.prepare(one)).toBe(states.applied);
      const two = { targetDir, incrementalDir: await copy(2), isLast: true };
      const state = await ground.prepare(two);
      expect(state).toBe(states.prepared);
      expect(ground.tool.isFullyPrepared(state)).toBe(true);
      expect(ground.tool.isFullyPrepared(states.full)).toBe(false);
      expect(await readCoordinates(targetDir)).toEqual(await readCoordinates(at(dirs, 2)));

      const datadir = join(ground.dir, 'restored', 'data');
      await ground.moveBack(targetDir, datadir);
      const { mysqld } = ground;
      const restored = await startMysqlServer({
        dir: join(ground.dir, 'restored'),
        datadir,
        ...(mysqld === undefined ? {} : { mysqld }),
      });
      try {
        expect(differences(last, await checksumTables(restored))).toEqual([]);
      } finally {
        await restored.remove();
      }
    },
    2 * minutes,
  );

  it('prepares a full alone to the end at once', async () => {
    const { states } = ground.tool.line;
    expect(await ground.prepare({ targetDir: await copy(0), isLast: true })).toBe(states.prepared);
  });

  it('takes a base LSN that the server has not reached yet for a good one', async () => {
    const fromLsn = String(BigInt(at(chain, 2).checkpoints.lastLsn) * 2n);
    const { checkpoints, lastLine } = await ground.backUp('future', { fromLsn });
    expect(saysCompleted(lastLine)).toBe(true);
    expect(checkpoints.fromLsn).toBe(fromLsn);
    expect(BigInt(checkpoints.toLsn)).toBeLessThan(BigInt(fromLsn));
  });

  describe('refuses', () => {
    it('an incremental that does not follow from the target', async () => {
      const step = { targetDir: await appliedFull(), incrementalDir: await copy(2), isLast: true };
      expect(await codeOf(ground.prepare(step))).toBe('PREPARE_ORDER');
    });

    it('an incremental on a target that is not prepared', async () => {
      const step = { targetDir: await copy(0), incrementalDir: await copy(1), isLast: true };
      expect(await codeOf(ground.prepare(step))).toBe('PREPARE_ORDER');
    });

    it('an incremental on a target that was prepared to the end, where that is another state', async () => {
      const { states } = ground.tool.line;
      const targetDir = await copy(0);
      await ground.prepare({ targetDir, isLast: true });
      const work = ground.prepare({ targetDir, incrementalDir: await copy(1), isLast: true });
      if (states.prepared === states.applied) expect(await work).toBe(states.prepared);
      else expect(await codeOf(work)).toBe('PREPARE_ORDER');
    });

    it('an incremental that the target has already', async () => {
      const targetDir = await appliedFull();
      await ground.prepare({ targetDir, incrementalDir: await copy(1), isLast: false });
      const again = { targetDir, incrementalDir: await copy(1), isLast: false };
      expect(await codeOf(ground.prepare(again))).toBe('PREPARE_ORDER');
    });

    it('to move back what is not prepared to the end, where its line looks', async () => {
      const work = ground.moveBack(await appliedFull(), join(ground.dir, 'unprepared'));
      if (ground.tool.line.refuses.unpreparedRestore) expect(await codeOf(work)).toBe('NOT_PREPARED');
      else await work;
    });

    it('to move back into a datadir with files', async () => {
      const preparedDir = await copy(0);
      await ground.prepare({ targetDir: preparedDir, isLast: true });
      const datadir = await ground.copyOf(at(chain, 0).lsnDir);
      const before = await readdir(datadir);
      expect(await codeOf(ground.moveBack(preparedDir, datadir))).toBe('DATADIR_UNSUITABLE');
      expect(await readdir(datadir)).toEqual(before);
    });

    it('a directory that is no backup', async () => {
      const targetDir = await ground.copyOf(at(chain, 0).lsnDir);
      const { checkpoints } = ground.tool.line.files;
      await writeFile(join(targetDir, checkpoints), 'backup_type = full-backuped\n');
      expect(await codeOf(ground.prepare({ targetDir, isLast: true }))).toBe('BASE_UNREADABLE');
    });

    it('an option that it does not know, where its line looks', async () => {
      const option = '--no-such-option';
      const backup = ground.backUp('unknown-option', { extraArguments: [option] });
      const prepare = copy(0).then((targetDir) => ground.prepare({ targetDir, isLast: true }, [option]));
      if (ground.tool.line.refuses.unknownOptions) {
        expect(await Promise.all([codeOf(backup), codeOf(prepare)])).toEqual(
          Array(2).fill('TOOL_OPTION_REFUSED'),
        );
      } else {
        await Promise.all([backup, prepare]);
      }
    });

    it('an option that only other lines have, where its line looks', async () => {
      const { line, version } = ground.tool;
      const work = copy(0).then((targetDir) =>
        ground.prepare({ targetDir, isLast: true }, ['--check-tables']),
      );
      if (hasOption(line, version, 'check-tables') || !line.refuses.unknownOptions) await work;
      else expect(await codeOf(work)).toBe('TOOL_OPTION_REFUSED');
    });
  });

  describe('says what is wrong with', () => {
    const withClient = async (name: string, client: Record<string, string>): Promise<string> => {
      const defaultsFile = join(ground.dir, `${name}.cnf`);
      await writeFile(defaultsFile, clientGroup({ user: 'root', ...client }), { mode: 0o600 });
      return codeOf(ground.backUp(name, { defaultsFile }));
    };

    it('a wrong password', async () => {
      const { socket } = ground.server;
      const client = { user: 'nobody', password: 'wrong', socket };
      expect(await withClient('wrong-password', client)).toBe('SERVER_ACCESS_DENIED');
    });

    it('a server that is not there', async () => {
      const client = { socket: join(ground.dir, 'no.sock') };
      expect(await withClient('no-server', client)).toBe('SERVER_UNREACHABLE');
    });

    it('a base LSN that is no number', async () => {
      expect(await codeOf(ground.backUp('no-number', { fromLsn: '12x' }))).toBe('BASE_UNREADABLE');
    });
  });

  it('leaves no process and no lock when it is told to end in the middle', async () => {
    const { world, server, tool } = ground;
    const program = { program: tool.path, arguments: await ground.backupArguments('ended') };
    const before = (await world.living()).length;
    const abort = new AbortController();
    const read = world.reading([program], undefined, { signal: abort.signal });
    // Nobody reads on, so it cannot end by itself.
    expect((await read.next()).done).toBe(false);
    abort.abort();
    const readToEnd = async (): Promise<void> => {
      while ((await read.next()).done !== true) continue;
    };
    const end = readToEnd().catch((error: unknown) => {
      throw explainFailure(error, 'BACKUP_FAILED');
    });
    expect(await codeOf(end)).toBe('CANCELLED');
    await eventually(async () => (await world.living()).length === before, 'its processes are gone');
    await server.query('CREATE TABLE shop.after (id INT PRIMARY KEY)');
    await server.query('DROP TABLE shop.after');
  });
});
