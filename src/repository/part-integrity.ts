import type { S3Connection } from './connection.js';
import type { Integrity } from './part-digests.js';
import { isMissing } from './store-errors.js';

/**
 * What the parts of a backup are sent with. What is locked needs a Content-MD5 on many stores, and a bucket may lock
 * whatever it gets; where it surely does not, the signature alone does for half the CPU time.
 */
export async function partIntegrity({ integrity, s3, bucket, locking }: S3Connection): Promise<Integrity> {
  if (integrity !== 'md5' || locking().ObjectLockMode !== undefined) return integrity;
  try {
    await s3.getObjectLockConfiguration({ Bucket: bucket });
    return 'md5';
  } catch (error) {
    // Others are not allowed to ask, or the store does not know of locks.
    return isMissing(error) ? 'signature' : 'md5';
  }
}
