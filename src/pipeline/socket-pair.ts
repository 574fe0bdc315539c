import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, createServer, type OnReadOpts, type Socket } from 'node:net';

export interface SocketPair {
  readEnd: Socket;
  /** For a program. Our own copy is to be destroyed when that has started, or the stream would never end. */
  writeEnd: Socket;
}

/**
 * Two connected sockets, of which the one that is read takes its memory from `onread`. (The `pipe` of Node's `spawn` does
 * not: it makes a buffer of 64 KiB for each read.)
 * @param dir where nobody else can look in. For a moment it holds a socket.
 */
export async function socketPair(dir: string, onread: OnReadOpts): Promise<SocketPair> {
  const handle = await open(dir);
  const server = createServer({ pauseOnConnect: true });
  try {
    // By its descriptor, since the path of a socket may have 107 bytes, and that of a runner's directory can have more.
    const path = `/proc/self/fd/${handle.fd}/${randomUUID()}`;
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const readEnd = connect({ path, onread });
    await once(readEnd, 'connect');
    const [writeEnd] = await accepted;
    return { readEnd, writeEnd };
  } finally {
    server.close();
    await handle.close();
  }
}
