import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { patternBytes } from '../support/byte-source.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import {
  clockSkew,
  errorWith200,
  expiredToken,
  internalError,
  slowDown,
  type Fault,
} from '../support/fault-script.js';
import { heldBufferBytes } from '../support/live-memory.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';

/** The proxy in front of a real server, seen by a client that tries once and hides nothing. */

const bytes = patternBytes(3_000_000);
const other = patternBytes(3_000_000, 2);

let server: S3Server;
let proxy: FaultProxy;
let client: S3Client;
let Bucket: string;

beforeAll(async () => {
  server = await startS3Server();
  proxy = await startFaultProxy(server.endpoint);
  Bucket = await server.createBucket();
  client = new S3Client({
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: { socketTimeout: 1000, connectionTimeout: 1000 },
  });
}, 60_000);

afterAll(async () => {
  client.destroy();
  await proxy.close();
  await server.stop();
});

beforeEach(async () => {
  await proxy.play();
  await put(bytes);
});

const put = (Body: Buffer) =>
  client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'a/o',
      Body,
      ContentMD5: createHash('md5').update(Body).digest('base64'),
    }),
  );

const stored = async () => {
  const { Body } = await server.client().send(new GetObjectCommand({ Bucket, Key: 'a/o' }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

/** What comes of a download, and how it ends. */
async function get(): Promise<{ received: Buffer; length?: number; etag: string; end: string }> {
  const chunks: Buffer[] = [];
  const { Body, ContentLength, ETag = '' } = await client.send(new GetObjectCommand({ Bucket, Key: 'a/o' }));
  const end = await (async () => {
    for await (const chunk of Body as Readable) chunks.push(chunk as Buffer);
  })().then(
    () => 'complete',
    (error: unknown) => (error as { code?: string; name: string }).code ?? (error as Error).name,
  );
  const length = ContentLength === undefined ? {} : { length: ContentLength };
  return { received: Buffer.concat(chunks), ...length, etag: ETag, end };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'it went well',
    (error: unknown) => {
      const { name, code, $metadata } = error as Error & {
        code?: string;
        $metadata?: { httpStatusCode?: number };
      };
      return `${$metadata?.httpStatusCode ?? ''} ${code ?? name}`.trim();
    },
  );

it('without rules it is not noticed, and counts each kind of request', async () => {
  const upload = { Bucket, Key: 'a/parts with ö' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const part = await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: bytes }));
  await client.send(new ListPartsCommand({ ...upload, UploadId }));
  await client.send(new ListMultipartUploadsCommand({ Bucket }));
  const MultipartUpload = { Parts: [{ ETag: part.ETag, PartNumber: 1 }] };
  await client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  const unwanted = await client.send(new CreateMultipartUploadCommand(upload));
  await client.send(new AbortMultipartUploadCommand({ ...upload, UploadId: unwanted.UploadId }));
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }));
  expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
    ['a/o', bytes.length],
    ['a/parts with ö', bytes.length],
  ]);
  const { received, end } = await get();
  expect([received.equals(bytes), end]).toEqual([true, 'complete']);
  expect((await client.send(new HeadObjectCommand(upload))).ContentLength).toBe(bytes.length);
  await client.send(new DeleteObjectCommand(upload));
  expect(await server.listAllKeys(Bucket)).toEqual(['a/o']);
  const expected = {
    'put-object': 1,
    'get-object': 1,
    'head-object': 1,
    'delete-object': 1,
    'create-upload': 2,
    'upload-part': 1,
    'complete-upload': 1,
    'abort-upload': 1,
    'list-parts': 1,
    list: 1,
    'list-uploads': 1,
    other: 0,
  };
  const kinds = Object.keys(expected) as (keyof typeof expected)[];
  expect(Object.fromEntries(kinds.map((kind) => [kind, proxy.count(kind)]))).toEqual(expected);
});

