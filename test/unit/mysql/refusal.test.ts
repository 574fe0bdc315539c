import { describe, expect, it } from '@jest/globals';
import { missingPrivilege } from '../../../src/mysql/refusal.js';

const operation = (privileges: string) =>
  `Access denied; you need (at least one of) the ${privileges} privilege(s) for this operation`;

describe('missingPrivilege', () => {
  it.each([
    ['PROCESS', 'PROCESS'],
    ['BACKUP_ADMIN', 'BACKUP_ADMIN'],
    // MySQL 9.7, 5.7 and MariaDB 10.11 for the binary logs; MySQL 9.7 for FLUSH TABLES.
    ['SUPER, REPLICATION CLIENT', 'REPLICATION CLIENT'],
    ['SUPER, BINLOG MONITOR', 'BINLOG MONITOR'],
    ['RELOAD or FLUSH_TABLES', 'RELOAD'],
    ['SUPER or SYSTEM_VARIABLES_ADMIN', 'SYSTEM_VARIABLES_ADMIN'],
    ['SUPER', 'SUPER'],
  ])('reads «%s»', (listed, privilege) => {
    expect(missingPrivilege(operation(listed))).toEqual({ privilege, on: '*.*' });
  });

  it.each([
    // MySQL 9.7, with the statement that was refused.
    [
      "SELECT command denied to user 'bk'@'localhost' for table 'component'",
      'SELECT COUNT(*) FROM mysql.component',
      'mysql.component',
    ],
    // XtraBackup's log line; MariaDB 10.11; a message alone.
    [
      "failed to execute query 'SELECT server_uuid FROM performance_schema.log_status' : 1142 (42000) SELECT command denied to user 'bk'@'localhost' for table 'log_status'",
      undefined,
      'performance_schema.log_status',
    ],
    ["SELECT command denied to user 'w1'@'localhost' for table `d1`.`t`", undefined, 'd1.t'],
    [
      "SELECT command denied to user ''@'%' for table 'log_status'",
      undefined,
      'performance_schema.log_status',
    ],
  ])('reads «%s»', (message, statement, on) => {
    expect(missingPrivilege(message, statement)).toEqual({ privilege: 'SELECT', on });
  });

  it('sees none in other errors', () => {
    expect(missingPrivilege("Access denied for user 'bk'@'localhost' (using password: YES)")).toBeUndefined();
    expect(missingPrivilege("Table 'd1.t' doesn't exist")).toBeUndefined();
  });
});
