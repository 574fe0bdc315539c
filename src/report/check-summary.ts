import type { Finding } from '../checks/finding.js';
import type { CheckResult } from '../operations/check-result.js';
import { countsText } from './check-table.js';
import { explanationOf } from './failure-summary.js';
import { codeBlock, details, escapeText, page, sentence, table } from './markdown.js';

/** What the job summary says of a check: what mends each red, ready to be copied, and one table of everything. */
export function checkSummary(result: CheckResult): string {
  const { server, groups, counts } = result;
  const findings = groups.flatMap((group) => group.findings);
  const warnings = findings.filter(({ verdict, mend }) => verdict === 'warning' && mend !== undefined);
  return page([
    counts.bad > 0
      ? `## ❌ Check of ${escapeText(server)}: ${counts.bad} red`
      : `## ✅ Check of ${escapeText(server)}: nothing is red`,
    `${countsText(result)}.`,
    counts.bad === 0 ? undefined : '### What to do',
    ...mendings(findings.filter(({ verdict }) => verdict === 'bad')),
    counts.bad === 0 ? undefined : '### What was found',
    findingTable(result),
    warnings.length === 0
      ? undefined
      : details(
          `What to do about ${warnings.length === 1 ? 'the warning' : 'the warnings'}`,
          page(mendings(warnings)).trimEnd(),
        ),
  ]);
}

const marks: Record<Finding['verdict'], string> = { good: '✅', warning: '⚠️', bad: '❌', unknown: '❔' };

function findingTable({ groups }: CheckResult): string {
  const rows = groups.flatMap(({ title, findings }) => [
    ['', `**${onOneLine(title)}**`, ''],
    ...findings.map(({ verdict, subject, fact }) => [marks[verdict], onOneLine(subject), escapeText(fact)]),
  ]);
  return table([['', 'What', 'Found'], ...rows]);
}

/** The column of long facts would break it into its words. */
function onOneLine(subject: string): string {
  return subject.length > 32 ? escapeText(subject) : escapeText(subject).replaceAll(' ', '\u00a0');
}

/** What was found, and what mends it in a block, which has GitHub's button to copy. Statements are put together. */
function mendings(findings: readonly Finding[]): string[] {
  const blocks: Finding[][] = [];
  for (const finding of findings) {
    const last = blocks.at(-1);
    if (last !== undefined && isStatement(finding) && last.every(isStatement)) last.push(finding);
    else blocks.push([finding]);
  }
  return blocks.map((block) =>
    page([block.map(factText).join('  \n'), mendText(block.flatMap(({ mend }) => mend ?? []))]).trimEnd(),
  );
}

function factText({ verdict, subject, fact, code }: Finding): string {
  const link = code === undefined ? '' : ` ([${code}](${explanationOf(code)}))`;
  return `${marks[verdict]} **${escapeText(subject)}**: ${escapeText(fact)}${link}`;
}

function mendText(mends: readonly string[]): string {
  const text = mends.join('\n');
  if (isProse(text)) return sentence(text);
  return codeBlock(text, beginsStatement(text) ? 'sql' : 'text');
}

/** Statements begin in capitals, commands and settings in small letters, sentences with one capital. */
function isProse(mend: string): boolean {
  return /^[A-Z][a-z]/.test(mend);
}

function isStatement({ mend }: Finding): boolean {
  return mend !== undefined && beginsStatement(mend);
}

function beginsStatement(mend: string): boolean {
  return /^[A-Z]{3,} /.test(mend);
}
