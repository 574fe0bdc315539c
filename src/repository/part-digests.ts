import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a store compares each part with that it is sent. */
export type PartDigest = 'crc32' | 'sha256' | 'md5';

/**
 * Digests of a stream, part by part as it will be cut for the upload. They are taken from the stream itself,
 * so they also show when the parts were cut or put together wrongly.
 */
export class PartDigests {
  readonly #partSizeBytes: number;
  readonly #digest: PartDigest;
  readonly #crcs: number[] = [];
  readonly #hashes: Buffer[] = [];
  #crc = 0;
  #hash: Hash | undefined;
  #partBytes = 0;
  #sizeBytes = 0;

  /** @param digest only that one is computed: with SHA instructions SHA-256 takes 0.6 CPU seconds a GiB, MD5 1.5. */
  constructor(partSizeBytes: number, digest: PartDigest) {
    this.#partSizeBytes = partSizeBytes;
    this.#digest = digest;
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
      if (this.#hash === undefined) this.#crc = crc32(piece, this.#crc);
      else this.#hash.update(piece);
      this.#partBytes += piece.length;
      this.#sizeBytes += piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  /** The stream is complete. */
  end(): void {
    this.#endPart();
  }

  /** The SHA-256 or MD5 of a part that is complete, counted from 1; undefined with CRC-32. */
  hash(partNumber: number): Buffer | undefined {
    return this.#hashes[partNumber - 1];
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
    this.#hash = this.#digest === 'crc32' ? undefined : createHash(this.#digest);
  }

  #endPart(): void {
    if (this.#hash === undefined) this.#crcs.push(this.#crc);
    else this.#hashes.push(this.#hash.digest());
    this.#beginPart();
  }
}

function bigEndian(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
  return buffer;
}
