import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import dns from 'node:dns';
import tls from 'node:tls';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Repository } from '../../src/repository/repository.js';
import { createS3Repository, type S3Settings } from '../../src/repository/s3.js';
import { bytesOf, patternBytes, sourceOf } from '../support/byte-source.js';
import { recordingLog, type RecordingLog } from '../support/recording-log.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { headsOf, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { tlsIdentity } from '../support/tls-identity.js';

/** What only a store behind a network does: a real server, and a proxy in front of it that breaks things. */

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;
const large = patternBytes(20 * mebibyte + 17);
// As short as a test needs it, not as a network does.
const patience = { connectSeconds: 2, idleSeconds: 1, firstPauseSeconds: 0.01 };

let server: S3Server;
let proxy: TcpProxy;
let bucket: string;
let log: RecordingLog;
let direct: Repository;
let repository: Repository;

beforeAll(async () => {
  server = await startS3Server();
  process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  bucket = await server.createBucket();
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  log = recordingLog();
  proxy = await startTcpProxy(server.endpoint);
  direct = await open({ endpoint: server.endpoint });
  repository = await open({ endpoint: proxy.endpoint });
});
afterEach(async () => {
  await proxy.close();
  for (const key of await server.listAllKeys(bucket)) await direct.remove(key);
  for (const { Key } of await server.listUploads(bucket)) await direct.abortUploads(Key ?? '');
});

function open(settings: Partial<S3Settings>): Promise<Repository> {
  return createS3Repository({ bucket, log, patience, ...settings });
}

const put = (key: string, bytes: Buffer, into = repository) =>
  into.upload(key, sourceOf(bytes), { expectedSizeBytes: bytes.length, signal: never });

async function expectNothingLeft(): Promise<void> {
  expect(await server.listAllKeys(bucket)).toEqual([]);
  expect(await server.listUploads(bucket)).toEqual([]);
}

describe('a download', () => {
  const download = () => bytesOf(repository.download({ key: 'u', sizeBytes: large.length }, never));
  beforeEach(async () => {
    await put('u', large, direct);
  });

  it('goes on where a broken connection ended', async () => {
    proxy.onResponse = (bytes, connection) =>
      connection.number <= 4 && connection.responseBytes > 3_000_000 ? 'cut' : bytes;
    expect((await download()).equals(large)).toBe(true);
    expect(proxy.connections).toBe(5);
    expect(log.lines.filter((line) => line.includes('going on from there'))).toHaveLength(4);
  });

  it('goes on when a connection stalls', async () => {
    proxy.onResponse = (bytes, connection) =>
      connection.number === 1 && connection.responseBytes > 3_000_000 ? 'drop' : bytes;
    expect((await download()).equals(large)).toBe(true);
    expect(proxy.connections).toBe(2);
  });

  it('gives up when nothing more comes, and says how far it came', async () => {
    proxy.onResponse = (bytes, connection) =>
      connection.number > 1 || connection.responseBytes > 3_000_000 ? 'cut' : bytes;
    await expect(download()).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringMatching(/broke off after [1-9]\d* of 20971537 bytes/),
      cause: { code: 'STORE_UNREACHABLE' },
    });
  });

  it('does not put two objects together', async () => {
    let replaced: Promise<unknown> | undefined;
    proxy.onResponse = (bytes, connection) =>
      connection.number > 1 || connection.responseBytes < 3_000_000 ? bytes : 'cut';
    const other = { Bucket: bucket, Key: 'u', Body: patternBytes(large.length, 9) };
    const reading = (async () => {
      for await (const chunk of repository.download({ key: 'u', sizeBytes: large.length }, never)) {
        replaced ??= server.client().send(new PutObjectCommand(other));
        await replaced;
        expect(chunk.length).toBeGreaterThan(0);
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('replaced'),
    });
  });

  it('waits for its reader, and ends its connection when it is left', async () => {
    let responseBytes = 0;
    proxy.onResponse = (bytes, connection) => {
      responseBytes = connection.responseBytes;
      return bytes;
    };
    const chunks = repository.download({ key: 'u', sizeBytes: large.length }, never)[Symbol.asyncIterator]();
    await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(responseBytes).toBeLessThan(12 * mebibyte);
    await chunks.return?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const atReturn = responseBytes;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(responseBytes).toBe(atReturn);
  });

  it('survives a reader that is slower than the idle time-out', async () => {
    const received: Uint8Array[] = [];
    for await (const chunk of repository.download({ key: 'u', sizeBytes: large.length }, never)) {
      if (received.length === 1) await new Promise((resolve) => setTimeout(resolve, 2500));
      received.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(received).equals(large)).toBe(true);
  });
});

