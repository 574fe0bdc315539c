import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type Session } from '../../src/mysql/connection.js';
import { lineOf, type LinePrivilege } from '../../src/tools/lines.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';
import { repositoryRoot } from '../support/repository-root.js';

/** A real MySQL 9.7, and an account in it as a backup has. */
export interface Server97 extends MysqlServer {
  /** Makes a user of that name at localhost, with nothing but these grants. Its session ends with the server. */
  newUser(name: string, grants?: readonly Pick<LinePrivilege, 'privilege' | 'on'>[]): Promise<User97>;
}

export interface User97 {
  /** As in a statement. */
  account: string;
  /** What XtraBackup would connect as. Roles and global grants count for the next session only. */
  session(): Promise<Session>;
}

/** What the documents ask for, for the XtraBackup of this server. */
export const privilegesFor97 = (): readonly LinePrivilege[] => {
  const line = lineOf('xtrabackup', '9.7.1');
  if (line === undefined) throw new Error('There is no line 9.7.');
  return line.privileges;
};

const password = 'it is "7"';

/**
 * Starts the server of script/mysql-9.7 (about four seconds). Remove it in `afterAll`.
 * @param keyring Give it a keyring in a file, for encrypted tables.
 */
export async function startServer97({
  keyring = false,
  options = [],
  port,
}: { keyring?: boolean; options?: readonly string[]; port?: number } = {}): Promise<Server97> {
  const { stdout } = await promisify(execFile)(join(repositoryRoot(), 'script/mysql-9.7'));
  const server = await startMysqlServer({
    mysqld: stdout.trim(),
    options: ['--innodb-redo-log-capacity=64M', ...options],
    ...(port === undefined ? {} : { port }),
  });
  const sessions: Session[] = [];
  if (keyring) {
    await server.stop();
    await writeFile(join(server.datadir, 'mysqld.my'), '{ "components": "file://component_keyring_file" }');
    const component = { path: join(server.dir, 'keyring'), read_only: false };
    await writeFile(join(server.datadir, 'component_keyring_file.cnf'), JSON.stringify(component));
    await server.start();
  }
  return {
    ...server,
    async newUser(name, grants = []) {
      const account = `'${name}'@'localhost'`;
      await server.query(`CREATE USER ${account} IDENTIFIED BY ?`, [password]);
      for (const { privilege, on } of grants) await server.query(`GRANT ${privilege} ON ${on} TO ${account}`);
      return {
        account,
        async session() {
          const place = { socket: server.socket, host: undefined, port: undefined };
          const session = await connect({ user: name, password, ...place });
          sessions.push(session);
          return session;
        },
      };
    },
    async remove() {
      await Promise.all(sessions.map((session) => session.close()));
      await server.remove();
    },
  };
}
