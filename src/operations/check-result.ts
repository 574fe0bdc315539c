import type { Finding } from '../checks/finding.js';
import { UserError } from '../errors.js';

/** What a check found, by subject. */
export interface CheckResult {
  /** The name of the server in the bucket. */
  server: string;
  groups: readonly CheckGroup[];
  counts: Readonly<Record<Finding['verdict'], number>>;
}

export interface CheckGroup {
  title: string;
  findings: readonly Finding[];
}

export function checkResult(server: string, groups: readonly CheckGroup[]): CheckResult {
  const counts = { good: 0, warning: 0, bad: 0, unknown: 0 };
  for (const { findings } of groups) for (const { verdict } of findings) counts[verdict] += 1;
  return { server, groups: groups.filter(({ findings }) => findings.length > 0), counts };
}

/** Everything red of a check as the one error that it ends with; undefined when nothing is red. */
export function redFindings({ groups, counts }: CheckResult): UserError | undefined {
  const findings = groups.flatMap((group) => group.findings);
  return notReady(findings, `${counts.bad} of ${findings.length} findings are red`);
}

/**
 * One error for all findings that are bad, each with what mends it on a line of the hint; undefined when none is. Its
 * code is that of the first one.
 */
export function notReady(findings: readonly Finding[], heading: string): UserError | undefined {
  const reds = findings.filter(({ verdict }) => verdict === 'bad');
  const [first] = reds;
  if (first === undefined) return undefined;
  const message =
    reds.length === 1
      ? `${first.subject}: ${first.fact}`
      : [`${heading}:`, ...reds.map(({ subject, fact }) => `- ${subject}: ${fact}`)].join('\n');
  const mends = [...new Set(reds.flatMap(({ mend }) => mend ?? []))];
  return new UserError(
    first.code ?? 'BACKUP_FAILED',
    message,
    ['Nothing was touched. This mends it:', ...mends].join('\n'),
  );
}
