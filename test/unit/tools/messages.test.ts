import { describe, expect, it } from '@jest/globals';
import { CommandError, UserError, type ErrorCode } from '../../../src/errors.js';
import { Tail } from '../../../src/pipeline/output-lines.js';
import { explainFailure } from '../../../src/tools/messages.js';
import { loggedRun, loggedRuns } from '../../support/logged-runs.js';

function failure(lines: readonly string[]): CommandError {
  const tail = new Tail();
  for (const line of lines) tail.add(line);
  return new CommandError({
    program: 'xtrabackup',
    arguments: [],
    exitStatus: 1,
    signal: null,
    stderrTail: tail.text,
  });
}

function explain(lines: readonly string[]): UserError {
  const explained = explainFailure(failure(lines), 'BACKUP_FAILED');
  if (explained instanceof UserError) return explained;
  throw new Error('not explained');
}

/** What each recorded failure is; those that are not here have no message of their own. */
const recorded: Record<string, ErrorCode> = {
  'fail-broken-pipe': 'PIPELINE_FAILED',
  'fail-corrupt-page': 'PAGE_CORRUPT',
  'fail-datadir-missing': 'DATADIR_UNREADABLE',
  'fail-datadir-unreadable': 'DATADIR_UNREADABLE',
  'fail-defaults-file-missing': 'DEFAULTS_FILE_UNREADABLE',
  'fail-defaults-file-not-first': 'TOOL_OPTION_REFUSED',
  'fail-disk-full': 'DISK_FULL',
  'fail-disk-full-stream': 'DISK_FULL',
  'fail-ftwrl-wait-timeout': 'LOCK_WAIT_TIMEOUT',
  'fail-incremental-base-empty': 'BASE_UNREADABLE',
  'fail-incremental-base-missing': 'BASE_UNREADABLE',
  'fail-lsn-not-a-number': 'BASE_UNREADABLE',
  'fail-no-privileges': 'PRIVILEGE_MISSING',
  'fail-no-process-privilege': 'PRIVILEGE_MISSING',
  'fail-no-reload-privilege': 'PRIVILEGE_MISSING',
  'fail-no-replication-client-privilege': 'PRIVILEGE_MISSING',
  'fail-one-table-unreadable': 'DATADIR_UNREADABLE',
  'fail-prepare-compressed': 'BASE_UNREADABLE',
  'fail-prepare-of-killed-backup': 'BASE_UNREADABLE',
  'fail-server-dies': 'SERVER_UNREACHABLE',
  'fail-wrong-password': 'SERVER_ACCESS_DENIED',
};

