import { beforeEach, describe, expect, it } from '@jest/globals';
import { buildGraph, chainTo, isSound, type LinkProblemCode } from '../../../src/chain/links.js';
import { manifestSha256, serializeManifest } from '../../../src/chain/manifest.js';
import { manifestOf, prefix, serverName, StoredBackups } from '../../support/manifests.js';

const [h00, h01, h02, h03] = ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02', '2026-11-22/03'] as const;
const object01 = 'xbackup/db1/2026-11-22/01.xbstream.zst';

let stored: StoredBackups;

beforeEach(() => {
  stored = new StoredBackups();
  stored.full(h00, { to: '100', encryption: { method: 'gpg', cipher: 'AES256' } });
  stored.incremental(h01, h00, { to: '200' });
  stored.incremental(h02, h01, { to: '200' });
  stored.incremental(h03, h02, { to: '300', encryption: { method: 'age', recipients: ['age1x'] } });
});

/** Puts a manifest in place of that of 01, with its children's hashes and chain following it. */
function replace01(change: Parameters<StoredBackups['edit']>[1]): void {
  stored.edit(h01, change);
  const { chain } = stored.manifest(h01);
  const sha = manifestSha256(stored.text(h01));
  stored.edit(h02, (m) => ({ ...m, chain, parent: { id: h01, manifestSha256: sha } }));
  const sha02 = manifestSha256(stored.text(h02));
  stored.edit(h03, (m) => ({ ...m, chain, parent: { id: h02, manifestSha256: sha02 } }));
}

describe('a good chain', () => {
  it('has no problems, and can be followed from the full', () => {
    const graph = stored.graph();
    expect([...graph.links.values()].filter((link) => !isSound(link))).toEqual([]);
    expect(chainTo(graph, h03).map(({ id }) => id)).toEqual([h00, h01, h02, h03]);
    expect(chainTo(graph, h00).map(({ id }) => id)).toEqual([h00]);
    expect(chainTo(graph, '2026-11-22/09')).toEqual([]);
    expect(graph.links.get(h03)?.manifestSha256).toBe(manifestSha256(stored.text(h03)));
    expect(graph.links.get(h03)?.manifestKey).toBe('xbackup/db1/2026-11-22/03.json');
  });

  it('does not depend on the order in which manifests were read', () => {
    const catalog = stored.catalog();
    stored.objects.delete(object01);
    const graph = buildGraph({ ...catalog, entries: [...catalog.entries].reverse() });
    expect([...graph.links.values()].map(({ id, problem }) => [id, problem?.code])).toEqual([
      [h03, 'ancestor-bad'],
      [h02, 'ancestor-bad'],
      [h01, 'object-missing'],
      [h00, undefined],
    ]);
  });

  it('may be followed by two', () => {
    stored.incremental('2026-11-22/03-10', h02, { to: '310' });
    expect([...stored.graph().links.values()].every(isSound)).toBe(true);
  });
});

