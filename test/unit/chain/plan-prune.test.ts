import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orphansOf, planPrune, type PrunePlan, type RetentionRules } from '../../../src/chain/plan-prune.js';
import { prefix, serverName, StoredBackups } from '../../support/manifests.js';

const now = new Date('2026-11-22T12:00:00Z');
const rules: RetentionRules = { keepDays: 2, keepWeekly: 0, keepMonthly: 0 };
const nobody: ReadonlySet<string> = new Set();

/** A full at midnight of each day, and an incremental an hour later. */
function daily(...dates: string[]): StoredBackups {
  const stored = new StoredBackups();
  for (const [index, date] of dates.entries()) {
    stored.full(`${date}/00`, { to: String(1000 * (index + 1)) });
    stored.incremental(`${date}/01`, `${date}/00`, { to: String(1000 * (index + 1) + 10) });
  }
  return stored;
}

const plan = (stored: StoredBackups, changes: Partial<RetentionRules> = {}, inUse = nobody): PrunePlan =>
  planPrune({ graph: stored.graph(), rules: { ...rules, ...changes }, now, inUse });
const removed = (plan: PrunePlan) => plan.remove.map(({ id }) => id.slice(0, 10));
const kept = (plan: PrunePlan) =>
  Object.fromEntries(plan.keep.map(({ chain, reason }) => [chain.id.slice(0, 10), reason]));

