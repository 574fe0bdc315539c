/** One part of an upload. */
export interface Part {
  /** From 1. */
  number: number;
  bytes: Uint8Array;
  /** To be called when nothing needs the bytes any more. */
  release: () => void;
}

/**
 * Cuts a stream into parts of `sizeBytes`, of which only the last may be shorter; none is empty. A chunk that is a part
 * already is handed on as it is, others are copied into one.
 * @param release is told each chunk as soon as its memory may be used again.
 */
export async function* cutIntoParts(
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  release: (chunk: Uint8Array) => void,
): AsyncGenerator<Part, void> {
  let number = 0;
  const partOf = (bytes: Uint8Array, owner?: Uint8Array): Part => ({
    number: (number += 1),
    bytes,
    release: () => owner && release(owner),
  });
  const begun = new BegunPart(sizeBytes);
  /** A short chunk, which may be the last. */
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (held !== undefined) {
      begun.add(held);
      release(held);
      held = undefined;
    }
    if (begun.isEmpty && chunk.length === sizeBytes) {
      yield partOf(chunk, chunk);
    } else if (begun.isEmpty && chunk.length < sizeBytes) {
      held = chunk;
    } else {
      for (let rest = chunk; rest.length > 0;) {
        rest = rest.subarray(begun.add(rest));
        if (begun.isFull) yield partOf(begun.take());
      }
      release(chunk);
    }
  }
  if (held !== undefined && held.length > 0) yield partOf(held, held);
  if (!begun.isEmpty) yield partOf(begun.take());
}

/** A part that is put together. */
class BegunPart {
  #buffer: Buffer | undefined;
  #filledBytes = 0;

  constructor(readonly sizeBytes: number) {}

  get isEmpty(): boolean {
    return this.#filledBytes === 0;
  }

  get isFull(): boolean {
    return this.#filledBytes === this.sizeBytes;
  }

  /** Returns how much of it there was room for. */
  add(bytes: Uint8Array): number {
    this.#buffer ??= Buffer.allocUnsafeSlow(this.sizeBytes);
    const piece = bytes.subarray(0, this.sizeBytes - this.#filledBytes);
    this.#buffer.set(piece, this.#filledBytes);
    this.#filledBytes += piece.length;
    return piece.length;
  }

  take(): Uint8Array {
    const whole = this.#buffer?.subarray(0, this.#filledBytes) ?? Buffer.alloc(0);
    this.#buffer = undefined;
    this.#filledBytes = 0;
    return whole;
  }
}
