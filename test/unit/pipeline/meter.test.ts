import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Meter } from '../../../src/pipeline/meter.js';
import { patternBytes } from '../../support/byte-source.js';

async function* pieces(
  bytes: Buffer,
  pieceBytes: number,
  onClose?: () => void,
): AsyncGenerator<Buffer, void> {
  try {
    for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
      await Promise.resolve();
      yield bytes.subarray(offset, offset + pieceBytes);
    }
  } finally {
    onClose?.();
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const data = patternBytes(100_003);
const sha256 = createHash('sha256').update(data).digest('hex');

describe('Meter', () => {
  it('counts and hashes what passes, and changes nothing', async () => {
    const meter = new Meter();
    expect((await collect(meter.measure(pieces(data, 777)))).equals(data)).toBe(true);
    expect(meter.bytes).toBe(data.length);
    expect(meter.sha256()).toBe(sha256);
  });

  it('hashes nothing as nothing', () => {
    const meter = new Meter();
    expect(meter.bytes).toBe(0);
    expect(meter.sha256()).toBe(createHash('sha256').digest('hex'));
  });

  it('closes its source when the reader stops early', async () => {
    let closed = false;
    const meter = new Meter();
    for await (const chunk of meter.measure(pieces(data, 1000, () => (closed = true)))) {
      expect(chunk).toHaveLength(1000);
      break;
    }
    expect(closed).toBe(true);
    expect(meter.bytes).toBe(1000);
  });
});
