import { describe, expect, it } from '@jest/globals';
import { manifestKey } from '../../../src/chain/layout.js';
import { UserError } from '../../../src/errors.js';
import { findGap } from '../../../src/operations/gap.js';
import { prefix, serverName as server, StoredBackups } from '../../support/manifests.js';
import { createMemoryRepository, type MemoryRepository } from '../../support/memory-repository.js';
import { recordingLog } from '../../support/recording-log.js';

const startedAt = new Date('2026-11-22T12:00:00Z');

function repositoryOf(stored: StoredBackups): MemoryRepository {
  const repository = createMemoryRepository();
  for (const [id, text] of stored.texts)
    repository.objects.set(manifestKey(prefix, server, id), Buffer.from(text));
  for (const [key, sizeBytes] of stored.objects) repository.objects.set(key, Buffer.alloc(sizeBytes));
  return repository;
}

/** @param graphOf what the backup has read already. */
function gapOf(
  stored: StoredBackups,
  {
    graphOf = stored,
    maxMinutes = 180,
    repository = repositoryOf(stored),
    abort = new AbortController(),
  } = {},
) {
  const question = { place: { prefix, server }, graph: graphOf.graph(), startedAt, maxMinutes };
  return findGap(question, { repository, log: recordingLog(), signal: abort.signal });
}

describe('the gap before a backup', () => {
  const nothing = new StoredBackups();
  const stored = new StoredBackups();
  stored.full('2026-11-19/00', { to: '100' });
  stored.incremental('2026-11-19/23', '2026-11-19/00', { to: '200' });
  const gap = { sinceId: '2026-11-19/23', seconds: 61 * 3600 - 60, maxMinutes: 180 };

  it('is since the last good one, and looked for before this period, too', async () => {
    expect(await gapOf(stored)).toEqual(gap);
    expect(await gapOf(stored, { graphOf: nothing })).toEqual(gap);
  });

  it('passes over days without a good one', async () => {
    const more = new StoredBackups();
    for (const [id, text] of stored.texts) more.texts.set(id, text);
    for (const [key, size] of stored.objects) more.objects.set(key, size);
    more.texts.set('2026-11-20/00', 'not json');
    more.full('2026-11-21/00', { to: '300' });
    more.objects.delete(more.manifest('2026-11-21/00').objects[0]?.key ?? '');
    expect(await gapOf(more, { graphOf: nothing })).toEqual(gap);
  });

  it('is none before the first backup, after a short time, or when nobody wants to know', async () => {
    expect(await gapOf(nothing)).toBeUndefined();
    expect(await gapOf(stored, { maxMinutes: 61 * 60 })).toBeUndefined();
    expect(await gapOf(stored, { maxMinutes: 0 })).toBeUndefined();
  });

  it('keeps no backup from being made when it cannot be told', async () => {
    const repository = repositoryOf(stored);
    repository.listFolders = () => Promise.reject(new UserError('STORE_DENIED', 'No.', 'Ask.'));
    expect(await gapOf(stored, { graphOf: nothing, repository })).toBeUndefined();
    const abort = new AbortController();
    abort.abort();
    await expect(gapOf(stored, { graphOf: nothing, repository, abort })).rejects.toThrow(/abort/);
  });
});
