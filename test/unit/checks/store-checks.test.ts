import { describe, expect, it } from '@jest/globals';
import { checkStore } from '../../../src/checks/store-checks.js';
import type { StoreUse } from '../../../src/checks/store-settings.js';
import { UserError } from '../../../src/errors.js';
import type { LifecycleRule, StoreFacts } from '../../../src/repository/store-facts.js';
import { storeError } from '../../../src/repository/store-errors.js';

/** What a contract test cannot have of one real server: other stores' answers. */

const yes = { value: true } as const;
const facts: StoreFacts = {
  bucket: 'backups',
  prefix: 'xbackup/db1/',
  endpoint: undefined,
  region: undefined,
  bucketRegion: 'eu-central-1',
  listing: yes,
  writing: yes,
  writingTwice: { value: 'refused' },
  reading: { value: 'same' },
  multipart: yes,
  aborting: yes,
  removing: yes,
  versioning: { value: 'on' },
  objectLock: { value: 'off' },
  lifecycle: { value: [{ id: 'a', prefix: '', abortsUploadsAfterDays: 7 }] },
  hasLifecycleRules: true,
  encryption: { value: { algorithm: 'AES256' } },
  clockAheadSeconds: 0.4,
};
const use: StoreUse = { fullEvery: 'week', isEncrypted: false, forRestore: false, objectLockDays: undefined };

const finding = (subject: string, changed: Partial<StoreFacts>, using = use) =>
  checkStore({ ...facts, ...changed }, using).find((one) => one.subject === subject);

/** As the SDK's error becomes one of ours. */
function refusal(name: string, message = 'UnknownError', httpStatusCode = 403): { error: UserError } {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
  const explained = storeError(error, { bucket: 'backups', direction: 'write' });
  if (!(explained instanceof UserError)) throw new Error('Not explained');
  return { error: explained };
}

it('a bucket of AWS with everything is green', () => {
  const findings = checkStore(facts, use);
  expect(findings.map(({ verdict }) => verdict)).toEqual(findings.map(() => 'good'));
});

it('a store that knows no settings of buckets is unknown where it cannot be told, and never red', () => {
  const value = 'unsupported' as const;
  const changed = {
    versioning: { value },
    objectLock: { value },
    lifecycle: { value },
    encryption: { value },
  };
  const verdicts = checkStore({ ...facts, ...changed }, use).map(({ subject, verdict }) => [
    subject,
    verdict,
  ]);
  expect(verdicts.filter(([, verdict]) => verdict !== 'good')).toEqual([
    ['Versioning and object lock', 'unknown'],
    ['Aborted uploads', 'unknown'],
    ['Expiry', 'unknown'],
    ['Encryption at rest', 'warning'],
  ]);
});

it('a refusal of KMS asks for the permission of KMS, not for one of S3', () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234';
  const message = `User: arn:aws:iam::123456789012:role/x is not authorized to perform: kms:GenerateDataKey on resource: ${key} because no policy allows it`;
  const found = finding('Writing', { writing: refusal('AccessDenied', message) });
  expect(found).toMatchObject({
    verdict: 'bad',
    code: 'STORE_DENIED',
    fact: expect.stringContaining('kms:'),
  });
  expect(JSON.parse(found?.mend ?? '')).toEqual({
    Effect: 'Allow',
    Action: 'kms:GenerateDataKey',
    Resource: key,
  });
});

