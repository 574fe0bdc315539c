import { describe, expect, it } from '@jest/globals';
import type { ApplyResult } from '../../../src/operations/apply-result.js';
import type { Prepared } from '../../../src/operations/prepared.js';
import { applySummary } from '../../../src/report/apply-summary.js';
import { prepareSummary } from '../../../src/report/prepare-summary.js';

const prepared: Prepared = {
  schemaVersion: 1,
  server: 'db1',
  backupId: '2026-11-22/02',
  links: ['2026-11-22/02'],
  dataDir: '2026-11-22/02',
  toLsn: '2000',
  binlogFile: 'binlog.000009',
  binlogPosition: '197',
  gtid: 'u:1-5',
  tool: { name: 'xtrabackup', version: '8.0.35-31' },
  mysql: { version: '8.0.42', flavor: 'mysql', datadir: '/var/lib/mysql' },
  inventory: { files: 210, bytes: 3 * 1024 ** 3, sha256: 'a'.repeat(64) },
  preparedAt: '2026-11-22T03:00:00.000Z',
};
const application: ApplyResult = {
  prepared,
  datadir: '/var/lib/mysql',
  method: 'move-back',
  steps: [{ name: 'Stop the server', durationSeconds: 1.2, outcome: 'done' }],
  oldData: { datadir: '/var/lib/mysql.before-restore-x', outside: [] },
  carriedOver: { copied: [], missing: [] },
  serverUuid: { before: undefined, now: undefined },
  notes: [],
  serverVersion: '8.0.42',
  durationSeconds: 75,
};

/** The second cell of the table row that begins with `name`. */
function cell(markdown: string, name: string): string | undefined {
  const row = markdown.split('\n').find((line) => line.startsWith(`| ${name} `));
  return row?.split('|')[2]?.trim();
}

describe('the summary of a restore', () => {
  it('names all places of the old data, what was taken over, and what else there is to know', () => {
    const summary = applySummary({
      ...application,
      oldData: {
        datadir: '/var/lib/mysql.before-restore-x',
        outside: ['/redo/.before-restore-x', '/undo/.before-restore-x'],
      },
      carriedOver: { copied: ['ca.pem', 'server-key.pem'], missing: ['mysqld-auto.cnf', 'mysqld.my'] },
      serverUuid: { before: 'aaaa', now: 'bbbb' },
      notes: ['The binary logs in /logs are no part of a backup.'],
    });
    expect(summary).toContain(
      '> The old data is kept in `/var/lib/mysql.before-restore-x`, `/redo/.before-restore-x` and `/undo/.before-restore-x`. Remove',
    );
    expect(cell(summary, 'server\\_uuid')).toBe('`aaaa` → `bbbb`');
    expect(summary).toContain('- Taken over from the old datadir: `ca.pem`, `server-key.pem`.\n');
    expect(summary).toContain('- There was no `mysqld-auto.cnf` to take over.');
    expect(summary).toContain('- With other data it is another server, so it has a new `server_uuid`.');
    expect(summary).toContain('- The binary logs in /logs are no part of a backup.\n');
    expect(summary).not.toContain('TLS');
    expect(summary).not.toContain('mysqld.my');
  });

  it('says that keys are missing, and nothing of an old server that was not there', () => {
    const missing = ['mysqld-auto.cnf', 'ca.pem', 'server-key.pem'];
    const summary = applySummary({
      ...application,
      carriedOver: { copied: [], missing },
      serverUuid: { before: undefined, now: 'bbbb' },
    });
    expect(summary).toContain('- There were no TLS keys to take over.');
    expect(cell(summary, 'server\\_uuid')).toBe('`bbbb`');
    expect(summary).not.toContain('another server');
  });

  it('has no list where there is nothing to say, as with MariaDB', () => {
    expect(applySummary(application)).not.toMatch(/^- /m);
  });

  it('shows how to make it a replica, in the words of its version', () => {
    const folded = '<details><summary>To make it a replica</summary>';
    const older = applySummary({ ...application, serverVersion: '5.7.44' });
    expect(older).toContain(folded);
    expect(older).toContain("SET GLOBAL gtid_purged = 'u:1-5';\nCHANGE MASTER TO\n");
    expect(prepareSummary({ prepared, preparedDir: '/r', chain: [], durationSeconds: 1 })).toContain(
      '```sql\nSTOP REPLICA;\nRESET MASTER;\n',
    );
    const without = { ...prepared };
    delete without.binlogFile;
    delete without.gtid;
    expect(applySummary({ ...application, prepared: without })).not.toContain(folded);
  });
});
