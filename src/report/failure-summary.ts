import { CommandError, errorCodes, UserError, type ErrorCode } from '../errors.js';
import { code, codeBlock, details, escapeLine, page, sentence } from './markdown.js';

const documentation = 'https://github.com/xbackup/xbackup/blob/main/docs/troubleshooting.md';

/** Where an error is explained. */
export function explanationOf(errorCode: ErrorCode): string {
  return `${documentation}#${errorCode.toLowerCase()}`;
}

/** What the job summary says of a failed run of `what`, a word such as Backup. */
export function failureSummary(what: string, error: unknown): string {
  const command = commandErrorOf(error);
  const said = command === undefined ? undefined : endOfOutput(command);
  if (error instanceof UserError) {
    // Blank is also a line of which nothing is left to show: it would end the paragraph.
    const lines = within(error.message)
      .split('\n')
      .map(escapeLine)
      .filter((line) => line.trim() !== '');
    // Below its first line a hint has commands, one a line.
    const [hint = '', ...commands] = within(error.hint).split('\n');
    return page([
      `## ❌ ${headingOf(what, error.code)}`,
      lines.join('  \n'),
      `**What to do:** ${sentence(hint)}`,
      commands.length === 0 ? undefined : codeBlock(commands.join('\n')),
      `Code ${code(error.code)}, explained in [troubleshooting](${explanationOf(error.code)}).`,
      said,
    ]);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return page([
    `## ❌ ${what} failed unexpectedly`,
    'This is a defect of xbackup. Please report it with the text below.',
    codeBlock(within(stack)),
    said,
  ]);
}

function headingOf(what: string, errorCode: ErrorCode): string {
  const title = errorCodes[errorCode];
  return title.startsWith(`The ${what.toLowerCase()} failed`) ? title : `${what} failed: ${title}`;
}

/** A server or a manifest may have put something long into it, and GitHub drops a summary over 1 MiB. */
const longestText = 20_000;

function within(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
}

/** The program that failed, however deep in the causes. */
export function commandErrorOf(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error;
  if (error instanceof AggregateError) {
    return error.errors.map(commandErrorOf).find((found) => found !== undefined);
  }
  return error instanceof Error && error.cause !== undefined ? commandErrorOf(error.cause) : undefined;
}

function endOfOutput({ failure }: CommandError): string | undefined {
  if (failure.stderrTail === '') return undefined;
  return details(`The end of what ${failure.program} said`, codeBlock(failure.stderrTail));
}
