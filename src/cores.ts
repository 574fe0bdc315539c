import { availableParallelism } from 'node:os';

/** Half of the cores, from 1 to `most`: for work that must leave something for others. */
export function halfOfTheCores(most: number): number {
  return Math.min(most, Math.max(1, Math.floor(availableParallelism() / 2)));
}
