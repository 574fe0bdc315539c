import { commands, inputNames, type Command, type InputName } from './definition.js';
import { definitionOf, environmentVariable, isSwitch } from './names.js';

/** What the command line says about itself, written from the definition. Pure. */

const columns = 100;

const purposes: Record<Command, string> = {
  backup: 'Back this server up into the bucket, full or incremental.',
  prepare: 'Download, verify and prepare the backups of a day up to an hour, ready to be applied.',
  apply: 'Replace the datadir by what prepare left. Put the old one back on failure.',
  check: 'Look whether backups, and restores, can work here, and say what mends what is missing.',
  prune: 'Remove old chains, whole ones only, and never the last that can be restored.',
  list: 'Show the restore points in the bucket. With --check fail when they are too old.',
};

/** The text of `xbackup --help`. */
export function helpOverview(): string {
  const width = Math.max(...commands.map((command) => command.length));
  return joined([
    'xbackup: physical backups of MySQL and MariaDB into S3, and back.',
    '',
    'Usage: xbackup <command> [options]',
    '',
    ...commands.flatMap((command) => wrapped(purposes[command], `  ${command.padEnd(width)}  `)),
    '',
    'xbackup <command> --help lists the options of one.',
  ]);
}

/** The text of `xbackup <command> --help`. No line is longer than 100 columns. */
export function helpFor(command: Command): string {
  const names = inputNames(command);
  const required = names.filter((name) => definitionOf(name).required);
  const usage = [...required.map(flag), '[options]'].join(' ');
  return joined([
    ...wrapped(purposes[command], ''),
    '',
    ...wrapped(usage, `Usage: xbackup ${command} `),
    '',
    ...wrapped(
      'Each option can be given by its variable instead; the option wins. Credentials for the bucket come from ' +
        "the AWS SDK's usual places: AWS_… variables, ~/.aws, or the role of the machine.",
      '',
    ),
    ...names.flatMap((name) => ['', ...describe(name)]),
    '',
    '  --help',
    '      Show this.',
  ]);
}

function flag(name: InputName): string {
  return isSwitch(name) ? `--${name}` : `--${name} <value>`;
}

function describe(name: InputName): string[] {
  const { description, accepts, required, secret, default: fallback, defaultText } = definitionOf(name);
  const settled = typeof fallback === 'string' ? fallback : defaultText;
  const indent = '      ';
  return [
    `  ${flag(name)}${required ? '  (required)' : ''}`,
    `${indent}${environmentVariable(name)}`,
    ...wrapped(description.replaceAll('`', ''), indent),
    ...wrapped(accepts, `${indent}Accepted: `),
    ...(settled === undefined ? [] : wrapped(settled, `${indent}Default: `)),
    ...(secret ? wrapped('Secret: use the variable, everyone on this host can see options.', indent) : []),
  ];
}

/** `text` in lines of at most 100 columns: the first begins with `head`, the others are indented as far. */
function wrapped(text: string, head: string): string[] {
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(' ')) {
    const blank = line.trim() === '' || line.endsWith(' ') ? '' : ' ';
    if (line.length + blank.length + word.length > columns && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(head.length) + word;
    } else {
      line += blank + word;
    }
  }
  return [...lines, line];
}

function joined(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
