import { describe, expect, it } from '@jest/globals';
import { Rate } from '../../../src/repository/rate.js';

const perSecond = 1_000_000;

describe('a bounded rate', () => {
  it('lets bytes pass when the last of them has passed, but for a small burst', () => {
    expect(new Rate(perSecond).waitFor(100_000, 5000)).toBeCloseTo(80);
    expect(new Rate(perSecond).waitFor(20_000, 5000)).toBe(0);
  });

  it('is shared by all that ask', () => {
    const rate = new Rate(perSecond);
    expect([1, 2, 3].map(() => rate.waitFor(50_000, 0))).toEqual([30, 80, 130]);
  });

  it('holds over a long time, however late the timers are', () => {
    const rate = new Rate(perSecond);
    let now = 0;
    for (let piece = 0; piece < 1000; piece += 1) {
      const wait = rate.waitFor(10_000, now);
      now += wait > 0 ? wait + 3 : 0;
    }
    expect(now).toBeGreaterThan(9975);
    expect(now).toBeLessThan(10_025);
  });

  it('saves no more than the burst in an idle time', () => {
    const rate = new Rate(perSecond);
    rate.waitFor(10_000, 0);
    expect(rate.waitFor(100_000, 60_000)).toBeCloseTo(80);
  });

  it('may be no bound', () => {
    const rate = new Rate(Infinity);
    expect([1, 2].map(() => rate.waitFor(1e9, 0))).toEqual([0, 0]);
  });
});
