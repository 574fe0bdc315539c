import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choosePartSize, maximumParts } from '../../../src/repository/part-size.js';

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
    { expectedSizeBytes: 9000 * 16 * mebibyte, partMebibytes: 16, queueSize: 4 },
    { expectedSizeBytes: 9000 * 16 * mebibyte + 1, partMebibytes: 17, queueSize: 3 },
    { expectedSizeBytes: 9000 * 64 * mebibyte, partMebibytes: 64, queueSize: 1 },
    { expectedSizeBytes: 5 * 1000 ** 4, partMebibytes: 530, queueSize: 1 },
    { expectedSizeBytes: 5 * 1024 ** 4, partMebibytes: 583, queueSize: 1 },
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
        expect(Math.ceil(expectedSizeBytes / partSizeBytes)).toBeLessThanOrEqual(9000);
        expect(partSizeBytes).toBeGreaterThanOrEqual(8 * mebibyte);
        expect(partSizeBytes).toBeLessThanOrEqual(5 * gibibyte);
        expect(queueSize).toBeGreaterThanOrEqual(1);
        if (queueSize > 1) expect(queueSize * partSizeBytes).toBeLessThanOrEqual(64 * mebibyte);
        // A stream may become a tenth longer than expected.
        expect(partSizeBytes * maximumParts).toBeGreaterThan(expectedSizeBytes * 1.1);
      }),
    );
  });
});
