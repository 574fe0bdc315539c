import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Repository } from '../../src/repository/repository.js';
import { createS3Repository, type S3Settings } from '../../src/repository/s3.js';
import { refuse } from '../support/bucket-policy.js';
import { bytesOf, patternBytes, sourceOf } from '../support/byte-source.js';
import { recordingLog } from '../support/recording-log.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const never = new AbortController().signal;
const bytes = patternBytes(100);
// As short as a test needs it, not as a network does.
const patience = { connectSeconds: 2, idleSeconds: 1, firstPauseSeconds: 0.01 };

let server: S3Server;
let bucket: string;
beforeAll(async () => {
  server = await startS3Server();
  process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  bucket = await server.createBucket();
}, 60_000);
afterAll(() => server.stop());

function open(settings: Partial<S3Settings>): Promise<Repository> {
  return createS3Repository({ bucket, log: recordingLog(), patience, ...settings });
}

describe('a store that cannot be used', () => {
  const calls: [string, (repository: Repository) => Promise<unknown>][] = [
    ['list', (it) => it.list('')],
    ['listFolders', (it) => it.listFolders('a/')],
    ['read', (it) => it.read('a')],
    ['createIfAbsent', (it) => it.createIfAbsent('a', 'x')],
    ['upload', (it) => it.upload('a', sourceOf(bytes), { expectedSizeBytes: 0, signal: never })],
    ['download', (it) => bytesOf(it.download({ key: 'a', sizeBytes: 1 }, never))],
    ['remove', (it) => it.remove('a')],
    ['abortUploads', (it) => it.abortUploads('a')],
  ];

  /** Runs `work` with other variables of the environment, as a run without credentials has them. */
  async function withEnvironment(
    variables: Record<string, string>,
    work: () => Promise<void>,
  ): Promise<void> {
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      await work();
    } finally {
      process.env = before;
    }
  }

  describe.each(calls)('%s', (_, call) => {
    it('says that a wrong secret is refused', async () => {
      await withEnvironment({ AWS_SECRET_ACCESS_KEY: 'wrongsecret' }, async () => {
        const failing = call(await open({ endpoint: server.endpoint }));
        await expect(failing).rejects.toMatchObject({
          code: 'STORE_DENIED',
          hint: expect.stringContaining('ecret'),
        });
      });
    });

    it('says that a key is unknown', async () => {
      await withEnvironment({ AWS_ACCESS_KEY_ID: 'UNKNOWNKEY' }, async () => {
        const failing = call(await open({ endpoint: server.endpoint }));
        await expect(failing).rejects.toMatchObject({ code: 'STORE_DENIED' });
      });
    });

    it('says that the store cannot be reached', async () => {
      const started = Date.now();
      const failing = call(await open({ endpoint: 'http://127.0.0.1:9' }));
      await expect(failing).rejects.toMatchObject({
        code: 'STORE_UNREACHABLE',
        message: expect.stringContaining('ECONNREFUSED'),
      });
      expect(Date.now() - started).toBeLessThan(15_000);
    }, 20_000);
  });

  it.each(calls)('%s says that the bucket is missing', async (_, call) => {
    const failing = call(await open({ endpoint: server.endpoint, bucket: 'no-such-bucket' }));
    await expect(failing).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });

  it('says that there are no credentials', async () => {
    await withEnvironment(
      { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' },
      async () => {
        delete process.env['AWS_ACCESS_KEY_ID'];
        delete process.env['AWS_SECRET_ACCESS_KEY'];
        const failing = (await open({ endpoint: server.endpoint })).list('');
        await expect(failing).rejects.toMatchObject({
          code: 'STORE_DENIED',
          hint: expect.stringContaining('id-token'),
        });
      },
    );
  });

  it('does not wait for ever for a store that never answers', async () => {
    const proxy = await startTcpProxy(server.endpoint);
    proxy.onResponse = () => 'drop';
    const listing = (await open({ endpoint: proxy.endpoint })).list('');
    await expect(listing).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    await proxy.close();
  }, 20_000);
});

describe('a store that begins to refuse', () => {
  it('is believed also of a part that it has not read', async () => {
    const large = patternBytes(20 * 1024 * 1024);
    const proxy = await startTcpProxy(server.endpoint);
    let answers = 0;
    proxy.onResponse = (answer, { request }) => {
      if (request.includes('partNumber=1')) answers += 1;
      return answer;
    };
    async function* refusedMeanwhile() {
      yield large.subarray(0, large.length / 2);
      while (answers === 0) await sleep(10);
      await refuse({ bucket, host: { s3: server } }, { action: 's3:PutObject', keys: 'u' });
      yield large.subarray(large.length / 2);
    }
    try {
      const repository = await open({ endpoint: proxy.endpoint });
      const upload = repository.upload('u', refusedMeanwhile(), { expectedSizeBytes: 0, signal: never });
      await expect(upload).rejects.toMatchObject({ code: 'STORE_DENIED' });
    } finally {
      await server.client().send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
      await proxy.close();
    }
    expect(await server.listUploads(bucket)).toEqual([]);
  });
});
