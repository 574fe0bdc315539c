import { describe, expect, it } from '@jest/globals';
import { firstDateOfPeriod, periodOf, periodOfDate, type Period } from '../../../src/chain/period.js';
import { toolSeries } from '../../../src/chain/tool-series.js';

describe('the period', () => {
  it.each<[string, string, Period, string, string]>([
    ['2026-11-22T12:00:00Z', 'UTC', 'day', '2026-11-22', '2026-11-22'],
    ['2026-11-22T23:30:00Z', 'Europe/Berlin', 'day', '2026-11-23', '2026-11-23'],
    // A Sunday in UTC, a Monday in Berlin.
    ['2026-11-22T23:30:00Z', 'UTC', 'week', '2026-W47', '2026-11-16'],
    ['2026-11-22T23:30:00Z', 'Europe/Berlin', 'week', '2026-W48', '2026-11-23'],
    ['2026-11-30T23:30:00Z', 'UTC', 'month', '2026-11', '2026-11-01'],
    ['2026-11-30T23:30:00Z', 'Europe/Berlin', 'month', '2026-12', '2026-12-01'],
    // Around the new year a week belongs to the year of its Thursday.
    ['2026-12-31T12:00:00Z', 'UTC', 'week', '2026-W53', '2026-12-28'],
    ['2027-01-03T12:00:00Z', 'UTC', 'week', '2026-W53', '2026-12-28'],
    ['2027-01-04T12:00:00Z', 'UTC', 'week', '2027-W01', '2027-01-04'],
    ['2024-12-30T12:00:00Z', 'UTC', 'week', '2025-W01', '2024-12-30'],
    ['2028-02-29T12:00:00Z', 'UTC', 'week', '2028-W09', '2028-02-28'],
    // The two days on which Berlin's clocks change.
    ['2026-03-28T23:00:00Z', 'Europe/Berlin', 'day', '2026-03-29', '2026-03-29'],
    ['2026-10-25T22:59:59Z', 'Europe/Berlin', 'day', '2026-10-25', '2026-10-25'],
    ['2026-10-25T23:00:00Z', 'Europe/Berlin', 'week', '2026-W44', '2026-10-26'],
  ])('at %s in %s of a %s is %s from %s on', (at, timezone, every, period, first) => {
    expect(periodOf(new Date(at), timezone, every)).toBe(period);
    expect(firstDateOfPeriod(new Date(at), timezone, every)).toBe(first);
    expect(periodOfDate(first, every)).toBe(period);
  });

  it('grows with every day of ten years, and changes only on its first date', () => {
    for (const every of ['day', 'week', 'month'] as const) {
      let previous = '';
      for (let day = 0; day < 3653; day += 1) {
        const at = new Date(Date.UTC(2023, 11, 25 + day, 13));
        const period = periodOf(at, 'UTC', every);
        const isFirst = firstDateOfPeriod(at, 'UTC', every) === at.toISOString().slice(0, 10);
        expect(period >= previous).toBe(true);
        if (previous !== '') expect(period !== previous).toBe(isFirst);
        previous = period;
      }
    }
  });
});

describe('the series of a tool', () => {
  it.each([
    ['xtrabackup', '8.0.35-31', '8.0'],
    ['xtrabackup', '8.4.0-6', '8.4'],
    ['xtrabackup', '2.4.7', '2.4'],
    ['xtrabackup', '9.7.1', '9.7'],
    ['mariadb-backup', '10.11.19-MariaDB', '10.11'],
    ['mariadb-backup', '11.8.9-MariaDB', '11.8'],
    ['mariadb-backup', 'main', 'mariadb-backup main'],
  ] as const)('%s %s is %s', (name, version, series) => {
    expect(toolSeries(name, version)).toBe(series);
  });
});
