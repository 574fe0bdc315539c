import { UserError, type ErrorCode } from '../errors.js';

/** What was asked of the store, for messages. */
export interface StoreRequest {
  bucket: string;
  /** The object, where the request was about one. */
  key?: string;
  direction: 'read' | 'write';
  /** The object was to be locked. */
  locks?: boolean;
}

type Explanation = readonly [
  code: ErrorCode,
  message: (what: string, bucket: string) => string,
  hint: string,
];

const keys: Explanation = [
  'STORE_DENIED',
  (what) => `The S3 store does not accept the credentials for ${what}.`,
  'Check the access key and its secret, or the role that the workflow assumes, and that they belong to this store.',
];
const expired: Explanation = [
  'STORE_DENIED',
  (what) => `The credentials for ${what} have expired or their session token is not valid.`,
  'Make the session of the assumed role longer than the run takes, or use a role that renews its credentials by itself.',
];
const denied: Explanation = [
  'STORE_DENIED',
  (what) => `The S3 store does not allow this for ${what}.`,
  'Give the user or role s3:ListBucket and s3:ListBucketMultipartUploads on the bucket, and s3:GetObject, ' +
    's3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects (with KMS also kms:GenerateDataKey ' +
    'and kms:Decrypt, with object-lock-days also s3:PutObjectRetention).',
];
/** For an answer that does not say which of the two it is. */
const keysOrDenied: Explanation = [
  'STORE_DENIED',
  (what) => `The S3 store refuses ${what} (HTTP status 403).`,
  `${keys[2]} If they are right: ${denied[2]}`,
];
const clock: Explanation = [
  'STORE_DENIED',
  (what) => `The S3 store refuses ${what} because this host's clock differs too much from its own.`,
  'Set the clock of this host (NTP); S3 allows 15 minutes.',
];
const region: Explanation = [
  'STORE_DENIED',
  (what, bucket) => `The bucket ${bucket} is in another region or at another address (asked for ${what}).`,
  "Set s3-region to the bucket's region, and s3-endpoint if it is not on AWS.",
];
const noBucket: Explanation = [
  'STORE_MISSING',
  (_, bucket) => `The bucket ${bucket} does not exist.`,
  'Check s3-bucket, s3-region and s3-endpoint. A bucket is never made here.',
];
const noKey: Explanation = [
  'STORE_MISSING',
  (what) => `There is no ${what}.`,
  'It was removed, or never stored. The list command shows what there is.',
];
const taken: Explanation = [
  'BACKUP_EXISTS',
  (what) => `${what} exists already, or is being stored by another run.`,
  'Nothing was overwritten. Let only one run at a time back up a server; the next one takes a name of its own.',
];
const busy: Explanation = [
  'UPLOAD_FAILED',
  (what) => `The S3 store has too many requests and refuses those for ${what}.`,
  'Try again later.',
];
const noConditions: Explanation = [
  'UPLOAD_FAILED',
  (what) => `The S3 store does not know how to do what was asked for ${what} (NotImplemented).`,
  'It must know conditional writes (If-None-Match) and multipart uploads. Ask for a newer version of the store.',
];
const noCredentials: Explanation = [
  'STORE_DENIED',
  (what) => `There are no credentials for ${what}.`,
  'Give the job a role (aws-actions/configure-aws-credentials with OIDC needs `id-token: write`), an instance ' +
    'role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
];
const noRegion: Explanation = [
  'INPUT_INVALID',
  (what) => `No region is known for ${what}.`,
  'Set s3-region or AWS_REGION.',
];

/** By the store's own code. Messages are not looked at: Ceph leaves them empty. */
const byCode: Readonly<Record<string, Explanation>> = {
  InvalidAccessKeyId: keys,
  SignatureDoesNotMatch: keys,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidToken: expired,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  AccountProblem: denied,
  RequestTimeTooSkewed: clock,
  PermanentRedirect: region,
  AuthorizationHeaderMalformed: region,
  IllegalLocationConstraintException: region,
  NoSuchBucket: noBucket,
  NoSuchKey: noKey,
  PreconditionFailed: taken,
  ConditionalRequestConflict: taken,
  SlowDown: busy,
  NotImplemented: noConditions,
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
};

/** What a bucket without object lock answers when an object is to be locked. */
const noLock: Explanation = [
  'UPLOAD_FAILED',
  (what, bucket) => `${what} could not be locked: object lock is off in the bucket ${bucket}.`,
  'Leave object-lock-days out, or turn object lock on. The check command says how.',
];

/** For answers without a body, as those to HEAD. */
const byStatus: Readonly<Record<number, Explanation>> = {
  301: region,
  403: keysOrDenied,
  404: noKey,
  409: taken,
  412: taken,
  429: busy,
  501: noConditions,
};

const networkCodes = new Set(
  (
    'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE EPROTO ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN ENOTFOUND ' +
    'EAI_AGAIN ERR_STREAM_PREMATURE_CLOSE'
  ).split(' '),
);

/** No connection, a broken one, or one that carries something else than HTTP. */
function isNetworkCode(code: string): boolean {
  return networkCodes.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('HPE_');
}

