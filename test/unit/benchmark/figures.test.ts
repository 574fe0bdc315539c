import { describe, expect, it } from '@jest/globals';
import {
  median,
  mediansOf,
  ordered,
  perGib,
  tableOf,
  type ContenderFigures,
  type RunFigures,
} from '../../../script/benchmark/figures.js';
import { report } from '../../../script/benchmark/report.js';
import { targetsOf } from '../../../script/benchmark/targets.js';

const run = (wallSeconds: number, more: Partial<RunFigures> = {}): RunFigures => ({
  wallSeconds,
  cpuSeconds: 2 * wallSeconds,
  peakRssMb: 50,
  temporaryDiskMb: 0,
  storedMb: 1000,
  ...more,
});
const contender = (wallSeconds: number, more: Partial<RunFigures> = {}): ContenderFigures => ({
  ...run(wallSeconds, more),
  ratioToLimit: null,
});

describe('medians', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 2], 6],
    [[100, 1, 3, 2], 2.5],
  ])('of %j', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });

  it('leave what they are given as it is', () => {
    const numbers = [3, 1, 2];
    median(numbers);
    expect(numbers).toEqual([3, 1, 2]);
  });

  it('of nothing do not exist', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => mediansOf([])).toThrow(RangeError);
  });

  it('are taken figure by figure', () => {
    const runs = [run(1, { storedMb: 30 }), run(9, { storedMb: 10 }), run(4, { storedMb: 20 })];
    expect(mediansOf(runs)).toEqual(run(4, { storedMb: 20 }));
  });

  it('keep the figures that only some contenders have', () => {
    const runs = [run(1, { nodeCpuSeconds: 3 }), run(1, { nodeCpuSeconds: 5 })];
    expect(mediansOf(runs)).toMatchObject({ nodeCpuSeconds: 4 });
    expect(mediansOf(runs)).not.toHaveProperty('uploaderCpuSeconds');
  });
});

describe('the ratio to the limit', () => {
  it('is that of the median wall times', () => {
    const runs = new Map([
      ['limit', [run(8), run(10), run(30)]],
      ['xbackup', [run(9), run(11), run(12)]],
    ]);
    expect(tableOf(runs)).toMatchObject({ limit: { ratioToLimit: 1 }, xbackup: { ratioToLimit: 1.1 } });
  });

  it('is not made up without the limit', () => {
    expect(tableOf(new Map([['xbackup', [run(9)]]]))).toMatchObject({ xbackup: { ratioToLimit: null } });
  });
});

describe('the order of a round', () => {
  const rounds = (names: string, count = 5) =>
    Array.from({ length: count }, (_, round) => ordered(names.split(''), round).join(''));

  it('has all contenders, and another one first each time', () => {
    expect(rounds('abcde')).toEqual(['abcde', 'bdace', 'cadbe', 'dcbae', 'eabcd']);
    for (const round of rounds('abcdefghi', 9)) expect(round.split('').sort().join('')).toBe('abcdefghi');
  });

  it('lets each come after another one', () => {
    const before = rounds('abcdefghi', 6).map((round) => round[round.indexOf('h') - 1]);
    expect(new Set(before).size).toBe(before.length);
  });

  it('is there for one, two or none', () => {
    expect(rounds('a', 2)).toEqual(['a', 'a']);
    expect(rounds('ab', 3)).toEqual(['ab', 'ba', 'ab']);
    expect(rounds('', 2)).toEqual(['', '']);
  });
});

it('CPU is told for each GiB, of MB', () => {
  expect(perGib(8, 2 * 1073.741824)).toBeCloseTo(4);
});

describe('the figures to reach', () => {
  it('are told of the contenders that ran', () => {
    expect(targetsOf({ backup: { limit: contender(10) }, restore: { limit: contender(10) } })).toEqual([]);
    expect(targetsOf({ backup: { 'xbackup-null-sink': contender(10) } })).toEqual([]);
  });

  it('hold xbackup to each other contender, and are not bent', () => {
    const node = { nodeCpuSeconds: 4, nodePeakRssMb: 200.1, nodeStartCpuSeconds: 0.25 };
    const targets = targetsOf({
      backup: {
        limit: contender(10),
        xbackup: contender(12, node),
        'xbackup-null-sink': contender(11, node),
        sketch: contender(95, { uploaderCpuSeconds: 3 }),
        s3cmd: contender(12, { uploaderCpuSeconds: 4.1 }),
      },
      restore: { limit: contender(20), xbackup: contender(23.1), sketch: contender(40) },
    });
    expect(targets.map(({ what, reached }) => [what, reached])).toEqual([
      ['backup: wall to that of the limit, into a null sink', true],
      ['backup: wall to that of s3cmd', true],
      ['backup: wall to that of sketch', false],
      ['backup: CPU of node for each GiB stored', false],
      ['backup: CPU of node for each GiB stored, and that of sketch', false],
      ['backup: CPU of node for each GiB stored, and that of s3cmd', true],
      ['backup: peak RSS of node', false],
      ['backup: temporary disk', true],
      ['backup: CPU of node before its first line', true],
      ['restore: wall to that of the limit', false],
      ['restore: wall to that of sketch', true],
    ]);
  });
});

it('the report has a row for each contender and figure', () => {
  const backup = { limit: contender(10, { storedMb: 0 }), aws: contender(12.34, { uploaderCpuSeconds: 5 }) };
  const target = { what: 'a figure', bound: 1, measured: 1.2345, unit: 'x', reached: false } as const;
  const lines = report({ backup }, [target]).split('\n');
  const cells = (name: string) =>
    lines
      .find((line) => line.startsWith(`| ${name} `))
      ?.split('|')
      .map((cell) => cell.trim())
      .slice(1, -1);
  expect(cells('limit')).toEqual(['limit', '10.0', '', '20.0', '50', '0', '', '', '']);
  expect(cells('aws')).toEqual(['aws', '12.3', '', '24.7', '50', '0', '1000', '5.0', '5.4']);
  expect(cells('a figure')).toEqual(['a figure', '≤ 1.000 ×', '1.234 ×', 'not reached']);
  expect(lines.join('\n')).not.toContain('Restore:');
});
