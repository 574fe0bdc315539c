/** What the runner makes of the lines that an action prints: workflow commands, annotations and masks. */

export interface WorkflowCommand {
  name: string;
  properties: Record<string, string>;
  data: string;
}

export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  title: string | undefined;
  message: string;
}

/** The commands that the runner knows; anything else of that form is an ordinary line to it. */
const known = new Set(
  (
    'add-mask add-matcher add-path debug echo endgroup error group notice remove-matcher save-state ' +
    'set-env set-output stop-commands warning'
  ).split(' '),
);

/** Reads the lines of one step in the order in which they came. */
export class RunnerLog {
  /** What a person sees: without commands, with `***` for what is masked. */
  readonly shown: string[] = [];
  /** The lines as they were printed. */
  readonly raw: string[] = [];
  /** Every command that was executed: one that came from a child's output is an injection. */
  readonly commands: WorkflowCommand[] = [];
  readonly annotations: Annotation[] = [];
  private stopToken: string | undefined;

  /** `masks` is shared by the steps of a job. */
  constructor(
    readonly masks: string[],
    private readonly onShown: (line: string) => void = () => undefined,
  ) {}

  add(line: string): void {
    this.raw.push(line);
    if (this.stopToken !== undefined) {
      if (line.trim() === `::${this.stopToken}::`) this.stopToken = undefined;
      else this.show(line);
      return;
    }
    const command = parseCommand(line);
    if (command === undefined) this.show(line);
    else this.execute(command);
  }

  private execute(command: WorkflowCommand): void {
    this.commands.push(command);
    const { name, properties, data } = command;
    switch (name) {
      case 'add-mask':
        for (const secret of [data, ...data.split(/\r?\n/)]) {
          if (secret.trim() !== '' && !this.masks.includes(secret)) this.masks.push(secret);
        }
        break;
      case 'error':
      case 'warning':
      case 'notice':
        this.annotations.push({ level: name, title: properties['title'], message: this.masked(data) });
        this.show(`${{ error: 'Error', warning: 'Warning', notice: 'Notice' }[name]}: ${data}`);
        break;
      case 'group':
        this.show(`▼ ${data}`);
        break;
      case 'debug':
        this.show(`##[debug]${data}`);
        break;
      case 'stop-commands':
        this.stopToken = data;
        break;
    }
  }

  private show(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const masked = this.masked(line);
      this.shown.push(masked);
      this.onShown(masked);
    }
  }

  private masked(text: string): string {
    const longestFirst = [...this.masks].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  }
}

/** `::name key=value,…::data` at the start of a line (after blanks), or `##[name key=value;…]data` anywhere. */
export function parseCommand(line: string): WorkflowCommand | undefined {
  const modern = /^\s*::([^\s:]+)(?:\s+(.*?))?::(.*)$/s.exec(line);
  if (modern !== null && known.has(modern[1] ?? '')) {
    return {
      name: modern[1] ?? '',
      properties: parseProperties(modern[2] ?? '', ','),
      data: unescape(modern[3] ?? ''),
    };
  }
  const old = /##\[([^\s\]]+)(?:\s+([^\]]*))?\](.*)$/s.exec(line);
  if (old !== null && known.has(old[1] ?? '')) {
    return {
      name: old[1] ?? '',
      properties: parseProperties(old[2] ?? '', ';'),
      data: unescape(old[3] ?? ''),
    };
  }
  return undefined;
}

function parseProperties(text: string, separator: string): Record<string, string> {
  const pairs = text.split(separator).map((pair) => /^\s*([^=]+)=(.*)$/s.exec(pair));
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', unescape(pair[2] ?? '')]])),
  );
}

function unescape(text: string): string {
  const meant: Record<string, string> = {
    '0D': '\r',
    '0A': '\n',
    '3A': ':',
    '2C': ',',
    '3B': ';',
    '5D': ']',
    '25': '%',
  };
  return text.replace(/%(0D|0A|3A|2C|3B|5D|25)/gi, (_, code: string) => meant[code.toUpperCase()] ?? '');
}

/**
 * A file of outputs, state or environment: `name=value` lines and `name<<delimiter` blocks.
 * @throws Error where the runner would fail the step.
 */
export function parseFileCommand(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    if (line === '') continue;
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block === null) {
      const equals = line.indexOf('=');
      if (equals < 1) throw new Error(`The runner does not accept this line: ${line}`);
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = lines.indexOf(block[2] ?? '', i + 1);
    if (end < 0) throw new Error(`There is no end ${block[2] ?? ''} of the value of ${block[1] ?? ''}`);
    values[block[1] ?? ''] = lines.slice(i + 1, end).join('\n');
    i = end;
  }
  return values;
}
