import { describe, expect, it } from '@jest/globals';
import { streamBytesOf } from '../../../src/pipeline/codecs.js';

describe('streamBytesOf', () => {
  it.each([
    // zstd 1.5
    ['/*stdin*\\            :100.00%   (50000000 B => 50001156 B, /*stdout*\\) ', 50_000_000],
    ['/*stdin*\\            :  0.01%   (  123 B =>     45 B, /*stdout*\\) ', 123],
    ['/*stdin*\\            :  inf%   (     0 B =>     13 B, /*stdout*\\) ', 0],
    // zstd 1.4
    ['/*stdin*\\            :100.00%   (50000000 => 50001156 bytes, /*stdout*\\) ', 50_000_000],
    ['/*stdin*\\            :  0.01%   (  1234 =>    567 bytes, /*stdout*\\) ', 1234],
    // Beyond 32 bits.
    ['(5497558138880 B => 1099511627776 B, /*stdout*\\)', 5_497_558_138_880],
    // Rounded, as without -vv.
    ['/*stdin*\\            :100.00%   (  47.7 MiB =>   47.7 MiB, /*stdout*\\) ', undefined],
    ['*** zstd command line interface 64-bits v1.5.4, by Yann Collet ***', undefined],
    ['Note: 2 physical core(s) detected ', undefined],
    ['', undefined],
  ])('%j: %s', (line, expected) => {
    expect(streamBytesOf(line)).toBe(expected);
  });
});
