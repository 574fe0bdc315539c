import type { Finding } from '../checks/finding.js';
import type { CheckResult } from '../operations/check-result.js';

/** What a check found, for a terminal or a log: one line a finding, and below it what mends it. */
export function checkTable(result: CheckResult): string {
  const subjects = result.groups.flatMap(({ findings }) => findings.map(({ subject }) => subject.length));
  const width = Math.min(longestSubject, Math.max(...subjects));
  return [
    ...result.groups.flatMap(({ title, findings }) => [
      title,
      ...findings.flatMap((finding) => lines(finding, width)),
      '',
    ]),
    countsText(result),
  ].join('\n');
}

/** A longer one pushes its own line to the right, and not all others. */
const longestSubject = 30;

const words: Record<Finding['verdict'], string> = {
  good: 'good',
  warning: 'WARNING',
  bad: 'BAD',
  unknown: 'unknown',
};

function lines({ verdict, subject, fact, mend }: Finding, width: number): string[] {
  const indent = ' '.repeat(2 + 9 + width + 2);
  const [first = '', ...more] = fact.split('\n');
  return [
    `  ${words[verdict].padEnd(9)}${subject.padEnd(width)}  ${first}`,
    ...more.map((line) => indent + line),
    ...(mend ?? '').split('\n').flatMap((line) => (line === '' ? [] : `${indent}→ ${line}`)),
  ];
}

/** `21 good, 3 warnings, 1 bad, 2 unknown`. */
export function countsText({ counts }: CheckResult): string {
  const { good, warning, bad, unknown } = counts;
  const warnings = warning === 1 ? '1 warning' : `${warning} warnings`;
  return `${good} good, ${warnings}, ${bad} bad, ${unknown} unknown`;
}
