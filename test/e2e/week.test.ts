import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { ActionResult } from '../support/action-runner.js';
import { checkTables } from '../support/checksums.js';
import { install, type Installation } from '../support/e2e/installation.js';
import { untilWritten } from '../support/e2e/restored-data.js';
import { checkInvariants, expectBetween, type Sequences } from '../support/invariants.js';
import { startSchemaChanger } from '../support/schema-changes.js';
import type { Writers } from '../support/writers.js';

/**
 * One chain for the week, taken of a server that never rests: transactions and schema changes go on while it
 * is backed up. What each backup holds lies between what was committed at its begin and at its end.
 */
const minutes = 60_000;

interface Taken {
  result: ActionResult;
  begin: Sequences;
  end: Sequences;
}

let installation: Installation;
let writers: Writers;
let schemaRounds = 0;
const taken: Taken[] = [];

async function backUpUnderWrites(at: string): Promise<void> {
  await untilWritten(writers);
  const changer = startSchemaChanger(installation.server, schemaRounds + 1);
  const begin = writers.sequences();
  const result = await installation.succeed('backup', { at, inputs: { 'full-every': 'week' } });
  const end = writers.sequences();
  await changer.stop();
  schemaRounds += changer.rounds();
  taken.push({ result, begin, end });
}

beforeAll(async () => {
  installation = await install({ sizeMib: 16 });
  writers = await installation.startWriters();
  // A Tuesday and a Wednesday.
  await backUpUnderWrites('2026-11-17T13:07');
  await backUpUnderWrites('2026-11-17T23:07');
  await backUpUnderWrites('2026-11-18T00:07');
  await backUpUnderWrites('2026-11-18T01:07');
  await writers.stop();
}, 4 * minutes);

afterAll(() => installation.remove(), minutes);

describe('a chain for the week under writes', () => {
  it('goes on over midnight', async () => {
    expect(taken.map(({ result }) => result.outputs['reason'])).toEqual([
      'the first backup of the week 2026-W47',
      'follows 2026-11-17/13',
      'follows 2026-11-17/23',
      'follows 2026-11-18/00',
    ]);
    const listed = await installation.place.list();
    expect(listed.map(({ id, links }) => `${id} ${links ?? 0}`)).toEqual([
      '2026-11-17/13 1',
      '2026-11-17/23 2',
      '2026-11-18/00 3',
      '2026-11-18/01 4',
    ]);
  });

  // The second day by its date, then an hour that another day's full is needed for, then the full alone.
  it.each([
    ['2026-11-18', '', 3],
    ['2026-11-18', '00', 2],
    ['2026-11-17', '13', 0],
  ])(
    'is restored to %s %s as of one moment within that backup',
    async (date, hour, index) => {
      const { result, begin, end } = taken[index] as Taken;
      const target = join(installation.dir, 'recovery');
      const inputs = { date, hour, 'target-dir': target };
      const prepared = await installation.succeed('prepare', { inputs });
      expect(prepared.outputs).toMatchObject({
        'backup-id': result.outputs['backup-id'],
        links: String(index + 1),
      });
      await installation.succeed('apply', { inputs: { 'prepared-dir': target } });
      expectBetween(await checkInvariants(installation.server), begin, end);
      await checkTables(installation.server, { wereWritten: true });
    },
    3 * minutes,
  );
});
