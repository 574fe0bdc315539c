import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { PartDigests, type Integrity } from '../../../src/repository/part-digests.js';
import { differenceOf } from '../../../src/repository/upload-outcome.js';
import { patternBytes } from '../../support/byte-source.js';

async function digestsOf(parts: readonly string[], integrity: Integrity = 'crc32'): Promise<PartDigests> {
  const digests = new PartDigests(integrity);
  for (const part of parts) await digests.add(Buffer.from(part));
  return digests;
}

// Reference values computed with Python's zlib and hashlib.
describe('PartDigests', () => {
  const sha256 = '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225';

  it('of one part', async () => {
    const digests = new PartDigests('crc32');
    expect(await digests.add(Buffer.from('123456789'))).toEqual({ crc32: 'y/Q5Jg==' });
    expect(digests.sizeBytes).toBe(9);
    expect(digests.singleCrc32).toBe('y/Q5Jg==');
  });

  it('of two parts', async () => {
    const digests = await digestsOf(['12345', '6789']);
    expect(digests.sizeBytes).toBe(9);
    expect(digests.compositeCrc32).toBe('4zspdQ==-2');
    expect(digests.singleCrc32).toBeUndefined();
  });

  it('of a part that is hashed in several slices', async () => {
    const part = patternBytes(1_000_003);
    const hash = (algorithm: string) => createHash(algorithm).update(part);
    expect(await new PartDigests('md5').add(part)).toEqual({
      sha256: hash('sha256').digest('hex'),
      md5: hash('md5').digest('base64'),
    });
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(part));
    expect(await new PartDigests('crc32').add(part)).toEqual({ crc32: crc.toString('base64') });
  });

  it('of nothing', async () => {
    const digests = new PartDigests('md5');
    expect(await digests.add(Buffer.alloc(0))).toEqual({
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      md5: '1B2M2Y8AsgTpgAmY7PhCfg==',
    });
    expect(digests.sizeBytes).toBe(0);
  });

  it('computes only what is asked for', async () => {
    const part = Buffer.from('123456789');
    expect(await new PartDigests('signature').add(part)).toEqual({ sha256 });
    expect(await new PartDigests('md5').add(part)).toEqual({ sha256, md5: 'JfnnlDI7RTiF9RgfG2JNCw==' });
    expect((await digestsOf(['123456789'], 'md5')).singleCrc32).toBeUndefined();
    expect((await digestsOf(['12345', '6789'], 'signature')).compositeCrc32).toBeUndefined();
  });
});

const single = await digestsOf(['123456789']);
const parts = await digestsOf(['12345', '6789']);

describe('differenceOf', () => {
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

  it('finds none for a checksum that the store made by itself', async () => {
    const plain = await digestsOf(['123456789'], 'signature');
    expect(differenceOf({ ContentLength: 9, ChecksumCRC32: 'AAAAAA==' }, plain, false)).toBeUndefined();
  });

  it.each([
    ['another size', { ContentLength: 8 }, false, '8 bytes are stored, 9 were sent'],
    ['no size', {}, false, '0 bytes are stored, 9 were sent'],
    ['another CRC-32', { ContentLength: 9, ChecksumCRC32: 'AAAAAA==' }, false, 'y/Q5Jg== was sent'],
    ['another CRC-32 of the parts', { ContentLength: 9, ChecksumCRC32: 'AAAAAA==-2' }, true, 'AAAAAA==-2'],
    [
      'another number of parts',
      { ContentLength: 9, ChecksumCRC32: String(parts.compositeCrc32).replace('-2', '-3') },
      true,
      '-3',
    ],
  ])('finds %s', (_, stored, isMultipart, message) => {
    expect(differenceOf(stored, isMultipart ? parts : single, isMultipart)).toContain(message);
  });
});
