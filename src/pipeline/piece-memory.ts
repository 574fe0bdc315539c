/**
 * Memory for a stream in pieces of one size: a few buffers that are used again and again. Buffers of its own for each
 * read would cost more time in the garbage collector than all reading and writing.
 */
export class PieceMemory {
  readonly #free: Buffer[] = [];
  readonly #lent = new Map<ArrayBufferLike, Buffer>();
  #onGiven: (() => void) | undefined;

  /**
   * @param pieceBytes the size of each.
   * @param pieces how many there are at most, from 2: one is read into while others are sent. They are made as needed.
   */
  constructor(
    readonly pieceBytes: number,
    readonly pieces: number,
  ) {
    if (pieces < 2) throw new RangeError('A stream needs two pieces of memory');
  }

  get hasFree(): boolean {
    return this.#free.length > 0 || this.#lent.size < this.pieces;
  }

  /** Lends one. @throws when there is none: see `hasFree`. */
  take(): Buffer {
    if (!this.hasFree) throw new Error('All pieces of memory are lent');
    const piece = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.pieceBytes);
    this.#lent.set(piece.buffer, piece);
    return piece;
  }

  /** Takes back what was lent, of which `bytes` is the whole or a part. What is in it may be overwritten from now on. */
  give(bytes: Uint8Array): void {
    const piece = this.#lent.get(bytes.buffer);
    if (piece === undefined) throw new Error('This memory was not lent, or is back already');
    this.#lent.delete(bytes.buffer);
    this.#free.push(piece);
    this.#onGiven?.();
  }

  /** Calls `listener` whenever a piece comes back. There is one listener: who reads the stream. */
  whenGiven(listener: (() => void) | undefined): void {
    this.#onGiven = listener;
  }
}
