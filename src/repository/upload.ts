import type { CompletedPart, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { UserError } from '../errors.js';
import { abortReason } from './abort-reason.js';
import type { S3Connection } from './connection.js';
import { FirstFailure } from '../first-failure.js';
import { bodyOf, Pace, signPayload } from './part-body.js';
import { PartDigests, type Integrity, type PartDigest } from './part-digests.js';
import { planParts, type PartPlan } from './part-size.js';
import { cutIntoParts, type Part } from './parts.js';
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
import { UploadSource } from './upload-source.js';
import { headObject, writerAt, writerMark, writerOf } from './writer-mark.js';

/** At a bounded rate more at once would only make each of them slower. */
const partsUnderWayWhenPaced = 2;

/**
 * One upload: the stream is cut into parts, each of which is sent as soon as it is whole, so that as many are under way
 * as the link is slower than the stream, up to what memory holds. (lib-storage's `Upload` copies every part once or
 * twice on its way.) The first failure stops everything else (a part that fails, the source, the signal), nothing is
 * completed before the source has ended, the key is looked at as late as possible, a lost answer is found out, and what
 * is stored is compared with what was read.
 */
export class StreamUpload {
  readonly #connection: S3Connection;
  readonly #key: string;
  readonly #failure = new FirstFailure();
  readonly #source: UploadSource;
  readonly #options: UploadOptions;
  readonly #plan: PartPlan;
  readonly #pace: Pace | undefined;
  readonly #digests: PartDigests;
  readonly #locking: ReturnType<S3Connection['locking']>;
  /** In the object's metadata: tells this upload's object from another run's. */
  readonly #mark = randomUUID();
  #progress: 'sending' | 'completing' | 'stored' = 'sending';
  #isMultipart = false;
  /** What the store said when the object came to be; undefined when that was lost on the way. */
  #answer: StoreAnswer | undefined;

  constructor(
    connection: S3Connection,
    key: string,
    source: AsyncIterable<Uint8Array>,
    options: UploadOptions & { integrity: Integrity },
  ) {
    this.#connection = connection;
    this.#key = key;
    this.#source = new UploadSource(source, this.#failure);
    this.#options = options;
    this.#plan = planParts(options.expectedSizeBytes, connection.maximumParts);
    this.#pace = options.bytesPerSecond === undefined ? undefined : new Pace(options.bytesPerSecond);
    this.#digests = new PartDigests(options.integrity);
    this.#locking = connection.locking();
  }

  /** See `Repository.upload`. */
  async run(): Promise<StoredObject> {
    const { signal } = this.#options;
    const onAbort = () => this.#failure.note(abortReason(signal));
    signal.addEventListener('abort', onAbort);
    try {
      if (signal.aborted) onAbort();
      this.#failure.throwIfAny();
      await this.#refuseTakenKey();
      await this.#send();
      this.#failure.throwIfAny();
      const stored = await this.#verify();
      this.#failure.throwIfAny();
      return stored;
    } catch (error) {
      this.#failure.note(this.#explain(error));
      this.#source.close();
      if (this.#progress !== 'sending') {
        await removeOwnObject(this.#connection, this.#key, this.#mark, this.#progress === 'stored');
      }
      await this.#source.closed();
      throw this.#failure.error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #send(): Promise<void> {
    const release = (chunk: Uint8Array) => this.#options.release?.(chunk);
    const parts = cutIntoParts(this.#source.read(), this.#plan.partSizeBytes, release);
    const first = await nextOf(parts);
    if (first?.bytes.length === this.#plan.partSizeBytes) await this.#sendInParts(first, parts);
    else await this.#sendWhole(first?.bytes ?? Buffer.alloc(0));
  }

  async #sendWhole(bytes: Uint8Array): Promise<void> {
    const { sdk, s3 } = this.#connection;
    const digest = await this.#digests.add(bytes);
    await this.#complete(`The upload of ${this.#key}`, () => {
      const command = new sdk.PutObjectCommand({
        ...this.#target,
        ...bodyOf(bytes, digest, this.#pace),
        IfNoneMatch: '*',
        ...this.#objectFields,
      });
      signPayload(command, digest);
      return s3.send(command);
    });
  }

  async #sendInParts(first: Part, rest: AsyncIterator<Part, void>): Promise<void> {
    const { sdk, s3 } = this.#connection;
    const uploadId = await this.#begin();
    try {
      this.#failure.throwIfAny();
      const Parts = await this.#sendParts(uploadId, first, rest);
      await this.#complete(`Completing ${this.#key}`, () =>
        s3.send(
          new sdk.CompleteMultipartUploadCommand({
            ...this.#target,
            UploadId: uploadId,
            MultipartUpload: { Parts },
            IfNoneMatch: '*',
          }),
        ),
      );
    } catch (error) {
      this.#failure.note(this.#explain(error));
      await abortParts(this.#connection, this.#key, uploadId);
      throw error;
    }
  }

  /** Not to be interrupted: an upload that began without our learning its id could not be aborted. */
  async #begin(): Promise<string> {
    const { sdk, s3 } = this.#connection;
    const answer = await s3.send(
      new sdk.CreateMultipartUploadCommand({
        ...this.#target,
        ...this.#objectFields,
        ...(this.#digests.integrity === 'crc32' && { ChecksumAlgorithm: 'CRC32' }),
      }),
    );
    const { UploadId: uploadId } = answer;
    if (uploadId === undefined) throw this.#noUploadId();
    this.#isMultipart = true;
    this.#options.onBegin?.(uploadId);
    const ignored = notEncrypted(this.#connection, this.#key, answer);
    // Not thrown here: what has begun is aborted first.
    if (ignored !== undefined) this.#failure.note(ignored);
    return uploadId;
  }

  async #sendParts(uploadId: string, first: Part, rest: AsyncIterator<Part, void>): Promise<CompletedPart[]> {
    const mostUnderWay = this.#pace === undefined ? this.#plan.partsInMemory : partsUnderWayWhenPaced;
    const underWay = new Set<Promise<void>>();
    const sent: CompletedPart[] = [];
    try {
      for (let part: Part | undefined = first; part !== undefined; part = await nextOf(rest)) {
        if (part.number > this.#connection.maximumParts) throw this.#tooLong();
        const digest = await this.#digests.add(part.bytes);
        const sending = this.#sendPart(uploadId, part, digest).then(
          (stored) => void (sent[part.number - 1] = stored),
          (error: unknown) => this.#failure.note(this.#explain(error)),
        );
        underWay.add(sending);
        void sending.then(() => underWay.delete(sending));
        // One place is kept free: for the part that is read meanwhile.
        while (underWay.size >= mostUnderWay) await Promise.race(underWay);
        this.#failure.throwIfAny();
      }
    } catch (error) {
      this.#failure.note(this.#explain(error));
    }
    await Promise.all(underWay);
    this.#failure.throwIfAny();
    return sent;
  }

  async #sendPart(uploadId: string, part: Part, digest: PartDigest): Promise<CompletedPart> {
    const { sdk, s3, patiently } = this.#connection;
    const abortSignal = this.#failure.signal;
    const send = () => {
      const command = new sdk.UploadPartCommand({
        ...this.#target,
        UploadId: uploadId,
        PartNumber: part.number,
        ...bodyOf(part.bytes, digest, this.#pace),
      });
      signPayload(command, digest);
      return s3.send(command, { abortSignal });
    };
    const { ETag, ChecksumCRC32 } = await patiently(`Part ${part.number} of ${this.#key}`, send, abortSignal);
    part.release();
    return { PartNumber: part.number, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) };
  }

  /** The request after which the object is there. It is not interrupted, so that its outcome is known. */
  async #complete(what: string, request: () => Promise<StoreAnswer>): Promise<void> {
    if (!this.#source.hasEnded)
      throw new TypeError('An upload was to be completed before its source had ended');
    // As late as possible: CompleteMultipartUpload of older stores (Ceph 16) ignores If-None-Match.
    await this.#refuseTakenKey();
    this.#failure.throwIfAny();
    this.#progress = 'completing';
    try {
      this.#answer = await this.#connection.patiently(what, request, this.#failure.signal);
    } catch (error) {
      // When an answer was lost, the repeated request finds the key taken, or no such upload.
      if ((await this.#writer().catch(() => undefined)) !== this.#mark) throw error;
    }
  }

  get #target() {
    return { Bucket: this.#connection.bucket, Key: this.#key };
  }

  get #objectFields() {
    return { Metadata: writerMark(this.#mark), ...this.#connection.storing, ...this.#locking };
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
   * exactly the parts that it was sent. Each part it has checked when it came, by its SHA-256; of the whole, AWS's
   * answer has the checksum.
   */
  async #look(): Promise<HeadObjectCommandOutput | undefined> {
    const { patiently } = this.#connection;
    const head = () => headObject(this.#connection, this.#key);
    return patiently(`Checking ${this.#key}`, head, this.#failure.signal).catch((error: unknown) => {
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

  #noUploadId(): UserError {
    return new UserError(
      'UPLOAD_FAILED',
      `The S3 store began an upload of ${this.#key} and did not say which.`,
      'Check s3-endpoint: it must be a store that speaks S3, and nothing in between may answer for it.',
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

async function nextOf<T>(iterator: AsyncIterator<T, void>): Promise<T | undefined> {
  const next = await iterator.next();
  return next.done === true ? undefined : next.value;
}
