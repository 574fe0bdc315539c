import type {
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { createHash, randomUUID } from 'node:crypto';
import { connect, type S3Connection, type S3Settings } from './connection.js';
import { downloadObject } from './download.js';
import { largestObjectBytes } from './part-size.js';
import type { ObjectReference, Repository, StoredKey, StoredObject, UploadOptions } from './repository.js';
import { isConditionalConflict, isMissing, isPassing, isPreconditionFailed } from './store-errors.js';
import { StreamUpload } from './upload.js';
import { writerAt, writerMark } from './writer-mark.js';

export type { S3Settings } from './connection.js';

/** Backups in an S3 bucket, of AWS or any store that speaks S3. Nothing is sent yet. */
export async function createS3Repository(settings: S3Settings): Promise<Repository> {
  return new S3Repository(await connect(settings));
}

class S3Repository implements Repository {
  readonly #connection: S3Connection;
  readonly location: string;

  constructor(connection: S3Connection) {
    this.#connection = connection;
    this.location = `s3://${connection.bucket}`;
  }

  largestObjectBytes(expectedSizeBytes: number): number {
    return largestObjectBytes(expectedSizeBytes, this.#connection.maximumParts);
  }

  async list(prefix: string, startAfter?: string): Promise<StoredKey[]> {
    const found: StoredKey[] = [];
    const query = { Prefix: prefix, ...(startAfter !== undefined && { StartAfter: startAfter }) };
    for await (const page of this.#pages(query)) {
      for (const { Key, Size } of page.Contents ?? []) {
        if (Key !== undefined) found.push({ key: Key, sizeBytes: Size ?? 0 });
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
      return await patiently(`Reading ${key}`, async () => {
        const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      });
    } catch (error) {
      throw explain(error, 'read', key);
    }
  }

  async createIfAbsent(key: string, body: string): Promise<boolean> {
    const { s3, bucket, integrity, storing, explain } = this.#connection;
    const mark = randomUUID();
    const bytes = Buffer.from(body);
    const request = {
      Bucket: bucket,
      Key: key,
      Body: bytes,
      ContentLength: bytes.length,
      IfNoneMatch: '*',
      Metadata: writerMark(mark),
      ...(integrity === 'md5' && { ContentMD5: createHash('md5').update(bytes).digest('base64') }),
      ...storing,
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

  async #isWrittenBy(mark: string, key: string): Promise<boolean> {
    const { patiently, explain } = this.#connection;
    try {
      return (await patiently(`Checking ${key}`, () => writerAt(this.#connection, key))) === mark;
    } catch (error) {
      throw explain(error, 'write', key);
    }
  }

  upload(key: string, source: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<StoredObject> {
    return new StreamUpload(this.#connection, key, options).run(source);
  }

  download(object: ObjectReference, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return downloadObject(this.#connection, object, signal);
  }

  async remove(key: string): Promise<void> {
    const { s3, bucket, explain } = this.#connection;
    try {
      await s3.deleteObject({ Bucket: bucket, Key: key });
    } catch (error) {
      throw explain(error, 'write', key);
    }
  }

  async abortUploads(key: string): Promise<number> {
    const { s3, bucket, explain } = this.#connection;
    try {
      const uploadIds = await this.#unfinishedUploads(key);
      for (const UploadId of uploadIds) {
        await s3.abortMultipartUpload({ Bucket: bucket, Key: key, UploadId }).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
      }
      return uploadIds.length;
    } catch (error) {
      throw explain(error, 'write', key);
    }
  }

  /** Their ids. The prefix also finds keys that only begin like this one. */
  async #unfinishedUploads(key: string): Promise<string[]> {
    const { s3, bucket } = this.#connection;
    const ids: string[] = [];
    let from: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
    while (from !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await s3.listMultipartUploads({
        Bucket: bucket,
        Prefix: key,
        ...from,
      });
      for (const { Key, UploadId } of page.Uploads ?? []) {
        if (Key === key && UploadId !== undefined) ids.push(UploadId);
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      from =
        IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
    }
    return ids;
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
        yield page;
      } catch (error) {
        throw explain(error, 'read', query.Prefix);
      }
    } while (token !== undefined);
  }
}
