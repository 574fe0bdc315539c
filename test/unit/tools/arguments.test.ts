import { describe, expect, it } from '@jest/globals';
import type { BackupRequest, BackupTool, PrepareStep, ToolName } from '../../../src/tools/backup-tool.js';
import { lineOf, type ToolLine } from '../../../src/tools/lines.js';
import { mariadbBackup } from '../../../src/tools/mariadb-backup.js';
import { xtrabackup } from '../../../src/tools/xtrabackup.js';

const lineFor = (tool: ToolName, version: string) => lineOf(tool, version) as ToolLine;
const mariadbVersion = '10.11.19-MariaDB';
const mariadb = mariadbBackup(
  lineFor('mariadb-backup', mariadbVersion),
  mariadbVersion,
  '/usr/bin/mariadb-backup',
  '/usr/bin/mbstream',
);
const line = (version: string) =>
  xtrabackup(lineFor('xtrabackup', version), version, '/opt/pxb/bin/xtrabackup', '/opt/pxb/bin/xbstream');
const tools: [string, BackupTool][] = [
  ['mariadb-backup', mariadb],
  ...['2.4.7', '8.0.35-31', '8.4.0-6', '9.7.1'].map((version): [string, BackupTool] => [
    `xtrabackup ${version}`,
    line(version),
  ]),
];

const request: BackupRequest = {
  defaultsFile: '/tmp/w/client.cnf',
  targetDir: '/tmp/w/scratch',
  lsnDir: '/tmp/w/lsn',
  parallel: 2,
  keepRedoLog: false,
  extraArguments: ['--throttle=10'],
};
const step: PrepareStep = {
  targetDir: '/r/00',
  isLast: false,
  useMemory: '512M',
  parallel: 2,
  extraArguments: [],
};

describe.each(tools)('%s', (_, tool) => {
  it('is given the defaults file first: it must be, and the password is in it', () => {
    expect(tool.backupArguments(request)[0]).toBe('--defaults-file=/tmp/w/client.cnf');
    expect(tool.backupArguments({ ...request, fromLsn: '7' })[0]).toBe('--defaults-file=/tmp/w/client.cnf');
  });

  it('streams a full, or an incremental from an LSN', () => {
    const full = tool.backupArguments(request);
    expect(full).toEqual(
      expect.arrayContaining([
        '--backup',
        '--stream=xbstream',
        '--target-dir=/tmp/w/scratch',
        '--extra-lsndir=/tmp/w/lsn',
        '--parallel=2',
      ]),
    );
    expect(full.filter((word) => word.includes('incremental'))).toEqual([]);
    const incremental = tool.backupArguments({ ...request, fromLsn: '18446744073709551615' });
    expect(incremental.filter((word) => !full.includes(word))).toEqual([
      '--incremental-lsn=18446744073709551615',
    ]);
  });

  it('does not wait for ever for a lock, and the user has the last word', () => {
    const words = tool.backupArguments({ ...request, extraArguments: ['--ftwrl-wait-timeout=5'] });
    expect(words).toContain('--ftwrl-wait-timeout=600');
    expect(words.at(-1)).toBe('--ftwrl-wait-timeout=5');
  });

  it("reads the backup's own option file when it prepares", () => {
    // With --no-defaults, or another file, it would not.
    expect(tool.prepareArguments(step).join(' ')).not.toContain('defaults');
  });

  it('reads no option file of the host when it restores', () => {
    const restore = { preparedDir: '/r/00', datadir: '/var/lib/mysql', datadirNotEmpty: false };
    expect(tool.restoreArguments({ ...restore, method: 'copy-back' })).toEqual([
      '--no-defaults',
      '--copy-back',
      '--target-dir=/r/00',
      '--datadir=/var/lib/mysql',
    ]);
    expect(tool.restoreArguments({ ...restore, method: 'move-back', datadirNotEmpty: true })).toEqual([
      '--no-defaults',
      '--move-back',
      '--target-dir=/r/00',
      '--datadir=/var/lib/mysql',
      '--force-non-empty-directories',
    ]);
  });

  it('is told by an option file, and first of all, where the server has its data', () => {
    const restore = { preparedDir: '/r/00', datadir: '/var/lib/mysql', datadirNotEmpty: false };
    const words = tool.restoreArguments({ ...restore, method: 'copy-back', defaultsFile: '/w/restore.cnf' });
    expect(words.slice(0, 2)).toEqual(['--defaults-file=/w/restore.cnf', '--copy-back']);
    expect(words).not.toContain('--no-defaults');
  });

  it('prepares the full, then each incremental on it', () => {
    const full = tool.prepareArguments(step);
    expect(full).toEqual(expect.arrayContaining(['--prepare', '--target-dir=/r/00', '--use-memory=512M']));
    expect(full.join(' ')).not.toContain('--incremental-dir');
    expect(tool.prepareArguments({ ...step, incrementalDir: '/r/01' })).toContain('--incremental-dir=/r/01');
  });

  it('extracts into a directory', () => {
    expect(tool.extractArguments('/r/00', 3)).toEqual(['-x', '-C', '/r/00', '--parallel=3']);
  });
});

