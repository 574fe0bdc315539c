/** Pure: what was measured, and what follows from several runs of it. */

/** What one run of a contender took. MB are 1,000,000 bytes. */
export interface RunFigures {
  wallSeconds: number;
  /** User and system time of every program of the contender. */
  cpuSeconds: number;
  /** Of its largest process. */
  peakRssMb: number;
  /** At most, beside what it is to leave there. */
  temporaryDiskMb: number;
  /** In the bucket afterwards. */
  storedMb: number;
  /** Of what sends to S3, where that is a program of its own. */
  uploaderCpuSeconds?: number;
  /** Of our own process, without the programs that it starts. */
  nodeCpuSeconds?: number;
  nodePeakRssMb?: number;
  /** Until it writes its first line. */
  nodeStartCpuSeconds?: number;
}

/** The medians of a contender's runs. */
export interface ContenderFigures extends RunFigures {
  /** Its wall time to that of `limit`; null when that was not measured. */
  ratioToLimit: number | null;
}

export type Table<Name extends string> = Partial<Record<Name, ContenderFigures>>;

/** The middle one; of an even number the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new RangeError('There is no median of nothing.');
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] as number;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] as number;
  return (lower + upper) / 2;
}

/** Each figure's own median. The runs of one contender all have the same figures. */
export function mediansOf<Figures extends { [Name in keyof Figures]?: number }>(
  runs: readonly Figures[],
): Figures {
  const [first] = runs;
  if (first === undefined) throw new RangeError('There are no medians without a run.');
  const names = Object.keys(first) as (keyof Figures)[];
  return Object.fromEntries(
    names.map((name) => [name, rounded(median(runs.map((run) => run[name] ?? 0)))]),
  ) as Figures;
}

/** The medians of every contender, with the ratio to the one named `limit`. */
export function tableOf<Name extends string>(runs: ReadonlyMap<Name, readonly RunFigures[]>): Table<Name> {
  const medians = [...runs].map(([name, each]) => [name, mediansOf(each)] as const);
  const limit = medians.find(([name]) => name === 'limit')?.[1].wallSeconds;
  const table: Table<Name> = {};
  for (const [name, figures] of medians) {
    table[name] = { ...figures, ratioToLimit: limit ? rounded(figures.wallSeconds / limit) : null };
  }
  return table;
}

/** What the parts beside backup and restore have found, by the names of their rows. */
export type Rows<Figures> = Record<string, Figures>;

/** The medians of every row. */
export function rowsOf<Figures extends { [Name in keyof Figures]?: number }>(
  runs: ReadonlyMap<string, readonly Figures[]>,
): Rows<Figures> {
  return Object.fromEntries([...runs].map(([name, each]) => [name, mediansOf(each)]));
}

/**
 * The order of the contenders in a round: with another one first each time, and in steps of another length, so that each
 * comes after another one too: what ran just before has changed what was measured.
 */
export function ordered<T>(contenders: readonly T[], round: number): T[] {
  const count = contenders.length;
  const steps = contenders.map((_, index) => index + 1).filter((step) => commonDivisor(step, count) === 1);
  const step = steps[round % steps.length] ?? 1;
  return contenders.map((_, index) => contenders[(round + index * step) % count] as T);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

const mb = 1_000_000;

export function toMb(bytes: number): number {
  return bytes / mb;
}

/** CPU seconds for each GiB that was stored. */
export function perGib(cpuSeconds: number, storedMb: number): number {
  return (cpuSeconds * 1024 ** 3) / (storedMb * mb);
}

export function rounded(number: number): number {
  return Math.round(number * 1000) / 1000;
}
