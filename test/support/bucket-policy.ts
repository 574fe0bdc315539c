import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import type { S3Server } from './s3-server.js';

/** A bucket of a server, such as a `BackupPlace`. */
interface Place {
  bucket: string;
  host: { s3: Pick<S3Server, 'client'> };
}

/** Something that the store is to refuse. `keys` is a pattern as policies have it. */
export interface Refusal {
  /** Such as `s3:DeleteObject`. */
  action: string;
  keys: string;
}

/** Lets the store refuse this, and nothing else, from now on. */
export async function refuse({ bucket, host }: Place, ...refusals: readonly Refusal[]): Promise<void> {
  const Statement = refusals.map(({ action, keys }) => ({
    ...{ Effect: 'Deny', Principal: '*', Action: action },
    Resource: `arn:aws:s3:::${bucket}/${keys}`,
  }));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await host.s3.client().send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}
