import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  GetBucketLifecycleConfigurationCommand,
  PutObjectLockConfigurationCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { listDays, loadDays } from '../../src/repository/catalog.js';
import { createS3Repository } from '../../src/repository/s3.js';
import { recordingLog } from '../support/recording-log.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import * as storeChecks from '../support/store-checks.js';
import { temporaryDirectory } from '../support/temporary.js';

/** A bucket of a real S3 server, looked at by the store checks. */

const { place, plain, verdicts } = storeChecks;

let server: S3Server;
let bucket: string;
beforeAll(async () => {
  server = await startS3Server();
  process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  bucket = await server.createBucket();
});

const check = () => storeChecks.check({ bucket, endpoint: server.endpoint });

async function setRules(rules: LifecycleRule[]): Promise<void> {
  const configuration = { Bucket: bucket, LifecycleConfiguration: { Rules: rules } };
  await server.client().send(new PutBucketLifecycleConfigurationCommand(configuration));
}

/** From now on the bucket refuses these actions to everybody. */
async function deny(...actions: string[]): Promise<void> {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: actions, Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await server.client().send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

const versioned = { ...plain, 'Versioning and object lock': 'good' };

/** Ceph 16 ignores If-None-Match in a bucket with versions, and honours it in others; later ones do in both. */
async function conditionalWrites(): Promise<Record<string, string>> {
  const write = { Bucket: bucket, Key: 'twice', Body: 'x', ContentMD5: 'ndTkYSaMgDT1yFZOFVxnpg==' };
  const put = () => server.client().send(new PutObjectCommand({ ...write, IfNoneMatch: '*' }));
  await put().catch(() => undefined);
  const verdict = await put().then(
    () => 'warning',
    () => 'good',
  );
  await server.client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'twice' }));
  return { 'Conditional writes': verdict };
}

describe('a bucket', () => {
  it('as it was made: all that backups need works, and nothing is left in it', async () => {
    expect(verdicts(await check())).toEqual(plain);
    expect(await server.listAllKeys(bucket)).toEqual([]);
    expect(await server.listUploads(bucket)).toEqual([]);
    // A second check finds it the same.
    expect(verdicts(await check())).toEqual(plain);
  });

  it('with versions', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    const on = new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration });
    await server.client().send(on);
    const findings = await check();
    expect(verdicts(findings)).toEqual({ ...versioned, ...(await conditionalWrites()) });
    expect(findings.get('Versioning and object lock')?.fact).toMatch(/Versioning is on.*object lock is off/);
  });

  it('whose versions were suspended', async () => {
    for (const Status of ['Enabled', 'Suspended'] as const) {
      const change = { Bucket: bucket, VersioningConfiguration: { Status } };
      await server.client().send(new PutBucketVersioningCommand(change));
    }
    const finding = (await check()).get('Versioning and object lock');
    expect(finding).toMatchObject({ verdict: 'warning', fact: expect.stringContaining('suspended') });
  });

  it('without object lock that is to lock backups: red, and the command turns it on', async () => {
    const use = { objectLockDays: 30 };
    const finding = async () =>
      (await storeChecks.check({ bucket, endpoint: server.endpoint }, use)).get('Versioning and object lock');
    expect(await finding()).toMatchObject({
      verdict: 'bad',
      code: 'UPLOAD_FAILED',
      mend: expect.stringMatching(
        /put-bucket-versioning .* && .* put-object-lock-configuration .*ObjectLockEnabled=Enabled/,
      ) as unknown,
    });
    bucket = await server.createBucket({ lock: true });
    expect(await finding()).toMatchObject({ verdict: 'good' });
  });

  it('that ignores what encryption is asked for: red', async () => {
    const settings = { bucket, endpoint: server.endpoint };
    const found = await storeChecks.check({ ...settings, sse: 'AES256' });
    expect(found.get('Encryption at rest')).toMatchObject({ verdict: 'bad', code: 'UPLOAD_FAILED' });
    const kms = { sse: 'aws:kms', sseKmsKeyId: 'testkey' } as const;
    const encrypted = await storeChecks.check({ ...settings, ...kms }, { isEncrypted: true });
    expect(encrypted.get('Encryption at rest')).toMatchObject({ verdict: 'good' });
  });

  it('with object lock: everything works, again and again, and the lock is said', async () => {
    bucket = `locked-${randomUUID()}`;
    const create = { Bucket: bucket, ObjectLockEnabledForBucket: true };
    await server.client().send(new CreateBucketCommand(create));
    const fact = async () => (await check()).get('Versioning and object lock')?.fact;
    expect(await fact()).toMatch(/object lock are on; no object is locked by default/);
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const;
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
    const lock = new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration });
    await server.client().send(lock);
    for (let count = 0; count < 2; count += 1) {
      const findings = await check();
      expect(verdicts(findings)).toEqual({ ...versioned, ...(await conditionalWrites()) });
      expect(findings.get('Versioning and object lock')?.fact).toContain('locked for 1 day (GOVERNANCE)');
    }
    expect(await server.listAllKeys(bucket)).toEqual([]);
  });

  it('that has a probe of a check that was killed', async () => {
    const repository = await createS3Repository({ bucket, endpoint: server.endpoint, log: recordingLog() });
    expect(await repository.createIfAbsent('xbackup/db1/.check/probe', 'something')).toBe(true);
    expect(verdicts(await check())).toEqual(plain);
    expect(await server.listAllKeys(bucket)).toEqual([]);
  });

  it('that two checks look at, at once', async () => {
    const both = await Promise.all([check(), check()]);
    for (const findings of both) {
      const seen = verdicts(findings);
      expect(Object.values(seen)).not.toContain('bad');
      expect(seen['Conditional writes']).toBe('good');
    }
  });
});

