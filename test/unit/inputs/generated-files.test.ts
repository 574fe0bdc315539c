import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generatedFiles } from '../../../script/generated-files.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'xbackup-generated-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text: string) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const drifted = async () =>
  (await generatedFiles(root))
    .filter(({ current, expected }) => current !== expected)
    .map(({ path }) => path);

async function generate() {
  for (const { path, expected } of await generatedFiles(root)) await write(path, expected);
}

const actions = [
  'action.yml',
  'actions/backup/action.yml',
  'actions/prepare/action.yml',
  'actions/apply/action.yml',
  'actions/check/action.yml',
  'actions/prune/action.yml',
  'actions/list/action.yml',
];

describe('generated files', () => {
  it('are the action.yml files even where nothing is yet', async () => {
    expect(await drifted()).toEqual(actions);
  });

  it('do not drift once written, and drift again when one is edited', async () => {
    await generate();
    expect(await drifted()).toEqual([]);
    await write('actions/apply/action.yml', 'name: mine\n');
    expect(await drifted()).toEqual(['actions/apply/action.yml']);
  });

  it('are tables between markers, and the text around them stays', async () => {
    const document = [
      '# Mine\n\nbefore\n\n<!-- inputs:prepare -->\nold\n<!-- /inputs -->\n\nbetween\n\n',
      '<!-- outputs:prepare -->\n<!-- /outputs -->\n\nafter\n',
    ].join('');
    const paths = ['README.md', 'docs/guide.md', 'actions/prepare/README.md'];
    for (const path of paths) await write(path, document);
    await write('docs/notes.txt', document);
    expect(await drifted()).toEqual([...actions, ...paths]);
    const readme = (await generatedFiles(root)).find(({ path }) => path === 'README.md')?.expected ?? '';
    expect(readme).toMatch(/^# Mine\n\nbefore\n\n<!-- inputs:prepare -->\n\n\| Input +\| Default/);
    expect(readme).toMatch(/\| `use-memory` +\|/);
    expect(readme).toMatch(/\|\n\n<!-- \/inputs -->\n\nbetween\n\n<!-- outputs:prepare -->\n\n\| Output/);
    expect(readme).toMatch(/\|\n\n<!-- \/outputs -->\n\nafter\n$/);
    expect(readme).not.toContain('old\n');
    await generate();
    expect(await drifted()).toEqual([]);
  });

  it.each([
    [
      'no end',
      '<!-- inputs:backup -->\ntext\n',
      /README\.md: <!-- inputs:backup --> has no <!-- \/inputs -->/,
    ],
    ['the other end', '<!-- inputs:backup -->\n<!-- /outputs -->\n', /has no <!-- \/inputs -->/],
    ['an unknown command', '<!-- inputs:restore -->\n<!-- /inputs -->\n', /names no command/],
    ['outputs of an unknown command', '<!-- outputs:restore -->\n<!-- /outputs -->\n', /names no command/],
    [
      'a marker inside a part',
      '<!-- inputs:list -->\n<!-- inputs:backup -->\n<!-- /inputs -->\n<!-- /inputs -->\n',
      /has no/,
    ],
  ])('refuse a marker with %s', async (_, text, expected) => {
    await write('README.md', text);
    await expect(generatedFiles(root)).rejects.toThrow(expected);
  });
});
