import { describe, expect, it } from '@jest/globals';
import { PieceMemory } from '../../../src/pipeline/piece-memory.js';

describe('PieceMemory', () => {
  it('lends no more than there are, and lends again what came back', () => {
    const memory = new PieceMemory(10, 2);
    const first = memory.take();
    expect(first).toHaveLength(10);
    const second = memory.take();
    expect(second.buffer).not.toBe(first.buffer);
    expect(memory.hasFree).toBe(false);
    expect(() => memory.take()).toThrow('All pieces of memory are lent');
    memory.give(first.subarray(2, 5));
    expect(memory.hasFree).toBe(true);
    expect(memory.take()).toBe(first);
  });

  it('refuses what it did not lend, or has back already', () => {
    const memory = new PieceMemory(10, 2);
    expect(() => memory.give(Buffer.alloc(10))).toThrow('was not lent');
    const piece = memory.take();
    memory.give(piece);
    expect(() => memory.give(piece)).toThrow('is back already');
  });

  it('tells its listener of each that comes back', () => {
    const memory = new PieceMemory(10, 2);
    let told = 0;
    memory.whenGiven(() => (told += 1));
    memory.give(memory.take());
    expect(told).toBe(1);
    memory.whenGiven(undefined);
    memory.give(memory.take());
    expect(told).toBe(1);
  });

  it('is of two pieces at least', () => {
    expect(() => new PieceMemory(10, 1)).toThrow(RangeError);
  });
});