describe('lifecycle rules', () => {
  const abortRule: LifecycleRule = {
    ID: 'abort',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
  };
  const expires = (Prefix: string): LifecycleRule => ({
    ID: 'old',
    Status: 'Enabled',
    Filter: { Prefix },
    Expiration: { Days: 30 },
  });

  it('that abort uploads are found', async () => {
    await setRules([abortRule]);
    const findings = await check();
    expect(verdicts(findings)).toEqual({ ...plain, 'Aborted uploads': 'good' });
    expect(findings.get('Aborted uploads')?.fact).toContain('after 3 days');
  });

  it.each([
    ['are switched off', { ...abortRule, Status: 'Disabled' as const }],
    ['are of another folder', { ...abortRule, Filter: { Prefix: 'xbackup/db2/' } }],
  ])('that %s do not count', async (_, rule) => {
    await setRules([rule]);
    expect(verdicts(await check())).toEqual(plain);
  });

  it.each([
    ['the whole bucket', '', 'warning'],
    ['the prefix', 'xbackup/', 'warning'],
    ['one month of the server', 'xbackup/db1/2026-11', 'warning'],
    ['another server', 'xbackup/db2/', 'good'],
    ['a server whose name only begins like it', 'xbackup/db10/', 'good'],
  ])('that expire %s', async (_, prefix, verdict) => {
    await setRules([expires(prefix)]);
    expect((await check()).get('Expiry')).toMatchObject({ verdict });
  });

  it('that expire say which one and when', async () => {
    await setRules([expires('xbackup/')]);
    expect((await check()).get('Expiry')?.fact).toMatch(/«old» removes objects after 30 days/);
  });

  it.each([
    [{ NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Expiration: undefined }],
    [{ Filter: { And: { Prefix: 'xbackup/', Tags: [{ Key: 'keep', Value: 'no' }] } } }],
    [{ Status: 'Disabled' as const }],
  ])('that never remove a backup are fine: %j', async (change) => {
    await setRules([{ ...expires('xbackup/'), ...change }]);
    expect((await check()).get('Expiry')).toMatchObject({ verdict: 'good' });
  });

  it.each([
    ['none so far', []],
    ['others that must stay', [expires('elsewhere/'), { ...expires('more/'), ID: 'more' }]],
  ])(
    'are added by the command that the check gives: %s',
    async (_, rules) => {
      const client = server.client();
      if (rules.length > 0) await setRules(rules);
      const { mend = '' } = (await check()).get('Aborted uploads') ?? {};
      const dir = await temporaryDirectory('mend');
      const env = { ...process.env, AWS_DEFAULT_REGION: 'us-east-1' };
      try {
        await promisify(execFile)('/bin/bash', ['-euc', mend], { cwd: dir.path, env });
      } finally {
        await dir.remove();
      }
      expect((await check()).get('Aborted uploads')).toMatchObject({ verdict: 'good' });
      const { Rules = [] } = await client.send(
        new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }),
      );
      expect(Rules.map(({ ID }) => ID).sort()).toEqual(
        [...rules.map(({ ID }) => ID), 'xbackup-abort-uploads'].sort(),
      );
    },
    60_000,
  );
});

