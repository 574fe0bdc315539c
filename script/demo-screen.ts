import { formatDuration } from '../src/report/format.js';

export interface Timed<T> {
  value: T;
  seconds: number;
}

/** What the demo shows to people. */
export class DemoScreen {
  readonly #verbose: boolean;
  readonly #startedMs = performance.now();
  #silent = false;

  constructor(options: { verbose: boolean }) {
    this.#verbose = options.verbose;
  }

  heading(text: string): void {
    this.#print(`\n${process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text}`);
  }

  line(text: string): void {
    this.#print(text === '' ? '' : `  ${text}`);
  }

  /** A line of an action's log, which only some want to see. */
  logLine(text: string): void {
    if (this.#verbose) this.#print(`    | ${text}`);
  }

  /** On a terminal, `what` stands there while the work is done. */
  async during<T>(what: string, work: () => Promise<T>): Promise<Timed<T>> {
    const startedMs = performance.now();
    const transient = process.stdout.isTTY && !this.#verbose;
    if (transient) this.#write(`  ${what} …`);
    else if (this.#verbose) this.line(`${what} …`);
    try {
      const value = await work();
      return { value, seconds: (performance.now() - startedMs) / 1000 };
    } finally {
      if (transient) this.#write('\r\x1b[K');
    }
  }

  /** Rows of cells, the first one the heading; `align` has an `r` for each column of numbers. */
  table(rows: readonly (readonly string[])[], align = ''): void {
    const widths = rows.reduce<number[]>(
      (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
      [],
    );
    const ruler = widths.map((width) => '-'.repeat(width));
    const [head = [], ...body] = rows;
    for (const row of [head, ruler, ...body]) {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return align[column] === 'r' ? cell.padStart(width) : cell.padEnd(width);
      });
      this.line(cells.join('  ').trimEnd());
    }
  }

  /** How long all took so far. */
  total(): string {
    return formatDuration((performance.now() - this.#startedMs) / 1000);
  }

  /** From now on nothing is shown: what was interrupted may still be saying something. */
  silence(): void {
    this.#silent = true;
  }

  #print(text: string): void {
    this.#write(`${text}\n`);
  }

  #write(text: string): void {
    if (!this.#silent) process.stdout.write(text);
  }
}
