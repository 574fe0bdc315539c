import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EscapingName, StreamContents } from '../../../src/tools/stream-contents.js';
import {
  endOf,
  escapingNames,
  file,
  payload,
  removal,
  renaming,
  seek,
  sparse,
} from '../../support/hostile-stream.js';

type ToolName = 'mariadb-backup' | 'xtrabackup';

/** What was passed on, and what was seen, when the stream comes in pieces of these lengths. */
async function watched(stream: Buffer, tool: ToolName = 'mariadb-backup', pieces: readonly number[] = []) {
  const contents = new StreamContents(tool);
  const passed: Uint8Array[] = [];
  let error: unknown;
  try {
    for await (const bytes of contents.watch(cut(stream, pieces))) passed.push(bytes);
  } catch (thrown) {
    error = thrown;
  }
  const { isReadable, cutFiles } = contents;
  return {
    passed: Buffer.concat(passed),
    files: Object.fromEntries(contents.files),
    isReadable,
    cutFiles,
    error,
  };
}

async function* cut(stream: Buffer, pieces: readonly number[]): AsyncGenerator<Buffer, void> {
  let rest = stream;
  for (const length of pieces) {
    await Promise.resolve();
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
  if (rest.length > 0) yield rest;
}

const pathOf = fc
  .array(fc.stringMatching(/^[\w@#$.-]{1,12}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'))
  .filter((path) => !/(^|\/)\.{1,2}(\/|$)/.test(path));
const files = fc.uniqueArray(
  fc.record({ path: pathOf, parts: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }) }),
  { maxLength: 6, selector: ({ path }) => path },
);
const pieces = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 });

/** A row of payloads for each file, which the tools also mix. */
function streamOf(of: readonly { path: string; parts: readonly Uint8Array[] }[]): Buffer {
  return Buffer.concat(
    of.flatMap(({ path, parts }) => {
      let offset = 0;
      const chunks = parts.map((part) => {
        const chunk = payload(path, Buffer.from(part), offset);
        offset += part.length;
        return chunk;
      });
      return [...chunks, endOf(path)];
    }),
  );
}

