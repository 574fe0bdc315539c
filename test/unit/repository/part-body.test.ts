import { describe, expect, it } from '@jest/globals';
import { Pace } from '../../../src/repository/part-body.js';
import { bytesOf, patternBytes } from '../../support/byte-source.js';

const data = patternBytes(100_003);

describe('Pace', () => {
  it('gives all bytes as they are', async () => {
    expect((await bytesOf(new Pace(1e9).slices(data))).equals(data)).toBe(true);
    expect(await bytesOf(new Pace(10).slices(Buffer.alloc(0)))).toHaveLength(0);
  });

  it('gives little at a time where the rate is low', async () => {
    const { value } = await new Pace(50_000).slices(data).next();
    expect(value).toHaveLength(5000);
  });

  it('takes at least the time that the rate asks for, also for several at once', async () => {
    const pace = new Pace(400_000);
    const started = performance.now();
    await Promise.all([bytesOf(pace.slices(data)), bytesOf(pace.slices(data))]);
    // 200,006 bytes at 400,000 a second, less the last slice of each and what timers may be early.
    expect(performance.now() - started).toBeGreaterThan(320);
  });
});
