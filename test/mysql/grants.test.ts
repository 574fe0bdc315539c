import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readGrants } from '../../src/mysql/grants.js';
import { startServer97, type Server97, type User97 } from './server-97.js';

/** Each claim of `holds` beside what the server itself allows. */
let server: Server97;
beforeAll(async () => {
  server = await startServer97();
  await server.query('CREATE DATABASE shop');
  await server.query('CREATE TABLE shop.orders (a INT, b INT)');
}, 120_000);
afterAll(() => server.remove());

/** The statement that shows whether a privilege is there; a table must have no rows. */
const proofs: Record<string, string> = {
  'BACKUP_ADMIN ON *.*': 'LOCK INSTANCE FOR BACKUP',
  'PROCESS ON *.*': 'SHOW ENGINE INNODB STATUS',
  'REPLICATION CLIENT ON *.*': 'SHOW BINARY LOGS',
  'RELOAD ON *.*': 'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS',
  'SELECT ON performance_schema.keyring_component_status':
    'SELECT COUNT(*) AS n FROM performance_schema.keyring_component_status',
  'SELECT ON shop.orders': 'SELECT * FROM shop.orders',
  'SELECT ON mysql.component': 'SELECT COUNT(*) AS n FROM mysql.component',
};

/** What the account holds, as `holds` says, after it was compared with what the server lets it do. */
async function held(user: User97, prepare?: string): Promise<string[]> {
  const session = await user.session();
  if (prepare !== undefined) await session.query(prepare);
  const grants = await readGrants(session);
  const said: string[] = [];
  const allowed: string[] = [];
  for (const [name, statement] of Object.entries(proofs)) {
    const [privilege = '', on = ''] = name.split(' ON ');
    if (grants.holds(privilege, on)) said.push(name);
    await session.query(statement).then(
      () => allowed.push(name),
      () => undefined,
    );
  }
  await session.close();
  expect(said).toEqual(allowed);
  return said;
}

const keyring = 'SELECT ON performance_schema.keyring_component_status';

describe('what the server allows is what is said of', () => {
  it('a user with nothing, and one with everything', async () => {
    expect(await held(await server.newUser('nothing'))).toEqual([]);
    expect(await held(await server.newUser('all', [{ privilege: 'ALL', on: '*.*' }]))).toEqual(
      Object.keys(proofs),
    );
  });

  it('ALL without one, and SUPER alone', async () => {
    const user = await server.newUser('allbut', [{ privilege: 'ALL', on: '*.*' }]);
    await server.query(`REVOKE BACKUP_ADMIN, PROCESS ON *.* FROM ${user.account}`);
    const lacks = ['BACKUP_ADMIN ON *.*', 'PROCESS ON *.*'];
    expect(await held(user)).toEqual(Object.keys(proofs).filter((name) => !lacks.includes(name)));
    const superUser = await server.newUser('super', [{ privilege: 'SUPER', on: '*.*' }]);
    expect(await held(superUser)).toEqual(['REPLICATION CLIENT ON *.*']);
  });

  it.each([
    ['performance_schema', [keyring]],
    ['performance\\_schema', [keyring]],
    ['perf%', [keyring]],
    ['PERFORMANCE_SCHEMA', []],
    ['sho_', ['SELECT ON shop.orders']],
    ['%', [keyring, 'SELECT ON shop.orders', 'SELECT ON mysql.component']],
  ])('a grant on the schema «%s»', async (schema, expected) => {
    const name = `s${Buffer.from(schema).toString('hex').slice(-20)}`;
    const user = await server.newUser(name, [{ privilege: 'SELECT', on: `\`${schema}\`.*` }]);
    expect(await held(user)).toEqual(expected);
  });

  it('two patterns that match: the more specific one counts alone', async () => {
    const user = await server.newUser('patterns', [
      { privilege: 'SELECT', on: '`perf%`.*' },
      { privilege: 'INSERT', on: '`performance_schema`.*' },
    ]);
    expect(await held(user)).toEqual([]);
  });

  it('some columns only', async () => {
    const user = await server.newUser('columns', [{ privilege: 'SELECT (a)', on: 'shop.orders' }]);
    expect(await held(user)).toEqual([]);
  });

  it.each(["SET sql_mode = 'ANSI_QUOTES'", 'SET sql_quote_show_create = 0'])(
    'a session with %s',
    async (set) => {
      const name = `q${String(set.length)}`;
      const user = await server.newUser(name, [
        { privilege: 'BACKUP_ADMIN', on: '*.*' },
        { privilege: 'SELECT', on: 'shop.orders' },
      ]);
      expect(await held(user, set)).toEqual(['BACKUP_ADMIN ON *.*', 'SELECT ON shop.orders']);
    },
  );
});

