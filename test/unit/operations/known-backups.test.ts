import { describe, expect, it } from '@jest/globals';
import { encodeHead, headOf } from '../../../src/chain/remembered.js';
import { UserError } from '../../../src/errors.js';
import {
  knownBackups,
  planNext,
  rememberBackup,
  withMemory,
  type ChainMemory,
} from '../../../src/operations/known-backups.js';
import type { Repository } from '../../../src/repository/repository.js';
import { storeError } from '../../../src/repository/store-errors.js';
import { manifestOf, prefix, serverFacts, serverName, tool } from '../../support/manifests.js';
import { createMemoryRepository } from '../../support/memory-repository.js';
import { recordingLog } from '../../support/recording-log.js';

const place = { prefix, server: serverName };
const request = { type: 'auto', fullEvery: 'day', timezone: 'UTC' } as const;
const now = new Date('2026-11-22T06:00:00Z');
const { signal } = new AbortController();
const facts = { server: serverFacts(), tool, request, now };
const full = manifestOf('2026-11-22/05-00-00', { to: '900' });

/** What the store says to a listing. */
function refusing(name: string, httpStatusCode = 403): Repository {
  const error = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
  const refusal = storeError(error, { bucket: 'b', direction: 'read' }) as UserError;
  const reject = () => Promise.reject(refusal);
  return Object.assign(createMemoryRepository(), { list: reject, listFolders: reject });
}

function memoryOf(text?: string): ChainMemory & { kept: string[] } {
  const kept: string[] = [];
  return {
    kept,
    longestText: 480,
    recall: () => Promise.resolve(kept.at(-1) ?? text),
    remember: (line) => Promise.resolve(kept.push(line) > 0),
  };
}

const contextOf = (repository: Repository, memory?: ChainMemory) => {
  const log = recordingLog();
  return { repository, memory, log, signal, workDir: '/nowhere' };
};

describe('a bucket that may not be listed', () => {
  it('is made up for by what is remembered, from one backup to the next', async () => {
    const memory = memoryOf();
    const context = contextOf(refusing('AccessDenied'), memory);
    const first = await knownBackups(place, request, now, context);
    expect(first).toMatchObject({ takenIds: undefined, blind: { head: undefined } });
    expect(planNext(first, facts).type).toBe('full');
    await rememberBackup(first, full, context);

    const second = await knownBackups(place, request, now, context);
    const plan = planNext(second, facts);
    expect(plan).toMatchObject({ type: 'incremental', base: { id: full.id } });
    const parent = { id: full.id, manifestSha256: 'a'.repeat(64) };
    const next = { ...manifestOf('2026-11-22/06-00-00', { from: '900', to: '990' }), chain: full.id, parent };
    await rememberBackup(second, { ...next, type: 'incremental' }, context);
    // The next day begins with the chain's first backup, not with its last.
    const third = await knownBackups(place, request, now, context);
    expect(third.blind?.head).toMatchObject({ id: next.id, chainStartedAt: full.startedAt });
    expect(context.log.lines.filter((line) => line.startsWith('warning'))).toHaveLength(1);
  });

  it('says that it could not be remembered', async () => {
    for (const memory of [undefined, { ...memoryOf(), remember: () => Promise.resolve(false) }]) {
      const context = contextOf(refusing('AccessDenied'), memory);
      const known = await knownBackups(place, request, now, context);
      await rememberBackup(known, full, context);
      expect(context.log.lines.at(-1)).toMatch(/could not be remembered/);
    }
  });

  it.each(['InvalidAccessKeyId', 'ExpiredToken', 'RequestTimeTooSkewed', 'SlowDown'])(
    'for another reason than a missing right is an error: %s',
    async (name) => {
      const context = contextOf(refusing(name, name === 'SlowDown' ? 503 : 403), memoryOf());
      await expect(knownBackups(place, request, now, context)).rejects.toMatchObject({ name: 'UserError' });
    },
  );
});

it('nothing is asked of the memory, or left there, while the bucket may be listed', async () => {
  const memory = memoryOf('x');
  const context = contextOf(createMemoryRepository(), memory);
  const known = await knownBackups(place, request, now, context);
  expect(known.blind).toBeUndefined();
  await rememberBackup(known, full, context);
  expect(memory.kept).toEqual([]);
});

describe('a memory that is wrong', () => {
  const inconsistent = new UserError('BACKUP_INCONSISTENT', 'It ends before its start.', 'x');
  const head = encodeHead(headOf(full, full.startedAt), 480);

  it('does not keep a backup from being made', async () => {
    const { log } = contextOf(createMemoryRepository());
    const recalled = await withMemory({ memory: memoryOf(head), log }, async (memory) => {
      const text = await memory?.recall('/nowhere', signal);
      if (text !== undefined) throw inconsistent;
      return 'a full';
    });
    expect(recalled).toBe('a full');
    expect(log.lines).toHaveLength(1);
  });

  it('is not to blame for other failures, nor for those of runs that did not ask it', async () => {
    const { log } = contextOf(createMemoryRepository());
    const other = new UserError('DISK_FULL', 'x', 'x');
    for (const [error, asks] of [
      [other, true],
      [inconsistent, false],
    ] as const) {
      let runs = 0;
      const failing = withMemory({ memory: memoryOf(head), log }, async (memory) => {
        runs += 1;
        if (asks) await memory?.recall('/nowhere', signal);
        throw error;
      });
      await expect(failing).rejects.toBe(error);
      expect(runs).toBe(1);
    }
    await expect(withMemory({ memory: undefined, log }, () => Promise.reject(inconsistent))).rejects.toBe(
      inconsistent,
    );
  });
});
