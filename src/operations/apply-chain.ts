import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../chain/manifest.js';
import { halfOfTheCores } from '../cores.js';
import { CommandError, UserError } from '../errors.js';
import { FirstFailure } from '../first-failure.js';
import { runProgram } from '../pipeline/pipeline.js';
import { formatDuration } from '../report/format.js';
import { saysCompleted } from '../tools/backup-tool.js';
import { hasOption } from '../tools/lines.js';
import { explainFailure } from '../tools/messages.js';
import { extractLink, type ExtractContext } from './extract.js';
import { reach } from './steps.js';

export interface ChainInputs {
  targetDir: string;
  useMemory: string | undefined;
  parallel: number;
  extraArgs: readonly string[] | undefined;
  /** How many links are extracted at the same time. */
  linksAtOnce: number;
}

/** How many links may lie extracted and wait for their turn: each takes disk until it is applied and removed. */
export const linksAhead = 2;

/** Each link keeps two cores busy; more at once would only slow down the full, for which all others wait. */
export function linksAtOnce(): number {
  return halfOfTheCores(linksAhead);
}

/**
 * Extracts the links and applies each as soon as those before it are applied. Returns the full's directory,
 * which holds the data then. After a failure the directories are worth nothing: a failed prepare may have
 * changed them.
 */
export async function applyChain(
  chain: readonly Manifest[],
  inputs: ChainInputs,
  context: Omit<ExtractContext, 'parallel'>,
): Promise<string> {
  const failure = new FirstFailure();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const inner = { ...context, signal, parallel: inputs.parallel };
  const dirs = chain.map(({ id }) => join(inputs.targetDir, id));
  const extracted: Promise<void>[] = [];
  const applied: Promise<void>[] = [];
  const removed: Promise<void>[] = [];
  for (const [index, manifest] of chain.entries()) {
    const turn = Promise.all([extracted[index - inputs.linksAtOnce], removed[index - linksAhead - 1]]);
    const extract = async () => {
      await turn;
      reach(context.log, 'prepare', 'extract a link');
      await extractLink(manifest, dirs[index] as string, inner).catch(async (error: unknown) => {
        // The link before it may still be under way, and be bad as well: then that is what counts.
        await extracted[index - 1];
        throw withAlternative(error, chain[index - 1]);
      });
    };
    extracted.push(extract());
    const ready = Promise.all([extracted[index], applied[index - 1]]);
    const apply = ready.then(() => applyLink(index, dirs, inputs, inner));
    applied.push(apply);
    // While the next one is applied. The full's directory is the result.
    const remove = async () => {
      await apply;
      if (index > 0) await rm(dirs[index] as string, { recursive: true, force: true });
    };
    removed.push(remove());
  }
  // The first failure ends the rest; everything has ended before this returns.
  const all = [...extracted, ...applied, ...removed];
  await Promise.all(all.map((work) => work.catch((error: unknown) => failure.note(error))));
  failure.throwIfAny();
  return dirs[0] as string;
}

/** A bad link still leaves the hours before it. */
function withAlternative(error: unknown, good: Manifest | undefined): unknown {
  if (!(error instanceof UserError) || good === undefined) return error;
  if (!['LINK_CORRUPT', 'STORE_MISSING'].includes(error.code) || error.hint.includes(good.id)) return error;
  const hint = `${good.id} can still be restored. ${error.hint}`;
  return new UserError(error.code, error.message, hint, { cause: error.cause });
}

async function applyLink(
  index: number,
  dirs: readonly string[],
  inputs: ChainInputs,
  { tool, log, signal, onStart }: ExtractContext,
): Promise<void> {
  const started = performance.now();
  reach(log, 'prepare', 'apply a link');
  const incrementalDir = index === 0 ? undefined : dirs[index];
  const isLast = index === dirs.length - 1;
  const said = { tablesChecked: false };
  const program = {
    program: tool.path,
    arguments: tool.prepareArguments({
      targetDir: dirs[0] as string,
      ...(incrementalDir === undefined ? {} : { incrementalDir }),
      isLast,
      useMemory: inputs.useMemory ?? defaultMemory(),
      parallel: inputs.parallel,
      extraArguments: inputs.extraArgs ?? [],
    }),
    onLine: (line: string) => {
      said.tablesChecked ||= line.includes('All table checks passed');
    },
  };
  const ended = await runProgram(program, { log, signal, onStart }).catch((error: unknown) => {
    if (error instanceof CommandError) log.info(error.failure.stderrTail);
    throw explainFailure(error, 'PREPARE_FAILED');
  });
  if (!saysCompleted(ended.lastLine)) throw prepareFailed(`the tool's last line is «${ended.lastLine}»`);
  if (isLast && hasOption(tool.line, tool.version, 'check-tables')) {
    if (said.tablesChecked) log.info(`${tool.name} has checked all tables.`);
    else log.warning(`${tool.name} was told to check all tables, and does not say that it did.`);
  }
  const seconds = (performance.now() - started) / 1000;
  log.info(`Applied link ${index + 1} of ${dirs.length} in ${formatDuration(seconds)}.`);
}

/** A quarter of the memory that is free here (in a container, within its limit), within what is useful: the tools' own default of 100 MB is slow. */
function defaultMemory(): string {
  const mebibytes = Math.floor(process.availableMemory() / 4 / 1024 / 1024);
  return `${Math.min(16_384, Math.max(128, mebibytes))}M`;
}

export function prepareFailed(fact: string): UserError {
  return new UserError(
    'PREPARE_FAILED',
    `The backup could not be prepared: ${fact}.`,
    'The datadir was not touched. Run it again; with log-level debug the log shows all that the tool says.',
  );
}
