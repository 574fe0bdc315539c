import { mediansOf, rounded, type Rows } from './figures.js';

/** Pure: what a busy server did meanwhile. */

export interface LoadRun {
  transactionsPerSecond: number;
  /** Of one backup; 0 where there is none. */
  wallSeconds: number;
}

export interface LoadFigures extends LoadRun {
  /** Its transactions to those of `alone`. */
  ratioToAlone: number;
}

/** The medians of each row, with the ratio to the one named `alone`. */
export function loadRowsOf(runs: ReadonlyMap<string, readonly LoadRun[]>): Rows<LoadFigures> {
  const medians = [...runs].map(([name, each]) => [name, mediansOf(each)] as const);
  const alone = medians.find(([name]) => name === 'alone')?.[1].transactionsPerSecond ?? 0;
  return Object.fromEntries(
    medians.map(([name, figures]) => {
      return [name, { ...figures, ratioToAlone: rounded(figures.transactionsPerSecond / alone) }];
    }),
  );
}
