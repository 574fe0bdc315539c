import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { inUseKey, manifestKey } from '../../../src/chain/layout.js';
import { buildGraph, isSound } from '../../../src/chain/links.js';
import { UserError } from '../../../src/errors.js';
import { prune, type PruneInputs } from '../../../src/operations/prune.js';
import { loadDays, listDays } from '../../../src/repository/catalog.js';
import { prefix, serverName as server, StoredBackups } from '../../support/manifests.js';
import { createMemoryRepository, type MemoryRepository } from '../../support/memory-repository.js';
import { recordingLog } from '../../support/recording-log.js';

const body = Buffer.alloc(100);
const etag = createHash('md5').update(body).digest('hex');
const now = () => new Date('2026-11-22T12:00:00Z');
const inputs: PruneInputs = {
  ...{ s3Prefix: prefix, server, dryRun: false },
  ...{ keepDays: 2, keepWeekly: 0, keepMonthly: 0 },
};

/** Three links a day, the second of them in a clock that was set back after the third. */
function daily(...dates: string[]): StoredBackups {
  const stored = new StoredBackups();
  for (const [index, date] of dates.entries()) {
    const lsn = (more: number) => ({ to: String(1000 * (index + 1) + more), etag });
    stored.full(`${date}/00`, lsn(0));
    stored.incremental(`${date}/02`, `${date}/00`, lsn(10));
    stored.incremental(`${date}/01`, `${date}/02`, lsn(20));
  }
  return stored;
}

function repositoryOf(stored: StoredBackups): MemoryRepository {
  const repository = createMemoryRepository();
  for (const [id, text] of stored.texts)
    repository.objects.set(manifestKey(prefix, server, id), Buffer.from(text));
  for (const key of stored.objects.keys()) repository.objects.set(key, body);
  return repository;
}

const days = ['2026-11-17', '2026-11-18', '2026-11-22'];

/** Runs a prune; `onRemove` sees each key before it is removed, and may throw. */
async function run(
  repository: MemoryRepository,
  changes: Partial<PruneInputs> = {},
  onRemove: (key: string, abort: () => void) => void = () => undefined,
) {
  const removed: string[] = [];
  const controller = new AbortController();
  const log = recordingLog();
  const remove = repository.remove.bind(repository);
  repository.remove = async (key) => {
    onRemove(key, () => controller.abort());
    removed.push(key);
    return remove(key);
  };
  const context = { repository, log, signal: controller.signal, now };
  const outcome = await prune({ ...inputs, ...changes }, context).catch((error: unknown) => error);
  repository.remove = remove;
  return { outcome, removed, texts: log.lines };
}

async function linksOf(repository: MemoryRepository) {
  const place = { prefix, server };
  const catalog = await loadDays(repository, place, await listDays(repository, place));
  return [...buildGraph({ ...place, ...catalog }).links.values()];
}

const shortOf = (keys: readonly string[]) => keys.map((key) => key.slice(`${prefix}/${server}/`.length));

