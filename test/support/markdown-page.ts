import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actionCommands } from '../../src/inputs/definition.js';
import { repositoryRoot } from './repository-root.js';

export interface CodeBlock {
  /** The first word behind the fence, such as `bash`; empty when there is none. */
  language: string;
  /** What else stands behind the fence. */
  info: string;
  text: string;
  /** The nearest headings above it, the outermost first, as they are written. */
  headings: string[];
}

/** A document of this repository. */
export interface Page {
  /** Relative to the repository. */
  path: string;
  /** The text without its code blocks. */
  prose: string;
  blocks: CodeBlock[];
  headings: { level: number; text: string }[];
  /** The anchors that GitHub makes of the headings. */
  anchors: Set<string>;
}

/** The documents that people read. */
export function pagePaths(): string[] {
  const docs = readdirSync(join(repositoryRoot(), 'docs')).filter((name) => name.endsWith('.md'));
  const actions = actionCommands.map((name) => `actions/${name}/README.md`);
  return ['README.md', ...docs.sort().map((name) => `docs/${name}`), ...actions];
}

/** @throws Error for a code block without an end. */
export function readPage(path: string): Page {
  const blocks: CodeBlock[] = [];
  const headings: Page['headings'] = [];
  const prose: string[] = [];
  let open: { fence: string; indent: number; block: CodeBlock; lines: string[] } | undefined;
  for (const line of readFileSync(join(repositoryRoot(), path), 'utf8').split('\n')) {
    if (open !== undefined) {
      if (line.trim() !== open.fence) {
        open.lines.push(line.slice(open.indent));
        continue;
      }
      blocks.push({ ...open.block, text: `${open.lines.join('\n')}\n` });
      open = undefined;
      continue;
    }
    const [, blanks = '', fence, language = '', info = ''] = /^( *)(`{3,})(\S*) *(.*)$/.exec(line) ?? [];
    if (fence !== undefined) {
      const block = { language, info, text: '', headings: headingsAbove(headings) };
      open = { fence, indent: blanks.length, block, lines: [] };
      continue;
    }
    const [, marks, text] = /^(#{1,6}) (.+)$/.exec(line) ?? [];
    if (marks !== undefined && text !== undefined) headings.push({ level: marks.length, text });
    prose.push(line);
  }
  if (open !== undefined) throw new Error(`${path}: a code block has no end.`);
  return { path, prose: prose.join('\n'), blocks, headings, anchors: anchorsOf(headings) };
}

function headingsAbove(headings: Page['headings']): string[] {
  const above: Page['headings'] = [];
  for (const heading of headings) {
    while ((above.at(-1)?.level ?? 0) >= heading.level) above.pop();
    above.push(heading);
  }
  return above.map(({ text }) => text);
}

/** As GitHub does it: lower case, no punctuation but dash and underscore, a number behind repeated ones. */
function anchorsOf(headings: Page['headings']): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of headings) {
    const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const anchor = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}
