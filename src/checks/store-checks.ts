import type { UserError } from '../errors.js';
import { isAccessDenied } from '../repository/store-errors.js';
import type { StoreFacts } from '../repository/store-facts.js';
import { bad, good, unknown, warning, type Finding } from './finding.js';
import { createBucket, isElsewhere, missingAction, policy } from './store-mends.js';
import {
  abortedUploads,
  clock,
  encryptedAtRest,
  expiry,
  protectedFromDeletion,
  type StoreUse,
} from './store-settings.js';

/** What a bucket's facts mean for backups and restores. Pure. */

export function checkStore(facts: StoreFacts, use: StoreUse): Finding[] {
  const { listing } = facts;
  if ('error' in listing && facts.versioning === undefined) return [bucketFailed(facts, listing.error)];
  return [
    listed(facts, use),
    ...written(facts),
    ...conditional(facts),
    ...readBack(facts, use),
    ...uploaded(facts),
    ...removed(facts),
    protectedFromDeletion(facts, use),
    abortedUploads(facts),
    expiry(facts, use),
    encryptedAtRest(facts, use),
    clock(facts),
  ];
}

/** No other answer can be had then. */
function bucketFailed(facts: StoreFacts, error: UserError): Finding {
  const { bucketRegion, bucket } = facts;
  if (bucketRegion !== undefined && isElsewhere(error)) {
    return bad(
      'Bucket',
      error.code,
      `The bucket ${bucket} is in ${bucketRegion}.`,
      `s3-region: ${bucketRegion}`,
    );
  }
  if (error.code === 'STORE_MISSING') {
    const wrong = 'Or is s3-bucket, s3-region or s3-endpoint not right?';
    return bad('Bucket', error.code, `${error.message} ${wrong}`, createBucket(facts));
  }
  return bad('Bucket', error.code, error.message, error.hint);
}

function listed(facts: StoreFacts, use: StoreUse): Finding {
  const { bucket, prefix, listing } = facts;
  if ('error' in listing) return mayNotSee('Bucket', listing.error, facts, use, 's3:ListBucket');
  return good('Bucket', `s3://${bucket}/${prefix} can be reached and listed.`);
}

/** Backups can do without: that keeps them safe from a host that is taken over. Restores cannot. */
function mayNotSee(
  subject: string,
  error: UserError,
  facts: StoreFacts,
  { forRestore }: StoreUse,
  action: 's3:ListBucket' | 's3:GetObject',
): Finding {
  if (forRestore || !isAccessDenied(error)) return failed(subject, error, facts, action);
  return warning(
    subject,
    `These credentials lack ${missingAction(error, action)}. Backups work without: each goes by what the cache of GitHub ` +
      'Actions remembers of the one before, and is a full where that remembers nothing. To restore, list or prune takes ' +
      'other credentials.',
    policy(facts, error, action),
  );
}

function written(facts: StoreFacts): Finding[] {
  const { writing } = facts;
  if (writing === undefined) return [];
  if ('error' in writing) return [failed('Writing', writing.error, facts, 's3:PutObject')];
  return [good('Writing', 'An object could be stored.')];
}

function conditional({ writingTwice }: StoreFacts): Finding[] {
  const subject = 'Conditional writes';
  if (writingTwice === undefined) return [];
  if ('error' in writingTwice) return [unknown(subject, writingTwice.error.message)];
  if (writingTwice.value === 'refused') {
    return [good(subject, 'A second write to the same key is refused (If-None-Match).')];
  }
  return [
    warning(
      subject,
      'The store ignores If-None-Match in this bucket: two backups of this server at the same time could overwrite ' +
        "each other's manifest.",
      'Let only one workflow back up this server, with a concurrency group, or use a newer version of the store.',
    ),
  ];
}

function readBack(facts: StoreFacts, use: StoreUse): Finding[] {
  const { reading } = facts;
  const subject = 'Reading';
  if (reading === undefined) return [];
  if ('error' in reading) return [mayNotSee(subject, reading.error, facts, use, 's3:GetObject')];
  switch (reading.value) {
    case 'same':
      return [good(subject, 'What was stored can be read again.')];
    case 'missing':
      return [
        warning(
          subject,
          'What was just stored was not there any more. Is another check running, or is the store slow to show it?',
          'Run the check again. If it stays, this store cannot keep backups.',
        ),
      ];
    case 'other':
      return [
        bad(
          subject,
          'UPLOAD_DIFFERS',
          'What was read is not what was stored.',
          'Correct s3-endpoint: it must be the address of the S3 API itself, not of a web console or a cache.',
        ),
      ];
  }
}

function uploaded(facts: StoreFacts): Finding[] {
  const { multipart, aborting } = facts;
  const subject = 'Multipart uploads';
  if (multipart === undefined) return [];
  if ('error' in multipart) return [failed(subject, multipart.error, facts, 's3:PutObject')];
  if (aborting !== undefined && 'error' in aborting) {
    const mend = isAccessDenied(aborting.error)
      ? policy(facts, aborting.error, 's3:AbortMultipartUpload')
      : aborting.error.hint;
    return [
      warning(subject, 'An upload can begin but not be aborted: a failed backup leaves its parts.', mend),
    ];
  }
  return [good(subject, 'An upload can begin and be aborted.')];
}

/** Deliberately refused where backups are to be safe from this very role. Nothing of a good backup needs it. */
function removed({ removing }: StoreFacts): Finding[] {
  const subject = 'Removing';
  if (removing === undefined) return [];
  if ('value' in removing) return [good(subject, 'An object can be removed, as after a failed upload.')];
  const left = 'The object of a failed backup stays then, without a manifest; so does .check/probe.';
  if (isAccessDenied(removing.error))
    return [good(subject, `Nothing can be removed with these credentials. ${left}`)];
  return [warning(subject, `${removing.error.message} ${left}`)];
}

/** Without it a backup fails. */
function failed(subject: string, error: UserError, facts: StoreFacts, action: string): Finding {
  return isAccessDenied(error)
    ? bad(
        subject,
        error.code,
        `These credentials lack ${missingAction(error, action)}.`,
        policy(facts, error, action),
      )
    : bad(subject, error.code, error.message, error.hint);
}
