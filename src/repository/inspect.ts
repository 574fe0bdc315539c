import type { S3 } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { probeKey, serverPrefix } from '../chain/layout.js';
import { UserError } from '../errors.js';
import type { ServerPlace } from './catalog.js';
import { connect, type S3Connection, type S3Settings } from './connection.js';
import { ruleOf } from './lifecycle-rule.js';
import {
  isAccessDenied,
  isForbidden,
  isMissing,
  isPreconditionFailed,
  isUnsupported,
} from './store-errors.js';
import type { Answer, StoreFacts } from './store-facts.js';

/** The probe is always the same: two checks at once do not disturb each other. */
const probeBody = Buffer.from('{"purpose":"xbackup check: this can be removed at any time"}\n');

/**
 * Tries in a bucket what backups and restores do, with one small object that no backup can be taken for, and asks
 * how the bucket is set up. A store that refuses something is a fact and no error.
 * @throws what is no answer of the store, such as an abort of `settings.signal`.
 */
export async function inspectStore(settings: S3Settings, place: ServerPlace): Promise<StoreFacts> {
  return new Inspection(await connect(settings), settings, place).run();
}

interface Target {
  Bucket: string;
  Key: string;
}

class Inspection {
  readonly #connection: S3Connection;
  readonly #s3: S3;
  readonly #signal: AbortSignal | undefined;
  readonly #place: ServerPlace;
  readonly #facts: StoreFacts;

