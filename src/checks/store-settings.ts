import { isAccessDenied } from '../repository/store-errors.js';
import type { Answer, LifecycleRule, StoreFacts } from '../repository/store-facts.js';
import { bad, good, unknown, warning, type Finding } from './finding.js';
import { aws, days } from './store-mends.js';

/** How a bucket is set up, and what that means for backups. Bad is only what the inputs ask for and it cannot do. Pure. */

export interface StoreUse {
  fullEvery: 'day' | 'week' | 'month';
  /** age or gpg on this host, or the input sse. */
  isEncrypted: boolean;
  /** Must these credentials also do for a restore? */
  forRestore: boolean;
  /** For how long backups are to be locked; undefined: not by xbackup. */
  objectLockDays: number | undefined;
}

export function protectedFromDeletion(facts: StoreFacts, { objectLockDays }: StoreUse): Finding {
  const { versioning, objectLock } = facts;
  const subject = 'Versioning and object lock';
  const lock = valueOf(objectLock);
  if (objectLockDays !== undefined && (lock === 'off' || lock === 'unsupported')) {
    return bad(
      subject,
      'UPLOAD_FAILED',
      'object-lock-days is given, and object lock is off in this bucket: no backup could be stored.',
      lock === 'off' ? enableObjectLock(facts) : 'Leave object-lock-days out: this store does not know it.',
    );
  }
  if (lock !== undefined && typeof lock === 'object') {
    const { retention } = lock;
    return good(
      subject,
      retention === undefined
        ? 'Versioning and object lock are on; no object is locked by default.'
        : `Versioning is on, and each object is locked for ${days(retention.days)} (${retention.mode}).`,
    );
  }
  const off = 'removed or overwritten backups are lost. Object lock is off, too.';
  switch (valueOf(versioning)) {
    case undefined:
      return unknown(subject, notTold(versioning, 's3:GetBucketVersioning'));
    case 'unsupported':
      return unknown(subject, 'The store does not know versioning.');
    case 'on': {
      const state = lock === undefined ? 'whether object lock is on is not told' : 'object lock is off';
      return good(subject, `Versioning is on: a removed backup can be brought back; ${state}.`);
    }
    case 'suspended':
      return warning(subject, `Versioning is suspended: ${off}`, enableVersioning(facts));
    case 'off':
      return warning(subject, `Versioning is off: ${off}`, enableVersioning(facts));
  }
}

/** A bucket must have versions first; afterwards they cannot be turned off again. */
function enableObjectLock(facts: StoreFacts): string {
  const enable = '--object-lock-configuration ObjectLockEnabled=Enabled';
  return `${enableVersioning(facts)} && ${aws(facts, 'put-object-lock-configuration', enable)}`;
}

function enableVersioning(facts: StoreFacts): string {
  return aws(facts, 'put-bucket-versioning', '--versioning-configuration Status=Enabled');
}

/** Larger than any upload takes: the rule must not abort one under way. */
const abortAfterDays = 7;

export function abortedUploads(facts: StoreFacts): Finding {
  const subject = 'Aborted uploads';
  const rules = valueOf(facts.lifecycle);
  if (rules === undefined) return unknown(subject, notTold(facts.lifecycle, 's3:GetLifecycleConfiguration'));
  if (rules === 'unsupported') return unknown(subject, 'The store does not know lifecycle rules.');
  const rule = rules.find(
    ({ prefix, abortsUploadsAfterDays }) =>
      abortsUploadsAfterDays !== undefined && facts.prefix.startsWith(prefix),
  );
  if (rule !== undefined) {
    const after = days(rule.abortsUploadsAfterDays ?? 0);
    return good(subject, `A lifecycle rule removes the parts of unfinished uploads after ${after}.`);
  }
  return warning(
    subject,
    'No lifecycle rule removes the parts of uploads that a crash has left, and they cost money unseen.',
    addAbortRule(facts),
  );
}

/** What S3 takes when nothing else is given. */
const usualTransitionMinimum = 'all_storage_classes_128K';

/** put-bucket-lifecycle-configuration replaces all rules: those that are there must go along. */
function addAbortRule(facts: StoreFacts): string {
  const rule = {
    ID: 'xbackup-abort-uploads',
    Status: 'Enabled',
    Filter: { Prefix: facts.prefix },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortAfterDays },
  };
  const put = (rules: string) =>
    aws(facts, 'put-bucket-lifecycle-configuration', `--lifecycle-configuration ${rules}`) +
    (facts.transitionMinimum === undefined || facts.transitionMinimum === usualTransitionMinimum
      ? ''
      : ` --transition-default-minimum-object-size ${facts.transitionMinimum}`);
  if (facts.hasLifecycleRules !== true) return put(`'${JSON.stringify({ Rules: [rule] })}'`);
  const get = aws(facts, 'get-bucket-lifecycle-configuration');
  const add = `jq '{Rules: (.Rules + [${JSON.stringify(rule)}])}'`;
  return `${get} | ${add} > lifecycle.json && ${put('file://lifecycle.json')}`;
}

