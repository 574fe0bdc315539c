import { describe, expect, it } from '@jest/globals';
import { saysCompleted } from '../../../src/tools/backup-tool.js';
import { loggedRuns } from '../../support/logged-runs.js';

describe('saysCompleted', () => {
  const runs = loggedRuns();
  // Interrupted in vain: it ended with 0, although its exit status was not noted.
  const succeeded = (name: string, exitStatus: number | undefined) =>
    exitStatus === 0 || name === 'killed-sigint-ignored-by-background-job';

  it('has all the recorded runs to look at', () => {
    expect(runs).toHaveLength(37);
    expect(runs.filter(({ name, exitStatus }) => succeeded(name, exitStatus))).toHaveLength(10);
  });

  it.each(runs)('agrees with how «$name» ended', ({ name, exitStatus, stderr }) => {
    expect(saysCompleted(stderr.at(-1) ?? '')).toBe(succeeded(name, exitStatus));
  });

  it.each([
    ['[00] 2026-11-22 01:00:01 completed OK!', true],
    ['2026-07-28T01:01:33.415932+03:00 0 [Note] [MY-011825] [Xtrabackup] completed OK!', true],
    ['completed OK!', true],
    ['completed OK! ', true],
    ['', false],
    ['completed OK', false],
    ['incompleted OK!', false],
    ['not yet completed OK! but soon', false],
    ["Copying './shop/completed OK!.ibd'", false],
  ])('%j: %s', (line, expected) => {
    expect(saysCompleted(line)).toBe(expected);
  });
});
