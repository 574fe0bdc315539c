import { describe, expect, it } from '@jest/globals';
import { judgeRedo, type RedoFacts } from '../../../src/checks/redo-checks.js';
import type { Session } from '../../../src/mysql/connection.js';
import {
  bytesPerSecondBetween,
  expectedBackupSeconds,
  readRedoLog,
  redoRisk,
  type RedoLog,
} from '../../../src/mysql/redo.js';

const mebibyte = 1024 * 1024;

describe('redoRisk', () => {
  it.each([
    [100, 1, 10, 0.1, false],
    [100, 5, 10, 0.5, false],
    [100, 6, 10, 0.6, true],
    [100, 50, 10, 5, true],
    [100, 0, 1e9, 0, false],
  ])(
    'a log of %d bytes at %d per second for %d s: %d',
    (capacityBytes, bytesPerSecond, expectedSeconds, share, isRisk) => {
      expect(redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds })).toEqual({ share, isRisk });
    },
  );
});

describe('bytesPerSecondBetween', () => {
  it.each([
    ['100', '300', 2, 100],
    // Beyond what a number holds exactly.
    ['9007199254740993', '9007199254741993', 10, 100],
    ['300', '100', 2, 0],
    ['100', '300', 0, 0],
  ])('%s to %s in %d s is %d', (from, to, seconds, rate) => {
    expect(bytesPerSecondBetween(from, to, seconds)).toBe(rate);
  });
});

describe('expectedBackupSeconds', () => {
  it('is that of the last one, or 100 MiB a second', () => {
    expect(expectedBackupSeconds(1000 * mebibyte)).toBe(10);
    expect(expectedBackupSeconds(1000 * mebibyte, 77)).toBe(77);
  });
});

describe('readRedoLog', () => {
  /** A server that has these variables and counters, and no others. */
  function server(variables: Record<string, string>, status: Record<string, string>): Session {
    return {
      query: (sql) => {
        const values = sql.startsWith('SHOW GLOBAL VARIABLES') ? variables : status;
        const rows = Object.entries(values).map(([name, value]) => ({ Variable_name: name, Value: value }));
        return Promise.resolve(rows.filter((row) => sql.includes(`'${row.Variable_name}'`)));
      },
      close: () => Promise.resolve(),
    };
  }

  it.each([
    [
      'MySQL 9.7',
      server(
        { version: '9.7.4', innodb_redo_log_capacity: '104857600' },
        { Innodb_redo_log_capacity_resized: '209715200', Innodb_os_log_written: '1000', Uptime: '10' },
      ),
      {
        capacityBytes: 209715200,
        averageBytesPerSecond: 100,
        variable: 'innodb_redo_log_capacity',
        fileCount: 1,
        isDynamic: true,
      },
    ],
    [
      'MySQL 8.0.29',
      server(
        { version: '8.0.29', innodb_log_file_size: '50331648', innodb_log_files_in_group: '2' },
        { Innodb_os_log_written: '1000', Uptime: '10' },
      ),
      {
        capacityBytes: 100663296,
        averageBytesPerSecond: 100,
        variable: 'innodb_log_file_size',
        fileCount: 2,
        isDynamic: false,
      },
    ],
    [
      'MariaDB 10.11',
      server(
        { version: '10.11.6-MariaDB', innodb_log_file_size: '100663296' },
        { Innodb_os_log_written: '0', Uptime: '0' },
      ),
      {
        capacityBytes: 100663296,
        averageBytesPerSecond: 0,
        variable: 'innodb_log_file_size',
        fileCount: 1,
        isDynamic: true,
      },
    ],
    [
      'MariaDB 10.6',
      server({ version: '10.6.20-MariaDB', innodb_log_file_size: '100663296' }, { Uptime: '5' }),
      {
        capacityBytes: 100663296,
        averageBytesPerSecond: 0,
        variable: 'innodb_log_file_size',
        fileCount: 1,
        isDynamic: false,
      },
    ],
  ])('of %s', async (_, session, log) => {
    expect(await readRedoLog(session)).toEqual(log);
  });

  it('of a server that does not tell it fails', async () => {
    await expect(readRedoLog(server({}, {}))).rejects.toThrow('does not tell the size');
  });
});

describe('the finding', () => {
  const log: RedoLog = {
    capacityBytes: 100 * mebibyte,
    averageBytesPerSecond: mebibyte,
    variable: 'innodb_redo_log_capacity',
    fileCount: 1,
    isDynamic: true,
  };
  const facts: RedoFacts = {
    log: { value: log },
    sampled: { value: 0 },
    expectedSeconds: 10,
    mayRegister: false,
  };

  it('is good when the log is large enough, and says the numbers', () => {
    const finding = judgeRedo(facts);
    expect(finding.verdict).toBe('good');
    expect(finding.fact).toBe(
      'It holds 100 MiB. At 1.0 MiB per second and a backup of about 10.0 s, 10 % of it is written anew meanwhile.',
    );
  });

  it('takes the larger of the two rates', () => {
    expect(judgeRedo({ ...facts, sampled: { value: 20 * mebibyte } }).verdict).toBe('warning');
    expect(judgeRedo({ ...facts, sampled: { untold: 'no PROCESS' } }).verdict).toBe('good');
    expect(judgeRedo({ ...facts, expectedSeconds: 60 }).verdict).toBe('warning');
  });

  it.each([
    [log, 'SET PERSIST innodb_redo_log_capacity = 536870912;'],
    [
      { ...log, variable: 'innodb_log_file_size' },
      "SET GLOBAL innodb_log_file_size = 536870912; and innodb_log_file_size = 512M under [mysqld] in the server's my.cnf",
    ],
    [
      { ...log, variable: 'innodb_log_file_size', isDynamic: false, fileCount: 2 },
      "innodb_log_file_size = 256M under [mysqld] in the server's my.cnf, then restart the server",
    ],
  ] as [RedoLog, string][])('is mended by twice of what is written, as a power of two', (value, mend) => {
    // 200 MiB are written.
    expect(judgeRedo({ ...facts, log: { value }, sampled: { value: 20 * mebibyte } }).mend).toBe(mend);
  });

  it('never asks for more than the server takes', () => {
    const finding = judgeRedo({ ...facts, expectedSeconds: 1e9 });
    expect(finding.mend).toBe(`SET PERSIST innodb_redo_log_capacity = ${128 * 1024 * mebibyte};`);
  });

  it('says what the backup does about it', () => {
    const busy = { ...facts, expectedSeconds: 100 };
    expect(judgeRedo(busy).fact).toContain('a backup fails');
    expect(judgeRedo({ ...busy, mayRegister: true }).fact).toContain('may stall writes');
  });

  it('is unknown when the server does not tell', () => {
    expect(judgeRedo({ ...facts, log: { untold: 'it is asleep' } })).toMatchObject({
      verdict: 'unknown',
      fact: expect.stringMatching(/asleep\.$/),
    });
  });
});
