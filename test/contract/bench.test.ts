import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, createServer, type AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { RunFigures } from '../../script/benchmark/figures.js';
import type { LinkFigures } from '../../script/benchmark/link-figures.js';
import { repositoryRoot } from '../support/repository-root.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory('bench');
  await promisify(execFile)(join(repositoryRoot(), 'script/compile'));
}, 60_000);

afterAll(() => directory.remove());

async function bench(...words: string[]) {
  const child = spawn(join(repositoryRoot(), 'script/bench'), words, {
    env: { ...process.env, TMPDIR: directory.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number]>;
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await ended;
  return { status, stdout, stderr };
}

/** Without `load`: under load a backup takes long, however little there is. */
const little = ['--size', '8m', '--runs', '1', '--only', 'limit,xbackup', '--streams', '16m'];
little.push('--parts', 'backup,restore,idle,links,streams');

it('script/bench measures xbackup against the limit, in both directions, and on its own', async () => {
  const [json, plot] = [join(directory.path, 'figures.json'), join(directory.path, 'figures.svg')];
  const { status, stdout, stderr } = await bench(...little, '--json', json, '--plot', plot);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const positive = expect.any(Number);
  const figures = {
    wallSeconds: positive,
    cpuSeconds: positive,
    peakRssMb: positive,
    temporaryDiskMb: positive,
    storedMb: positive,
    ratioToLimit: positive,
  };
  const ours = { ...figures, nodeCpuSeconds: positive, nodePeakRssMb: positive };
  const written = JSON.parse(await readFile(json, 'utf8')) as Record<string, unknown>;
  expect(written).toMatchObject({
    conditions: {
      sizeMib: 8,
      runs: 1,
      programs: {
        'mariadb-backup': expect.stringMatching(/^\/.*\/mariadb-backup, .*MariaDB/),
        zstd: expect.stringMatching(/^\/.*\/zstd, .*v\d/),
      },
    },
    backup: { limit: { ...figures, ratioToLimit: 1 }, xbackup: ours },
    restore: { limit: { ...figures, ratioToLimit: 1 }, xbackup: ours },
  });
  const idle = { wallSeconds: positive, cpuSeconds: positive, toolReadMb: positive, dataMb: positive };
  expect(written['idle']).toMatchObject({ tool: idle, xbackup: { ...idle, nodeCpuSeconds: positive } });
  const link = {
    storedMb: positive,
    sentMbPerSecond: positive,
    leastSeconds: positive,
    nodePeakRssMb: positive,
  };
  const bounded = { ...link, boundMbPerSecond: positive };
  expect(written['links']).toMatchObject({
    direct: link,
    'rate-1': bounded,
    'rate-0.5': bounded,
    'rate-0.1': bounded,
    'delay-50ms': link,
    'paced-0.5': bounded,
  });
  const { links, streams } = written as {
    links: Record<string, LinkFigures>;
    streams: Record<string, RunFigures>;
  };
  for (const row of Object.values(links)) {
    const { sentMbPerSecond, boundMbPerSecond = Infinity, wallSeconds, storedMb, leastSeconds } = row;
    // A little may come in a burst, and so little takes no longer than that.
    expect(sentMbPerSecond).toBeLessThan(1.5 * boundMbPerSecond);
    expect(wallSeconds).toBeGreaterThan((0.9 * storedMb) / boundMbPerSecond);
    // The figures are written rounded.
    expect(leastSeconds).toBeGreaterThan((0.99 * storedMb) / boundMbPerSecond);
  }
  expect(Object.keys(streams)).toEqual(['16m']);
  expect(streams['16m']?.storedMb).toBeCloseTo(16.8, 0);
  expect(written['load']).toEqual({});
  expect(Object.keys(written['backup'] as object)).toEqual(['limit', 'xbackup']);
  expect(stdout).toContain('restore: wall to that of the limit');
  expect(await readFile(plot, 'utf8')).toMatch(/^<svg/);
}, 180_000);

it('says all that is wrong at once, and starts nothing', async () => {
  const { status, stderr } = await bench('--size', 'much', '--only', 'dd');
  expect(status).toBe(2);
  expect(stderr).toMatch(/--size .*\n.*--only knows no dd/);
}, 60_000);

/** Sends bytes through a link to a server that sends them back. @returns what came back, and after how long. */
async function throughLink(sent: Buffer, bytesPerSecond: number, delayMs: number) {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const target = (echo.address() as AddressInfo).port;
  const program = join(repositoryRoot(), 'build/script/benchmark/link.js');
  const link = spawn(process.execPath, [program, ...[target, bytesPerSecond, delayMs].map(String)]);
  const ended = once(link, 'close');
  const [port] = (await once(link.stdout, 'data')) as [Buffer];
  const started = performance.now();
  const client = connect({ port: Number(port.toString()), host: '127.0.0.1', allowHalfOpen: true });
  client.end(sent);
  const received = await buffer(client);
  const seconds = (performance.now() - started) / 1000;
  link.stdin.end();
  await ended;
  echo.close();
  return { received, seconds };
}

it.each([
  ['at its rate', 4_000_000, 0, 1],
  // The connection, and the bytes: both there and back.
  ['after its delay', Infinity, 200, 0.8],
])('a link passes on what it is sent, %s', async (_, bytesPerSecond, delayMs, leastSeconds) => {
  const sent = randomBytes(4_100_000);
  const { received, seconds } = await throughLink(sent, bytesPerSecond, delayMs);
  expect(received.equals(sent)).toBe(true);
  expect(seconds).toBeGreaterThan(leastSeconds - 0.05);
});
