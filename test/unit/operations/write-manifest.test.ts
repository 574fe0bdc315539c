import { beforeEach, describe, expect, it } from '@jest/globals';
import { serializeManifest, type Manifest } from '../../../src/chain/manifest.js';
import { UserError } from '../../../src/errors.js';
import { writeManifest } from '../../../src/operations/write-manifest.js';
import type { Repository } from '../../../src/repository/repository.js';
import { manifestOf } from '../../support/manifests.js';
import { createMemoryRepository, type MemoryRepository } from '../../support/memory-repository.js';
import { recordingLog, type RecordingLog } from '../../support/recording-log.js';

const key = 'xbackup/db1/2026-11-22/01.json';
const unreachable = new UserError('STORE_UNREACHABLE', 'No answer.', 'Try again.');

let store: MemoryRepository;
let manifest: Manifest;
let text: string;
let object: string;
let log: RecordingLog;

beforeEach(() => {
  store = createMemoryRepository();
  log = recordingLog();
  manifest = manifestOf('2026-11-22/01', { to: '7' });
  text = serializeManifest(manifest);
  object = manifest.objects[0]?.key ?? '';
  store.objects.set(object, Buffer.from('the backup'));
});

const live = new AbortController().signal;
const write = (changes: Partial<Repository> = {}, signal = live) =>
  writeManifest(Object.assign(store, changes), key, manifest, { signal, log });
const stored = (name: string) => store.objects.get(name)?.toString();

/** What another run could have stored in the same place. */
const other = (changes: Partial<Manifest>) =>
  serializeManifest({ ...manifest, durationSeconds: 61, ...changes });
const otherObject = {
  key: 'xbackup/db1/2026-11-22/01.other',
  sizeBytes: 1,
  sha256: 'b'.repeat(64),
  etag: 'e',
};

describe('writeManifest', () => {
  it('makes the backup exist', async () => {
    await write();
    expect(stored(key)).toBe(text);
    expect(stored(object)).toBe('the backup');
  });

  it('removes the object when the run is cancelled, and writes nothing', async () => {
    await expect(write({}, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([...store.objects.keys()]).toEqual([]);
  });

  it('says that it was cancelled also when the object cannot be removed', async () => {
    const remove = () => Promise.reject(unreachable);
    await expect(write({ remove }, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(log.lines).toEqual([
      expect.stringMatching(`^warning: ${object} belongs to no backup .* No answer`),
    ]);
  });

  it('succeeds when the answer was lost after the manifest was written', async () => {
    const createIfAbsent = (name: string, body: string) => {
      store.objects.set(name, Buffer.from(body));
      return Promise.reject(unreachable);
    };
    await write({ createIfAbsent });
    expect([...store.objects.keys()].sort()).toEqual([key, object]);
  });

  it('succeeds when a repeated request finds its own manifest', async () => {
    const createIfAbsent = (name: string, body: string) => {
      store.objects.set(name, Buffer.from(body));
      return Promise.resolve(false);
    };
    await write({ createIfAbsent });
    expect(stored(object)).toBe('the backup');
  });

  it('removes the object when the manifest was not written', async () => {
    await expect(write({ createIfAbsent: () => Promise.reject(unreachable) })).rejects.toBe(unreachable);
    expect([...store.objects.keys()]).toEqual([]);
  });

  it('leaves the object when nobody knows whether the manifest was written', async () => {
    const failing = {
      createIfAbsent: () => Promise.reject(unreachable),
      read: () => Promise.reject(unreachable),
    };
    await expect(write(failing)).rejects.toBe(unreachable);
    expect(stored(object)).toBe('the backup');
    expect(log.lines).toEqual([expect.stringMatching(/^warning: The store does not say whether .*01\.json/)]);
  });

  it('leaves the object when another manifest is there after an error', async () => {
    store.objects.set(key, Buffer.from(other({})));
    await expect(write({ createIfAbsent: () => Promise.reject(unreachable) })).rejects.toBe(unreachable);
    expect(stored(object)).toBe('the backup');
  });

  it('removes the object when another run was first, with an object of its own', async () => {
    const theirs = other({ objects: [otherObject] });
    store.objects.set(key, Buffer.from(theirs));
    await expect(write()).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    expect([...store.objects.keys()]).toEqual([key]);
    expect(stored(key)).toBe(theirs);
  });

  it.each<[string, () => string]>([
    ['names our object', () => other({})],
    ['cannot be read, and may name anything', () => 'not JSON'],
    ['is of a newer version', () => text.replace('"schemaVersion": 1', '"schemaVersion": 2')],
  ])('leaves the object when another run was first, and its manifest %s', async (_, theirs) => {
    store.objects.set(key, Buffer.from(theirs()));
    await expect(write()).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
    expect(stored(object)).toBe('the backup');
    expect(stored(key)).toBe(theirs());
  });

  it('leaves the object when another run was first, and its manifest cannot be fetched', async () => {
    store.objects.set(key, Buffer.from(other({ objects: [otherObject] })));
    await expect(write({ read: () => Promise.reject(unreachable) })).rejects.toMatchObject({
      code: 'BACKUP_EXISTS',
    });
    expect(stored(object)).toBe('the backup');
  });

  it('writes nothing that could not be read again', async () => {
    manifest = { ...manifest, lsn: { from: '9', to: '7', last: '7' } };
    await expect(write()).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    expect([...store.objects.keys()]).toEqual([]);
  });
});
