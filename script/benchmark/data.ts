import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startMysqlServer, type MysqlServer } from '../../test/support/mysql-server.js';
import { documentBody, loadWorkload, schema } from '../../test/support/workload.js';
import type { BenchPlace } from './place.js';

const run = promisify(execFile);

/** How much of the data is new after an hour. */
const hourlyShare = 0.02;
const mebibyte = 1024 * 1024;
const documentBytes = 64 * 1024;

/**
 * A server with so much data, half of it incompressible, all of it on the disk, and read once: the first contender
 * finds what the others find.
 */
export async function startServer(place: BenchPlace, sizeMib: number): Promise<MysqlServer> {
  const server = await startMysqlServer({ dir: place.path('mysql') });
  await loadWorkload(server, { sizeMib });
  // A clean shutdown writes what is still in the buffer pool.
  await server.stop();
  await server.start();
  const target = place.path('tmp', 'warm-up');
  const tool = ['--no-defaults', '--backup', '--stream=xbstream', '--user=root', `--socket=${server.socket}`];
  await run('bash', ['-c', '"$@" >/dev/null', 'bash', 'mariadb-backup', ...tool, `--target-dir=${target}`], {
    maxBuffer: 64 * mebibyte,
  });
  await rm(target, { recursive: true, force: true });
  return server;
}

/** What an hour of use changes: new rows, and old ones here and there. */
export async function changeSome(server: MysqlServer, sizeMib: number, hour: number): Promise<void> {
  const connection = await server.connect({ database: schema });
  try {
    await connection.query('SET sql_log_bin = 0');
    const documents = Math.ceil((sizeMib * hourlyShare * mebibyte) / documentBytes);
    for (let number = 0; number < documents; number += 1) {
      const body = documentBody(number, documentBytes);
      await connection.execute('INSERT INTO documents (name, body) VALUES (?, ?)', [`hour ${hour}`, body]);
    }
    await connection.query('UPDATE customers SET rating = rating + 1 WHERE id % 50 = ?', [hour]);
  } finally {
    await connection.end();
  }
}

/**
 * Before each run: what was written must not be written while the next one is measured, and backups that begin in the same
 * second cannot all have a name.
 */
export async function settle(): Promise<void> {
  await run('sync');
  await sleep(1000 - (Date.now() % 1000));
}
