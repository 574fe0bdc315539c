import { createCipheriv } from 'node:crypto';

/** Random-looking bytes that depend only on `seed`: they do not compress, and no two parts are alike. */
export function patternBytes(sizeBytes: number, seed = 1): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(
    Buffer.alloc(sizeBytes),
  );
}

/** A source for an upload, which tells whether it was closed. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  readonly closed: boolean;
}

/** Yields `bytes` in pieces; then `end` runs, which may throw, wait, or look at what is stored so far. */
export function sourceOf(
  bytes: Buffer,
  end: () => unknown = () => undefined,
  pieceBytes = 1_000_003,
): ByteSource {
  let closed = false;
  async function* read(): AsyncGenerator<Uint8Array, void> {
    try {
      for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
        yield bytes.subarray(offset, offset + pieceBytes);
      }
      await end();
    } finally {
      closed = true;
    }
  }
  const generator = read();
  const finish = generator.return.bind(generator);
  generator.return = (value) => {
    closed = true;
    return finish(value);
  };
  return {
    [Symbol.asyncIterator]: () => generator,
    get closed() {
      return closed;
    },
  };
}

/**
 * All of a stream, whose chunks may be gone when the next is asked for. Compare it with `equals`: jest's toEqual takes
 * minutes for 20 MiB.
 */
export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const received: Uint8Array[] = [];
  for await (const chunk of chunks) received.push(Buffer.from(chunk));
  return Buffer.concat(received);
}
