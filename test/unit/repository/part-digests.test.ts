import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PartDigests } from '../../../src/repository/part-digests.js';
import { differenceOf } from '../../../src/repository/upload-outcome.js';

function digestsOf(chunks: readonly string[], partSizeBytes: number, withMd5 = true): PartDigests {
  const digests = new PartDigests(partSizeBytes, withMd5);
  for (const chunk of chunks) digests.add(Buffer.from(chunk));
  digests.end();
  return digests;
}

// Reference values computed with Python's zlib and hashlib.
describe('PartDigests', () => {
  it('of one part', () => {
    const digests = digestsOf(['1234', '56789'], 100);
    expect(digests.sizeBytes).toBe(9);
    expect(digests.singleCrc32).toBe('y/Q5Jg==');
    expect(digests.md5(1)).toBe('JfnnlDI7RTiF9RgfG2JNCw==');
    expect(digests.md5(2)).toBeUndefined();
  });

  it('of two parts', () => {
    const digests = digestsOf(['1234', '56789'], 5);
    expect(digests.compositeCrc32).toBe('4zspdQ==-2');
    expect([digests.md5(1), digests.md5(2)]).toEqual([
      'gnzLDuqKcGxMNKFokfhOew==',
      'RtBF/1GQ9uqTc52mwKoZvA==',
    ]);
  });

  it('of nothing is one empty part', () => {
    const digests = digestsOf([], 5);
    expect(digests.sizeBytes).toBe(0);
    expect(digests.singleCrc32).toBe('AAAAAA==');
    expect(digests.md5(1)).toBe('1B2M2Y8AsgTpgAmY7PhCfg==');
  });

  it('computes no MD5 unless asked', () => {
    expect(digestsOf(['123456789'], 5, false).md5(1)).toBeUndefined();
  });

  it('does not depend on how the stream comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 30 })),
        fc.integer({ min: 1, max: 20 }),
        (chunks, partSizeBytes) => {
          const whole = digestsOf([chunks.join('')], partSizeBytes);
          const pieces = digestsOf(chunks, partSizeBytes);
          expect(pieces.sizeBytes).toBe(whole.sizeBytes);
          expect(pieces.compositeCrc32).toBe(whole.compositeCrc32);
          expect(pieces.md5(1)).toBe(whole.md5(1));
          const parts = Math.max(1, Math.ceil(whole.sizeBytes / partSizeBytes));
          expect(whole.compositeCrc32.endsWith(`-${parts}`)).toBe(true);
        },
      ),
    );
  });
});

describe('differenceOf', () => {
  const single = digestsOf(['123456789'], 100);
  const parts = digestsOf(['123456789'], 5);

  it.each([
    ['the same', { ContentLength: 9, ChecksumCRC32: 'y/Q5Jg==' }, false],
    ['the same in parts', { ContentLength: 9, ChecksumCRC32: parts.compositeCrc32 }, true],
    ['no checksum', { ContentLength: 9 }, false],
    [
      'a checksum of the whole object, stored in parts',
      { ContentLength: 9, ChecksumCRC32: 'AAAAAA==' },
      true,
    ],
  ])('finds none for %s', (_, stored, isMultipart) => {
    expect(differenceOf(stored, isMultipart ? parts : single, isMultipart)).toBeUndefined();
  });

  it.each([
    ['another size', { ContentLength: 8 }, false, '8 bytes are stored, 9 were sent'],
    ['no size', {}, false, '0 bytes are stored, 9 were sent'],
    ['another CRC-32', { ContentLength: 9, ChecksumCRC32: 'AAAAAA==' }, false, 'y/Q5Jg== was sent'],
    ['another CRC-32 of the parts', { ContentLength: 9, ChecksumCRC32: 'AAAAAA==-2' }, true, 'AAAAAA==-2'],
    [
      'another number of parts',
      { ContentLength: 9, ChecksumCRC32: parts.compositeCrc32.replace('-2', '-3') },
      true,
      '-3',
    ],
  ])('finds %s', (_, stored, isMultipart, message) => {
    expect(differenceOf(stored, isMultipart ? parts : single, isMultipart)).toContain(message);
  });
});
