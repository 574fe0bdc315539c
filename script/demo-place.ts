import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { writeFileSync } from 'node:fs';
import { runS3Server } from '../test/support/s3-server.js';
import { ThrowawayPlace } from './throwaway-place.js';

/** What the servers, two copies of the data and the objects in memory take, with room to spare. */
const neededBytes = 2 * 1024 ** 3;

/** The S3 server of the demo, as the actions need to know it. */
export interface Store {
  bucket: string;
  endpoint: string;
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
}

/** The directory that holds all that the demo makes. */
export class DemoPlace extends ThrowawayPlace {
  constructor() {
    super('demo');
    // script/demo --stop removes only a directory that has this.
    writeFileSync(this.path('.xbackup-demo'), '');
  }

  /** @throws Error when the filesystem has too little space. */
  requireSpace(): Promise<void> {
    return this.requireSpaceOf(neededBytes);
  }

  /** Starts an S3 server that keeps its objects in memory, and makes a bucket. */
  async startStore(): Promise<Store> {
    const { endpoint, accessKeyId, secretAccessKey } = await runS3Server(this.path('s3'));
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const bucket = 'backups';
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return { bucket, endpoint, credentials };
  }
}
