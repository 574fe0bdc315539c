import { markdownTable } from 'markdown-table';

/** Markdown from values that may hold anything. */

/** GitHub drops a summary that is too long, and a server may say as much as it likes. */
const longestText = 4000;
const longestCode = 2000;
const longestBlock = 200_000;

function within(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Text as it is, inside a sentence or a table cell. */
export function escapeText(text: string): string {
  return escapeHtml(onOneLine(within(text, longestText))).replace(/[\\`*_[\]|#~]/g, '\\$&');
}

/** Text that begins a line, where more would mean something: a list, a heading's underline, a block of code. */
export function escapeLine(text: string): string {
  return escapeText(text.trimStart()).replace(/^(\d*)([-+=.)])/, '$1\\$2');
}

/** Wherever one takes it for the end of a line. */
const lineEnd = /[\n\v\f\r\u0085\u2028\u2029]/;
/** What is not seen: also the marks that turn the direction of writing. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function onOneLine(text: string): string {
  const [first = '', ...more] = text.split(lineEnd);
  const words = [first, ...more.map((line) => line.trim()).filter((line) => line !== '')];
  return words
    .map((line, index) => (index < words.length - 1 ? line.trimEnd() : line))
    .join(' ')
    .replace(unseen, ' ');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '');
}

/** Our own sentences, in which `words like these` are code. */
export function sentence(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? code(part.slice(1, -1)) : escapeText(part)))
    .join('');
}

/** Text in code style; of backticks and bars there are none in what we show so. */
export function code(text: string): string {
  const safe = onOneLine(within(text, longestCode)).replace(/[`|]/g, ' ');
  return safe.trim() === '' ? '' : `\`${safe}\``;
}

/** A block that keeps its lines, whatever is in them. */
export function codeBlock(text: string, language: 'text' | 'sql' = 'text'): string {
  const shown = within(text, longestBlock);
  let longestRun = 2;
  for (const [run] of shown.matchAll(/`+/g)) longestRun = Math.max(longestRun, run.length);
  const fence = '`'.repeat(longestRun + 1);
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** Rows of ready Markdown cells, the first one the heading. */
export function table(rows: readonly (readonly string[])[], align?: readonly string[]): string {
  // To fill up all cells to the width of a long one would make a long page.
  const alignDelimiters = rows.every((row) => row.every((cell) => cell.length <= 200));
  return markdownTable(rows, { alignDelimiters, ...(align === undefined ? {} : { align: [...align] }) });
}

/**
 * A table of names and values; rows without a value are left out. A Markdown table needs a heading: the first
 * row is it, since an empty one would show.
 */
export function facts(rows: readonly (readonly [string, string | undefined])[]): string {
  const present = rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '');
  return table(present, ['l', 'l']);
}

/** Something folded away under one line. (The title is HTML: there Markdown means nothing.) */
export function details(title: string, body: string): string {
  return `<details><summary>${escapeHtml(title)}</summary>\n\n${body}\n\n</details>`;
}

/** Paragraphs and blocks, one after the other. */
export function page(blocks: readonly (string | undefined)[]): string {
  return `${blocks.filter((block) => block !== undefined && block !== '').join('\n\n')}\n`;
}
