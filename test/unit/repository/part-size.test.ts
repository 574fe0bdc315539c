import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choosePartSize, largestObjectBytes, maximumParts } from '../../../src/repository/part-size.js';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

describe('choosePartSize', () => {
  it.each([
    { expectedSizeBytes: 0, partMebibytes: 8, queueSize: 4 },
    { expectedSizeBytes: 1, partMebibytes: 8, queueSize: 4 },
    { expectedSizeBytes: gibibyte, partMebibytes: 8, queueSize: 4 },
    { expectedSizeBytes: 9000 * 8 * mebibyte, partMebibytes: 8, queueSize: 4 },
    { expectedSizeBytes: 9000 * 8 * mebibyte + 1, partMebibytes: 9, queueSize: 4 },
    { expectedSizeBytes: 100 * gibibyte, partMebibytes: 12, queueSize: 4 },
    { expectedSizeBytes: 9000 * 16 * mebibyte, partMebibytes: 16, queueSize: 3 },
    { expectedSizeBytes: 9000 * 16 * mebibyte + 1, partMebibytes: 16, queueSize: 3 },
    { expectedSizeBytes: 5 * 1024 ** 4, partMebibytes: 16, queueSize: 3 },
  ])(
    '$expectedSizeBytes bytes: parts of $partMebibytes MiB',
    ({ expectedSizeBytes, partMebibytes, queueSize }) => {
      expect(choosePartSize(expectedSizeBytes)).toEqual({
        partSizeBytes: partMebibytes * mebibyte,
        queueSize,
      });
    },
  );

  it('keeps the limits of S3 and of memory for every size up to 40 TiB', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 40 * 1024 ** 4, noNaN: true }), (size) => {
        const expectedSizeBytes = Math.floor(size);
        const { partSizeBytes, queueSize } = choosePartSize(expectedSizeBytes);
        expect(partSizeBytes % mebibyte).toBe(0);
        expect(partSizeBytes).toBeGreaterThanOrEqual(8 * mebibyte);
        expect(partSizeBytes).toBeLessThanOrEqual(16 * mebibyte);
        expect(queueSize).toBeGreaterThanOrEqual(3);
        expect(queueSize * partSizeBytes).toBeLessThanOrEqual(48 * mebibyte);
        const inOneObject = largestObjectBytes(expectedSizeBytes);
        expect(inOneObject / partSizeBytes).toBe(maximumParts);
        // A stream may become a tenth longer than expected before it needs a second object.
        if (partSizeBytes < 16 * mebibyte) expect(inOneObject).toBeGreaterThan(expectedSizeBytes * 1.1);
      }),
    );
  });

  it('has larger parts, and sooner a second object, where a store takes fewer', () => {
    expect(choosePartSize(9 * gibibyte, 1000).partSizeBytes).toBe(11 * mebibyte);
    expect(largestObjectBytes(9 * gibibyte, 1000)).toBe(11_000 * mebibyte);
    expect(largestObjectBytes(900 * gibibyte, 1000)).toBe(16_000 * mebibyte);
  });
});
