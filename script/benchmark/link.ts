import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rate } from '../../src/repository/rate.js';

/**
 * A program: a link of a bounded rate, or a long one, to a server on 127.0.0.1. All its connections share the rate,
 * in each direction of its own. It prints its port, and ends with its standard input.
 *
 * Usage: link.js TARGET_PORT BYTES_PER_SECOND DELAY_MS (`Infinity` is no bound; the delay is that of one way)
 */

const [targetPort = 0, bytesPerSecond = Infinity, delayMs = 0] = process.argv.slice(2).map(Number);

const pieceBytes = 64 * 1024;
/** Sent and not yet acknowledged, on each connection: 4 MiB, as Linux has it at most by default. */
const piecesUnderWay = 64;

const rates = { up: new Rate(bytesPerSecond), down: new Rate(bytesPerSecond) };

async function join(client: Socket): Promise<void> {
  const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
  const cut = () => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) socket.on('error', cut).setNoDelay();
  // A connection is there after one way and back.
  await until(performance.now() + 2 * delayMs);
  await Promise.all([carry(client, server, rates.up), carry(server, client, rates.down)]).finally(cut);
}

/** Reads no faster than it may send, so the sender feels the link. */
async function carry(from: Socket, to: Socket, rate: Rate): Promise<void> {
  let delivered = Promise.resolve();
  const acknowledged: Promise<void>[] = [];
  for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let offset = 0; offset < chunk.length; offset += pieceBytes) {
      const piece = chunk.subarray(offset, offset + pieceBytes);
      const now = performance.now();
      await until(now + rate.waitFor(piece.length, now));
      if (acknowledged.length === piecesUnderWay) await acknowledged.shift();
      delivered = deliver(piece, to, delivered, performance.now() + delayMs);
      const answer = delivered.then(() => until(performance.now() + delayMs));
      // Whoever waits for one of them is told.
      answer.catch(() => undefined);
      acknowledged.push(answer);
    }
  }
  await delivered;
  to.end();
}

async function deliver(piece: Buffer, to: Socket, earlier: Promise<void>, due: number): Promise<void> {
  await earlier;
  await until(due);
  if (!to.write(piece)) await once(to, 'drain');
}

async function until(time: number): Promise<void> {
  const wait = time - performance.now();
  if (wait > 0) await sleep(wait);
}

const listening = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
  // What breaks a connection is told to both of its ends by its end.
  join(client).catch(() => undefined);
});
listening.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(listening.address() as AddressInfo).port}\n`);
});
process.stdin.once('end', () => process.exit()).resume();
