import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Longer lines are cut: the live console of a runner shows 1,024 characters. */
const longestLine = 4096;
const tailLines = 40;

/** Text without what a terminal or a runner would obey: no control characters but the ends of lines and tabs. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is taken out
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/**
 * Makes a foreign line safe to print: no control characters, no hash of a password, and no `##[command]`, which
 * a runner executes wherever it stands in a line. (`::command::` counts at the start of a line only, where our
 * prefix stands.)
 */
export function harmless(line: string): string {
  return (
    printable(line)
      .replaceAll('##[', '## [')
      // mariadb-backup shows its user's grants, with the password's hash, when one is missing.
      .replace(/(IDENTIFIED (?:BY PASSWORD|(?:VIA|WITH) \S+ (?:USING|AS)) )'[^']*'/gi, "$1'***'")
      .slice(0, longestLine)
  );
}

/** The last lines that a program wrote, for its error. */
export class Tail {
  readonly #lines: string[] = [];

  add(line: string): void {
    if (line.trim() === '') return;
    this.#lines.push(line);
    if (this.#lines.length > tailLines) this.#lines.shift();
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  get lastLine(): string {
    return this.#lines.at(-1) ?? '';
  }
}

/**
 * Reads a stream to its end (a stderr that nobody drains stops its program) and hands on each line, harmless.
 * `\r` ends a line too: progress displays use it.
 */
export async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.write(chunk as Buffer)).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? '').slice(0, longestLine);
      for (const line of lines) onLine(harmless(line));
    }
  } finally {
    if (rest !== '') onLine(harmless(rest));
  }
}
