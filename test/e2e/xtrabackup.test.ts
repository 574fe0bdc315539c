import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { changeSchema } from '../support/schema-changes.js';
import { install, type Installation } from '../support/e2e/installation.js';
import { applyAndCompare, backUpExactly, untilWritten, type Point } from '../support/e2e/restored-data.js';
import { xtrabackupsUnderTest } from '../support/tools-under-test.js';

/** Three hours of a MySQL with its XtraBackup, and back to the one in the middle, and to the last. */
const day = '2026-11-17';
const minutes = 60_000;

// The lines that most servers need; the contract suite knows them all.
describe.each(xtrabackupsUnderTest().slice(0, 2))('with $name', (tool) => {
  let installation: Installation;
  const points: Point[] = [];

  beforeAll(async () => {
    installation = await install({ sizeMib: 8, tool });
    const writers = await installation.startWriters();
    for (const hour of ['00', '01', '02']) {
      await untilWritten(writers);
      points.push(await backUpExactly(installation, writers, { at: `${day}T${hour}:07` }));
      if (hour === '00') await changeSchema(installation.server, 1);
    }
    await writers.stop();
  }, 3 * minutes);

  afterAll(() => installation.remove(), minutes);

  it('takes a full and incrementals, and says what it took them with', async () => {
    const told = points.map(
      ({ result: { outputs } }) => `${outputs['type'] ?? ''}: ${outputs['reason'] ?? ''}`,
    );
    expect(told).toEqual([
      `full: the first backup of ${day}`,
      `incremental: follows ${day}/00`,
      `incremental: follows ${day}/01`,
    ]);
    for (const { id } of points) {
      const manifest = await installation.place.manifest(id);
      expect(manifest.tool.name).toBe('xtrabackup');
      expect(manifest.mysql).toMatchObject({
        version: installation.server.version,
        binlogFile: expect.stringMatching(/^binlog\.\d+$/),
      });
      expect(manifest.mysql.flavor).not.toBe('mariadb');
    }
  });

  it.each(['01', '02'])(
    'restores hour %s',
    async (hour) => {
      const point = points[Number(hour)] as Point;
      const target = join(installation.dir, `recovery-${hour}`);
      const inputs = { date: day, hour, 'target-dir': target };
      const prepared = await installation.succeed('prepare', { inputs });
      expect(prepared.outputs).toMatchObject({
        'backup-id': point.id,
        'to-lsn': point.result.outputs['to-lsn'],
      });
      await applyAndCompare(installation, point, { 'prepared-dir': target });
    },
    2 * minutes,
  );
});
