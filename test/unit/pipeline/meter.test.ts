import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Meter, throttle } from '../../../src/pipeline/meter.js';
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

describe('throttle', () => {
  it('lets all bytes through as they are', async () => {
    const meter = new Meter();
    const out = await collect(meter.measure(throttle(pieces(data, 999), 1e9)));
    expect(out.equals(data)).toBe(true);
    expect(meter.sha256()).toBe(sha256);
  });

  it('takes at least the time that the rate asks for', async () => {
    const started = performance.now();
    await collect(throttle(pieces(data, 10_000), 200_000));
    // 100,003 bytes at 200,000 a second; timers may fire a millisecond early for each of the ten pieces.
    expect(performance.now() - started).toBeGreaterThan(480);
  });

  it('passes errors on, and closes its source when the reader stops early', async () => {
    const failing = (async function* () {
      await Promise.resolve();
      yield Buffer.from('x');
      throw new Error('torn');
    })();
    await expect(collect(throttle(failing, 1e9))).rejects.toThrow('torn');
    let closed = false;
    for await (const chunk of throttle(
      pieces(data, 10, () => (closed = true)),
      1e9,
    )) {
      expect(chunk).toHaveLength(10);
      break;
    }
    expect(closed).toBe(true);
  });
});
