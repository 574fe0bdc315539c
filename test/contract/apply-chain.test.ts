import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../../src/chain/manifest.js';
import type { UserError } from '../../src/errors.js';
import { applyChain } from '../../src/operations/apply-chain.js';
import type { ObjectReference, Repository } from '../../src/repository/repository.js';
import { manifestOf } from '../support/manifests.js';
import { createMemoryRepository, type MemoryRepository } from '../support/memory-repository.js';
import { toolGround, type ToolGround } from '../support/tool-ground.js';
import { toolsUnderTest } from '../support/tools-under-test.js';

/** A chain of a real tool: what of it happens at the same time, and what that must not change. */

const minutes = 60_000;
const ids = ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02', '2026-11-22/03'];
const [under] = toolsUnderTest();

let ground: ToolGround;
let chain: Manifest[];
let stored: MemoryRepository;
let runs = 0;

beforeAll(async () => {
  if (under === undefined) throw new Error('There is no tool to test');
  ground = await toolGround(under);
  const { server, tool } = ground;
  stored = createMemoryRepository();
  chain = [];
  await server.query('CREATE DATABASE shop');
  await server.query('CREATE TABLE shop.orders (id INT AUTO_INCREMENT PRIMARY KEY, text LONGTEXT)');
  for (const [index, id] of ids.entries()) {
    await server.query(`INSERT INTO shop.orders (text) SELECT REPEAT('${id} ', 100000)`);
    await ground.checkpoint();
    const from = chain.at(-1)?.lsn.to;
    const taken = await ground.backUp(`taken-${index}`, from === undefined ? {} : { fromLsn: from });
    const { fromLsn, toLsn: to, lastLsn: last } = taken.checkpoints;
    const { stdout } = await promisify(execFile)('zstd', ['-1', '-q', '-c', taken.stream], {
      encoding: 'buffer',
      maxBuffer: 100_000_000,
    });
    const [object] = manifestOf(id, { to }).objects;
    const sha256 = createHash('sha256').update(stdout).digest('hex');
    const objects = [{ ...object, key: `${id}.zst`, etag: 'e', sizeBytes: stdout.length, sha256 }];
    const made = { name: tool.name, version: tool.version };
    chain.push({ ...manifestOf(id, { from: fromLsn, to, last, tool: made }), objects });
    stored.objects.set(`${id}.zst`, stdout);
  }
}, 2 * minutes);

afterAll(() => ground.remove(), minutes);

/** The order in which downloads begin (`+`) and end (`-`). */
let events: string[];
beforeEach(() => {
  events = [];
});

/** The stored links, each of which takes so long before its first byte. */
function slowly(milliseconds: Partial<Record<string, number>> = {}): Repository {
  return Object.assign(Object.create(stored) as Repository, {
    async *download(object: ObjectReference, signal: AbortSignal) {
      const id = object.key.replace('.zst', '');
      events.push(`+${id.slice(-2)}`);
      await sleep(milliseconds[id] ?? 0, undefined, { signal }).catch(() => undefined);
      yield* stored.download(object, signal);
      events.push(`-${id.slice(-2)}`);
    },
  });
}

async function restore(repository: Repository, linksAtOnce: number, links = chain): Promise<string> {
  runs += 1;
  const targetDir = join(ground.dir, `restored-${runs}`);
  const { log, options } = ground.world;
  const inputs = { targetDir, useMemory: '64M', parallel: 2, extraArgs: undefined, linksAtOnce };
  const { signal } = new AbortController();
  const keys = { identityFile: undefined, passphrase: undefined };
  const { tool, dir: workDir } = ground;
  return applyChain(links, inputs, { ...options, repository, tool, keys, workDir, log, signal });
}

it(
  'one link after the other, or two at once, give the same data',
  async () => {
    const [one, two] = [await restore(slowly(), 1), await restore(slowly({ [ids[1] as string]: 500 }), 2)];
    const { checkpoints } = ground.tool.line.files;
    const read = (dir: string) => readFile(join(dir, checkpoints), 'utf8');
    expect(await read(two)).toBe(await read(one));
    expect(await read(two)).toContain(`to_lsn = ${chain.at(-1)?.lsn.to ?? ''}`);
    const table = join('shop', 'orders.ibd');
    const sizes = await Promise.all([one, two].map(async (dir) => (await readFile(join(dir, table))).length));
    expect(sizes[0]).toBe(sizes[1]);
  },
  minutes,
);

it(
  'no more at once than it is told',
  async () => {
    await restore(slowly(), 1);
    expect(events).toEqual(ids.flatMap((id) => [`+${id.slice(-2)}`, `-${id.slice(-2)}`]));
    events = [];
    await restore(slowly({ [ids[0] as string]: 800, [ids[1] as string]: 800 }), 2);
    // Which of the two is asked for first is a matter of moments.
    expect(events.slice(0, 2).sort()).toEqual(['+00', '+01']);
    let underWay = 0;
    for (const event of events) {
      underWay += event.startsWith('+') ? 1 : -1;
      expect(underWay).toBeLessThanOrEqual(2);
    }
  },
  minutes,
);

describe('of two bad links', () => {
  it(
    'the earlier one is named, although the later one was found first',
    async () => {
      const bad = chain.map((link, index) => {
        const [object] = link.objects;
        return index < 1 || index > 2 || object === undefined
          ? link
          : { ...link, objects: [{ ...object, sha256: '0'.repeat(64) }] };
      });
      const restoring = restore(slowly({ [ids[1] as string]: 1000 }), 2, bad);
      const error = (await restoring.catch((thrown: unknown) => thrown)) as UserError;
      expect(error.code).toBe('LINK_CORRUPT');
      expect(error.message).toContain('2026-11-22/01');
      expect(error.hint).toContain('2026-11-22/00 can still be restored');
    },
    minutes,
  );
});
