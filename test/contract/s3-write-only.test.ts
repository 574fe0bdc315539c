import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Repository } from '../../src/repository/repository.js';
import { createS3Repository, type S3Settings } from '../../src/repository/s3.js';
import { patternBytes, sourceOf } from '../support/byte-source.js';
import { recordingLog, type RecordingLog } from '../support/recording-log.js';
import { takeRoles } from '../support/s3-roles.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

/** A repository with credentials that can write, and not look at what is there. */

const never = new AbortController().signal;
const small = patternBytes(1000);
const large = patternBytes(9 * 1024 * 1024);
const patience = { connectSeconds: 2, idleSeconds: 1, firstPauseSeconds: 0.01 };

let server: S3Server;
let proxy: TcpProxy;
let bucket: string;
let log: RecordingLog;

beforeAll(async () => {
  server = await startS3Server();
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  proxy = await startTcpProxy(server.endpoint);
}, 60_000);
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

beforeEach(async () => {
  bucket = await server.createBucket();
  log = recordingLog();
  const { 'only writes': credentials } = await takeRoles(server, bucket, ['only writes']);
  Object.assign(process.env, credentials);
});

const open = (settings: Partial<S3Settings> = {}): Promise<Repository> =>
  createS3Repository({ bucket, endpoint: server.endpoint, log, patience, ...settings });

/** Where the role may write. */
const key = (name: string) => `xbackup/db1/${name}`;

const options = { expectedSizeBytes: large.length, signal: never };

describe('an upload', () => {
  it.each([
    ['in one request', small],
    ['in parts', large],
  ])('%s is stored, and confirmed by the store', async (_, bytes) => {
    const stored = await (await open()).upload(key('a'), sourceOf(bytes), options);
    expect(stored).toMatchObject({ key: key('a'), sizeBytes: bytes.length });
    expect(await server.listAllKeys(bucket)).toEqual([key('a')]);
    expect(await server.listUploads(bucket)).toEqual([]);
  });

  it('to a key that is taken is refused by the store', async () => {
    const repository = await open();
    await repository.upload(key('a'), sourceOf(small), options);
    await expect(repository.upload(key('a'), sourceOf(small), options)).rejects.toMatchObject({
      code: 'BACKUP_EXISTS',
    });
  });

  it('that fails in the middle is aborted', async () => {
    async function* failing() {
      await Promise.resolve();
      yield large;
      throw new Error('The tool failed');
    }
    await expect((await open()).upload(key('a'), failing(), options)).rejects.toThrow('The tool failed');
    expect(await server.listUploads(bucket)).toEqual([]);
    expect(await server.listAllKeys(bucket)).toEqual([]);
  });

  it('whose outcome is not known is no good upload', async () => {
    // The store has it, and nobody hears of it.
    const passed = proxy.onResponse;
    proxy.onResponse = (bytes) => (bytes.includes('200 OK') ? 'cut' : bytes);
    const uploading = (await open({ endpoint: proxy.endpoint })).upload(key('a'), sourceOf(small), options);
    await expect(uploading).rejects.toMatchObject({ name: 'UserError' });
    proxy.onResponse = passed;
    expect(log.lines.join('\n')).toMatch(/a may be left/);
  });

  it.each([
    ['in one request', small],
    ['in parts', large],
  ])('%s that is to be encrypted is stored encrypted or not at all', async (_, bytes) => {
    const kms = await open({ sse: 'aws:kms', sseKmsKeyId: 'testkey' });
    await kms.upload(key('kms'), sourceOf(bytes), options);
    // Ceph has no key for AES256 here.
    const ignored = (await open({ sse: 'AES256' })).upload(key('aes'), sourceOf(bytes), options);
    await expect(ignored).rejects.toMatchObject({ code: 'UPLOAD_FAILED' });
    expect(await server.listUploads(bucket)).toEqual([]);
  });
});

describe('a small object', () => {
  it('is written once', async () => {
    const repository = await open();
    expect(await repository.createIfAbsent(key('a'), 'text')).toBe(true);
    // Whether it is of this run cannot be told.
    await expect(repository.createIfAbsent(key('a'), 'text')).rejects.toMatchObject({
      code: 'UPLOAD_FAILED',
      message: expect.stringContaining('may not look') as unknown,
    });
  });
});

describe('an unfinished upload', () => {
  it('is aborted by its id where nobody may ask which there are', async () => {
    const repository = await open();
    const begun: string[] = [];
    const stop = new AbortController();
    async function* endless() {
      yield large;
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
    }
    const uploading = repository.upload(key('a'), endless(), {
      ...options,
      signal: stop.signal,
      onBegin: (uploadId) => begun.push(uploadId),
    });
    uploading.catch(() => undefined);
    while (begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(repository.abortUploads(key('a'))).rejects.toMatchObject({ code: 'STORE_DENIED' });
    expect(await repository.abortUploads(key('a'), begun[0])).toBe(1);
    stop.abort();
    await expect(uploading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await server.listUploads(bucket)).toEqual([]);
  });
});
