import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { repositoryRoot } from './repository-root.js';
import { temporaryDirectory } from './temporary.js';

const run = promisify(execFile);

export interface MysqlServerOptions {
  /** Where the socket and the log are; a temporary directory when absent. Its path must be short. */
  dir?: string;
  /** The data; `data` in `dir` when absent. Initialised when there is nothing yet. */
  datadir?: string;
  /** The server program; XBACKUP_E2E_MYSQLD or mariadbd when absent. */
  mysqld?: string;
  /** More options of the server, such as `--innodb-log-file-size=64M`. */
  options?: readonly string[];
  /** Listen on this port of 127.0.0.1 too. */
  port?: number;
}

export type Row = Record<string, unknown>;

/** A real server of a test's own, run by script/mysql-server. */
export interface MysqlServer {
  dir: string;
  datadir: string;
  socket: string;
  flavor: 'mariadb' | 'mysql';
  version: string;
  /** Shell commands for apply. The start command returns once the server answers, or fails. */
  startCommand: string;
  stopCommand: string;
  /** Runs one statement on a connection of its own, so it works after every restart. */
  query(sql: string, values?: unknown[]): Promise<Row[]>;
  /** A connection as root, for several statements. Its owner ends it. */
  connect(options?: mysql.ConnectionOptions): Promise<mysql.Connection>;
  start(): Promise<void>;
  /** A clean shutdown. */
  stop(): Promise<void>;
  /** SIGKILL, as by a crash. */
  kill(): Promise<void>;
  running(): Promise<boolean>;
  /** Ends the server and removes the directories that were made for it. */
  remove(): Promise<void>;
}

/**
 * Starts a server and waits until it answers (about a second for a new one).
 * @throws Error with the end of the server's log when it ends while it starts.
 */
export async function startMysqlServer(options: MysqlServerOptions = {}): Promise<MysqlServer> {
  const script = join(repositoryRoot(), 'script/mysql-server');
  const temporary = options.dir === undefined ? await temporaryDirectory('mysql') : undefined;
  const dir = options.dir ?? temporary?.path ?? '';
  const datadir = options.datadir ?? join(dir, 'data');
  const socket = join(dir, 'mysql.sock');

  const control = async (command: string, ...more: string[]): Promise<void> => {
    const env = { ...process.env };
    if (options.mysqld !== undefined) env['XBACKUP_E2E_MYSQLD'] = options.mysqld;
    if (options.port !== undefined) env['MYSQL_SERVER_PORT'] = String(options.port);
    await run(script, [command, dir, ...more], { env });
  };
  const connect = (more: mysql.ConnectionOptions = {}): Promise<mysql.Connection> =>
    mysql.createConnection({
      socketPath: socket,
      user: 'root',
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      ...more,
    });
  const query = async (sql: string, values: unknown[] = []): Promise<Row[]> => {
    const connection = await connect();
    try {
      const [rows] = await connection.query(sql, values);
      return rows as Row[];
    } finally {
      await connection.end();
    }
  };

  await control('start', `--datadir=${datadir}`, ...(options.options ?? []));
  const version = await query('SELECT VERSION() AS version').then(
    (rows) => String(rows[0]?.['version']),
    async (error: unknown) => {
      await control('kill');
      throw error;
    },
  );
  return {
    dir,
    datadir,
    socket,
    flavor: /mariadb/i.test(version) ? 'mariadb' : 'mysql',
    version,
    startCommand: `${quoted(script)} start ${quoted(dir)}`,
    stopCommand: `${quoted(script)} stop ${quoted(dir)}`,
    query,
    connect,
    start: () => control('start'),
    stop: () => control('stop'),
    kill: () => control('kill'),
    running: () =>
      control('status').then(
        () => true,
        () => false,
      ),
    remove: async () => {
      await control('kill');
      await temporary?.remove();
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
