import { describe, expect, it } from '@jest/globals';
import { CommandError, UserError } from '../../../src/errors.js';
import { ApplyFailure, type ApplyResult } from '../../../src/operations/apply-result.js';
import type { BackupResult } from '../../../src/operations/backup.js';
import type { PrepareResult } from '../../../src/operations/prepare.js';
import type { Prepared } from '../../../src/operations/prepared.js';
import { applyFailureSummary, applySummary } from '../../../src/report/apply-summary.js';
import { backupSummary, encryptionText } from '../../../src/report/backup-summary.js';
import { commandErrorOf, explanationOf, failureSummary } from '../../../src/report/failure-summary.js';
import { applyOutputs, backupOutputs, prepareOutputs } from '../../../src/report/outputs.js';
import { prepareSummary } from '../../../src/report/prepare-summary.js';
import { restorePointTable } from '../../../src/report/restore-points.js';
import { StoredBackups } from '../../support/manifests.js';

const stored = new StoredBackups();
const chain = [
  stored.full('2026-11-22/00', { to: '1000', sizeBytes: 300 * 1024 * 1024 }),
  stored.incremental('2026-11-22/01', '2026-11-22/00', { to: '2000', sizeBytes: 1024 * 1024 }),
  stored.incremental('2026-11-22/02', '2026-11-22/01', {
    to: '18446744073709551615',
    sizeBytes: 2.5 * 1024 * 1024,
    mysql: { binlogFile: 'binlog.000009', binlogPosition: '197', gtid: 'u:1-5' },
  }),
];
const [full, , last] = chain as [(typeof chain)[0], (typeof chain)[0], (typeof chain)[0]];

const prepared: Prepared = {
  schemaVersion: 1,
  server: 'db1',
  backupId: '2026-11-22/02',
  links: chain.map(({ id }) => id),
  dataDir: '2026-11-22/00',
  toLsn: '18446744073709551615',
  binlogFile: 'binlog.000009',
  binlogPosition: '197',
  gtid: 'u:1-5',
  tool: { name: 'xtrabackup', version: '8.0.35-31' },
  mysql: { version: '8.0.42', flavor: 'mysql', datadir: '/var/lib/mysql' },
  inventory: { files: 210, bytes: 3 * 1024 ** 3, sha256: 'a'.repeat(64) },
  preparedAt: '2026-11-22T03:00:00.000Z',
};
const steps: ApplyResult['steps'] = [
  { name: 'Stop the server', durationSeconds: 1.2, outcome: 'done' },
  { name: 'Put the prepared data in place (move-back)', durationSeconds: 61, outcome: 'failed' },
];

const backup = (changes: Partial<BackupResult> = {}): BackupResult => ({
  manifest: last,
  manifestKey: 'xbackup/db1/2026-11-22/02.json',
  reason: 'follows 2026-11-22/01',
  chain,
  gap: undefined,
  failures: [],
  ...changes,
});
const preparation: PrepareResult = {
  prepared,
  preparedDir: '/xbackup/recovery',
  chain,
  durationSeconds: 200,
};
const application: ApplyResult = {
  prepared,
  datadir: '/var/lib/mysql',
  method: 'move-back',
  steps,
  oldData: { datadir: '/var/lib/mysql.before-restore-20261122T030000Z', outside: [] },
  carriedOver: { copied: [], missing: [] },
  serverUuid: { before: undefined, now: undefined },
  notes: [],
  serverVersion: '8.0.42',
  durationSeconds: 75,
};

const restoredToNothing: ApplyResult = {
  ...application,
  oldData: { datadir: undefined, outside: [] },
  serverVersion: undefined,
};

/** The cells of the table row that begins with `name`. */
function cells(markdown: string, name: string): string[] | undefined {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
  return rows
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .find(([first]) => first === name);
}

