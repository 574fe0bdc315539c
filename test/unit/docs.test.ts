import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseManifest } from '../../src/chain/manifest.js';
import { errorCodes, type ErrorCode } from '../../src/errors.js';
import {
  actionCommands,
  commands,
  inputDefinitions,
  inputNames,
  outputDefinitions,
  type Command,
  type InputName,
} from '../../src/inputs/definition.js';
import { environmentVariable } from '../../src/inputs/names.js';
import { readPrepared } from '../../src/operations/prepared.js';
import { explanationOf } from '../../src/report/failure-summary.js';
import { toolLines } from '../../src/tools/lines.js';
import { pagePaths, readPage, type Page } from '../support/markdown-page.js';
import { repositoryRoot } from '../support/repository-root.js';
import { publishedName, validateWorkflow } from '../support/workflow-validator.js';

const pages = pagePaths().map((path) => readPage(path));
const page = (path: string): Page => {
  const found = pages.find((each) => each.path === path);
  if (found === undefined) throw new Error(`There is no ${path}`);
  return found;
};
const allInputs = Object.keys(inputDefinitions) as InputName[];
const allOutputs = Object.values(outputDefinitions).flatMap((outputs) => Object.keys(outputs));

describe('docs/troubleshooting.md', () => {
  const text = page('docs/troubleshooting.md');
  const entries = text.headings.filter(({ level }) => level === 3).map((heading) => heading.text);
  let source = '';

  beforeAll(async () => {
    const folder = join(repositoryRoot(), 'src');
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
    source = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
  });

  it('has an entry for each error code, once, and none for others', () => {
    expect([...entries].sort()).toEqual(Object.keys(errorCodes).sort());
  });

  describe.each(Object.entries(errorCodes) as [ErrorCode, string][])('%s', (code, title) => {
    const [example] = text.blocks.filter(({ headings }) => headings.at(-1) === code);

    it('is found by the address that errors show, and has its title', () => {
      expect(text.anchors).toContain(new URL(explanationOf(code)).hash.slice(1));
      expect(text.prose).toContain(`### ${code}\n\n**${title}.**`);
    });

    it('has a message as an example that the code really gives', () => {
      const message = example?.text.trim() ?? '';
      const pieces = Array.from({ length: message.length - 15 }, (_, start) =>
        message.slice(start, start + 16),
      );
      expect(pieces.filter((piece) => source.includes(piece))).not.toEqual([]);
    });
  });
});

