import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionResult } from '../support/action-runner.js';
import { checksumTables, differences, type Checksums } from '../support/checksums.js';
import { install, type Installation } from '../support/e2e/installation.js';
import {
  applyAndCompare,
  backUpExactly,
  checksumsOfDatadir,
  untilWritten,
  type Point,
} from '../support/e2e/restored-data.js';
import { changeSchema, startSchemaChanger } from '../support/schema-changes.js';
import type { Writers } from '../support/writers.js';

/**
 * A day of hourly backups of a server that is being written to, and the night after it; then that server is
 * set back to one hour after the other.
 */
const day = '2026-11-17';
const nextDay = '2026-11-18';
const minutes = 60_000;

let installation: Installation;
let writers: Writers;
/** All backups, in order. */
const backups: ActionResult[] = [];
/** Those that were taken while nobody wrote. */
const points = new Map<string, Point>();

beforeAll(async () => {
  installation = await install({ sizeMib: 24 });
  writers = await installation.startWriters();
  const at = async (moment: string): Promise<void> => {
    await untilWritten(writers);
    const point = await backUpExactly(installation, writers, { at: moment });
    backups.push(point.result);
    points.set(point.id, point);
  };
  await at(`${day}T00:07`);
  await at(`${day}T01:07`);
  await changeSchema(installation.server, 1);
  await at(`${day}T02:07`);
  // At three nothing ran.
  const changer = startSchemaChanger(installation.server, 2);
  backups.push(await installation.succeed('backup', { at: `${day}T04:07` }));
  await changer.stop();
  await at(`${day}T04:37`);
  await changeSchema(installation.server, 2 + changer.rounds());
  await at(`${day}T05:07`);
  await at(`${nextDay}T00:01`);
  await at(`${nextDay}T01:07`);
}, 5 * minutes);

afterAll(() => installation.remove(), minutes);

function pointOf(id: string): Point {
  const point = points.get(id);
  if (point === undefined) throw new Error(`There is no ${id}; there are ${[...points.keys()].join(', ')}.`);
  return point;
}

describe('a day of backups', () => {
  it('is a full and incrementals, each on the one before; midnight begins anew', () => {
    const told = backups.map(
      ({ outputs }) => `${outputs['backup-id'] ?? ''} ${outputs['type'] ?? ''}: ${outputs['reason'] ?? ''}`,
    );
    expect(told).toEqual([
      `${day}/00 full: the first backup of ${day}`,
      `${day}/01 incremental: follows ${day}/00`,
      `${day}/02 incremental: follows ${day}/01`,
      `${day}/04 incremental: follows ${day}/02`,
      `${day}/04-37 incremental: follows ${day}/04`,
      `${day}/05 incremental: follows ${day}/04-37`,
      `${nextDay}/00 full: the first backup of ${nextDay}`,
      `${nextDay}/01 incremental: follows ${nextDay}/00`,
    ]);
  });

  it('has no gap between one LSN and the next', () => {
    for (const [index, { outputs }] of backups.entries()) {
      const from = outputs['type'] === 'full' ? '0' : backups[index - 1]?.outputs['to-lsn'];
      expect(outputs['from-lsn']).toBe(from);
    }
  });

  it('tells in its summary what was done, and why', () => {
    const { result } = pointOf(`${day}/02`);
    expect(result.summary).toContain(`${day}/02`);
    expect(result.summary).toContain(`follows ${day}/01`);
    expect(result.summary).toContain(result.outputs['to-lsn']);
  });

  it('is in the bucket as an object and a manifest each, and nothing else', async () => {
    const { place } = installation;
    const expected = backups.flatMap(({ outputs: { 'backup-id': id = '' } }) => [
      `xbackup/${place.server}/${id}.json`,
      `xbackup/${place.server}/${id}.xbstream.zst`,
    ]);
    expect(await place.keys()).toEqual(expected.sort());
    expect(await place.uploads()).toEqual([]);
  });

  it('is listed as what can be restored', async () => {
    const listed = await installation.place.list();
    expect(listed.map(({ id, type, restorable, links }) => [id, type, restorable, links])).toEqual([
      [`${day}/00`, 'full', true, 1],
      [`${day}/01`, 'incremental', true, 2],
      [`${day}/02`, 'incremental', true, 3],
      [`${day}/04`, 'incremental', true, 4],
      [`${day}/04-37`, 'incremental', true, 5],
      [`${day}/05`, 'incremental', true, 6],
      [`${nextDay}/00`, 'full', true, 1],
      [`${nextDay}/01`, 'incremental', true, 2],
    ]);
  });

  it('has tables of other engines beside InnoDB', async () => {
    const rows = await installation.server.query(
      "SELECT DISTINCT engine AS engine FROM information_schema.tables WHERE table_schema = 'shop'",
    );
    const engines = rows.map(({ engine }) => String(engine)).sort();
    expect(engines).toEqual(
      installation.server.flavor === 'mariadb' ? ['Aria', 'InnoDB', 'MyISAM'] : ['InnoDB', 'MyISAM'],
    );
  });
});

