import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/errors.js';
import { ApplyFailure } from '../../../src/operations/apply-result.js';
import { applyFailureSummary } from '../../../src/report/apply-summary.js';
import { failureSummary } from '../../../src/report/failure-summary.js';
import { code, codeBlock, details, escapeText, facts, sentence } from '../../../src/report/markdown.js';

describe('Markdown of values that may hold anything', () => {
  it.each([
    ['a_b*c`d', 'a\\_b\\*c\\`d'],
    ['<img src=x> & [link](y) | ~x~ #1', '&lt;img src=x&gt; &amp; \\[link\\](y) \\| \\~x\\~ \\#1'],
    ['two\n  lines', 'two lines'],
  ])('text stays text: %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  it('a sentence of our own may have code in it, and nothing else', () => {
    expect(sentence('Use `type: auto` or *<b>*.')).toBe('Use `type: auto` or \\*&lt;b&gt;\\*.');
    expect(sentence('a lone ` stays')).toBe('a lone \\` stays');
  });

  it('code cannot be left from inside', () => {
    expect(code('a`b|c\nd')).toBe('`a b c d`');
    expect(codeBlock('````\nrm')).toBe('`````text\n````\nrm\n`````');
  });

  it('the title of a fold is HTML, where Markdown is not read', () => {
    expect(details('what <a_b> said', 'body')).toBe(
      '<details><summary>what &lt;a_b&gt; said</summary>\n\nbody\n\n</details>',
    );
  });

  it('a table of facts has its first fact as the heading, and no empty one', () => {
    const [heading, line, ...rows] = facts([
      ['None', undefined],
      ['Type', 'full'],
      ['Empty', ''],
      ['Took', '2 s'],
    ]).split('\n');
    expect(heading).toMatch(/^\| Type +\| full +\|$/);
    expect(line).toMatch(/^\| :-+ \| :-+ \|$/);
    expect(rows).toEqual([expect.stringMatching(/^\| Took +\| 2 s +\|$/)]);
  });
});

describe('the summary of a failure', () => {
  it('shows commands in the hint as code', () => {
    const error = new UserError('BASE_UNUSABLE', 'No base.', 'Run it with `type: full`.');
    expect(failureSummary('Backup', error)).toMatch(
      /^## ❌ Backup failed: An incremental was asked for[^\n]*\n\nNo base\.\n\n\*\*What to do:\*\* Run it with `type: full`\.\n/,
    );
  });

  const prepared = {} as ConstructorParameters<typeof ApplyFailure>[0]['prepared'];
  const failure = (rolledBack: boolean) => {
    const steps = [{ name: 'Stop the server', durationSeconds: 1, outcome: 'done' as const }];
    return new ApplyFailure({ steps, rolledBack, prepared, datadir: '/d' }, 'It failed.', 'Look.', undefined);
  };

  it('says of a restore what became of the server, once', () => {
    const back = applyFailureSummary(failure(true));
    expect(back).toMatch(/^## ❌ The restore failed, and everything is back as it was\n/);
    expect(back.match(/as it was/g)).toHaveLength(1);
    expect(back).toMatch(/\| ✅ +\| Stop the server/);
    expect(applyFailureSummary(failure(false))).toContain('> [!CAUTION]\n> The server is **not** as it was.');
  });

  it('says that nothing was changed, unless the hint has said it', () => {
    const changed = (hint: string) =>
      applyFailureSummary(new UserError('CONFIRM_MISMATCH', 'No.', hint)).match(/Nothing was changed/g);
    expect(changed('Type the name.')).toHaveLength(1);
    expect(changed('Nothing was changed. Type the name.')).toHaveLength(1);
  });
});
