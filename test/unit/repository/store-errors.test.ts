import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/errors.js';
import {
  isConditionalConflict,
  isMissing,
  isPassing,
  isPreconditionFailed,
  storeError,
} from '../../../src/repository/store-errors.js';

/** As the SDK throws an answer of the store. Ceph leaves the message empty: then the SDK says UnknownError. */
function answer(name: string, httpStatusCode: number, fields: object = {}): Error {
  return Object.assign(new Error('UnknownError'), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode },
    ...fields,
  });
}

function network(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:9`), { code, name });
}

const about = { bucket: 'backups', key: 'xbackup/db1/2026-11-22/00.json', direction: 'read' } as const;

describe('storeError', () => {
  it.each([
    [answer('NoSuchBucket', 404), 'STORE_MISSING', 'The bucket backups does not exist.'],
    [answer('NoSuchKey', 404), 'STORE_MISSING', 'There is no s3://backups/xbackup/db1/2026-11-22/00.json.'],
    [answer('NotFound', 404), 'STORE_MISSING', 'There is no s3://backups/'],
    [answer('InvalidAccessKeyId', 403), 'STORE_DENIED', 'does not accept the credentials'],
    [answer('SignatureDoesNotMatch', 403), 'STORE_DENIED', 'does not accept the credentials'],
    [answer('AccessDenied', 403), 'STORE_DENIED', 'does not allow this'],
    [answer('ExpiredToken', 400), 'STORE_DENIED', 'have expired'],
    [answer('InvalidToken', 400), 'STORE_DENIED', 'session token is not valid'],
    [answer('RequestTimeTooSkewed', 403), 'STORE_DENIED', "this host's clock"],
    [answer('Unknown', 403), 'STORE_DENIED', 'refuses'],
    [answer('PermanentRedirect', 301), 'STORE_DENIED', 'another region'],
    [answer('AuthorizationHeaderMalformed', 400), 'STORE_DENIED', 'another region'],
    [answer('PreconditionFailed', 412), 'BACKUP_EXISTS', 'exists already'],
    [answer('ConditionalRequestConflict', 409), 'BACKUP_EXISTS', 'being stored by another run'],
    [answer('SlowDown', 503), 'DOWNLOAD_FAILED', 'too many requests'],
    [answer('NotImplemented', 501), 'DOWNLOAD_FAILED', 'NotImplemented'],
    [answer('InternalError', 500), 'DOWNLOAD_FAILED', 'InternalError, HTTP status 500'],
    [network('ECONNREFUSED'), 'STORE_UNREACHABLE', '(ECONNREFUSED)'],
    [network('ENOTFOUND'), 'STORE_UNREACHABLE', '(ENOTFOUND)'],
    [network('ECONNRESET', 'TimeoutError'), 'STORE_UNREACHABLE', '(ECONNRESET)'],
    [network('', 'TimeoutError'), 'STORE_UNREACHABLE', '(TimeoutError)'],
    [network('ERR_SSL_WRONG_VERSION_NUMBER'), 'STORE_UNREACHABLE', 'cannot be reached'],
    [network('SELF_SIGNED_CERT_IN_CHAIN'), 'STORE_UNREACHABLE', 'is not trusted'],
    [network('ERR_TLS_CERT_ALTNAME_INVALID'), 'STORE_UNREACHABLE', 'is not trusted'],
    [network('', 'CredentialsProviderError'), 'STORE_DENIED', 'There are no credentials'],
    [new Error('Region is missing'), 'INPUT_INVALID', 'No region is known'],
    ['text', 'DOWNLOAD_FAILED', 'text'],
  ])('%s', (error, code, message) => {
    const explained = storeError(error, about);
    expect(explained).toBeInstanceOf(UserError);
    expect(explained).toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/\.$/),
    });
    expect((explained as UserError).cause).toBeDefined();
  });

  it('is about the upload when something was to be stored', () => {
    for (const error of [answer('InternalError', 500), answer('SlowDown', 503)]) {
      expect(storeError(error, { ...about, direction: 'write' })).toMatchObject({ code: 'UPLOAD_FAILED' });
    }
  });

  it('leaves bugs and errors that are explained already as they are', () => {
    for (const error of [new TypeError('x is not a function'), new UserError('CANCELLED', 'fact', 'hint')]) {
      expect(storeError(error, about)).toBe(error);
    }
  });

  it('keeps nothing of what the store repeats of the credentials', () => {
    const secrets = {
      AWSAccessKeyId: 'AKIASECRET',
      StringToSign: 'AWS4-HMAC-SECRET',
      CanonicalRequest: 'x-amz-security-token:SECRET',
      'Token-0': 'SECRET',
      $response: { headers: { authorization: 'SECRET' } },
    };
    const explained = storeError(answer('SignatureDoesNotMatch', 403, secrets), about) as UserError;
    const cause = explained.cause as Error;
    const everything = JSON.stringify([
      explained,
      cause,
      Object.entries(cause),
      cause.stack,
      explained.stack,
    ]);
    expect(everything).not.toContain('SECRET');
    expect(cause).toMatchObject({ name: 'SignatureDoesNotMatch', httpStatus: 403 });
  });
});

describe('isPassing', () => {
  it.each([
    network('ECONNRESET'),
    network('ENOTFOUND'),
    network('', 'TimeoutError'),
    answer('InternalError', 500),
    answer('SlowDown', 503),
    answer('TooManyRequests', 429),
    answer('RequestTimeout', 400),
  ])('%s', (error) => {
    expect(isPassing(error)).toBe(true);
  });

  it.each([
    answer('AccessDenied', 403),
    answer('NoSuchKey', 404),
    answer('PreconditionFailed', 412),
    answer('NotImplemented', 501),
    new UserError('CANCELLED', 'fact', 'hint'),
    new TypeError('x is not a function'),
    undefined,
  ])('not %s', (error) => {
    expect(isPassing(error)).toBe(false);
  });
});

it('tells apart what an answer means', () => {
  expect(isMissing(answer('NotFound', 404))).toBe(true);
  expect(isMissing(answer('AccessDenied', 403))).toBe(false);
  expect(isPreconditionFailed(answer('PreconditionFailed', 412))).toBe(true);
  expect(isPreconditionFailed(answer('ConditionalRequestConflict', 409))).toBe(false);
  expect(isConditionalConflict(answer('ConditionalRequestConflict', 409))).toBe(true);
});
