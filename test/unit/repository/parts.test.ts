import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutIntoParts, type Part } from '../../../src/repository/parts.js';

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** All parts; each is released as soon as it is there. */
async function partsOf(chunks: readonly Uint8Array[], sizeBytes: number, released: Uint8Array[] = []) {
  const parts: Part[] = [];
  const cut = cutIntoParts(stream(chunks), sizeBytes, (chunk) => released.push(chunk));
  for await (const part of cut) {
    parts.push(part);
    part.release();
  }
  return parts;
}

describe('cutIntoParts', () => {
  it('hands on what is a part already, and a short last one, without a copy', async () => {
    const chunks = ['abc', 'def', 'g'].map((text) => Buffer.from(text));
    const parts = await partsOf(chunks, 3);
    expect(parts.map(({ number }) => number)).toEqual([1, 2, 3]);
    for (const [index, { bytes }] of parts.entries()) expect(bytes).toBe(chunks[index]);
  });

  it('releases a part that is handed on only when it is told to', async () => {
    const released: Uint8Array[] = [];
    const chunk = Buffer.from('abc');
    const cut = cutIntoParts(stream([chunk]), 3, (one) => released.push(one));
    const { value } = await cut.next();
    await cut.next();
    expect(released).toEqual([]);
    (value as Part).release();
    expect(released).toEqual([chunk]);
  });

  it('gives the stream again, in parts of the size, and releases each chunk once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 12 })),
        fc.integer({ min: 1, max: 6 }),
        async (chunks, sizeBytes) => {
          const released: Uint8Array[] = [];
          const parts = await partsOf(chunks, sizeBytes, released);
          const whole = Buffer.concat(chunks);
          expect(Buffer.concat(parts.map(({ bytes }) => bytes)).equals(whole)).toBe(true);
          expect(parts).toHaveLength(Math.ceil(whole.length / sizeBytes));
          for (const { bytes } of parts.slice(0, -1)) expect(bytes).toHaveLength(sizeBytes);
          expect(parts.at(-1)?.bytes.length).not.toBe(0);
          const once = new Set(released);
          expect(once.size).toBe(released.length);
          for (const chunk of chunks) if (chunk.length > 0) expect(once.has(chunk)).toBe(true);
        },
      ),
    );
  });
});
