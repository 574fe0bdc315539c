import { describe, expect, it } from '@jest/globals';
import { expiredToken, FaultScript, internalError, slowDown, type Rule } from '../support/fault-script.js';
import { s3RequestOf, type RequestKind } from '../support/s3-requests.js';

/** The support of the faults layer: which request a rule is for, and what is due. */

const get = (nth: Rule['nth']): Rule => ({ on: 'get-object', nth, does: slowDown });

/** The codes that come of requests of these kinds, in order; `-` where nothing fails. */
function play(script: FaultScript, ...requests: readonly (RequestKind | [RequestKind, string])[]): string {
  return requests
    .map((each) => {
      const [kind, key] = typeof each === 'string' ? [each, ''] : each;
      const next = script.next({ kind, key });
      next?.took();
      return next === undefined ? '-' : 'code' in next.fault ? next.fault.code : next.fault.fault;
    })
    .join(' ');
}

describe('what is due', () => {
  it('is the nth request that the rule is for, and no other', () => {
    const script = new FaultScript([get(2)]);
    const ends = play(script, 'get-object', 'list', 'get-object', 'get-object');
    expect(ends).toBe('- - SlowDown -');
    expect(script.fired).toEqual([1]);
    expect([script.count('get-object'), script.count('list'), script.count('other')]).toEqual([3, 1, 0]);
  });

  it('is every request, or all from one on', () => {
    expect(play(new FaultScript([get('every')]), 'get-object', 'get-object')).toBe('SlowDown SlowDown');
    const from = new FaultScript([get({ from: 2 })]);
    expect(play(from, 'get-object', 'get-object', 'list', 'get-object')).toBe('- SlowDown - SlowDown');
    expect(from.fired).toEqual([2]);
    const some = new FaultScript([get({ from: 2, to: 3 })]);
    expect(play(some, 'get-object', 'get-object', 'get-object', 'get-object')).toBe('- SlowDown SlowDown -');
  });

  it('is told by the key too, and by several kinds', () => {
    const script = new FaultScript([{ on: ['list', 'get-object'], key: /json$/, nth: 2, does: slowDown }]);
    const ends = play(script, ['list', 'a.json'], ['get-object', 'a.zst'], ['get-object', 'b.json']);
    expect(ends).toBe('- - SlowDown');
  });

  it('is the first of two rules, and both have counted', () => {
    const script = new FaultScript([get(1), { on: 'any', nth: { from: 1 }, does: internalError }, get(2)]);
    expect(play(script, 'get-object', 'get-object')).toBe('SlowDown InternalError');
    expect(script.fired).toEqual([1, 1, 0]);
  });

  it('is every request of any kind once the credentials have expired', () => {
    const script = new FaultScript([{ on: 'upload-part', nth: 2, does: { fault: 'expire' } }]);
    const ends = play(script, 'upload-part', 'list', 'upload-part', 'list', 'get-object');
    expect(ends).toBe('- - ExpiredToken ExpiredToken ExpiredToken');
    expect(script.next({ kind: 'list', key: '' })?.fault).toBe(expiredToken);
    expect(script.fired).toEqual([1]);
  });
});

it('a rule counts once for a request, and only what has come to pass', () => {
  const script = new FaultScript([get(1), get(2)]);
  const first = script.next({ kind: 'get-object', key: '' });
  first?.took();
  first?.took();
  script.next({ kind: 'get-object', key: '' });
  expect(script.fired).toEqual([1, 0]);
  expect(() => script.requireAllFired()).toThrow(
    'Faults that never came to pass: refuse on get-object 2 (2 requests matched). Asked for: 2 get-object.',
  );
});

it.each<[string, string, RequestKind, string]>([
  ['PUT', '/b/a/o?x-id=PutObject', 'put-object', 'a/o'],
  ['GET', '/b/a/%C3%B6?x-id=GetObject', 'get-object', 'a/ö'],
  ['HEAD', '/b/a/o', 'head-object', 'a/o'],
  ['DELETE', '/b/a/o?x-id=DeleteObject', 'delete-object', 'a/o'],
  ['POST', '/b/a/o?uploads', 'create-upload', 'a/o'],
  ['PUT', '/b/a/o?partNumber=1&uploadId=2~x&x-id=UploadPart', 'upload-part', 'a/o'],
  ['POST', '/b/a/o?uploadId=2~x', 'complete-upload', 'a/o'],
  ['DELETE', '/b/a/o?uploadId=2~x', 'abort-upload', 'a/o'],
  ['GET', '/b/a/o?uploadId=2~x&x-id=ListParts', 'list-parts', 'a/o'],
  ['GET', '/b/?list-type=2&prefix=a%2F', 'list', 'a/'],
  ['GET', '/b?list-type=2&delimiter=%2F', 'list', ''],
  ['GET', '/b?uploads&prefix=a', 'list-uploads', 'a'],
  ['GET', '/b?versioning', 'other', ''],
  ['GET', '/b/a/o?tagging', 'other', 'a/o'],
  ['PUT', '/b', 'other', ''],
])('%s %s is %s', (method, url, kind, key) => {
  expect(s3RequestOf({ method, url })).toEqual({ kind, key });
});
