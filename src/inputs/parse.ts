import { isAbsolute } from 'node:path';
import type { z } from 'zod';
import { UserError } from '../errors.js';
import { inputNames, type Command, type inputDefinitions, type InputName } from './definition.js';
import { camelCase, definitionOf, type CamelCase } from './names.js';
import { findConflicts } from './conflicts.js';

type Definitions = typeof inputDefinitions;
type NameFor<C extends Command> = {
  [N in InputName]: C extends Definitions[N]['commands'][number] ? N : never;
}[InputName];
type Settled = { required: true } | { default: unknown };
type ValueOf<N extends InputName> =
  z.output<Definitions[N]['schema']> | (Definitions[N] extends Settled ? never : undefined);

/** The inputs of a command under camelCase names. What has no default and was not given is `undefined`. */
export type Inputs<C extends Command> = { [N in NameFor<C> as CamelCase<N>]: ValueOf<N> };

/** Gives the text of an input, from wherever it comes: GitHub, a flag, a variable. */
export type ReadInput = (name: InputName) => string | undefined;

/**
 * Reads and checks every input of a command. Blank text counts as not given, and blanks around a value are
 * dropped, as GitHub does it: so a value means the same from a workflow and from a terminal.
 * @throws UserError INPUT_INVALID that lists everything that is wrong, not only the first.
 */
export function parseInputs<C extends Command>(command: C, read: ReadInput): Inputs<C> {
  const values: Partial<Record<InputName, unknown>> = {};
  const given = new Set<InputName>();
  const problems: string[] = [];
  for (const name of inputNames(command)) {
    const text = givenText(read, name);
    if (text !== undefined) given.add(name);
    const result = parseOne(name, text);
    if ('problem' in result) problems.push(result.problem);
    else values[name] = result.value;
  }
  problems.push(...findConflicts(command, given, values));
  if (problems.length > 0) throw invalid(command, problems);
  const entries = Object.entries(values).map(([name, value]) => [camelCase(name), value] as const);
  // Each name's value came out of that name's own schema just above.
  return Object.fromEntries(entries) as Inputs<C>;
}

/** The values that must never be seen in a log. A path is no secret, and messages about it have to show it. */
export function secretValues(command: Command, read: ReadInput): string[] {
  return inputNames(command)
    .filter((name) => definitionOf(name).secret)
    .flatMap((name) => {
      const text = givenText(read, name);
      return text === undefined || (name === 'decrypt-identity' && isAbsolute(text)) ? [] : [text];
    });
}

function givenText(read: ReadInput, name: InputName): string | undefined {
  const text = read(name)?.trim();
  return text === '' ? undefined : text;
}

type ParsedInput = { value: unknown } | { problem: string };

function parseOne(name: InputName, text: string | undefined): ParsedInput {
  const definition = definitionOf(name);
  const { accepts, required, secret, defaultText } = definition;
  if (text === undefined && required) return { problem: `${name} is missing. Accepted: ${accepts}.` };
  const fallback = typeof definition.default === 'function' ? definition.default() : definition.default;
  const effective = text ?? fallback;
  if (effective === undefined) return { value: undefined };
  const result = definition.schema.safeParse(effective);
  if (result.success) return { value: result.data };
  const shown = secret ? 'not valid (its value is secret)' : visible(effective);
  const origin = text === undefined ? ` (${defaultText ?? 'the default'})` : '';
  return { problem: `${name} is ${shown}${origin}. Accepted: ${accepts}.` };
}

const longestShown = 80;

/** A value as a message may show it: short, on one line, without the credentials that people put into it. */
function visible(text: string): string {
  const redacted = text
    .replace(/\/\/\S*@/g, '//***@')
    .replace(/\?\S+/g, '?***')
    .replace(/(pass\w*[=:\s]+|(?:^|\s)-p)\S+/gi, '$1***')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
  const cut = redacted.length > longestShown ? `${redacted.slice(0, longestShown)}…` : redacted;
  return `"${cut}"`;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function invalid(command: Command, problems: readonly string[]): UserError {
  const message =
    problems.length === 1
      ? problems.join('')
      : [`${problems.length} inputs are not right:`, ...problems.map((problem) => `- ${problem}`)].join('\n');
  return new UserError(
    'INPUT_INVALID',
    message,
    `Nothing was touched. All inputs of ${command} are in the README's table and in \`xbackup ${command} --help\`.`,
  );
}
