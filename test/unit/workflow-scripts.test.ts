import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { pagePaths, readPage } from '../support/markdown-page.js';
import { repositoryRoot } from '../support/repository-root.js';

/** No expression stands inside a shell script: what somebody types, or a branch's name, would become code there. */

const root = repositoryRoot();

interface Source {
  name: string;
  text: string;
}

const workflowFolder = '.github/workflows';
const workflows: Source[] = readdirSync(join(root, workflowFolder)).map((name) => {
  const path = join(workflowFolder, name);
  return { name: path, text: readFileSync(join(root, path), 'utf8') };
});
const actions: Source[] = [
  '',
  ...readdirSync(join(root, 'actions')).map((name) => join('actions', name)),
].map((folder) => {
  const path = join(folder, 'action.yml');
  return { name: path, text: readFileSync(join(root, path), 'utf8') };
});
const examples: Source[] = pagePaths().flatMap((path) =>
  readPage(path)
    .blocks.filter(({ language }) => ['yaml', 'yml'].includes(language))
    .map(({ text }, index) => ({ name: `${path}, example ${index + 1}`, text })),
);

/** Every script in a YAML text: the value of each `run`, wherever it stands. */
function scriptsIn(text: string): string[] {
  return parseAllDocuments(text).flatMap((document) => scriptsOf(document.toJS()));
}

function scriptsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'run' && typeof inner === 'string' ? [inner] : scriptsOf(inner),
  );
}

it.each([...workflows, ...actions, ...examples])('$name', ({ text }) => {
  expect(scriptsIn(text).filter((script) => script.includes('${{'))).toEqual([]);
});

it('there are scripts to look at, and the look sees an expression in one', () => {
  expect(workflows.flatMap(({ text }) => scriptsIn(text)).length).toBeGreaterThan(3);
  expect(examples.length).toBeGreaterThan(3);
  expect(scriptsIn('jobs: { a: { steps: [ { run: "echo ${{ inputs.server }}" } ] } }')).toEqual([
    'echo ${{ inputs.server }}',
  ]);
});

it('the commands of a restore come from whoever writes the workflow, never from whoever starts it', () => {
  const restore = workflows.find(({ name }) => name.endsWith('restore.yml'))?.text ?? '';
  expect(restore).toContain('actions/apply');
  expect(restore).not.toMatch(/^\s*(stop|start)-command: \$\{\{ *(inputs|github)\./m);
});
