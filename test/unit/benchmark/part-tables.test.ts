import { describe, expect, it } from '@jest/globals';
import { rowsOf, type RunFigures } from '../../../script/benchmark/figures.js';
import { loadRowsOf, type LoadFigures } from '../../../script/benchmark/load-figures.js';
import { report } from '../../../script/benchmark/report.js';
import { targetsOf } from '../../../script/benchmark/targets.js';

const run: RunFigures = {
  wallSeconds: 10,
  cpuSeconds: 20,
  peakRssMb: 50,
  temporaryDiskMb: 0,
  storedMb: 500,
  nodeCpuSeconds: 4,
  nodePeakRssMb: 150,
};
const idle = { ...run, toolReadMb: 1200, dataMb: 1000 };
const link = { ...run, sentMbPerSecond: 50, leastSeconds: 8, ratioToLeast: 1.25 };
const paced = { ...link, boundMbPerSecond: 56, nodePeakRssMb: 201 };

function cellsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

describe('the tables of the parts beside backup and restore', () => {
  it('are left out where nothing was measured', () => {
    expect(report({ backup: {}, restore: {}, idle: {}, links: {}, streams: {}, load: {} }, [])).toBe('');
  });

  it('show an idle hour', () => {
    const { nodeCpuSeconds, ...tool } = { ...idle, storedMb: 0 };
    expect(nodeCpuSeconds).toBe(4);
    const cells = cellsOf(report({ idle: { tool, xbackup: idle } }, []));
    expect(cells).toContainEqual(['tool', '10.0', '20.0', '', '', '1200', '1.20']);
    expect(cells).toContainEqual(['xbackup', '10.0', '20.0', '4.00', '500.00', '1200', '1.20']);
  });

  it('show links, with and without a bound', () => {
    const cells = cellsOf(report({ links: { direct: link, 'paced-0.5': paced } }, []));
    expect(cells).toContainEqual(['direct', '', '50.0', '10.0', '8.0', '1.25', '4.0', '150']);
    expect(cells).toContainEqual(['paced-0.5', '56.0', '50.0', '10.0', '8.0', '1.25', '4.0', '201']);
  });

  it('show streams', () => {
    const stream = { ...run, storedMb: 2147.483648 };
    expect(cellsOf(report({ streams: { '2g': stream } }, []))).toContainEqual([
      '2g',
      '2.00',
      '10.0',
      '2.00',
      '150',
    ]);
  });
});

describe('a busy server', () => {
  const load = loadRowsOf(
    new Map([
      ['alone', [400, 500, 600].map((transactionsPerSecond) => ({ transactionsPerSecond, wallSeconds: 0 }))],
      ['limit', [{ transactionsPerSecond: 400, wallSeconds: 5 }]],
      ['xbackup', [{ transactionsPerSecond: 361, wallSeconds: 8.04 }]],
    ]),
  );

  it('is compared with what it does alone', () => {
    const cells = cellsOf(report({ load }, []));
    expect(cells).toContainEqual(['alone', '500', '1.00', '']);
    expect(cells).toContainEqual(['xbackup', '361', '0.72', '8.0']);
  });

  it('is to have nine tenths at least of what the tool alone leaves it', () => {
    const targets = targetsOf({ load });
    expect(targets).toMatchObject([{ bound: 0.9, atLeast: true, reached: true, measured: 0.9025 }]);
    expect(report({}, targets)).toContain('≥ 0.900 ×');
    const { limit, xbackup } = load;
    const slower = {
      limit: limit as LoadFigures,
      xbackup: { ...(xbackup as LoadFigures), transactionsPerSecond: 359 },
    };
    expect(targetsOf({ load: slower })).toMatchObject([{ reached: false }]);
  });
});

describe('their figures to reach', () => {
  it('are the memory on each link and with each stream, and the bound that was told', () => {
    const links = { direct: link, 'paced-0.5': paced };
    const targets = targetsOf({ idle: { xbackup: idle }, links, streams: { '1g': run } });
    expect(targets.map(({ what, reached }) => [what, reached])).toEqual([
      ['links: peak RSS of node, direct', true],
      ['links: peak RSS of node, paced-0.5', false],
      ['links: distance of the rate from its bound, paced-0.5', false],
      ['streams: peak RSS of node, 1g', true],
    ]);
    expect(targets[2]?.measured).toBeCloseTo(10.7, 1);
  });
});

it('rows are the medians of their runs', () => {
  const runs = [1, 9, 4].map((sentMbPerSecond) => ({ ...link, sentMbPerSecond }));
  expect(rowsOf(new Map([['direct', runs]]))).toEqual({ direct: { ...link, sentMbPerSecond: 4 } });
});
