import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { harmless, readLines, Tail } from '../../../src/pipeline/output-lines.js';

const chunks = (...parts: (string | Buffer)[]) =>
  Readable.from(parts.map((part) => Buffer.from(part as string)));

async function linesOf(...parts: (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  await readLines(chunks(...parts), (line) => void lines.push(line));
  return lines;
}

describe('harmless', () => {
  it.each([
    [
      'plain text: ::warning:: is harmless behind our prefix',
      'plain text: ::warning:: is harmless behind our prefix',
    ],
    ['##[command]rm -rf /', '## [command]rm -rf /'],
    ['in the middle ##[error] of it', 'in the middle ## [error] of it'],
    ['###[group]', '### [group]'],
    ['##\u0000[command]x', '## [command]x'],
    ['#\u001b[31m#[command]x', '## [command]x'],
    ['#\u0085#[command]x', '## [command]x'],
    ['\u0085::set-env name=A::b', '::set-env name=A::b'],
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['bell\u0007 del\u007f csi\u009b0m', 'bell del csi0m'],
    ['tab\tstays', 'tab\tstays'],
    ['Grüße 🐬', 'Grüße 🐬'],
    [
      "GRANT PROCESS ON *.* TO `bk`@`localhost` IDENTIFIED BY PASSWORD '*B69027D4'",
      "GRANT PROCESS ON *.* TO `bk`@`localhost` IDENTIFIED BY PASSWORD '***'",
    ],
    [
      "IDENTIFIED VIA ed25519 USING 'hash' OR unix_socket",
      "IDENTIFIED VIA ed25519 USING '***' OR unix_socket",
    ],
  ])('%j', (line, expected) => {
    expect(harmless(line)).toBe(expected);
  });

  it('never leaves what a runner takes for a command', () => {
    for (const noise of ['\u0000', '\u001b[0m', '\u0007', '\r', '\u009b', '\u001b[']) {
      for (const line of [`#${noise}#[x]`, `##${noise}[x]`, `##[${noise}x]`]) {
        expect(harmless(line)).not.toContain('##[');
      }
    }
  });

  it('cuts very long lines', () => {
    expect(harmless('x'.repeat(100_000))).toHaveLength(4096);
    expect(harmless(`${'#'.repeat(4094)}##[`)).not.toContain('##[');
  });
});

describe('readLines', () => {
  it('cuts at every kind of line end, and hands on a last line without one', async () => {
    expect(await linesOf('a\nb\r\nc\rd')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('joins lines, and characters, that were cut between chunks', async () => {
    const text = Buffer.from('größer → 🐬\nzwei\n');
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(await linesOf(text.subarray(0, cut), text.subarray(cut))).toEqual(['größer → 🐬', 'zwei']);
    }
    const bytes = [...text].map((byte) => Buffer.from([byte]));
    expect(await linesOf(...bytes)).toEqual(['größer → 🐬', 'zwei']);
  });

  it('survives bytes that are no UTF-8', async () => {
    const lines = await linesOf(Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0xc3]));
    expect(lines[0]).toBe('a\ufffd\ufffd');
  });

  it('keeps the lines of a progress display apart', async () => {
    expect((await linesOf('1%\r2%\r', '\r3%')).filter((line) => line !== '')).toEqual(['1%', '2%', '3%']);
  });

  it('keeps little of a line that never ends, and finds the next one', async () => {
    const block = 'y'.repeat(65_536);
    const lines = await linesOf(...Array.from({ length: 200 }, () => block), '\nnext\n');
    expect(lines).toEqual([block.slice(0, 4096), 'next']);
  });

  it('hands on what came before an error', async () => {
    const lines: string[] = [];
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('whole\nhalf');
        throw new Error('torn');
      })(),
    );
    await expect(readLines(broken, (line) => void lines.push(line))).rejects.toThrow('torn');
    expect(lines).toEqual(['whole', 'half']);
  });
});

describe('Tail', () => {
  it('keeps the last forty lines that say something', () => {
    const tail = new Tail();
    expect([tail.text, tail.lastLine]).toEqual(['', '']);
    for (let line = 1; line <= 100; line += 1) {
      tail.add(`line ${line}`);
      tail.add('  ');
    }
    expect(tail.lastLine).toBe('line 100');
    expect(tail.text.split('\n')).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index + 61}`));
  });
});
