import { describe, expect, it } from '@jest/globals';
import { containsPosition, type ServerHistory } from '../../../src/chain/position.js';

const a = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const b = '4f22fa47-71ca-11e1-9e33-c80aa9429562';

describe('GTID sets of MySQL', () => {
  it.each([
    [`${a}:1-5`, `${a}:1-5`, 'contained'],
    [`${a}:1-5`, `${a}:1-900`, 'contained'],
    [`${a}:1-5`, `${a}:1-4`, 'not contained'],
    [`${a}:1-5`, `${a}:1-2:4-9`, 'not contained'],
    [`${a}:1-5`, `${a}:1-2:3-9`, 'contained'],
    [`${a}:2-6`, `${a}:5-9:1-3:3-5`, 'contained'],
    [`${a}:1-3:7`, `${a}:1-7`, 'contained'],
    [`${a}:1-3:7`, `${a}:1-6`, 'not contained'],
    [`${a}:1-5`, `${b}:1-5`, 'not contained'],
    [`${a}:1-5,${b}:1`, `${b}:1-2,${a}:1-5`, 'contained'],
    [`${a}:1-5,${b}:1`, `${a}:1-5`, 'not contained'],
    [`${a}:1-5`, '', 'not contained'],
    [` ${a.toUpperCase()}:1-5,\n ${b}:1`, `${a} : 1-5 ,\n${b}:1\n`, 'contained'],
    [`${a}:1-9223372036854775806`, `${a}:1-9223372036854775805`, 'not contained'],
    // Tags, from MySQL 8.3 on.
    [`${a}:1-5:tag:1-3`, `${a}:1-5:TAG:1-4`, 'contained'],
    [`${a}:tag:1-3`, `${a}:1-5`, 'not contained'],
    [`${a}:1-3`, `${a}:tag:1-5`, 'not contained'],
    [`${a}:tag:1-3:5,${a}:other:2`, `${a}:1:other:1-2:tag:1-5`, 'contained'],
    [`${a}:tag:1-3:5`, `${a}:tag:1-3:other:5`, 'not contained'],
    // What cannot be read proves nothing.
    ['0-1-100', `${a}:1-5`, 'unproven'],
    [`${a}:1-5`, '0-1-100', 'unproven'],
    [a, `${a}:1-5`, 'unproven'],
    [`${a}:1-x`, `${a}:1-5`, 'unproven'],
  ])('%j in %j: %s', (gtid, gtidState, verdict) => {
    for (const flavor of ['mysql', 'percona'] as const) {
      expect(containsPosition({ flavor, gtid }, { gtidState }).verdict).toBe(verdict);
    }
  });

  it('says what is missing', () => {
    expect(containsPosition({ flavor: 'mysql', gtid: `${a}:1-5` }, { gtidState: `${a}:1-4` })).toEqual({
      verdict: 'not contained',
      reason: `the server's GTIDs do not have all of ${a}:1-5`,
    });
  });
});

describe('GTIDs of MariaDB', () => {
  it.each([
    ['0-1-100', '0-1-100', 'contained'],
    ['0-1-100', '0-1-101', 'contained'],
    ['0-1-100', '0-1-99', 'not contained'],
    ['0-1-100,1-2-7', '1-2-7,0-1-100', 'contained'],
    ['0-1-100,1-2-7', '0-1-100', 'not contained'],
    // Several server ids in one domain: only the same one proves.
    ['0-1-100', '0-1-100,0-2-150', 'contained'],
    ['0-1-100', '0-1-50,0-2-150', 'not contained'],
    ['0-1-100', '0-2-150', 'not contained'],
    ['0-2-150', '0-1-100,0-2-150', 'contained'],
    // gtid_binlog_state and gtid_current_pos in one text: the higher counts.
    ['0-1-100', '0-1-50,0-1-120', 'contained'],
    ['0-1-100', '0-1-120,0-1-50', 'contained'],
    [' 0-1-100 ', '0-1-100,\n1-1-1', 'contained'],
    ['0-1-18446744073709551615', '0-1-18446744073709551614', 'not contained'],
    ['0-1-100', '', 'not contained'],
    [`${a}:1-5`, '0-1-100', 'unproven'],
    ['0-1-100', 'x', 'unproven'],
  ])('%j in %j: %s', (gtid, gtidState, verdict) => {
    expect(containsPosition({ flavor: 'mariadb', gtid }, { gtidState }).verdict).toBe(verdict);
  });

  it('says what the server has instead', () => {
    const at = { flavor: 'mariadb', gtid: '0-1-100' } as const;
    expect(containsPosition(at, { gtidState: '0-1-99' })).toHaveProperty(
      'reason',
      'it was at GTID 0-1-100, and the server has 0-1-99',
    );
    expect(containsPosition(at, { gtidState: '0-2-150' })).toHaveProperty(
      'reason',
      'it was at GTID 0-1-100, and the server has none of that domain and server id',
    );
  });
});

