import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { periodOf } from '../../../src/chain/period.js';
import { BackupWorld, type Happening, type Marks } from '../../support/backup-world.js';

/** Whatever happens to server, clock and bucket: no chain that does not follow, no restore that is not whole. */

const marks = fc.constantFrom<Marks>('GTIDs', 'binary logs', 'none');
// Around both changes of the clocks, and a new year inside a week.
const start = fc.constantFrom('2026-10-24T20:00:00Z', '2026-03-28T20:00:00Z', '2026-12-31T15:00:00Z');
const settings = fc.record({
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati'),
  fullEvery: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
});

const which = fc.nat(50);
const write = fc.record({ what: fc.constant('write' as const), bytes: fc.integer({ min: 1, max: 400 }) });
const wait = fc.record({ what: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 700 }) });
const auto = fc.record({
  what: fc.constant('backup' as const),
  type: fc.constant('auto' as const),
  end: fc.constantFrom(
    'good' as const,
    'good' as const,
    'fails' as const,
    'fails and leaves its object' as const,
  ),
  bytesDuring: fc.nat(50),
  checkpointAge: fc.nat(80),
});
const good = auto.map((backup) => ({ ...backup, end: 'good' as const }));
const asked = fc
  .tuple(auto, fc.constantFrom('full' as const, 'incremental' as const))
  .map(([backup, type]) => ({ ...backup, type }));

const accidents = fc.oneof(
  fc.record({ what: fc.constant('restore' as const), which }),
  fc.record({ what: fc.constant('old datadir is put back' as const) }),
  fc.record({ what: fc.constant('file system goes back' as const), which }),
  fc.record({ what: fc.constant('file system goes back' as const), which }),
  fc.record({
    what: fc.constantFrom(
      'manifest is deleted' as const,
      'manifest is damaged' as const,
      'object is deleted' as const,
    ),
    which,
  }),
  settings.map((changed) => ({ what: 'settings change' as const, ...changed })),
);
const clockGoesBack = fc.record({
  what: fc.constant('clock goes back' as const),
  minutes: fc.integer({ min: 1, max: 2000 }),
});

function sequenceOf(...happenings: fc.Arbitrary<Happening>[]): fc.Arbitrary<Happening[]> {
  return fc.array(fc.oneof(...happenings), { minLength: 5, maxLength: 40 });
}

describe('after any sequence', () => {
  it.each<[string, boolean, fc.Arbitrary<Happening[]>]>([
    ['with a clock that is right', true, sequenceOf(write, write, wait, good, good, auto, asked, accidents)],
    [
      'with a clock that goes back',
      false,
      sequenceOf(write, write, wait, good, good, auto, asked, accidents, clockGoesBack),
    ],
  ])('%s, all bases are of the history and all restores are whole', (_, clockIsSane, sequence) => {
    fc.assert(
      fc.property(marks, start, settings, sequence, (shown, from, chosen, happenings) => {
        const world = new BackupWorld(shown, from, chosen, clockIsSane);
        for (const happening of happenings) world.happens(happening);
        world.checkRestores();
      }),
      { numRuns: 300 },
    );
  });
});

describe('without accidents', () => {
  it('each period has one full, everything else follows the last good backup, and all can be restored', () => {
    fc.assert(
      fc.property(
        marks,
        start,
        settings,
        sequenceOf(write, wait, auto, good),
        (shown, from, chosen, happenings) => {
          const world = new BackupWorld(shown, from, chosen, true);
          const periods = new Set<string>();
          let nowMs = Date.parse(from);
          let lastGoodId: string | undefined;
          let goodBackups = 0;
          for (const happening of happenings) {
            const period = periodOf(new Date(nowMs), chosen.timezone, chosen.fullEvery);
            world.happens(happening);
            if (happening.what === 'wait') nowMs += happening.minutes * 60_000;
            if (happening.what !== 'backup') continue;
            const plan = world.plans.at(-1);
            expect(plan?.type).toBe(periods.has(period) ? 'incremental' : 'full');
            if (plan?.type === 'incremental') expect(plan.base.id).toBe(lastGoodId);
            if (happening.end !== 'good' || world.lastId === lastGoodId) continue;
            lastGoodId = world.lastId;
            periods.add(period);
            goodBackups += 1;
            nowMs += 60_000;
          }
          expect(world.checkRestores()).toBeGreaterThanOrEqual(goodBackups);
        },
      ),
      { numRuns: 150 },
    );
  });
});
