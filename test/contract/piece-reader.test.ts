import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PieceMemory } from '../../src/pipeline/piece-memory.js';
import { PieceReader } from '../../src/pipeline/piece-reader.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/** What real programs write, read straight into memory that is used again. */

let dir: TemporaryDirectory;
beforeEach(async () => {
  dir = await temporaryDirectory('pieces');
});
afterEach(() => dir.remove());

/** A shell script whose output is read. */
async function outputOf(script: string, memory: PieceMemory, place = dir.path): Promise<PieceReader> {
  const reader = await PieceReader.open(memory, place);
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', reader.writeEnd, 'inherit'] });
  reader.writeEnd.destroy();
  await once(child, 'spawn');
  return reader;
}

const noise = (bytes: number) =>
  `head -c ${bytes} /dev/zero | openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 2>/dev/null`;

describe('PieceReader', () => {
  it.each([0, 1, 99_999, 100_000, 100_001, 30_000_017])('gives %d bytes as they are', async (count) => {
    const memory = new PieceMemory(100_000, 3);
    const sum = await outputOf(`${noise(count)} | sha256sum`, new PieceMemory(1000, 2));
    const reader = await outputOf(noise(count), memory);
    const hash = createHash('sha256');
    const lengths: number[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for await (const piece of reader.pieces()) {
      hash.update(piece);
      lengths.push(piece.length);
      buffers.add(piece.buffer);
      memory.give(piece);
    }
    reader.close();
    const { value: expected } = await sum.pieces().next();
    sum.close();
    expect(hash.digest('hex')).toBe(String(expected).slice(0, 64));
    expect(lengths.slice(0, -1).every((length) => length === 100_000)).toBe(true);
    expect(lengths.reduce((total, length) => total + length, 0)).toBe(count);
    expect(buffers.size).toBeLessThanOrEqual(3);
  });

  it('reads nothing while no memory is free, and goes on when some is', async () => {
    const memory = new PieceMemory(100_000, 3);
    const reader = await outputOf(noise(5_000_000), memory);
    const pieces = reader.pieces();
    const first = await pieces.next();
    const second = await pieces.next();
    const before = [first, second].map(({ value }) => Buffer.from(value as Buffer));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([first, second].map(({ value }) => value as Buffer)).toEqual(before);
    let third: Buffer | undefined;
    const reading = pieces.next().then(({ value }) => (third = value as Buffer));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(third).toBeUndefined();
    memory.give(first.value as Buffer);
    await reading;
    expect(third).toHaveLength(100_000);
    reader.close();
  });

  it('leaves nothing in the directory, whose path may be longer than that of a socket', async () => {
    const place = join(dir.path, 'a'.repeat(200));
    await mkdir(place);
    const reader = await outputOf('echo x', new PieceMemory(10, 2), place);
    expect(await readdir(place)).toEqual([]);
    expect(String((await reader.pieces().next()).value)).toBe('x\n');
    reader.close();
  });

  it('is opened several times at once in one directory', async () => {
    const opening = Array.from({ length: 20 }, () => PieceReader.open(new PieceMemory(10, 2), dir.path));
    for (const reader of await Promise.all(opening)) reader.close();
    expect(await readdir(dir.path)).toEqual([]);
  });

  it('lets a program end that nobody reads from any more', async () => {
    const reader = await PieceReader.open(new PieceMemory(10, 2), dir.path);
    const child = spawn('yes', { stdio: ['ignore', reader.writeEnd, 'ignore'] });
    reader.writeEnd.destroy();
    expect((await reader.pieces().next()).value).toHaveLength(10);
    const ended = once(child, 'exit');
    reader.close();
    await ended;
  });
});