describe.each(pages)('$path', ({ path, prose, blocks }) => {
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, words = '']) => words);

  it('has no link that leads nowhere', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !leadsSomewhere(path, target))).toEqual([]);
  });

  it('names only files that are there', () => {
    const words = [...inline, ...blocks.flatMap(({ text }) => text.split(/\s+/))];
    const files = words.filter((word) => /^(src|script|test|docs|actions|dist)\/[\w./-]+$/.test(word));
    expect(files.filter((file) => !existsSync(join(repositoryRoot(), file)))).toEqual([]);
  });

  it('has only commands and flags that the command line has', () => {
    const lines = blocks.flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'));
    const calls = [...lines, ...inline].filter((line) => /^xbackup [a-z]/.test(line));
    for (const call of calls) {
      const [, command = '', ...words] = call.split(/\s+/);
      expect(commands).toContain(command);
      const flags = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=')[0]);
      const known = [...inputNames(command as Command), 'help'];
      expect(flags.filter((flag) => !known.includes(flag as InputName))).toEqual([]);
    }
  });

  it('has only variables of the command line and of the tests that there are', () => {
    const text = blocks
      .filter(({ language }) => language !== 'yaml')
      .map((block) => block.text)
      .join('\n');
    const named = [...`${text} ${inline.join(' ')}`.matchAll(/\bXBACKUP_[A-Z0-9_]+/g)].map(([name]) => name);
    const known = [...allInputs.map(environmentVariable), ...testVariables()];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('names only inputs and outputs that there are', () => {
    const names = inline.flatMap((words) => /^([a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?::|$)/.exec(words)?.[1] ?? []);
    const known = [...allInputs, ...allOutputs, ...otherWords];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has only outputs in its workflows that the actions have', () => {
    const text = blocks.map((block) => block.text).join('\n');
    const used = [...text.matchAll(/\bsteps\.[\w-]+\.outputs\.([\w-]+)/g)].map(([, name = '']) => name);
    expect(used.filter((name) => !allOutputs.includes(name))).toEqual([]);
  });

  it('has only workflows that GitHub accepts, and JSON and YAML that can be read', async () => {
    for (const { language, text } of blocks) {
      if (language === 'json') expect(() => JSON.parse(text) as unknown).not.toThrow();
      if (language !== 'yaml') continue;
      expect(await validateWorkflow(Array.isArray(parse(text)) ? aroundSteps(text) : text)).toEqual([]);
    }
  });
});

/** A workflow with these steps. */
function aroundSteps(steps: string): string {
  const indented = steps.replace(/^(?=.)/gm, '      ');
  return `on: workflow_dispatch\njobs:\n  job:\n    runs-on: self-hosted\n    steps:\n${indented}`;
}

/** The variables that the tests and their servers read. */
function testVariables(): string[] {
  return ['script/mysql-server', 'test/support/e2e/backup-tool.ts'].flatMap((path) =>
    [...readFileSync(join(repositoryRoot(), path), 'utf8').matchAll(/XBACKUP_E2E_\w+/g)].map(
      ([name]) => name,
    ),
  );
}

/** Words with a dash that are code and yet no input: programs, values of inputs, other people's settings. */
const otherWords = [
  ...[
    'mariadb-backup',
    'mariadb-binlog',
    'age-keygen',
    'move-back',
    'copy-back',
    'full-prepared',
    'log-applied',
  ],
  ...toolLines.map(({ package: { name } }) => name),
  'x-amz-meta-xbackup-sha256',
  ...['id-token', 'timeout-minutes', 'runs-on', 'role-duration-seconds'],
];

function leadsSomewhere(path: string, target: string): boolean {
  const own = `https://github.com/${publishedName}/blob/main/`;
  if (/^https?:/.test(target) && !target.startsWith(own)) return true;
  const [file = '', anchor] = target.replace(own, '/').split('#');
  const found = file.startsWith('/')
    ? file.slice(1)
    : file === ''
      ? path
      : normalize(join(dirname(path), file));
  if (!existsSync(join(repositoryRoot(), found))) return false;
  return anchor === undefined || page(found).anchors.has(anchor);
}

describe('README.md', () => {
  const { prose, blocks } = page('README.md');

  it.each(actionCommands)('has the tables of %s', (command) => {
    const table = (kind: string) =>
      new RegExp(`<!-- ${kind}:${command} -->([^]*?)<!-- /${kind} -->`).exec(prose)?.[1] ?? '';
    for (const name of inputNames(command)) expect(table('inputs')).toContain(`| \`${name}\``);
    const outputs = Object.keys(outputDefinitions[command]);
    for (const name of outputs) expect(table('outputs')).toContain(`| \`${name}\``);
  });

  it('has the two commands, and the test command in a block', () => {
    const text = blocks.map((block) => block.text).join('\n');
    expect(text).toMatch(/^script\/demo\b/m);
    expect(text).toMatch(/^script\/test\b/m);
  });

  it('has a workflow for backups, a check, and a workflow for restores', () => {
    const workflows = blocks.filter(({ language }) => language === 'yaml').map(({ text }) => text);
    expect(workflows).toHaveLength(3);
    expect(workflows[0]).toContain(`uses: ${publishedName}/actions/backup@v1`);
    expect(workflows[1]).toContain(`uses: ${publishedName}/actions/check@v1`);
    expect(workflows[2]).toMatch(/actions\/prepare@v1[^]*actions\/apply@v1/);
  });
});

describe('docs/backup-format.md', () => {
  const { prose, blocks } = page('docs/backup-format.md');
  const [manifestText = '', preparedText = ''] = blocks
    .filter(({ language }) => language === 'json')
    .map(({ text }) => text);
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'xbackup-docs-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('has a manifest as an example that is read, and explains its fields', () => {
    const manifest = parseManifest(manifestText, 'example');
    expect(manifest).toEqual(JSON.parse(manifestText));
    for (const field of Object.keys(manifest)) expect(prose).toContain(`\`${field}\``);
    for (const field of Object.keys(manifest.mysql)) expect(prose).toContain(`\`${field}\``);
  });

  it('has a prepared.json as an example that is read', async () => {
    await writeFile(join(dir, 'prepared.json'), preparedText);
    expect(await readPrepared(dir)).toEqual(JSON.parse(preparedText));
  });
});
