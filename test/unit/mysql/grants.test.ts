import { describe, expect, it } from '@jest/globals';
import type { Session } from '../../../src/mysql/connection.js';
import { parseGrants, quoteAccount, readGrants } from '../../../src/mysql/grants.js';

const status = 'performance_schema.log_status';

describe('parseGrants', () => {
  describe('of MySQL 8 and later', () => {
    const { holds } = parseGrants([
      'GRANT SELECT, RELOAD, PROCESS, LOCK TABLES, REPLICATION CLIENT ON *.* TO `bk`@`localhost` WITH GRANT OPTION',
      'GRANT BACKUP_ADMIN,SYSTEM_VARIABLES_ADMIN ON *.* TO `bk`@`localhost`',
      'GRANT PROXY ON ``@`` TO `bk`@`localhost` WITH GRANT OPTION',
      'GRANT `r 3`@`%`,`SUPER`@`%` TO `bk`@`localhost`',
    ]);

    it('finds static and dynamic privileges in all lines', () => {
      for (const privilege of [
        'RELOAD',
        'PROCESS',
        'LOCK TABLES',
        'BACKUP_ADMIN',
        'SYSTEM_VARIABLES_ADMIN',
      ]) {
        expect([privilege, holds(privilege, '*.*')]).toEqual([privilege, true]);
      }
    });

    it('minds neither case nor blanks in names', () => {
      expect(holds('backup_admin', '*.*')).toBe(true);
      expect(holds(' lock  tables', '*.*')).toBe(true);
    });

    it('takes no part of a name, and no role or proxy, for a privilege', () => {
      for (const privilege of [
        'LOCK',
        'TABLES',
        'REPLICATION',
        'SUPER',
        'PROXY',
        'CLONE_ADMIN',
        'GRANT OPTION',
      ]) {
        expect([privilege, holds(privilege, '*.*')]).toEqual([privilege, false]);
      }
    });

    it('counts a grant on everything for each schema and table', () => {
      expect(holds('SELECT', status)).toBe(true);
      expect(holds('SELECT', 'shop.*')).toBe(true);
      expect(holds('INSERT', status)).toBe(false);
    });
  });

  it('counts grants on tables and schemas for these alone', () => {
    const { holds } = parseGrants([
      'GRANT USAGE ON *.* TO `bk`@`localhost`',
      'GRANT SELECT ON `performance_schema`.`log_status` TO `bk`@`localhost`',
      'GRANT ALL PRIVILEGES ON `shop`.* TO `bk`@`localhost`',
    ]);
    expect(holds('SELECT', status)).toBe(true);
    expect(holds('SELECT', 'performance_schema.keyring_component_status')).toBe(false);
    expect(holds('SELECT', 'performance_schema.*')).toBe(false);
    expect(holds('SELECT', 'shop.orders')).toBe(true);
    expect(holds('LOCK TABLES', 'shop.*')).toBe(true);
    expect(holds('SELECT', '*.*')).toBe(false);
    expect(holds('PROCESS', '*.*')).toBe(false);
  });

  it('does not count a grant for some columns', () => {
    const { holds } = parseGrants([
      'GRANT SELECT (`server_uuid`, `a)b`), INSERT (`a`), UPDATE ON `performance_schema`.`log_status` TO `bk`@`%`',
    ]);
    expect(holds('SELECT', status)).toBe(false);
    expect(holds('INSERT', status)).toBe(false);
    expect(holds('UPDATE', status)).toBe(true);
  });

  it('does not count a grant on a routine', () => {
    const { holds } = parseGrants(['GRANT SELECT ON PROCEDURE `shop`.`orders` TO `bk`@`localhost`']);
    expect(holds('SELECT', 'shop.orders')).toBe(false);
  });

  it.each([
    ['performance_schema', true],
    ['performance\\_schema', true],
    ['perf%', true],
    ['%', true],
    ['performance\\%schema', false],
    ['performance', false],
    ['.*', false],
    ['PERFORMANCE_SCHEMA', false],
  ])('reads the schema pattern «%s»', (pattern, expected) => {
    const lines = [`GRANT SELECT ON \`${pattern}\`.* TO \`bk\`@\`localhost\``];
    expect(parseGrants(lines).holds('SELECT', status)).toBe(expected);
    const literally = parseGrants(lines, { schemaWildcards: false });
    expect(literally.holds('SELECT', status)).toBe(pattern === 'performance_schema');
  });

  it('takes the most specific pattern alone, for each account or role', () => {
    const broad = 'GRANT SELECT ON `perf%`.* TO `bk`@`localhost`';
    const narrow = 'GRANT INSERT ON `performance_schema`.* TO `bk`@`localhost`';
    expect(parseGrants([broad, narrow]).holds('SELECT', status)).toBe(false);
    expect(parseGrants([broad, narrow]).holds('INSERT', status)).toBe(true);
    const ofRole = 'GRANT INSERT ON `performance_schema`.* TO `r1`';
    expect(parseGrants([broad, ofRole]).holds('SELECT', status)).toBe(true);
  });

  it('takes schemas out that were revoked in part', () => {
    const { holds } = parseGrants([
      'GRANT SELECT, LOCK TABLES, PROCESS ON *.* TO `bk`@`localhost`',
      'REVOKE SELECT, LOCK TABLES ON `performance_schema`.* FROM `bk`@`localhost`',
      'REVOKE SELECT ON `mysql`.* FROM `bk`@`localhost`',
      'GRANT SELECT ON `performance_schema`.`log_status` TO `bk`@`localhost`',
    ]);
    expect(holds('SELECT', status)).toBe(true);
    expect(holds('SELECT', 'performance_schema.keyring_component_status')).toBe(false);
    expect(holds('SELECT', 'mysql.component')).toBe(false);
    expect(holds('SELECT', 'shop.orders')).toBe(true);
    expect(holds('LOCK TABLES', '*.*')).toBe(false);
    expect(holds('PROCESS', '*.*')).toBe(true);
  });

  it.each([
    ['ANSI_QUOTES', 'GRANT SELECT, "x" ON "performance_schema"."log_status" TO "b""k"@"localhost"', false],
    ['ANSI_QUOTES', 'GRANT SELECT ON "performance_schema"."log_status" TO "b""k"@"localhost"', true],
    ['no quotes', 'GRANT SELECT ON performance_schema.log_status TO bk@localhost', true],
    ['single quotes, as 5.7 has', "GRANT SELECT ON `performance_schema`.`log_status` TO 'b''k'@'%'", true],
    ['lower case', 'grant select on `performance_schema`.`log_status` to `bk`@`%`', true],
    ['no grant at all', 'SET DEFAULT ROLE `SELECT ON performance_schema.log_status` FOR `bk`@`%`', false],
    ['nothing', '', false],
    ['the end missing', 'GRANT SELECT (`a`', false],
  ])('reads names with %s', (_, line, expected) => {
    expect(parseGrants([line]).holds('SELECT', status)).toBe(expected);
  });

  it('knows names with quotes and dots in them', () => {
    const { holds } = parseGrants(['GRANT SELECT ON `a``b`.`c.d` TO `o\'b"r``k`@`%`']);
    expect(holds('SELECT', 'a`b.c.d')).toBe(true);
  });

  describe('of MariaDB', () => {
    const { holds } = parseGrants([
      'GRANT `SUPER` TO `bk`@`localhost` WITH ADMIN OPTION',
      "GRANT PROCESS, BINLOG MONITOR ON *.* TO `bk`@`localhost` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227'",
      'GRANT `r 2` TO `r1`',
      'GRANT RELOAD, SLAVE MONITOR ON *.* TO `r1`',
      'GRANT SELECT ON `shop`.* TO PUBLIC',
      'SET DEFAULT ROLE `r1` FOR `bk`@`localhost`',
    ]);

    it('finds what the active roles and PUBLIC have', () => {
      expect(holds('RELOAD', '*.*')).toBe(true);
      expect(holds('SELECT', 'shop.orders')).toBe(true);
      expect(holds('SUPER', '*.*')).toBe(false);
    });

    it('knows the old and the new names', () => {
      for (const name of ['BINLOG MONITOR', 'REPLICATION CLIENT', 'REPLICA MONITOR', 'SLAVE MONITOR']) {
        expect([name, holds(name, '*.*')]).toEqual([name, true]);
      }
    });
  });

  it('knows what ALL PRIVILEGES and SUPER give', () => {
    const all = parseGrants(["GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost' WITH GRANT OPTION"]);
    expect(all.holds('BINLOG MONITOR', '*.*')).toBe(true);
    expect(all.holds('SELECT', status)).toBe(true);
    const superUser = parseGrants(['GRANT SUPER ON *.* TO `su`@`localhost`']);
    expect(superUser.holds('REPLICATION CLIENT', '*.*')).toBe(true);
    expect(superUser.holds('BINLOG MONITOR', '*.*')).toBe(true);
    for (const other of ['RELOAD', 'PROCESS', 'BACKUP_ADMIN', 'LOCK TABLES']) {
      expect([other, superUser.holds(other, '*.*')]).toEqual([other, false]);
    }
  });
});

