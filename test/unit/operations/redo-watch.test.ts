import { describe, expect, it } from '@jest/globals';
import { canKeepRedoLog, redoWarning, type RedoOutlook } from '../../../src/operations/redo-watch.js';
import { lineOf, type ToolLine } from '../../../src/tools/lines.js';
import { manifestOf } from '../../support/manifests.js';

const mib = 1024 * 1024;
const now = new Date('2026-11-22T02:00:00Z');
const before = {
  ...manifestOf('2026-11-22/00', { from: '0', to: String(1000 * mib) }),
  finishedAt: '2026-11-22T01:00:00.000Z',
  durationSeconds: 600,
};
const outlook = (changes: Partial<RedoOutlook> = {}, capacityMib = 128): RedoOutlook => ({
  redoLog: {
    capacityBytes: capacityMib * mib,
    averageBytesPerSecond: 0,
    variable: 'innodb_redo_log_capacity',
    fileCount: 1,
    isDynamic: true,
  },
  lsn: String(1000 * mib),
  now,
  before,
  dataBytes: 1024 * mib,
  ...changes,
});

describe('redoWarning', () => {
  it('compares what was written since the last backup with what the redo log holds', () => {
    // 0.1 MiB/s over an hour, and a backup of ten minutes: 60 MiB.
    const lsn = String(1360 * mib);
    expect(redoWarning(outlook({ lsn }, 128))).toBeUndefined();
    expect(redoWarning(outlook({ lsn }, 100))).toBe(
      'The redo log holds 100 MiB, and about 60.0 MiB will be written in the 10 min 00 s of this backup: the ' +
        'server may overwrite what is not read yet. Make innodb_redo_log_capacity larger.',
    );
  });

  it('has the average since the start of the server when there was no backup before', () => {
    const redoLog = { ...outlook().redoLog, averageBytesPerSecond: 10 * mib };
    const first = outlook({ redoLog, before: undefined });
    // 1 GiB at 100 MiB/s.
    expect(redoWarning(first)).toMatch(/about 102 MiB .* 10\.2 s/);
    expect(redoWarning({ ...first, dataBytes: 100 * mib })).toBeUndefined();
  });

  it('is silent on an idle server, and after its LSN went back', () => {
    expect(redoWarning(outlook())).toBeUndefined();
    expect(redoWarning(outlook({ lsn: '5' }))).toBeUndefined();
  });
});

describe('canKeepRedoLog', () => {
  it.each<[string, string, boolean]>([
    ['8.0.35-31', '8.0.42', true],
    ['8.0.35-31', '8.0.29', false],
    ['8.0.30-22', '8.0.30', false],
    ['8.4.0-1', '8.4.6', true],
    ['9.7.1', '9.7.4', true],
    ['2.4.29', '5.7.44', false],
  ])('XtraBackup %s with MySQL %s: %s', (version, server, expected) => {
    const line = lineOf('xtrabackup', version) as ToolLine;
    expect(canKeepRedoLog({ line, version }, server)).toBe(expected);
  });

  it('never mariadb-backup', () => {
    const version = '10.11.19-MariaDB';
    const line = lineOf('mariadb-backup', version) as ToolLine;
    expect(canKeepRedoLog({ line, version }, '10.11.19-MariaDB')).toBe(false);
  });
});
