import {
  answerLost,
  clockSkew,
  errorWith200,
  internalError,
  slowDown,
  type Fault,
  type Rule,
} from '../support/fault-script.js';

/** What is done to a backup by its store, at each step, and what is seen of it. */

/** Each step with the requests that it is made of. */
export const steps = {
  'the days are listed': { on: 'list', key: /db1\/$/ },
  'the backups of a day are listed': { on: 'list', key: /db1\/\d{4}/ },
  'the manifest of the base is read': { on: 'get-object', key: /json$/ },
  'the key is looked at': { on: 'head-object' },
  // The first two looks are for the key, before and after the backup.
  'what is stored is looked at': { on: 'head-object' },
  'a small backup is sent': { on: 'put-object', key: /xbstream/ },
  'the manifest is written': { on: 'put-object', key: /json$/ },
  'the upload begins': { on: 'create-upload' },
  'a part is sent': { on: 'upload-part' },
  'the upload is completed': { on: 'complete-upload' },
} as const satisfies Record<string, Pick<Rule, 'on' | 'key'>>;
export type Step = keyof typeof steps;

/** Steps of a backup in parts, as a full is; an incremental is sent by one request. */
export const ofParts: readonly Step[] = ['the upload begins', 'a part is sent', 'the upload is completed'];

export const times = {
  once: 1,
  'at the second request': 2,
  /** More often than the SDK tries again by itself. */
  'three times': { from: 1, to: 3 },
  'each time': 'every',
  'from then on': { from: 3 },
} as const satisfies Record<string, Rule['nth']>;

export const good = 'the backup is good';
export const goodAsFull = 'a full backup is made, and the reason is said';
export const goodAllTheSame = 'and says that it may be good; it is';
export const fails = (code: string, left = 'nothing is left') =>
  `it fails with ${code}, ${left}; the next one goes on`;
export const objectLeft = 'its object is left and named';
export const partsLeft = 'its parts are left and named';

/** What is done, how often, and what is seen of it. */
type Row = [fault: string, times: keyof typeof times, does: Fault, seen: string, ...more: Rule[]];

const noEnd: Fault = { fault: 'stall-download', afterBytes: 100 };
const empty: Fault = { fault: 'truncate', afterBytes: 0, length: 'shorter' };
const cut: Fault = { fault: 'truncate', afterBytes: 700, length: 'chunked' };
const flipInManifest: Fault = { fault: 'flip-download', atByte: 300, xor: 1 };
const resetDownload: Fault = { fault: 'reset-download', afterBytes: 99 };
const flipUpload: Fault = { fault: 'flip-upload', atByte: 99 };
const resetUpload = (afterBytes: number): Fault => ({ fault: 'reset-upload', afterBytes });
const resetAnswer: Fault = { fault: 'lose-answer', by: 'reset' };
const wrongEtag: Fault = { fault: 'wrong-etag' };
const expire: Fault = { fault: 'expire' };
const goAway: Fault = { fault: 'go-away' };
const secondGoesAway = (step: Step): Rule => ({ ...steps[step], nth: 2, does: goAway });
const each = (on: Rule['on']): Rule => ({ on, nth: 'every', does: internalError });

