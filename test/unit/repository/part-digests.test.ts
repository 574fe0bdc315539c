import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PartDigests, type PartDigest } from '../../../src/repository/part-digests.js';
import { differenceOf } from '../../../src/repository/upload-outcome.js';

function digestsOf(chunks: readonly string[], partSizeBytes: number, digest: PartDigest): PartDigests {
  const digests = new PartDigests(partSizeBytes, digest);
  for (const chunk of chunks) digests.add(Buffer.from(chunk));
  digests.end();
  return digests;
}

const md5s = (digests: PartDigests) => [1, 2, 3].map((part) => digests.hash(part)?.toString('base64'));
const sha256s = (digests: PartDigests) => [1, 2, 3].map((part) => digests.hash(part)?.toString('hex'));

// Reference values computed with Python's zlib and hashlib.
describe('PartDigests', () => {
  it('of one part', () => {
    const chunks = ['1234', '56789'];
    const crc32 = digestsOf(chunks, 100, 'crc32');
    expect(crc32.sizeBytes).toBe(9);
    expect(crc32.singleCrc32).toBe('y/Q5Jg==');
    expect(md5s(digestsOf(chunks, 100, 'md5'))).toEqual(['JfnnlDI7RTiF9RgfG2JNCw==', undefined, undefined]);
    expect(sha256s(digestsOf(chunks, 100, 'sha256'))).toEqual([
      '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
      undefined,
      undefined,
    ]);
  });

  it('of two parts', () => {
    const chunks = ['1234', '56789'];
    expect(digestsOf(chunks, 5, 'crc32').compositeCrc32).toBe('4zspdQ==-2');
    expect(md5s(digestsOf(chunks, 5, 'md5'))).toEqual([
      'gnzLDuqKcGxMNKFokfhOew==',
      'RtBF/1GQ9uqTc52mwKoZvA==',
      undefined,
    ]);
    expect(sha256s(digestsOf(chunks, 5, 'sha256'))).toEqual([
      '5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5',
      '499bc7df9d8873c1c38e6898177c343b2a34d2eb43178a9eb4efcb993366c8cd',
      undefined,
    ]);
  });

  it('of nothing is one empty part', () => {
    const crc32 = digestsOf([], 5, 'crc32');
    expect(crc32.sizeBytes).toBe(0);
    expect(crc32.singleCrc32).toBe('AAAAAA==');
    expect(md5s(digestsOf([], 5, 'md5'))[0]).toBe('1B2M2Y8AsgTpgAmY7PhCfg==');
  });

  it('has only what was asked for', () => {
    expect(digestsOf(['123456789'], 5, 'crc32').hash(1)).toBeUndefined();
  });

  it('does not depend on how the stream comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 30 })),
        fc.integer({ min: 1, max: 20 }),
        (chunks, partSizeBytes) => {
          const whole = digestsOf([chunks.join('')], partSizeBytes, 'crc32');
          const pieces = digestsOf(chunks, partSizeBytes, 'crc32');
          expect(pieces.sizeBytes).toBe(whole.sizeBytes);
          expect(pieces.compositeCrc32).toBe(whole.compositeCrc32);
          expect(sha256s(digestsOf(chunks, partSizeBytes, 'sha256'))).toEqual(
            sha256s(digestsOf([chunks.join('')], partSizeBytes, 'sha256')),
          );
          const parts = Math.max(1, Math.ceil(whole.sizeBytes / partSizeBytes));
          expect(whole.compositeCrc32.endsWith(`-${parts}`)).toBe(true);
        },
      ),
    );
  });
});

describe('differenceOf', () => {
  const single = digestsOf(['123456789'], 100, 'crc32');
  const parts = digestsOf(['123456789'], 5, 'crc32');

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
