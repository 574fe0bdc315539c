import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { inSlices } from '../in-slices.js';

/**
 * What a store compares with what it is sent. `signature`: the SHA-256 of the body, which the request is signed with.
 * `md5`: that and a Content-MD5, for stores that may want one. `crc32`: only that, for AWS over TLS, which lets nobody
 * change the body on its way; AWS compares it and gives it back afterwards.
 */
export type Integrity = 'crc32' | 'md5' | 'signature';

export interface PartDigest {
  /** Hex. */
  sha256?: string;
  /** Base64. */
  md5?: string;
  /** Base64. */
  crc32?: string;
}

/** Sizes and checksums of what was sent, part by part: to compare with what the store has then. */
export class PartDigests {
  readonly #crcs: number[] = [];
  #sizeBytes = 0;

  /** @param integrity MD5 takes 1.5 CPU seconds a GiB, twice as much as SHA-256 where the processor knows that. */
  constructor(readonly integrity: Integrity) {}

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** One after the other, in the order of the stream. */
  async add(part: Uint8Array): Promise<PartDigest> {
    this.#sizeBytes += part.length;
    const sha256 = this.integrity === 'crc32' ? undefined : createHash('sha256');
    const md5 = this.integrity === 'md5' ? createHash('md5') : undefined;
    let crc = this.integrity === 'crc32' ? 0 : undefined;
    await inSlices(part, (slice) => {
      sha256?.update(slice);
      md5?.update(slice);
      if (crc !== undefined) crc = crc32(slice, crc);
    });
    if (crc !== undefined) this.#crcs.push(crc);
    return {
      ...(sha256 !== undefined && { sha256: sha256.digest('hex') }),
      ...(md5 !== undefined && { md5: md5.digest('base64') }),
      ...(crc !== undefined && { crc32: bigEndian([crc]) }),
    };
  }

  /** `x-amz-checksum-crc32` of an object stored by one PUT. Undefined where none was computed. */
  get singleCrc32(): string | undefined {
    return this.#crcs.length === 1 ? bigEndian(this.#crcs) : undefined;
  }

  /** `x-amz-checksum-crc32` of a multipart object: the CRC-32 of the parts' CRC-32s, and their number. */
  get compositeCrc32(): string | undefined {
    if (this.#crcs.length === 0) return undefined;
    const composite = crc32(Buffer.from(bigEndian(this.#crcs), 'base64'));
    return `${bigEndian([composite])}-${this.#crcs.length}`;
  }
}

/** Base64. */
function bigEndian(values: readonly number[]): string {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
  return buffer.toString('base64');
}