  constructor(connection: S3Connection, settings: S3Settings, place: ServerPlace) {
    this.#connection = connection;
    this.#s3 = connection.s3;
    this.#signal = settings.signal;
    this.#place = place;
    this.#facts = {
      bucket: connection.bucket,
      prefix: serverPrefix(place.prefix, place.server),
      endpoint: settings.endpoint,
      region: settings.region,
      bucketRegion: undefined,
      listing: { value: true },
    };
    this.#lookAtHeaders();
  }

  async run(): Promise<StoreFacts> {
    const facts = this.#facts;
    const { bucket: Bucket, prefix: Prefix } = facts;
    facts.listing = await this.#ask('read', Prefix, async () => {
      await this.#s3.listObjectsV2({ Bucket, Prefix, MaxKeys: 1 });
      return true as const;
    });
    // Without a bucket, a connection or valid credentials every other answer would be the same.
    if ('error' in facts.listing && !isAccessDenied(facts.listing.error)) return facts;
    await this.#tryObject();
    if (facts.writing === undefined || 'value' in facts.writing) await this.#tryUpload();
    await this.#askSettings();
    return facts;
  }

  async #tryObject(): Promise<void> {
    const facts = this.#facts;
    const Key = probeKey(this.#place.prefix, this.#place.server, 'probe');
    const target = { Bucket: facts.bucket, Key };
    this.#signal?.throwIfAborted();
    facts.writing = await this.#try('write', Key, async () => {
      // An earlier probe stays where nothing can be removed. It may be that it cannot be written over either.
      if ((await this.#putIfAbsent(target)) === 'refused') {
        await this.#put(target).catch((error: unknown) => {
          if (!isForbidden(error)) throw error;
        });
      }
      return true as const;
    });
    if ('error' in facts.writing) return;
    try {
      await this.#tryStored(target);
    } finally {
      // After an abort, too.
      facts.removing = await this.#try('write', Key, async () => {
        await this.#s3.deleteObject(target);
        return true as const;
      });
    }
  }

  async #tryStored(target: Target): Promise<void> {
    const { Key } = target;
    this.#facts.writingTwice = await this.#ask('write', Key, async () => {
      const first = await this.#putIfAbsent(target);
      // Another check may just have removed the probe: one refusal of two is enough.
      return first === 'refused' ? first : await this.#putIfAbsent(target);
    });
    this.#facts.reading = await this.#ask('read', Key, async () => {
      try {
        const { Body } = await this.#s3.getObject(target);
        const read = Buffer.from((await Body?.transformToByteArray()) ?? []);
        return read.equals(probeBody) ? 'same' : 'other';
      } catch (error) {
        if (isMissing(error)) return 'missing';
        throw error;
      }
    });
  }

  async #putIfAbsent(target: Target): Promise<'accepted' | 'refused'> {
    try {
      await this.#put({ ...target, IfNoneMatch: '*' });
      return 'accepted';
    } catch (error) {
      if (isPreconditionFailed(error)) return 'refused';
      throw error;
    }
  }

  async #put(target: Target & { IfNoneMatch?: '*' }): Promise<void> {
    const { integrity, storing } = this.#connection;
    const { ServerSideEncryption: done } = await this.#s3.putObject({
      ...target,
      Body: probeBody,
      ContentLength: probeBody.length,
      ...(integrity === 'md5' && { ContentMD5: createHash('md5').update(probeBody).digest('base64') }),
      ...storing,
    });
    const asked = storing.ServerSideEncryption;
    if (asked !== undefined) this.#facts.sse = done === asked ? 'done' : 'ignored';
  }

  async #tryUpload(): Promise<void> {
    const facts = this.#facts;
    const Key = probeKey(this.#place.prefix, this.#place.server, 'upload');
    const target = { Bucket: facts.bucket, Key };
    let UploadId: string | undefined;
    this.#signal?.throwIfAborted();
    // What was begun is ended, after an abort too.
    facts.multipart = await this.#try('write', Key, async () => {
      ({ UploadId } = await this.#s3.createMultipartUpload({ ...target, ...this.#connection.storing }));
      return true as const;
    });
    if (UploadId === undefined) return;
    facts.aborting = await this.#try('write', Key, async () => {
      await this.#s3.abortMultipartUpload({ ...target, UploadId });
      return true as const;
    });
  }

  async #askSettings(): Promise<void> {
    const facts = this.#facts;
    const { bucket: Bucket } = facts;
    facts.versioning = await this.#askSetting(async () => {
      const { Status } = await this.#s3.getBucketVersioning({ Bucket });
      return Status === 'Enabled' ? 'on' : Status === 'Suspended' ? 'suspended' : 'off';
    }, 'off');
    facts.objectLock = await this.#askSetting(async () => {
      const { ObjectLockConfiguration: lock } = await this.#s3.getObjectLockConfiguration({ Bucket });
      if (lock?.ObjectLockEnabled !== 'Enabled') return 'off';
      const { Mode, Days, Years = 0 } = lock.Rule?.DefaultRetention ?? {};
      return { retention: Mode === undefined ? undefined : { mode: Mode, days: Days ?? Years * 365 } };
    }, 'off');
    facts.lifecycle = await this.#askSetting(async () => {
      const answer = await this.#s3.getBucketLifecycleConfiguration({ Bucket });
      const minimum = answer.TransitionDefaultMinimumObjectSize;
      if (minimum !== undefined) facts.transitionMinimum = minimum;
      facts.hasLifecycleRules = (answer.Rules ?? []).length > 0;
      return (answer.Rules ?? []).flatMap((rule) => ruleOf(rule) ?? []);
    }, []);
    facts.encryption = await this.#askSetting(async () => {
      const answer = await this.#s3.getBucketEncryption({ Bucket });
      const [rule] = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
      const algorithm = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
      return algorithm === undefined ? 'off' : { algorithm };
    }, 'off');
  }

  /** @param absent what the store's 404 means: that there is no such setting. */
  #askSetting<T>(question: () => Promise<T>, absent: T): Promise<Answer<T | 'unsupported'>> {
    return this.#ask('read', undefined, async () => {
      try {
        return await question();
      } catch (error) {
        if (isUnsupported(error)) return 'unsupported';
        if (isMissing(error) && !isNoBucket(error)) return absent;
        throw error;
      }
    });
  }

  async #ask<T>(
    direction: 'read' | 'write',
    key: string | undefined,
    question: () => Promise<T>,
  ): Promise<Answer<T>> {
    this.#signal?.throwIfAborted();
    const answer = await this.#try(direction, key, question);
    this.#signal?.throwIfAborted();
    return answer;
  }

  async #try<T>(
    direction: 'read' | 'write',
    key: string | undefined,
    question: () => Promise<T>,
  ): Promise<Answer<T>> {
    try {
      return { value: await question() };
    } catch (error) {
      const explained = this.#connection.explain(error, direction, key);
      if (explained instanceof UserError) return { error: explained };
      throw explained;
    }
  }

  /** Every answer has the store's time, also a refusal; some say where the bucket is. */
  #lookAtHeaders(): void {
    this.#s3.middlewareStack.add(
      (next) => async (request) => {
        const result = await next(request);
        const { headers = {} } = result.response as { headers?: Record<string, string> };
        const date = Date.parse(headers['date'] ?? '');
        if (!Number.isNaN(date)) this.#noteTime(date);
        this.#facts.bucketRegion ??= headers['x-amz-bucket-region'];
        return result;
      },
      // Next to the wire: it also sees the answers that the SDK makes errors of.
      { step: 'deserialize', priority: 'low', name: 'storeHeaders' },
    );
  }

  /** The least difference counts: an answer may have been long under way. */
  #noteTime(storeMilliseconds: number): void {
    const ahead = (Date.now() - storeMilliseconds) / 1000;
    const known = this.#facts.clockAheadSeconds;
    if (known === undefined || Math.abs(ahead) < Math.abs(known)) this.#facts.clockAheadSeconds = ahead;
  }
}

function isNoBucket(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket';
}
