import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** What to do with the bytes of one direction: pass them on (changed or not), or break the connection. */
export type Passage = (bytes: Buffer, connection: ProxiedConnection) => Buffer | 'cut' | 'drop';

export interface ProxiedConnection {
  /** Counted from 1. */
  number: number;
  /** The first line of the last request that was seen, such as `PUT /bucket/key HTTP/1.1`. */
  request: string;
  /** Bytes that came from the server so far. */
  responseBytes: number;
}

/** A network that fails as told, in front of a real server. Both passages can be replaced at any time. */
export interface TcpProxy {
  endpoint: string;
  connections: number;
  onRequest: Passage;
  onResponse: Passage;
  close(): Promise<void>;
}

/** @param identity makes it speak TLS to the client: a key and a certificate, in PEM. */
export async function startTcpProxy(
  target: string,
  identity?: { key: string; cert: string },
): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const serve = (client: Socket) => {
    proxy.connections += 1;
    const connection = { number: proxy.connections, request: '', responseBytes: 0 };
    const upstream = connect(Number(port), hostname);
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    const pass = (bytes: Buffer, passage: Passage, from: Socket, to: Socket) => {
      const passed = passage(bytes, connection);
      if (passed === 'cut') cut();
      else if (passed !== 'drop' && !to.write(passed)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    client.on('data', (bytes: Buffer) => {
      const line = /^(GET|HEAD|PUT|POST|DELETE) \S+ HTTP\/1\.1/.exec(bytes.toString('latin1', 0, 4096));
      if (line !== null) connection.request = line[0];
      pass(bytes, proxy.onRequest, client, upstream);
    });
    upstream.on('data', (bytes: Buffer) => {
      connection.responseBytes += bytes.length;
      pass(bytes, proxy.onResponse, upstream, client);
    });
  };
  const server = identity === undefined ? createServer(serve) : createTlsServer(identity, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const proxy: TcpProxy = {
    endpoint: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 0,
    onRequest: (bytes) => bytes,
    onResponse: (bytes) => bytes,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** The heads of the PUT requests from now on whose first line matches. */
export function headsOf(proxy: TcpProxy, line: RegExp): readonly string[] {
  const heads: string[] = [];
  proxy.onRequest = (sent, { request }) => {
    const text = sent.toString('latin1', 0, 4096);
    if (line.test(request) && text.startsWith('PUT')) heads.push(text.slice(0, text.indexOf('\r\n\r\n')));
    return sent;
  };
  return heads;
}
