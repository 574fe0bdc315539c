import type {
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { createHash, randomUUID } from 'node:crypto';
import { UserError } from '../errors.js';
import { connect, type S3Connection, type S3Settings } from './connection.js';
import { contentMark, isAsWritten } from './content-mark.js';
import { downloadObject } from './download.js';
import type { Integrity } from './part-digests.js';
import { partIntegrity } from './part-integrity.js';
import { planParts, type PartPlan } from './part-size.js';
import type { DeadUploads, ObjectReference, Repository, StoredObject, UploadOptions } from './repository.js';
import {
  isConditionalConflict,
  isForbidden,
  isMissing,
  isPassing,
  isPreconditionFailed,
} from './store-errors.js';
import { StreamUpload } from './upload.js';
import { unknownWriter } from './upload-outcome.js';
import { writerAt, writerMark } from './writer-mark.js';

export type { S3Settings } from './connection.js';

/** Backups in an S3 bucket, of AWS or any store that speaks S3. Nothing is sent yet. */
export async function createS3Repository(settings: S3Settings): Promise<Repository> {
  return new S3Repository(await connect(settings));
}

/** How often a small object is read that does not arrive as it was written. */
const readings = 3;

interface UnfinishedUpload {
  key: string;
  uploadId: string;
  /** By the store's clock. */
  initiated?: Date | undefined;
}

class S3Repository implements Repository {
  readonly #connection: S3Connection;
  /** Asked for once. */
  #partIntegrity: Promise<Integrity> | undefined;
  readonly location: string;

  constructor(connection: S3Connection) {
    this.#connection = connection;
    this.location = `s3://${connection.bucket}`;
  }

  planParts(expectedSizeBytes: number): PartPlan {
    return planParts(expectedSizeBytes, this.#connection.maximumParts);
  }

  async list(prefix: string, startAfter?: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    const query = { Prefix: prefix, ...(startAfter !== undefined && { StartAfter: startAfter }) };
    for await (const page of this.#pages(query)) {
      for (const { Key, Size, ETag = '' } of page.Contents ?? []) {
        if (Key !== undefined) found.push({ key: Key, sizeBytes: Size ?? 0, etag: ETag.replaceAll('"', '') });
      }
    }
    return found;
  }

  async listFolders(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const page of this.#pages({ Prefix: prefix, Delimiter: '/' })) {
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        if (Prefix !== undefined) names.push(Prefix.slice(prefix.length, -1));
      }
    }
    return names;
  }

  async read(key: string): Promise<Buffer> {
    const { s3, bucket, patiently, explain } = this.#connection;
    try {
      for (let reading = 1; reading <= readings; reading += 1) {
        const { bytes, metadata } = await patiently(`Reading ${key}`, async () => {
          const { Body, Metadata } = await s3.getObject({ Bucket: bucket, Key: key });
          const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
          return { bytes, metadata: Metadata };
        });
        if (isAsWritten(bytes, metadata)) return bytes;
      }
      throw this.#damaged(key);
    } catch (error) {
      throw explain(error, 'read', key);
    }
  }

  async createIfAbsent(key: string, body: string): Promise<boolean> {
    const { s3, bucket, integrity, storing, locking, explain } = this.#connection;
    // Ceph 16 ignores If-None-Match in a bucket with versions: this makes the gap as small as it can be.
    if (await this.#isTaken(key)) return false;
    const mark = randomUUID();
    const bytes = Buffer.from(body);
    const request = {
      Bucket: bucket,
      Key: key,
      Body: bytes,
      ContentLength: bytes.length,
      IfNoneMatch: '*',
      Metadata: { ...writerMark(mark), ...contentMark(bytes) },
      ...(integrity === 'md5' && { ContentMD5: createHash('md5').update(bytes).digest('base64') }),
      ...storing,
      ...locking(),
    };
    const backOff = this.#connection.backOff();
    for (;;) {
      try {
        await s3.putObject(request);
        return true;
      } catch (error) {
        // When the answer to the first attempt was lost, the repeated one finds our own object.
        if (isPreconditionFailed(error)) return await this.#isWrittenBy(mark, key);
        const mayPass = isPassing(error) || isConditionalConflict(error);
        if (!mayPass || !(await backOff.pause())) throw explain(error, 'write', key);
      }
    }
  }

  /** False also where these credentials may not look. */
  async #isTaken(key: string): Promise<boolean> {
    const { patiently, explain } = this.#connection;
    try {
      return (await patiently(`Looking for ${key}`, () => writerAt(this.#connection, key))) !== undefined;
    } catch (error) {
      if (isForbidden(error)) return false;
      throw explain(error, 'write', key);
    }
  }

  async #isWrittenBy(mark: string, key: string): Promise<boolean> {
    const { bucket, patiently, explain } = this.#connection;
    try {
      return (await patiently(`Checking ${key}`, () => writerAt(this.#connection, key))) === mark;
    } catch (error) {
      throw isForbidden(error) ? unknownWriter(`s3://${bucket}/${key}`, error) : explain(error, 'write', key);
    }
  }

  async upload(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options: UploadOptions,
  ): Promise<StoredObject> {
    this.#partIntegrity ??= partIntegrity(this.#connection);
    const integrity = await this.#partIntegrity;
    return new StreamUpload(this.#connection, key, source, { ...options, integrity }).run();
  }

  download(object: ObjectReference, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return downloadObject(this.#connection, object, signal);
  }

  async remove(key: string): Promise<'removed' | 'hidden'> {
    const { s3, bucket, explain } = this.#connection;
    try {
      const { DeleteMarker } = await s3.deleteObject({ Bucket: bucket, Key: key });
      return DeleteMarker === true ? 'hidden' : 'removed';
    } catch (error) {
      throw explain(error, 'write', key);
    }
  }

  async abortUploads(key: string, knownId?: string): Promise<number> {
    const { explain } = this.#connection;
    try {
      const uploads = await this.#unfinishedUploads(key).catch((error: unknown) => {
        if (knownId !== undefined && isForbidden(error)) return [{ key, uploadId: knownId }];
        throw error;
      });
      // The prefix also finds keys that only begin like this one.
      const own = uploads.filter((upload) => upload.key === key);
      for (const upload of own) await this.#abortUpload(upload);
      return own.length;
    } catch (error) {
      throw explain(error, 'write', key);
    }
  }

  async abortDeadUploads(prefix: string, { olderThanSeconds, known }: DeadUploads): Promise<string[]> {
    const { s3, explain } = this.#connection;
    try {
      const uploads = await this.#unfinishedUploads(prefix).catch((error: unknown) => {
        if (isForbidden(error)) return known;
        throw error;
      });
      // The SDK keeps the difference between the clocks as soon as it is more than the five minutes that it minds.
      const bornBefore = Date.now() + s3.config.systemClockOffset - olderThanSeconds * 1000;
      const knownIds = new Set(known.map(({ uploadId }) => uploadId));
      const dead = uploads.filter(
        (upload: UnfinishedUpload) =>
          knownIds.has(upload.uploadId) || (upload.initiated?.getTime() ?? Infinity) <= bornBefore,
      );
      for (const upload of dead) await this.#abortUpload(upload);
      return dead.map(({ key }) => key);
    } catch (error) {
      throw explain(error, 'write', prefix);
    }
  }

  async #abortUpload({ key, uploadId }: UnfinishedUpload): Promise<void> {
    const { s3, bucket } = this.#connection;
    await s3
      .abortMultipartUpload({ Bucket: bucket, Key: key, UploadId: uploadId })
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }

  async #unfinishedUploads(prefix: string): Promise<UnfinishedUpload[]> {
    const { s3, bucket } = this.#connection;
    const uploads: UnfinishedUpload[] = [];
    let from: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
    while (from !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await s3.listMultipartUploads({
        Bucket: bucket,
        Prefix: prefix,
        ...from,
      });
      for (const { Key: key, UploadId: uploadId, Initiated: initiated } of page.Uploads ?? []) {
        if (key !== undefined && uploadId !== undefined) uploads.push({ key, uploadId, initiated });
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      from =
        IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
    }
    return uploads;
  }

  async *#pages(
    query: Omit<ListObjectsV2CommandInput, 'Bucket'>,
  ): AsyncGenerator<ListObjectsV2CommandOutput, void> {
    const { s3, bucket, explain } = this.#connection;
    let token: string | undefined;
    do {
      try {
        const page: ListObjectsV2CommandOutput = await s3.listObjectsV2({
          Bucket: bucket,
          ...query,
          ...(token !== undefined && { ContinuationToken: token }),
        });
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
        if (page.IsTruncated === undefined || (page.IsTruncated && token === undefined)) throw this.#noList();
        yield page;
      } catch (error) {
        throw explain(error, 'read', query.Prefix);
      }
    } while (token !== undefined);
  }

  /** An empty answer, or that of something else than a store, must never be taken for an empty bucket. */
  #noList(): UserError {
    return new UserError(
      'DOWNLOAD_FAILED',
      `What answers for ${this.location} sent no complete list of its objects.`,
      'Check s3-endpoint: it must be a store that speaks S3, and nothing in between may answer for it.',
    );
  }

  #damaged(key: string): UserError {
    return new UserError(
      'MANIFEST_INVALID',
      `${this.location}/${key} does not arrive as it was written: its SHA-256 differs.`,
      'It was damaged in the store or on the way. Look into the log of the store, and check the connection to it.',
    );
  }
}
