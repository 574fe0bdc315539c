import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CommandError, UserError } from '../../../src/errors.js';
import { ApplyFailure, type ApplyResult } from '../../../src/operations/apply-result.js';
import type { BackupResult } from '../../../src/operations/backup.js';
import { checkResult } from '../../../src/operations/check-result.js';
import type { Prepared } from '../../../src/operations/prepared.js';
import { applyFailureSummary, applySummary } from '../../../src/report/apply-summary.js';
import { backupSummary } from '../../../src/report/backup-summary.js';
import { checkSummary } from '../../../src/report/check-summary.js';
import { failureSummary } from '../../../src/report/failure-summary.js';
import { prepareSummary } from '../../../src/report/prepare-summary.js';
import { replicaStatements } from '../../../src/report/replica-statements.js';
import { hostileText } from '../../support/hostile-text.js';
import { StoredBackups } from '../../support/manifests.js';
import { shapeOf } from '../../support/markdown-shape.js';

/** What a server, a manifest or a program says is text in the job summary, and nothing else. */

const stored = new StoredBackups();
stored.full('2026-11-22/00', { to: '1000' });

function backup(text: string): BackupResult {
  const manifest = stored.incremental('2026-11-22/01', '2026-11-22/00', { to: '2000' });
  const { mysql, tool } = manifest;
  const said = { version: text, datadir: text, gtid: text, binlogFile: text, binlogPosition: text };
  const spoilt = {
    ...manifest,
    server: text,
    mysql: { ...mysql, ...said },
    tool: { ...tool, version: text },
  };
  return {
    manifest: spoilt,
    manifestKey: text,
    reason: text,
    chain: [stored.manifest('2026-11-22/00'), spoilt],
    gap: undefined,
    failures: [new UserError('REDO_OVERWRITTEN', text, text)],
  };
}

function prepared(text: string): Prepared {
  return {
    schemaVersion: 1,
    server: text,
    backupId: '2026-11-22/01',
    links: ['2026-11-22/00', '2026-11-22/01'],
    dataDir: '2026-11-22/00',
    toLsn: text,
    binlogFile: text,
    binlogPosition: text,
    gtid: text,
    tool: { name: 'xtrabackup', version: text },
    mysql: { version: text, flavor: 'mysql', datadir: text, serverUuid: text },
    inventory: { files: 1, bytes: 1, sha256: 'a' },
    preparedAt: text,
  };
}

function application(text: string): ApplyResult {
  return {
    prepared: prepared(text),
    datadir: text,
    method: 'move-back',
    steps: [{ name: text, durationSeconds: 1, outcome: 'done' }],
    oldData: { datadir: text, outside: [text] },
    carriedOver: { copied: [text], missing: [] },
    serverUuid: { before: text, now: `${text}b` },
    notes: [text],
    serverVersion: text,
    durationSeconds: 1,
  };
}

const failed = (text: string) =>
  new CommandError({
    program: 'zstd',
    arguments: [],
    exitStatus: 1,
    signal: null,
    stderrTail: `said: ${text}`,
  });

const pages: [string, (text: string) => string][] = [
  ['a backup', (text) => backupSummary(backup(text))],
  [
    'a prepare',
    (text) => {
      const { chain } = backup(text);
      return prepareSummary({ prepared: prepared(text), preparedDir: text, chain, durationSeconds: 1 });
    },
  ],
  ['an apply', (text) => applySummary(application(text))],
  [
    'an expected failure',
    (text) => failureSummary('Backup', new UserError('BACKUP_FAILED', text, text.replace(/\n/g, ' '))),
  ],
  [
    'a failure with commands in its hint',
    (text) =>
      failureSummary(
        'Backup',
        new UserError('BACKUP_FAILED', 'No.', `Do this:\n${text}`, { cause: failed(text) }),
      ),
  ],
  ['an unexpected failure', (text) => failureSummary('Backup', failed(text))],
  [
    'a failed apply',
    (text) => {
      const { steps } = application(text);
      const details = { steps, rolledBack: false, prepared: prepared(text), datadir: text };
      return applyFailureSummary(new ApplyFailure(details, text, 'Look.', undefined));
    },
  ],
  [
    'a check',
    (text) =>
      checkSummary(
        checkResult(text, [
          {
            title: text,
            findings: [
              { subject: text, verdict: 'bad', fact: text, mend: `GRANT x\n${text}`, code: 'BACKUP_FAILED' },
              { subject: text, verdict: 'warning', fact: text, mend: 'Look.' },
              { subject: text, verdict: 'good', fact: text },
            ],
          },
        ]),
      ),
  ],
];

describe.each(pages)('the summary of %s', (_, page) => {
  it('has the same shape whatever the values are', async () => {
    const usual = await shapeOf(page('a'));
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        // A value that nobody can see is left out.
        const hostile = page(`a${text}a`);
        expect(await shapeOf(hostile)).toBe(usual);
      }),
      { numRuns: 60 },
    );
  });

  it('stays within what GitHub shows', () => {
    expect(page('0123456789abcdef-'.repeat(60_000)).length).toBeLessThan(1024 * 1024);
  });
});

describe('the shape of a page', () => {
  it('is changed by what is not escaped', async () => {
    const usual = await shapeOf('## a\n\n| a | b |\n| - | - |\n| a | `a` |\n');
    for (const hostile of ['<b>', '\r\r# x', '\n', '[x](y)', '**x**', '| x']) {
      const text = `a${hostile}a`;
      const page = `## ${text}\n\n| a | b |\n| - | - |\n| ${text} | \`${text}\` |\n`;
      expect({ hostile, isChanged: (await shapeOf(page)) !== usual }).toEqual({ hostile, isChanged: true });
    }
  });
});

describe('the statements for a replica', () => {
  /** What is left when all texts in quotes are taken out, as MySQL reads them with and without backslashes. */
  const outside = (statements: string, escape: RegExp) => statements.replace(escape, 'TEXT');
  const withBackslashes = /'(?:[^'\\]|\\.|'')*'/gs;
  const withoutBackslashes = /'(?:[^']|'')*'/g;

  it('hold what the server said within quotes, in any sql_mode', () => {
    fc.assert(
      fc.property(
        fc.oneof(hostileText, fc.string({ unit: fc.constantFrom("'", '\\', ';', 'a', '\n'), minLength: 1 })),
        fc.constantFrom('8.0.42', '8.4.6', '5.7.44'),
        fc.constantFrom('mysql', 'mariadb'),
        (text, version, flavor) => {
          for (const coordinates of [{ gtid: text }, { binlogFile: text, binlogPosition: text }]) {
            const usual = {
              ...coordinates,
              ...('gtid' in coordinates ? { gtid: 'a' } : { binlogFile: 'a', binlogPosition: 'a' }),
            };
            const said = replicaStatements({ flavor, version }, coordinates) ?? '';
            const expected = replicaStatements({ flavor, version }, usual) ?? '';
            for (const escape of [withBackslashes, withoutBackslashes]) {
              expect(outside(said, escape)).toBe(outside(expected, escape));
            }
          }
        },
      ),
    );
  });
});
