import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A program: an S3 server on 127.0.0.1 that drops the parts of uploads as they come, and keeps small objects. It
 * answers what a backup asks, and checks nothing. It tells how long an object took to come in x-received-seconds. It
 * prints its port, and ends with its standard input.
 */

/** Of the first byte and the last, in milliseconds. */
interface Times {
  firstAt: number;
  lastAt: number;
}

interface Kept extends Times {
  sizeBytes: number;
  /** `x-amz-meta-…`, as sent. */
  metadata: Record<string, string>;
  /** Undefined for an upload in parts, and for what is large. */
  body: Buffer | undefined;
}

interface Received extends Times {
  sizeBytes: number;
  body: Buffer | undefined;
}

const largestKeptBytes = 1024 * 1024;

/** By `/bucket/key`. */
const objects = new Map<string, Kept>();
/** By upload id. */
const uploads = new Map<string, Kept>();
let lastUpload = 0;

/** Reads a body to its end, whatever it is. */
async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let firstAt = Infinity;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    firstAt = Math.min(firstAt, performance.now());
    sizeBytes += chunk.length;
    if (sizeBytes <= largestKeptBytes) chunks.push(chunk);
  }
  const body = sizeBytes <= largestKeptBytes ? Buffer.concat(chunks) : undefined;
  return { sizeBytes, body, firstAt, lastAt: performance.now() };
}

function metadataOf({ headers }: IncomingMessage): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

const etag = '"00000000000000000000000000000000-1"';

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
  const path = decodeURIComponent(pathname);
  const uploadId = query.get('uploadId') ?? '';
  const received = await receive(request);
  const xml = (text: string, headers: Record<string, string> = {}) => {
    response.writeHead(200, { 'content-type': 'application/xml', ...headers }).end(text);
  };
  const done = (status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, headers).end();

  switch (request.method) {
    case 'POST':
      if (query.has('uploads')) {
        const id = String((lastUpload += 1));
        const none = { sizeBytes: 0, body: undefined, firstAt: Infinity, lastAt: 0 };
        uploads.set(id, { ...none, metadata: metadataOf(request) });
        return xml(
          `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      objects.set(path, uploads.get(uploadId) as Kept);
      uploads.delete(uploadId);
      return xml(`<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`);
    case 'PUT':
      if (uploadId !== '') addPart(uploads.get(uploadId) as Kept, received);
      else objects.set(path, { ...received, metadata: metadataOf(request) });
      return void done(200, { etag });
    case 'DELETE':
      objects.delete(path);
      uploads.delete(uploadId);
      return void done(204);
    default:
      if (query.has('uploads'))
        return xml(
          '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>',
        );
      // It locks nothing, as the other server does.
      if (query.has('object-lock')) return void done(404);
      if (/^\/[^/]+\/?$/.test(path)) return xml(list(path, query));
      show(objects.get(path), request.method === 'GET', response);
  }
}

function addPart(upload: Kept, { sizeBytes, firstAt, lastAt }: Received): void {
  upload.sizeBytes += sizeBytes;
  upload.firstAt = Math.min(upload.firstAt, firstAt);
  upload.lastAt = Math.max(upload.lastAt, lastAt);
}

function show(kept: Kept | undefined, withBody: boolean, response: ServerResponse): void {
  if (kept === undefined || (withBody && kept.body === undefined)) {
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const seconds = Math.max(0, kept.lastAt - kept.firstAt) / 1000;
  response.writeHead(200, {
    ...kept.metadata,
    etag,
    'content-length': kept.sizeBytes,
    'x-received-seconds': seconds,
  });
  response.end(withBody ? kept.body : undefined);
}

function list(path: string, query: URLSearchParams): string {
  const bucket = `${path.replace(/\/$/, '')}/`;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const contents: string[] = [];
  const folders = new Set<string>();
  for (const [place, { sizeBytes }] of objects) {
    const key = place.slice(bucket.length);
    if (!place.startsWith(bucket + prefix) || key <= (query.get('start-after') ?? '')) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end >= 0) folders.add(key.slice(0, end + 1));
    else contents.push(`<Contents><Key>${key}</Key><Size>${sizeBytes}</Size><ETag>${etag}</ETag></Contents>`);
  }
  const prefixes = [...folders].map(
    (folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`,
  );
  const all = [...contents.sort(), ...prefixes.sort()].join('');
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${all}</ListBucketResult>`;
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    response.destroy(error instanceof Error ? error : undefined);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.once('end', () => process.exit()).resume();
