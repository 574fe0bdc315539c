import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** What a server calls itself when it greets, before anybody logs in. @throws Error when it cannot be reached. */
export function greetedVersion(server: NetConnectOpts): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(server);
    const parts: Buffer[] = [];
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      const packet = Buffer.concat(parts);
      const end = packet.indexOf(0, 5);
      if (end < 0) return;
      // Length and number of the packet, then the protocol's version, which is 10.
      const version = packet[4] === 10 ? packet.toString('latin1', 5, end) : undefined;
      if (version === undefined) reject(new Error(packet.toString('latin1', 7)));
      else resolve(version);
      socket.destroy();
    });
  });
}

/**
 * Listens on a unix socket and hands every connection on to a server. Wherever the server says `from`, the
 * client hears `to`, which must be as long: so no packet changes its length.
 */
export async function startServerProxy(
  path: string,
  server: NetConnectOpts,
  { from, to }: { from: string; to: string },
): Promise<Server> {
  const proxy = createServer((client) => {
    const upstream = createConnection(server);
    const swap = new Swap(Buffer.from(from), Buffer.from(to));
    client.pipe(upstream);
    upstream.on('data', (part: Buffer) => client.write(swap.apply(part)));
    upstream.on('end', () => client.end(swap.rest()));
    endTogether(client, upstream);
    endTogether(upstream, client);
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(path, resolve);
  });
  return proxy;
}

function endTogether(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy());
  one.on('close', () => other.destroy());
}

/**
 * Puts one text in place of another that is as long. It works on whole packets of the protocol (length in three
 * bytes, number, content), so the text is found wherever a read cuts it, and nothing that is complete waits.
 */
class Swap {
  #held: Buffer = Buffer.alloc(0);
  #greeted = false;

  constructor(
    readonly from: Buffer,
    readonly to: Buffer,
  ) {}

  /** The packets that are complete. */
  apply(part: Buffer): Buffer {
    const bytes = Buffer.concat([this.#held, part]);
    let end = 0;
    while (bytes.length >= end + 4 && bytes.length >= end + 4 + bytes.readUIntLE(end, 3)) {
      end += 4 + bytes.readUIntLE(end, 3);
    }
    const packets = bytes.subarray(0, end);
    if (!this.#greeted && end > 0) withoutTls(packets);
    this.#greeted ||= end > 0;
    for (let at = packets.indexOf(this.from); at >= 0; at = packets.indexOf(this.from, at + 1)) {
      this.to.copy(packets, at);
    }
    this.#held = bytes.subarray(end);
    return packets;
  }

  rest(): Buffer {
    return this.#held;
  }
}

/**
 * Takes the offer of TLS (0x0800) out of a greeting: what is encrypted cannot be read here. After the version
 * come the number of the thread (4 bytes), the beginning of the salt (8) and a 0, then what the server can.
 */
function withoutTls(greeting: Buffer): void {
  const flags = greeting.indexOf(0, 5) + 14;
  if (greeting[4] === 10) greeting.writeUInt16LE(greeting.readUInt16LE(flags) & ~0x0800, flags);
}
