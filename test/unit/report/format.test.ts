import { describe, expect, it } from '@jest/globals';
import { formatBytes, formatDuration, formatRate, formatTime } from '../../../src/report/format.js';

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [102_399, '100.0 KiB'],
    [102_400, '100 KiB'],
    [1_048_063, '1023 KiB'],
    // Not 1024 KiB.
    [1_048_064, '1.0 MiB'],
    [1_048_576, '1.0 MiB'],
    [1024 ** 3 * 1.44, '1.4 GiB'],
    [1024 ** 4, '1.0 TiB'],
    [1024 ** 5 * 3, '3.0 PiB'],
    [1024 ** 6, '1024 PiB'],
  ])('%d bytes: %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  it.each([
    [0, '0.0 s'],
    [0.04, '0.0 s'],
    [4.21, '4.2 s'],
    [59.94, '59.9 s'],
    // Not 60.0 s.
    [59.97, '1 min 00 s'],
    [60, '1 min 00 s'],
    [187, '3 min 07 s'],
    [3599.4, '59 min 59 s'],
    [3599.6, '1 h 00 min'],
    [7500, '2 h 05 min'],
    [100 * 3600, '100 h 00 min'],
  ])('%d seconds: %s', (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });

  it('gives a rate where there is one', () => {
    expect(formatRate(40_055_603, 1)).toBe('38.2 MiB/s');
    expect(formatRate(0, 2)).toBe('0 B/s');
    expect(formatRate(100, 0)).toBe('–');
  });

  it('shows a time to the second', () => {
    expect(formatTime('2026-11-22T02:17:00.123Z')).toBe('2026-11-22 02:17:00 UTC');
  });
});
