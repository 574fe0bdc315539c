import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from './repository-root.js';
import { temporaryDirectory } from './temporary.js';

const script = join(repositoryRoot(), 'script/s3-server');
const run = promisify(execFile);

/** A real S3 server of a test's own, run by script/s3-server. */
export interface S3Server {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Whose key that is, and all buckets, as the principal of a policy. */
  owner: string;
  /** A client that sees everything. Its owner need not end it. */
  client(): S3Client;
  /** A new, empty bucket; its name. With `lock` objects can be locked in it, and it keeps versions. */
  createBucket(options?: { lock?: boolean }): Promise<string>;
  listAllKeys(bucket: string): Promise<string[]>;
  /** The multipart uploads that are neither completed nor aborted. */
  listUploads(bucket: string): Promise<MultipartUpload[]>;
  /** Somebody else, who may do nothing until a bucket's policy says so. */
  createUser(name: string): Promise<S3User>;
  /** SIGKILL, as by a crash of its host. */
  kill(): Promise<void>;
  /** Starts it again on the same port after `kill`: with its data when it is on disk, else empty. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface S3User {
  /** As the principal of a policy. */
  arn: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Starts a server in `dir` by the script, and reads what it says. It runs until the script stops it. */
export async function runS3Server(
  dir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Pick<S3Server, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>> {
  const { stdout } = await run(script, ['start', dir], { env });
  const said = new Map(stdout.split('\n').map((line) => line.split('=', 2) as [string, string]));
  return {
    endpoint: said.get('S3_ENDPOINT') ?? '',
    accessKeyId: said.get('AWS_ACCESS_KEY_ID') ?? '',
    secretAccessKey: said.get('AWS_SECRET_ACCESS_KEY') ?? '',
  };
}

/** Starts a server with its data in memory, or on disk; it takes about two seconds. Stop it in `afterAll`. */
export async function startS3Server({ onDisk = false } = {}): Promise<S3Server> {
  const env = onDisk ? { ...process.env, S3_STORE: 'bluestore' } : process.env;
  const directory = await temporaryDirectory('s3');
  // For a test run that is ended before its afterAll.
  const stopAtExit = () => execFileSync(script, ['stop', directory.path]);
  process.once('exit', stopAtExit);
  const kill = async () => {
    await run(script, ['stop', directory.path]);
  };
  const stop = async () => {
    await kill();
    process.removeListener('exit', stopAtExit);
    await directory.remove();
  };
  const { endpoint, accessKeyId, secretAccessKey } = await runS3Server(directory.path, env).catch(
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );

  const s3 = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  return {
    endpoint,
    accessKeyId,
    secretAccessKey,
    owner: 'arn:aws:iam:::user/test',
    client: () => s3,
    async createBucket({ lock = false } = {}) {
      const bucket = `test-${randomUUID()}`;
      await s3.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: lock }));
      return bucket;
    },
    async listAllKeys(bucket) {
      const keys: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key } of page.Contents ?? []) keys.push(Key ?? '');
      }
      return keys;
    },
    async listUploads(bucket) {
      const { Uploads, IsTruncated } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      if (IsTruncated === true) throw new Error('More unfinished uploads than a test should make');
      return Uploads ?? [];
    },
    async createUser(name) {
      const admin = ['-c', join(directory.path, 'ceph.conf'), '--name', 'client.rgw'];
      const user = [`--uid=${name}`, `--display-name=${name}`];
      const { stdout } = await run('radosgw-admin', [...admin, 'user', 'create', ...user]);
      const { keys } = JSON.parse(stdout) as { keys: { access_key: string; secret_key: string }[] };
      const [key] = keys;
      if (key === undefined) throw new Error(`The user ${name} has no key`);
      return {
        arn: `arn:aws:iam:::user/${name}`,
        accessKeyId: key.access_key,
        secretAccessKey: key.secret_key,
      };
    },
    kill,
    async restart() {
      await run(script, ['start', directory.path, new URL(endpoint).port], { env });
    },
    async stop() {
      s3.destroy();
      await stop();
    },
  };
}
