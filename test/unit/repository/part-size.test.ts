import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maximumParts, planParts } from '../../../src/repository/part-size.js';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

describe('planParts', () => {
  it.each([
    { expectedSizeBytes: 0, partMebibytes: 8, partsInMemory: 6 },
    { expectedSizeBytes: 1, partMebibytes: 8, partsInMemory: 6 },
    { expectedSizeBytes: gibibyte, partMebibytes: 8, partsInMemory: 6 },
    { expectedSizeBytes: 9000 * 8 * mebibyte, partMebibytes: 8, partsInMemory: 6 },
    { expectedSizeBytes: 9000 * 8 * mebibyte + 1, partMebibytes: 9, partsInMemory: 5 },
    { expectedSizeBytes: 100 * gibibyte, partMebibytes: 12, partsInMemory: 4 },
    { expectedSizeBytes: 9000 * 16 * mebibyte, partMebibytes: 16, partsInMemory: 3 },
    { expectedSizeBytes: 9000 * 16 * mebibyte + 1, partMebibytes: 16, partsInMemory: 3 },
    { expectedSizeBytes: 5 * 1024 ** 4, partMebibytes: 16, partsInMemory: 3 },
  ])(
    '$expectedSizeBytes bytes: parts of $partMebibytes MiB',
    ({ expectedSizeBytes, partMebibytes, partsInMemory }) => {
      expect(planParts(expectedSizeBytes)).toEqual({
        partSizeBytes: partMebibytes * mebibyte,
        partsInMemory,
        largestObjectBytes: partMebibytes * mebibyte * maximumParts,
      });
    },
  );

  it('keeps the limits of S3 and of memory for every size up to 40 TiB', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 40 * 1024 ** 4, noNaN: true }), (size) => {
        const expectedSizeBytes = Math.floor(size);
        const { partSizeBytes, partsInMemory, largestObjectBytes } = planParts(expectedSizeBytes);
        expect(partSizeBytes % mebibyte).toBe(0);
        expect(partSizeBytes).toBeGreaterThanOrEqual(8 * mebibyte);
        expect(partSizeBytes).toBeLessThanOrEqual(16 * mebibyte);
        expect(partsInMemory).toBeGreaterThanOrEqual(3);
        expect(partsInMemory * partSizeBytes).toBeLessThanOrEqual(48 * mebibyte);
        expect(largestObjectBytes / partSizeBytes).toBe(maximumParts);
        // A stream may become a tenth longer than expected before it needs a second object.
        if (partSizeBytes < 16 * mebibyte)
          expect(largestObjectBytes).toBeGreaterThan(expectedSizeBytes * 1.1);
      }),
    );
  });

  it('has larger parts, and sooner a second object, where a store takes fewer', () => {
    expect(planParts(9 * gibibyte, 1000).partSizeBytes).toBe(11 * mebibyte);
    expect(planParts(9 * gibibyte, 1000).largestObjectBytes).toBe(11_000 * mebibyte);
    expect(planParts(900 * gibibyte, 1000).largestObjectBytes).toBe(16_000 * mebibyte);
  });

  it('stores 5 TB in the memory of every other stream', () => {
    const objectsOf = (parts: number) => Math.ceil(5e12 / planParts(5e12, parts).largestObjectBytes);
    expect(objectsOf(10_000)).toBe(30);
    expect(objectsOf(1000)).toBe(299);
  });
});
