import type * as Sdk from '@aws-sdk/client-s3';
import { getFips } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { finished, type Readable } from 'node:stream';
import type { Log } from '../log.js';
import { BackOff, usualPatience, type Patience } from './patience.js';
import type { Integrity } from './part-digests.js';
import { maximumParts } from './part-size.js';
import { isPassing, storeError, type StoreRequest } from './store-errors.js';

export interface S3Settings {
  bucket: string;
  /** Absent: AWS_REGION, AWS_DEFAULT_REGION or the AWS profile; us-east-1 with an endpoint. */
  region?: string | undefined;
  /** Absent: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else AWS itself. */
  endpoint?: string | undefined;
  /** The bucket in the path, not in the host name. Absent: true with an endpoint. */
  pathStyle?: boolean | undefined;
  sse?: 'AES256' | 'aws:kms' | undefined;
  sseKmsKeyId?: string | undefined;
  /** For so long nobody may delete what is stored, nor write over it. Absent: the bucket's own rule. */
  retentionDays?: number | undefined;
  /** How many parts the store takes in one upload. Absent: 10,000. */
  maxParts?: number | undefined;
  log: Log;
  /** After its abort every request has a few seconds left: enough to clean up, and no more. */
  signal?: AbortSignal | undefined;
  /** For tests. */
  patience?: Partial<Patience>;
}

/** A client of one bucket, and what all its requests share. */
export interface S3Connection {
  sdk: typeof Sdk;
  s3: Sdk.S3;
  bucket: string;
  integrity: Integrity;
  /** Fields of every request that stores something. */
  storing: Pick<Sdk.PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;
  /** Fields of every request that stores a part of a backup, from now on. Empty when nothing is to be locked. */
  locking: () => Pick<Sdk.PutObjectCommandInput, 'ObjectLockMode' | 'ObjectLockRetainUntilDate'>;
  /** In one upload. */
  maximumParts: number;
  log: Log;
  /** For requests that may be repeated. A pause ends by an error when `signal` aborts, or the time is up. */
  backOff: (signal?: AbortSignal) => BackOff;
  /** What to throw for an error of the SDK. */
  explain: (error: unknown, direction: StoreRequest['direction'], key?: string) => unknown;
  /** Tries again after passing failures, for requests that may be repeated. */
  patiently: <T>(what: string, attempt: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
}

/** Loads the AWS SDK and makes a client; nothing is sent. Credentials are the SDK's default chain. */
export async function connect(settings: S3Settings): Promise<S3Connection> {
  // On Node 20 the SDK would tell every run that its versions of 2027 want a newer one; ours is bundled.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  // Loaded only now: the SDK costs a third of a second of start-up.
  const sdk = await import('@aws-sdk/client-s3');
  const { bucket, log } = settings;
  const environment = process.env;
  const endpoint = settings.endpoint ?? environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'];
  const region =
    settings.region ??
    environment['AWS_REGION'] ??
    environment['AWS_DEFAULT_REGION'] ??
    (endpoint && 'us-east-1');
  const patience = { ...usualPatience, ...settings.patience };
  const onAws = isAws(endpoint);
  // Without TLS only a signature of the whole request proves that nobody has changed it on its way.
  const overTls = !endpoint || new URL(endpoint).protocol === 'https:';
  const end = cleanUpEnd(settings.signal);
  const ignore = () => {};
  const toDebug = (message: unknown) => {
    if (typeof message === 'string') log.debug(`AWS SDK: ${message}`);
  };

  const s3 = new sdk.S3({
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
    forcePathStyle: settings.pathStyle ?? Boolean(endpoint),
    // The default sends checksum headers and trailers that older S3-compatible stores refuse or store as data.
    ...(onAws ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    // What is downloaded is checked against the SHA-256 of the manifest.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With `Expect: 100-continue` the SDK would open a new connection for each part, and wait on it for the store's word.
    expectContinueHeader: false,
    retryMode: 'standard',
    maxAttempts: patience.sendsPerAttempt,
    // Without it the SDK warns on the console.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: toDebug, error: toDebug },
    requestHandler: {
      connectionTimeout: patience.connectSeconds * 1000,
      socketTimeout: patience.idleSeconds * 1000,
    },
  });

  const backOff = (signal?: AbortSignal) => new BackOff(patience, signal ? [end, signal] : [end]);
  endRequestsBy(s3, end);

  return {
    sdk,
    s3,
    bucket,
    // Where FIPS forbids MD5, the payload's SHA-256 in the signature must do.
    integrity: onAws && overTls ? 'crc32' : getFips() === 0 ? 'md5' : 'signature',
    storing: {
      ...(settings.sse && { ServerSideEncryption: settings.sse }),
      ...(settings.sseKmsKeyId && { SSEKMSKeyId: settings.sseKmsKeyId }),
    },
    locking: () => lockFields(settings.retentionDays),
    maximumParts: settings.maxParts ?? maximumParts,
    log,
    backOff,
    explain: (error, direction, key) =>
      storeError(error, {
        bucket,
        direction,
        ...(key !== undefined && { key }),
        locks: settings.retentionDays !== undefined,
      }),
    async patiently(what, attempt, signal) {
      const pauses = backOff(signal);
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          if (signal?.aborted || !isPassing(error) || !(await pauses.pause())) throw error;
          log.info(`${what} failed (${String(error)}): trying again.`);
        }
      }
    },
  };
}

/** A runner that cancels sends SIGKILL 10 s after SIGINT; programs that ignore SIGINT take 3 s to end. */
const cleanUpSeconds = 4;

/** Aborts when what cleans up after the abort of `signal` should long have ended. */
function cleanUpEnd(signal: AbortSignal | undefined): AbortSignal {
  const end = new AbortController();
  // Each request under way listens to it.
  setMaxListeners(0, end.signal);
  const onAbort = () => void setTimeout(() => end.abort(), cleanUpSeconds * 1000).unref();
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return end.signal;
}

/**
 * Each request, also one that the SDK tries again, ends when `end` aborts. (`AbortSignal.any` would keep 16 KiB of each
 * request for as long as the signals live.)
 */
function endRequestsBy(s3: Sdk.S3, end: AbortSignal): void {
  const { requestHandler } = s3.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const { abortSignal: own } = (options ?? {}) as { abortSignal?: unknown };
    const signals = own instanceof AbortSignal ? [own, end] : [end];
    const either = new AbortController();
    const onAbort = () => either.abort();
    const forget = () => signals.forEach((signal) => signal.removeEventListener('abort', onAbort));
    for (const signal of signals) {
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort);
    }
    try {
      const answer = await handle(request, { ...options, abortSignal: either.signal });
      const { body } = answer.response as { body: Readable };
      // While its body is read, it can still be aborted.
      finished(body, forget);
      return answer;
    } catch (error) {
      forget();
      throw error;
    }
  };
}

/**
 * Governance: none of the roles here can shorten it or pass it by, and an administrator who made a mistake can. For what
 * nobody may undo there is the bucket's own rule.
 */
function lockFields(days: number | undefined): ReturnType<S3Connection['locking']> {
  if (days === undefined) return {};
  // S3 keeps whole seconds; the same date is asked for twice.
  const until = Math.ceil(Date.now() / 1000) * 1000 + days * 86_400_000;
  return { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(until) };
}

/** AWS itself, also by the address of a VPC endpoint. */
function isAws(endpoint: string | undefined): boolean {
  return !endpoint || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}
