import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ncc from '@vercel/ncc';
import { actionCommands } from '../src/inputs/input-definition.js';

/**
 * `npm run bundle`: writes dist/, which is committed because the runner starts an action from its repository as
 * it is. One core holds all code; what it loads with `await import()` becomes chunks beside it; each action and
 * the command line is a small entry. With --check it writes nothing and fails when dist/ is something else.
 */

interface BundledFile {
  content: Buffer;
  executable: boolean;
}
type Bundle = Map<string, BundledFile>;

// Modules that may be missing. mysql2 colours SQL with cardinal in a debug mode, where it is installed.
const optional = ['cardinal'];
const actionEntries = [...actionCommands, 'main', 'post', 'cache'];

// This runs as build/script/bundle.js, after tsc.
const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
// webpack writes module paths relative to the working directory into the code.
process.chdir(root);

const bundle = await build();
const different = await differences(bundle);
if (process.argv.includes('--check')) {
  for (const { name, what } of different) console.error(`dist/${name} ${what}.`);
  if (different.length > 0) {
    console.error('dist/ is not what the source gives. Run `npm run bundle`, and commit what it writes.');
    process.exitCode = 1;
  }
} else {
  await mkdir(dist, { recursive: true });
  for (const { name } of different) await put(name, bundle.get(name));
  for (const [name, { content }] of [...bundle].sort()) {
    console.log(`${String(Math.ceil(content.length / 1024)).padStart(6)} KiB  dist/${name}`);
  }
}

async function build(): Promise<Bundle> {
  const { code, assets } = await ncc(join(root, 'build/src/core.js'), {
    filename: 'core.js',
    cache: false,
    quiet: true,
    license: 'licenses.txt',
    target: 'es2022',
    filterAssetBase: root,
  });
  const files: Bundle = new Map();
  const add = (name: string, text: string | Buffer, executable = false) => {
    files.set(name, { content: Buffer.from(text), executable });
  };
  add('core.js', code);
  for (const [name, { source }] of Object.entries(assets)) add(name, source);
  for (const name of actionEntries) {
    add(`${name}.js`, `import { runAction } from './core.js';\nawait runAction('${name}');\n`);
  }
  const cli =
    "#!/usr/bin/env node\nimport { runCli } from './core.js';\nawait runCli(process.argv.slice(2));\n";
  add('cli.js', cli, true);
  refuseMissing(files);
  return files;
}

/** A module that ncc cannot find becomes a require that fails only when its line runs. */
function refuseMissing(files: Bundle): void {
  const missing = [...files.values()]
    .flatMap(({ content }) => [...content.toString().matchAll(/eval\("require"\)\("([^"]+)"\)/g)])
    .flatMap(([, name]) => (name === undefined || optional.includes(name) ? [] : [name]));
  if (missing.length > 0) throw new Error(`Not found while bundling: ${missing.join(', ')}.`);
}

interface Difference {
  name: string;
  what: string;
}

async function differences(expected: Bundle): Promise<Difference[]> {
  const present = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = present.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const names = paths.map((path) => path.slice(dist.length + 1));
  const extra = names.filter((name) => !expected.has(name)).map((name) => ({ name, what: 'is extra' }));
  const wrong: Difference[] = [];
  for (const [name, file] of expected) {
    if (!names.includes(name)) wrong.push({ name, what: 'is missing' });
    else if (!file.content.equals(await readFile(join(dist, name)))) wrong.push({ name, what: 'differs' });
    else if (file.executable !== (((await stat(join(dist, name))).mode & 0o100) !== 0))
      wrong.push({ name, what: file.executable ? 'is not executable' : 'is executable' });
  }
  return [...wrong, ...extra];
}

async function put(name: string, file: BundledFile | undefined): Promise<void> {
  const path = join(dist, name);
  if (file === undefined) return rm(path);
  await writeFile(path, file.content);
  await chmod(path, file.executable ? 0o755 : 0o644);
}
