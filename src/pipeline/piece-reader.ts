import type { Socket } from 'node:net';
import type { PieceMemory } from './piece-memory.js';
import { socketPair } from './socket-pair.js';

/**
 * What a program writes to its standard output, in pieces as large as those of a `PieceMemory`; only the last may be
 * shorter. It is read straight into them.
 */
export class PieceReader {
  readonly #arriving: ArrivingPieces;
  readonly #readEnd: Socket;
  /** For the program. It is to be destroyed here when that has started. */
  readonly writeEnd: Socket;

  /** @param dir nobody else can look into it. */
  static async open(memory: PieceMemory, dir: string): Promise<PieceReader> {
    const arriving = new ArrivingPieces(memory);
    const onread = { buffer: () => arriving.room(), callback: (bytes: number) => arriving.filled(bytes) };
    const { readEnd, writeEnd } = await socketPair(dir, onread);
    return new PieceReader(arriving, readEnd, writeEnd);
  }

  private constructor(arriving: ArrivingPieces, readEnd: Socket, writeEnd: Socket) {
    this.#arriving = arriving;
    this.#readEnd = readEnd;
    this.writeEnd = writeEnd;
    readEnd.once('end', () => arriving.end());
    readEnd.once('error', (error) => arriving.end({ error }));
    arriving.memory.whenGiven(() => readEnd.resume());
    readEnd.resume();
  }

  /** Ends when the program has closed its output. Whoever reads gives each piece back to the memory. */
  pieces(): AsyncGenerator<Buffer, void> {
    return this.#arriving.read();
  }

  close(): void {
    this.#arriving.memory.whenGiven(undefined);
    this.#readEnd.destroy();
    this.writeEnd.destroy();
  }
}

/** Fills piece after piece, and hands on those that are full. */
class ArrivingPieces {
  readonly #full: Buffer[] = [];
  #piece: Buffer;
  #filledBytes = 0;
  #hasEnded = false;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(readonly memory: PieceMemory) {
    this.#piece = memory.take();
  }

  /** Where the next bytes go. Node asks for it right after each read, also when it is to pause then. */
  room(): Buffer {
    return this.#piece.subarray(this.#filledBytes);
  }

  /** False pauses the reading: with the last free piece at hand and still empty, so that there is always room. */
  filled(bytes: number): boolean {
    this.#filledBytes += bytes;
    if (this.#filledBytes < this.#piece.length) return true;
    this.#full.push(this.#piece);
    this.#piece = this.memory.take();
    this.#filledBytes = 0;
    this.#wakeUp();
    return this.memory.hasFree;
  }

  end(failure?: { error: unknown }): void {
    this.#hasEnded = true;
    this.#failure ??= failure;
    this.#wakeUp();
  }

  async *read(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const piece = this.#full.shift();
      if (piece !== undefined) yield piece;
      else if (this.#hasEnded) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#filledBytes > 0) yield this.#piece.subarray(0, this.#filledBytes);
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
