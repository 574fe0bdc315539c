import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { Repository } from '../../src/repository/repository.js';
import { createS3Repository } from '../../src/repository/s3.js';
import { patternBytes } from './byte-source.js';
import { createMemoryRepository } from './memory-repository.js';
import { recordingLog } from './recording-log.js';
import type { S3Server } from './s3-server.js';

/** One empty place to store in, and a look behind it. */
export interface Place {
  repository: Repository;
  /** The keys of unfinished multipart uploads. */
  unfinishedUploads(): Promise<string[]>;
  /** What a crash in the middle of an upload leaves. */
  leaveUnfinishedUpload(key: string): Promise<void>;
}

/** A new bucket; the credentials are those of the environment. */
export async function s3Place(server: S3Server): Promise<Place> {
  const bucket = await server.createBucket();
  const repository = await createS3Repository({ bucket, endpoint: server.endpoint, log: recordingLog() });
  return {
    repository,
    unfinishedUploads: async () => (await server.listUploads(bucket)).map(({ Key }) => Key ?? ''),
    async leaveUnfinishedUpload(key) {
      const upload = { Bucket: bucket, Key: key };
      const { UploadId } = await server.client().send(new CreateMultipartUploadCommand(upload));
      const part = { ...upload, UploadId, PartNumber: 1, Body: patternBytes(10) };
      await server.client().send(new UploadPartCommand(part));
    },
  };
}

export function memoryPlace(): Promise<Place> {
  const repository = createMemoryRepository();
  return Promise.resolve({
    repository,
    unfinishedUploads: () => Promise.resolve([...repository.unfinishedUploads]),
    leaveUnfinishedUpload(key) {
      repository.unfinishedUploads.push(key);
      return Promise.resolve();
    },
  });
}