describe('a wish that cannot be fulfilled', () => {
  it('for a missed hour names the hours that there are', async () => {
    const inputs = { date: day, hour: '03', 'target-dir': join(installation.dir, 'never-made') };
    const { code, text } = await installation.fail('prepare', { inputs });
    expect(code).toBe('RESTORE_POINT_MISSING');
    expect(text).toContain(`There is no backup ${day}/03.`);
    expect(text).toContain('That day has 00, 01, 02, 04, 04-37, 05.');
    expect(await readdir(installation.dir)).not.toContain('never-made');
  });

  it('for a day without backups names the nearest', async () => {
    const inputs = { date: '2026-11-16', 'target-dir': join(installation.dir, 'never-made') };
    const { code, text } = await installation.fail('prepare', { inputs });
    expect(code).toBe('RESTORE_POINT_MISSING');
    expect(text).toContain('There is no backup of 2026-11-16.');
    expect(text).toContain(`The nearest after is ${day}/00.`);
    expect(await readdir(installation.dir)).not.toContain('never-made');
  });

  it('into a directory with foreign files leaves them as they are', async () => {
    const target = join(installation.dir, 'foreign');
    await mkdir(target);
    await writeFile(join(target, 'precious'), 'do not touch');
    const { code } = await installation.fail('prepare', { inputs: { date: day, 'target-dir': target } });
    expect(code).toBe('TARGET_NOT_EMPTY');
    expect(await readdir(target)).toEqual(['precious']);
    expect(await readFile(join(target, 'precious'), 'utf8')).toBe('do not touch');
  });
});

describe('a restore', () => {
  let present: Checksums;

  /** One target directory for all: each prepare replaces what the one before left. */
  const target = (): string => join(installation.dir, 'recovery');

  const restore = async (
    point: Point,
    { date, hour, method }: { date: string; hour?: string; method: string },
  ): Promise<{ oldDatadir: string }> => {
    const prepareInputs = { date, ...(hour === undefined ? {} : { hour }), 'target-dir': target() };
    const prepared = await installation.succeed('prepare', { inputs: prepareInputs });
    expect(prepared.outputs).toMatchObject({
      'prepared-dir': target(),
      'backup-id': point.id,
      'to-lsn': point.result.outputs['to-lsn'],
    });
    const applyInputs = { 'prepared-dir': target(), method };
    const applied = await applyAndCompare(installation, point, applyInputs);
    expect(applied.outputs).toMatchObject({
      'rolled-back': 'false',
      'server-version': installation.server.version,
    });
    expect(applied.summary).toContain(`restored to ${point.id}`);
    const oldDatadir = applied.outputs['old-datadir'] ?? '';
    expect(applied.summary).toContain(oldDatadir);
    return { oldDatadir };
  };

  beforeAll(async () => {
    await untilWritten(writers);
    await writers.stop();
    present = await checksumTables(installation.server);
  }, minutes);

  it(
    'of the latest puts that in place, and keeps the old data',
    async () => {
      const point = pointOf(`${nextDay}/01`);
      const { oldDatadir } = await restore(point, { date: 'latest', method: 'move-back' });
      expect(differences(point.checksums, present)).not.toEqual([]);
      expect(differences(present, await checksumsOfDatadir(installation, oldDatadir))).toEqual([]);
    },
    3 * minutes,
  );

  it(
    'of a middle hour, by copying, leaves the prepared data where it was',
    async () => {
      await restore(pointOf(`${day}/02`), { date: day, hour: '02', method: 'copy-back' });
      await stat(join(target(), 'prepared.json'));
      await stat(join(target(), day, '00', 'ibdata1'));
    },
    3 * minutes,
  );

  it(
    'of the full alone',
    () => restore(pointOf(`${day}/00`), { date: day, hour: '00', method: 'auto' }),
    3 * minutes,
  );

  it(
    'of the second backup in one hour',
    () => restore(pointOf(`${day}/04-37`), { date: day, hour: '04-37', method: 'copy-back' }),
    3 * minutes,
  );

  it(
    "of a day's last backup, over a directory that holds another prepared one",
    async () => {
      const inputs = { date: day, hour: '00', 'target-dir': target() };
      await installation.succeed('prepare', { inputs });
      await restore(pointOf(`${day}/05`), { date: day, method: 'move-back' });
    },
    3 * minutes,
  );

  it(
    'begins a new chain, which can be restored as well',
    async () => {
      const again = await installation.startWriters();
      await untilWritten(again);
      const full = await backUpExactly(installation, again, { at: `${nextDay}T02:07` });
      expect(full.result.outputs).toMatchObject({ 'backup-id': `${nextDay}/02`, type: 'full' });
      expect(full.result.outputs['reason']).toMatch(/the datadir was replaced|another server_uuid/);
      await untilWritten(again);
      const next = await backUpExactly(installation, again, { at: `${nextDay}T03:07` });
      expect(next.result.outputs).toMatchObject({ type: 'incremental', reason: `follows ${nextDay}/02` });
      await untilWritten(again);
      await again.stop();
      await restore(next, { date: 'latest', method: 'auto' });
    },
    3 * minutes,
  );
});
