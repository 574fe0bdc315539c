import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { storeStream } from '../../../src/operations/store-stream.js';
import { createMemoryRepository } from '../../support/memory-repository.js';
import { recordingLog } from '../../support/recording-log.js';

const keyOf = (index: number) => `k.${index}`;

function options(onUpload: (key: string) => void = () => undefined) {
  const { signal } = new AbortController();
  return { expectedSizeBytes: 0, signal, keyOf, onUpload, log: recordingLog() };
}

async function* stream(chunks: readonly Uint8Array[], failure?: Error): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
  if (failure !== undefined) throw failure;
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describe('storeStream', () => {
  it('stores one object, or as many as it takes, which are the stream when put together', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        async (chunks, most) => {
          const repository = createMemoryRepository(most);
          const stored = await storeStream(repository, stream(chunks), options());
          const whole = Buffer.concat(chunks);
          const bodies = stored.map(({ key }) => repository.objects.get(key) ?? Buffer.alloc(0));
          expect(Buffer.concat(bodies).equals(whole)).toBe(true);
          expect(stored.map(({ key }) => key)).toEqual(stored.map((_, index) => keyOf(index)));
          expect(stored).toHaveLength(Math.max(1, Math.ceil(whole.length / most)));
          for (const [index, { sizeBytes, sha256: hash }] of stored.entries()) {
            expect(sizeBytes).toBe(bodies[index]?.length);
            expect(hash).toBe(sha256(bodies[index] ?? Buffer.alloc(0)));
          }
        },
      ),
    );
  });

  it('completes no object that fits exactly before the source is sure', async () => {
    const repository = createMemoryRepository(4);
    const failure = new Error('the tool failed at its end');
    const source = stream([Buffer.from('abcd')], failure);
    await expect(storeStream(repository, source, options())).rejects.toBe(failure);
    expect(repository.objects.size).toBe(0);
  });

  it('leaves nothing after a failure in a later object', async () => {
    const repository = createMemoryRepository(4);
    const failure = new Error('the tool failed in the middle');
    const told: string[] = [];
    const source = stream([Buffer.from('abcdefghij')], failure);
    await expect(
      storeStream(
        repository,
        source,
        options((key) => told.push(key)),
      ),
    ).rejects.toBe(failure);
    expect(told).toEqual(['k.0', 'k.1', 'k.2']);
    expect(repository.objects.size).toBe(0);
    expect(repository.unfinishedUploads).toEqual([]);
  });

  it('does not touch the object of another run that has the key of a later one', async () => {
    const repository = createMemoryRepository(4);
    repository.objects.set('k.1', Buffer.from('theirs'));
    const storing = storeStream(repository, stream([Buffer.from('abcdefghij')]), options());
    await expect(storing).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    expect([...repository.objects.keys()]).toEqual(['k.1']);
  });
});