describe('a request is refused, and the store never sees it', () => {
  it.each<[string, Fault, string]>([
    ['503 SlowDown', slowDown, '503 SlowDown'],
    ['500 after the body was read', internalError, '500 InternalError'],
    ['expired credentials', expiredToken, '403 ExpiredToken'],
  ])('%s', async (_, does, expected) => {
    await proxy.play({ on: 'put-object', nth: 1, does });
    expect(await failure(put(other))).toBe(expected);
    expect((await stored()).equals(bytes)).toBe(true);
    expect(proxy.fired).toEqual([1]);
    await put(other);
    expect((await stored()).equals(other)).toBe(true);
  });

  it('an error in an answer with status 200', async () => {
    const upload = { Bucket, Key: 'a/p' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
    const { ETag } = await client.send(
      new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: bytes }),
    );
    await proxy.play({ on: 'complete-upload', nth: 1, does: errorWith200 });
    const complete = new CompleteMultipartUploadCommand({
      ...upload,
      UploadId,
      MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
    });
    // The SDK makes a 500 of it.
    expect(await failure(client.send(complete))).toContain('InternalError');
    expect(await server.listAllKeys(Bucket)).toEqual(['a/o']);
    await client.send(complete);
    await client.send(new DeleteObjectCommand(upload));
  });

  it('clock skew, with a clock that is a day ahead', async () => {
    await proxy.play({ on: 'get-object', nth: 1, does: clockSkew });
    // The SDK would take that clock for its own from now on.
    const answer = await fetch(`${proxy.endpoint}/${Bucket}/a/o`);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('TimeTooSkewed')]);
    const aheadMs = Date.parse(answer.headers.get('date') ?? '') - Date.now();
    expect(Math.round(aheadMs / 3_600_000)).toBe(24);
  });
});

it.each([
  ['500', 'status 500', '500 InternalError'],
  ['a reset', 'reset', 'ECONNRESET'],
] as const)('the store does it, and the answer is %s', async (_, by, expected) => {
  await proxy.play({ on: 'put-object', nth: 1, does: { fault: 'lose-answer', by } });
  expect(await failure(put(other))).toBe(expected);
  expect((await stored()).equals(other)).toBe(true);
  expect(proxy.fired).toEqual([1]);
});

describe('an upload', () => {
  it.each<[string, Fault, string]>([
    ['is cut off', { fault: 'reset-upload', afterBytes: 1_000_000 }, 'ECONNRESET|EPIPE'],
    ['stalls', { fault: 'stall-upload', afterBytes: 1_000_000 }, 'TimeoutError'],
    [
      'is changed, and refused by the store',
      { fault: 'flip-upload', atByte: 1_000_000 },
      '400 (BadDigest|XAmzContentSHA256Mismatch)',
    ],
  ])(
    '%s',
    async (_, does, expected) => {
      await proxy.play({ on: 'put-object', nth: 1, does });
      expect(await failure(put(other))).toMatch(new RegExp(`^(${expected})$`));
      expect((await stored()).equals(bytes)).toBe(true);
      expect(proxy.fired).toEqual([1]);
    },
    20_000,
  );
});

