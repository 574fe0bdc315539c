import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { BodyFault, faultyDownload, faultyUpload, type Bytes, type OrderedFault } from './fault-bodies.js';
import { FaultScript, type Rule } from './fault-script.js';
import { s3RequestOf, type RequestKind } from './s3-requests.js';

/**
 * A network and a store that fail as told, in front of a real S3 server. It speaks HTTP, passes bodies on as they
 * come, and leaves the Host header as the client signed it.
 */
export interface FaultProxy {
  endpoint: string;
  /** Begins a new script: counters at 0, credentials valid again, listening again. Without rules nothing fails. */
  play(...rules: readonly Rule[]): Promise<void>;
  /** How many requests of a kind came since `play`. */
  count(kind: RequestKind): number;
  /** How often each rule came to pass. */
  readonly fired: number[];
  /** @throws Error when a rule never came to pass. */
  requireAllFired(): void;
  close(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy = new HttpProxy(new URL(target));
  await proxy.listen();
  return proxy;
}

class HttpProxy implements FaultProxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer();
  #script = new FaultScript([]);
  #scriptEnds = new AbortController();
  #port = 0;

  constructor(target: URL) {
    this.#target = target;
    // Idle connections stay: one that is closed just as it is used again would be a fault that nobody ordered.
    Object.assign(this.#server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    this.#server.on('request', (request, response) => {
      // Whoever leaves in the middle is no failure of the proxy.
      const { socket } = request;
      this.#pass(request, response).catch(() => void socket.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get fired(): number[] {
    return this.#script.fired;
  }

  count(kind: RequestKind): number {
    return this.#script.count(kind);
  }

  requireAllFired(): void {
    this.#script.requireAllFired();
  }

  async play(...rules: readonly Rule[]): Promise<void> {
    this.#scriptEnds.abort();
    this.#scriptEnds = new AbortController();
    this.#script = new FaultScript(rules);
    if (!this.#server.listening) await this.listen();
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#scriptEnds.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A request whose client has left has no socket any more.
    const { socket } = request;
    for (const message of [request, response]) message.on('error', () => undefined);
    const next = this.#script.next(s3RequestOf(request)) ?? { fault: undefined, took: () => undefined };
    const ordered = { ...next, response, ended: this.#scriptEnds.signal };
    const { fault, took } = next;
    try {
      if (fault?.fault === 'go-away') {
        took();
        return await this.close();
      }
      if (fault?.fault === 'refuse') {
        if (fault.afterBody === true) await drain(request);
        took();
        return refuse(request, response, fault);
      }
      const answer = await this.#forward(request, response, faultyUpload(request, ordered));
      if (fault?.fault !== 'lose-answer') return await giveBack(answer, ordered);
      await drain(answer);
      took();
      if (fault.by === 'reset') throw new BodyFault('reset');
      refuse(request, response, { status: 500, code: 'InternalError' });
    } catch (error) {
      if (!(error instanceof BodyFault)) throw error;
      if (error.end === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  /** Sends the request on; the head of the answer. */
  async #forward(request: IncomingMessage, response: ServerResponse, body: Bytes): Promise<IncomingMessage> {
    const { hostname: host, port } = this.#target;
    const { method, url: path, rawHeaders } = request;
    const headers = without(rawHeaders, 'connection');
    // A connection for each request: none that the server closes just as it is used again.
    const upstream = httpRequest({ host, port, method, path, headers, agent: false });
    const seen = { answer: false };
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', (message) => {
        seen.answer = true;
        resolve(message);
      });
      upstream.on('error', reject);
      response.once('close', () => {
        upstream.destroy();
        reject(new Error('The client has left'));
      });
    });
    answer.catch(() => undefined);
    try {
      for await (const chunk of body) await written(upstream, chunk);
      upstream.end();
    } catch (error) {
      // A store may refuse before it has read all.
      if (seen.answer && !(error instanceof BodyFault)) return answer;
      upstream.destroy();
      throw error;
    }
    return answer;
  }
}

/** Passes the answer on, changed as the fault has it. */
async function giveBack(answer: IncomingMessage, ordered: OrderedFault): Promise<void> {
  const { response } = ordered;
  const { headers, body } = faultyDownload(answer, ordered);
  response.writeHead(answer.statusCode ?? 0, answer.statusMessage ?? '', without(headers, 'connection'));
  response.flushHeaders();
  try {
    for await (const chunk of body) await written(response, chunk);
    response.end();
  } finally {
    answer.destroy();
  }
}

/** Resolves when the bytes are with the system, so that a reset which follows does not take them back. */
function written(to: NodeJS.WritableStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.once('close', reject);
    to.write(chunk, (error) => {
      to.removeListener('close', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, clockAheadSeconds = 0 }: { status: number; code: string; clockAheadSeconds?: number },
): void {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<Error><Code>${code}</Code><Message>Ordered by the test</Message><RequestId>1</RequestId></Error>`;
  response.writeHead(status, {
    'Content-Type': 'application/xml',
    'Content-Length': Buffer.byteLength(body),
    Date: new Date(Date.now() + clockAheadSeconds * 1000).toUTCString(),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function drain(message: IncomingMessage): Promise<void> {
  message.resume();
  return finished(message, { writable: false });
}

/** Raw headers (name, value, name, value …) without one of them. */
function without(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== name);
}