describe('an upload', () => {
  it('sends a part again when its connection broke', async () => {
    let broken = 0;
    proxy.onRequest = (bytes, { request }) => {
      if (!request.includes('partNumber=2') || broken === 8) return bytes;
      broken += 1;
      return 'cut';
    };
    const stored = await put('u', large);
    expect(broken).toBe(8);
    expect((await bytesOf(direct.download(stored, never))).equals(large)).toBe(true);
  });

  it('ends when a part cannot be stored, even while its source waits', async () => {
    // The store takes the request, but its answer never comes.
    proxy.onResponse = (bytes, { request }) => (request.includes('partNumber=1') ? 'cut' : bytes);
    let closed = false;
    async function* waiting() {
      try {
        yield large;
        await new Promise((resolve) => setTimeout(resolve, 15_000));
      } finally {
        closed = true;
      }
    }
    const upload = repository.upload('u', waiting(), { expectedSizeBytes: large.length, signal: never });
    await expect(upload).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(closed).toBe(false);
    await expectNothingLeft();
  }, 30_000);

  it('keeps the connection of a part for the next', async () => {
    const heads = headsOf(proxy, /partNumber=/);
    await put('u', large);
    const told = heads.map((head) => head.match(/^(connection|expect): .*$/gim));
    expect(told).toEqual(Array(3).fill(['Connection: keep-alive']));
  });

  it('whose data is changed on the way stores nothing', async () => {
    proxy.onRequest = (bytes) => {
      if (bytes.length > 60_000) bytes[50_000] = (bytes[50_000] ?? 0) ^ 1;
      return bytes;
    };
    await expect(put('u', large)).rejects.toMatchObject({ code: 'UPLOAD_FAILED' });
    await expectNothingLeft();
    await expect(put('u', large.subarray(0, mebibyte))).rejects.toMatchObject({ code: 'UPLOAD_FAILED' });
    await expectNothingLeft();
  });

  /** What a HEAD after the completion says: `change` is given the size. */
  function tellWrongly(change: (size: string) => string): void {
    let completed = false;
    proxy.onResponse = (bytes, { request }) => {
      if (/^POST .*uploadId=|^PUT .*x-id=PutObject/.test(request)) completed = true;
      if (!completed || !request.startsWith('HEAD')) return bytes;
      const text = bytes
        .toString('latin1')
        .replace(/Content-Length: (\d+)/i, (_, size: string) => change(size));
      return Buffer.from(text, 'latin1');
    };
  }

  it.each([
    ['in parts', large],
    ['in one piece', large.subarray(0, 1000)],
  ])('%s, of which the store has another size, fails, and the object is removed', async (_, bytes) => {
    tellWrongly((size) => `Content-Length: ${Number(size) + 1}`);
    await expect(put('u', bytes)).rejects.toMatchObject({ code: 'UPLOAD_DIFFERS' });
    await expectNothingLeft();
  });

  describe('to AWS', () => {
    const awsHost = 's3.amazonaws.com';
    const { lookup } = dns;
    const { createSecureContext } = tls;
    let identity: { key: string; cert: string };
    beforeAll(async () => {
      identity = await tlsIdentity(awsHost);
    });
    beforeEach(async () => {
      // The real server under the name of AWS. (Ceph 16 ignores the checksums.)
      dns.lookup = ((_: string, options: object, callback: typeof lookup) =>
        lookup('127.0.0.1', options, callback as never)) as never;
      tls.createSecureContext = (options) => createSecureContext({ ...options, ca: identity.cert });
      await proxy.close();
      proxy = await startTcpProxy(server.endpoint, identity);
      repository = await open({ endpoint: proxy.endpoint.replace('127.0.0.1', awsHost) });
    });
    afterEach(() => {
      dns.lookup = lookup;
      tls.createSecureContext = createSecureContext;
    });

    it.each([
      ['in parts', large, /^PUT .*partNumber=/, 3],
      ['in one piece', large.subarray(0, 1000), /^PUT .*x-id=PutObject/, 1],
    ])(
      '%s comes with a CRC-32 of each request, as a header and not behind the data',
      async (_, bytes, line, count) => {
        const heads = headsOf(proxy, line);
        const stored = await put('u', bytes);
        expect((await bytesOf(direct.download(stored, never))).equals(bytes)).toBe(true);
        expect(heads).toHaveLength(count);
        for (const head of heads) {
          expect(head).toMatch(/^x-amz-checksum-crc32: [A-Za-z0-9+/]{6}==$/m);
          // TLS and the CRC-32 do: the body need not be hashed for the signature as well.
          expect(head).toMatch(/^x-amz-content-sha256: UNSIGNED-PAYLOAD$/m);
          expect(head).not.toMatch(/content-md5|x-amz-trailer|aws-chunked/i);
        }
      },
    );

    it('without TLS each request is signed with the SHA-256 of its body', async () => {
      await proxy.close();
      proxy = await startTcpProxy(server.endpoint);
      repository = await open({ endpoint: proxy.endpoint.replace('127.0.0.1', awsHost) });
      const heads = headsOf(proxy, /^PUT .*partNumber=/);
      await put('u', large);
      expect(heads).toHaveLength(3);
      for (const head of heads) expect(head).toMatch(/^x-amz-content-sha256: [0-9a-f]{64}$/m);
    });

    it.each([
      ['in parts', large, 'AAAAAA==-3'],
      ['in one piece', large.subarray(0, 1000), 'AAAAAA=='],
    ])('%s, which has another CRC-32 then, fails, and the object is removed', async (_, bytes, crc) => {
      tellWrongly((size) => `Content-Length: ${size}\r\nx-amz-checksum-crc32: ${crc}`);
      await expect(put('u', bytes)).rejects.toMatchObject({ code: 'UPLOAD_DIFFERS' });
      await expectNothingLeft();
    });

    it('that has the CRC-32 that was sent is good', async () => {
      const crc = crc32(large.subarray(0, 1000));
      const base64 = Buffer.from(crc.toString(16).padStart(8, '0'), 'hex').toString('base64');
      tellWrongly((size) => `Content-Length: ${size}\r\nx-amz-checksum-crc32: ${base64}`);
      expect(await put('u', large.subarray(0, 1000))).toMatchObject({ sizeBytes: 1000 });
    });
  });

  it.each([
    ['in parts', large, /^POST .*uploadId=/],
    ['in one piece', large.subarray(0, 1000), /^PUT .*x-id=PutObject/],
  ])('%s is good although the answer that it is complete was lost', async (_, bytes, completion) => {
    let lost = 0;
    proxy.onResponse = (answer, { request }) => {
      if (!completion.test(request) || lost > 0) return answer;
      lost += 1;
      return 'cut';
    };
    const stored = await put('u', bytes);
    expect(lost).toBe(1);
    expect((await bytesOf(direct.download(stored, never))).equals(bytes)).toBe(true);
    expect(await server.listUploads(bucket)).toEqual([]);
  });

  it('that is cancelled while it is being completed leaves nothing', async () => {
    const abort = new AbortController();
    proxy.onRequest = (bytes, { request }) => {
      if (/^POST .*uploadId=/.test(request)) abort.abort();
      return bytes;
    };
    const upload = repository.upload('u', sourceOf(large), { expectedSizeBytes: 0, signal: abort.signal });
    await expect(upload).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectNothingLeft();
  });

  it('to a store that goes away says so, and that parts may be left', async () => {
    let parts = 0;
    proxy.onRequest = (bytes, { request }) => {
      if (request.includes('partNumber=2')) parts += 1;
      return parts > 0 ? 'cut' : bytes;
    };
    await expect(put('u', large)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(log.lines.join('\n')).toContain('warning: Parts of the failed upload of u may be left');
    expect(await direct.abortUploads('u')).toBe(1);
    await expectNothingLeft();
  });

  it('can ask for encryption by the store', async () => {
    const encrypted = await open({ endpoint: server.endpoint, sse: 'aws:kms', sseKmsKeyId: 'testkey' });
    for (const [key, bytes] of [
      ['large', large],
      ['small', large.subarray(0, 10)],
    ] as const) {
      const stored = await put(key, bytes, encrypted);
      expect((await bytesOf(direct.download(stored, never))).equals(bytes)).toBe(true);
    }
    await encrypted.createIfAbsent('manifest', '{}');
    for (const key of ['large', 'small', 'manifest']) {
      const head = await server.client().send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey' });
    }
  });
});

it('creates an object once although the answer was lost', async () => {
  let lost = 0;
  proxy.onResponse = (bytes, { request }) => {
    if (!request.startsWith('PUT') || lost === 2) return bytes;
    lost += 1;
    return 'cut';
  };
  expect(await repository.createIfAbsent('manifest', '{}')).toBe(true);
  expect(await repository.createIfAbsent('manifest', '{}')).toBe(false);
  expect(lost).toBe(2);
});

it('reads a small object again when the connection broke in it', async () => {
  await direct.createIfAbsent('manifest', 'x'.repeat(100_000));
  proxy.onResponse = (bytes, { number }) => (number <= 2 ? 'cut' : bytes);
  expect(await repository.read('manifest')).toHaveLength(100_000);
  expect(proxy.connections).toBe(3);
});
