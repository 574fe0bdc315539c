import { tmpdir } from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UserError } from './errors.js';
import { commands, inputNames, type Command } from './inputs/definition.js';
import { helpFor, helpOverview } from './inputs/help.js';
import { isSwitch, environmentVariable } from './inputs/names.js';
import { parseInputs, type ReadInput } from './inputs/parse.js';
import type { Log } from './log.js';
import { LeftoversNote } from './operations/leftovers.js';
import { harmless, printable } from './pipeline/output-lines.js';
import { commandErrorOf, explanationOf } from './report/failure-summary.js';
import { checkTable } from './report/check-table.js';
import { applyOutputs, backupOutputs, prepareOutputs } from './report/outputs.js';
import { pruneTable } from './report/prune-table.js';
import { restorePointTable } from './report/restore-points.js';
import { abortOnSignals, endIfCancelled } from './signals.js';
import { runApply, runBackup, runCheck, runList, runPrepare, runPrune, type Edge } from './wiring.js';

/** Runs the command line: results to stdout, everything else to stderr. Sets the exit status; never throws. */
export async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    print(name === 'help' && isCommand(rest[0]) ? helpFor(rest[0]) : helpOverview());
    return;
  }
  try {
    if (!isCommand(name)) throw badUsage(`There is no command "${name}".`, 'xbackup --help lists them.');
    if (rest.some((word) => word === '--help' || word === '-h')) return print(helpFor(name));
    const read = readFrom(name, rest);
    const signal = abortOnSignals();
    await runCommand(name, read, signal).finally(() => endIfCancelled(signal));
  } catch (error) {
    reportFailure(error);
  }
}

async function runCommand(command: Command, read: ReadInput, signal: AbortSignal): Promise<void> {
  const log = terminalLog(read('log-level') === 'debug');
  const edge: Edge = {
    log,
    // A killed run has no later step here; the next one sweeps up after it.
    note: new LeftoversNote(() => undefined),
    signal,
    temporaryDir: tmpdir(),
    run: undefined,
  };
  switch (command) {
    case 'backup':
      return printOutputs(backupOutputs(await runBackup(parseInputs('backup', read), edge)));
    case 'prepare':
      return printOutputs(prepareOutputs(await runPrepare(parseInputs('prepare', read), edge)));
    case 'apply':
      return printOutputs(applyOutputs(await runApply(parseInputs('apply', read), edge)));
    case 'check': {
      const inputs = parseInputs('check', read);
      const result = await runCheck(inputs, edge);
      if (result.counts.bad > 0) process.exitCode = 1;
      return print(inputs.json ? JSON.stringify(result, null, 2) : checkTable(result));
    }
    case 'prune': {
      const inputs = parseInputs('prune', read);
      const result = await runPrune(inputs, edge);
      return print(inputs.json ? JSON.stringify(result, null, 2) : pruneTable(result));
    }
    case 'list': {
      const inputs = parseInputs('list', read);
      const { points, failure } = await runList(inputs, edge);
      print(inputs.json ? JSON.stringify(points, null, 2) : restorePointTable(points));
      if (failure !== undefined) reportFailure(failure);
      return;
    }
  }
}

/** Flags come before variables. @throws UserError INPUT_INVALID for a flag that the command does not have. */
function readFrom(command: Command, args: readonly string[]): ReadInput {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const name of inputNames(command)) options[name] = { type: isSwitch(name) ? 'boolean' : 'string' };
  let values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: false,
      allowNegative: true,
    }));
  } catch (error) {
    const [what = ''] = error instanceof Error ? error.message.split('. ') : [];
    throw badUsage(`${what}.`, `xbackup ${command} --help lists the options.`, error);
  }
  return (name) => {
    const given = values[name];
    return given === undefined ? process.env[environmentVariable(name)] : String(given);
  };
}

function isCommand(name: string | undefined): name is Command {
  return commands.some((command) => command === name);
}

function terminalLog(verbose: boolean): Log {
  const tell = (message: string) =>
    void process.stderr.write(`${message.split('\n').map(harmless).join('\n')}\n`);
  return {
    debug: (message) => (verbose ? tell(message) : undefined),
    info: tell,
    warning: (message) => tell(`Warning: ${message}`),
    group: (title, work) => {
      tell(`${title} …`);
      return work();
    },
  };
}

function reportFailure(error: unknown): void {
  process.exitCode = 1;
  const say = (text: string) => void process.stderr.write(`${printable(text)}\n`);
  const command = commandErrorOf(error);
  if (command !== undefined) say(command.failure.stderrTail);
  if (error instanceof UserError) {
    say(`Error: ${error.message}\n${error.hint}\nCode ${error.code}: ${explanationOf(error.code)}`);
  } else {
    say(`Unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

function printOutputs(outputs: Record<string, string>): void {
  print(
    Object.entries(outputs)
      .map(([name, value]) => `${name}=${value.replace(/[\r\n]+/g, ' ')}`)
      .join('\n'),
  );
}

function print(text: string): void {
  process.stdout.write(`${printable(text.trimEnd())}\n`);
}

function badUsage(message: string, hint: string, cause?: unknown): UserError {
  return new UserError('INPUT_INVALID', message, hint, { cause });
}
