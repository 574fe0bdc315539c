import { beforeEach, describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/errors.js';
import { manifestSha256, type Manifest } from '../../../src/chain/manifest.js';
import type { Plan } from '../../../src/chain/plan-backup.js';
import { baseOf, inOneLine, planFor, type Situation } from '../../support/backup-plans.js';
import { startOf, StoredBackups } from '../../support/manifests.js';

const [h00, h01, h02, h03] = ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02', '2026-11-22/03'] as const;

let stored: StoredBackups;
const plan = (situation?: Situation): Plan => planFor(stored, situation);
const said = (situation?: Situation): string => inOneLine(plan(situation));
const baseId = (situation?: Situation): string | undefined => baseOf(plan(situation));

function storeChain(mysql: Partial<Manifest['mysql']> = {}): void {
  stored.full(h00, { to: '100', last: '110', mysql });
  stored.incremental(h01, h00, { to: '200', last: '210', mysql });
  stored.incremental(h02, h01, { to: '300', last: '310', mysql });
}

function refusalOf(situation: Situation): UserError {
  try {
    plan(situation);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was planned');
}

beforeEach(() => {
  stored = new StoredBackups();
});

describe('a period', () => {
  it.each<[Situation, string]>([
    [{}, 'full: the first backup of 2026-11-22'],
    [{ request: { fullEvery: 'week' } }, 'full: the first backup of the week 2026-W47'],
    [{ request: { fullEvery: 'month' } }, 'full: the first backup of the month 2026-11'],
    [
      { now: '2026-11-22T23:07:00Z', request: { timezone: 'Europe/Berlin' } },
      'full: the first backup of 2026-11-23',
    ],
  ])('begins with a full: %j', (situation, expected) => {
    expect(said(situation)).toBe(expected);
  });

  it.each<[Situation, string]>([
    [{ now: '2026-11-22T23:59:59Z' }, 'incremental: follows 2026-11-22/02'],
    [{ now: '2026-11-23T00:00:00Z' }, 'full: the first backup of 2026-11-23'],
    // A cron that comes 20 hours late is no reason for a full, and one a minute late may be.
    [{ now: '2026-11-22T22:00:00Z' }, 'incremental: follows 2026-11-22/02'],
    // 2026-11-22 is a Sunday.
    [
      { now: '2026-11-23T00:00:00Z', request: { fullEvery: 'week' } },
      'full: the first backup of the week 2026-W48',
    ],
    [{ now: '2026-11-30T23:00:00Z', request: { fullEvery: 'month' } }, 'incremental: follows 2026-11-22/02'],
    [
      { now: '2026-12-01T00:00:00Z', request: { fullEvery: 'month' } },
      'full: the first backup of the month 2026-12',
    ],
    // 00 began at 01:00 in Berlin, and on the day before in New York.
    [{ request: { timezone: 'Europe/Berlin' } }, 'incremental: follows 2026-11-22/02'],
    [{ request: { timezone: 'America/New_York' } }, 'full: the first backup of 2026-11-22'],
  ])('goes on with incrementals: %j', (situation, expected) => {
    storeChain();
    expect(said(situation)).toBe(expected);
  });

  it('is that of the full, not of the last incremental', () => {
    stored.full('2026-11-21/23', { to: '100' });
    stored.incremental(h00, '2026-11-21/23', { to: '200' });
    expect(said()).toBe('full: the first backup of 2026-11-22');
  });

  it('holds with a full whose time is still to come, as long as that is in the period', () => {
    stored.full('2026-11-22/15', { to: '100' });
    expect(said({ now: '2026-11-22T09:00:00Z' })).toBe('incremental: follows 2026-11-22/15');
    expect(said({ now: '2026-11-21T09:00:00Z' })).toBe('full: the first backup of 2026-11-21');
  });

  it('is not begun by an object without a manifest', () => {
    stored.objects.set('xbackup/db1/2026-11-22/00.xbstream.zst', 100);
    expect(said()).toBe('full: the first backup of 2026-11-22');
  });

  it('lasts through the hour that comes twice', () => {
    const request = { timezone: 'Europe/Berlin' };
    stored.full('2026-10-25/02', { to: '100', startedAt: '2026-10-25T00:10:00Z' });
    stored.incremental('2026-10-25/02-10', '2026-10-25/02', { to: '200', startedAt: '2026-10-25T01:10:00Z' });
    expect(baseId({ request, now: '2026-10-25T02:10:00Z' })).toBe('2026-10-25/02-10');
  });
});

describe('what is asked for', () => {
  it('is a full in the middle of a chain', () => {
    storeChain();
    expect(said({ request: { type: 'full' } })).toBe('full: a full backup was asked for');
  });

  it('is an incremental', () => {
    storeChain();
    expect(said({ request: { type: 'incremental' } })).toBe('incremental: follows 2026-11-22/02');
  });

  it.each<[string, Situation, string]>([
    ['2026-11-23', { now: '2026-11-23T00:07:00Z' }, 'the first backup of 2026-11-23'],
    [
      'a server that went back',
      { server: { lsn: '250' } },
      "the server's LSN 250 is behind that of 2026-11-22/02 (310)",
    ],
    [
      'another datadir',
      { server: { datadirIdentity: 'x' } },
      'the server is not the one that 2026-11-22/02 was taken from',
    ],
  ])('is an incremental, and there is no base: %s', (_, situation, reason) => {
    storeChain();
    const refusal = refusalOf({ ...situation, request: { type: 'incremental' } });
    expect(refusal.code).toBe('BASE_UNUSABLE');
    expect(refusal.message).toContain(
      `An incremental was asked for, and only a full backup is possible: ${reason}`,
    );
    expect(refusal.hint).toContain('`type: auto`');
  });
});

describe('a full, as the last chain is damaged', () => {
  const cannot = 'full: 2026-11-22/02 cannot be built on: ';
  it.each<[string, () => unknown, string]>([
    [
      'its head has no object',
      () => stored.objects.delete('xbackup/db1/2026-11-22/02.xbstream.zst'),
      `${cannot}its object xbackup/db1/2026-11-22/02.xbstream.zst is missing`,
    ],
    [
      'its head cannot be read',
      () => stored.texts.set(h02, 'x'),
      `${cannot}the manifest xbackup/db1/2026-11-22/02.json is not JSON`,
    ],
    [
      'its head does not follow',
      () => stored.edit(h02, (m) => ({ ...m, lsn: { ...m.lsn, from: '201' } })),
      `${cannot}it begins at LSN 201, and its parent 2026-11-22/01 ends at 200`,
    ],
    [
      'a link in the middle is gone',
      () => stored.texts.delete(h01),
      `${cannot}its parent 2026-11-22/01 is missing`,
    ],
    [
      'the full has no object',
      () => stored.objects.delete('xbackup/db1/2026-11-22/00.xbstream.zst'),
      `${cannot}it builds on 2026-11-22/00, and there its object xbackup/db1/2026-11-22/00.xbstream.zst is missing`,
    ],
    [
      'the full is gone',
      () => stored.texts.delete(h00),
      `${cannot}it builds on 2026-11-22/01, and there its parent 2026-11-22/00 is missing`,
    ],
    [
      'the full cannot be read',
      () => stored.texts.set(h00, '{}'),
      `${cannot}it builds on 2026-11-22/00, and there the manifest xbackup/db1/2026-11-22/00.json is not valid`,
    ],
  ])('%s', (_, damage, expected) => {
    storeChain();
    damage();
    expect(said().startsWith(expected)).toBe(true);
    expect(() => plan({ request: { type: 'incremental' } })).toThrow(
      expect.objectContaining({ code: 'BASE_UNUSABLE' }),
    );
    // One full is enough: the next builds on it.
    stored.full(h03, { to: '300', last: '310' });
    expect(said()).toBe('incremental: follows 2026-11-22/03');
  });

  it('and when the last full is bad, no older chain takes its place', () => {
    storeChain();
    stored.full(h03, { to: '400' });
    stored.objects.delete('xbackup/db1/2026-11-22/03.xbstream.zst');
    expect(said()).toContain('full: 2026-11-22/03 cannot be built on');
  });

  it('but a head whose manifest is gone leaves a shorter, good chain', () => {
    storeChain();
    stored.texts.delete(h02);
    expect(said()).toBe('incremental: follows 2026-11-22/01');
  });

  it('but not for a bad link of another server', () => {
    storeChain();
    stored.full(h03, { to: '400', mysql: { datadirIdentity: 'b' } });
    stored.objects.delete('xbackup/db1/2026-11-22/03.xbstream.zst');
    expect(baseId()).toBe(h02);
  });

  it('and the other branch of its chain does not stand in, even where the clock hides the order', () => {
    storeChain();
    stored.incremental('2026-11-22/02-30', h01, { to: '310' });
    expect(baseId()).toBe('2026-11-22/02-30');
    stored.edit(h02, (m) => ({ ...m, startedAt: startOf('2026-11-21/23') }));
    stored.objects.delete('xbackup/db1/2026-11-22/02.xbstream.zst');
    expect(plan().type).toBe('full');
  });
});

describe('the base', () => {
  it('is the greatest to-LSN of a chain that forked, whatever the names and clocks say', () => {
    storeChain();
    stored.incremental('2026-11-22/02-30', h01, { to: '290' });
    expect(baseId()).toBe(h02);
    stored.incremental('2026-11-22/00-30', h01, { to: '320', startedAt: '2026-11-22T00:30:00Z' });
    expect(baseId()).toBe('2026-11-22/00-30');
  });

  it('is the later start when the server was idle', () => {
    stored.full(h00, { to: '100' });
    stored.incremental(h01, h00, { to: '100' });
    stored.incremental('2026-11-22/01-30', h00, { to: '100' });
    expect(baseId()).toBe('2026-11-22/01-30');
  });

  it('is never a link that another one builds on, though it has the same LSN', () => {
    stored.full(h00, { to: '100' });
    stored.incremental(h01, h00, { to: '100', startedAt: '2026-11-21T23:00:00Z' });
    expect(baseId()).toBe(h01);
  });

  it('is of the newest chain', () => {
    storeChain();
    stored.full(h03, { to: '310', last: '320' });
    expect(baseId()).toBe(h03);
  });

  it('carries what the incremental needs', () => {
    storeChain();
    const planned = plan();
    if (planned.type !== 'incremental') throw new Error('expected an incremental');
    expect(planned.base.manifest.lsn.to).toBe('300');
    expect(planned.base.manifestSha256).toBe(manifestSha256(stored.text(h02)));
  });
});
