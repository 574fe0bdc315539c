import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { Sequences } from './invariants.js';
import type { MysqlServer } from './mysql-server.js';
import { accountCount, documentBody, schema } from './workload.js';

export interface WritersOptions {
  /** How many connections write (2). Each is one writer of the invariants, numbered from 1. */
  connections?: number;
  /** Transactions of all together, at most (200); the machine is shared. */
  perSecond?: number;
}

/** Connections that go on writing: inserts, updates and deletes, a transfer between accounts in each. */
export interface Writers {
  /** Committed so far, by all. */
  transactions(): number;
  /** For each writer the number of its last committed transaction. */
  sequences(): Sequences;
  /** Returns when nothing is being written any more: then all that was committed is all that there is. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the connections. */
  stop(): Promise<void>;
}

/** Deadlock and lock wait time-out: the transaction was rolled back, and is simply done again. */
const retried = new Set([1213, 1205]);

/**
 * Starts writers on a loaded workload; ones that were stopped go on where they were. A writer whose server
 * goes away ends, and pause() and stop() throw its error.
 */
export async function startWriters(server: MysqlServer, options: WritersOptions = {}): Promise<Writers> {
  const count = options.connections ?? 2;
  const intervalMs = (1000 * count) / (options.perSecond ?? 200);
  const sequences: Sequences = new Map();
  let stopped = false;
  let gate: Promise<void> | undefined;
  let open: () => void = () => undefined;

  const writers = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const id = i + 1;
      const connection = await server.connect({ database: schema });
      await connection.query('INSERT IGNORE INTO writers (id, sequence) VALUES (?, 0)', [id]);
      const [rows] = await connection.query('SELECT sequence FROM writers WHERE id = ?', [id]);
      sequences.set(id, Number((rows as { sequence: string }[])[0]?.sequence));
      return { id, connection, idle: true, failure: undefined as unknown };
    }),
  );

  const write = async (writer: (typeof writers)[number]): Promise<void> => {
    let due = Date.now();
    while (!stopped) {
      if (gate !== undefined) {
        await gate;
        due = Date.now();
        continue;
      }
      writer.idle = false;
      const sequence = (sequences.get(writer.id) ?? 0) + 1;
      if (await transaction(server.flavor, writer.connection, writer.id, sequence)) {
        sequences.set(writer.id, sequence);
      }
      writer.idle = true;
      due = Math.max(due + intervalMs, Date.now() - 1000);
      if (due > Date.now()) await sleep(due - Date.now());
    }
  };
  const ended = writers.map((writer) =>
    write(writer).catch((error: unknown) => {
      writer.failure = error;
      writer.idle = true;
    }),
  );
  const startSum = [...sequences.values()].reduce((sum, sequence) => sum + sequence, 0);
  const rethrow = (): void => {
    const failed = writers.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) throw new Error(`Writer ${failed.id} ended.`, { cause: failed.failure });
  };

  const resume = (): void => {
    gate = undefined;
    open();
  };
  return {
    transactions: () => [...sequences.values()].reduce((sum, sequence) => sum + sequence, -startSum),
    sequences: () => new Map(sequences),
    resume,
    pause: async () => {
      gate ??= new Promise((resolve) => (open = resolve));
      while (writers.some(({ idle }) => !idle)) await sleep(5);
      rethrow();
    },
    stop: async () => {
      stopped = true;
      resume();
      await Promise.all(ended);
      for (const { connection } of writers) connection.destroy();
      rethrow();
    },
  };
}

/** One transaction of the given number. False when the server rolled it back because of another one. */
async function transaction(
  flavor: MysqlServer['flavor'],
  connection: Connection,
  writer: number,
  sequence: number,
): Promise<boolean> {
  const source = 1 + random(accountCount);
  const target = 1 + ((source + random(accountCount - 1)) % accountCount);
  const amount = 1 + random(20);
  try {
    await connection.beginTransaction();
    await connection.query('UPDATE writers SET sequence = ? WHERE id = ?', [sequence, writer]);
    await connection.query(
      'INSERT INTO transfers (writer, sequence, source, target, amount) VALUES (?, ?, ?, ?, ?)',
      [writer, sequence, source, target, amount],
    );
    await connection.query(
      'UPDATE accounts SET balance = balance + IF(id = ?, -?, ?) WHERE id IN (?, ?) ORDER BY id',
      [source, amount, amount, source, target],
    );
    for (const [sql, values] of otherChanges(sequence)) await connection.query(sql, values);
    await connection.commit();
  } catch (error) {
    if (!retried.has(Number((error as { errno?: number }).errno))) throw error;
    await connection.rollback();
    return false;
  }
  // MyISAM and Aria know no transactions; most applications that still have such tables write them rarely.
  if (sequence % 10 === 0) {
    for (const table of flavor === 'mariadb' ? ['visits', 'searches'] : ['visits']) {
      await connection.query(`INSERT INTO ${table} (page, at) VALUES (?, NOW())`, [`/page/${sequence}`]);
    }
  }
  return true;
}

function otherChanges(sequence: number): [string, unknown[]][] {
  const changes: [string, unknown[]][] = [
    [
      'INSERT INTO orders (customer, amount, placed, state, comment) VALUES (?, ?, NOW(), 1, ?)',
      [1 + random(200), random(10_000) / 100, `order ${sequence}`],
    ],
    [
      'UPDATE customers SET credit = credit + 1, seen = NOW(6), notes = ? WHERE id = ?',
      [`changed by ${sequence}`, 1 + random(200)],
    ],
  ];
  if (sequence % 4 === 0) changes.push(['DELETE FROM orders ORDER BY id LIMIT 2', []]);
  if (sequence % 8 === 0) {
    changes.push([
      'UPDATE documents SET body = ? WHERE id = ?',
      [documentBody(sequence, 8192 + random(8192)), 1 + random(100)],
    ]);
  }
  return changes;
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}
