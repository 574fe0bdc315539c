import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * Digests of a stream, part by part as it will be cut for the upload. They are taken from the stream itself,
 * so they also show when the parts were cut or put together wrongly.
 */
export class PartDigests {
  readonly #partSizeBytes: number;
  readonly #withMd5: boolean;
  readonly #crcs: number[] = [];
  readonly #md5s: string[] = [];
  #crc = 0;
  #md5: Hash | undefined;
  #partBytes = 0;
  #sizeBytes = 0;

  /** @param withMd5 MD5 takes 1.6 CPU seconds a GiB, so only where the store needs it. */
  constructor(partSizeBytes: number, withMd5: boolean) {
    this.#partSizeBytes = partSizeBytes;
    this.#withMd5 = withMd5;
    this.#beginPart();
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      // A full part is closed by the byte after it: the last part is never empty, unless it is the only one.
      if (this.#partBytes === this.#partSizeBytes) this.#endPart();
      const piece = rest.subarray(0, this.#partSizeBytes - this.#partBytes);
      this.#crc = crc32(piece, this.#crc);
      this.#md5?.update(piece);
      this.#partBytes += piece.length;
      this.#sizeBytes += piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  /** The stream is complete. */
  end(): void {
    this.#endPart();
  }

  /** The MD5 of a part that is complete (counted from 1) in base64; undefined without MD5. */
  md5(partNumber: number): string | undefined {
    return this.#md5s[partNumber - 1];
  }

  /** `x-amz-checksum-crc32` of an object stored by one PUT. */
  get singleCrc32(): string {
    return bigEndian(this.#crcs.slice(0, 1)).toString('base64');
  }

  /** `x-amz-checksum-crc32` of a multipart object: the CRC-32 of the parts' CRC-32s, and their number. */
  get compositeCrc32(): string {
    const composite = crc32(bigEndian(this.#crcs));
    return `${bigEndian([composite]).toString('base64')}-${this.#crcs.length}`;
  }

  #beginPart(): void {
    this.#partBytes = 0;
    this.#crc = 0;
    this.#md5 = this.#withMd5 ? createHash('md5') : undefined;
  }

  #endPart(): void {
    this.#crcs.push(this.#crc);
    if (this.#md5 !== undefined) this.#md5s.push(this.#md5.digest('base64'));
    this.#beginPart();
  }
}

function bigEndian(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
  return buffer;
}