export function expiry(facts: StoreFacts, { fullEvery }: StoreUse): Finding {
  const subject = 'Expiry';
  const rules = valueOf(facts.lifecycle);
  if (rules === undefined) return unknown(subject, notTold(facts.lifecycle, 's3:GetLifecycleConfiguration'));
  if (rules === 'unsupported') return unknown(subject, 'The store does not know lifecycle rules.');
  const applying = rules.filter(
    ({ prefix }) => facts.prefix.startsWith(prefix) || prefix.startsWith(facts.prefix),
  );
  const archiving = applying.find(({ archives }) => archives !== undefined);
  if (archiving?.archives !== undefined) {
    const { storageClass, after } = archiving.archives;
    return warning(
      subject,
      `The lifecycle rule ${named(archiving)} moves backups to ${storageClass} ${after}: prepare cannot read them ` +
        'there, and bringing them back takes hours.',
      'Use a storage class that can be read at once, such as GLACIER_IR, or archive only what you will not restore in a hurry.',
    );
  }
  const expiring = applying.find(({ expires }) => expires !== undefined);
  if (expiring?.expires !== undefined) {
    return warning(
      subject,
      `The lifecycle rule ${named(expiring)} removes objects ${expiring.expires}. A full goes before the incrementals ` +
        `that build on it: of the oldest ${fullEvery} nothing can be restored once its full is gone.`,
      `Let the rule wait for one ${fullEvery} longer than you want to go back.`,
    );
  }
  return good(subject, 'No lifecycle rule removes or archives backups.');
}

function named({ id }: LifecycleRule): string {
  return id === '' ? 'without a name' : `«${id}»`;
}

export function encryptedAtRest(facts: StoreFacts, { isEncrypted }: StoreUse): Finding {
  const { encryption } = facts;
  const subject = 'Encryption at rest';
  if (facts.sse === 'ignored') {
    return bad(
      subject,
      'UPLOAD_FAILED',
      'The store does not encrypt as the input sse asks for: no backup could be stored.',
      'Leave sse out and encrypt before it leaves the host (encrypt-recipients), or set the store up for it.',
    );
  }
  if (isEncrypted) return good(subject, 'The inputs ask for encryption.');
  const algorithm = valueOf(encryption);
  if (algorithm === undefined) return unknown(subject, notTold(encryption, 's3:GetEncryptionConfiguration'));
  if (typeof algorithm === 'object') {
    return good(subject, `The bucket encrypts by itself (${algorithm.algorithm}).`);
  }
  return warning(
    subject,
    'Neither the inputs nor the bucket ask for encryption: whoever reads the bucket has the data.',
    'Set encrypt-recipients (age) or encrypt-passphrase (gpg), or let the bucket encrypt.',
  );
}

/** From here on people notice; names and ages of backups come from this clock. */
const noticeableSeconds = 30;

/**
 * S3 refuses a signature that is 15 minutes off. The SDK then goes by the store's clock, so backups work on; other
 * clients, as for a restore by hand, do not.
 */
const refusedSeconds = 15 * 60;

export function clock({ clockAheadSeconds }: StoreFacts): Finding {
  const subject = 'Clock';
  if (clockAheadSeconds === undefined) return unknown(subject, 'The store does not tell its time.');
  const off = Math.round(Math.abs(clockAheadSeconds));
  if (off <= noticeableSeconds) return good(subject, 'This host and the store agree on the time.');
  const fact =
    `This host's clock is ${off} s ${clockAheadSeconds > 0 ? 'ahead of' : 'behind'} the store's. Backups take their ` +
    'names and dates from it.';
  const refused = ' Other S3 clients on this host are refused.';
  return warning(subject, off > refusedSeconds ? fact + refused : fact, 'timedatectl set-ntp true');
}

function valueOf<T>(answer: Answer<T> | undefined): T | undefined {
  return answer !== undefined && 'value' in answer ? answer.value : undefined;
}

/** Settings that cannot be asked for are nothing that a backup needs. */
function notTold(answer: Answer<unknown> | undefined, action: string): string {
  if (answer === undefined || 'value' in answer) return 'It was not asked.';
  return isAccessDenied(answer.error)
    ? `These credentials may not ask for it (${action}).`
    : answer.error.message;
}