describe('roles', () => {
  it('count when they are active, also one through another', async () => {
    await server.query("CREATE ROLE inner_role, 'outer role', unused");
    await server.query('GRANT BACKUP_ADMIN ON *.* TO inner_role');
    await server.query(`GRANT ${keyring} TO 'outer role'`);
    await server.query("GRANT inner_role TO 'outer role'");
    await server.query('GRANT RELOAD ON *.* TO unused');
    const user = await server.newUser('roles', [{ privilege: 'PROCESS', on: '*.*' }]);
    await server.query(`GRANT 'outer role', unused TO ${user.account}`);
    expect(await held(user)).toEqual(['PROCESS ON *.*']);
    await server.query(`SET DEFAULT ROLE 'outer role' TO ${user.account}`);
    expect(await held(user)).toEqual(['BACKUP_ADMIN ON *.*', 'PROCESS ON *.*', keyring]);
    expect(await held(user, 'SET ROLE ALL')).toContain('RELOAD ON *.*');
    expect(await held(user, 'SET ROLE NONE')).toEqual(['PROCESS ON *.*']);
  });

  it('count when they are mandatory and all are activated', async () => {
    await server.query('CREATE ROLE everybody');
    await server.query('GRANT REPLICATION CLIENT ON *.* TO everybody');
    const user = await server.newUser('mandatory');
    expect(await held(user)).toEqual([]);
    await server.query("SET GLOBAL mandatory_roles = 'everybody', activate_all_roles_on_login = ON");
    expect(await held(user)).toEqual(['REPLICATION CLIENT ON *.*']);
    await server.query("SET GLOBAL mandatory_roles = '', activate_all_roles_on_login = OFF");
  });
});

describe('with partial_revokes', () => {
  beforeAll(() => server.query('SET GLOBAL partial_revokes = ON'));

  it('a schema that was revoked is not held, until a grant on the table', async () => {
    const user = await server.newUser('partly', [{ privilege: 'SELECT', on: '*.*' }]);
    await server.query(`REVOKE SELECT ON performance_schema.* FROM ${user.account}`);
    expect(await held(user)).toEqual(['SELECT ON shop.orders', 'SELECT ON mysql.component']);
    await server.query((await readGrants(await user.session())).statementFor(...split(keyring)));
    expect(await held(user)).toContain(keyring);
  });

  it('a privilege that is restricted is not held on *.*, and the statement lifts that', async () => {
    const user = await server.newUser('restricted', [{ privilege: 'LOCK TABLES', on: '*.*' }]);
    await server.query(`REVOKE LOCK TABLES ON shop.* FROM ${user.account}`);
    const restricted = await readGrants(await user.session());
    expect(restricted.holds('LOCK TABLES', '*.*')).toBe(false);
    await server.query(restricted.statementFor('LOCK TABLES', '*.*'));
    expect((await readGrants(await user.session())).holds('LOCK TABLES', '*.*')).toBe(true);
  });

  it('wildcards in schema names are taken literally', async () => {
    for (const [name, schema] of [
      ['wild1', 'perf%'],
      ['wild2', 'performance\\_schema'],
    ] as const) {
      expect(
        await held(await server.newUser(name, [{ privilege: 'SELECT', on: `\`${schema}\`.*` }])),
      ).toEqual([]);
    }
  });
});

describe('the account', () => {
  it.each([`o'b"r\`k`, 'back\\slash', 'at@home', 'two words', ''])('«%s» is quoted right', async (user) => {
    await server.query('CREATE USER ?@localhost', [user]);
    const connection = await server.connect({ user });
    const grants = await readGrants({
      query: async (sql) => (await connection.query(sql))[0] as Record<string, string>[],
      close: () => connection.end(),
    });
    const statement = grants.statementFor('PROCESS', '*.*');
    const root = await server.connect();
    for (const mode of ['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES']) {
      await root.query('SET sql_mode = ?', [mode]);
      await root.query(statement);
    }
    await root.end();
    await connection.end();
    const again = await server.connect({ user });
    await again.query('SHOW ENGINE INNODB STATUS');
    await again.end();
    await server.query('DROP USER ?@localhost', [user]);
  });
});

function split(name: string): [privilege: string, on: string] {
  const [privilege = '', on = ''] = name.split(' ON ');
  return [privilege, on];
}
