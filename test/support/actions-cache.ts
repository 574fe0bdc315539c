import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The cache service of GitHub Actions, as far as `@actions/cache` asks for it: version 2, JSON over HTTP, with a blob
 * store for the archives. Entries cannot be changed; of those whose key begins as asked for, the newest is found.
 */
export interface ActionsCache {
  /** What the runner sets for actions, and only for these. */
  readonly env: Record<string, string>;
  /** The keys of all complete entries, the newest first. */
  readonly keys: string[];
  /** What was asked, by the names of the service's methods. */
  readonly asked: string[];
  /** Puts an entry there as somebody else who may write to the cache. */
  plant(key: string): void;
  /** From now on: answers, never answers, refuses, or answers what is no answer. */
  behaves: 'well' | 'hangs' | 'refuses' | 'talks nonsense';
  forget(): void;
  stop(): Promise<void>;
}

interface Entry {
  key: string;
  version: string;
  isComplete: boolean;
}

export async function startActionsCache(): Promise<ActionsCache> {
  const token = randomUUID();
  let entries: Entry[] = [];
  // Only one kind of entry is ever stored here, so all are of one version.
  let version = '';
  const cache: ActionsCache = {
    env: {},
    asked: [],
    behaves: 'well',
    get keys() {
      return entries.filter(({ isComplete }) => isComplete).map(({ key }) => key);
    },
    plant: (key) => entries.unshift({ key, version, isComplete: true }),
    forget: () => (entries = []),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const methods: Record<string, (body: Record<string, unknown>) => object> = {
    CreateCacheEntry: (body) => {
      const key = textOf(body, 'key');
      if (entries.some((entry) => entry.key === key)) return { ok: false };
      version = textOf(body, 'version');
      entries.unshift({ key, version, isComplete: false });
      return { ok: true, signed_upload_url: `${address()}/blob/${randomUUID()}?sig=abc` };
    },
    FinalizeCacheEntryUpload: (body) => {
      const entry = entries.find(({ key }) => key === body['key']);
      if (entry === undefined) return { ok: false };
      entry.isComplete = true;
      return { ok: true, entry_id: '1' };
    },
    GetCacheEntryDownloadURL: (body) => {
      const prefixes = [body['key'], ...((body['restore_keys'] as unknown[] | undefined) ?? [])].map(String);
      const found = entries.find(
        (entry) =>
          entry.isComplete &&
          entry.version === body['version'] &&
          prefixes.some((prefix) => entry.key.startsWith(prefix)),
      );
      if (found === undefined) return { ok: false };
      return { ok: true, signed_download_url: `${address()}/blob/x?sig=abc`, matched_key: found.key };
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = new URL(request.url ?? '', 'http://x').pathname;
    if (path.startsWith('/blob/')) {
      if (request.method !== 'PUT') return void response.writeHead(404).end();
      return void response.writeHead(201, { etag: '"0x1"', 'last-modified': new Date().toUTCString() }).end();
    }
    const method = path.split('/').at(-1) ?? '';
    cache.asked.push(method);
    if (cache.behaves === 'hangs') return;
    if (cache.behaves === 'talks nonsense') return void response.writeHead(200).end('<html>hello</html>');
    const isKnown = request.headers.authorization === `Bearer ${token}`;
    if (cache.behaves === 'refuses' || !isKnown) {
      return void response.writeHead(403).end('{"code":"permission_denied","msg":"no"}');
    }
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    const answer = methods[method]?.(body);
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { code: 'bad_route', msg: path }));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(cache.env, {
    ACTIONS_CACHE_SERVICE_V2: 'True',
    ACTIONS_RESULTS_URL: `${address()}/`,
    ACTIONS_RUNTIME_TOKEN: token,
  });
  return cache;
}

function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new Error(`The request has no ${name}: ${JSON.stringify(body)}`);
  return value;
}
