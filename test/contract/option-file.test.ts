import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientGroup } from '../../src/mysql/option-file.js';
import { optionFileCases } from '../support/option-file-cases.js';
import { programWorld, type ProgramWorld } from '../support/program-world.js';

/** MySQL's own parser: what the tools will read. */

let world: ProgramWorld;
beforeEach(async () => {
  world = await programWorld();
});
afterEach(() => world.close());

/** Both MySQL's and MariaDB's `my_print_defaults`; MySQL's hides passwords unless it is told not to. */
async function parse(text: string): Promise<Record<string, string>> {
  const path = join(world.path, 'my.cnf');
  await writeFile(path, text);
  const printed = await world.read([
    { program: 'my_print_defaults', arguments: [`--defaults-file=${path}`, 'client'] },
  ]);
  const words = printed.toString().split('\n').slice(0, -1);
  return Object.fromEntries(
    words.map((word) => {
      const [, name = '', value = ''] = /^--([^=]*)=?(.*)$/s.exec(word) ?? [];
      return [name, value];
    }),
  );
}

describe('my_print_defaults', () => {
  it.each(optionFileCases)('agrees about %s', async (_, text, options) => {
    expect(await parse(text)).toEqual(options);
  });

  it.each([
    `quotes ' and " and \\ and \\" and '"`,
    ' # no comment',
    'ends with \\',
    '"quoted"',
    '\\n',
    '[mysqld]',
    '',
  ])('reads the file that we write for the password %j', async (password) => {
    expect(await parse(clientGroup({ user: 'bk', password, port: '3306' }))).toEqual({
      user: 'bk',
      password,
      port: '3306',
    });
  });
});
