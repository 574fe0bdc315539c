import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { actionCommands, commands, type ActionCommand, type Command } from '../src/inputs/definition.js';
import { renderAction, renderInputTable, renderOutputTable, renderRootAction } from '../src/inputs/render.js';

/** A file as it is and as the definition of the inputs wants it. Paths are relative to the repository. */
export interface GeneratedFile {
  path: string;
  current: string | undefined;
  expected: string;
}

/**
 * Every file that is written, wholly or between markers, from the definition of the inputs: the action.yml
 * files, and the tables in README.md, docs/*.md and actions/<name>/README.md, where a document has
 * `<!-- inputs:backup -->` … `<!-- /inputs -->` or `<!-- outputs:backup -->` … `<!-- /outputs -->`.
 * @throws Error for a marker that names no command or has no end.
 */
export async function generatedFiles(root: string): Promise<GeneratedFile[]> {
  const actions = [
    { path: 'action.yml', text: renderRootAction() },
    ...actionCommands.map((name) => ({ path: `actions/${name}/action.yml`, text: renderAction(name) })),
  ];
  const files: GeneratedFile[] = [];
  for (const { path, text } of actions) {
    const expected = await formatted(root, text, 'yaml');
    files.push({ path, current: await readIfPresent(join(root, path)), expected });
  }
  for (const path of await documents(root)) {
    const current = await readIfPresent(join(root, path));
    if (current !== undefined) files.push({ path, current, expected: await withTables(root, path, current) });
  }
  return files;
}

async function documents(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'docs')).catch(() => []);
  const docs = names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  return ['README.md', ...docs.sort(), ...actionCommands.map((name) => `actions/${name}/README.md`)];
}

async function withTables(root: string, path: string, text: string): Promise<string> {
  const marker = /<!-- (inputs|outputs):([^\s]+) -->\n/g;
  const parts: string[] = [];
  let done = 0;
  for (const match of text.matchAll(marker)) {
    const [start, kind = '', name = ''] = match;
    const from = match.index + start.length;
    const to = text.indexOf(`<!-- /${kind} -->`, from);
    if (match.index < done || to === -1)
      throw new Error(`${path}: ${start.trim()} has no <!-- /${kind} -->.`);
    const table = tableFor(kind, name);
    if (table === undefined) throw new Error(`${path}: ${start.trim()} names no command.`);
    parts.push(text.slice(done, from), '\n', await formatted(root, table, 'markdown'), '\n');
    done = to;
  }
  return [...parts, text.slice(done)].join('');
}

function tableFor(kind: string, name: string): string | undefined {
  if (kind === 'inputs') return isOneOf<Command>(commands, name) ? renderInputTable(name) : undefined;
  return isOneOf<ActionCommand>(actionCommands, name) ? renderOutputTable(name) : undefined;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

// The lint check formats every file, so what is written is formatted too, or the two would fight.
async function formatted(root: string, text: string, parser: 'yaml' | 'markdown'): Promise<string> {
  const config = await resolveConfig(join(root, 'package.json'));
  return format(text, { ...config, parser });
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
