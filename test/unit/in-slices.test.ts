import { describe, expect, it } from '@jest/globals';
import { inSlices } from '../../src/in-slices.js';
import { patternBytes } from '../support/byte-source.js';

describe('inSlices', () => {
  it.each([0, 1, 262_144, 262_145, 1_000_003])('hands on all of %d bytes, in their order', async (length) => {
    const bytes = patternBytes(length);
    const slices: Uint8Array[] = [];
    await inSlices(bytes, (slice) => slices.push(slice));
    expect(Buffer.concat(slices).equals(bytes)).toBe(true);
  });

  it('gives others a turn between two slices', async () => {
    const events: string[] = [];
    const other = setInterval(() => events.push('other'), 0);
    const work = () => {
      events.push('slice');
      for (const end = performance.now() + 2; performance.now() < end;);
    };
    await inSlices(Buffer.alloc(1024 * 1024), work);
    clearInterval(other);
    expect(events.join(' ')).toContain('slice other slice other slice');
  });

  it('throws what the work throws', async () => {
    const work = () => {
      throw new Error('no more');
    };
    await expect(inSlices(Buffer.alloc(1), work)).rejects.toThrow('no more');
  });
});