describe('quoteAccount', () => {
  it.each([
    ['bk@localhost', "'bk'@'localhost'"],
    ['@localhost', "''@'localhost'"],
    ['backup@shop@%', "'backup@shop'@'%'"],
    [`o'b"r\`k@10.0.0.0/255.0.0.0`, "`o'b\"r``k`@'10.0.0.0/255.0.0.0'"],
    ['a\\b@%', "`a\\b`@'%'"],
  ])('%s', (account, quoted) => {
    expect(quoteAccount(account)).toBe(quoted);
  });
});

describe('readGrants', () => {
  function session(version: string, partialRevokes?: string): Session {
    const answers = new Map<string, Record<string, string>[]>([
      ['SELECT', [{ account: 'bk@localhost', version }]],
      ['SHOW GRANTS', [{ 'Grants for bk@localhost': 'GRANT SELECT ON `perf%`.* TO `bk`@`localhost`' }]],
      ['SHOW GLOBAL', partialRevokes === undefined ? [] : [{ Variable_name: 'x', Value: partialRevokes }]],
    ]);
    const find = (sql: string) => [...answers].find(([start]) => sql.startsWith(start))?.[1] ?? [];
    return { query: (sql) => Promise.resolve(find(sql)), close: () => Promise.resolve() };
  }

  it('tells the account and its grants', async () => {
    const grants = await readGrants(session('8.4.6', 'OFF'));
    expect(grants.account).toBe("'bk'@'localhost'");
    expect(grants.holds('SELECT', status)).toBe(true);
    expect(grants.statementFor('LOCK TABLES', '*.*')).toBe("GRANT LOCK TABLES ON *.* TO 'bk'@'localhost';");
  });

  it('takes schemas literally where the server does', async () => {
    const grants = await readGrants(session('8.4.6', 'ON'));
    expect(grants.holds('SELECT', status)).toBe(false);
  });

  it.each([
    ['10.11.19-MariaDB-log', 'BINLOG MONITOR'],
    ['10.5.0-MariaDB', 'BINLOG MONITOR'],
    ['10.4.34-MariaDB', 'REPLICATION CLIENT'],
  ])('names the privilege as %s does', async (version, name) => {
    const grants = await readGrants(session(version));
    expect(grants.statementFor('BINLOG MONITOR', '*.*')).toBe(`GRANT ${name} ON *.* TO 'bk'@'localhost';`);
  });
});
