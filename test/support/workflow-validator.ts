import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ActionMetadata, ActionReference } from '@actions/languageservice/action';
import { build } from 'esbuild';
import { parse } from 'yaml';

/** Checks workflow and action files with the code that GitHub's own editor support uses. No network. */

export const repositoryRoot = resolve(import.meta.dirname, '../..');
/** The name under which workflows refer to this repository. */
export const publishedName = 'xbackup/xbackup';

/** What is wrong, as `line: message`. Empty for a file that GitHub accepts. */
export async function validateWorkflow(text: string, name = 'workflow.yml'): Promise<string[]> {
  return diagnose(text, `.github/workflows/${name}`);
}

/** The same for an action.yml file. */
export async function validateActionFile(text: string): Promise<string[]> {
  return diagnose(text, 'action.yml');
}

/** The inputs and outputs of one of this repository's actions: '' for the root one, else `actions/backup`. */
export async function ownAction(path: string): Promise<ActionMetadata | undefined> {
  const file = join(repositoryRoot, path, 'action.yml');
  return existsSync(file) ? (parse(await readFile(file, 'utf8')) as ActionMetadata) : undefined;
}

let documents = 0;

async function diagnose(text: string, path: string): Promise<string[]> {
  const service = await loadLanguageService();
  // A ./ reference is taken as unknowable; under its published name our own action.yml is looked up for it.
  const resolvable = text.replace(/(uses:\s*)\.\/(actions\/[\w-]+)/g, `$1${publishedName}/$2@v0`);
  // Results are cached by address: each text needs its own, or it gets another's.
  const uri = `file:///${documents++}/${path}`;
  const document = service.TextDocument.create(uri, 'yaml', 1, resolvable);
  const diagnostics = await service.validate(document, {
    actionsMetadataProvider: { fetchActionMetadata },
    fileProvider: { getFileContent },
  });
  const failures = service.failures.splice(0).map((message) => `the validator failed: ${message}`);
  return [...failures, ...diagnostics.map(({ range, message }) => `${range.start.line + 1}: ${message}`)];
}

async function fetchActionMetadata(reference: ActionReference): Promise<ActionMetadata | undefined> {
  const repository = `${reference.owner}/${reference.name}`;
  if (repository === publishedName) return ownAction(reference.path ?? '');
  const names = otherActions[repository];
  if (names === undefined) return undefined;
  const inputs = Object.fromEntries(names.map((name) => [name, { description: '' }]));
  return { name: repository, description: '', inputs };
}

/** The inputs of other people's actions that our workflows may use. One that is not here is an error. */
const otherActions: Record<string, string[]> = {
  'actions/checkout': ['fetch-depth', 'path', 'persist-credentials', 'ref', 'repository', 'token'],
  'actions/setup-node': ['cache', 'cache-dependency-path', 'node-version', 'node-version-file'],
  'aws-actions/configure-aws-credentials': [
    'aws-region',
    'role-duration-seconds',
    'role-session-name',
    'role-to-assume',
  ],
};

async function getFileContent(reference: { path: string }): Promise<{ name: string; content: string }> {
  const content = await readFile(join(repositoryRoot, reference.path), 'utf8');
  return { name: reference.path, content };
}

interface LanguageService {
  validate: (document: unknown, config: unknown) => Promise<Diagnostic[]>;
  /** Logs through this what it swallows: an exception of its own would else look like a good file. */
  registerLogger: (logger: Record<'error' | 'warn' | 'info' | 'log', (message: string) => void>) => void;
  TextDocument: { create: (uri: string, language: string, version: number, text: string) => unknown };
}

interface Diagnostic {
  range: { start: { line: number } };
  message: string;
}

let loaded: Promise<LanguageService & { failures: string[] }> | undefined;

function loadLanguageService(): Promise<LanguageService & { failures: string[] }> {
  loaded ??= bundleLanguageService().then(async (file) => {
    const service = (await import(pathToFileURL(file).href)) as LanguageService;
    const failures: string[] = [];
    const ignore = () => undefined;
    const error = (message: string) => void failures.push(message);
    service.registerLogger({ error, warn: ignore, info: ignore, log: ignore });
    return { ...service, failures };
  });
  return loaded;
}

const entry =
  "export { validate, registerLogger } from '@actions/languageservice';\n" +
  "export { TextDocument } from 'vscode-languageserver-textdocument';";

/** The packages import JSON without attributes, which Node refuses: bundled once, they can be imported. */
async function bundleLanguageService(): Promise<string> {
  const lock = await readFile(join(repositoryRoot, 'package-lock.json'));
  const version = createHash('sha256').update(entry).update(lock).digest('hex').slice(0, 16);
  const folder = join(repositoryRoot, 'node_modules/.cache/xbackup');
  const file = join(folder, `workflow-validator-${version}.mjs`);
  if (existsSync(file)) return file;
  const { outputFiles } = await build({
    stdin: {
      contents: entry,
      resolveDir: repositoryRoot,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    // Some of the packages in it are CommonJS and call require.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  await mkdir(folder, { recursive: true });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild gave no output.');
  // Other test workers may be doing the same: each writes its own file, and the name appears at once.
  await writeFile(`${file}.${process.pid}`, output.contents);
  await rename(`${file}.${process.pid}`, file);
  return file;
}
