import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/errors.js';
import { connect, type Session } from '../../src/mysql/connection.js';
import { readGrants, type Grants } from '../../src/mysql/grants.js';
import { clientGroup } from '../../src/mysql/option-file.js';
import { toolGround, type ToolGround } from '../support/tool-ground.js';
import { toolsUnderTest } from '../support/tools-under-test.js';

/** What `holds` says of the backup user, beside what the server and the real backup tool let it do. */
const minutes = 60_000;
const [under] = toolsUnderTest();
if (under === undefined) throw new Error('There is no tool to test.');

let ground: ToolGround;
const account = "'bk'@'localhost'";

beforeAll(async () => {
  ground = await toolGround(under);
  await ground.server.query(`CREATE USER ${account} IDENTIFIED BY 'secret'`);
  for (const { privilege, on } of privileges()) {
    await ground.server.query(`GRANT ${privilege} ON ${on} TO ${account}`);
  }
}, 2 * minutes);
afterAll(() => ground.remove(), minutes);

const privileges = () => ground.tool.line.privileges;

async function asUser<T>(user: string, work: (session: Session) => Promise<T>): Promise<T> {
  const place = { socket: ground.server.socket, host: undefined, port: undefined };
  const session = await connect({ user, password: user === 'root' ? undefined : 'secret', ...place });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const grantsOf = (user: string): Promise<Grants> => asUser(user, readGrants);

/** The backup of that user: undefined when it succeeds. */
async function backUp(name: string): Promise<UserError | undefined> {
  const defaultsFile = join(ground.dir, `${name}.cnf`);
  const connection = { user: 'bk', password: 'secret', socket: ground.server.socket };
  await writeFile(defaultsFile, clientGroup(connection), { mode: 0o600 });
  return ground.backUp(name, { defaultsFile }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    },
  );
}

describe(`the privileges of ${under.name}`, () => {
  it('are all held when they are granted, and are enough', async () => {
    const { account: quoted, holds } = await grantsOf('bk');
    expect(quoted).toBe(account);
    expect(privileges().filter(({ privilege, on }) => !holds(privilege, on))).toEqual([]);
    expect(await backUp('all')).toBeUndefined();
  });

  it(
    'are missing one by one, and the statement mends it',
    async () => {
      for (const { privilege, on } of privileges()) {
        await ground.server.query(`REVOKE ${privilege} ON ${on} FROM ${account}`);
        const grants = await grantsOf('bk');
        const missing = privileges().filter((each) => !grants.holds(each.privilege, each.on));
        expect(missing).toMatchObject([{ privilege, on }]);
        // XtraBackup asks for more than it uses.
        if (ground.tool.name === 'mariadb-backup') {
          const failure = await backUp(`without ${privilege}`);
          expect([failure?.code, failure?.message]).toEqual([
            'PRIVILEGE_MISSING',
            expect.stringContaining(privilege),
          ]);
        }
        const statement = grants.statementFor(privilege, on);
        expect(statement).toBe(`GRANT ${privilege} ON ${on} TO ${account};`);
        await ground.server.query(statement);
        expect((await grantsOf('bk')).holds(privilege, on)).toBe(true);
      }
      expect(await backUp('mended')).toBeUndefined();
    },
    3 * minutes,
  );
});

describe('what the server grants in other ways', () => {
  const everything = () => privileges().every(({ privilege, on }) => root.holds(privilege, on));
  let root: Grants;

  it('ALL PRIVILEGES holds everything', async () => {
    root = await grantsOf('root');
    expect(root.account).toBe("'root'@'localhost'");
    expect(everything()).toBe(true);
  });

  it('a role counts while it is active, and one that it has as well', async () => {
    const { server } = ground;
    await server.query("CREATE ROLE backup_role, 'inner role'");
    for (const { privilege, on } of privileges()) {
      await server.query(`GRANT ${privilege} ON ${on} TO 'inner role'`);
    }
    await server.query("GRANT 'inner role' TO backup_role");
    await server.query("CREATE USER ro@localhost IDENTIFIED BY 'secret'");
    await server.query('GRANT backup_role TO ro@localhost');
    const held = async () => {
      const { holds } = await grantsOf('ro');
      return privileges().filter(({ privilege, on }) => holds(privilege, on)).length;
    };
    expect(await held()).toBe(0);
    const toWhom = server.flavor === 'mariadb' ? 'FOR' : 'TO';
    await server.query(`SET DEFAULT ROLE backup_role ${toWhom} ro@localhost`);
    expect(await held()).toBe(privileges().length);
  });

  it('SUPER lets see the binary logs, under both names of the privilege', async () => {
    await ground.server.query("CREATE USER su@localhost IDENTIFIED BY 'secret'");
    await ground.server.query('GRANT SUPER ON *.* TO su@localhost');
    await asUser('su', async (session) => {
      const { holds } = await readGrants(session);
      expect([holds('BINLOG MONITOR', '*.*'), holds('REPLICATION CLIENT', '*.*')]).toEqual([true, true]);
      expect((await session.query('SHOW BINARY LOGS')).length).toBeGreaterThan(0);
      expect([holds('RELOAD', '*.*'), holds('PROCESS', '*.*')]).toEqual([false, false]);
      await expect(session.query('SHOW ENGINE INNODB STATUS')).rejects.toMatchObject({
        code: 'PRIVILEGE_MISSING',
        hint: 'Grant it: GRANT PROCESS ON *.* TO the backup user.',
      });
    });
  });

  it('of schemas and tables: what holds is what can be read', async () => {
    const { server } = ground;
    for (const schema of ['shop', 'shop_old']) {
      await server.query(`CREATE DATABASE ${schema}`);
      await server.query(`CREATE TABLE ${schema}.orders (a INT, b INT)`);
    }
    const grants = ['ON shop.orders', 'ON `shop\\_%`.*', '(a) ON shop.orders', 'ON `sh%`.*', 'ON *.*'];
    for (const [index, grant] of grants.entries()) {
      const user = `reader${index}`;
      await server.query(`CREATE USER ${user}@localhost IDENTIFIED BY 'secret'`);
      await server.query(`GRANT SELECT ${grant} TO ${user}@localhost`);
      await asUser(user, async (session) => {
        const { holds } = await readGrants(session);
        for (const table of ['shop.orders', 'shop_old.orders']) {
          const readable = await session.query(`SELECT * FROM ${table}`).then(
            () => true,
            () => false,
          );
          expect([grant, table, holds('SELECT', table)]).toEqual([grant, table, readable]);
        }
      });
    }
  });
});
