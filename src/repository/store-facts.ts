import type { UserError } from '../errors.js';

/** What a store answered to one question: what was asked for, or why there is no such answer. */
export type Answer<T> = { value: T } | { error: UserError };

/** What a bucket can do, and how it is set up, found out by trying and asking. Undefined: it was not asked. */
export interface StoreFacts {
  bucket: string;
  /** What all keys of the server start with. Ends with `/`. */
  prefix: string;
  endpoint: string | undefined;
  region: string | undefined;
  /** Where the bucket is, when the store says so. */
  bucketRegion: string | undefined;
  listing: Answer<true>;
  writing?: Answer<true>;
  /** A second write to the same key with `If-None-Match: *`. */
  writingTwice?: Answer<'refused' | 'accepted'>;
  /** Is what was written read back? */
  reading?: Answer<'same' | 'other' | 'missing'>;
  /** Did the store encrypt what was written, as it was asked to? Undefined: it was not. */
  sse?: 'done' | 'ignored';
  multipart?: Answer<true>;
  aborting?: Answer<true>;
  removing?: Answer<true>;
  versioning?: Answer<'on' | 'suspended' | 'off' | 'unsupported'>;
  objectLock?: Answer<ObjectLock | 'off' | 'unsupported'>;
  lifecycle?: Answer<LifecycleRule[] | 'unsupported'>;
  /** Are there rules of any kind? Whoever adds one has to repeat them, and this setting beside them. */
  hasLifecycleRules?: boolean;
  transitionMinimum?: string;
  /** The algorithm with which the bucket encrypts by itself. */
  encryption?: Answer<{ algorithm: string } | 'off' | 'unsupported'>;
  /** How far this host's clock is before the store's; negative when it is behind. To a second or so. */
  clockAheadSeconds?: number;
}

export interface ObjectLock {
  /** How long each new object is kept; undefined when the bucket locks none by itself. */
  retention: { mode: string; days: number } | undefined;
}

/** An enabled lifecycle rule that applies to objects without tags. */
export interface LifecycleRule {
  id: string;
  prefix: string;
  /** Current versions are removed after so many days, or at a date. */
  expires?: string;
  /** Moved to a storage class from which it cannot be read at once. */
  archives?: { storageClass: string; after: string };
  abortsUploadsAfterDays?: number;
}
