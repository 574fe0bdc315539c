import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import mysql from 'mysql2';

/** A server that answers what no real one can be made to say. */
export interface HostileServer {
  port: number;
  stop(): Promise<void>;
}

export interface HostileAnswers {
  /** Said instead of letting anybody in. */
  refusal?: string;
  /** The value of every variable that is asked for. */
  value?: (name: string) => string;
  /** Why every other statement fails. */
  error?: string;
}

interface ServerConnection {
  serverHandshake(options: object): void;
  on(event: 'query' | 'quit' | 'error', listener: (sql: string) => void): void;
  /** Each statement counts its packets anew. */
  _resetSequenceId(): void;
  writeColumns(columns: readonly object[]): void;
  writeTextRow(row: readonly string[]): void;
  writeEof(): void;
  writeError(error: { message: string; code: number }): void;
  close(): void;
}

const textColumn = { catalog: 'def', schema: '', table: '', orgTable: '', characterSet: 33, columnType: 253 };
const column = (name: string) => ({
  ...textColumn,
  name,
  orgName: name,
  columnLength: 1024,
  flags: 0,
  decimals: 0,
});

/** Its types know neither of these forms. */
const createServer = mysql.createServer as unknown as () => NodeJS.EventEmitter & {
  listen(port: number, host: string): void;
  close(callback: () => void): void;
  _server: NodeJS.EventEmitter & { address(): AddressInfo };
};

/** Listens on 127.0.0.1, for whatever user and password. */
export async function startHostileServer({
  refusal,
  value,
  error = 'No.',
}: HostileAnswers): Promise<HostileServer> {
  const answer = (connection: ServerConnection, sql: string) => {
    const asked = /^SHOW GLOBAL VARIABLES WHERE Variable_name IN \((.*)\)/.exec(sql)?.[1];
    if (asked === undefined || value === undefined) {
      connection.writeError({ message: error, code: 1227 });
      return;
    }
    connection.writeColumns([column('Variable_name'), column('Value')]);
    for (const [, name = ''] of asked.matchAll(/'(\w+)'/g)) connection.writeTextRow([name, value(name)]);
    connection.writeEof();
  };
  const server = createServer();
  const open = new Set<ServerConnection>();
  server.on('connection', (incoming: unknown) => {
    const connection = incoming as ServerConnection;
    open.add(connection);
    connection.on('error', () => undefined);
    connection.on('quit', () => connection.close());
    connection.on('query', (sql) => {
      answer(connection, sql);
      connection._resetSequenceId();
    });
    if (refusal !== undefined) {
      connection.writeError({ message: refusal, code: 1045 });
      connection.close();
      return;
    }
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.42',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 33,
      // Without encryption and compression.
      capabilityFlags: 0xffffff & ~0x800 & ~0x20,
      authCallback: (_: unknown, done: (error: unknown) => void) => {
        done(null);
        connection._resetSequenceId();
      },
    });
  });
  server.listen(0, '127.0.0.1');
  const { _server: inner } = server;
  await once(inner, 'listening');
  return {
    port: inner.address().port,
    stop: async () => {
      for (const connection of open) connection.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