/** Whether the same request may well succeed a moment later. */
export function isPassing(error: unknown): boolean {
  const { name, code, status } = describe(error);
  if (isNetworkCode(code) || name === 'TimeoutError' || name === 'RequestTimeout') return true;
  if (status === 429 || name === 'SlowDown') return true;
  return status >= 500 && status !== 501;
}

/** Whether the store said that there is no such object, bucket or upload. */
export function isMissing(error: unknown): boolean {
  const { status } = describe(error);
  return status === 404;
}

/** Whether the store refused the request. To a HEAD it does not say why: the credentials may be wrong or lack a right. */
export function isForbidden(error: unknown): boolean {
  return describe(error).status === 403;
}

/** Whether these credentials are good, and lack the right to what was asked. */
export function isAccessDenied({ code, cause }: UserError): boolean {
  return code === 'STORE_DENIED' && describe(cause).name === 'AccessDenied';
}

/** Whether the store does not know such a request at all. */
export function isUnsupported(error: unknown): boolean {
  const { name, status } = describe(error);
  return name === 'NotImplemented' || name === 'MethodNotAllowed' || status === 501 || status === 405;
}

/** Whether an `If-None-Match` or `If-Match` did not hold. */
export function isPreconditionFailed(error: unknown): boolean {
  const { name, status } = describe(error);
  return name === 'PreconditionFailed' || status === 412;
}

/** AWS: another conditional write to the same key is under way; the outcome is open. */
export function isConditionalConflict(error: unknown): boolean {
  return describe(error).name === 'ConditionalRequestConflict';
}

/** What to throw for an error of the SDK: a `UserError`; a bug in our code as it is. */
export function storeError(error: unknown, request: StoreRequest): unknown {
  if (error instanceof UserError || error instanceof TypeError || error instanceof RangeError) return error;
  const { name, code, status } = describe(error);
  const what = `s3://${request.bucket}${request.key === undefined ? '' : `/${request.key}`}`;
  const cause = withoutSecrets(error);
  if (isNetworkCode(code) || name === 'TimeoutError') return unreachable(what, code || name, cause);
  if (/CERT|UNABLE_TO/.test(code)) return untrusted(what, code, cause);
  const isRegion = error instanceof Error && error.message === 'Region is missing';
  const isNoLock =
    request.locks === true && (name === 'InvalidRequest' || name === 'ObjectLockConfigurationNotFoundError');
  const explanation = isRegion ? noRegion : isNoLock ? noLock : (byCode[name] ?? byStatus[status]);
  if (explanation !== undefined) {
    const [errorCode, message, hint] = explanation;
    return new UserError(forDirection(errorCode, request), message(what, request.bucket), hint, { cause });
  }
  const answer = [name, status > 0 ? `HTTP status ${status}` : '', messageWithoutName(error, name)];
  return new UserError(
    request.direction === 'write' ? 'UPLOAD_FAILED' : 'DOWNLOAD_FAILED',
    `The S3 store failed on ${what}: ${answer.filter((text) => text !== '').join(', ')}.`,
    'Try again. If it stays, look into the log of the store, or ask its operator.',
    { cause },
  );
}

function forDirection(code: ErrorCode, request: StoreRequest): ErrorCode {
  return code === 'UPLOAD_FAILED' && request.direction === 'read' ? 'DOWNLOAD_FAILED' : code;
}

function unreachable(what: string, reason: string, cause: unknown): UserError {
  return new UserError(
    'STORE_UNREACHABLE',
    `The S3 store of ${what} cannot be reached, or does not answer (${reason}).`,
    'Check s3-endpoint and s3-region, the name service, the firewall and the proxy of this host.',
    { cause },
  );
}

function untrusted(what: string, reason: string, cause: unknown): UserError {
  return new UserError(
    'STORE_UNREACHABLE',
    `The certificate of the S3 store of ${what} is not trusted (${reason}).`,
    'Check s3-endpoint. For a certificate authority of your own set NODE_EXTRA_CA_CERTS to its file.',
    { cause },
  );
}

interface Described {
  /** The store's code, or the name of the SDK's error. */
  name: string;
  /** The system's code, such as ECONNREFUSED. */
  code: string;
  /** 0 when there was no answer. */
  status: number;
}

function describe(error: unknown): Described {
  if (typeof error !== 'object' || error === null) return { name: '', code: '', status: 0 };
  const fields = error as Record<string, unknown>;
  const metadata = (fields['$metadata'] ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const status = metadata['httpStatusCode'];
  return {
    name: text(fields['name']),
    code: text(fields['code']),
    status: typeof status === 'number' ? status : 0,
  };
}

/**
 * The SDK's error without its fields: the store's answer can repeat the access key, the session token and the
 * signed request.
 */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, code, status } = describe(error);
  const copy = new Error(error.message);
  if (error.stack !== undefined) copy.stack = error.stack;
  return Object.assign(copy, { name, ...(code && { code }), ...(status && { httpStatus: status }) });
}

function messageWithoutName(error: unknown, name: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === 'UnknownError' || message === name ? '' : message.replace(/\.$/, '');
}
