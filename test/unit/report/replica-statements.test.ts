import { describe, expect, it } from '@jest/globals';
import { replicaStatements } from '../../../src/report/replica-statements.js';

const position = { binlogFile: 'binlog.000009', binlogPosition: '197' };
const gtid = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';

const account = (word: string): string =>
  `  ${word}_HOST = '<address>',\n  ${word}_USER = '<replication user>',\n  ${word}_PASSWORD = '<its password>',\n`;

describe('the statements for a replica', () => {
  const oldWords = (reset: string): string =>
    `STOP SLAVE;\n${reset};\nSET GLOBAL gtid_purged = '${gtid}';\n` +
    `CHANGE MASTER TO\n${account('MASTER')}  MASTER_AUTO_POSITION = 1;\nSTART SLAVE;`;
  const newWords = (reset: string): string =>
    `STOP REPLICA;\n${reset};\nSET GLOBAL gtid_purged = '${gtid}';\n` +
    `CHANGE REPLICATION SOURCE TO\n${account('SOURCE')}  SOURCE_AUTO_POSITION = 1;\nSTART REPLICA;`;

  it.each([
    ['5.7.44', oldWords('RESET MASTER')],
    ['8.0.21', oldWords('RESET MASTER')],
    ['8.0.23', newWords('RESET MASTER')],
    ['8.0.42-0ubuntu0.22.04.1', newWords('RESET MASTER')],
    ['8.4.6', newWords('RESET BINARY LOGS AND GTIDS')],
    ['9.7.4', newWords('RESET BINARY LOGS AND GTIDS')],
  ])('of MySQL %s, with GTIDs', (version, expected) => {
    expect(replicaStatements({ flavor: 'mysql', version }, { ...position, gtid })).toBe(expected);
    expect(replicaStatements({ flavor: 'percona', version }, { gtid })).toBe(expected);
  });

  it('of MySQL 8.0.22, which has START REPLICA, but not yet the other words', () => {
    const statements = replicaStatements({ flavor: 'mysql', version: '8.0.22' }, { gtid });
    expect(statements).toContain('CHANGE MASTER TO');
    expect(statements).toContain('START REPLICA;');
  });

  it('of MySQL without GTIDs, by file and position, and nothing is reset', () => {
    expect(replicaStatements({ flavor: 'mysql', version: '8.4.6' }, position)).toBe(
      `STOP REPLICA;\nCHANGE REPLICATION SOURCE TO\n${account('SOURCE')}` +
        `  SOURCE_LOG_FILE = 'binlog.000009',\n  SOURCE_LOG_POS = 197;\nSTART REPLICA;`,
    );
  });

  it.each([
    ['10.4.34-MariaDB', 'SLAVE'],
    ['10.11.19-MariaDB-log', 'REPLICA'],
    ['11.8.9-MariaDB', 'REPLICA'],
  ])('of MariaDB %s', (version, word) => {
    const kind = { flavor: 'mariadb' as const, version };
    expect(replicaStatements(kind, { ...position, gtid: '0-1-3142' })).toBe(
      `STOP ${word};\nSET GLOBAL gtid_slave_pos = '0-1-3142';\n` +
        `CHANGE MASTER TO\n${account('MASTER')}  MASTER_USE_GTID = slave_pos;\nSTART ${word};`,
    );
    expect(replicaStatements(kind, position)).toBe(
      `STOP ${word};\nCHANGE MASTER TO\n${account('MASTER')}` +
        `  MASTER_LOG_FILE = 'binlog.000009',\n  MASTER_LOG_POS = 197,\n  MASTER_USE_GTID = no;\nSTART ${word};`,
    );
  });

  it('are none for a server without a binary log', () => {
    expect(replicaStatements({ flavor: 'mysql', version: '8.4.6' }, {})).toBeUndefined();
  });

  it('keep what is within quotes there', () => {
    const odd = { binlogFile: "b'; DROP TABLE a; -- \\", binlogPosition: '4' };
    expect(replicaStatements({ flavor: 'mysql', version: '8.4.6' }, odd)).toContain(
      "SOURCE_LOG_FILE = 'b''; DROP TABLE a; -- \\\\',",
    );
  });
});
