import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { UserError } from '../errors.js';
import { abortReason } from './abort-reason.js';
import type { S3Connection } from './connection.js';
import type { BackOff } from './patience.js';
import type { ObjectReference } from './repository.js';
import { isPassing, isPreconditionFailed } from './store-errors.js';

/** An answer that brings less than this counts as a failed one: else a store that stalls could take for ever. */
const progressBytes = 1024 * 1024;

/** How far a download has come. The ETag is that of the first answer. */
interface Progress {
  receivedBytes: number;
  etag?: string | undefined;
}

/** See `Repository.download`. Nothing is asked for before the first read. */
export async function* downloadObject(
  connection: S3Connection,
  object: ObjectReference,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const progress: Progress = { receivedBytes: 0 };
  const backOff = connection.backOff(signal);
  for (;;) {
    try {
      const answer = await get(connection, object, progress, signal);
      progress.etag = answer.ETag;
      const fromBytes = progress.receivedBytes;
      for await (const chunk of answer.Body as Readable) {
        const bytes = chunk as Buffer;
        progress.receivedBytes += bytes.length;
        if (progress.receivedBytes - fromBytes >= progressBytes) backOff.reset();
        yield bytes;
        free(bytes);
      }
      if (progress.receivedBytes === object.sizeBytes) return;
      throw Object.assign(new Error('the connection ended too early'), { code: 'ECONNRESET' });
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (!isPassing(error)) throw connection.explain(error, 'read', object.key);
      if (!(await paused(backOff, signal))) throw givenUp(connection, object, progress, error);
      connection.log.info(
        `${object.key} broke off after ${progress.receivedBytes} bytes (${String(error)}): going on from there.`,
      );
    }
  }
}

/**
 * Gives the memory back at once. The garbage collector would do so late and often, since it counts these bytes: a quarter
 * of the CPU time of a download, and 45 MB. (Node 20 has no `transfer`.)
 */
function free({ buffer, length }: Buffer): void {
  // Not where it is a part of what others use too.
  if ('transfer' in buffer && buffer.byteLength === length) (buffer as Transferable).transfer(0);
}

type Transferable = ArrayBufferLike & { transfer: (length: number) => ArrayBuffer };

/** Asks for what is still missing. */
async function get(
  { s3, bucket }: S3Connection,
  object: ObjectReference,
  { receivedBytes, etag }: Progress,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const request = {
    Bucket: bucket,
    Key: object.key,
    ...(receivedBytes > 0 && { Range: `bytes=${receivedBytes}-` }),
    ...(etag !== undefined && { IfMatch: etag }),
  };
  const what = `s3://${bucket}/${object.key}`;
  const answer = await s3.getObject(request, { abortSignal: signal }).catch((error: unknown) => {
    throw isPreconditionFailed(error) ? changed(what, error) : error;
  });
  const problem = problemOf(answer, object, receivedBytes, what);
  if (problem === undefined) return answer;
  (answer.Body as Readable).destroy();
  throw problem;
}

function problemOf(
  answer: GetObjectCommandOutput,
  object: ObjectReference,
  receivedBytes: number,
  what: string,
): UserError | undefined {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.ContentRange ?? '');
  if (receivedBytes > 0 && Number(range?.[1]) !== receivedBytes) {
    return new UserError(
      'DOWNLOAD_FAILED',
      `The S3 store does not resume the broken download of ${what} (it ignores ranges).`,
      'Try again on a better connection, or fetch the object with another program.',
    );
  }
  const storedBytes = receivedBytes > 0 ? Number(range?.[2]) : answer.ContentLength;
  if (storedBytes === object.sizeBytes) return undefined;
  return new UserError(
    'LINK_CORRUPT',
    `${what} has ${storedBytes ?? 'an unknown number of'} bytes, but its manifest says ${object.sizeBytes}.`,
    'It was changed or cut after the backup. Restore an earlier hour, or an earlier version of the object if the ' +
      'bucket keeps versions.',
  );
}

function changed(what: string, cause: unknown): UserError {
  return new UserError(
    'DOWNLOAD_FAILED',
    `${what} was replaced while it was read.`,
    'Find out what writes to the bucket, and start again.',
    { cause },
  );
}

function givenUp(
  connection: S3Connection,
  object: ObjectReference,
  { receivedBytes, etag }: Progress,
  error: unknown,
): unknown {
  const cause = connection.explain(error, 'read', object.key);
  if (etag === undefined) return cause;
  return new UserError(
    'DOWNLOAD_FAILED',
    `The download of s3://${connection.bucket}/${object.key} broke off after ${receivedBytes} of ` +
      `${object.sizeBytes} bytes and could not be resumed.`,
    'Check the connection to the store, and start again.',
    { cause },
  );
}

async function paused(backOff: BackOff, signal: AbortSignal): Promise<boolean> {
  return backOff.pause().catch(() => {
    throw abortReason(signal);
  });
}
