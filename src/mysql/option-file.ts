import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../errors.js';

/** MySQL's option files («my.cnf»): what we need of them. The format is in MySQL's manual, «Using Option Files». */

type Options = Map<string, string>;

/** The connection options of a file's [client] groups; the last of several counts. */
export async function readClientOptions(path: string): Promise<Options> {
  return await readGroups(path, (group) => clientGroups.includes(group));
}

/** The options of the server itself, from [mysqld] and its like. Empty when the file has none of these groups. */
export async function readServerOptions(path: string): Promise<Options> {
  const options = await readGroups(path, (group) => serverGroup.test(group));
  return new Map([...options].map(([name, value]) => [name.replace(/^loose-/, ''), value]));
}

async function readGroups(path: string, isWanted: (group: string) => boolean): Promise<Options> {
  const options: Options = new Map();
  await readInto(options, isWanted, path, 0);
  return options;
}

const clientGroups = [
  'client',
  'client-mariadb',
  'client-server',
  'mariadb-client',
  'xtrabackup',
  'mariadb-backup',
];

/** Such as [mysqld], [mysqld-8.4], [server], [mariadbd]. */
const serverGroup = /^(mysqld|server|mariadb|mariadbd)(-\d+\.\d+)?$/;

async function readInto(
  options: Options,
  isWanted: (group: string) => boolean,
  path: string,
  depth: number,
): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    // The programs skip what is included and cannot be read.
    if (depth > 0) return '';
    throw new UserError(
      'DEFAULTS_FILE_UNREADABLE',
      `The defaults file ${path} cannot be read: ${messageOf(error)}.`,
      'Correct mysql-defaults-file, or let the user that runs this read the file.',
      { cause: error },
    );
  });
  let group = '';
  for (const line of text.split('\n').map(trim)) {
    const include = /^!\s*include(dir)?\s+(.+)$/.exec(line);
    const header = /^\[([^\]]+)\]/.exec(line);
    if (include !== null) {
      if (depth === deepestInclude) continue;
      const target = resolve(dirname(path), include[2] ?? '');
      for (const file of include[1] === 'dir' ? await configFiles(target) : [target]) {
        await readInto(options, isWanted, file, depth + 1);
      }
    } else if (header !== null) {
      group = (header[1] ?? '').trimEnd();
    } else if (isWanted(group)) {
      const option = parseOption(line);
      if (option !== undefined) options.set(...option);
    }
  }
}

const deepestInclude = 10;

async function configFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .filter((name) => name.endsWith('.cnf'))
    .sort()
    .map((name) => join(dir, name));
}

/** `name=value`; dashes and underscores are the same in names. A name alone has an empty value. */
function parseOption(line: string): [string, string] | undefined {
  if (line === '' || /^[#;]/.test(line)) return undefined;
  const text = withoutComment(line);
  const equals = text.includes('=') ? text.indexOf('=') : text.length;
  const name = trim(text.slice(0, equals)).replaceAll('_', '-');
  return name === '' ? undefined : [name, unquote(trim(text.slice(equals + 1)))];
}

/** A comment begins at every `#` outside of quotes, also without a blank before it. */
function withoutComment(line: string): string {
  const [code = ''] = /^(?:[^#"']|"(?:\\.?|[^"\\])*(?:"|$)|'(?:\\.?|[^'\\])*(?:'|$))*/.exec(line) ?? [];
  return code;
}

function trim(text: string): string {
  return text.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '');
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', s: ' ' };

/** Quotes count when they are the first and the last character. Unknown escapes keep their backslash. */
function unquote(value: string): string {
  const bare = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  return bare.replace(/\\([nrtbs"'\\])/g, (_, character: string) => escapes[character] ?? character);
}

/** The text of a [client] group. */
export function clientGroup(options: Readonly<Record<string, string | undefined>>): string {
  return optionGroup('client', options);
}

/** The text of one group. Values are quoted, and may hold anything. */
export function optionGroup(name: string, options: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(options).flatMap(([option, value]) =>
    value === undefined ? [] : [`${option}="${escape(value)}"`],
  );
  return [`[${name}]`, ...lines, ''].join('\n');
}

/** What would end the value, or its line, and let what comes behind be another option. */
function escape(value: string): string {
  return value
    .replace(/[\\"']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}
