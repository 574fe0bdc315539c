import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface WidePipe {
  /** For a program, as its standard input. Our own copy is to be destroyed when that has started. */
  readEnd: Socket;
  writeEnd: Socket;
}

/** A host that lets itself connect does so within a fraction of a millisecond. */
const patienceMilliseconds = 1000;

/**
 * A way into a program that holds megabytes: the `pipe` of Node's `spawn` holds 200 KB. A program that reads 10 MiB and
 * then writes them, as the extractors do, finds the next ones waiting, instead of waiting for us fifty times. It is TCP
 * from this host to itself: Node can set the size of no other, and Linux makes these as large as they need to be
 * (tcp(7), tcp_rmem and tcp_wmem).
 * @param host for tests: an address that is not ours.
 * @returns undefined where this host does not reach itself, as with some firewalls.
 */
export async function widePipe(host = '127.0.0.1'): Promise<WidePipe | undefined> {
  const signal = AbortSignal.timeout(patienceMilliseconds);
  const server = createServer({ pauseOnConnect: true });
  // Anybody on this host may connect: only who comes from our own address and port is let in.
  const arrived: Socket[] = [];
  server.on('connection', (socket) => arrived.push(socket));
  let writeEnd: Socket | undefined;
  let readEnd: Socket | undefined;
  try {
    server.listen(0, host);
    await once(server, 'listening', { signal });
    writeEnd = connect({ host, port: (server.address() as AddressInfo).port, noDelay: true });
    // Not read: with the program's end Node would end our writing too, as if all were written, and `pipeline` of
    // node:stream would wait for ever for what it writes after that.
    writeEnd.pause();
    await once(writeEnd, 'connect', { signal });
    // What goes wrong later, the writing or the program's end tells.
    writeEnd.on('error', () => undefined);
    const { localAddress, localPort } = writeEnd;
    const isOwn = (socket: Socket) =>
      socket.remoteAddress === localAddress && socket.remotePort === localPort;
    while ((readEnd = arrived.find(isOwn)) === undefined) await once(server, 'connection', { signal });
    return { writeEnd, readEnd };
  } catch {
    writeEnd?.destroy();
    return undefined;
  } finally {
    server.close();
    for (const stranger of arrived) if (stranger !== readEnd) stranger.destroy();
  }
}