describe('prune', () => {
  it('removes chain by chain, the oldest first: manifests from the last link back, then objects', async () => {
    const repository = repositoryOf(daily(...days));
    const { outcome, removed } = await run(repository);
    expect(shortOf(removed)).toEqual(
      ['2026-11-17', '2026-11-18'].flatMap((day) => [
        ...[`${day}/01.json`, `${day}/02.json`, `${day}/00.json`],
        ...[`${day}/00.xbstream.zst`, `${day}/01.xbstream.zst`, `${day}/02.xbstream.zst`],
      ]),
    );
    expect([...repository.objects.keys()]).toHaveLength(6);
    expect(outcome).toMatchObject({
      isDryRun: false,
      kept: [{ id: '2026-11-22/00', lastId: '2026-11-22/01', backups: 3, reason: 'the newest chain' }],
      removed: [
        { id: '2026-11-18/00', backups: 3, sizeBytes: 300 },
        { id: '2026-11-17/00', backups: 3, sizeBytes: 300 },
      ],
      orphans: { count: 0, sizeBytes: 0 },
    });
  });

  it('in a dry run says the same, and removes nothing', async () => {
    const repository = repositoryOf(daily(...days));
    const { outcome, removed } = await run(repository, { dryRun: true });
    expect(removed).toEqual([]);
    expect(outcome).toMatchObject({ isDryRun: true, removed: [{ backups: 3 }, { backups: 3 }] });
    expect([...repository.objects.keys()]).toHaveLength(18);
  });

  // Twelve removals: broken off before each of them.
  it.each(Array.from({ length: 12 }, (_, index) => index))(
    'broken off after %d removals leaves chains without their last links, and the next one ends it',
    async (count) => {
      for (const how of ['cancelled', 'denied'] as const) {
        const repository = repositoryOf(daily(...days));
        let done = 0;
        const { outcome, removed } = await run(repository, {}, (_, abort) => {
          done += 1;
          if (how === 'denied' && done > count) throw new UserError('STORE_DENIED', 'No.', 'Ask.');
          if (how === 'cancelled' && done >= count) abort();
        });
        expect(removed).toHaveLength(how === 'cancelled' ? Math.max(1, count) : count);
        if (how === 'denied') {
          const [, chains] = /Before that (\d) chains? w/.exec((outcome as UserError).message) ?? [];
          expect({ code: (outcome as UserError).code, chains }).toEqual({
            code: 'STORE_DENIED',
            chains: String(Math.floor(count / 6)),
          });
        }
        const left = await linksOf(repository);
        expect(left.filter((link) => !isSound(link))).toEqual([]);
        expect(left.filter(({ id }) => id.startsWith('2026-11-22'))).toHaveLength(3);
        const again = await run(repository);
        expect(again.outcome).not.toBeInstanceOf(Error);
        const keys = shortOf([...repository.objects.keys()]);
        expect(keys.filter((key) => key.startsWith('2026-11-22/'))).toHaveLength(6);
        expect(keys).toHaveLength(6);
      }
    },
  );

  it('removes nothing when an object of the newest chain is not the one that was stored', async () => {
    const key = `${prefix}/${server}/2026-11-22/02.xbstream.zst`;
    for (const [change, says] of [
      [Buffer.alloc(99), /has 99 bytes, and its manifest says 100/],
      [Buffer.alloc(100, 1), /is not the one that was stored: its ETag/],
      [undefined, /is missing/],
    ] as const) {
      const repository = repositoryOf(daily(...days));
      if (change === undefined) repository.objects.delete(key);
      else repository.objects.set(key, change);
      const { outcome, removed } = await run(repository);
      expect(removed).toEqual([]);
      expect(outcome).toMatchObject({ code: 'CHAIN_BROKEN' });
      expect((outcome as UserError).message).toMatch(/^Nothing is pruned: the newest chain, 2026-11-22\/00/);
      expect((outcome as UserError).message).toMatch(says);
    }
  });

  it('leaves a chain that is being read, also when that began after the plan was made', async () => {
    const repository = repositoryOf(daily(...days));
    const mark = (day: string, at: string) =>
      repository.objects.set(inUseKey(prefix, server, `${day}/00`, new Date(at), 'x'), Buffer.from('{}'));
    mark('2026-11-17', '2026-11-22T01:30:00Z');
    const early = await run(repository);
    expect(early.outcome).toMatchObject({
      kept: [{ id: '2026-11-22/00' }, { id: '2026-11-17/00', reason: 'a restore is reading it' }],
    });
    const later = repositoryOf(daily(...days));
    const { outcome } = await run(later, {}, (key) => {
      if (key.endsWith('2026-11-17/00.json'))
        later.objects.set(inUseKey(prefix, server, '2026-11-18/00', now(), 'x'), Buffer.from('{}'));
    });
    expect(outcome).toMatchObject({ removed: [{ id: '2026-11-17/00' }] });
    expect((await linksOf(later)).map(({ id }) => id.slice(0, 10))).toContain('2026-11-18');
  });

  it('does not count marks of restores that must have been killed, and removes them', async () => {
    const repository = repositoryOf(daily(...days));
    const stale = inUseKey(prefix, server, '2026-11-17/00', new Date('2026-11-20T23:00:00Z'), 'x');
    repository.objects.set(stale, Buffer.from('{}'));
    const { outcome, removed } = await run(repository);
    expect(outcome).toMatchObject({ removed: [{}, {}] });
    expect(removed.at(-1)).toBe(stale);
  });

  it('touches nothing but what it knows, whatever a manifest names', async () => {
    const stored = daily(...days);
    const victim = stored.manifest('2026-11-22/00').objects[0]?.key ?? '';
    stored.edit('2026-11-17/01', (manifest) => ({
      ...manifest,
      objects: manifest.objects.map((object) => ({ ...object, key: victim })),
    }));
    const repository = repositoryOf(stored);
    const strange = ['2026-11-17/notes.txt', '2026-11-17/00.xbstream', 'photo.jpg', '2026-11-17/.json'];
    for (const rest of strange) repository.objects.set(`${prefix}/${server}/${rest}`, body);
    repository.objects.set(`${prefix}/other/2026-11-17/00.json`, body);
    await run(repository);
    const left = [...repository.objects.keys()].filter((key) => !key.includes('/2026-11-22/'));
    expect(left.sort()).toEqual(
      [...strange.map((rest) => `${prefix}/${server}/${rest}`), `${prefix}/other/2026-11-17/00.json`].sort(),
    );
    expect(repository.objects.has(victim)).toBe(true);
  });

  it('says what cannot be read, and leaves it', async () => {
    const stored = daily(...days);
    stored.texts.set('2026-11-17/01', 'not json');
    const repository = repositoryOf(stored);
    const { outcome, texts } = await run(repository);
    expect(outcome).toMatchObject({ unreadable: ['2026-11-17/01'], removed: [{}, { backups: 2 }] });
    expect(texts.join('\n')).toContain('2026-11-17/01 stays: its manifest cannot be read.');
    expect([...repository.objects.keys()].filter((key) => key.includes('2026-11-17/01'))).toHaveLength(2);
  });

  it('of nothing is nothing', async () => {
    const { outcome } = await run(createMemoryRepository());
    expect(outcome).toMatchObject({ kept: [], removed: [], orphans: { count: 0 } });
  });
});