describe('planPrune', () => {
  it('keeps the chains of the last days, and says why', () => {
    const found = plan(daily('2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'));
    expect(removed(found)).toEqual(['2026-11-20', '2026-11-19', '2026-11-18']);
    expect(kept(found)).toEqual({
      '2026-11-22': 'the newest chain',
      '2026-11-21': 'it has a backup of the last 2 days',
    });
  });

  it('keeps the newest chain of each week and month', () => {
    const dates = [
      '2026-09-01',
      '2026-09-30',
      '2026-10-05',
      '2026-10-31',
      '2026-11-08',
      '2026-11-15',
      '2026-11-22',
    ];
    const found = plan(daily(...dates), { keepWeekly: 2, keepMonthly: 3 });
    expect(kept(found)).toEqual({
      '2026-11-22': 'the newest chain',
      '2026-11-15': 'the newest of its week',
      '2026-10-31': 'the newest of its month',
      '2026-09-30': 'the newest of its month',
    });
    expect(removed(found)).toEqual(['2026-11-08', '2026-10-05', '2026-09-01']);
  });

  it('keeps whole chains: one young link is enough', () => {
    const stored = new StoredBackups();
    stored.full('2026-11-02/00', { to: '100' });
    stored.incremental('2026-11-21/23', '2026-11-02/00', { to: '200' });
    stored.full('2026-11-22/00', { to: '300' });
    expect(removed(plan(stored))).toEqual([]);
  });

  it('never takes the only chain, however old', () => {
    const found = plan(daily('2024-01-01'), { keepDays: 0 });
    expect([removed(found), kept(found)]).toEqual([[], { '2024-01-01': 'the newest chain' }]);
  });

  it('takes nothing while the newest chain is not good', () => {
    const stored = daily('2026-11-01', '2026-11-02', '2026-11-22');
    stored.objects.delete(stored.manifest('2026-11-22/01').objects[0]?.key ?? '');
    const found = plan(stored);
    expect(found.remove).toEqual([]);
    expect(found.refusal).toMatch(/^The newest chain, 2026-11-22\/00, is not good: /);
    expect(kept(found)['2026-11-02']).toBe('the newest chain that can be restored');
  });

  it('leaves a chain that a restore is reading', () => {
    const found = plan(daily('2026-11-01', '2026-11-22'), {}, new Set(['2026-11-01/00']));
    expect(kept(found)['2026-11-01']).toBe('a restore is reading it');
  });

  it('leaves alone what it cannot read', () => {
    const stored = daily('2026-11-01', '2026-11-22');
    stored.texts.set('2026-11-01/01', 'not json');
    const [chain] = plan(stored).remove;
    expect(chain?.links.map(({ id }) => id)).toEqual(['2026-11-01/00']);
  });

  it.each(['2026-11-22/00-30', '2026-11-22/23', '2026-11-23/00'])(
    'takes nothing while %s cannot be read: it may be of the newest chain',
    (id) => {
      const stored = daily('2026-11-01', '2026-11-22');
      stored.texts.set(id, '{"schemaVersion": 2}');
      const found = plan(stored);
      expect(found.remove).toEqual([]);
      expect(found.refusal).toMatch(
        new RegExp(`^${id}, which may be of the newest chain, is not good: .* schemaVersion 2`),
      );
    },
  );

  it('takes nothing when nothing can be read', () => {
    const stored = daily('2026-11-01');
    stored.texts.set('2026-11-01/00', '').set('2026-11-01/01', '');
    const found = plan(stored);
    expect([found.keep, found.remove, found.unreadable]).toEqual([
      [],
      [],
      ['2026-11-01/00', '2026-11-01/01'],
    ]);
    expect(found.refusal).toMatch(/cannot be read|is not/);
  });

  it('counts ages from the newest backup: without new ones the old ones do not run out', () => {
    const stored = daily('2025-01-01', '2025-01-20', '2025-01-21');
    expect(kept(plan(stored))).toEqual({
      '2025-01-21': 'the newest chain',
      '2025-01-20': 'it has a backup of the last 2 days',
    });
  });

  it('a backup from the future does not make the others old', () => {
    const stored = daily('2026-11-21', '2026-11-22', '2036-11-22');
    expect(removed(plan(stored))).toEqual([]);
  });

  it('keeps of a week a chain that can be restored, not a newer one that cannot', () => {
    const stored = daily('2026-11-03', '2026-11-04', '2026-11-22');
    stored.objects.delete(stored.manifest('2026-11-04/00').objects[0]?.key ?? '');
    const found = plan(stored, { keepWeekly: 2 });
    expect([removed(found), kept(found)['2026-11-03']]).toEqual([['2026-11-04'], 'the newest of its week']);
    // When there is none, the newest.
    stored.objects.delete(stored.manifest('2026-11-03/00').objects[0]?.key ?? '');
    expect(kept(plan(stored, { keepWeekly: 2 }))['2026-11-04']).toBe('the newest of its week');
  });

  // What hurts users elsewhere: good backups of an emptied server, and retention then deletes those that have the data.
  it('keeps the last full before one that is less than a tenth of it', () => {
    const stored = new StoredBackups();
    stored.full('2026-11-01/00', { to: '100', sizeBytes: 5000 });
    stored.full('2026-11-02/00', { to: '200', sizeBytes: 5000 });
    stored.full('2026-11-03/00', { to: '300', sizeBytes: 499 });
    stored.full('2026-11-04/00', { to: '400', sizeBytes: 400 });
    stored.full('2026-11-22/00', { to: '500', sizeBytes: 400 });
    const found = plan(stored);
    expect(removed(found)).toEqual(['2026-11-04', '2026-11-03', '2026-11-01']);
    expect(kept(found)['2026-11-02']).toBe('the full after it is less than a tenth of its');
  });

  it('orders links by what they build on, whatever the clock said, and the broken ones last', () => {
    const stored = new StoredBackups();
    stored.full('2026-11-01/10', { to: '100' });
    stored.incremental('2026-11-01/11', '2026-11-01/10', { to: '200' });
    stored.incremental('2026-11-01/09', '2026-11-01/11', { to: '200' });
    stored.incremental('2026-11-01/08', '2026-11-01/09', { to: '300' });
    stored.full('2026-11-22/00', { to: '500' });
    const order = () => plan(stored).remove.map(({ links }) => links.map(({ id }) => id.slice(-2)));
    expect(order()).toEqual([['10', '11', '09', '08']]);
    stored.objects.delete(stored.manifest('2026-11-01/11').objects[0]?.key ?? '');
    expect(order()[0]?.slice(0, 1)).toEqual(['10']);
  });

  it('removes broken old chains too, when the newest is good', () => {
    const stored = daily('2026-11-01', '2026-11-22');
    stored.objects.delete(stored.manifest('2026-11-01/00').objects[0]?.key ?? '');
    expect(removed(plan(stored))).toEqual(['2026-11-01']);
  });

  it('whatever the rules: what is kept and what goes are all chains, and the newest good one stays', () => {
    const day = fc
      .integer({ min: 0, max: 400 })
      .map((days) => new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10));
    fc.assert(
      fc.property(
        fc.uniqueArray(day, { minLength: 1, maxLength: 12 }),
        fc.record({ keepDays: fc.nat(60), keepWeekly: fc.nat(8), keepMonthly: fc.nat(6) }),
        fc.array(fc.nat(11), { maxLength: 3 }),
        (dates, chosen, damaged) => {
          const sorted = [...dates].sort();
          const stored = daily(...sorted);
          for (const index of damaged) {
            const date = sorted[index];
            if (date !== undefined)
              stored.objects.delete(stored.manifest(`${date}/01`).objects[0]?.key ?? '');
          }
          const found = plan(stored, chosen);
          expect([...Object.keys(kept(found)), ...removed(found)].length).toBeLessThanOrEqual(sorted.length);
          const good = sorted.filter((_, index) => !damaged.includes(index));
          if (good.length > 0) expect(Object.keys(kept(found))).toContain(good.at(-1));
          if (damaged.includes(sorted.length - 1)) expect(found.remove).toEqual([]);
          const young = sorted.filter(
            (date) => now.getTime() - Date.parse(`${date}T02:00:00Z`) < chosen.keepDays * 86_400_000,
          );
          for (const date of young) expect(removed(found)).not.toContain(date);
        },
      ),
    );
  });
});

