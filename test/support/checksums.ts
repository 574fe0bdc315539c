import { createHash } from 'node:crypto';
import type { MysqlServer } from './mysql-server.js';

/**
 * What every user table holds: `schema.table` → `checksum 1280801490, 4320 rows, definition 5f0c…`.
 *
 * It describes one point in time only while nobody writes: pause the writers, take the checksums and the
 * backup, resume them. For backups under writes see invariants.ts.
 */
export type Checksums = Map<string, string>;

/** @throws Error when a table cannot be read. */
export async function checksumTables(server: MysqlServer): Promise<Checksums> {
  const checksums: Checksums = new Map();
  for (const { name, quoted } of await userTables(server)) {
    // EXTENDED reads every row; a MyISAM or Aria table may have a stored checksum otherwise.
    const [answer] = await server.query(`CHECKSUM TABLE ${quoted} EXTENDED`);
    const checksum = answer?.['Checksum'] as string | null | undefined;
    if (checksum === undefined || checksum === null) throw new Error(`${name} cannot be read.`);
    const [count] = await server.query(`SELECT COUNT(*) AS counted FROM ${quoted}`);
    const [definition] = await server.query(`SHOW CREATE TABLE ${quoted}`);
    // A restart may move the next number back to the last one used: InnoDB hands them out in blocks.
    const text = String(definition?.['Create Table']).replace(/ AUTO_INCREMENT=\d+/, '');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
    checksums.set(name, `checksum ${checksum}, ${String(count?.['counted'])} rows, definition ${hash}`);
  }
  return checksums;
}

/** One line for each table that is missing, new or different; empty when all are the same. */
export function differences(expected: Checksums, actual: Checksums): string[] {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return names.flatMap((name) => {
    const [before, after] = [expected.get(name), actual.get(name)];
    if (before === after) return [];
    if (before === undefined) return [`${name}: was not there, and is now (${String(after)})`];
    if (after === undefined) return [`${name}: is missing (was ${before})`];
    return [`${name}: was ${before}; is ${after}`];
  });
}

/** A MyISAM table that a writer had open while nobody could write: its file counts who has it open. */
const openWhenCopied = /^warning: \d+ clients? (is|are) using or hasn't closed the table properly$/;

/** A row that was deleted, and that the server has not yet cleaned away. */
const notYetPurged = /^Warning: InnoDB: Unpurged clustered index record /;

/**
 * Lets the server check every page and index of every user table.
 * @param wereWritten writers went on while the backup was taken.
 * @throws Error that names each table that is not OK, with what the server says.
 */
export async function checkTables(server: MysqlServer, { wereWritten = false } = {}): Promise<void> {
  const bad: string[] = [];
  for (const { name, quoted } of await userTables(server)) {
    const rows = await server.query(`CHECK TABLE ${quoted} EXTENDED`);
    const said = rows
      .map((row) => `${String(row['Msg_type'])}: ${String(row['Msg_text'])}`)
      .filter((line) => !notYetPurged.test(line) && !(wereWritten && openWhenCopied.test(line)));
    if (said.length !== 1 || said[0] !== 'status: OK') bad.push(`${name} (${said.join('; ')})`);
  }
  if (bad.length > 0) throw new Error(`Tables that are not OK: ${bad.join(', ')}`);
}

async function userTables(server: MysqlServer): Promise<{ name: string; quoted: string }[]> {
  const rows = await server.query(
    `SELECT table_schema AS db, table_name AS tbl FROM information_schema.tables
    WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
      AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
    ORDER BY table_schema, table_name`,
  );
  const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
  return rows.map((row) => {
    const [db, tbl] = [String(row['db']), String(row['tbl'])];
    return { name: `${db}.${tbl}`, quoted: `${quote(db)}.${quote(tbl)}` };
  });
}
