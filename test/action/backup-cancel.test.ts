import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import type { RunningAction } from '../support/action-runner.js';
import {
  expectAllRestorable,
  expectGoesOn,
  expectNothingLeft,
  expectReported,
  until,
} from '../support/failures.js';
import { processesOf } from '../support/processes.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

/** A backup that is cancelled as the runner does it, or killed, leaves nothing, and the next one goes on. */

let host: DatabaseHost;
let place: BackupPlace;
const good: string[] = [];

/** Slow enough to do something in the middle of an upload of many parts. */
const slowly = { 'max-upload-mib-per-second': '4', type: 'full' };

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 120 });
  place = await host.newPlace();
  good.push((await place.goodBackup()).id);
}, 180_000);

afterAll(() => host.stop(), 60_000);

const uploadHasBegun = () => until('an upload has begun', async () => (await place.uploads()).length > 0);

const toolRuns = (running: RunningAction) =>
  until('the tool runs', async () =>
    (await processesOf(running.marker)).some(({ command }) => command.includes('--backup')),
  );

async function cancelled(running: RunningAction): Promise<EndedAction> {
  return { ...(await running.cancel()), marker: running.marker };
}

/** It ended by itself after SIGINT: without SIGTERM even, which comes after 7.5 s. */
async function expectCancelled(running: RunningAction, keysBefore: readonly string[]): Promise<void> {
  const begun = performance.now();
  const result = await cancelled(running);
  expectReported(result, { code: 'CANCELLED' });
  // What is to be shown is that neither SIGTERM nor SIGKILL was needed.
  expect(performance.now() - begun - (result.post?.durationMs ?? 0)).toBeLessThan(7500);
  await expectNothingLeft(place, result, keysBefore);
}

async function expectToGoOn(): Promise<void> {
  good.push(await expectGoesOn(place, good.at(-1) ?? ''));
}

describe('a cancel', () => {
  it('before the first byte', async () => {
    const keysBefore = await place.keys();
    const running = await place.startBackup();
    await running.waitForLine(/Look at the server/);
    await expectCancelled(running, keysBefore);
    await expectToGoOn();
  }, 90_000);

  it('in the middle of the stream', async () => {
    const keysBefore = await place.keys();
    const running = await place.startBackup({ inputs: slowly });
    await uploadHasBegun();
    await expectCancelled(running, keysBefore);
    await expectToGoOn();
  }, 90_000);

  it('in the middle of an encrypted stream, on Node 20', async () => {
    const keysBefore = await place.keys();
    const inputs = { ...slowly, 'encrypt-passphrase': 'secret' };
    const running = await place.startBackup({ inputs, node: process.execPath });
    await uploadHasBegun();
    await expectCancelled(running, keysBefore);
    await expectToGoOn();
  }, 90_000);

  it('while the tool waits for its lock', async () => {
    const keysBefore = await place.keys();
    const other = await host.mysql.connect();
    try {
      await other.query('BACKUP STAGE START');
      const running = await place.startBackup();
      await toolRuns(running);
      await expectCancelled(running, keysBefore);
    } finally {
      await other.query('BACKUP STAGE END');
      await other.end();
    }
    await expectToGoOn();
  }, 90_000);

  it('while the store does not answer to parts', async () => {
    const keysBefore = await place.keys();
    const proxy = await startTcpProxy(host.s3.endpoint);
    const parts = new Set<number>();
    proxy.onRequest = (bytes, connection) => {
      if (/^PUT \S+[?&]partNumber=/.test(connection.request)) parts.add(connection.number);
      return parts.has(connection.number) ? 'drop' : bytes;
    };
    try {
      const inputs = { ...slowly, 's3-endpoint': proxy.endpoint };
      const running = await place.startBackup({ inputs });
      await until('a part is sent', () => Promise.resolve(parts.size > 0));
      await expectCancelled(running, keysBefore);
    } finally {
      await proxy.close();
    }
    await expectToGoOn();
  }, 90_000);
});

describe('a cancel while nothing answers', () => {
  let silent: Server;
  const clients = new Set<Socket>();

  beforeAll(async () => {
    silent = createServer((client) => {
      clients.add(client.on('error', () => undefined).resume());
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  const isConnected = () => until('somebody has connected', () => Promise.resolve(clients.size > 0));
  const port = () => String((silent.address() as AddressInfo).port);

  it.each([
    ['the server', () => ({ 'mysql-socket': '', 'mysql-host': '127.0.0.1', 'mysql-port': port() })],
    ['the store', () => ({ 's3-endpoint': `http://127.0.0.1:${port()}` })],
  ])(
    '%s',
    async (_, inputs) => {
      const keysBefore = await place.keys();
      clients.clear();
      const running = await place.startBackup({ inputs: inputs() });
      await isConnected();
      await expectCancelled(running, keysBefore);
    },
    90_000,
  );

  it('a store that died in the middle of an upload', async () => {
    const keysBefore = await place.keys();
    const proxy = await startTcpProxy(host.s3.endpoint);
    try {
      const running = await place.startBackup({ inputs: { ...slowly, 's3-endpoint': proxy.endpoint } });
      await uploadHasBegun();
      proxy.onRequest = () => 'cut';
      await running.waitForLine(/trying again/);
      const begun = performance.now();
      const result = await cancelled(running);
      expectReported(result, { code: 'CANCELLED' });
      expect(performance.now() - begun - (result.post?.durationMs ?? 0)).toBeLessThan(7500);
      // Nobody can abort an upload in a store that is out of reach: so it is said.
      expect(result.log).toMatch(/Parts of the failed upload .* may be left/);
      expect(await place.keys()).toEqual(keysBefore);
    } finally {
      await proxy.close();
    }
    for (const { Key, UploadId } of await host.s3.listUploads(place.bucket)) {
      await place.abortUpload(Key ?? '', UploadId ?? '');
    }
    await expectToGoOn();
  }, 120_000);
});

describe('after a SIGKILL the post step cleans up', () => {
  async function expectCleanedUp(
    running: RunningAction,
    keysBefore: readonly string[],
  ): Promise<EndedAction> {
    process.kill(running.pid, 'SIGKILL');
    const result = await ended(running);
    expect({ exitCode: result.exitCode, signal: result.signal }).toEqual({
      exitCode: null,
      signal: 'SIGKILL',
    });
    await expectNothingLeft(place, result, keysBefore);
    return result;
  }

  it('in the middle of an upload', async () => {
    const keysBefore = await place.keys();
    const running = await place.startBackup({ inputs: slowly });
    await uploadHasBegun();
    const { post } = await expectCleanedUp(running, keysBefore);
    expect(post?.log).toMatch(/unfinished upload of .* was aborted/);
    await expectToGoOn();
  }, 90_000);

  it('while the tool waits for its lock, and does not notice', async () => {
    const keysBefore = await place.keys();
    const other = await host.mysql.connect();
    try {
      await other.query('BACKUP STAGE START');
      const running = await place.startBackup({ inputs: { 'encrypt-passphrase': 'secret' } });
      await running.waitForLine(/Acquiring BACKUP LOCKS/);
      const { post } = await expectCleanedUp(running, keysBefore);
      expect(post?.log).toMatch(/Process \d+ was still running and was ended/);
    } finally {
      await other.query('BACKUP STAGE END');
      await other.end();
    }
    await expectToGoOn();
  }, 90_000);
});

it('all that was made in between can be restored', () => expectAllRestorable(place, good.length), 60_000);
