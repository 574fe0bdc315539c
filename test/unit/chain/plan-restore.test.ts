import { beforeEach, describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/errors.js';
import { planRestore, restorePoints } from '../../../src/chain/plan-restore.js';
import { StoredBackups } from '../../support/manifests.js';

let stored: StoredBackups;

/** Two days: 21 with 00, 01; 22 with 00, 01, 02-30, 03. */
beforeEach(() => {
  stored = new StoredBackups();
  stored.full('2026-11-21/00', { to: '10', sizeBytes: 1000 });
  stored.incremental('2026-11-21/01', '2026-11-21/00', { to: '20', sizeBytes: 10 });
  stored.full('2026-11-22/00', { to: '100', sizeBytes: 2000 });
  stored.incremental('2026-11-22/01', '2026-11-22/00', { to: '200', sizeBytes: 20 });
  stored.incremental('2026-11-22/02-30', '2026-11-22/01', { to: '300', sizeBytes: 30 });
  stored.incremental('2026-11-22/03', '2026-11-22/02-30', { to: '400', sizeBytes: 40 });
});

function ids(date: string, hour?: string): string[] {
  return planRestore({ date, hour, graph: stored.graph() }).map(({ id }) => id);
}

function failure(date: string, hour?: string): string {
  try {
    return `no failure: ${ids(date, hour).join(' ')}`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.code}: ${error.message} ${error.hint}`;
  }
}

const object = (id: string): string => `xbackup/db1/${id}.xbstream.zst`;

describe('a restore', () => {
  it.each<[string, string | undefined, string[]]>([
    ['2026-11-22', undefined, ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02-30', '2026-11-22/03']],
    ['2026-11-22', '02-30', ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02-30']],
    ['2026-11-22', '00', ['2026-11-22/00']],
    ['2026-11-21', undefined, ['2026-11-21/00', '2026-11-21/01']],
    ['latest', undefined, ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02-30', '2026-11-22/03']],
  ])('of %s %s takes these links in this order', (date, hour, expected) => {
    expect(ids(date, hour)).toEqual(expected);
  });

  it('crosses days where the chain does', () => {
    stored.incremental('2026-11-23/00', '2026-11-22/03', { to: '500' });
    stored.incremental('2026-11-23/01', '2026-11-23/00', { to: '600' });
    expect(ids('2026-11-23')).toHaveLength(6);
    expect(ids('latest').at(-1)).toBe('2026-11-23/01');
    expect(ids('2026-11-22').at(-1)).toBe('2026-11-22/03');
  });

  it('ends the day with the last of the chain that began last, not with the last name', () => {
    // 04 was asked to be a full; then the clock was set back, and 03-50 builds on it.
    stored.full('2026-11-22/04', { to: '450' });
    stored.incremental('2026-11-22/03-50', '2026-11-22/04', { to: '500', startedAt: '2026-11-22T03:50:00Z' });
    expect(ids('2026-11-22')).toEqual(['2026-11-22/04', '2026-11-22/03-50']);
    expect(ids('latest')).toEqual(['2026-11-22/04', '2026-11-22/03-50']);
  });

  it('ends a forked chain with its longer branch, then with the greater LSN', () => {
    stored.incremental('2026-11-22/02-40', '2026-11-22/01', { to: '310' });
    expect(ids('latest').at(-1)).toBe('2026-11-22/03');
    stored.incremental('2026-11-22/03-10', '2026-11-22/02-40', { to: '390' });
    expect(ids('latest').at(-1)).toBe('2026-11-22/03');
    stored.incremental('2026-11-22/02-50', '2026-11-22/02-40', { to: '410' });
    expect(ids('latest').at(-1)).toBe('2026-11-22/02-50');
  });

  it('does not take an older chain with a greater LSN for the latest: the server went back', () => {
    stored.full('2026-11-22/05', { to: '50' });
    expect(ids('latest')).toEqual(['2026-11-22/05']);
    expect(ids('2026-11-22')).toEqual(['2026-11-22/05']);
  });

  it('ignores an object without a manifest', () => {
    stored.objects.set(object('2026-11-22/04'), 1);
    expect(ids('latest').at(-1)).toBe('2026-11-22/03');
  });
});

describe('a restore point that does not exist', () => {
  it.each<[string, string | undefined, string]>([
    [
      '2026-11-22',
      '02',
      'RESTORE_POINT_MISSING: There is no backup 2026-11-22/02. That day has 00, 01, 02-30, 03. ' +
        'In that hour there is 02-30. The nearest before is 2026-11-22/01. The nearest after is 2026-11-22/02-30.',
    ],
    [
      '2026-11-22',
      '09',
      'RESTORE_POINT_MISSING: There is no backup 2026-11-22/09. That day has 00, 01, 02-30, 03. ' +
        'The nearest before is 2026-11-22/03.',
    ],
    [
      '2026-11-20',
      undefined,
      'RESTORE_POINT_MISSING: There is no backup of 2026-11-20. The nearest after is 2026-11-21/00.',
    ],
    [
      '2026-11-23',
      '00',
      'RESTORE_POINT_MISSING: There is no backup 2026-11-23/00. The nearest before is 2026-11-22/03.',
    ],
  ])('%s %s', (date, hour, expected) => {
    expect(failure(date, hour)).toBe(expected);
  });

  it('names between which two it would be', () => {
    stored.full('2026-11-25/00', { to: '900' });
    expect(failure('2026-11-24')).toBe(
      'RESTORE_POINT_MISSING: There is no backup of 2026-11-24. ' +
        'The nearest before is 2026-11-22/03. The nearest after is 2026-11-25/00.',
    );
  });

  it('does not offer what is broken as the nearest, and marks it in the day', () => {
    stored.objects.delete(object('2026-11-22/02-30'));
    expect(failure('2026-11-23')).toContain('The nearest before is 2026-11-22/01.');
    expect(failure('2026-11-22', '02')).toContain(
      'That day has 00, 01, 02-30 (broken), 03 (broken). In that hour there is 02-30.',
    );
  });

  it.each(['latest', '2026-11-22'])('nothing at all: %s', (date) => {
    stored = new StoredBackups();
    expect(failure(date)).toContain('Nothing is stored under this prefix and server name: check both.');
    expect(failure('latest')).toContain('RESTORE_POINT_MISSING: There is no backup of this server.');
  });
});

describe('a broken chain', () => {
  it.each<[string, string | undefined]>([
    ['latest', undefined],
    ['2026-11-22', undefined],
    ['2026-11-22', '03'],
  ])('fails for %s %s, names the bad link and the last good one before it', (date, hour) => {
    stored.objects.set(object('2026-11-22/02-30'), 29);
    expect(failure(date, hour)).toBe(
      'CHAIN_BROKEN: 2026-11-22/03 cannot be restored: it builds on 2026-11-22/02-30, and there its object ' +
        'xbackup/db1/2026-11-22/02-30.xbstream.zst has 29 bytes, and its manifest says 30. ' +
        '2026-11-22/01, of the same chain, can be restored: date 2026-11-22, hour 01. `list` shows all that can.',
    );
    expect(ids('2026-11-22', '01')).toEqual(['2026-11-22/00', '2026-11-22/01']);
  });

  it('names another chain when its own full is bad', () => {
    stored.objects.delete(object('2026-11-22/00'));
    expect(failure('latest')).toContain('2026-11-21/01 can be restored: date 2026-11-21, hour 01.');
    stored.objects.delete(object('2026-11-21/00'));
    stored.full('2026-11-23/00', { to: '900' });
    expect(failure('2026-11-21')).toContain('2026-11-23/00 can be restored');
  });

  it('says when nothing can be restored', () => {
    stored.objects.clear();
    expect(failure('latest')).toContain('No other backup of this server can be restored either.');
    expect(failure('2026-11-20')).toContain('No backup that is stored can be restored.');
  });

  it('is also one whose end cannot be read, rather than the link before it', () => {
    stored.texts.set('2026-11-22/03', 'x');
    const expected =
      'CHAIN_BROKEN: 2026-11-22/03 cannot be restored: the manifest xbackup/db1/2026-11-22/03.json is not JSON. ' +
      '2026-11-22/02-30 can be restored';
    expect(failure('latest')).toContain(expected);
    expect(failure('2026-11-22')).toContain('CHAIN_BROKEN: 2026-11-22/03');
    expect(ids('2026-11-22', '02-30')).toHaveLength(3);
  });

  it('is not one whose unreadable link is older than the newest chain', () => {
    stored.texts.set('2026-11-21/01', 'x');
    expect(ids('latest').at(-1)).toBe('2026-11-22/03');
    expect(failure('2026-11-21')).toContain('CHAIN_BROKEN: 2026-11-21/01');
  });

  it('without its full is still the newest', () => {
    stored.texts.delete('2026-11-22/00');
    expect(failure('latest')).toContain(
      'CHAIN_BROKEN: 2026-11-22/03 cannot be restored: it builds on 2026-11-22/01, and there its parent 2026-11-22/00 is missing.',
    );
  });
});

describe('the restore points', () => {
  it('tell what a restore takes', () => {
    stored.objects.delete(object('2026-11-21/01'));
    stored.texts.set('2026-11-22/03', 'x');
    expect(restorePoints(stored.graph())).toEqual([
      {
        id: '2026-11-21/00',
        type: 'full',
        startedAt: '2026-11-21T00:00:00.000Z',
        sizeBytes: 1000,
        restorable: true,
        links: 1,
        downloadBytes: 1000,
      },
      {
        id: '2026-11-21/01',
        type: 'incremental',
        startedAt: '2026-11-21T01:00:00.000Z',
        sizeBytes: 10,
        restorable: false,
        problem: 'its object xbackup/db1/2026-11-21/01.xbstream.zst is missing',
      },
      expect.objectContaining({ id: '2026-11-22/00', links: 1, downloadBytes: 2000 }),
      expect.objectContaining({ id: '2026-11-22/01', links: 2, downloadBytes: 2020 }),
      expect.objectContaining({ id: '2026-11-22/02-30', sizeBytes: 30, links: 3, downloadBytes: 2050 }),
      {
        id: '2026-11-22/03',
        restorable: false,
        problem: 'the manifest xbackup/db1/2026-11-22/03.json is not JSON',
      },
    ]);
  });
});
