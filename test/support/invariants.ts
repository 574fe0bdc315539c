import type { MysqlServer } from './mysql-server.js';
import { accountCount, openingBalance, schema } from './workload.js';

/** For each writer the number of its last transaction that the data holds. */
export type Sequences = Map<number, number>;

/**
 * Checks what holds after every transaction of the writers, whenever a backup was taken: no transfer of a
 * writer is missing or doubled, and every account holds what its transfers say. Works beside running writers.
 * @throws Error that names all that does not hold.
 */
export async function checkInvariants(server: MysqlServer): Promise<Sequences> {
  const connection = await server.connect({ database: schema });
  const rowsOf = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await connection.query(sql))[0] as Record<string, unknown>[];
  try {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const writers = await rowsOf(
      `SELECT id, w.sequence, COUNT(t.sequence) AS counted, COALESCE(MAX(t.sequence), 0) AS latest
      FROM writers AS w LEFT JOIN transfers AS t ON t.writer = w.id GROUP BY id, w.sequence`,
    );
    const accounts = await rowsOf(
      `SELECT a.id, balance, ${openingBalance} + COALESCE(SUM(m.amount), 0) AS owed
      FROM accounts AS a LEFT JOIN (
        SELECT source AS id, -amount AS amount FROM transfers
        UNION ALL SELECT target, amount FROM transfers
      ) AS m ON m.id = a.id GROUP BY a.id, balance`,
    );
    const broken = [
      ...writers
        .filter((w) => new Set([w['sequence'], w['counted'], w['latest']].map(Number)).size > 1)
        .map((w) => `writer ${JSON.stringify(w)}`),
      ...accounts
        .filter((a) => Number(a['balance']) !== Number(a['owed']))
        .map((a) => `account ${JSON.stringify(a)}`),
    ];
    const total = accounts.reduce((sum, account) => sum + Number(account['balance']), 0);
    const expected = accountCount * openingBalance;
    if (total !== expected) broken.push(`all accounts together hold ${total}, not ${expected}`);
    if (broken.length > 0) throw new Error(`The data is not consistent: ${broken.join('; ')}`);
    return new Map(writers.map((w) => [Number(w['id']), Number(w['sequence'])]));
  } finally {
    await connection.end();
  }
}

/**
 * Checks that restored data is from between two moments: all that was committed when the backup began is in
 * it, and nothing from after its end. (`Writers.sequences()` gives both.)
 * @throws Error that names each writer for which it is not so.
 */
export function expectBetween(restored: Sequences, begin: Sequences, end: Sequences): void {
  const broken = [...new Set([...begin.keys(), ...restored.keys()])].flatMap((writer) => {
    const low = begin.get(writer) ?? 0;
    const at = restored.get(writer) ?? 0;
    // One transaction of each writer may have been committed and not yet counted.
    const high = (end.get(writer) ?? 0) + 1;
    return at >= low && at <= high ? [] : [`writer ${writer} is at ${at}, not within ${low} to ${high}`];
  });
  if (broken.length > 0) throw new Error(`The data is from another time: ${broken.join('; ')}`);
}