it('a refusal of S3 asks for it on the objects of this server alone', () => {
  const { mend = '' } = finding('Writing', { writing: refusal('AccessDenied') }) ?? {};
  expect(JSON.parse(mend)).toEqual({
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::backups/xbackup/db1/*',
  });
});

it('a store without conditional writes at all is red: no manifest could be written', () => {
  const found = finding('Writing', { writing: refusal('NotImplemented', 'A header', 501) });
  expect(found).toMatchObject({ verdict: 'bad', code: 'UPLOAD_FAILED' });
});

it('one that accepts a second write is a warning', () => {
  expect(finding('Conditional writes', { writingTwice: { value: 'accepted' } })).toMatchObject({
    verdict: 'warning',
    fact: expect.stringContaining("overwrite each other's manifest"),
  });
});

describe('a bucket that cannot be used', () => {
  const cannot = (error: { error: UserError }, changed: Partial<StoreFacts> = {}) => {
    const { bucket, prefix, endpoint, region, bucketRegion } = { ...facts, ...changed };
    return checkStore({ bucket, prefix, endpoint, region, bucketRegion, listing: error }, use);
  };

  it('in another region is found there', () => {
    expect(cannot(refusal('AuthorizationHeaderMalformed', 'x', 400))).toMatchObject([
      { verdict: 'bad', mend: 's3-region: eu-central-1' },
    ]);
  });

  it('with credentials that are refused is not taken for one in another region', () => {
    const [found] = cannot(refusal('InvalidAccessKeyId'));
    expect(found?.mend).not.toContain('s3-region');
  });

  it.each([
    [
      { region: 'eu-central-1' },
      / --region eu-central-1 --create-bucket-configuration LocationConstraint=eu-central-1$/,
    ],
    [{ region: 'us-east-1' }, /--bucket backups --region us-east-1$/],
    [
      { endpoint: 'https://s3.example.com', region: 'x' },
      /--endpoint-url https:\/\/s3\.example\.com --region x$/,
    ],
  ])('because it is missing can be made: %j', (changed, command) => {
    const [found] = cannot(refusal('NoSuchBucket', 'x', 404), changed);
    expect(found).toMatchObject({ code: 'STORE_MISSING', mend: expect.stringMatching(command) });
  });
});

describe('lifecycle rules', () => {
  const expiry = (rule: Partial<LifecycleRule>) =>
    finding('Expiry', { lifecycle: { value: [{ id: '', prefix: '', ...rule }] } });

  it('that expire say what is lost, by how often fulls are made', () => {
    expect(expiry({ expires: 'after 30 days' })).toMatchObject({
      verdict: 'warning',
      fact: expect.stringMatching(/without a name removes objects after 30 days.*oldest week/),
    });
  });

  it('that archive are a warning: prepare could not read it', () => {
    const archives = { storageClass: 'DEEP_ARCHIVE', after: 'after 10 days' };
    expect(expiry({ archives })).toMatchObject({
      verdict: 'warning',
      fact: expect.stringContaining('DEEP_ARCHIVE after 10 days'),
    });
    expect(expiry({ archives, prefix: 'logs/' })).toMatchObject({ verdict: 'good' });
  });

  it('are added with the setting beside them, where it is not the usual one', () => {
    const lifecycle = { value: [] };
    const mend = (transitionMinimum: string) =>
      finding('Aborted uploads', { lifecycle, transitionMinimum })?.mend ?? '';
    expect(mend('varies_by_storage_class')).toMatch(/--transition-default-minimum-object-size varies_by_/);
    expect(mend('all_storage_classes_128K')).not.toContain('--transition');
  });
});

describe('encryption at rest', () => {
  const off = { encryption: { value: 'off' } } as const;

  it('by the inputs or by the bucket is green, none is a warning', () => {
    expect(finding('Encryption at rest', off)).toMatchObject({ verdict: 'warning' });
    expect(finding('Encryption at rest', off, { ...use, isEncrypted: true })).toMatchObject({
      verdict: 'good',
    });
  });
});

describe('versioning and object lock', () => {
  it.each([
    [
      'the lock is not told',
      { objectLock: refusal('AccessDenied') },
      'good',
      /whether object lock is on is not told/,
    ],
    [
      'nothing is told',
      { versioning: refusal('AccessDenied'), objectLock: refusal('AccessDenied') },
      'unknown',
      /may not ask for it/,
    ],
    [
      'a lock of a year',
      { objectLock: { value: { retention: { mode: 'COMPLIANCE', days: 365 } } } },
      'good',
      /365 days \(COMPLIANCE\)/,
    ],
  ])('%s', (_, changed, verdict, fact) => {
    expect(finding('Versioning and object lock', changed)).toMatchObject({
      verdict,
      fact: expect.stringMatching(fact),
    });
  });
});