describe('orphansOf', () => {
  const orphans = (stored: StoredBackups, at = now) =>
    orphansOf({ prefix, server: serverName, objects: stored.objects, graph: stored.graph() }, at);
  const key = (rest: string) => `${prefix}/${serverName}/${rest}`;

  it('are objects of our layout without a manifest, old, and older than the newest chain', () => {
    const stored = daily('2026-11-22');
    const gone = [
      '2026-11-18/03.xbstream.zst',
      '2026-11-18/03.xbstream.zst.002',
      '2026-11-18/04.xbstream.zst.age',
    ];
    const stay = [
      ...['2026-11-18/05.json', '2026-11-18/notes.txt', '2026-11-18/05.xbstream', 'other/05.xbstream.zst'],
      ...[
        '2026-11-20/05.xbstream.zst',
        '2026-11-22/05.xbstream.zst',
        '.check/probe',
        '.in-use/2026-11-01/00/x.json',
      ],
    ];
    for (const rest of [...gone, ...stay]) stored.objects.set(key(rest), 7);
    stored.objects.set('xbackup/db10/2026-11-18/03.xbstream.zst', 7);
    stored.objects.set('2026-11-18/03.xbstream.zst', 7);
    expect(orphans(stored)).toEqual(gone.map(key));
  });

  it('are none of a backup whose manifest is only unreadable', () => {
    const stored = daily('2026-11-01', '2026-11-22');
    stored.texts.set('2026-11-01/00', 'not json');
    expect(orphans(stored)).toEqual([]);
  });

  it('are none where there is no chain, and none of what may be a long backup under way', () => {
    const stored = new StoredBackups();
    stored.objects.set(key('2026-11-01/00.xbstream.zst'), 7);
    expect(orphans(stored)).toEqual([]);
    stored.full('2026-11-02/00', { to: '100' });
    expect(orphans(stored, new Date('2026-11-03T23:00:00Z'))).toEqual([]);
    // Nothing newer has come since: it may still be.
    expect(orphans(stored, new Date('2026-12-24T00:00:00Z'))).toEqual([]);
    stored.incremental('2026-11-04/01', '2026-11-02/00', { to: '200' });
    expect(orphans(stored, new Date('2026-12-24T00:00:00Z'))).toHaveLength(1);
  });
});
