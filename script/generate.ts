import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generated-files.js';

/**
 * `npm run generate`: writes the action.yml files and the documents' tables from the definition of the inputs.
 * With --check it writes nothing and fails when something differs.
 */

// This runs as build/script/generate.js.
const root = fileURLToPath(new URL('../..', import.meta.url));
const check = process.argv.includes('--check');

const drifted = (await generatedFiles(root)).filter(({ current, expected }) => current !== expected);
for (const { path, expected } of drifted) {
  if (check) {
    console.error(`${path} is not what src/inputs/definition.ts gives.`);
    continue;
  }
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), expected);
  console.log(`Wrote ${path}`);
}
if (check && drifted.length > 0) {
  console.error('Run `npm run generate`, and commit what it writes.');
  process.exitCode = 1;
}
