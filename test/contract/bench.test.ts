import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { RunFigures } from '../../script/benchmark/figures.js';
import type { LinkFigures } from '../../script/benchmark/link-figures.js';
import { repositoryRoot } from '../support/repository-root.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory('bench');
});

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
    conditions: { sizeMib: 8, runs: 1 },
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
  for (const { sentMbPerSecond, boundMbPerSecond, wallSeconds, leastSeconds } of Object.values(links)) {
    // A little may come in a burst, and so little takes no longer than that.
    expect(sentMbPerSecond).toBeLessThan(1.5 * (boundMbPerSecond ?? Infinity));
    expect(wallSeconds).toBeGreaterThan(0.9 * leastSeconds);
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
