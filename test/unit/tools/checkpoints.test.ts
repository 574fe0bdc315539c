import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  parseBinlogInfo,
  parseCheckpoints,
  parseInfo,
  parseLoggedCoordinates,
  readCheckpoints,
  readCoordinates,
  readPeculiarities,
} from '../../../src/tools/checkpoints.js';
import { loggedRun } from '../../support/logged-runs.js';

const incomplete = expect.objectContaining({ code: 'BACKUP_INCONSISTENT' }) as unknown;

describe('parseCheckpoints', () => {
  it.each([
    ['backup-full', 'full-backuped', '0', '1321316', '7634172'],
    ['backup-incremental-basedir', 'incremental', '1321316', '6921862', '7783593'],
    ['backup-incremental-lsn-stream', 'incremental', '6921862', '7789122', '7847567'],
    ['prepare-full-apply-log-only', 'log-applied', '0', '1321316', '7634172'],
    ['prepare-incremental-apply-log-only', 'log-applied', '0', '6921862', '7783593'],
    ['prepare-incremental-last', 'log-applied', '0', '7789122', '7847567'],
    ['prepare-final', 'full-prepared', '0', '7789122', '7847567'],
  ])('reads what XtraBackup 2.4 left in «%s»', (name, backupType, fromLsn, toLsn, lastLsn) => {
    const text = loggedRun(name).checkpoints ?? '';
    expect(parseCheckpoints(text)).toEqual({ backupType, fromLsn, toLsn, lastLsn });
  });

  it('reads those of XtraBackup 8 with more fields, and Windows line ends', () => {
    const text =
      'backup_type = incremental\r\nfrom_lsn = 19000000\r\nto_lsn = 19000100\r\nlast_lsn = 19000110\r\n' +
      'flushed_lsn = 19000110\r\nredo_memory = 0\r\nredo_frames = 0\r\n';
    expect(parseCheckpoints(text)).toEqual({
      backupType: 'incremental',
      fromLsn: '19000000',
      toLsn: '19000100',
      lastLsn: '19000110',
    });
  });

  it('keeps every digit of a 64-bit LSN', () => {
    const lsn = '18446744073709551615';
    const text = `backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = ${lsn}\nlast_lsn = ${lsn}\n`;
    expect(parseCheckpoints(text).toLsn).toBe(lsn);
  });

  const whole = ['backup_type = incremental', 'from_lsn = 5', 'to_lsn = 7', 'last_lsn = 9'];

  it.each([0, 1, 2, 3])('does without none of its lines (%i left out)', (missing) => {
    const text = whole.filter((_, index) => index !== missing).join('\n');
    expect(() => parseCheckpoints(text)).toThrow(incomplete);
  });

  it.each(['', '-5', '5x', '0x10', '1.5', '123456789012345678901', 'to_lsn'])(
    'takes no LSN for «%s»',
    (value) => {
      const text = whole.with(1, `from_lsn = ${value}`).join('\n');
      expect(() => parseCheckpoints(text)).toThrow(incomplete);
    },
  );
});

describe('coordinates', () => {
  it('reads the info file of XtraBackup 2.4', () => {
    expect(parseInfo(loggedRun('backup-full').info ?? '')).toEqual({
      binlogFile: 'mysql-bin.000002',
      binlogPosition: '3634282',
    });
  });

  it('reads the info file of MariaDB with a GTID', () => {
    const text =
      "lock_time = 0\nbinlog_pos = filename 'binlog.000002', position '344', GTID of the last change '0-1-55'\n";
    expect(parseInfo(text)).toEqual({ binlogFile: 'binlog.000002', binlogPosition: '344', gtid: '0-1-55' });
  });

  it('reads a GTID set over several lines', () => {
    const text =
      "binlog_pos = filename 'binlog.000009', position '197', GTID of the last change '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,\n" +
      "4e11fa47-71ca-11e1-9e33-c80aa9429562:1-99:101'\ninnodb_from_lsn = 0\n";
    expect(parseInfo(text).gtid).toBe(
      '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,4e11fa47-71ca-11e1-9e33-c80aa9429562:1-99:101',
    );
  });

  it('finds nothing where no binary log is written', () => {
    expect(parseInfo('tool_name = xtrabackup\nbinlog_pos = \ninnodb_from_lsn = 0\n')).toEqual({});
    expect(parseInfo('')).toEqual({});
  });

  it.each([
    ['mysql-bin.000002\t154\n', { binlogFile: 'mysql-bin.000002', binlogPosition: '154' }],
    ['binlog.000002\t344\t0-1-55\n', { binlogFile: 'binlog.000002', binlogPosition: '344', gtid: '0-1-55' }],
    [
      'binlog.3\t9\ta11fa47-71ca-11e1-9e33-c80aa9429562:1-5,\nb11fa47-71ca-11e1-9e33-c80aa9429562:1\n',
      {
        binlogFile: 'binlog.3',
        binlogPosition: '9',
        gtid: 'a11fa47-71ca-11e1-9e33-c80aa9429562:1-5,b11fa47-71ca-11e1-9e33-c80aa9429562:1',
      },
    ],
  ])('reads the binlog info %j', (text, expected) => {
    expect(parseBinlogInfo(text)).toEqual(expected);
  });

  it('reads the log line of XtraBackup 2.4', () => {
    const found = loggedRun('backup-incremental-lsn-stream').stderr.flatMap(
      (line) => parseLoggedCoordinates(line) ?? [],
    );
    expect(found).toEqual([{ binlogFile: 'mysql-bin.000002', binlogPosition: '3756733' }]);
  });

  it.each([
    [
      "MySQL binlog position: filename 'b.1', position '4', GTID of the last change 'u:1-5'",
      { binlogFile: 'b.1', binlogPosition: '4', gtid: 'u:1-5' },
    ],
    // Half a GTID set would be worse than none.
    [
      "MySQL binlog position: filename 'b.1', position '4', GTID of the last change 'u:1-5,",
      { binlogFile: 'b.1', binlogPosition: '4' },
    ],
    ['MySQL slave binlog position: master host', undefined],
    ['', undefined],
  ])('of the log line %j', (line, expected) => {
    expect(parseLoggedCoordinates(line)).toEqual(expected);
  });
});