const always: Record<Step, Row[]> = {
  'the days are listed': [
    ['503 SlowDown', 'once', slowDown, good],
    ['500', 'each time', internalError, fails('DOWNLOAD_FAILED')],
    ['an empty answer', 'each time', empty, fails('DOWNLOAD_FAILED')],
  ],
  'the backups of a day are listed': [
    ['no end of the answer', 'once', noEnd, good],
    ['no end of the answer', 'each time', noEnd, fails('STORE_UNREACHABLE')],
    ['an answer that ends in the middle', 'each time', cut, fails('DOWNLOAD_FAILED')],
  ],
  'the manifest of the base is read': [
    ['500', 'three times', internalError, good],
    ['500', 'each time', internalError, fails('DOWNLOAD_FAILED')],
    ['a flipped byte', 'once', flipInManifest, good],
    ['a flipped byte', 'each time', flipInManifest, goodAsFull],
  ],
  'the key is looked at': [
    ['500', 'each time', internalError, fails('UPLOAD_FAILED')],
    ['a wrong ETag', 'each time', wrongEtag, good],
  ],
  'what is stored is looked at': [['500', 'from then on', internalError, fails('UPLOAD_FAILED', objectLeft)]],
  'a small backup is sent': [
    ['500 after the body', 'each time', internalError, fails('UPLOAD_FAILED')],
    ['the answer is lost: 500', 'once', answerLost, good],
    ['reset in the middle', 'three times', resetUpload(9999), good],
    ['a flipped byte', 'each time', flipUpload, fails('UPLOAD_FAILED')],
  ],
  'the manifest is written': [
    ['the answer is lost: 500', 'once', answerLost, good],
    ['the answer is lost: 500', 'each time', answerLost, good],
    ['500 after the body', 'each time', internalError, fails('UPLOAD_FAILED')],
    ['a flipped byte', 'each time', flipUpload, fails('UPLOAD_FAILED')],
    ['the credentials expire', 'once', expire, fails('STORE_DENIED', objectLeft)],
    ['the store goes away', 'once', goAway, fails('STORE_UNREACHABLE', objectLeft)],
    [
      'the answer is lost, and the store goes away',
      'once',
      answerLost,
      fails('STORE_UNREACHABLE', goodAllTheSame),
      secondGoesAway('the manifest is written'),
    ],
    [
      '500, also for deletes',
      'each time',
      internalError,
      fails('UPLOAD_FAILED', objectLeft),
      each('delete-object'),
    ],
  ],
  'the upload begins': [
    ['500', 'each time', internalError, fails('UPLOAD_FAILED')],
    ['the answer is lost: 500', 'once', answerLost, `${good}; an empty upload is left`],
  ],
  'a part is sent': [
    ['500 after the body', 'three times', internalError, good],
    ['the answer is lost: 500', 'three times', answerLost, good],
    ['reset in the middle', 'three times', resetUpload(5_000_000), good],
    ['nothing is taken any more', 'once', { fault: 'stall-upload', afterBytes: 3_000_000 }, good],
    ['a slow link', 'each time', { fault: 'slow', bytesPerSecond: 20_000_000 }, good],
    ['a flipped byte', 'once', flipUpload, fails('UPLOAD_FAILED')],
    ['a wrong ETag', 'once', wrongEtag, fails('UPLOAD_FAILED')],
    ['clock skew', 'each time', clockSkew, fails('STORE_DENIED', partsLeft)],
    ['the credentials expire', 'at the second request', expire, fails('STORE_DENIED', partsLeft)],
    ['the store goes away', 'at the second request', goAway, fails('STORE_UNREACHABLE', partsLeft)],
    [
      '500, also for the abort',
      'each time',
      internalError,
      fails('UPLOAD_FAILED', partsLeft),
      each('abort-upload'),
    ],
  ],
  'the upload is completed': [
    ['an error with status 200', 'once', errorWith200, good],
    ['an error with status 200', 'each time', errorWith200, fails('UPLOAD_FAILED')],
    ['the answer is lost: 500', 'once', answerLost, good],
    ['the answer is lost: 500', 'each time', answerLost, good],
    [
      'the answer is lost, and the store goes away',
      'once',
      answerLost,
      fails('STORE_UNREACHABLE', objectLeft),
      secondGoesAway('the upload is completed'),
    ],
  ],
};

/** The same again in other ways: in a long run. */
const variations: Partial<Record<Step, Row[]>> = {
  'the backups of a day are listed': [
    ['503 SlowDown', 'each time', slowDown, fails('DOWNLOAD_FAILED')],
    ['an empty answer', 'each time', empty, fails('DOWNLOAD_FAILED')],
  ],
  'the manifest of the base is read': [
    ['reset in the middle', 'once', resetDownload, good],
    ['an empty answer', 'once', empty, good],
    ['an empty answer', 'each time', empty, goodAsFull],
  ],
  'the key is looked at': [['500', 'once', internalError, good]],
  'a small backup is sent': [
    ['503 SlowDown', 'three times', slowDown, good],
    ['500 after the body', 'once', internalError, good],
    ['the answer is lost: reset', 'each time', resetAnswer, good],
  ],
  'the manifest is written': [
    ['503 SlowDown', 'three times', slowDown, good],
    ['the answer is lost: reset', 'once', resetAnswer, good],
  ],
  'the upload begins': [['500', 'once', internalError, good]],
  'a part is sent': [
    ['503 SlowDown', 'three times', slowDown, good],
    ['503 SlowDown', 'each time', slowDown, fails('UPLOAD_FAILED')],
    ['500 after the body', 'each time', internalError, fails('UPLOAD_FAILED')],
  ],
  'the upload is completed': [
    ['500', 'three times', internalError, good],
    ['the answer is lost: reset', 'once', resetAnswer, good],
  ],
};

export function backupCases(withVariations: boolean): [Step, ...Row][] {
  return (Object.keys(steps) as Step[]).flatMap((step) =>
    [...always[step], ...(withVariations ? (variations[step] ?? []) : [])].map((row): [Step, ...Row] => [
      step,
      ...row,
    ]),
  );
}