describe('a bad link', () => {
  it.each<[string, () => void, LinkProblemCode, string]>([
    [
      'text that is no JSON',
      () => stored.texts.set(h01, '{"schemaVersion": 1'),
      'manifest-unreadable',
      'the manifest xbackup/db1/2026-11-22/01.json is not JSON',
    ],
    [
      'an unknown version',
      () => stored.texts.set(h01, '{"schemaVersion": 2}'),
      'manifest-unreadable',
      'the manifest xbackup/db1/2026-11-22/01.json has schemaVersion 2; this version reads 1',
    ],
    [
      'the manifest of another id',
      () => stored.texts.set(h01, stored.text(h02)),
      'manifest-misplaced',
      'its manifest is that of 2026-11-22/02',
    ],
    [
      'the manifest of another server',
      () => replace01((m) => ({ ...m, server: 'db2' })),
      'manifest-misplaced',
      'its manifest is that of the server db2',
    ],
    [
      'an object elsewhere',
      () => {
        stored.objects.set('other/key', 100);
        replace01((m) => ({ ...m, objects: m.objects.map((o) => ({ ...o, key: 'other/key' })) }));
      },
      'object-misplaced',
      `its manifest names other/key, where only ${object01} can be`,
    ],
    [
      'the object of another backup',
      () => {
        const key = 'xbackup/db1/2026-11-22/02.xbstream.zst';
        replace01((m) => ({ ...m, objects: m.objects.map((o) => ({ ...o, key })) }));
      },
      'object-misplaced',
      `its manifest names xbackup/db1/2026-11-22/02.xbstream.zst, where only ${object01} can be`,
    ],
    [
      'the same object twice',
      () => replace01((m) => ({ ...m, objects: [...m.objects, ...m.objects] })),
      'object-misplaced',
      `its manifest names ${object01}, where only ${object01}.002 can be`,
    ],
    [
      'a second object that is missing',
      () =>
        replace01((m) => {
          const second = m.objects.map((o) => ({ ...o, key: `${object01}.002` }));
          return { ...m, objects: [...m.objects, ...second] };
        }),
      'object-missing',
      `its object ${object01}.002 is missing`,
    ],
    [
      'no object',
      () => stored.objects.delete(object01),
      'object-missing',
      `its object ${object01} is missing`,
    ],
    [
      'an object of another size',
      () => stored.objects.set(object01, 99),
      'object-size',
      `its object ${object01} has 99 bytes, and its manifest says 100`,
    ],
    ['no parent', () => stored.texts.delete(h00), 'parent-missing', 'its parent 2026-11-22/00 is missing'],
    [
      'a parent that was written again',
      () => stored.edit(h00, (m) => ({ ...m, durationSeconds: 61 })),
      'parent-changed',
      'the manifest of its parent 2026-11-22/00 is not the one that it was built on',
    ],
    [
      'another LSN than where its parent ends',
      () => replace01((m) => ({ ...m, lsn: { ...m.lsn, from: '101' } })),
      'lsn-gap',
      'it begins at LSN 101, and its parent 2026-11-22/00 ends at 100',
    ],
    [
      'another chain than its parent',
      () => replace01((m) => ({ ...m, chain: '2026-11-21/00' })),
      'chain-differs',
      'it is of the chain of 2026-11-21/00, and its parent 2026-11-22/00 of that of 2026-11-22/00',
    ],
    [
      'itself as its parent',
      () => replace01((m) => ({ ...m, parent: { id: h01, manifestSha256: 'b'.repeat(64) } })),
      'cycle',
      'its parents lead back to itself',
    ],
  ])('with %s', (_, damage, code, text) => {
    damage();
    const graph = stored.graph();
    expect(graph.links.get(h01)?.problem).toEqual({ code, text, culpritId: h01 });
    for (const heir of [h02, h03]) {
      expect(graph.links.get(heir)?.problem).toEqual({
        code: 'ancestor-bad',
        text: `it builds on 2026-11-22/01, and there ${text}`,
        culpritId: h01,
      });
    }
    const full = graph.links.get(h00);
    expect(full?.problem).toBeUndefined();
  });

  it('at another key than its own is not trusted', () => {
    const catalog = stored.catalog();
    const [first] = catalog.entries;
    if (first === undefined) throw new Error('there is one');
    const graph = buildGraph({ ...catalog, entries: [{ ...first, key: 'xbackup/db1/copy.json' }] });
    expect(graph.links.get(h00)?.problem).toMatchObject({ code: 'manifest-misplaced' });
    expect(graph.links.get(h00)?.manifest).toBeUndefined();
  });

  it('that is a full and yet begins somewhere is no full', () => {
    stored.edit(h00, (m) => ({ ...m, lsn: { from: '50', to: '100', last: '100' } }));
    expect(stored.graph().links.get(h00)?.problem).toMatchObject({
      code: 'lsn-gap',
      text: 'it is a full backup, and yet begins at LSN 50',
    });
  });

  it('keeps its own problem, and names it, below another bad one', () => {
    stored.objects.delete(object01);
    stored.objects.delete('xbackup/db1/2026-11-22/02.xbstream.zst');
    const graph = stored.graph();
    expect(graph.links.get(h02)?.problem).toMatchObject({ code: 'object-missing', culpritId: h02 });
    expect(graph.links.get(h03)?.problem).toMatchObject({ code: 'ancestor-bad', culpritId: h02 });
  });
});

it('a manifest that is known to be damaged is a bad link, whatever its text says', () => {
  const catalog = stored.catalog();
  const entries = catalog.entries.map((entry) =>
    entry.id === h01 ? { ...entry, damage: 'It does not arrive as it was written.' } : entry,
  );
  const { links } = buildGraph({ ...catalog, entries });
  expect(links.get(h01)?.problem).toEqual({
    code: 'manifest-unreadable',
    text: 'it does not arrive as it was written',
    culpritId: h01,
  });
  expect(links.get(h01)?.manifest).toBeUndefined();
  expect([...links.values()].filter(isSound).map(({ id }) => id)).toEqual([h00]);
});

describe('a cycle', () => {
  it('is found, also by those that lead into it', () => {
    stored.edit(h01, (m) => ({ ...m, parent: { id: h02, manifestSha256: 'b'.repeat(64) } }));
    const graph = stored.graph();
    expect(graph.links.get(h00)?.problem).toBeUndefined();
    expect(graph.links.get(h01)?.problem?.code).toBe('cycle');
    expect(graph.links.get(h02)?.problem?.code).toBe('cycle');
    expect(graph.links.get(h03)?.problem).toMatchObject({ code: 'ancestor-bad', culpritId: h02 });
    expect(chainTo(graph, h03).map(({ id }) => id)).toEqual([h01, h02, h03]);
  });
});

describe('a chain as long as a month', () => {
  it('is checked without recursion, in either order', () => {
    const long = new StoredBackups();
    let parent = long.full('2026-11-01/00', { to: '1' }).id;
    for (let n = 1; n < 5000; n += 1) {
      const id = `${2000 + Math.floor(n / 300)}-01-01/${String(n % 24).padStart(2, '0')}-${String(Math.floor(n / 24) % 60).padStart(2, '0')}-${String(Math.floor(n / 1440)).padStart(2, '0')}`;
      parent = long.incremental(id, parent, { to: String(n) }).id;
    }
    const graph = long.graph();
    expect(graph.links.size).toBe(5000);
    expect([...graph.links.values()].every(isSound)).toBe(true);
    expect(chainTo(graph, parent)).toHaveLength(5000);
  });
});

it('refuses nothing that serializeManifest writes', () => {
  const manifest = manifestOf(h00, { to: '100' });
  const graph = buildGraph({
    prefix,
    server: serverName,
    entries: [{ id: h00, key: 'xbackup/db1/2026-11-22/00.json', text: serializeManifest(manifest) }],
    objects: new Map([['xbackup/db1/2026-11-22/00.xbstream.zst', 100]]),
  });
  expect(graph.links.get(h00)?.manifest).toEqual(manifest);
});
