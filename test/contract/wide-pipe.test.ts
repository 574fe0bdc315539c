import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, Server, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { widePipe, type WidePipe } from '../../src/pipeline/wide-pipe.js';

const open: Socket[] = [];

afterEach(() => {
  jest.restoreAllMocks();
  for (const socket of open.splice(0)) socket.destroy();
});

async function opened(): Promise<WidePipe> {
  const pipe = await widePipe();
  if (pipe === undefined) throw new Error('This host does not reach itself');
  open.push(pipe.readEnd, pipe.writeEnd);
  return pipe;
}

describe('widePipe', () => {
  it('takes much more at once than the pipe of spawn, before anybody reads', async () => {
    const { writeEnd } = await opened();
    const narrow = spawn('sleep', ['100'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const taken = await takes(writeEnd);
    const takenByNarrow = await takes(narrow.stdin);
    narrow.kill();
    expect(takenByNarrow).toBeLessThan(512 * 1024);
    expect(taken).toBeGreaterThan(4 * takenByNarrow);
  });

  it('lets nobody in but its own end', async () => {
    const listening = new Promise<Server>((resolve) => {
      const listen = Reflect.get(Server.prototype, 'listen') as (...args: unknown[]) => Server;
      jest.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]) {
        this.once('listening', () => resolve(this));
        return Reflect.apply(listen, this, args);
      });
    });
    const pipe = widePipe();
    const server = await listening;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No TCP');
    const strangers = [1, 2, 3].map(() => connect(address.port, '127.0.0.1'));
    strangers.forEach((stranger) => stranger.on('error', () => undefined).end('a stranger'));
    const { readEnd, writeEnd } = (await pipe) as WidePipe;
    open.push(readEnd, writeEnd, ...strangers);
    writeEnd.end('its own');
    readEnd.setEncoding('utf8').resume();
    expect((await once(readEnd, 'data'))[0]).toBe('its own');
    expect(server.listening).toBe(false);
    for (const stranger of strangers) if (!stranger.destroyed) await once(stranger, 'close');
    readEnd.destroy();
    await once(server, 'close');
  });

  it('is none where the host does not reach itself', async () => {
    // An address of TEST-NET-1 (RFC 5737): nobody has it.
    expect(await widePipe('192.0.2.1')).toBeUndefined();
  });
});

/** How many bytes the system takes from us, until it takes no more for a moment. */
async function takes(socket: Writable): Promise<number> {
  const piece = Buffer.alloc(64 * 1024);
  let taken = 0;
  // The last piece is still on its way when the other end goes.
  socket.on('error', () => undefined);
  for (let quiet = 0; quiet < 10;) {
    if (socket.writableLength === 0) {
      socket.write(piece, (error) => {
        if (!error) taken += piece.length;
      });
      quiet = 0;
    } else {
      quiet++;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return taken;
}