describe('the contents of a stream', () => {
  it('are its files with their sizes, however it is cut in pieces, and it is passed on as it is', async () => {
    await fc.assert(
      fc.asyncProperty(files, pieces, async (of, lengths) => {
        const stream = streamOf(of);
        const seen = await watched(stream, 'mariadb-backup', lengths);
        expect(seen).toEqual({
          passed: stream,
          files: Object.fromEntries(
            of.map(({ path, parts }) => [path, parts.reduce((sum, { length }) => sum + length, 0)]),
          ),
          isReadable: true,
          cutFiles: [],
          error: undefined,
        });
      }),
    );
  });

  it.each<[string, ToolName, Buffer[], Record<string, number | undefined>]>([
    [
      'two files at once',
      'xtrabackup',
      [payload('a', '1'), payload('b', '23'), endOf('a'), endOf('b')],
      { a: 1, b: 2 },
    ],
    [
      'a hole of MariaDB',
      'mariadb-backup',
      [payload('a', '1'), seek('a', 100), payload('a', '23', 100), endOf('a')],
      { a: 102 },
    ],
    [
      'holes of XtraBackup',
      'xtrabackup',
      [
        sparse('a', '123', [
          [4096, 1],
          [8192, 2],
        ]),
        endOf('a'),
        file('b', '1'),
      ],
      { a: undefined, b: 1 },
    ],
    ['a file that was renamed', 'mariadb-backup', [file('a', '12'), renaming('a', 'd/b')], { 'd/b': 2 }],
    ['one that was never there', 'mariadb-backup', [renaming('a', 'b'), removal('c')], {}],
    ['a file that was removed', 'mariadb-backup', [file('a', '12'), file('b', '1'), removal('a')], { b: 1 }],
    ['a second file of one name', 'mariadb-backup', [file('a', '12'), file('a', '1')], { a: undefined }],
    ['a chunk that may be skipped', 'xtrabackup', [payload('', 'zz', 0, 'Z', 1), file('a', '1')], { a: 1 }],
    ['nothing', 'xtrabackup', [], {}],
  ])('%s', async (_, tool, chunks, expected) => {
    const seen = await watched(Buffer.concat(chunks), tool);
    expect(seen).toMatchObject({ isReadable: true, cutFiles: [], error: undefined });
    expect(seen.files).toEqual(expected);
  });

  it('what is removed, and not brought again, is told', async () => {
    const contents = new StreamContents('mariadb-backup');
    const chunks = [file('a', '1'), removal('a'), file('b', '1'), removal('b'), file('b', '2')];
    const passed: Uint8Array[] = [];
    for await (const piece of contents.watch(cut(Buffer.concat(chunks), []))) passed.push(piece);
    expect(contents.removed).toEqual(['a']);
  });

  it('a file without an end is told', async () => {
    const { cutFiles } = await watched(Buffer.concat([file('a', '1'), payload('b', '2')]));
    expect(cutFiles).toEqual(['b']);
  });

  it.each<[string, ToolName, Buffer]>([
    ['another magic', 'mariadb-backup', Buffer.from('XBSTCK02PPPPPPPPPPPPPPPP')],
    ['an unknown chunk that must not be skipped', 'mariadb-backup', payload('a', 'z', 0, 'Z')],
    ['a chunk of the other tool', 'xtrabackup', removal('a')],
    [
      'a path of 4 GB',
      'xtrabackup',
      Buffer.from('5842535443 4b3031 0050 ffffffff'.replaceAll(' ', ''), 'hex'),
    ],
    [
      'a new name of 4 GB',
      'mariadb-backup',
      Buffer.concat([renaming('a', '').subarray(0, -4), Buffer.alloc(4, 0xff)]),
    ],
    ['a payload beyond all numbers', 'mariadb-backup', payload('a', '').fill(0xff, 15, 31)],
  ])('%s: passed on, and not looked at any more', async (_, tool, odd) => {
    const stream = Buffer.concat([file('b', '1'), odd, file('../evil', '1')]);
    const seen = await watched(stream, tool);
    expect(seen).toMatchObject({ isReadable: false, error: undefined });
    expect(seen.passed).toEqual(stream);
  });

  it('anything at all: passed on as it is, or refused, and never more than a head is kept', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 60 }),
            pathOf.map((path) => file(path, path)),
          ),
          { maxLength: 8 },
        ),
        pieces,
        fc.constantFrom<ToolName>('mariadb-backup', 'xtrabackup'),
        async (parts, lengths, tool) => {
          const stream = Buffer.concat(parts);
          const { passed, error } = await watched(stream, tool, lengths);
          if (error === undefined) expect(passed).toEqual(stream);
          else expect(error).toBeInstanceOf(EscapingName);
        },
      ),
    );
  });
});

describe('a name that leads out of the directory', () => {
  const chunksWith: [string, (name: string) => Buffer][] = [
    ['a file', (name) => file(name, 'x')],
    ['the end of a file', endOf],
    ['a removal', removal],
    ['a renaming from there', (name) => renaming(name, 'a')],
    ['a renaming to there', (name) => renaming('a', name)],
    ['a hole', (name) => seek(name, 1)],
    ['a chunk that may be skipped', (name) => payload(name, 'x', 0, 'Z', 1)],
  ];

  it.each(chunksWith)(
    'in %s is refused before the extractor has seen the whole of it',
    async (_, chunkWith) => {
      for (const name of escapingNames) {
        const before = Buffer.concat([file('a', '12'), file('shop/orders.ibd', '345')]);
        const stream = Buffer.concat([before, chunkWith(name), file('b', '1')]);
        // The bytes before it may be passed on, and in small pieces also its beginning.
        for (const lengths of [[], Array<number>(stream.length).fill(1)]) {
          const { passed, error } = await watched(stream, 'mariadb-backup', lengths);
          expect(error).toBeInstanceOf(EscapingName);
          expect(String(error)).toContain(JSON.stringify(name));
          expect(passed.length).toBeLessThan(before.length + chunkWith(name).length);
        }
      }
    },
  );

  it.each(['shop/..orders', 'shop/...', 'a..b', './a', '.a'])('%j does not', async (name) => {
    const { error, isReadable } = await watched(file(name, 'x'), 'xtrabackup');
    expect({ error, isReadable }).toEqual({ error: undefined, isReadable: true });
  });
});
