import type { IncomingMessage } from 'node:http';

/** What a request asks of an S3 store, path style. */
export type RequestKind =
  | 'put-object'
  | 'get-object'
  | 'head-object'
  | 'delete-object'
  | 'create-upload'
  | 'upload-part'
  | 'complete-upload'
  | 'abort-upload'
  | 'list-parts'
  | 'list'
  | 'list-uploads'
  /** All else: about the bucket, its settings, versions. */
  | 'other';

export interface S3Request {
  kind: RequestKind;
  /** The object's key; of a list the prefix that is asked for. */
  key: string;
}

/** Tells by the method, the path and the query; the body is not looked at. */
export function s3RequestOf({ method = '', url = '/' }: Pick<IncomingMessage, 'method' | 'url'>): S3Request {
  const { pathname, searchParams: query } = new URL(url, 'http://store');
  const [, , ...segments] = pathname.split('/');
  const key = decodeURIComponent(segments.join('/'));
  if (key === '') return { kind: kindOfBucket(method, query), key: query.get('prefix') ?? '' };
  return { kind: kindOfObject(method, query), key };
}

function kindOfBucket(method: string, query: URLSearchParams): RequestKind {
  if (method === 'GET' && query.has('list-type')) return 'list';
  if (method === 'GET' && query.has('uploads')) return 'list-uploads';
  return 'other';
}

function kindOfObject(method: string, query: URLSearchParams): RequestKind {
  const ofUpload = query.has('uploadId');
  switch (method) {
    case 'PUT':
      return ofUpload ? 'upload-part' : isPlain(query) ? 'put-object' : 'other';
    case 'POST':
      return ofUpload ? 'complete-upload' : query.has('uploads') ? 'create-upload' : 'other';
    case 'GET':
      return ofUpload ? 'list-parts' : isPlain(query) ? 'get-object' : 'other';
    case 'HEAD':
      return 'head-object';
    case 'DELETE':
      return ofUpload ? 'abort-upload' : 'delete-object';
    default:
      return 'other';
  }
}

/** About the object itself. The SDK adds `x-id` to say what it asks for. */
function isPlain(query: URLSearchParams): boolean {
  return [...query.keys()].every((name) => ['x-id', 'versionId'].includes(name));
}