describe('a download', () => {
  const at = 1_234_567;
  const head = bytes.subarray(0, at);
  it.each<[string, Fault, { received: Buffer; end: string; length?: number }]>([
    ['is cut off', { fault: 'reset-download', afterBytes: at }, { received: head, end: 'ECONNRESET' }],
    [
      'ends before its announced length',
      { fault: 'truncate', afterBytes: at, length: 'declared' },
      { received: head, end: 'ECONNRESET' },
    ],
    [
      'announces a shorter length',
      { fault: 'truncate', afterBytes: at, length: 'shorter' },
      { received: head, end: 'complete', length: at },
    ],
    [
      'announces no length, and is shorter',
      { fault: 'truncate', afterBytes: at, length: 'chunked' },
      { received: head, end: 'complete' },
    ],
    [
      'has a flipped byte',
      { fault: 'flip-download', atByte: at, xor: 0x10 },
      {
        received: Buffer.concat([head, Buffer.from([(bytes[at] ?? 0) ^ 0x10]), bytes.subarray(at + 1)]),
        end: 'complete',
      },
    ],
  ])('%s', async (_, does, expected) => {
    await proxy.play({ on: 'get-object', nth: 1, does });
    const { received, end, length } = await get();
    // A reset takes away what has arrived and was not read yet.
    const most = does.fault === 'reset-download' ? received.length : bytes.length;
    const wanted = expected.received.subarray(0, most);
    expect({ sizeBytes: received.length, end }).toEqual({ sizeBytes: wanted.length, end: expected.end });
    expect(received.equals(wanted)).toBe(true);
    if (does.fault === 'truncate' && does.length !== 'declared') expect(length).toBe(expected.length);
    else expect(length).toBe(bytes.length);
    expect(proxy.fired).toEqual([1]);
    expect((await get()).received.equals(bytes)).toBe(true);
  });

  it('stalls', async () => {
    await proxy.play({ on: 'get-object', nth: 1, does: { fault: 'stall-download', afterBytes: at } });
    const reading = get();
    const left = await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 500, 'stalled'))]);
    expect(left).toBe('stalled');
    // The connection is open until the script ends.
    await proxy.play();
    const { received, end } = await reading;
    expect([received.equals(head), end]).toEqual([true, 'ECONNRESET']);
  });

  it('has another ETag', async () => {
    await proxy.play({ on: 'get-object', nth: 1, does: { fault: 'wrong-etag' } });
    expect(await get()).toMatchObject({ etag: `"${'0'.repeat(32)}"`, end: 'complete' });
    expect((await get()).etag).toBe(`"${createHash('md5').update(bytes).digest('hex')}"`);
  });

  it('is slow', async () => {
    await proxy.play({ on: 'get-object', nth: 1, does: { fault: 'slow', bytesPerSecond: 3_000_000 } });
    const started = performance.now();
    expect((await get()).received.equals(bytes)).toBe(true);
    // Timers may be late, never early.
    expect(performance.now() - started).toBeGreaterThan(900);
  });
});

describe('from one request on', () => {
  it('the credentials have expired', async () => {
    await proxy.play({ on: 'put-object', nth: 2, does: { fault: 'expire' } });
    await put(bytes);
    expect(await failure(put(other))).toBe('403 ExpiredToken');
    expect(await failure(get())).toBe('403 ExpiredToken');
    expect((await stored()).equals(bytes)).toBe(true);
    expect(proxy.fired).toEqual([1]);
    await proxy.play();
    expect(await failure(get())).toBe('it went well');
  });

  it('the store is away, until it comes back at the same address', async () => {
    const { endpoint } = proxy;
    await proxy.play({ on: 'put-object', nth: 1, does: { fault: 'go-away' } });
    expect(await failure(put(other))).toMatch(/^(ECONNRESET|EPIPE)$/);
    const connecting = connect(Number(new URL(endpoint).port), '127.0.0.1');
    await expect(once(connecting, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(proxy.fired).toEqual([1]);
    await proxy.play();
    expect(proxy.endpoint).toBe(endpoint);
    expect((await get()).received.equals(bytes)).toBe(true);
  });
});

it('passes a large body on as it comes, in little memory', async () => {
  const large = patternBytes(96 * 1024 * 1024, 3);
  const before = heldBufferBytes();
  let most = 0;
  const look = () => (most = Math.max(most, heldBufferBytes() - before));
  // Seldom: each look collects garbage, during which nothing else goes on.
  const watch = setInterval(look, 500);
  await client.send(
    new PutObjectCommand({ Bucket, Key: 'a/large', Body: large, ContentLength: large.length }),
  );
  clearInterval(watch);
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a/large' }));
  const hash = createHash('md5');
  let receivedBytes = 0;
  for await (const chunk of Body as Readable as AsyncIterable<Buffer>) {
    hash.update(chunk);
    receivedBytes += chunk.length;
    if (receivedBytes % (16 * 1024 * 1024) < chunk.length) look();
  }
  expect(hash.digest('hex')).toBe(createHash('md5').update(large).digest('hex'));
  expect(most).toBeLessThan(48 * 1024 * 1024);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a/large' }));
}, 60_000);

it('prints nothing', async () => {
  const print = jest.spyOn(process.stderr, 'write');
  const warned = jest.fn();
  process.on('warning', warned);
  await proxy.play({ on: 'get-object', nth: 7, does: { fault: 'reset-download', afterBytes: 1000 } });
  for (let count = 0; count < 15; count += 1) await failure(get());
  process.removeListener('warning', warned);
  expect(print).not.toHaveBeenCalled();
  expect(warned).not.toHaveBeenCalled();
  print.mockRestore();
});
