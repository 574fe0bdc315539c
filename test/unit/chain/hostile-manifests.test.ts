import { resolve, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idOfKey, manifestKey, objectKey } from '../../../src/chain/layout.js';
import { buildGraph } from '../../../src/chain/links.js';
import { parseManifest, type Manifest } from '../../../src/chain/manifest.js';
import { planBackup } from '../../../src/chain/plan-backup.js';
import { planRestore, restorePoints } from '../../../src/chain/plan-restore.js';
import { UserError } from '../../../src/errors.js';
import { hostileText, longText } from '../../support/hostile-text.js';
import { manifestOf, prefix, serverFacts, serverName, StoredBackups, tool } from '../../support/manifests.js';

/** Whoever may write to the bucket may put anything in a manifest's place. */

const id = '2026-11-22/00';

/** The manifest, or the UserError that refuses it; whatever else is thrown is a defect. */
function read(text: string): Manifest | UserError {
  try {
    return parseManifest(text, 'the key');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Every path to a value in it, objects and lists included. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const inner = Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name]));
  return path.length === 0 ? inner : [[...path], ...inner];
}

/** As text, since JSON can say what no object here can: a key `__proto__`, a number beyond all numbers. */
function withValue(manifest: object, path: readonly string[], json: string): string {
  const mark = 'the value to be replaced';
  const copy = structuredClone(manifest) as Record<string, unknown>;
  let place = copy;
  for (const name of path.slice(0, -1)) place = place[name] as Record<string, unknown>;
  place[path.at(-1) ?? ''] = mark;
  return JSON.stringify(copy).replace(JSON.stringify(mark), () => json);
}

const whole: Manifest = {
  ...manifestOf(id, { to: '900', mysql: { binlogFile: 'b.1', binlogPosition: '4', gtid: 'u:1-5' } }),
  encryption: { method: 'age', recipients: ['age1qqqqqqqqqqqq'] },
  run: { repository: 'o/r', workflow: 'w', runId: '1', runAttempt: '1', actor: 'a', url: 'https://x' },
};
const withKey = {
  ...whole,
  objects: [{ ...whole.objects[0], key: objectKey(prefix, serverName, id, 'age') }],
};
const paths = pathsOf(withKey);

const hostileJson = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '-1',
    '1e999',
    '-1e999',
    '1.5',
    '9007199254740993',
    '1e308',
    '"1e3"',
    '"-1"',
    '"0x10"',
    '"99999999999999999999"',
    '"18446744073709551616"',
    '900',
    '"../2026-11-22/00"',
    '"2026-11-22/../../00"',
    '"2026-11-22/00/01"',
    '"2026-13-45/99"',
    '"xbackup/db2/2026-11-22/00.xbstream.zst"',
    '"xbackup/db1/../db2/2026-11-22/00.xbstream.zst"',
    '"/etc/passwd"',
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '[[[[[[[[[[[[]]]]]]]]]]]]',
  ),
  hostileText.map((text) => JSON.stringify(text)),
  fc.json({ maxDepth: 3 }),
);

