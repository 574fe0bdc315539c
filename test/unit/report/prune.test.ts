import { describe, expect, it } from '@jest/globals';
import type { ListResult } from '../../../src/operations/list.js';
import type { PrunedChain, PruneResult } from '../../../src/operations/prune-result.js';
import { UserError } from '../../../src/errors.js';
import { gapText } from '../../../src/report/gap.js';
import { listSummary } from '../../../src/report/list-summary.js';
import { listOutputs, pruneOutputs } from '../../../src/report/outputs.js';
import { pruneSummary } from '../../../src/report/prune-summary.js';
import { pruneTable } from '../../../src/report/prune-table.js';

const chain = (day: string, backups: number, reason?: string): PrunedChain => ({
  id: `2026-11-${day}/00`,
  lastId: `2026-11-${day}/${String(backups - 1).padStart(2, '0')}`,
  backups,
  sizeBytes: backups * 1024 ** 2,
  ...(reason === undefined ? {} : { reason }),
});

const result = (changes: Partial<PruneResult> = {}): PruneResult => ({
  server: 'db_1',
  location: 's3://my-backups/xbackup/db_1',
  isDryRun: true,
  kept: [chain('22', 24, 'the newest chain')],
  removed: [chain('02', 24), chain('01', 1)],
  orphans: { count: 0, sizeBytes: 0 },
  unreadable: [],
  isVersioned: false,
  ...changes,
});

describe('a prune in a terminal', () => {
  it('is a line for each chain, and a sentence', () => {
    expect(pruneTable(result()).split('\n')).toEqual([
      'stays    2026-11-22/00 to 2026-11-22/23, 24 backups, 24.0 MiB: the newest chain',
      'would go 2026-11-02/00 to 2026-11-02/23, 24 backups, 24.0 MiB',
      'would go 2026-11-01/00, 1 backup, 1.0 MiB',
      '2 chains would go, 25.0 MiB; 1 chain stays.',
    ]);
  });

  it.each([
    [{ isDryRun: false, removed: [chain('01', 1)] }, '1 chain went, 1.0 MiB; 1 chain stays.'],
    [
      { orphans: { count: 1, sizeBytes: 1024 ** 2 } },
      '2 chains and 1 object without a manifest would go, 26.0 MiB; 1 chain stays.',
    ],
    [
      { isDryRun: false, removed: [], orphans: { count: 2, sizeBytes: 3 }, kept: [] },
      '2 objects without a manifest went, 3 B; 0 chains stay.',
    ],
    [{ removed: [] }, 'Nothing is to be removed; 1 chain stays.'],
  ])('ends for %j with: %s', (changes, sentence) => {
    expect(pruneTable(result(changes)).split('\n').at(-1)).toBe(sentence);
  });
});

describe('the summary of a prune', () => {
  it('of a dry run says what would go, and how to let it go', () => {
    expect(pruneSummary(result())).toBe(`## 🔎 Prune of db\\_1: a dry run

2 chains would go, 25.0 MiB; 1 chain stays. \`s3://my-backups/xbackup/db_1\`

Nothing was touched. With \`dry-run: false\` all of this goes, and does not come back.

### What would go

| Chain           | Last backup     | Backups |   Stored |
| --------------- | --------------- | ------: | -------: |
| \`2026-11-02/00\` | \`2026-11-02/23\` |      24 | 24.0 MiB |
| \`2026-11-01/00\` | \`2026-11-01/00\` |       1 |  1.0 MiB |

<details><summary>What stays</summary>

| Chain           | Last backup     | Backups |   Stored | Why              |
| --------------- | --------------- | ------: | -------: | ---------------- |
| \`2026-11-22/00\` | \`2026-11-22/23\` |      24 | 24.0 MiB | the newest chain |

</details>
`);
  });

  it('says what stays although it went, and what cannot be read', () => {
    const page = pruneSummary(
      result({ isDryRun: false, isVersioned: true, unreadable: ['2026-10-01/00', '2026-10-02/00'] }),
    );
    expect(page).toMatch(/^## ✅ Prune of db\\_1\n/);
    expect(page).toContain('### What went');
    expect(page).toContain('This bucket keeps versions');
    expect(page).toContain('cannot be read: `2026-10-01/00`, `2026-10-02/00`.');
    expect(page).not.toContain('Nothing was touched');
  });

  it('is short where there is nothing to do', () => {
    const page = pruneSummary(result({ kept: [], removed: [] }));
    expect(page.split('\n').filter((line) => line !== '')).toHaveLength(2);
  });
});

it('the outputs of a prune are numbers', () => {
  expect(pruneOutputs(result({ orphans: { count: 1, sizeBytes: 7 } }))).toEqual({
    'chains-kept': '1',
    'chains-removed': '2',
    'bytes-removed': String(25 * 1024 ** 2 + 7),
  });
});

describe('a list', () => {
  const points = [
    { id: '2026-11-22/00', restorable: true, links: 1 },
    { id: '2026-11-22/01', restorable: false, problem: 'its object <b>|x</b> is missing' },
  ];
  const listed: ListResult = { server: 'db1', points, newest: { id: '2026-11-22/00', ageSeconds: 5400 } };

  it('has its numbers as outputs', () => {
    expect(listOutputs(listed)).toEqual({
      ...{ restorable: '1', broken: '1' },
      ...{ 'newest-backup-id': '2026-11-22/00', 'newest-age-minutes': '90' },
    });
    expect(listOutputs({ server: 'db1', points: [] })).toMatchObject({ 'newest-age-minutes': '' });
  });

  it('says in the summary what the newest is, and shows all, with nothing foreign that could act', () => {
    const page = listSummary(listed);
    expect(page).toMatch(
      /^## ✅ Backups of db1\n\nThe newest that can be restored is `2026-11-22\/00`; it ended 1 h 30 min ago\.\n\n<details><summary>All backups: 2</,
    );
    expect(page).toContain('no: its object &lt;b&gt;\\|x&lt;/b&gt; is missing');
  });

  it('begins with what is wrong', () => {
    const failure = new UserError('BACKUP_OVERDUE', 'Too old.', 'Look there.');
    expect(listSummary({ ...listed, failure })).toMatch(
      /^## ❌ Backups of db1\n\nToo old\. Look there\. \(\[BACKUP_OVERDUE\]\(https:\S+#backup_overdue\)\)/,
    );
    expect(listSummary({ server: 'db1', points: [] })).toContain('There is none.');
  });

  it('is not longer than a summary may be', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({ id: `${index}`, restorable: true }));
    const page = listSummary({ server: 'db1', points: many });
    expect(Buffer.byteLength(page)).toBeLessThan(100_000);
    expect(page).toContain('The last 200 of 20000 backups');
    expect(page).toContain('19999');
  });
});

it('a gap is told with what it may be', () => {
  expect(gapText({ sinceId: '2026-11-22/03', seconds: 19_200, maxMinutes: 180 })).toBe(
    '5 h 20 min since 2026-11-22/03, which is more than 180 min',
  );
});
