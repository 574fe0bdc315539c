import type { PartPlan } from './part-size.js';

export type { PartPlan } from './part-size.js';

/** Where backups live. S3 is the one implementation; tests hold a memory one to the same contract. */
export interface Repository {
  /** For messages: `s3://bucket`. */
  readonly location: string;

  /**
   * Every object whose key starts with `prefix`, in key order, over as many pages as there are.
   * @param startAfter leave out keys up to and including this one.
   */
  list(prefix: string, startAfter?: string): Promise<StoredObject[]>;

  /** The "folders" directly below `prefix` (which ends with `/`): their names without slashes, in order. */
  listFolders(prefix: string): Promise<string[]>;

  /**
   * A small object, whole.
   * @throws UserError STORE_MISSING when there is none, MANIFEST_INVALID when it is not as `createIfAbsent` wrote it.
   */
  read(key: string): Promise<Buffer>;

  /** Puts a small object unless the key exists already (`If-None-Match: *`). False when it does. */
  createIfAbsent(key: string, body: string): Promise<boolean>;

  /**
   * Stores a stream of unknown length as one object, with bounded memory, and checks what the store has
   * against what was sent. When `source` throws, or `signal` aborts, nothing is left: no object, no parts.
   * The object appears only after `source` has ended, so a source may hold its end back until it is sure.
   * @throws UserError UPLOAD_FAILED, UPLOAD_DIFFERS, BACKUP_EXISTS (the key is taken), STORE_DENIED, …;
   *   what `source` threw is thrown as it is.
   */
  upload(key: string, source: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<StoredObject>;

  /**
   * How one upload will be cut when about `expectedSizeBytes` are to come. A stream that comes in chunks of exactly
   * `partSizeBytes` is sent without a copy.
   */
  planParts(expectedSizeBytes: number): PartPlan;

  /**
   * An object's bytes in order. A broken or stalled connection is resumed by range, as long as the object is
   * still the same (by the ETag of the first answer). Ends only after exactly `object.sizeBytes` bytes. A
   * chunk is gone when the next is asked for.
   * @throws UserError DOWNLOAD_FAILED, STORE_MISSING, LINK_CORRUPT (another size than expected).
   */
  download(object: ObjectReference, signal: AbortSignal): AsyncIterable<Uint8Array>;

  /**
   * Deletes one object; one that does not exist is fine.
   * @returns `hidden` where the bucket keeps versions: the object is no longer listed, and still stored.
   */
  remove(key: string): Promise<'removed' | 'hidden'>;

  /**
   * Aborts the unfinished uploads of exactly this key. Returns how many there were.
   * @param knownId the one to abort where these credentials may not ask which there are.
   */
  abortUploads(key: string, knownId?: string): Promise<number>;

  /**
   * Aborts unfinished uploads below `prefix` of which nobody can be at work: those that are known to be dead, and those
   * that began so long ago by the store's own clock. The known ones also where these credentials may not ask which there
   * are. Returns their keys.
   */
  abortDeadUploads(prefix: string, dead: DeadUploads): Promise<string[]>;
}

export interface DeadUploads {
  olderThanSeconds: number;
  known: readonly { key: string; uploadId: string }[];
}

export interface StoredObject {
  key: string;
  sizeBytes: number;
  /** As the store gives it, without quotes. */
  etag: string;
}

/** The object and the size that its manifest says. (A copied bucket may have other ETags.) */
export type ObjectReference = Pick<StoredObject, 'key' | 'sizeBytes'>;

export interface UploadOptions {
  /** An upper bound to choose the part size from. No more than `largestObjectBytes` of its plan can be stored. */
  expectedSizeBytes: number;
  signal: AbortSignal;
  /** Told each chunk of the source whose memory may be used again. */
  release?: (chunk: Uint8Array) => void;
  /** Never send faster. Absent: no bound. */
  bytesPerSecond?: number | undefined;
  /** Told the id of a multipart upload, which then has to be aborted if this process is killed. */
  onBegin?: (uploadId: string) => void;
}
