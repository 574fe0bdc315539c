import { describe, expect, it } from '@jest/globals';
import { bad, good, unknown, warning } from '../../../src/checks/finding.js';
import { checkResult, notReady, redFindings } from '../../../src/operations/check-result.js';
import { checkSummary } from '../../../src/report/check-summary.js';
import { checkTable } from '../../../src/report/check-table.js';
import { explanationOf, failureSummary } from '../../../src/report/failure-summary.js';
import { checkOutputs } from '../../../src/report/outputs.js';

const lacks = (privilege: string) =>
  bad(
    `Privilege ${privilege}`,
    'PRIVILEGE_MISSING',
    `'bk'@'localhost' lacks it.`,
    `GRANT ${privilege} ON *.* TO 'bk'@'localhost';`,
  );
const noZstd = bad('zstd', 'PROGRAM_MISSING', 'zstd is not installed.', 'apt-get install -y zstd');
const noServer = bad('Server', 'SERVER_UNREACHABLE', 'No answer.', 'Is it running? Correct `mysql-socket`.');

const red = checkResult('db_1', [
  { title: 'Server', findings: [good('Server', 'mysql 8.4.6')] },
  { title: 'Programs', findings: [noZstd] },
  {
    title: 'Privileges',
    findings: [lacks('RELOAD'), good('Privilege PROCESS', 'held'), lacks('BACKUP_ADMIN')],
  },
  { title: 'Nothing', findings: [] },
  {
    title: 'Bucket',
    findings: [
      warning('Versioning', 'Off, and a | or <b> in it.', "aws s3api x --y '{}'"),
      warning('Clock', 'A bit late.'),
      unknown('Expiry', 'May not ask.'),
    ],
  },
]);
const green = checkResult('db1', [{ title: 'Server', findings: [good('Server', 'mysql 8.4.6')] }]);

describe('the result of a check', () => {
  it('is counted by verdict, without empty parts', () => {
    expect(red.counts).toEqual({ good: 2, warning: 2, bad: 3, unknown: 1 });
    expect(red.groups.map(({ title }) => title)).toEqual(['Server', 'Programs', 'Privileges', 'Bucket']);
    expect(checkOutputs(red)).toEqual({ good: '2', warnings: '2', bad: '3', unknown: '1' });
  });

  it('is a failure with all that is red, and only then', () => {
    expect(redFindings(green)).toBeUndefined();
    expect(
      redFindings(checkResult('db1', [{ title: 'Bucket', findings: [unknown('x', 'y')] }])),
    ).toBeUndefined();
    const error = redFindings(red);
    expect(error).toMatchObject({ code: 'PROGRAM_MISSING' });
    expect(error?.message).toBe(
      '3 of 8 findings are red:\n- zstd: zstd is not installed.\n' +
        "- Privilege RELOAD: 'bk'@'localhost' lacks it.\n- Privilege BACKUP_ADMIN: 'bk'@'localhost' lacks it.",
    );
    expect(error?.hint.split('\n')).toEqual([
      'Nothing was touched. This mends it:',
      'apt-get install -y zstd',
      "GRANT RELOAD ON *.* TO 'bk'@'localhost';",
      "GRANT BACKUP_ADMIN ON *.* TO 'bk'@'localhost';",
    ]);
  });
});

describe('what keeps a backup from beginning', () => {
  it('is one error with the code of the first, and each mend once', () => {
    expect(notReady([good('a', 'b'), warning('c', 'd')], 'No')).toBeUndefined();
    expect(notReady([good('a', 'b'), noZstd], 'No')).toMatchObject({
      code: 'PROGRAM_MISSING',
      message: 'zstd: zstd is not installed.',
      hint: 'Nothing was touched. This mends it:\napt-get install -y zstd',
    });
    const several = notReady(
      [lacks('RELOAD'), noZstd, { ...noZstd, subject: 'age' }],
      'A backup cannot begin',
    );
    expect(several?.code).toBe('PRIVILEGE_MISSING');
    expect(several?.message).toMatch(/^A backup cannot begin:\n- Privilege RELOAD: .*\n- zstd: .*\n- age: /);
    expect(several?.hint.match(/apt-get/g)).toHaveLength(1);
  });

  it('shows its commands in the job summary as they are, ready to be copied', () => {
    const error = notReady([lacks('RELOAD'), noZstd], 'A backup cannot begin');
    expect(failureSummary('Backup', error)).toContain(
      "**What to do:** Nothing was touched. This mends it:\n\n```text\nGRANT RELOAD ON *.* TO 'bk'@'localhost';\n" +
        'apt-get install -y zstd\n```',
    );
  });
});

