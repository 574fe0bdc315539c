import type {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommandOutput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { abortReason } from './abort-reason.js';
import type { S3Connection } from './connection.js';
import { PartDigests } from './part-digests.js';
import { choosePartSize, type PartPlan } from './part-size.js';
import type { StoredObject, UploadOptions } from './repository.js';
import { isForbidden } from './store-errors.js';
import {
  abortParts,
  differenceOf,
  differentChecksum,
  lockMultipart,
  removeOwnObject,
  notEncrypted,
  type StoreAnswer,
} from './upload-outcome.js';
import { headObject, writerAt, writerMark, writerOf } from './writer-mark.js';

/** How long a source may take to close after a failure. Programs that ignore SIGINT take 3 s. */
const closeSourceSeconds = 5;

/**
 * One upload by lib-storage's `Upload`, which cuts the stream into parts and sends them. Here is what that
 * leaves open: the first failure stops everything else (a part that fails, the source, the signal), nothing is
 * completed before the source has ended, the key is looked at as late as possible, a lost answer is found out,
 * and what is stored is compared with what was read.
 */
export class StreamUpload {
  readonly #connection: S3Connection;
  readonly #key: string;
  readonly #options: UploadOptions;
  readonly #plan: PartPlan;
  readonly #digests: PartDigests;
  readonly #locking: ReturnType<S3Connection['locking']>;
  /** In the object's metadata: tells this upload's object from another run's. */
  readonly #mark = randomUUID();
  readonly #stop = new AbortController();
  #failure: { error: unknown } | undefined;
  #source: 'open' | 'ended' | 'failed' = 'open';
  #sourceClosed: Promise<unknown> = Promise.resolve();
  #progress: 'sending' | 'completing' | 'stored' = 'sending';
  #isMultipart = false;
  /** What the store said when the object came to be; undefined when that was lost on the way. */
  #answer: StoreAnswer | undefined;

  constructor(connection: S3Connection, key: string, options: UploadOptions) {
    this.#connection = connection;
    this.#key = key;
    this.#options = options;
    this.#plan = choosePartSize(options.expectedSizeBytes, connection.maximumParts);
    this.#digests = new PartDigests(this.#plan.partSizeBytes, connection.integrity === 'md5');
    this.#locking = connection.locking();
  }

  /** See `Repository.upload`. */
  async run(source: AsyncIterable<Uint8Array>): Promise<StoredObject> {
    const { signal } = this.#options;
    const onAbort = () => this.#fail(abortReason(signal));
    signal.addEventListener('abort', onAbort);
    const iterator = source[Symbol.asyncIterator]();
    try {
      if (signal.aborted) onAbort();
      this.#throwIfFailed();
      await this.#refuseTakenKey();
      await this.#send(iterator);
      const stored = await this.#verify();
      this.#throwIfFailed();
      return stored;
    } catch (error) {
      this.#fail(this.#explain(error));
      if (this.#source === 'open') this.#closeSource(iterator);
      if (this.#progress !== 'sending') {
        await removeOwnObject(this.#connection, this.#key, this.#mark, this.#progress === 'stored');
      }
      await Promise.race([this.#sourceClosed, sleep(closeSourceSeconds * 1000, undefined, { ref: false })]);
      throw this.#failure?.error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #send(iterator: AsyncIterator<Uint8Array>): Promise<void> {
    const { Upload } = await import('@aws-sdk/lib-storage');
    const upload = new Upload({
      client: this.#client(),
      params: {
        Bucket: this.#connection.bucket,
        Key: this.#key,
        Body: Readable.from(this.#read(iterator), { highWaterMark: 1 }),
        IfNoneMatch: '*',
        Metadata: writerMark(this.#mark),
        ...this.#connection.storing,
        ...this.#locking,
      },
      partSize: this.#plan.partSizeBytes,
      queueSize: this.#plan.queueSize,
      leavePartsOnError: false,
    });
    await upload.done();
    this.#throwIfFailed();
  }

  /** The source, digested. The first failure elsewhere ends it, even while it waits for data. */
  async *#read(iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const next = await this.#nextUnlessStopped(iterator);
      if (next.done === true) break;
      this.#digests.add(next.value);
      yield next.value;
    }
    this.#digests.end();
    this.#source = 'ended';
  }

  /** The client as `Upload` sees it. Each of its requests comes by here. */
  #client(): S3Client {
    const { sdk, s3 } = this.#connection;
    const send = async (command: unknown): Promise<unknown> => {
      if (command instanceof sdk.AbortMultipartUploadCommand) {
        return abortParts(this.#connection, this.#key, command);
      }
      try {
        this.#throwIfFailed();
        if (command instanceof sdk.UploadPartCommand) return await this.#sendPart(command);
        if (command instanceof sdk.PutObjectCommand) return await this.#complete(command);
        if (command instanceof sdk.CompleteMultipartUploadCommand) return await this.#complete(command);
        if (command instanceof sdk.CreateMultipartUploadCommand) return await this.#begin(command);
        throw new TypeError('Upload sends a request that is not known here');
      } catch (error) {
        this.#fail(this.#explain(error));
        throw error;
      }
    };
    return Object.assign(Object.create(s3) as S3Client, { send: send as S3Client['send'] });
  }

  /** Not to be interrupted: an upload that began without our learning its id could not be aborted. */
  async #begin(command: CreateMultipartUploadCommand): Promise<unknown> {
    const answer = await this.#connection.s3.send(command);
    if (answer.UploadId !== undefined) this.#options.onBegin?.(answer.UploadId);
    const ignored = notEncrypted(this.#connection, this.#key, answer);
    // Not thrown here: only with the answer `Upload` can abort what has begun.
    if (ignored !== undefined) this.#fail(ignored);
    return answer;
  }

  async #sendPart(command: UploadPartCommand): Promise<unknown> {
    const { PartNumber: partNumber = 0 } = command.input;
    if (partNumber > this.#connection.maximumParts) throw this.#tooLong();
    this.#isMultipart = true;
    this.#addMd5(command, partNumber);
    const abortSignal = this.#stop.signal;
    return this.#connection.patiently(
      `Part ${partNumber} of ${this.#key}`,
      () => this.#connection.s3.send(command, { abortSignal }),
      abortSignal,
    );
  }

  /** The request after which the object is there. It is not interrupted, so that its outcome is known. */
  async #complete(command: PutObjectCommand | CompleteMultipartUploadCommand): Promise<unknown> {
    const { sdk, s3, patiently } = this.#connection;
    if (this.#source !== 'ended')
      throw new TypeError('An upload was to be completed before its source had ended');
    // As late as possible: CompleteMultipartUpload of older stores (Ceph 16) ignores If-None-Match.
    await this.#refuseTakenKey();
    this.#throwIfFailed();
    this.#progress = 'completing';
    try {
      if (command instanceof sdk.PutObjectCommand) {
        this.#addMd5(command, 1);
        this.#answer = await patiently(
          `The upload of ${this.#key}`,
          () => s3.send(command),
          this.#stop.signal,
        );
      } else {
        this.#answer = await patiently(`Completing ${this.#key}`, () => s3.send(command), this.#stop.signal);
      }
      return this.#answer;
    } catch (error) {
      // When an answer was lost, the repeated request finds the key taken, or no such upload.
      if ((await this.#writer().catch(() => undefined)) === this.#mark) return {};
      throw error;
    }
  }

  #addMd5(command: PutObjectCommand | UploadPartCommand, partNumber: number): void {
    const md5 = this.#digests.md5(partNumber);
    if (md5 !== undefined) command.input.ContentMD5 = md5;
  }

  /** Compares what the store has with what was read. */
  async #verify(): Promise<StoredObject> {
    this.#progress = 'stored';
    const head = await this.#look();
    const writer = head === undefined ? this.#mark : writerOf(head);
    if (writer !== '' && writer !== this.#mark) throw this.#taken();
    const difference = head
      ? differenceOf(head, this.#digests, this.#isMultipart)
      : differentChecksum(this.#answer ?? {}, this.#digests, this.#isMultipart);
    if (difference !== undefined) throw this.#differs(difference);
    // Of an upload in parts it is known since its beginning.
    const answer = this.#answer ?? head ?? {};
    const ignored = this.#isMultipart ? undefined : notEncrypted(this.#connection, this.#key, answer);
    if (ignored !== undefined) throw ignored;
    await lockMultipart(this.#connection, this.#key, this.#isMultipart ? this.#locking : {}, this.#answer);
    const etag = (head ?? this.#answer)?.ETag ?? '';
    return { key: this.#key, sizeBytes: this.#digests.sizeBytes, etag: etag.replaceAll('"', '') };
  }

  /**
   * Undefined where these credentials may not look. What is proven then: the store has confirmed the object, made of
   * exactly the parts that it was sent. Each part it has checked when it came, by its CRC-32 or MD5; of the whole, AWS's
   * answer has the checksum.
   */
  async #look(): Promise<HeadObjectCommandOutput | undefined> {
    const { patiently } = this.#connection;
    const head = () => headObject(this.#connection, this.#key);
    return patiently(`Checking ${this.#key}`, head, this.#stop.signal).catch((error: unknown) => {
      if (isForbidden(error) && this.#answer !== undefined) return undefined;
      throw error;
    });
  }

  /** Where these credentials may not look, If-None-Match has to do. */
  async #refuseTakenKey(): Promise<void> {
    const writer = await this.#writer().catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
    });
    if (writer !== undefined) throw this.#taken();
  }

  #writer(): Promise<string | undefined> {
    return writerAt(this.#connection, this.#key);
  }

  #closeSource(iterator: AsyncIterator<Uint8Array>): void {
    this.#sourceClosed = Promise.resolve(iterator.return?.()).catch(() => undefined);
  }

  /** Only the first failure counts: those after it are its consequences. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #nextUnlessStopped(
    iterator: AsyncIterator<Uint8Array>,
  ): Promise<IteratorResult<Uint8Array, unknown>> {
    const { signal } = this.#stop;
    let onStop = () => {};
    // A listener for each read, since a promise for the whole upload would keep something of every race.
    const stopped = new Promise<undefined>((resolve) => {
      onStop = () => resolve(undefined);
      signal.addEventListener('abort', onStop);
    });
    try {
      this.#throwIfFailed();
      const next = await Promise.race([this.#nextOf(iterator), stopped]);
      if (next === undefined) throw this.#failure?.error;
      return next;
    } finally {
      signal.removeEventListener('abort', onStop);
    }
  }

  /** What the source throws comes out of the upload as it is. */
  async #nextOf(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await iterator.next();
    } catch (error) {
      this.#source = 'failed';
      this.#fail(error);
      throw error;
    }
  }

  #explain(error: unknown): unknown {
    return this.#connection.explain(error, 'write', this.#key);
  }

  #taken(): unknown {
    return this.#explain(Object.assign(new Error(), { name: 'PreconditionFailed' }));
  }

  #differs(how: string): UserError {
    return new UserError(
      'UPLOAD_DIFFERS',
      `s3://${this.#connection.bucket}/${this.#key} is not what was sent: ${how}.`,
      'The object was removed. Run the backup again; if it stays, something between here and the store changes data.',
    );
  }

  #tooLong(): UserError {
    const { maximumParts } = this.#connection;
    return new UserError(
      'UPLOAD_FAILED',
      `More than ${this.#plan.partSizeBytes * maximumParts} bytes do not fit into ${maximumParts} parts.`,
      'Is max-parts what the store takes?',
    );
  }
}