describe('binary logs', () => {
  const logs = [
    { name: 'binlog.000004', sizeBytes: 900 },
    { name: 'binlog.000005', sizeBytes: 500 },
  ];

  it.each([
    ['binlog.000005', '500', 'contained'],
    ['binlog.000005', '4', 'contained'],
    ['binlog.000005', '501', 'not contained'],
    ['binlog.000004', '900', 'contained'],
    ['binlog.000003', '1', 'unproven'],
    ['binlog.000006', '4', 'unproven'],
    ['binlog.000005', undefined, 'unproven'],
    ['binlog.000005', 'x', 'unproven'],
  ])('%s at %s: %s', (binlogFile, binlogPosition, verdict) => {
    const base = {
      flavor: 'mysql',
      binlogFile,
      ...(binlogPosition === undefined ? {} : { binlogPosition }),
    } as const;
    expect(containsPosition(base, { binaryLogs: logs }).verdict).toBe(verdict);
  });

  it('say how the file differs', () => {
    const base = { flavor: 'mysql', binlogFile: 'binlog.000005', binlogPosition: '501' } as const;
    expect(containsPosition(base, { binaryLogs: logs })).toEqual({
      verdict: 'not contained',
      reason: 'binlog.000005 has 500 bytes, and had 501',
    });
  });
});

describe('what decides', () => {
  const file = { binlogFile: 'binlog.000005', binlogPosition: '500' };
  const purged = [{ name: 'binlog.000009', sizeBytes: 10_000 }];
  const short = [{ name: 'binlog.000005', sizeBytes: 499 }];
  const whole = [{ name: 'binlog.000005', sizeBytes: 500 }];
  const has = `${a}:1-5`;

  it.each<[string, { gtid?: string; binlogFile?: string }, ServerHistory, string]>([
    ['no coordinates at all', {}, {}, 'unknown'],
    ['none, and a server that now has them', {}, { gtidState: has, binaryLogs: whole }, 'unknown'],
    ['an empty GTID set is none', { gtid: ' ' }, { gtidState: '' }, 'unknown'],
    [
      'GTIDs, though the file was purged',
      { gtid: has, ...file },
      { gtidState: has, binaryLogs: purged },
      'contained',
    ],
    [
      'GTIDs, though the file fits',
      { gtid: `${a}:1-9`, ...file },
      { gtidState: has, binaryLogs: whole },
      'not contained',
    ],
    [
      'a file that is too short, whatever the GTIDs',
      { gtid: has, ...file },
      { gtidState: has, binaryLogs: short },
      'not contained',
    ],
    ['files, when the server has no GTIDs', { gtid: has, ...file }, { binaryLogs: whole }, 'contained'],
    [
      'files, when the base has no GTIDs',
      { gtid: '', ...file },
      { gtidState: has, binaryLogs: whole },
      'contained',
    ],
    ['files that were purged', file, { binaryLogs: purged }, 'unproven'],
    ['files of a server that no longer writes any', file, { binaryLogs: [] }, 'unproven'],
    ['coordinates, and a server with neither', { gtid: has, ...file }, {}, 'unproven'],
    ['a GTID alone, and a server with files only', { gtid: has }, { binaryLogs: whole }, 'unproven'],
  ])('%s', (_, base, server, verdict) => {
    expect(containsPosition({ flavor: 'mysql', ...base }, server).verdict).toBe(verdict);
  });
});
