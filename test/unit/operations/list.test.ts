import { describe, expect, it } from '@jest/globals';
import { manifestKey } from '../../../src/chain/layout.js';
import { list, type ListInputs } from '../../../src/operations/list.js';
import { prefix, serverName as server, StoredBackups } from '../../support/manifests.js';
import { createMemoryRepository } from '../../support/memory-repository.js';

function run(stored: StoredBackups, time: string, changes: Partial<ListInputs> = {}) {
  const repository = createMemoryRepository();
  for (const [id, text] of stored.texts)
    repository.objects.set(manifestKey(prefix, server, id), Buffer.from(text));
  for (const [key, sizeBytes] of stored.objects) repository.objects.set(key, Buffer.alloc(sizeBytes));
  const inputs = { s3Prefix: prefix, server, check: true, maxGapMinutes: 180, ...changes };
  return list(inputs, { repository, now: new Date(`2026-11-22T${time}Z`) });
}

describe('list with check', () => {
  const stored = new StoredBackups();
  stored.full('2026-11-22/00', { to: '100' });
  stored.incremental('2026-11-22/01', '2026-11-22/00', { to: '200' });

  it('finds nothing wrong as long as the newest backup is young', async () => {
    const { failure, newest, points } = await run(stored, '04:01:00');
    expect({ failure, newest }).toEqual({
      failure: undefined,
      newest: { id: '2026-11-22/01', ageSeconds: 10_800 },
    });
    expect(points.map(({ id }) => id)).toEqual(['2026-11-22/00', '2026-11-22/01']);
  });

  it('names the newest and its age when it is too old', async () => {
    const { failure } = await run(stored, '06:21:00');
    expect(failure).toMatchObject({
      code: 'BACKUP_OVERDUE',
      message:
        'The newest backup of db1 that can be restored, 2026-11-22/01, ended 5 h 20 min ago, which is more than 180 min.',
    });
    expect((await run(stored, '06:21:00', { maxGapMinutes: 0 })).failure).toBeUndefined();
    expect((await run(stored, '06:21:00', { check: false })).failure).toBeUndefined();
  });

  it('says that there is none', async () => {
    const { failure } = await run(new StoredBackups(), '04:00:00');
    expect(failure).toMatchObject({
      code: 'BACKUP_OVERDUE',
      message: 'No backup of db1 in s3://memory/xbackup can be restored.',
    });
  });

  it('says that the newest chain is broken, be a good backup ever so young', async () => {
    const broken = new StoredBackups();
    broken.full('2026-11-22/00', { to: '100' });
    broken.incremental('2026-11-22/01', '2026-11-22/00', { to: '200' });
    broken.objects.delete(broken.manifest('2026-11-22/01').objects[0]?.key ?? '');
    expect((await run(broken, '01:30:00')).failure).toMatchObject({ code: 'CHAIN_BROKEN' });
    const both = (await run(broken, '09:00:00')).failure;
    expect(both?.code).toBe('BACKUP_OVERDUE');
    expect(both?.message).toMatch(
      /2026-11-22\/00, ended 8 h 59 min ago.* The newest chain, 2026-11-22\/00, is not good/,
    );
  });
});
