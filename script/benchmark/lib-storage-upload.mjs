/**
 * A program: sends its standard input to S3 as one would write it with the SDK, by the plain `Upload` of
 * @aws-sdk/lib-storage. Usage: lib-storage-upload.mjs BUCKET KEY, with the server in S3_ENDPOINT and the keys in AWS_….
 */
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import process from 'node:process';

const [Bucket, Key] = process.argv.slice(2);
const client = new S3Client({
  endpoint: process.env.S3_ENDPOINT,
  region: 'us-east-1',
  forcePathStyle: true,
});
const upload = new Upload({
  client,
  params: { Bucket, Key, Body: process.stdin },
  partSize: 8 * 1024 * 1024,
  queueSize: 4,
});
await upload.done();
