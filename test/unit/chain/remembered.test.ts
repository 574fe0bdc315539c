import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { manifestSha256, serializeManifest } from '../../../src/chain/manifest.js';
import { planOn } from '../../../src/chain/plan-backup.js';
import {
  decodeHead,
  encodeHead,
  findRememberedBase,
  headOf,
  type RememberedHead,
  type RememberedInput,
} from '../../../src/chain/remembered.js';
import { manifestOf, serverFacts, tool, type BackupSketch } from '../../support/manifests.js';

const id = '2026-11-22/05-00-13';
const manifest = (sketch: Partial<BackupSketch> = {}) =>
  manifestOf(id, { to: '900', last: '950', ...sketch });
const remembered = (sketch?: Partial<BackupSketch>) => headOf(manifest(sketch), '2026-11-22T00:00:10.000Z');

describe('a head as text', () => {
  it('is what it was, with the hash of the manifest as it is stored', () => {
    const head = remembered({
      mysql: { binlogFile: 'binlog.000123', binlogPosition: '4567', gtid: 'a:1-5' },
    });
    const text = encodeHead(head, 480) ?? '';
    expect(text).toMatch(/^[\w-]{100,480}$/);
    const decoded = decodeHead(text);
    expect(decoded?.manifestSha256).toBe(
      manifestSha256(serializeManifest(manifest({ mysql: head.manifest.mysql }))),
    );
    expect(head.manifest).toMatchObject(decoded?.manifest ?? { nothing: true });
    expect(decoded).toMatchObject({
      id,
      chainStartedAt: '2026-11-22T00:00:10.000Z',
      manifest: { lsn: { to: '900', last: '950' }, mysql: { gtid: 'a:1-5', binlogPosition: '4567' } },
    });
  });

  it('leaves GTIDs out that would make it too long, and is nothing when that does not do', () => {
    const gtid = Array.from({ length: 40 }, (_, number) => `${crypto.randomUUID()}:1-${number}`).join(',');
    const head = remembered({ mysql: { gtid, binlogFile: 'b.1', binlogPosition: '4' } });
    const decoded = decodeHead(encodeHead(head, 480) ?? '');
    expect(decoded?.manifest.mysql.binlogFile).toBe('b.1');
    expect(decoded?.manifest.mysql.gtid).toBeUndefined();
    expect(encodeHead(head, 100)).toBeUndefined();
  });

  it('is nothing when somebody else has written it', () => {
    const pack = (value: unknown) => deflateRawSync(JSON.stringify(value)).toString('base64url');
    const good = encodeHead(remembered(), 480) ?? '';
    expect(decodeHead(good)).toBeDefined();
    const bomb = deflateRawSync(Buffer.alloc(50_000_000)).toString('base64url');
    for (const text of ['', 'x', good.slice(0, -20), pack(null), pack([1, id]), pack({ id }), bomb]) {
      expect(decodeHead(text)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => decodeHead(text) === undefined));
    fc.assert(fc.property(fc.jsonValue(), (value) => decodeHead(pack(value)) === undefined));
  });
});

describe('a remembered base', () => {
  const input = (changes: Partial<RememberedInput> = {}): RememberedInput => ({
    head: remembered(),
    server: serverFacts(),
    tool,
    request: { type: 'auto', fullEvery: 'day', timezone: 'UTC' },
    now: new Date('2026-11-22T06:00:00Z'),
    ...changes,
  });

  it('is built on while the server goes on from it', () => {
    const plan = planOn(findRememberedBase(input()), { type: 'auto' });
    expect(plan).toMatchObject({ type: 'incremental', reason: `follows ${id}`, base: { id } });
  });

  const head = (sketch: Partial<BackupSketch>): RememberedHead => remembered(sketch);
  it.each<[string, Partial<RememberedInput>, RegExp]>([
    ['nothing is remembered', { head: undefined }, /nothing is remembered/],
    ['a day has begun', { now: new Date('2026-11-23T00:00:01Z') }, /^the first backup of 2026-11-23$/],
    [
      'it is old',
      {
        now: new Date('2026-11-24T06:00:00Z'),
        request: { type: 'auto', fullEvery: 'month', timezone: 'UTC' },
      },
      /more than 36 hours old/,
    ],
    ['the LSN went back', { server: serverFacts({ lsn: '940' }) }, /restored or rolled back/],
    ['the datadir was replaced', { server: serverFacts({ datadirIdentity: 'x' }) }, /datadir was replaced/],
    ['another server has the name', { server: serverFacts({ serverUuid: 'x' }) }, /another server_uuid/],
    ['another tool', { tool: { ...tool, series: '8.4', version: '8.4.0-5' } }, /backup tool is/],
    [
      'the binary log is shorter',
      {
        head: head({ mysql: { binlogFile: 'b.1', binlogPosition: '500' } }),
        server: serverFacts({ binaryLogs: [{ name: 'b.1', sizeBytes: 400 }] }),
      },
      /restored or rolled back/,
    ],
  ])('is not built on when %s', (_, changes, why) => {
    const found = findRememberedBase(input(changes));
    expect(found).toEqual({ whyNone: expect.stringMatching(why) as unknown });
    expect(planOn(found, { type: 'auto' }).type).toBe('full');
    expect(() => planOn(found, { type: 'incremental' })).toThrow(/only a full backup is possible/);
  });
});
