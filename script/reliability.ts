import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownTable } from 'markdown-table';
import { format, resolveConfig } from 'prettier';

/**
 * `npm run reliability`: writes the table of faults in docs/reliability.md from what the last run of
 * `script/test` has seen.
 */

// This runs as build/script/reliability.js.
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs/reliability.md');
const seen = join(root, '.cache/faults');

interface Outcome {
  operation: string;
  step: string;
  fault: string;
  outcome: string;
}

const files = (await readdir(seen)).filter((name) => name.endsWith('.json'));
const outcomes: Outcome[] = [];
for (const name of files.sort()) {
  outcomes.push(...(JSON.parse(await readFile(join(seen, name), 'utf8')) as Outcome[]));
}
// The same in two ways (by copying and by moving, say) is one row.
const lines = outcomes.map(({ operation, step, fault, outcome }) =>
  [operation, step, fault, outcome].join('\0'),
);
const rows = [...new Set(lines)].sort().map((line) => line.split('\0'));
const table = markdownTable([['Operation', 'Step', 'Fault', 'Seen'], ...rows]);
const text = await readFile(page, 'utf8');
const [begin, end] = ['<!-- faults -->\n', '<!-- /faults -->'];
const [before = '', after = ''] = [text.split(begin)[0], text.split(end)[1]];
const options = await resolveConfig(page);
await writeFile(
  page,
  await format(`${before}${begin}\n${table}\n\n${end}${after}`, { ...options, parser: 'markdown' }),
);
console.log(`Wrote ${rows.length} rows from ${files.length} test files.`);