describe('explainFailure', () => {
  it.each(loggedRuns())('knows «$name» for what it is', ({ name, stderr }) => {
    expect(explain(stderr).code).toBe(recorded[name] ?? 'BACKUP_FAILED');
  });

  it('names the privilege that is missing, the least one that will do', () => {
    const process = explain(loggedRun('fail-no-process-privilege').stderr);
    expect(process.message).toBe(
      'The backup user lacks the privilege PROCESS on *.*. (xtrabackup failed with exit status 1)',
    );
    const replication = explain(loggedRun('fail-no-replication-client-privilege').stderr);
    expect(replication.hint).toBe('Grant it: GRANT REPLICATION CLIENT ON *.* TO the backup user.');
  });

  it('does not blame a refusal that XtraBackup can do without', () => {
    const refusal =
      "failed to execute query 'SELECT * FROM performance_schema.replication_group_members': 1142 (42000) SELECT " +
      "command denied to user 'bk'@'localhost' for table 'replication_group_members'";
    expect(explain([refusal, 'log block numbers mismatch:']).code).toBe('REDO_OVERWRITTEN');
    expect(explain([refusal]).hint).toBe(
      'Grant it: GRANT SELECT ON performance_schema.replication_group_members TO the backup user.',
    );
  });

  it.each<[string, ErrorCode]>([
    ["Failed to connect to MySQL server: Can't connect to local MySQL server", 'SERVER_UNREACHABLE'],
    ['Failed to connect to MariaDB server: Unknown MySQL server host', 'SERVER_UNREACHABLE'],
    [
      "Failed to connect to MariaDB server: Access denied for user 'bk'@'localhost' (using password: YES).",
      'SERVER_ACCESS_DENIED',
    ],
    [
      "failed to execute query 'LOCK INSTANCE FOR BACKUP' : 1227 (42000) Access denied; you need (at least one of) the BACKUP_ADMIN privilege(s) for this operation",
      'PRIVILEGE_MISSING',
    ],
    ['Error: missing required privilege RELOAD on *.*', 'PRIVILEGE_MISSING'],
    [
      "failed to execute query 'SELECT * FROM performance_schema.log_status' : 1142 (42000) SELECT command denied to user 'bk'@'localhost' for table 'log_status'",
      'PRIVILEGE_MISSING',
    ],
    ["Unsupported server version: '8.0.42'", 'TOOL_UNSUITABLE'],
    ['Please use Percona XtraBackup 8.0 for this database.', 'TOOL_UNSUITABLE'],
    ['This version of Percona XtraBackup does not support MariaDB', 'TOOL_UNSUITABLE'],
    [
      '[FATAL] InnoDB: An optimized (without redo logging) DDL operation has been performed. All modified pages may not have been flushed',
      'DDL_DURING_BACKUP',
    ],
    // Both spellings are in the wild.
    ['InnoDB: An optimized(without redo logging) DDLoperation has been performed.', 'DDL_DURING_BACKUP'],
    ['xtrabackup: error: log block numbers mismatch:', 'REDO_OVERWRITTEN'],
    ['log copying failed.', 'REDO_OVERWRITTEN'],
    [
      'reopen_log_files did not find valid files. Possibly the redo log files have been removed by the server.',
      'REDO_OVERWRITTEN',
    ],
    ['could not find redo log file with LSN 1234', 'REDO_OVERWRITTEN'],
    [
      '[00] 2026-11-22 16:51:28 Was only able to copy log from 68474 to 24133796, not 82887286',
      'REDO_OVERWRITTEN',
    ],
    [
      "failed to execute query 'LOCK INSTANCE FOR BACKUP' : 1205 (HY000) Lock wait timeout exceeded; try restarting transaction",
      'LOCK_WAIT_TIMEOUT',
    ],
    ["Error writing file 'UNOPENED' (OS errno 28 - No space left on device)", 'DISK_FULL'],
    ['failed to write: errno: 28 "No space left on device"', 'DISK_FULL'],
    ['failed to read page after 10 retries. File ./shop/orders.ibd seems to be corrupted.', 'PAGE_CORRUPT'],
    ["Can't open file './shop/t.MYD' (errno: 13 \"Permission denied\")", 'DATADIR_UNREADABLE'],
    ['failed to init keyring component', 'KEYRING_UNAVAILABLE'],
    ['Space ID 12 is missing encryption information.', 'KEYRING_UNAVAILABLE'],
    ['Found tables with row versions due to INSTANT ADD/DROP columns', 'INSTANT_DDL'],
    ["xtrabackup: [ERROR] unknown option '--check-tables'.", 'TOOL_OPTION_REFUSED'],
    ["xtrabackup: [ERROR] unknown variable 'fifo-streams=2'.", 'TOOL_OPTION_REFUSED'],
    ['failed to read metadata from /srv/base/xtrabackup_checkpoints', 'BASE_UNREADABLE'],
    ["[00] FATAL ERROR: 2026-11-22 19:25:57 Can't open backup-my.cnf for reading", 'BASE_UNREADABLE'],
    ["value '12x' may be wrong format for incremental option.", 'BASE_UNREADABLE'],
    ["Error writing file 'UNOPENED' (OS errno 32 - Broken pipe)", 'PIPELINE_FAILED'],
    ['This incremental backup seems not to be proper for the target.', 'PREPARE_ORDER'],
    ['applying incremental backup needs target prepared with --apply-log-only.', 'PREPARE_ORDER'],
    ['applying incremental backup needs a prepared target.', 'PREPARE_ORDER'],
    ["xtrabackup_logfile was already used to '--prepare'.", 'ALREADY_PREPARED'],
    ['This target seems to be already prepared.', 'ALREADY_PREPARED'],
    ['This target seems to be already prepared with --apply-log-only.', 'BACKUP_FAILED'],
    ['The target is not fully prepared. Please prepare it without option --apply-log-only', 'NOT_PREPARED'],
    ['Original data directory /var/lib/mysql is not empty!', 'DATADIR_UNSUITABLE'],
    ['xtrabackup: recognized client arguments: --ftwrl-wait-timeout=600', 'BACKUP_FAILED'],
  ])('%s', (line, code) => {
    expect(explain(['Using server version 8.0.42', line]).code).toBe(code);
  });

  it.each<[NodeJS.Signals | null, number | null, RegExp]>([
    ['SIGKILL', null, /out of memory/],
    [null, 137, /out of memory/],
    ['SIGSEGV', null, /crashed/],
    [null, 134, /crashed/],
    ['SIGTERM', null, /crashed/],
  ])('knows a kill by %s or exit status %s', (signal, exitStatus, hint) => {
    const failure = { program: 'xtrabackup', arguments: [], exitStatus, signal, stderrTail: 'Streaming ./a' };
    const explained = explainFailure(new CommandError(failure), 'BACKUP_FAILED') as UserError;
    expect(explained).toMatchObject({ code: 'TOOL_KILLED' });
    expect(explained.message).toMatch(/was killed by SIG/);
    expect(explained.hint).toMatch(hint);
  });

  it('takes the cause that was said before a kill', () => {
    const failure = {
      program: 'xtrabackup',
      arguments: [],
      exitStatus: null,
      signal: 'SIGABRT' as const,
      stderrTail: 'No space left on device',
    };
    expect(explainFailure(new CommandError(failure), 'BACKUP_FAILED')).toMatchObject({ code: 'DISK_FULL' });
  });

  it('keeps the cause, and what it does not know it leaves to the caller', () => {
    const error = failure(['signal 11']);
    expect(explainFailure(error, 'PREPARE_FAILED')).toMatchObject({ code: 'PREPARE_FAILED', cause: error });
    const known = failure(['No space left on device']);
    expect(explainFailure(known, 'PREPARE_FAILED')).toMatchObject({ code: 'DISK_FULL', cause: known });
  });

  it('leaves every other error as it is', () => {
    const error = new TypeError('a bug that mentions No space left on device');
    expect(explainFailure(error, 'BACKUP_FAILED')).toBe(error);
  });
});
