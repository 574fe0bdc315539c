import { access, realpath, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { cancelled, messageOf, UserError } from '../errors.js';
import { clientGroup, readClientOptions } from './option-file.js';
import { missingPrivilege } from './refusal.js';

/** The connection inputs. A defaults file stands instead of all the others. */
export interface ConnectionInputs {
  mysqlDefaultsFile: string | undefined;
  mysqlUser: string | undefined;
  mysqlPassword: string | undefined;
  mysqlSocket: string | undefined;
  mysqlHost: string | undefined;
  mysqlPort: number | undefined;
}

/** Where and as whom to connect, resolved. */
export interface Account {
  user: string;
  password: string | undefined;
  socket: string | undefined;
  host: string | undefined;
  port: number | undefined;
}

/** Runs one statement and returns its rows as text. */
export interface Session {
  query(sql: string): Promise<Record<string, string | null>[]>;
  close(): Promise<void>;
}

const usualSockets = [
  '/run/mysqld/mysqld.sock',
  '/var/run/mysqld/mysqld.sock',
  '/var/lib/mysql/mysql.sock',
  '/tmp/mysql.sock',
];

const connectTimeoutMilliseconds = 10_000;

/** Each of our statements is answered in milliseconds. */
const statementSeconds = 60;

/** @throws UserError DEFAULTS_FILE_UNREADABLE. */
export async function resolveAccount(inputs: ConnectionInputs): Promise<Account> {
  const file =
    inputs.mysqlDefaultsFile === undefined
      ? new Map<string, string>()
      : await readClientOptions(inputs.mysqlDefaultsFile);
  const port = inputs.mysqlPort ?? (file.has('port') ? Number(file.get('port')) : undefined);
  const host = inputs.mysqlHost ?? file.get('host');
  const socket = inputs.mysqlSocket ?? file.get('socket');
  const account = {
    user: inputs.mysqlUser ?? file.get('user') ?? userInfo().username,
    password: inputs.mysqlPassword ?? file.get('password'),
  };
  // As MySQL's own clients do: «localhost» in a defaults file means the socket.
  const byTcp = host !== undefined && !(host === 'localhost' && inputs.mysqlHost === undefined);
  if (byTcp) {
    // …but a host that was asked for means TCP, for which the tools need the address.
    return {
      ...account,
      socket: undefined,
      host: host === 'localhost' ? '127.0.0.1' : host,
      port: port ?? 3306,
    };
  }
  return { ...account, socket: socket ?? (await usualSocket()), host: undefined, port: undefined };
}

async function usualSocket(): Promise<string> {
  for (const path of usualSockets) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return usualSockets[0] ?? '';
}

/**
 * The defaults file for the backup tool: the user's own, or a new one in `dir` with mode 0600.
 * A symlink is resolved: XtraBackup refuses one.
 */
export async function defaultsFileFor(
  inputs: ConnectionInputs,
  account: Account,
  dir: string,
): Promise<string> {
  if (inputs.mysqlDefaultsFile !== undefined) return await realpath(inputs.mysqlDefaultsFile);
  const path = join(dir, 'client.cnf');
  const { port, ...rest } = account;
  const text = clientGroup({ ...rest, port: port === undefined ? undefined : String(port) });
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  return path;
}

/**
 * Connects by SQL. mysql2 is loaded here, so that whoever needs no server does not wait for it.
 * @param signal its abort breaks the connection, so that nobody waits for a server that does not answer.
 * @throws UserError SERVER_UNREACHABLE, SERVER_ACCESS_DENIED.
 */
export async function connect(account: Account, signal?: AbortSignal): Promise<Session> {
  const { createConnection } = await import('mysql2/promise');
  // A socket that is told of an abort before it connects connects all the same, and nobody ends it.
  if (signal?.aborted === true) throw cancelled();
  const stream = openSocket(account, signal);
  let connection: Connection;
  try {
    connection = await createConnection({
      user: account.user,
      connectTimeout: connectTimeoutMilliseconds,
      typeCast: (field) => field.string('utf8'),
      ...(account.password === undefined ? {} : { password: account.password }),
      // `stream` connects. This only says that it is a socket: there MySQL 8 (caching_sha2_password) wants the
      // password of a first login in clear, and refuses the encrypted one.
      ...(account.socket === undefined ? {} : { socketPath: account.socket }),
      stream,
    });
  } catch (error) {
    throw connectFailure(error, account);
  }
  // A connection that breaks between two statements is reported by the next statement.
  connection.on('error', () => undefined);
  return {
    async query(sql) {
      // Not mysql2's own time-out: when the connection breaks it leaves its timer, which keeps the process alive.
      const noAnswer = new Error(`no answer in ${statementSeconds} s`);
      const timer = setTimeout(() => stream.destroy(noAnswer), statementSeconds * 1000);
      try {
        const [rows] = await connection.query<RowDataPacket[]>(sql);
        return Array.isArray(rows) ? rows : [];
      } catch (error) {
        throw statementFailure(error, sql);
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await connection.end().catch(() => connection.destroy());
    },
  };
}

/** Connects, does the work, and closes the connection however it ends. */
export async function withSession<T>(
  account: Account,
  signal: AbortSignal | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect(account, signal);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function openSocket({ socket, host, port }: Account, signal: AbortSignal | undefined): Socket {
  const stream = new Socket(signal === undefined ? {} : { signal });
  stream.setNoDelay(true);
  return socket === undefined ? stream.connect(port ?? 3306, host ?? '127.0.0.1') : stream.connect(socket);
}

function connectFailure(error: unknown, account: Account): UserError {
  const where = account.socket ?? `${account.host ?? ''}:${account.port ?? ''}`;
  if (isDenied(error)) {
    return new UserError(
      'SERVER_ACCESS_DENIED',
      `The server at ${where} refuses the user ${account.user}: ${messageOf(error)}.`,
      'Correct mysql-user and mysql-password, or the defaults file.',
      { cause: error },
    );
  }
  return new UserError(
    'SERVER_UNREACHABLE',
    `The server at ${where} cannot be reached: ${messageOf(error) || codeOf(error)}.`,
    'Is it running on this host? Correct mysql-socket, or mysql-host and mysql-port.',
    { cause: error },
  );
}

function statementFailure(error: unknown, sql: string): unknown {
  const missing = missingPrivilege(messageOf(error), sql);
  if (missing === undefined) return error;
  const { privilege, on } = missing;
  return new UserError(
    'PRIVILEGE_MISSING',
    `The user may not run ${sql}: it lacks the privilege ${privilege} on ${on}.`,
    `Grant it: GRANT ${privilege} ON ${on} TO the backup user.`,
    { cause: error },
  );
}

function isDenied(error: unknown): boolean {
  return [
    'ER_ACCESS_DENIED_ERROR',
    'ER_DBACCESS_DENIED_ERROR',
    'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  ].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
