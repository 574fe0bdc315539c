import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/errors.js';
import { readMarks, whileInUse } from '../../../src/operations/in-use.js';
import {
  cleanUp,
  leftoversSchema,
  LeftoversNote,
  type Leftovers,
} from '../../../src/operations/leftovers.js';
import { createMemoryRepository, type MemoryRepository } from '../../support/memory-repository.js';
import { recordingLog } from '../../support/recording-log.js';

const place = { prefix: 'xbackup', server: 'db1' };
const now = () => new Date('2026-11-23T10:11:12Z');
const chain = '2026-11-22/00';

function world(repository: MemoryRepository = createMemoryRepository()) {
  const saved: (Leftovers | undefined)[] = [];
  const note = new LeftoversNote((leftovers) => saved.push(structuredClone(leftovers)));
  const log = recordingLog();
  return { repository, note, log, saved, now, run: undefined };
}

const inUse = async (repository: MemoryRepository, at = now()) => [
  ...(await readMarks(repository, place, at)).chains,
];

describe('while a chain is in use', () => {
  it('a mark says so, and goes when the work has ended, however it did', async () => {
    const context = world();
    const { repository } = context;
    const seen = await whileInUse(chain, place, context, () => inUse(repository));
    expect(seen).toEqual([chain]);
    expect([...repository.objects.keys()]).toEqual([]);
    const failing = whileInUse(chain, place, context, () => Promise.reject(new Error('of the work')));
    await expect(failing).rejects.toThrow('of the work');
    expect([...repository.objects.keys()]).toEqual([]);
  });

  it('two restores have two marks', async () => {
    const context = world();
    const seen = await whileInUse(chain, place, context, () =>
      whileInUse(chain, place, context, () => Promise.resolve(context.repository.objects.size)),
    );
    expect(seen).toBe(2);
  });

  it('who may only read restores without it', async () => {
    const context = world();
    const { repository, log } = context;
    const denied = () => Promise.reject(new UserError('STORE_DENIED', 'No.', 'Ask.'));
    let removals = 0;
    Object.assign(repository, { createIfAbsent: denied, remove: () => (removals += 1) });
    expect(await whileInUse(chain, place, context, () => Promise.resolve('restored'))).toBe('restored');
    expect(removals).toBe(0);
    expect(log.lines).toEqual([`debug: That ${chain} is being read cannot be marked for prune: No.`]);
  });

  it('a mark that cannot be removed, or whose answer was lost, does not fail the restore', async () => {
    for (const lost of [false, true]) {
      const context = world();
      const { repository, log } = context;
      const unreachable = () => Promise.reject(new UserError('STORE_UNREACHABLE', 'Gone.', 'Look.'));
      const removed: string[] = [];
      Object.assign(repository, {
        ...(lost ? { createIfAbsent: unreachable } : {}),
        remove: (key: string) => unreachable().finally(() => removed.push(key)),
      });
      expect(await whileInUse(chain, place, context, () => Promise.resolve('restored'))).toBe('restored');
      expect(removed).toHaveLength(1);
      expect(log.lines.at(-1)).toMatch(/^debug: The mark .* stays: Gone\.$/);
    }
  });

  it('of a run that was killed, the step after it removes the mark', async () => {
    const context = world();
    const { repository, saved, log } = context;
    await whileInUse(chain, place, context, async () => {
      const leftovers = leftoversSchema.parse(JSON.parse(JSON.stringify(saved.at(-1))));
      expect(leftovers.markKey).toBe([...repository.objects.keys()][0]);
      await cleanUp(leftovers, () => Promise.resolve(repository), log);
      expect([...repository.objects.keys()]).toEqual([]);
    });
  });
});

describe('marks', () => {
  it('count for a day', async () => {
    const context = world();
    const { repository } = context;
    await whileInUse(chain, place, context, async () => {
      const [key = ''] = repository.objects.keys();
      expect(await inUse(repository, new Date('2026-11-24T10:11:12Z'))).toEqual([chain]);
      const later = await readMarks(repository, place, new Date('2026-11-24T10:11:13Z'));
      expect({ chains: [...later.chains], stale: later.stale }).toEqual({ chains: [], stale: [key] });
      // By a clock that is behind it is from the future.
      expect(await inUse(repository, new Date('2026-11-23T00:00:00Z'))).toEqual([chain]);
    });
  });

  it('are not what else may be there', async () => {
    const { repository } = world();
    repository.objects.set('xbackup/db1/.in-use/readme.txt', Buffer.alloc(1));
    repository.objects.set('xbackup/db1/2026-11-22/00.json', Buffer.alloc(1));
    expect(await readMarks(repository, place, now())).toEqual({ chains: new Set(), stale: [] });
  });
});
