import { randomFillSync } from 'node:crypto';
import type { Connection } from 'mysql2/promise';
import type { MysqlServer } from './mysql-server.js';

/** The schema that everything here lives in. */
export const schema = 'shop';

/** What every account holds at first, so that the sum of all is known for ever. */
export const openingBalance = 1000;
export const accountCount = 100;

const mebibyte = 1024 * 1024;
const documentBytes = 64 * 1024;
const documentsInOneInsert = 16;

export interface WorkloadOptions {
  /** About how much data to load, in MiB; half of it does not compress. */
  sizeMib: number;
}

/**
 * Creates and fills the schema: InnoDB tables with many column types, a partitioned one, one with blobs (nine
 * tenths of the size), the accounts of the invariants, a MyISAM table and, on MariaDB, an Aria table.
 */
export async function loadWorkload(server: MysqlServer, options: WorkloadOptions): Promise<void> {
  const connection = await server.connect();
  try {
    // The binary log would hold everything a second time.
    await connection.query('SET sql_log_bin = 0');
    await connection.query(`CREATE DATABASE ${schema}`);
    await connection.query(`USE ${schema}`);
    for (const statement of tables(server.flavor)) await connection.query(statement);
    await fillSmallTables(connection, server.flavor, Math.max(200, options.sizeMib * 150));
    await fillDocuments(connection, Math.ceil((options.sizeMib * 0.9 * mebibyte) / documentBytes));
  } finally {
    await connection.end();
  }
}

function tables(flavor: MysqlServer['flavor']): string[] {
  const visits =
    '(id BIGINT AUTO_INCREMENT PRIMARY KEY, page VARCHAR(60) NOT NULL, at DATETIME NOT NULL, KEY (page))';
  return [
    `CREATE TABLE customers (
      id BIGINT AUTO_INCREMENT PRIMARY KEY,
      name VARCHAR(80) CHARACTER SET utf8mb4 NOT NULL,
      email VARCHAR(120) NOT NULL UNIQUE,
      credit DECIMAL(12,2) NOT NULL,
      rating DOUBLE, small TINYINT UNSIGNED, bits BIT(8), token BINARY(16),
      born DATE, seen DATETIME(6), opens TIME, since YEAR,
      level ENUM('bronze', 'silver', 'gold') NOT NULL,
      likes SET('books', 'music', 'tools'),
      details JSON, notes TEXT CHARACTER SET utf8mb4,
      KEY (name), KEY (level, credit)
    ) ENGINE=InnoDB`,
    `CREATE TABLE orders (
      id BIGINT AUTO_INCREMENT PRIMARY KEY,
      customer BIGINT NOT NULL, amount DECIMAL(10,2) NOT NULL, placed DATETIME NOT NULL,
      state ENUM('open', 'paid', 'sent') NOT NULL, comment VARCHAR(200),
      KEY (customer), KEY (placed)
    ) ENGINE=InnoDB PARTITION BY HASH (id) PARTITIONS 4`,
    `CREATE TABLE documents (
      id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL, body MEDIUMBLOB NOT NULL
    ) ENGINE=InnoDB`,
    'CREATE TABLE accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL) ENGINE=InnoDB',
    'CREATE TABLE writers (id INT PRIMARY KEY, sequence BIGINT NOT NULL) ENGINE=InnoDB',
    `CREATE TABLE transfers (
      writer INT NOT NULL, sequence BIGINT NOT NULL,
      source INT NOT NULL, target INT NOT NULL, amount BIGINT NOT NULL,
      PRIMARY KEY (writer, sequence), KEY (source), KEY (target)
    ) ENGINE=InnoDB`,
    `CREATE TABLE visits ${visits} ENGINE=MyISAM`,
    ...(flavor === 'mariadb' ? [`CREATE TABLE searches ${visits} ENGINE=Aria`] : []),
  ];
}

async function fillSmallTables(
  connection: Connection,
  flavor: MysqlServer['flavor'],
  customers: number,
): Promise<void> {
  await connection.query(
    `INSERT INTO customers
      (name, email, credit, rating, small, bits, token, born, seen, opens, since, level, likes, details, notes)
    SELECT CONCAT('Zoë Ångström ', n), CONCAT('customer', n, '@example.com'), n % 9973 / 7, RAND(n) * 100,
      n % 256, n % 256, UNHEX(MD5(n)), DATE_ADD('1950-01-01', INTERVAL n % 20000 DAY),
      DATE_ADD('2026-01-01', INTERVAL n SECOND), SEC_TO_TIME(n % 86400), 1970 + n % 100,
      1 + n % 3, n % 8, IF(n % 5 = 0, NULL, CONCAT('{"number": ', n, ', "tags": ["a", "b"]}')),
      IF(n % 7 = 0, NULL, CONCAT(SHA2(n, 512), ' ', REPEAT('likes long walks ', 1 + n % 10)))
    FROM (${numbers(customers)}) AS numbers`,
  );
  await connection.query(
    `INSERT INTO orders (customer, amount, placed, state, comment)
    SELECT 1 + n % ${customers}, n % 99991 / 100, DATE_ADD('2026-01-01', INTERVAL n MINUTE), 1 + n % 3, SHA1(n)
    FROM (${numbers(customers * 3)}) AS numbers`,
  );
  await connection.query(
    `INSERT INTO accounts (id, balance) SELECT n, ${openingBalance} FROM (${numbers(accountCount)}) AS numbers`,
  );
  for (const table of flavor === 'mariadb' ? ['visits', 'searches'] : ['visits']) {
    await connection.query(
      `INSERT INTO ${table} (page, at)
      SELECT CONCAT('/page/', n % 500), DATE_ADD('2026-01-01', INTERVAL n SECOND)
      FROM (${numbers(customers)}) AS numbers`,
    );
  }
}

/** A query of the numbers 1 to `count`, in words that every version knows. */
function numbers(count: number): string {
  const digit =
    '(SELECT 0 AS n' + [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ` UNION ALL SELECT ${n}`).join('') + ')';
  const places = Array.from(String(count), (_, place) => ({ alias: `d${place}`, weight: 10 ** place }));
  const sum = places.map(({ alias, weight }) => `${alias}.n * ${weight}`).join(' + ');
  const from = places.map(({ alias }) => `${digit} AS ${alias}`).join(' CROSS JOIN ');
  return `SELECT 1 + ${sum} AS n FROM ${from} WHERE 1 + ${sum} <= ${count}`;
}

async function fillDocuments(connection: Connection, count: number): Promise<void> {
  await connection.beginTransaction();
  for (let first = 0; first < count; first += documentsInOneInsert) {
    const rows = Math.min(documentsInOneInsert, count - first);
    const values = Array.from({ length: rows }, (_, i) => [`document ${first + i}`, documentBody(first + i)]);
    await connection.execute(
      `INSERT INTO documents (name, body) VALUES ${values.map(() => '(?, ?)').join(', ')}`,
      values.flat(),
    );
    if (first % (documentsInOneInsert * 64) === 0) {
      await connection.commit();
      await connection.beginTransaction();
    }
  }
  await connection.commit();
}

/** Half noise, half text. */
export function documentBody(seed: number, sizeBytes = documentBytes): Buffer {
  const body = Buffer.alloc(sizeBytes, `Document ${seed}: the quick brown fox jumps over the lazy dog. `);
  return randomFillSync(body, 0, Math.floor(sizeBytes / 2));
}
