/** Numbers that only look random: the same seed gives the same ones. */
export interface Random {
  /** From 0 to `below`, without it. */
  whole(below: number): number;
  /** With this probability, 0 to 1. */
  chance(probability: number): boolean;
  oneOf<T>(items: readonly T[]): T;
}

/** mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    whole: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    oneOf: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError('There is nothing to choose from');
      return item;
    },
  };
}

/** `script/test faults --long`. */
export function isLongRun(): boolean {
  return (process.env['XBACKUP_FAULTS_LONG'] ?? '') !== '';
}

/** The seed that a long run prints. Without one it is always the same. */
export function seedOfRun(): number {
  return Number(process.env['XBACKUP_FAULTS_SEED'] ?? '1');
}
