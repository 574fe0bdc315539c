import { isAbsolute, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../../src/errors.js';
import { commands, inputNames, type Command, type InputName } from '../../../src/inputs/definition.js';
import { definitionOf } from '../../../src/inputs/names.js';
import { parseInputs } from '../../../src/inputs/parse.js';
import {
  controlCharacter,
  hostileText,
  longText,
  runnerCommands,
  shellCode,
} from '../../support/hostile-text.js';

/** Whoever may start a workflow may put anything into an input. */

/** What each command needs, to see what becomes of one more. */
const needed: Partial<Record<InputName, string>> = {
  's3-bucket': 'my-backups',
  server: 'db1',
  date: '2026-11-22',
  'prepared-dir': '/xbackup/recovery',
  datadir: '/var/lib/mysql',
  confirm: 'db1',
};

/** The value, or why it is refused; undefined where a blank text counts as not given. */
function given(command: Command, name: InputName, text: string): { value: unknown } | { refusal: UserError } {
  try {
    const inputs: Record<string, unknown> = parseInputs(command, (asked) =>
      asked === name ? text : needed[asked],
    );
    return { value: inputs[name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())] };
  } catch (error) {
    if (error instanceof UserError) return { refusal: error };
    throw error;
  }
}

const cases = commands.flatMap((command) => inputNames(command).map((name) => [command, name] as const));
const anyCase = fc.constantFrom(...cases);

// eslint-disable-next-line no-control-regex -- these are what is refused
const onOneLine = /^[^\u0000-\u001f\u007f]+$/;

/** Taken as the text that it is: a shell command, by whoever writes the workflow; what goes to no shell and no key. */
const looseTexts: readonly InputName[] = [
  'stop-command',
  'start-command',
  'mysql-user',
  'mysql-password',
  'encrypt-passphrase',
  'decrypt-passphrase',
  'confirm',
];

function expectSafe(name: InputName, value: unknown): void {
  if (typeof value !== 'string') return;
  if (looseTexts.includes(name)) return expect(value).toMatch(onOneLine);
  if (isAbsolute(value)) {
    expect(value).toBe(normalize(value));
    expect(value).not.toContain('\0');
    expect(value.split('/')).not.toContain('..');
    return;
  }
  // All others are words of a few safe characters, so neither a key, a path, a host nor a log can be made of them.
  expect(value).toMatch(/^[\w.:/=@+ -]*$/);
  if (name === 'server' || name === 's3-prefix') {
    expect(value.split('/').every((part) => /^[\w.=-]{1,200}$/.test(part) && !/^\.+$/.test(part))).toBe(true);
  }
}

describe('an input with hostile text', () => {
  it('is refused in a few words on one line, or taken for no more than it is', () => {
    fc.assert(
      fc.property(anyCase, hostileText, ([command, name], text) => {
        const result = given(command, name, text);
        if ('value' in result) return expectSafe(name, result.value);
        const { code, message } = result.refusal;
        expect(code).toBe('INPUT_INVALID');
        expect(message.length).toBeLessThan(1000);
        expect(message).not.toMatch(controlCharacter);
        // Each problem has its line, and no other begins with what the text says.
        for (const line of message.split('\n'))
          expect(line).toMatch(/^(\d+ inputs are not right:|(- )?[a-z0-9-]+ )/);
        if (definitionOf(name).secret && text.trim().length > 12) expect(message).not.toContain(text.trim());
      }),
      { numRuns: 1500 },
    );
  });

  const names = [
    'server',
    's3-prefix',
    's3-bucket',
    's3-region',
    'mysql-host',
    'owner',
    'timezone',
    'date',
    'hour',
  ] as const;
  const texts = [
    ...runnerCommands,
    ...shellCode,
    'db1\n::error::x',
    'db1\0',
    '..',
    '.',
    '../db2',
    'db1/../db2',
    '/etc',
    'db1\u2028x',
    '\u202edb1',
    "db1'",
    'db1 db2',
    '-rf',
    '--help',
    longText,
    '${{ secrets.X }}',
  ];

  /** None of these is ever a word of its own in a command, and a line of the log begins with none. */
  const mayBe = (name: InputName): string[] => {
    if (name === 'mysql-host') return ['-rf', '--help', '.', '..', ...runnerCommands];
    return ['-rf', '--help', ...(name === 's3-prefix' ? ['/etc'] : [])];
  };

  it.each(names)('%s takes none of these', (name) => {
    const command = commands.find((each) => inputNames(each).includes(name)) as Command;
    const taken = texts.filter((text) => {
      const result = given(command, name, text);
      return 'value' in result && result.value !== undefined;
    });
    expect(taken.filter((text) => !mayBe(name).includes(text)).map((text) => text.slice(0, 60))).toEqual([]);
  });

  it.each([
    'https://user:password@s3.example.com',
    'https://user@s3.example.com',
    'https://:password@s3.example.com',
    'https://user:pass/word@s3.example.com',
    'https://user:p@ssword@s3.example.com',
    'https://s3.example.com/?X-Amz-Signature=password',
  ])('s3-endpoint is refused with credentials in it, and they are not shown: %s', (text) => {
    const result = given('backup', 's3-endpoint', text);
    expect(result).toMatchObject({ refusal: { code: 'INPUT_INVALID' } });
    expect('refusal' in result ? result.refusal.message : '').not.toMatch(/pass|word|user/);
  });

  it('target-dir and datadir may not be the root, by whatever way', () => {
    for (const text of ['/', '//', '/.', '/..', '/a/..', '/a/../..', '/./']) {
      expect(given('prepare', 'target-dir', text)).toMatchObject({ refusal: { code: 'INPUT_INVALID' } });
      expect(given('apply', 'datadir', text)).toMatchObject({ refusal: { code: 'INPUT_INVALID' } });
    }
  });
});
