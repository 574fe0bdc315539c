import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UserError } from '../../src/errors.js';
import type { Repository } from '../../src/repository/repository.js';
import { bytesOf, patternBytes, sourceOf } from '../support/byte-source.js';
import { memoryPlace, s3Place, type Place } from '../support/repository-places.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;
const small = patternBytes(100);
// Two full parts of 8 MiB and a rest.
const large = patternBytes(20 * mebibyte + 17);

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
  process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
}, 60_000);
afterAll(() => server.stop());

describe.each([
  { name: 'memory', open: memoryPlace },
  { name: 'S3', open: () => s3Place(server) },
])('a repository in $name', ({ open }) => {
  let place: Place;
  let repository: Repository;
  beforeEach(async () => {
    place = await open();
    repository = place.repository;
  });

  const put = (key: string, source: AsyncIterable<Uint8Array>, signal = never) =>
    repository.upload(key, source, { expectedSizeBytes: large.length, signal });

  const allKeys = async () => (await repository.list('')).map(({ key }) => key);

  async function expectNothingLeft(): Promise<void> {
    expect(await allKeys()).toEqual([]);
    expect(await place.unfinishedUploads()).toEqual([]);
  }

  it('says where it is', () => {
    expect(repository.location).toMatch(/^s3:\/\/[a-z0-9-]+$/);
  });

  describe('list', () => {
    it('gives the keys with the prefix, their sizes and ETags, in key order', async () => {
      for (const key of ['a/10.json', 'a/1/x', 'a/B', 'a/b', 'ab', 'b/1'])
        await repository.createIfAbsent(key, key);
      const etag = (key: string) => createHash('md5').update(key).digest('hex');
      expect(await repository.list('a/')).toEqual([
        { key: 'a/1/x', sizeBytes: 5, etag: etag('a/1/x') },
        { key: 'a/10.json', sizeBytes: 9, etag: etag('a/10.json') },
        { key: 'a/B', sizeBytes: 3, etag: etag('a/B') },
        { key: 'a/b', sizeBytes: 3, etag: etag('a/b') },
      ]);
      expect((await repository.list('a/', 'a/10.json')).map(({ key }) => key)).toEqual(['a/B', 'a/b']);
      expect(await repository.list('c/')).toEqual([]);
    });

    it('gives the folders directly below a prefix', async () => {
      for (const key of ['x/b/1', 'x/a/1', 'x/a/2/3', 'x/file', 'xy/c/1'])
        await repository.createIfAbsent(key, '');
      expect(await repository.listFolders('x/')).toEqual(['a', 'b']);
      expect(await repository.listFolders('x/b/')).toEqual([]);
      expect(await repository.listFolders('z/')).toEqual([]);
    });

    it('gives more than fit on one page', async () => {
      const count = 1050;
      const folders = Array.from({ length: count }, (_, index) => String(index).padStart(4, '0'));
      const waiting = folders.map((folder) => `many/${folder}/x`);
      const keys = [...waiting];
      const workers = Array.from({ length: 32 }, async () => {
        for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
          await repository.createIfAbsent(key, '');
        }
      });
      await Promise.all(workers);
      expect((await repository.list('many/')).map(({ key }) => key)).toEqual(keys);
      expect((await repository.list('many/', keys[20])).map(({ key }) => key)).toEqual(keys.slice(21));
      expect(await repository.listFolders('many/')).toEqual(folders);
    }, 60_000);
  });

  describe('small objects', () => {
    it('are read whole', async () => {
      await repository.createIfAbsent('a', 'größer als nichts\n');
      expect((await repository.read('a')).toString()).toBe('größer als nichts\n');
      await repository.createIfAbsent('empty', '');
      expect(await repository.read('empty')).toEqual(Buffer.alloc(0));
    });

    it('that are missing say so', async () => {
      await expect(repository.read('nothing')).rejects.toMatchObject({ code: 'STORE_MISSING' });
    });

    it('are never overwritten', async () => {
      expect(await repository.createIfAbsent('a', 'first')).toBe(true);
      expect(await repository.createIfAbsent('a', 'second')).toBe(false);
      expect(await repository.createIfAbsent('a', 'first')).toBe(false);
      expect((await repository.read('a')).toString()).toBe('first');
    });

    it('are created by exactly one of 20 who try at once', async () => {
      const bodies = Array.from({ length: 20 }, (_, index) => `body ${index}`);
      const created = await Promise.all(bodies.map((body) => repository.createIfAbsent('raced', body)));
      expect(created.filter(Boolean)).toHaveLength(1);
      expect((await repository.read('raced')).toString()).toBe(bodies[created.indexOf(true)]);
    });

    it('are removed, and removing nothing is fine', async () => {
      await repository.createIfAbsent('a', 'x');
      await repository.createIfAbsent('ab', 'x');
      expect(await repository.remove('a')).toBe('removed');
      expect(await repository.remove('a')).toBe('removed');
      expect(await allKeys()).toEqual(['ab']);
    });
  });

  describe('upload', () => {
    const partBytes = 8 * mebibyte;
    it.each([0, 1, partBytes - 1, partBytes, partBytes + 1, 2 * partBytes, large.length])(
      'stores %d bytes as they are',
      async (sizeBytes) => {
        const bytes = large.subarray(0, sizeBytes);
        const stored = await put('u', sourceOf(bytes));
        expect(stored).toMatchObject({ key: 'u', sizeBytes });
        expect(stored.etag).toMatch(/^[0-9a-f]{32}(-\d+)?$/);
        expect(await repository.list('')).toEqual([stored]);
        expectSame(await bytesOf(repository.download(stored, never)), bytes);
        expect(await place.unfinishedUploads()).toEqual([]);
      },
    );

    it('takes chunks of any size', async () => {
      async function* chunks() {
        yield large.subarray(0, 18 * mebibyte);
        yield Buffer.alloc(0);
        yield await Promise.resolve(large.subarray(18 * mebibyte, 18 * mebibyte + 1));
        yield large.subarray(18 * mebibyte + 1);
      }
      const stored = await put('u', chunks());
      expectSame(await bytesOf(repository.download(stored, never)), large);
    });

    it.each([
      ['small', small],
      ['large', large],
    ])('of a %s stream shows the object only after the end of its source', async (_, bytes) => {
      let seenBeforeEnd: string[] | undefined;
      const source = sourceOf(bytes, async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        seenBeforeEnd = await allKeys();
      });
      await put('u', source);
      expect(seenBeforeEnd).toEqual([]);
      expect(await allKeys()).toEqual(['u']);
    });

    describe.each([
      ['nothing', 0],
      ['a little', small.length],
      ['many MiB', large.length],
    ])('whose source throws after %s', (_, sizeBytes) => {
      it.each([
        ['an error', new Error('the tool failed')],
        ['a UserError', new UserError('BACKUP_FAILED', 'fact', 'hint')],
        ['text', 'not even an error'],
      ])('throws %s as it is, and leaves nothing', async (__, thrown) => {
        const source = sourceOf(large.subarray(0, sizeBytes), () => {
          throw thrown as Error;
        });
        expect(await thrownBy(put('u', source))).toBe(thrown);
        await expectNothingLeft();
      });
    });

    it('does not touch an object that is there already, and closes its source', async () => {
      await repository.createIfAbsent('u', 'first');
      const source = sourceOf(large);
      await expect(put('u', source)).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
      expect(source.closed).toBe(true);
      expect((await repository.read('u')).toString()).toBe('first');
      expect(await place.unfinishedUploads()).toEqual([]);
    });

    it.each([
      ['small', small],
      ['large', large],
    ])('of a %s stream does not overwrite what came to be meanwhile', async (_, bytes) => {
      const source = sourceOf(bytes, () => repository.createIfAbsent('u', 'first'));
      await expect(put('u', source)).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
      expect((await repository.read('u')).toString()).toBe('first');
      expect(await place.unfinishedUploads()).toEqual([]);
    });

    it('of two at once to one key lets one win', async () => {
      const bodies = [patternBytes(1000, 3), patternBytes(1000, 5)];
      const outcomes = await Promise.allSettled(bodies.map((body) => put('u', sourceOf(body))));
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes[1 - winner]).toMatchObject({ reason: { code: 'BACKUP_EXISTS' } });
      expect(await repository.read('u')).toEqual(bodies[winner]);
    });
  });

  describe('an abort', () => {
    it('before the start sends nothing and closes the source', async () => {
      const source = sourceOf(large);
      await expect(put('u', source, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(source.closed).toBe(true);
      await expectNothingLeft();
    });

    it.each([
      ['nothing', 0],
      ['a little', small.length],
      ['many MiB', large.length],
    ])('while the source waits after %s leaves nothing', async (_, sizeBytes) => {
      const abort = new AbortController();
      let onWaiting = () => {};
      const waiting = new Promise<void>((resolve) => (onWaiting = resolve));
      // A source that hangs, as a pipe from a program that says nothing.
      const source = sourceOf(large.subarray(0, sizeBytes), async () => {
        onWaiting();
        await new Promise((resolve) =>
          abort.signal.addEventListener('abort', () => setTimeout(resolve, 300)),
        );
        throw new Error('a consequence of the abort');
      });
      const upload = thrownBy(put('u', source, abort.signal));
      await waiting;
      abort.abort();
      expect(await upload).toMatchObject({ code: 'CANCELLED' });
      expect(source.closed).toBe(true);
      await expectNothingLeft();
    });

    it('while data flows leaves nothing, and throws its reason', async () => {
      const abort = new AbortController();
      const reason = new UserError('BACKUP_FAILED', 'fact', 'hint');
      let pieces = 0;
      async function* endless() {
        for (;;) {
          pieces += 1;
          if (pieces === 30) abort.abort(reason);
          yield await Promise.resolve(large.subarray(0, mebibyte));
        }
      }
      expect(await thrownBy(put('u', endless(), abort.signal))).toBe(reason);
      expect(pieces).toBeLessThan(60);
      await expectNothingLeft();
    });

    it('of a download throws, also while it is read', async () => {
      const stored = await put('u', sourceOf(large));
      const aborted = repository.download(stored, AbortSignal.abort());
      await expect(bytesOf(aborted)).rejects.toMatchObject({ code: 'CANCELLED' });

      const abort = new AbortController();
      const received: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of repository.download(stored, abort.signal)) {
          received.push(Buffer.from(chunk));
          abort.abort();
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(Buffer.concat(received).length).toBeLessThan(large.length);
    });
  });

  describe('download', () => {
    it('can be left early and begun anew', async () => {
      const stored = await put('u', sourceOf(large));
      for await (const chunk of repository.download(stored, never)) {
        expectSame(Buffer.from(chunk), large.subarray(0, chunk.length));
        break;
      }
      expectSame(await bytesOf(repository.download(stored, never)), large);
    });

    it('gives the memory of a chunk back when the next is asked for, where the runtime can', async () => {
      const stored = await put('u', sourceOf(large));
      const chunks = repository.download(stored, never)[Symbol.asyncIterator]();
      const first = (await chunks.next()).value as Uint8Array;
      const sizeBytes = first.length;
      await chunks.next();
      expect(first.length).toBe('transfer' in ArrayBuffer.prototype ? 0 : sizeBytes);
      await chunks.return?.();
    });

    it('of an object of another size than expected says so before any byte', async () => {
      const stored = await put('u', sourceOf(small));
      for (const sizeBytes of [small.length - 1, small.length + 1, 0]) {
        const download = repository.download({ ...stored, sizeBytes }, never);
        await expect(download[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'LINK_CORRUPT' });
      }
    });

    it('of a missing object says so', async () => {
      const download = repository.download({ key: 'nothing', sizeBytes: 1 }, never);
      await expect(bytesOf(download)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    });
  });

  it('aborts the unfinished uploads of exactly one key', async () => {
    for (const key of ['a/00', 'a/00', 'a/00.age', 'a/0', 'b']) await place.leaveUnfinishedUpload(key);
    expect(await repository.abortUploads('a/00')).toBe(2);
    expect((await place.unfinishedUploads()).sort()).toEqual(['a/0', 'a/00.age', 'b']);
    expect(await repository.abortUploads('a/00')).toBe(0);
    expect(await repository.abortUploads('c')).toBe(0);
    expect(await allKeys()).toEqual([]);
  });

  it('aborts the unfinished uploads below a prefix that are old enough', async () => {
    for (const key of ['a/00', 'a/b/01', 'ab/00']) await place.leaveUnfinishedUpload(key);
    expect(await repository.abortDeadUploads('a/', { olderThanSeconds: 60, known: [] })).toEqual([]);
    expect(await repository.abortDeadUploads('a/', { olderThanSeconds: Infinity, known: [] })).toEqual([]);
    expect((await place.unfinishedUploads()).length).toBe(3);
    const aborted = await repository.abortDeadUploads('a/', { olderThanSeconds: -5, known: [] });
    expect(aborted.sort()).toEqual(['a/00', 'a/b/01']);
    expect(await place.unfinishedUploads()).toEqual(['ab/00']);
  });
});

function expectSame(actual: Buffer, expected: Buffer): void {
  expect([actual.length, actual.equals(expected)]).toEqual([expected.length, true]);
}

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('Nothing was thrown');
    },
    (error: unknown) => error,
  );
}
