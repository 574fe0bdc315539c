import * as prettier from 'prettier';

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** Prettier brings a parser of GitHub's Markdown, and gives it out for tests of its own. */
interface WithDebug {
  __debug: { parse(text: string, options: { parser: 'markdown' }): Promise<{ ast: Node }> };
}

/** Nodes that are mere text to whoever reads the page. */
const plain = new Set(['text', 'inlineCode', 'break', 'liquidNode']);

/**
 * What a page consists of, without its words: headings, paragraphs, tables with their rows and cells, lists, links,
 * images, HTML. Two pages of the same shape differ in text only.
 */
export async function shapeOf(markdown: string): Promise<string> {
  const { ast } = await (prettier as unknown as WithDebug).__debug.parse(markdown, { parser: 'markdown' });
  return describeNode(ast);
}

function describeNode({ type, value = '', children = [] }: Node): string {
  const inner = children.filter((child) => !plain.has(child.type)).map(describeNode);
  // What a fold is called is text; that it is nothing but a fold is not.
  const html = type === 'html' ? ` ${value.replace(/(<summary>)[^<>]*(<\/summary>)/g, '$1$2')}` : '';
  return `${type}${html}${inner.length === 0 ? '' : `(${inner.join(' ')})`}`;
}