describe('the summary of a backup', () => {
  const summary = backupSummary(backup());

  it.each([
    ['Type', 'incremental: follows 2026-11-22/01'],
    ['Stored', '2.5 MiB (7.5 MiB before compression)'],
    ['LSN', '`2000 → 18446744073709551615`'],
    ['Binary log', '`binlog.000009:197`'],
    ['GTID', '`u:1-5`'],
    ['Server', '`mysql 8.0.42`'],
    ['Tool', '`xtrabackup 8.0.35-31`'],
    ['Encryption', 'none'],
    ['Manifest', '`xbackup/db1/2026-11-22/02.json`'],
  ])('says its %s', (name, value) => {
    expect(cells(summary, name)).toEqual([name, value]);
  });

  it('says of which server it is, how long it took, and which chain it belongs to', () => {
    expect(summary).toMatch(/^## ✅ Backup 2026-11-22\/02 of db1\n/);
    expect(cells(summary, 'Took')?.[1]).toBe('1 min 00 s, 128 KiB/s');
    expect(summary).toContain('<summary>The chain: 3 links, 304 MiB</summary>');
    expect(cells(summary, '`2026-11-22/01`')).toEqual([
      '`2026-11-22/01`',
      'incremental',
      '1.0 MiB',
      '1 min 00 s',
      '`2000`',
    ]);
  });

  it('plots the incrementals when there are several', () => {
    expect(summary).toContain('x-axis ["01", "02"]\n  y-axis "MiB" 0 --> 2.50\n  bar [1.00, 2.50]');
    expect(backupSummary(backup({ chain: chain.slice(0, 2) }))).not.toContain('mermaid');
    const many = Array.from({ length: 30 }, () => last);
    expect(
      /bar \[(.*)\]/.exec(backupSummary(backup({ chain: [full, ...many] })))?.[1]?.split(','),
    ).toHaveLength(24);
  });

  it('leaves out what a server does not have, and shows one link as one', () => {
    const alone = backupSummary(backup({ manifest: full, chain: [full], reason: 'the first' }));
    expect(cells(alone, 'GTID')).toBeUndefined();
    expect(cells(alone, 'Binary log')).toBeUndefined();
    expect(alone).toContain('The chain: 1 link, 300 MiB');
  });

  it('names the encryption', () => {
    expect(encryptionText({ method: 'age', recipients: ['a'] })).toBe('age, for 1 recipient');
    expect(encryptionText({ method: 'age', recipients: ['a', 'b'] })).toBe('age, for 2 recipients');
    expect(encryptionText({ method: 'gpg', cipher: 'AES256' })).toBe('gpg, AES256');
  });
});

describe('the summary of a preparation', () => {
  it('says what is prepared, and what to do next', () => {
    const summary = prepareSummary(preparation);
    expect(summary).toMatch(/^## ✅ db1 is prepared as of 2026-11-22\/02\n/);
    expect(cells(summary, 'Backup')?.[1]).toBe('`2026-11-22/02`, begun 2026-11-22 02:00:00 UTC');
    expect(cells(summary, 'Data')?.[1]).toBe('3.0 GiB in 210 files');
    expect(cells(summary, 'Took')?.[1]).toBe('3 min 20 s');
    expect(summary).toContain('<summary>The chain: 3 links, all verified</summary>');
    expect(summary).toContain('**apply** with `prepared-dir: /xbackup/recovery`.');
  });
});

describe('the summary of a restore', () => {
  it('says what was done, and where the old data is', () => {
    const summary = applySummary(application);
    expect(summary).toMatch(/^## ✅ db1 restored to 2026-11-22\/02\n/);
    expect(cells(summary, 'Server')?.[1]).toBe('`8.0.42`');
    expect(cells(summary, '✅')).toEqual(['✅', 'Stop the server', '1.2 s']);
    expect(summary).toContain(
      '> The old data is kept in `/var/lib/mysql.before-restore-20261122T030000Z`. Remove it when',
    );
  });

  it('says so when there was no old data, or the server refuses the account', () => {
    const summary = applySummary(restoredToNothing);
    expect(summary).toContain('There was no old data in the datadir.');
    expect(cells(summary, 'Server')?.[1]).toBe('runs, but refuses the account');
  });

  it('shows at which step a restore failed, and the end of what the tool said, however deep', () => {
    const tool = new CommandError({
      program: 'mariadb-backup',
      arguments: ['--move-back'],
      exitStatus: 1,
      signal: null,
      stderrTail: 'No space left on device\n```\n</details>',
    });
    const cause = new AggregateError([
      new UserError('DISK_FULL', 'Full.', 'Free it.', { cause: tool }),
      new Error(),
    ]);
    const failure = new ApplyFailure(
      { steps, rolledBack: false, prepared, datadir: '/d' },
      'The restore failed: a disk is full.\nAnd so did the way back.',
      'Look.',
      cause,
    );
    const summary = applyFailureSummary(failure);
    expect(cells(summary, '❌')?.[1]).toBe('Put the prepared data in place (move-back)');
    expect(summary).toContain('a disk is full.  \nAnd so did the way back.');
    expect(summary).toContain('The end of what mariadb-backup said</summary>');
    expect(summary).toContain('````text\nNo space left on device\n```\n</details>\n````');
  });
});

describe('the summary of a failure', () => {
  it('is of the error alone when nothing is behind it', () => {
    const error = new UserError('CONFIRM_MISMATCH', 'No.', 'Type it.');
    expect(failureSummary('Restore', error)).toBe(
      '## ❌ Restore failed: The confirmation does not match\n\nNo.\n\n**What to do:** Type it.\n\n' +
        `Code \`CONFIRM_MISMATCH\`, explained in [troubleshooting](${explanationOf('CONFIRM_MISMATCH')}).\n`,
    );
  });

  it('lets no message become anything but text', () => {
    const message = [
      '# no heading',
      '---',
      '===',
      '    no code',
      '- no item',
      '12. no item',
      '+ no item',
      '> no quote',
      '| no | table |',
      '<script>alert(1)</script> <!-- no comment',
      '![no](image) [no](link) **no** ~~no~~ `no`',
      '```',
      '</details>',
    ].join('\n');
    const summary = failureSummary('Backup', new UserError('BACKUP_FAILED', message, message));
    const [, text = ''] = summary.split('\n\n');
    expect(text.split('  \n')).toEqual([
      '\\# no heading',
      '\\---',
      '\\===',
      'no code',
      '\\- no item',
      '12\\. no item',
      '\\+ no item',
      '&gt; no quote',
      '\\| no \\| table \\|',
      '&lt;script&gt;alert(1)&lt;/script&gt; &lt;!-- no comment',
      '!\\[no\\](image) \\[no\\](link) \\*\\*no\\*\\* \\~\\~no\\~\\~ \\`no\\`',
      '\\`\\`\\`',
      '&lt;/details&gt;',
    ]);
    // Below its first line a hint is a block of commands, whose end is nowhere in it.
    const outside = summary.split(/^(`{3,})text\n[^]*?\n\1$/m);
    expect(outside).toHaveLength(3);
    expect(outside.join('')).not.toMatch(/<script|<!--|<\/details/);
  });

  it('is of a bug with its stack, and of whatever was thrown', () => {
    const bug = failureSummary('Backup', new TypeError('x is not a function'));
    expect(bug).toMatch(/^## ❌ Backup failed unexpectedly\n/);
    expect(bug).toMatch(/```text\nTypeError: x is not a function\n +at /);
    expect(failureSummary('Backup', 'a string')).toContain('```text\na string\n```');
    expect(failureSummary('Backup', undefined)).toContain('undefined');
  });

  it('finds the program that failed, or none', () => {
    const command = new CommandError({
      program: 'zstd',
      arguments: [],
      exitStatus: null,
      signal: 'SIGKILL',
      stderrTail: '',
    });
    expect(commandErrorOf(command)).toBe(command);
    expect(commandErrorOf(new Error('a', { cause: new Error('b', { cause: command }) }))).toBe(command);
    expect(commandErrorOf(new AggregateError([new Error('x'), command]))).toBe(command);
    expect(commandErrorOf(new Error('a', { cause: 'text' }))).toBeUndefined();
    expect(commandErrorOf(undefined)).toBeUndefined();
    // It said nothing, so there is nothing to show.
    expect(
      failureSummary('Backup', new UserError('PIPELINE_FAILED', 'a', 'b', { cause: command })),
    ).not.toContain('details');
  });
});

describe('outputs', () => {
  it('of a backup', () => {
    expect(backupOutputs(backup())).toEqual({
      'backup-id': '2026-11-22/02',
      type: 'incremental',
      reason: 'follows 2026-11-22/01',
      'object-key': 'xbackup/db1/2026-11-22/02.xbstream.zst',
      'manifest-key': 'xbackup/db1/2026-11-22/02.json',
      'from-lsn': '2000',
      'to-lsn': '18446744073709551615',
      'size-bytes': String(2.5 * 1024 * 1024),
      'duration-seconds': '60.0',
    });
  });

  it('of a preparation, empty where a server has no binary log', () => {
    expect(prepareOutputs(preparation)).toEqual({
      'prepared-dir': '/xbackup/recovery',
      'backup-id': '2026-11-22/02',
      links: '3',
      'to-lsn': '18446744073709551615',
      'binlog-file': 'binlog.000009',
      'binlog-position': '197',
      gtid: 'u:1-5',
    });
    const { binlogFile, binlogPosition, gtid, ...without } = prepared;
    expect([binlogFile, binlogPosition, gtid]).not.toContain(undefined);
    expect(prepareOutputs({ ...preparation, prepared: without })).toMatchObject({
      'binlog-file': '',
      'binlog-position': '',
      gtid: '',
    });
  });

  it('of a restore', () => {
    expect(applyOutputs(application)).toEqual({
      'old-datadir': '/var/lib/mysql.before-restore-20261122T030000Z',
      'server-version': '8.0.42',
      'binlog-file': 'binlog.000009',
      'binlog-position': '197',
      gtid: 'u:1-5',
      'rolled-back': 'false',
      'duration-seconds': '75.0',
    });
    expect(applyOutputs(restoredToNothing)).toMatchObject({ 'old-datadir': '', 'server-version': '' });
  });
});

describe('the table of restore points', () => {
  it('shows every backup, whatever is known of it', () => {
    const lines = restorePointTable([
      {
        id: '2026-11-22/00',
        type: 'full',
        startedAt: '2026-11-22T00:07:00.000Z',
        sizeBytes: 1024,
        restorable: true,
        links: 1,
        downloadBytes: 1024,
      },
      { id: '2026-11-22/01', restorable: false, problem: 'its manifest\ncannot be read' },
    ]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(
      /^\| 2026-11-22\/00 \| full \| 2026-11-22 00:07:00 +\| 1.0 KiB \| +1 \| +1.0 KiB \| yes +\|$/,
    );
    expect(lines[3]).toMatch(/\| \? +\| \? +\| +\? \| +– \| +– \| no: its manifest cannot be read \|$/);
  });

  it('has a heading even when there are none', () => {
    expect(restorePointTable([]).split('\n')).toHaveLength(2);
  });
});
