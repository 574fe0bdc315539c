import { formatDuration } from '../../src/report/format.js';
import type { MysqlServer } from '../../test/support/mysql-server.js';
import { settle } from './data.js';
import { ordered } from './figures.js';
import type { BenchPlace } from './place.js';
import type { Store } from './store.js';

/** What all parts are measured on, and how they take turns there. */

export interface Ground {
  place: BenchPlace;
  server: MysqlServer;
  store: Store;
  nullSink: Store;
  sizeMib: number;
  runs: number;
  /** Of every script. */
  env: Record<string, string>;
  say: (line: string) => void;
}

/** Everyone once, and again, each round in another order, so that noise hits all of them. */
export async function inTurns<T>(
  all: readonly T[],
  rounds: number,
  run: (one: T, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const one of ordered(all, round)) {
      await settle();
      await run(one, round);
    }
  }
}

export interface MeasuredPlaces {
  name: string;
  scratch: string;
  logFile: string;
}

/** Where `measure` runs what has this name. */
export function placesOf({ place }: Ground, name: string): MeasuredPlaces {
  return { name, scratch: place.path('tmp', name), logFile: place.path('logs', `${name}.log`) };
}

export function tell(
  { runs, say }: Ground,
  part: string,
  round: number,
  name: string,
  { wallSeconds }: { wallSeconds: number },
): void {
  say(`${part}, run ${round + 1} of ${runs}: ${name} took ${formatDuration(wallSeconds)}`);
}