describe('the text of a manifest', () => {
  it('that is any text is refused', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.json()), (text) => {
        expect(read(text)).toMatchObject({ code: 'MANIFEST_INVALID' });
      }),
    );
  });

  it.each([
    ['nested 100,000 deep', `{"schemaVersion":1,"run":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['with a long text', withValue(withKey, ['server'], JSON.stringify(longText))],
    ['with 50,000 bad objects', withValue(withKey, ['objects'], `[${Array(50_000).fill('{}').join()}]`)],
    ['with a long key', withValue(withKey, ['objects', '0', 'key'], JSON.stringify(longText))],
  ])('%s is refused in a few words', (_, text) => {
    const refusal = read(text);
    expect(refusal).toMatchObject({ code: 'MANIFEST_INVALID' });
    expect((refusal as UserError).message.length).toBeLessThan(3000);
  });

  it('never reaches what all objects have', () => {
    const own = { ...withKey, extra: 'x' };
    for (const name of ['__proto__', 'constructor']) {
      const text = JSON.stringify(own).replace(
        '"extra":"x"',
        `"${name}":{"polluted":true,"prototype":{"polluted":true}}`,
      );
      const manifest = read(text);
      expect(manifest).toMatchObject({ id });
      expect(Object.getPrototypeOf(manifest)).toBe(Object.prototype);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is read when nothing is wrong with it', () => {
    expect(read(JSON.stringify(withKey))).toMatchObject({ id, server: serverName });
  });
});

/** What servers show of their history. */
const histories = [
  {},
  { gtidState: 'u:1-9' },
  { flavor: 'mariadb', version: '10.11.19-MariaDB', gtidState: '0-1-9' },
  { binaryLogs: [{ name: 'b.1', sizeBytes: 900 }] },
] as const;

describe('a manifest with one value of somebody else', () => {
  const anyChange = fc.tuple(fc.constantFrom(...paths), hostileJson);

  it('is refused, or leads nowhere but to its own objects and its own directory', () => {
    fc.assert(
      fc.property(anyChange, ([path, json]) => {
        const text = withValue(withKey, path, json);
        const key = manifestKey(prefix, serverName, id);
        const objects = new Map([[objectKey(prefix, serverName, id, 'age'), 100]]);
        const graph = buildGraph({ prefix, server: serverName, entries: [{ id, key, text }], objects });
        expect(restorePoints(graph).map((point) => point.id)).toEqual([id]);
        let chain;
        try {
          chain = planRestore({ date: 'latest', graph });
        } catch (error) {
          expect(error).toMatchObject({ code: 'CHAIN_BROKEN' });
          return;
        }
        for (const { manifest } of chain) {
          for (const { key: named } of manifest.objects) {
            expect(named.startsWith(`${prefix}/${serverName}/${id}.xbstream.zst`)).toBe(true);
          }
          expect(resolve('/target', manifest.id).startsWith(`/target${sep}`)).toBe(true);
          expect(manifest.server).toBe(serverName);
          expect(`${manifest.lsn.from}${manifest.lsn.to}${manifest.lsn.last}`).toMatch(/^\d+$/);
          for (const { sizeBytes } of manifest.objects) expect(Number.isSafeInteger(sizeBytes)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never keeps the next backup from being made', () => {
    fc.assert(
      fc.property(anyChange, fc.constantFrom(...histories), ([path, json], history) => {
        const stored = new StoredBackups();
        stored.put(withKey as Manifest);
        stored.texts.set(id, withValue(withKey, path, json));
        const plan = planBackup({
          graph: stored.graph(),
          server: serverFacts(history),
          tool,
          request: { type: 'auto', timezone: 'UTC', fullEvery: 'day' },
          now: new Date('2026-11-22T01:00:00Z'),
        });
        expect(['full', 'incremental']).toContain(plan.type);
        // What goes to the tool as an option.
        if (plan.type === 'incremental') expect(plan.base.manifest.lsn.to).toMatch(/^\d{1,20}$/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a key in the bucket', () => {
  it.each([
    '2026-11-22/00.json/../x',
    '2026-11-22/../00.json',
    '../db2/2026-11-22/00.json',
    '2026-11-22/00.json.json',
    '2026-11-22/00.json\n',
    '\n2026-11-22/00.json',
    '2026-11-22/00.JSON',
    '2026-11-22/0.json',
    '2026-11-22/00-.json',
    '2026-11-22/00-01-02-03.json',
    '2026-11-22//00.json',
    '2026-11-22/00.xbstream.zst.gz',
    '2026-11-22/00.xbstream.zst.01',
    '2026-11-22/00.xbstream.zst.age.gpg',
    '2026-11-22/.json',
    '２０２６-11-22/00.json',
    '',
  ])('that only looks like ours is left alone: %j', (rest) => {
    expect(idOfKey(prefix, serverName, `${prefix}/${serverName}/${rest}`)).toBeUndefined();
  });

  it('is ours only as we would name it', () => {
    const rest = fc.oneof(
      hostileText,
      fc.stringMatching(
        /^\d{4}-\d\d-\d\d\/\d\d(-\d\d){0,2}\.(json|xbstream\.zst(\.age|\.gpg)?(\.\d{2,4})?)$/,
      ),
    );
    fc.assert(
      fc.property(rest, (text) => {
        const key = `${prefix}/${serverName}/${text}`;
        const own = idOfKey(prefix, serverName, key);
        if (own === undefined) return;
        expect(own.id).toMatch(/^\d{4}-\d\d-\d\d\/\d\d(-\d\d){0,2}$/);
        if (own.kind === 'manifest') expect(key).toBe(manifestKey(prefix, serverName, own.id));
        else expect(key.startsWith(`${prefix}/${serverName}/${own.id}.xbstream.zst`)).toBe(true);
      }),
    );
  });
});
