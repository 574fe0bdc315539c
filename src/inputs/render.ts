import {
  actionCommands,
  inputDefinitions,
  inputNames,
  outputDefinitions,
  type ActionCommand,
  type Command,
  type InputName,
  type OutputDefinition,
} from './definition.js';
import { definitionOf } from './names.js';

/** The documents that are written from the definition: action.yml files and Markdown tables. Pure. */

interface Entry {
  name: string;
  description: string;
  required?: boolean;
  default?: string;
}

interface ActionDocument {
  name: string;
  description: string;
  icon: string;
  color: string;
  inputs: Entry[];
  outputs: Entry[];
  /** The bundle's folder, seen from the action.yml file. */
  dist: string;
  entry: string;
}

const looks: Record<ActionCommand, { description: string; icon: string; color: string }> = {
  backup: {
    description: 'A physical backup of MySQL or MariaDB, full or incremental, as one stream into S3.',
    icon: 'upload-cloud',
    color: 'blue',
  },
  prepare: {
    description: 'Downloads, verifies and prepares the backups of a day up to any hour.',
    icon: 'layers',
    color: 'blue',
  },
  apply: {
    description: 'Replaces the datadir by a prepared backup, and puts the old one back when that fails.',
    icon: 'rotate-ccw',
    color: 'orange',
  },
  check: {
    description: 'Looks whether backups and restores can work here, and says what mends what is missing.',
    icon: 'check-square',
    color: 'green',
  },
  prune: {
    description: 'Removes old backups by whole chains, and never the last that can be restored.',
    icon: 'scissors',
    color: 'orange',
  },
  list: {
    description: 'Shows what can be restored, and fails when it is too old.',
    icon: 'list',
    color: 'green',
  },
};

/** The text of actions/<command>/action.yml. */
export function renderAction(command: ActionCommand): string {
  return renderDocument({
    name: `xbackup ${command}`,
    ...looks[command],
    inputs: actionInputNames(command).map((name) => inputEntry(name, describe(name))),
    outputs: outputEntries(command),
    dist: '../../dist',
    entry: command,
  });
}

/** The text of the root action.yml: every input of every action, and `command` to choose the action. */
export function renderRootAction(): string {
  const names = (Object.keys(inputDefinitions) as InputName[]).filter((name) => commandsOf(name).length > 0);
  const command = {
    name: 'command',
    description: `What to do. Accepted: ${alternatives(actionCommands)}.`,
    required: true,
  };
  return renderDocument({
    name: 'xbackup',
    description: 'Hourly physical backups of MySQL and MariaDB into S3, and back.',
    icon: 'database',
    color: 'blue',
    inputs: [command, ...names.map(rootEntry)],
    outputs: rootOutputs(),
    dist: 'dist',
    entry: 'main',
  });
}

// The runner knows one `required` for all commands: which command needs what is said, and checked, by the code.
function rootEntry(name: InputName): Entry {
  const users = commandsOf(name);
  const { required } = definitionOf(name);
  const everywhere = users.length === actionCommands.length;
  const scope = everywhere ? '' : `For ${alternatives(users, 'and')}. `;
  const need = required ? `${everywhere ? 'Always needed' : 'Needed there'}. ` : '';
  return { ...inputEntry(name, scope + need + describe(name)), required: false };
}

function rootOutputs(): Entry[] {
  const byName = new Map<string, Map<string, ActionCommand[]>>();
  for (const command of actionCommands) {
    for (const { name, description } of outputEntries(command)) {
      const meanings = byName.get(name) ?? new Map<string, ActionCommand[]>();
      meanings.set(description, [...(meanings.get(description) ?? []), command]);
      byName.set(name, meanings);
    }
  }
  return [...byName].map(([name, meanings]) => ({
    name,
    description: [...meanings]
      .map(([text, users]) => `${capitalized(alternatives(users, 'and'))}: ${text}`)
      .join(' '),
  }));
}

function inputEntry(name: InputName, description: string): Entry {
  const { required, default: fallback } = definitionOf(name);
  return {
    name,
    description,
    required: required ?? false,
    ...(typeof fallback === 'string' ? { default: fallback } : {}),
  };
}

function outputEntries(command: ActionCommand): Entry[] {
  const outputs: Record<string, OutputDefinition> = outputDefinitions[command];
  return Object.entries(outputs).map(([name, { description }]) => ({ name, description }));
}

/** One text on what an input is, what it accepts, and the default that is not fixed. */
function describe(name: InputName): string {
  const { description, accepts, defaultText } = definitionOf(name);
  return [description, `Accepted: ${accepts}.`, ...(defaultText ? [`Default: ${defaultText}.`] : [])].join(
    ' ',
  );
}

/** The inputs that the action of a command has. */
export function actionInputNames(command: ActionCommand): InputName[] {
  return inputNames(command).filter((name) => definitionOf(name).commandLineOnly !== true);
}

function commandsOf(name: InputName): ActionCommand[] {
  return actionCommands.filter((command) => actionInputNames(command).includes(name));
}

function renderDocument(action: ActionDocument): string {
  const lines = [
    '# Written by `npm run generate` from src/inputs/definition.ts. Edit that, not this.',
    `name: ${action.name}`,
    `description: ${quoted(action.description)}`,
    'branding:',
    `  icon: ${action.icon}`,
    `  color: ${action.color}`,
    'inputs:',
    ...action.inputs.flatMap((input) => [
      `  ${input.name}:`,
      `    description: ${quoted(input.description)}`,
      `    required: ${String(input.required ?? false)}`,
      ...(input.default === undefined ? [] : [`    default: ${quoted(input.default)}`]),
    ]),
    'outputs:',
    ...action.outputs.flatMap((output) => [
      `  ${output.name}:`,
      `    description: ${quoted(output.description)}`,
    ]),
    'runs:',
    '  using: node24',
    `  main: ${action.dist}/${action.entry}.js`,
    `  post: ${action.dist}/post.js`,
    '  post-if: always()',
  ];
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The table of a command's inputs, for documents. */
export function renderInputTable(command: Command): string {
  const rows = inputNames(command).map((name) => {
    const { description, accepts, secret, commandLineOnly } = definitionOf(name);
    const notes = [
      description,
      `Accepted: ${accepts}.`,
      ...(secret ? ['Secret.'] : []),
      ...(commandLineOnly ? ['Only on the command line.'] : []),
    ];
    return [`\`${name}\``, defaultCell(name), notes.join(' ')];
  });
  return table(['Input', 'Default', 'What it is'], rows);
}

function defaultCell(name: InputName): string {
  const { required, default: fallback, defaultText } = definitionOf(name);
  if (required) return '**required**';
  return typeof fallback === 'string' ? `\`${fallback}\`` : (defaultText ?? '');
}

/** The table of an action's outputs, for documents. */
export function renderOutputTable(command: ActionCommand): string {
  const rows = outputEntries(command).map(({ name, description }) => [`\`${name}\``, description]);
  return table(['Output', 'What it is'], rows);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function alternatives(words: readonly string[], joint = 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${joint} ${last}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
