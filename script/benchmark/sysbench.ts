import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { MysqlServer } from '../../test/support/mysql-server.js';
import type { Ground } from './ground.js';

const run = promisify(execFile);

const schema = 'sysbench';
const threads = 4;
const tables = 4;
/** Of each table: with 2 GiB of data about twice what the server's memory holds. */
const rowsPerMib = 150;
/** Until the buffer pool has what is often read. */
const warmUpMs = 5000;

export interface Sysbench {
  /** How many transactions the server has ended so far; all are sysbench's. @throws Error when sysbench has ended. */
  transactions(): Promise<number>;
  stop(): Promise<void>;
}

/** Makes tables and keeps the server busy with them, as fast as it can: `oltp_read_write`. */
export async function startSysbench({ server, place, sizeMib }: Ground): Promise<Sysbench> {
  const words = [
    'oltp_read_write',
    '--db-driver=mysql',
    `--mysql-socket=${server.socket}`,
    '--mysql-user=root',
    `--mysql-db=${schema}`,
    `--tables=${tables}`,
    `--table-size=${sizeMib * rowsPerMib}`,
    `--threads=${threads}`,
  ];
  await server.query(`CREATE DATABASE ${schema}`);
  await run('sysbench', [...words, 'prepare']);
  const logFile = place.path('logs', 'sysbench.log');
  const log = await open(logFile, 'a');
  const child = spawn('sysbench', [...words, '--time=0', 'run'], { stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const ended = once(child, 'close');
  await sleep(warmUpMs);
  return {
    async transactions() {
      if (child.exitCode !== null) throw new Error(`sysbench ended with ${child.exitCode}: see ${logFile}`);
      return commits(server);
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

async function commits(server: MysqlServer): Promise<number> {
  const [row] = await server.query("SHOW GLOBAL STATUS LIKE 'Com_commit'");
  return Number(row?.['Value']);
}
