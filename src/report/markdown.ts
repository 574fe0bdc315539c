import { markdownTable } from 'markdown-table';

/** Markdown from values that may hold anything. */

/** Text as it is, inside a sentence or a table cell. */
export function escapeText(text: string): string {
  return escapeHtml(text)
    .replace(/[\\`*_[\]|#~]/g, '\\$&')
    .replace(/\s*\n\s*/g, ' ');
}

/** Text that begins a line, where more would mean something: a list, a heading's underline, a block of code. */
export function escapeLine(text: string): string {
  return escapeText(text.trimStart()).replace(/^(\d*)([-+=.)])/, '$1\\$2');
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
  return text === '' ? '' : `\`${text.replace(/[`|\n]/g, ' ')}\``;
}

/** A block that keeps its lines, whatever is in them. */
export function codeBlock(text: string, language: 'text' | 'sql' = 'text'): string {
  const longestRun = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Rows of ready Markdown cells, the first one the heading. */
export function table(rows: readonly (readonly string[])[], align?: readonly string[]): string {
  return markdownTable(rows, align === undefined ? {} : { align: [...align] });
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
