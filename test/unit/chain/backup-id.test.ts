import { describe, expect, it } from '@jest/globals';
import { calendarDate, compareBackupIds, nextBackupId, splitBackupId } from '../../../src/chain/backup-id.js';
import { backupIdPattern } from '../../../src/chain/manifest.js';
import {
  datePrefix,
  idOfKey,
  inUseKey,
  inUseOfKey,
  manifestKey,
  objectKey,
  serverPrefix,
  takenIds,
} from '../../../src/chain/layout.js';

describe('the id of the next backup', () => {
  const at = new Date('2026-11-22T01:30:15.999Z');

  it.each([
    [[], '2026-11-22/01'],
    [['2026-11-22/00', '2026-11-21/01', '2026-11-22/01-30'], '2026-11-22/01'],
    [['2026-11-22/01'], '2026-11-22/01-30'],
    [['2026-11-22/01', '2026-11-22/01-30'], '2026-11-22/01-30-15'],
  ])('with %j taken is %s', (taken, id) => {
    expect(nextBackupId(at, 'UTC', new Set(taken))).toBe(id);
    expect(id).toMatch(backupIdPattern);
  });

  it('is an error when all three are taken', () => {
    const taken = new Set(['2026-11-22/01', '2026-11-22/01-30', '2026-11-22/01-30-15']);
    expect(() => nextBackupId(at, 'UTC', taken)).toThrow(
      expect.objectContaining({
        code: 'BACKUP_EXISTS',
        message: 'The backups 2026-11-22/01, 2026-11-22/01-30, 2026-11-22/01-30-15 exist already.',
      }),
    );
  });

  it.each([
    ['2026-11-21T23:30:00Z', 'Europe/Berlin', '2026-11-22/00'],
    ['2026-11-22T04:59:59Z', 'America/New_York', '2026-11-21/23'],
    ['2026-11-22T18:45:00Z', 'Asia/Kathmandu', '2026-11-23/00'],
    ['2026-11-22T00:00:00Z', 'UTC', '2026-11-22/00'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29/03'],
  ])('at %s in %s is %s', (moment, timezone, id) => {
    expect(nextBackupId(new Date(moment), timezone, new Set())).toBe(id);
  });

  it.each(['2026-01-02T03:04:05.999Z', '2026-12-31T23:59:59Z', '2028-02-29T00:00:00Z'])(
    'at %s is in UTC as in any other zone without an offset',
    (moment) => {
      const at = new Date(moment);
      expect(nextBackupId(at, 'UTC', undefined)).toBe(nextBackupId(at, 'Etc/UTC', undefined));
    },
  );

  it('has another name in the hour that comes twice in autumn', () => {
    const taken = new Set<string>();
    for (const minute of ['00:10', '01:10', '02:10']) {
      taken.add(nextBackupId(new Date(`2026-10-25T${minute}:00Z`), 'Europe/Berlin', taken));
    }
    expect([...taken]).toEqual(['2026-10-25/02', '2026-10-25/02-10', '2026-10-25/03']);
  });

  it('knows the date in a time zone', () => {
    expect(calendarDate(new Date('2026-12-31T23:30:00Z'), 'Europe/Berlin')).toBe('2027-01-01');
    expect(calendarDate(new Date('2026-12-31T23:30:00Z'), 'UTC')).toBe('2026-12-31');
  });
});

describe('ids', () => {
  it('split into date and hour', () => {
    expect(splitBackupId('2026-11-22/01-30')).toEqual({ date: '2026-11-22', hour: '01-30' });
  });

  it('are shown in the order of their names', () => {
    const ids = [
      '2026-11-22/00',
      '2026-11-22/01',
      '2026-11-22/01-30',
      '2026-11-22/01-30-15',
      '2026-11-22/02',
    ];
    expect([...ids].reverse().sort(compareBackupIds)).toEqual(ids);
    expect(compareBackupIds('2026-11-22/01', '2026-11-22/01')).toBe(0);
  });
});

describe('the layout', () => {
  it('gives the keys', () => {
    expect(serverPrefix('x/y', 'db1')).toBe('x/y/db1/');
    expect(datePrefix('x', 'db1', '2026-11-22')).toBe('x/db1/2026-11-22/');
    expect(manifestKey('x', 'db1', '2026-11-22/01')).toBe('x/db1/2026-11-22/01.json');
    expect(objectKey('x', 'db1', '2026-11-22/01', 'none')).toBe('x/db1/2026-11-22/01.xbstream.zst');
    expect(objectKey('x', 'db1', '2026-11-22/01', 'age')).toBe('x/db1/2026-11-22/01.xbstream.zst.age');
    expect(objectKey('x', 'db1', '2026-11-22/01', 'gpg')).toBe('x/db1/2026-11-22/01.xbstream.zst.gpg');
  });

  it.each([
    ['x/db1/2026-11-22/01.json', { id: '2026-11-22/01', kind: 'manifest' }],
    ['x/db1/2026-11-22/01-30-15.json', { id: '2026-11-22/01-30-15', kind: 'manifest' }],
    ['x/db1/2026-11-22/01.xbstream.zst', { id: '2026-11-22/01', kind: 'object' }],
    ['x/db1/2026-11-22/01-30.xbstream.zst.age', { id: '2026-11-22/01-30', kind: 'object' }],
    ['x/db1/2026-11-22/01.xbstream.zst.gpg', { id: '2026-11-22/01', kind: 'object' }],
    ['x/db10/2026-11-22/01.json', undefined],
    ['y/db1/2026-11-22/01.json', undefined],
    ['x/db1/2026-11-22/01.json.bak', undefined],
    ['x/db1/2026-11-22/1.json', undefined],
    ['x/db1/2026-11-22/01-30-15-00.json', undefined],
    ['x/db1/2026-11-22/01.xbstream', undefined],
    ['x/db1/2026-11-22/01.xbstream.zst.age.gpg', undefined],
    ['x/db1/2026-11-22/sub/01.json', undefined],
    ['x/db1/README.md', undefined],
    ['x/db1/', undefined],
  ])('%s is of %j', (key, own) => {
    expect(idOfKey('x', 'db1', key)).toEqual(own);
  });

  it('counts an id as taken by an object alone', () => {
    const keys = ['x/db1/2026-11-22/01.xbstream.zst.age', 'x/db1/2026-11-22/00.json', 'x/db1/notes'];
    expect(takenIds('x', 'db1', keys)).toEqual(new Set(['2026-11-22/01', '2026-11-22/00']));
  });
});

describe('the mark of a restore', () => {
  const startedAt = new Date('2026-11-23T10:11:12Z');

  it.each(['2026-11-22/00', '2026-11-22/00-30-15'])('says which chain and when: %s', (chain) => {
    const key = inUseKey('xbackup', 'db1', chain, startedAt, '1a2b3c4d');
    expect(key).toBe(`xbackup/db1/.in-use/${chain}/2026-11-23T10-11-12Z-1a2b3c4d.json`);
    expect(inUseOfKey('xbackup', 'db1', key)).toEqual({ chain, startedAt });
    expect(inUseOfKey('xbackup', 'db2', key)).toBeUndefined();
    expect(idOfKey('xbackup', 'db1', key)).toBeUndefined();
    expect(takenIds('xbackup', 'db1', [key])).toEqual(new Set());
  });

  it.each([
    'xbackup/db1/.in-use/',
    'xbackup/db1/.in-use/2026-11-22/00/x.json',
    'xbackup/db1/.in-use/2026-11-22/00/2026-99-23T10-11-12Z-x.json',
    'xbackup/db1/.in-use/2026-11-22/00/2026-11-23T10-11-12Z-x.json.bak',
    'xbackup/db1/2026-11-22/00.json',
  ])('is not %s', (key) => expect(inUseOfKey('xbackup', 'db1', key)).toBeUndefined());
});
