import { messageOf } from '../errors.js';
import type { Session } from './connection.js';
import type { Flavor } from './server.js';

/** What was found out, or why it was not. A table, a privilege or a file that is missing must not end a check. */
export type Told<T> = { value: T } | { untold: string };

/** Asks, and keeps the reason where there is no answer. */
export async function ask<T>(question: () => Promise<T>): Promise<Told<T>> {
  try {
    return { value: await question() };
  } catch (error) {
    return { untold: messageOf(error) };
  }
}

/** How long a question of a check may occupy the server: one with many tables takes its time. */
const usualSeconds = 10;

/**
 * Runs a SELECT that the server breaks off when it takes long.
 * @param columnsAndRest what comes after the word SELECT.
 * @throws Error of the server: ER_QUERY_TIMEOUT (3024), in MariaDB ER_STATEMENT_TIMEOUT (1969), when it took longer.
 */
export async function selectBriefly(
  session: Session,
  flavor: Flavor,
  columnsAndRest: string,
  seconds = usualSeconds,
): Promise<Record<string, string | null>[]> {
  // MySQL before 5.7.8 takes the hint for a comment.
  return await session.query(
    flavor === 'mariadb'
      ? `SET STATEMENT max_statement_time = ${seconds} FOR SELECT ${columnsAndRest}`
      : `SELECT /*+ MAX_EXECUTION_TIME(${seconds * 1000}) */ ${columnsAndRest}`,
  );
}

/** Variables or status counters by name, in lower case. Those that this version does not have are missing. */
export async function readNamed(
  session: Session,
  kind: 'VARIABLES' | 'STATUS',
  names: readonly string[],
): Promise<Map<string, string>> {
  const list = names.map((name) => `'${name}'`).join(', ');
  const rows = await session.query(`SHOW GLOBAL ${kind} WHERE Variable_name IN (${list})`);
  return new Map(rows.map((row) => [(row['Variable_name'] ?? '').toLowerCase(), row['Value'] ?? '']));
}
