import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault-script.js';

/** What becomes of a body under way. */

export type Bytes = AsyncIterable<Uint8Array>;

/** One fault in one exchange. */
export interface OrderedFault {
  fault: Fault | undefined;
  /** To be called when it has come to pass. */
  took: () => void;
  response: ServerResponse;
  /** Aborted when the script ends: then nothing stalls any more. */
  ended: AbortSignal;
}

/** The connection is to end here: broken, or as if all had been said. */
export class BodyFault extends Error {
  constructor(readonly end: 'reset' | 'close') {
    super(`Ordered by the test: ${end}`);
  }
}

/** The body as the store gets it. */
export function faultyUpload(request: IncomingMessage, ordered: OrderedFault): Bytes {
  const { fault, took } = ordered;
  const body = request as Bytes;
  switch (fault?.fault) {
    case 'reset-upload':
      return cutAfter(body, fault.afterBytes, () => {
        took();
        throw new BodyFault('reset');
      });
    case 'stall-upload':
      return cutAfter(body, fault.afterBytes, () => stall(ordered));
    case 'flip-upload':
      return flip(body, fault.atByte, fault.xor ?? 0xff, took);
    case 'slow':
      return pace(body, fault.bytesPerSecond, took);
    default:
      return body;
  }
}

/** Head and body of the answer as the client gets them. */
export function faultyDownload(
  answer: IncomingMessage,
  ordered: OrderedFault,
): { headers: readonly string[]; body: Bytes } {
  const { fault, took } = ordered;
  const headers = answer.rawHeaders;
  const body = answer as Bytes;
  switch (fault?.fault) {
    case 'reset-download':
      return {
        headers,
        body: cutAfter(body, fault.afterBytes, () => {
          took();
          throw new BodyFault('reset');
        }),
      };
    case 'stall-download':
      return { headers, body: cutAfter(body, fault.afterBytes, () => stall(ordered)) };
    case 'truncate':
      return truncate(answer, fault, took);
    case 'flip-download':
      return { headers, body: flip(body, fault.atByte, fault.xor ?? 0xff, took) };
    case 'wrong-etag':
      return { headers: withHeader(headers, 'etag', '"00000000000000000000000000000000"', took), body };
    case 'slow':
      return { headers, body: pace(body, fault.bytesPerSecond, took) };
    default:
      return { headers, body };
  }
}

function truncate(
  answer: IncomingMessage,
  { afterBytes, length }: Extract<Fault, { fault: 'truncate' }>,
  took: () => void,
): { headers: readonly string[]; body: Bytes } {
  const { rawHeaders } = answer;
  const body = cutAfter(answer as Bytes, afterBytes, () => {
    took();
    if (length === 'declared') throw new BodyFault('close');
    return 'end';
  });
  const announced = Number(answer.headers['content-length'] ?? 0);
  if (length === 'declared' || announced <= afterBytes) return { headers: rawHeaders, body };
  took();
  if (length === 'shorter')
    return { headers: withHeader(rawHeaders, 'content-length', `${afterBytes}`), body };
  // Without a length Node sends it in chunks.
  return { headers: withHeader(rawHeaders, 'content-length', undefined), body };
}

/** Passes `bytes` on. What comes then is `atCut`'s to decide, and only if there was more to come. */
async function* cutAfter(
  source: Bytes,
  bytes: number,
  atCut: () => Promise<'end'> | 'end',
): AsyncGenerator<Uint8Array, void> {
  let left = bytes;
  for await (const chunk of source) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left >= 0) continue;
    await atCut();
    return;
  }
}

/** Nothing more, until the client leaves. (While nothing is read of it, that is not always seen.) */
async function stall({ took, response, ended }: OrderedFault): Promise<never> {
  took();
  await new Promise((resolve) => {
    response.once('close', resolve);
    ended.addEventListener('abort', resolve);
    if (response.destroyed || ended.aborted) resolve(undefined);
  });
  throw new BodyFault('reset');
}

async function* flip(
  source: Bytes,
  atByte: number,
  xor: number,
  took: () => void,
): AsyncGenerator<Uint8Array, void> {
  let offset = 0;
  for await (const chunk of source) {
    const index = atByte - offset;
    offset += chunk.length;
    if (index < 0 || index >= chunk.length) {
      yield chunk;
      continue;
    }
    const changed = Uint8Array.from(chunk);
    changed[index] = (changed[index] ?? 0) ^ xor;
    took();
    yield changed;
  }
}

/** Twenty pieces a second. */
async function* pace(
  source: Bytes,
  bytesPerSecond: number,
  took: () => void,
): AsyncGenerator<Uint8Array, void> {
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / 20));
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length; offset += pieceBytes) {
      const piece = chunk.subarray(offset, offset + pieceBytes);
      await sleep((piece.length / bytesPerSecond) * 1000);
      yield piece;
    }
    took();
  }
}

/** Raw headers (name, value, name, value …) with another value of one that is there, or without it. */
function withHeader(
  rawHeaders: readonly string[],
  name: string,
  value: string | undefined,
  changed: () => void = () => undefined,
): string[] {
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [header = '', old = ''] = rawHeaders.slice(index, index + 2);
    const isIt = header.toLowerCase() === name;
    if (isIt) changed();
    if (isIt && value === undefined) continue;
    headers.push(header, isIt && value !== undefined ? value : old);
  }
  return headers;
}
