import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../errors.js';
import type { S3Connection } from './connection.js';
import type { PartDigests } from './part-digests.js';
import { isMissing } from './store-errors.js';
import { writerAt } from './writer-mark.js';

/** What the answer to a PUT, to the completion of an upload, or to a HEAD says of an object. */
export type StoreAnswer = Pick<
  HeadObjectCommandOutput,
  'ETag' | 'ChecksumCRC32' | 'ServerSideEncryption' | 'VersionId'
>;

/** How a stored object differs from what was sent; undefined when it does not, as far as the store tells. */
export function differenceOf(
  stored: Pick<HeadObjectCommandOutput, 'ContentLength' | 'ChecksumCRC32'>,
  sent: PartDigests,
  isMultipart: boolean,
): string | undefined {
  const storedBytes = stored.ContentLength ?? 0;
  if (storedBytes !== sent.sizeBytes) return `${storedBytes} bytes are stored, ${sent.sizeBytes} were sent`;
  return differentChecksum(stored, sent, isMultipart);
}

export function differentChecksum(
  { ChecksumCRC32: storedCrc }: StoreAnswer,
  sent: PartDigests,
  isMultipart: boolean,
): string | undefined {
  // A checksum of the whole object (FULL_OBJECT) is not of our asking, and not computed here.
  if (storedCrc === undefined || storedCrc.includes('-') !== isMultipart) return undefined;
  const sentCrc = isMultipart ? sent.compositeCrc32 : sent.singleCrc32;
  // Nor is any for a store of which none is asked.
  return sentCrc === undefined || storedCrc === sentCrc
    ? undefined
    : `its CRC-32 is ${storedCrc}, but ${sentCrc} was sent`;
}

/**
 * The failure when the answer does not confirm the encryption that was asked for. Some stores ignore it: Ceph 16 without
 * a key of its own for AES256.
 */
export function notEncrypted(
  { bucket, storing }: S3Connection,
  key: string,
  { ServerSideEncryption: done }: StoreAnswer,
): UserError | undefined {
  const asked = storing.ServerSideEncryption;
  if (asked === undefined || done === asked) return undefined;
  return new UserError(
    'UPLOAD_FAILED',
    `The S3 store does not encrypt s3://${bucket}/${key} with ${asked} as asked for.`,
    'Leave sse out and encrypt before it leaves the host (encrypt-recipients), or set the store up for it.',
  );
}

/**
 * Locks an object that came in parts once more: Ceph 16 ignores what was asked for at the beginning of its upload.
 * Where that was done already it changes nothing.
 */
export async function lockMultipart(
  { s3, bucket, patiently }: S3Connection,
  key: string,
  { ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate }: ReturnType<S3Connection['locking']>,
  answer: StoreAnswer | undefined,
): Promise<void> {
  if (Mode === undefined) return;
  const target = { Bucket: bucket, Key: key, VersionId: answer?.VersionId };
  await patiently(`Locking ${key}`, () =>
    s3.putObjectRetention({ ...target, Retention: { Mode, RetainUntilDate } }),
  );
}

/** When a small object is there already and these credentials may not look whose it is. */
export function unknownWriter(what: string, cause: unknown): UserError {
  return new UserError(
    'UPLOAD_FAILED',
    `${what} is there, and whether this run or another one has written it is not known: these credentials may not look.`,
    'Look with others: a manifest that is there is that of a good backup. The next backup goes on as usual.',
    { cause },
  );
}

/**
 * After a failure: removes the object if it came to be, and if it is `mark`'s. Never throws: the failure itself is
 * what counts.
 * @param surelyStored the store has confirmed it: then it is ours also when the store keeps no metadata.
 */
export async function removeOwnObject(
  connection: S3Connection,
  key: string,
  mark: string,
  surelyStored: boolean,
): Promise<void> {
  const { s3, bucket, log, patiently, explain } = connection;
  try {
    const writer = await patiently(`Checking ${key}`, () => writerAt(connection, key));
    if (writer !== mark && !(writer === '' && surelyStored)) return;
    await patiently(`Removing ${key}`, () => s3.deleteObject({ Bucket: bucket, Key: key }));
  } catch (error) {
    const reason = messageOf(explain(error, 'write', key));
    log.warning(`After its failed upload ${key} may be left in ${bucket}: ${reason}`);
  }
}

/** A part under way at the abort may still be stored afterwards: so it looks, and aborts again. Never throws. */
export async function abortParts(connection: S3Connection, key: string, uploadId: string): Promise<void> {
  const { s3, log, bucket, patiently, explain } = connection;
  const upload = { Bucket: bucket, Key: key, UploadId: uploadId };
  let reason = 'the store still lists them';
  try {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await patiently(`Aborting the upload of ${key}`, () => s3.abortMultipartUpload(upload));
      if (!(await partsRemain(connection, upload))) return;
      await sleep(attempt * 500);
    }
  } catch (error) {
    if (isMissing(error)) return;
    reason = messageOf(explain(error, 'write', key));
  }
  log.warning(`Parts of the failed upload of ${key} may be left in ${bucket}: ${reason}`);
}

/** Also false where the credentials do not allow to look. */
function partsRemain(
  { s3 }: S3Connection,
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<boolean> {
  return s3.listParts(upload).then(
    () => true,
    () => false,
  );
}
