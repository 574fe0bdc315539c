import { describe, expect, it } from '@jest/globals';
import {
  judgeRights,
  judgeService,
  judgeTarget,
  type RestoreQuestions,
  type RightsFacts,
  type TargetFacts,
} from '../../../src/checks/restore-checks.js';

const gibibyte = 1024 ** 3;
const questions: RestoreQuestions = {
  targetDir: '/backup/recovery',
  datadir: '/var/lib/mysql',
  dataBytes: 100 * gibibyte,
  stopCommand: undefined,
  startCommand: undefined,
  owner: undefined,
  forRestore: true,
};

/** What a restore lacks is red only where a restore is meant. */
function expectLack(
  judge: (asked: RestoreQuestions) => { verdict: string; code?: string; mend?: string },
  code: string,
) {
  expect(judge(questions)).toMatchObject({ verdict: 'bad', code });
  const mild = judge({ ...questions, forRestore: false });
  expect([mild.verdict, mild.code]).toEqual(['warning', undefined]);
  expect(mild.mend).toBe(judge(questions).mend);
}

describe('room for a restore', () => {
  const target: TargetFacts = {
    nearest: '/backup',
    isWritable: true,
    freeBytes: 500 * gibibyte,
    onSameFilesystem: true,
    freeAtDatadirBytes: 0,
    others: [],
  };

  it('on the same filesystem needs no second copy', () => {
    expect(judgeTarget(questions, { value: target })).toMatchObject({
      verdict: 'good',
      fact: expect.stringMatching(/only renamed/) as unknown,
    });
  });

  it('on another needs room beside the old data', () => {
    const apart = { ...target, onSameFilesystem: false };
    expectLack((asked) => judgeTarget(asked, { value: apart }), 'DISK_TOO_SMALL');
    const roomy = { ...apart, freeAtDatadirBytes: 200 * gibibyte };
    expect(judgeTarget(questions, { value: roomy })).toMatchObject({
      verdict: 'good',
      fact: expect.stringMatching(/copied/) as unknown,
    });
  });

  it.each([
    [{ freeBytes: 109 * gibibyte }, 'DISK_TOO_SMALL'],
    [{ isWritable: false }, 'TARGET_NOT_EMPTY'],
    [{ others: ['precious.txt'] }, 'TARGET_NOT_EMPTY'],
  ])('lacks with %j', (more, code) => {
    expectLack((asked) => judgeTarget(asked, { value: { ...target, ...more } }), code);
  });

  it('that cannot be looked at is unknown', () => {
    expect(judgeTarget(questions, { untold: 'EIO' })).toMatchObject({
      verdict: 'unknown',
      fact: expect.stringMatching(/EIO\.$/) as unknown,
    });
  });
});

describe('the rights to replace', () => {
  const own: RightsFacts = { uid: 1000, owner: '1000:1000', mayWriteDatadir: true, mayWriteParent: true };
  const judge = (facts: RightsFacts, more: Partial<RestoreQuestions> = {}) =>
    judgeRights({ ...questions, ...more }, { value: facts })[0];

  it.each([
    ['root', { ...own, uid: 0, owner: '114:120' }, /^root/],
    ['the owner', own, /rename it/],
    ['the owner, but not of the folder above', { ...own, mayWriteParent: false }, /move what is in it/],
  ])('%s has them', (_, facts, fact) => {
    expect(judge(facts)).toMatchObject({ verdict: 'good', fact });
  });

  it('another user has not', () => {
    const lack = (asked: RestoreQuestions) => judgeRights(asked, { value: { ...own, owner: '114:120' } })[0];
    expectLack((asked) => lack(asked) ?? { verdict: 'none' }, 'DATADIR_UNSUITABLE');
    // 100 is not 1000.
    expect(judge({ ...own, uid: 100 })?.verdict).toBe('bad');
  });

  it('only root gives files to another owner', () => {
    expect(judge(own, { owner: 'mysql:mysql' })?.verdict).toBe('bad');
    expect(judge({ ...own, uid: 0 }, { owner: 'mysql:mysql' })?.verdict).toBe('good');
  });
});

describe('stopping and starting', () => {
  const commands = { stop: 'systemctl stop mysql', start: 'systemctl start mysql' };

  it('may be done by root; for others polkit decides', () => {
    expect(judgeService(questions, { value: commands }, 0).verdict).toBe('good');
    const other = judgeService(questions, { value: commands }, 1000);
    expect([other.verdict, other.mend]).toEqual([
      'unknown',
      expect.stringContaining('sudo -n systemctl stop mysql'),
    ]);
  });

  it('by given commands is not tried', () => {
    const given = { ...questions, stopCommand: 'docker stop db', startCommand: 'docker start db' };
    expect(
      judgeService(given, { value: { stop: 'docker stop db', start: 'docker start db' } }, 0).verdict,
    ).toBe('unknown');
  });

  it('without any way is a lack', () => {
    expectLack(
      (asked) => judgeService(asked, { untold: 'This host has no systemd unit.' }, 0),
      'INPUT_INVALID',
    );
  });
});
