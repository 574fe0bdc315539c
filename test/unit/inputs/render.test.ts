import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
  actionCommands,
  commands,
  inputDefinitions,
  inputNames,
  outputDefinitions,
} from '../../../src/inputs/definition.js';
import { helpFor, helpOverview } from '../../../src/inputs/help.js';
import { definitionOf, environmentVariable } from '../../../src/inputs/names.js';
import {
  actionInputNames,
  renderAction,
  renderInputTable,
  renderOutputTable,
  renderRootAction,
} from '../../../src/inputs/render.js';

interface ActionFile {
  inputs: Record<string, { description: string; required: boolean; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: Record<string, string>;
}
const read = (text: string) => parse(text) as ActionFile;

describe.each(actionCommands)('action.yml of %s', (command) => {
  const action = read(renderAction(command));

  it('has exactly the inputs and outputs of the definition', () => {
    expect(Object.keys(action.inputs)).toEqual(actionInputNames(command));
    expect(inputNames(command).filter((name) => !(name in action.inputs))).toEqual(
      ['check', 'prune', 'list'].includes(command) ? ['json'] : [],
    );
    expect(Object.keys(action.outputs)).toEqual(Object.keys(outputDefinitions[command]));
  });

  it.each(actionInputNames(command))(
    'says of %s whether it is required, its default, and what it accepts',
    (name) => {
      const definition = definitionOf(name);
      const input = action.inputs[name];
      expect(input?.required).toBe(definition.required ?? false);
      expect(input?.default).toBe(typeof definition.default === 'string' ? definition.default : undefined);
      expect(input?.description).toContain(definition.description);
      expect(input?.description).toContain(definition.accepts);
      expect(input?.description).toContain(definition.defaultText ?? '');
    },
  );

  it('runs its entry on node24 and cleans up after it', () => {
    expect(action.runs).toEqual({
      using: 'node24',
      main: `../../dist/${command}.js`,
      post: '../../dist/post.js',
      'post-if': 'always()',
    });
  });
});

describe('the root action.yml', () => {
  const action = read(renderRootAction());

  it('has the command, and every input of every action', () => {
    const names = new Set(actionCommands.flatMap((command) => actionInputNames(command)));
    expect(Object.keys(action.inputs).sort()).toEqual(['command', ...names].sort());
    expect(action.inputs['json']).toBeUndefined();
  });

  it('requires only the command, and says which command needs what', () => {
    const required = Object.keys(action.inputs).filter((name) => action.inputs[name]?.required);
    expect(required).toEqual(['command']);
    expect(action.inputs['datadir']?.description).toMatch(/^For apply\. Needed there\. /);
    expect(action.inputs['s3-bucket']?.description).toMatch(/^Always needed\. /);
    expect(action.inputs['parallel']?.description).toMatch(/^For backup and prepare\. /);
  });

  it('has every output, with what it means for each command', () => {
    const names = actionCommands.flatMap((command) => Object.keys(outputDefinitions[command]));
    expect(Object.keys(action.outputs).sort()).toEqual([...new Set(names)].sort());
    expect(action.outputs['backup-id']?.description).toMatch(/^Backup: .* Prepare: /);
  });

  it('runs the main entry', () => {
    expect(action.runs).toMatchObject({ main: 'dist/main.js', post: 'dist/post.js' });
  });
});

describe('tables', () => {
  it.each(commands)('have a row for every input of %s', (command) => {
    const rows = renderInputTable(command).split('\n').slice(2);
    expect(rows.map((row) => row.split('`')[1])).toEqual(inputNames(command));
    expect(rows.find((row) => row.includes('`s3-bucket`'))).toContain('| **required** |');
    expect(rows.find((row) => row.includes('`s3-prefix`'))).toContain('| `xbackup` |');
    expect(rows.find((row) => row.includes('`server`'))).toContain('| the host name |');
  });

  it.each(actionCommands)('have a row for every output of %s', (command) => {
    const rows = renderOutputTable(command).split('\n').slice(2);
    expect(rows.map((row) => row.split('`')[1])).toEqual(Object.keys(outputDefinitions[command]));
  });

  it('have as many cells in every row', () => {
    for (const row of renderInputTable('backup').split('\n')) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
  });
});

describe('help', () => {
  it.each(commands)('of %s has each flag with its variable, and no other', (command) => {
    const help = helpFor(command);
    const flags = [...help.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map((match) => match[1]);
    expect(flags).toEqual([...inputNames(command), 'help']);
    for (const name of inputNames(command)) expect(help).toContain(` ${environmentVariable(name)}\n`);
    expect(help).toContain('--s3-bucket <value>  (required)\n');
  });

  it.each(commands)('of %s fits into 100 columns', (command) => {
    const lines = `${helpFor(command)}${helpOverview()}`.split('\n');
    expect(lines.filter((line) => line.length > 100 || line !== line.trimEnd())).toEqual([]);
  });

  it('loses no word when it wraps', () => {
    const words = helpFor('backup').replace(/\s+/g, ' ');
    for (const name of inputNames('backup')) {
      expect(words).toContain(definitionOf(name).description.replaceAll('`', ''));
      expect(words).toContain(`Accepted: ${inputDefinitions[name].accepts}`);
    }
  });

  it('sends secrets to the variables, and lets a switch stand alone', () => {
    expect(helpFor('prepare')).toMatch(
      /--decrypt-passphrase <value>\n(?: {6}.*\n)* {6}Secret: use the variable/,
    );
    expect(helpFor('list')).toContain('  --json\n');
  });

  it('names every command', () => {
    for (const command of commands) expect(helpOverview()).toContain(`\n  ${command} `);
  });
});
