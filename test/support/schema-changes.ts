import type { MysqlServer } from './mysql-server.js';
import { schema } from './workload.js';

/** Every kind of DDL that a backup may meet, on tables of its own (`changing_<round>…`) and on `customers`. */
export function schemaChanges(round: number): string[] {
  const table = `changing_${round}`;
  return [
    `CREATE TABLE ${table} (id BIGINT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(200) NOT NULL) ENGINE=InnoDB`,
    `INSERT INTO ${table} (text) SELECT CONCAT(email, ' ', name) FROM customers LIMIT 2000`,
    `ALTER TABLE ${table} ADD COLUMN added_${round} INT NOT NULL DEFAULT ${round}`, // instant, where there is such
    `ALTER TABLE ${table} ADD INDEX (text(50)), ALGORITHM=INPLACE`,
    `ALTER TABLE ${table} MODIFY id BIGINT UNSIGNED AUTO_INCREMENT, ALGORITHM=COPY`,
    `CREATE TABLE ${table}_copy ENGINE=InnoDB AS SELECT * FROM ${table}`,
    `OPTIMIZE TABLE ${table}`,
    `RENAME TABLE ${table} TO ${table}_renamed`,
    `TRUNCATE TABLE ${table}_copy`,
    `INSERT INTO ${table}_copy (id, text) VALUES (1, 'after the truncation')`,
    `CREATE TABLE ${table}_gone (id INT PRIMARY KEY) ENGINE=InnoDB`,
    `DROP TABLE ${table}_gone`,
    `ALTER TABLE customers ADD COLUMN extra_${round} VARCHAR(20) DEFAULT 'extra'`,
    ...(round > 1
      ? [`DROP TABLE changing_${round - 1}_renamed`, `ALTER TABLE customers DROP COLUMN extra_${round - 1}`]
      : []),
    // Columns that were dropped instantly stay in the rows, and after 60 rounds there is no room for another.
    ...(round % 10 === 0 ? ['ALTER TABLE customers FORCE'] : []),
  ];
}

/** Runs one round of them. Rounds are numbered from 1; each drops what the one before left. */
export async function changeSchema(server: MysqlServer, round: number): Promise<void> {
  const connection = await server.connect({ database: schema });
  try {
    for (const statement of schemaChanges(round)) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/** DDL that goes on, round after round, until it is stopped. */
export interface SchemaChanger {
  /** Rounds done so far. */
  rounds(): number;
  /** Ends it after the round that is running (well under a second). @throws what a statement failed with. */
  stop(): Promise<void>;
}

/** Starts with round `firstRound` (1): the one after the last that was done on this data. */
export function startSchemaChanger(server: MysqlServer, firstRound = 1): SchemaChanger {
  let stopped = false;
  let done = 0;
  const run = async (): Promise<void> => {
    while (!stopped) {
      await changeSchema(server, firstRound + done);
      done += 1;
    }
  };
  const ended = run().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  return {
    rounds: () => done,
    stop: async () => {
      stopped = true;
      const failed = await ended;
      if (failed !== undefined) throw new Error('A schema change failed.', { cause: failed.error });
    },
  };
}
