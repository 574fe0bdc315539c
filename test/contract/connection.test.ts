import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../src/mysql/connection.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';

/** A connection that a cancel breaks, on a real server. */

let server: MysqlServer;
beforeAll(async () => {
  server = await startMysqlServer();
}, 60_000);
afterAll(() => server.remove());

const account = () => ({
  user: 'root',
  password: undefined,
  socket: server.socket,
  host: undefined,
  port: undefined,
});

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

it('an abort in the middle of a statement ends it, and leaves nothing that keeps the process alive', async () => {
  const controller = new AbortController();
  const session = await connect(account(), controller.signal);
  const before = timers();
  const statement = session.query('SELECT SLEEP(30)').catch((error: unknown) => error);
  await sleep(200);
  expect(timers()).toBe(before + 1);

  const begun = performance.now();
  controller.abort();
  expect(await statement).toBeInstanceOf(Error);
  await session.close();
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(timers()).toBe(before);
});
