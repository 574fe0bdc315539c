import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { S3Connection } from './connection.js';
import { isMissing } from './store-errors.js';

/**
 * User metadata that says which request stored an object. Every S3 store keeps it, so it can tell the own object
 * from another run's, also after an answer was lost.
 */
const name = 'xbackup-writer';

export function writerMark(mark: string): Record<string, string> {
  return { [name]: mark };
}

/** Whose object it is; empty when something else than this code stored it. */
export function writerOf(head: HeadObjectCommandOutput): string {
  return head.Metadata?.[name] ?? '';
}

export function headObject(connection: S3Connection, key: string): Promise<HeadObjectCommandOutput> {
  const { s3, bucket, integrity } = connection;
  return s3.headObject({
    Bucket: bucket,
    Key: key,
    ...(integrity === 'crc32' && { ChecksumMode: 'ENABLED' }),
  });
}

/** Whose object is at the key (see `writerOf`); undefined when there is none. */
export async function writerAt(connection: S3Connection, key: string): Promise<string | undefined> {
  try {
    return writerOf(await headObject(connection, key));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