describe('the summary of a check', () => {
  const summary = checkSummary(red);

  it('begins with the reds, each with what mends it in a block; statements stand together', () => {
    expect(summary).toMatch(/^## ❌ Check of db\\_1: 3 red\n\n2 good, 2 warnings, 3 bad, 1 unknown\.\n/);
    const beforeTable = summary.slice(0, summary.indexOf('### What was found'));
    expect(beforeTable).toContain('```text\napt-get install -y zstd\n```');
    expect(beforeTable).toContain(
      "```sql\nGRANT RELOAD ON *.* TO 'bk'@'localhost';\nGRANT BACKUP_ADMIN ON *.* TO 'bk'@'localhost';\n```",
    );
    expect(beforeTable.match(/^❌ /gm)).toHaveLength(3);
    expect(beforeTable).toContain(`([PROGRAM_MISSING](${explanationOf('PROGRAM_MISSING')}))`);
    expect(beforeTable).not.toContain('⚠️');
  });

  it('has one table of all findings', () => {
    const rows = summary.split('\n').filter((line) => line.startsWith('|'));
    const marks = rows
      .map((row) => row.split('|')[1]?.trim() ?? '')
      .filter((mark) => /[✅⚠❌❔]/u.test(mark));
    expect(marks).toEqual(['✅', '❌', '❌', '✅', '❌', '⚠️', '⚠️', '❔']);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
    expect(summary).toContain('Off, and a \\| or &lt;b&gt; in it.');
  });

  it('has what can be done about warnings, folded away', () => {
    const folded = summary.slice(summary.indexOf('<details>'));
    expect(folded).toContain("```text\naws s3api x --y '{}'\n```");
    expect(folded).not.toContain('A bit late');
  });

  it('shows a sentence as a sentence', () => {
    const prose = checkSummary(checkResult('db1', [{ title: 'Server', findings: [noServer] }]));
    expect(prose).toContain('\n\nIs it running? Correct `mysql-socket`.\n');
    expect(prose).not.toContain('```');
  });

  it('says that all is well', () => {
    const well = checkSummary(green);
    expect(well).toMatch(
      /^## ✅ Check of db1: nothing is red\n\n1 good, 0 warnings, 0 bad, 0 unknown\.\n\n\|/,
    );
    expect(well).not.toMatch(/What to do|What was found|details/);
  });
});

it('the table for a terminal has each finding on a line, and below it what mends it', () => {
  const lines = checkTable(red).split('\n');
  expect(lines).toEqual([
    'Server',
    '  good     Server                  mysql 8.4.6',
    '',
    'Programs',
    '  BAD      zstd                    zstd is not installed.',
    '                                   → apt-get install -y zstd',
    '',
    'Privileges',
    "  BAD      Privilege RELOAD        'bk'@'localhost' lacks it.",
    "                                   → GRANT RELOAD ON *.* TO 'bk'@'localhost';",
    '  good     Privilege PROCESS       held',
    "  BAD      Privilege BACKUP_ADMIN  'bk'@'localhost' lacks it.",
    "                                   → GRANT BACKUP_ADMIN ON *.* TO 'bk'@'localhost';",
    '',
    'Bucket',
    '  WARNING  Versioning              Off, and a | or <b> in it.',
    "                                   → aws s3api x --y '{}'",
    '  WARNING  Clock                   A bit late.',
    '  unknown  Expiry                  May not ask.',
    '',
    '2 good, 2 warnings, 3 bad, 1 unknown',
  ]);
});