describe('mariadb-backup', () => {
  it('has no --apply-log-only, and none of the options of XtraBackup', () => {
    const all = [...mariadb.backupArguments(request), ...mariadb.prepareArguments(step)].join(' ');
    expect(all).not.toMatch(/apply-log-only|lock-ddl|no-version-check|backup-lock|strict|register-redo/);
    expect(mariadb.prepareArguments(step).join(' ')).not.toContain('--parallel');
  });

  it('is done after the last link although the files say log-applied', () => {
    const states = ['full-backuped', 'incremental', 'log-applied', 'full-prepared', ''];
    expect(states.filter((state) => mariadb.isFullyPrepared(state))).toEqual([
      'log-applied',
      'full-prepared',
    ]);
  });
});

describe('xtrabackup', () => {
  it.each(['2.4.7', '8.0.35-31', '8.4.0-6', '9.7.1'])(
    '%s applies the log only, on all but the last link',
    (version) => {
      const tool = line(version);
      expect(tool.prepareArguments(step)).toContain('--apply-log-only');
      expect(tool.prepareArguments({ ...step, incrementalDir: '/r/01' })).toContain('--apply-log-only');
      const last = tool.prepareArguments({ ...step, incrementalDir: '/r/01', isLast: true });
      expect(last).not.toContain('--apply-log-only');
      // A chain of one link.
      expect(tool.prepareArguments({ ...step, isLast: true })).not.toContain('--apply-log-only');
    },
  );

  it('keeps the password from its version check', () => {
    expect(line('2.4.7').backupArguments(request)).toContain('--no-version-check');
    expect(line('8.4.0-6').backupArguments(request)).toContain('--no-version-check');
  });

  it('gives 2.4 nothing that it would ignore', () => {
    const words = line('2.4.7').backupArguments(request).join(' ');
    expect(words).not.toMatch(/lock-ddl|backup-lock-timeout|register-redo|page-tracking|strict/);
    expect(line('8.0.35-31').backupArguments(request)).toEqual(
      expect.arrayContaining(['--lock-ddl-timeout=600', '--backup-lock-timeout=600']),
    );
  });

  it.each([
    ['2.4.7', false],
    ['2.4.29', false],
    ['8.0.34-29', false],
    ['8.0.35', false],
    ['8.0.35-32', false],
    ['8.0.35-33', true],
    ['8.0.35-33.1', true],
    ['8.0.36-1', true],
    ['8.4.0-1', false],
    ['8.4.0-2', false],
    ['8.4.0-3', true],
    ['8.4.1-1', true],
    ['9.7.1', true],
    ['9.7.1-1', true],
  ])('%s prepares in parallel: %s', (version, expected) => {
    expect(line(version).prepareArguments(step).includes('--parallel=2')).toBe(expected);
  });

  it('wants full-prepared, since its log-applied lacks the rollback', () => {
    const states = ['full-backuped', 'incremental', 'log-applied', 'full-prepared', ''];
    expect(states.filter((state) => line('8.0.35-31').isFullyPrepared(state))).toEqual(['full-prepared']);
  });
});
