import { mkdtemp } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { ActionResult } from '../action-runner.js';
import { checksumTables, checkTables, differences, type Checksums } from '../checksums.js';
import { checkInvariants } from '../invariants.js';
import { startMysqlServer, type MysqlServer } from '../mysql-server.js';
import type { Writers } from '../writers.js';
import { smallServer, type Installation, type RunOptions } from './installation.js';

/** A backup, and what every table held when it was taken. */
export interface Point {
  id: string;
  date: string;
  hour: string;
  checksums: Checksums;
  result: ActionResult;
}

/** Takes a backup that must succeed while nobody writes; afterwards the writers go on. */
export async function backUpExactly(
  installation: Installation,
  writers: Writers,
  options: RunOptions,
): Promise<Point> {
  await writers.pause();
  const checksums = await checksumTables(installation.server);
  const result = await installation.succeed('backup', options);
  writers.resume();
  const id = result.outputs['backup-id'] ?? '';
  const [date = '', hour = ''] = id.split('/');
  return { id, date, hour, checksums, result };
}

/** Waits until so many more transactions are committed. */
export async function untilWritten(writers: Writers, count = 60): Promise<void> {
  const enough = writers.transactions() + count;
  const deadline = Date.now() + 60_000;
  while (writers.transactions() < enough) {
    if (Date.now() > deadline) throw new Error('The writers do not go on.');
    await sleep(20);
  }
}

/** Puts a prepared backup in place, and proves that it is what the server had at that point. */
export async function applyAndCompare(
  installation: Installation,
  point: Pick<Point, 'checksums'>,
  inputs: Readonly<Record<string, string>>,
): Promise<ActionResult> {
  const result = await installation.succeed('apply', { inputs });
  await expectData(installation.server, point.checksums);
  return result;
}

/** @throws Error that names each table that is not as it was, or not sound. */
export async function expectData(server: MysqlServer, expected: Checksums): Promise<void> {
  const found = differences(expected, await checksumTables(server));
  if (found.length > 0) throw new Error(`The data is not what it was:\n${found.join('\n')}`);
  await checkTables(server);
  await checkInvariants(server);
}

/** The checksums of data that no server runs on now. */
export async function checksumsOfDatadir(installation: Installation, datadir: string): Promise<Checksums> {
  const dir = await mkdtemp(join(installation.dir, 'look-'));
  const server = await startMysqlServer({ dir, datadir, options: smallServer });
  try {
    return await checksumTables(server);
  } finally {
    await server.stop();
    await server.remove();
  }
}