describe('the files of a backup', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'xbackup-checkpoints-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const text = 'backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 7\nlast_lsn = 9\n';

  it.each(['xtrabackup_checkpoints', 'mariadb_backup_checkpoints'])('are found as %s', async (name) => {
    await writeFile(join(dir, name), text);
    expect(await readCheckpoints(dir)).toMatchObject({ toLsn: '7', lastLsn: '9' });
  });

  it('are an error when they are missing', async () => {
    await expect(readCheckpoints(dir)).rejects.toEqual(incomplete);
    await expect(readCheckpoints(join(dir, 'nowhere'))).rejects.toEqual(incomplete);
  });

  it('are an error when they are cut, as those of a killed backup', async () => {
    await writeFile(join(dir, 'xtrabackup_checkpoints'), text.slice(0, 40));
    await expect(readCheckpoints(dir)).rejects.toEqual(incomplete);
  });

  it('are an error, and not missing, when they cannot be read', async () => {
    await writeFile(join(dir, 'xtrabackup_checkpoints'), '');
    await expect(readCheckpoints(join(dir, 'xtrabackup_checkpoints'))).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
  });

  it('give the coordinates of the binlog info before those of the info file', async () => {
    const info = "binlog_pos = filename 'a.1', position '1'\n";
    await writeFile(join(dir, 'mariadb_backup_info'), info);
    expect(await readCoordinates(dir)).toEqual({ binlogFile: 'a.1', binlogPosition: '1' });
    await writeFile(join(dir, 'mariadb_backup_binlog_info'), 'b.2\t2\t0-1-2\n');
    expect(await readCoordinates(dir)).toEqual({ binlogFile: 'b.2', binlogPosition: '2', gtid: '0-1-2' });
    await writeFile(join(dir, 'xtrabackup_binlog_info'), ' \n');
    expect(await readCoordinates(dir)).toEqual({ binlogFile: 'a.1', binlogPosition: '1' });
  });

  it('may have no coordinates', async () => {
    expect(await readCoordinates(dir)).toEqual({});
  });
});

describe('readPeculiarities', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'xbackup-info-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const inFile = async (text: string, name = 'xtrabackup_info') => {
    await writeFile(join(dir, name), text);
    return readPeculiarities(dir);
  };

  it('finds nothing in whole backups, of any tool', async () => {
    expect(await readPeculiarities(dir)).toEqual([]);
    expect(await inFile(loggedRun('backup-full').info ?? '')).toEqual([]);
    expect(await inFile('incremental = Y\nformat = mbstream\npartial = N\ncompressed = N\n')).toEqual([]);
  });

  it('finds a part of the data, and streams that are something else inside', async () => {
    expect(await inFile('partial = Y\ncompressed = N\n')).toEqual(['partial']);
    expect(await inFile('partial = N\ncompressed = zstd\nencrypted = Y\n')).toEqual([
      'compressed',
      'encrypted',
    ]);
    await rm(join(dir, 'xtrabackup_info'));
    expect(await inFile('partial = Y\n', 'mariadb_backup_info')).toEqual(['partial']);
  });
});