describe('credentials', () => {
  it('that may not ask how the bucket is set up: nothing is red', async () => {
    await deny(
      's3:GetBucketVersioning',
      's3:GetBucketObjectLockConfiguration',
      's3:GetLifecycleConfiguration',
    );
    const findings = await check();
    expect(Object.values(verdicts(findings))).not.toContain('bad');
    for (const subject of ['Versioning and object lock', 'Aborted uploads', 'Expiry']) {
      expect(findings.get(subject)).toMatchObject({ verdict: 'unknown' });
      expect(findings.get(subject)?.fact).toMatch(/may not ask for it \(s3:Get/);
    }
  });

  it.each([
    ['list', 's3:ListBucket', 'Bucket', { forRestore: true }],
    ['write', 's3:PutObject', 'Writing', {}],
    ['read', 's3:GetObject', 'Reading', { forRestore: true }],
  ])('that may not %s: red, with the statement, and the rest is still looked at', async (...row) => {
    const [, action, subject, use] = row;
    await deny(action);
    const findings = await storeChecks.check({ bucket, endpoint: server.endpoint }, use);
    const red = [...findings.values()].filter(({ verdict }) => verdict === 'bad');
    expect(red).toEqual([
      {
        subject,
        verdict: 'bad',
        code: 'STORE_DENIED',
        fact: expect.stringContaining(action),
        mend: expect.stringContaining(`"Action":"${action}"`),
      },
    ]);
    expect(JSON.parse(red[0]?.mend ?? '')).toMatchObject({ Effect: 'Allow' });
    expect(findings.get('Aborted uploads')).toMatchObject({ verdict: 'warning' });
  });

  it('that may only write: backups work, so nothing is red, and it says how', async () => {
    await deny('s3:ListBucket', 's3:GetObject', 's3:DeleteObject', 's3:ListBucketMultipartUploads');
    for (let count = 0; count < 2; count += 1) {
      const findings = await check();
      const blind = { Bucket: 'warning', Reading: 'warning', 'Encryption at rest': 'unknown' };
      expect(verdicts(findings)).toEqual({ ...plain, ...blind });
      for (const [subject, action] of [
        ['Bucket', 's3:ListBucket'],
        ['Reading', 's3:GetObject'],
      ] as const) {
        expect(findings.get(subject)?.fact).toContain(`lack ${action}. Backups work without`);
        expect(findings.get(subject)?.mend).toContain(`"Action":"${action}"`);
      }
    }
  });

  it('that may not remove: backups work, so it is green, and says what stays', async () => {
    await deny('s3:DeleteObject');
    for (let count = 0; count < 2; count += 1) {
      const findings = await check();
      expect(verdicts(findings)).toEqual(plain);
      expect(findings.get('Removing')?.fact).toMatch(/cannot|Nothing can be removed/);
    }
    expect(await server.listAllKeys(bucket)).toEqual(['xbackup/db1/.check/probe']);
    // No backup is seen in it.
    const repository = await createS3Repository({ bucket, endpoint: server.endpoint, log: recordingLog() });
    expect(await listDays(repository, place)).toEqual([]);
    expect(await loadDays(repository, place, [])).toMatchObject({ entries: [] });
  });

  it('that may not abort: a warning', async () => {
    await deny('s3:AbortMultipartUpload');
    expect((await check()).get('Multipart uploads')).toMatchObject({
      verdict: 'warning',
      mend: expect.stringContaining('s3:AbortMultipartUpload'),
    });
  });
});

it('leaves no version of its probe but those that the store keeps', async () => {
  await check();
  const { Versions = [] } = await server.client().send(new ListObjectVersionsCommand({ Bucket: bucket }));
  expect(Versions).toEqual([]);
});
