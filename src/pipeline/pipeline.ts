import type { Writable } from 'node:stream';
import { pipeline as joinStreams } from 'node:stream/promises';
import { cancelled, UserError, type CommandError } from '../errors.js';
import type { Log } from '../log.js';
import { Child, type ChildOptions, type Ended, type OnStart, type Program } from './child.js';
import { PieceMemory } from './piece-memory.js';
import { PieceReader } from './piece-reader.js';
import { widePipe } from './wide-pipe.js';

export interface PipelineOptions {
  log: Log;
  signal: AbortSignal;
  /** Told the process id of each program's group as it starts. */
  onStart: OnStart;
}

/** For what is read from programs. */
export interface ThroughOptions extends PipelineOptions {
  /** A private directory, in which there is a socket for a moment. */
  workDir: string;
}

export interface ReadOptions extends ThroughOptions {
  /** What the data is read into: in pieces of its size, each to be given back to it. */
  memory: PieceMemory;
}

/**
 * Programs joined by pipes, whose data comes out here: `tool | zstd | age`.
 *
 * `output` can be read once. It ends only after every program has ended with 0 and `verify` has passed;
 * otherwise it throws. So whoever stores it never takes a cut stream for a whole one. When the reader stops
 * early, or `signal` aborts, all programs are ended.
 */
export async function* readFromPrograms(
  programs: readonly Program[],
  options: ReadOptions,
  verify: (ended: readonly Ended[]) => Promise<void>,
): AsyncGenerator<Buffer, void> {
  yield* outputOf(programs, options, undefined, verify);
}

/**
 * Sends `source` into programs joined by pipes: `age -d | zstd -d | xbstream -x`. Resolves when the source was
 * read to its end and every program has ended with 0.
 */
export async function writeToPrograms(
  source: AsyncIterable<Uint8Array>,
  programs: readonly Program[],
  options: PipelineOptions,
): Promise<readonly Ended[]> {
  const pipe = await widePipe();
  try {
    const children = start(programs, options, { input: pipe?.readEnd ?? 'pipe' });
    const guard = new Guard(children, options.signal);
    try {
      await feed(source, pipe?.writeEnd ?? firstOf(children).stdin);
      return await guard.succeeded();
    } catch (error) {
      throw await guard.explain(error);
    } finally {
      await guard.endAll();
    }
  } finally {
    pipe?.readEnd.destroy();
    pipe?.writeEnd.destroy();
  }
}

/** Of what comes back from programs: enough to go on reading while one piece is written elsewhere. */
const throughPieceBytes = 256 * 1024;
const throughPieces = 4;

/**
 * What programs joined by pipes make of `source`: `age -d | zstd -d`. It can be read once, and ends only after the
 * source was read to its end and every program has ended with 0; otherwise it throws. What it yields is gone when the
 * next is asked for.
 */
export async function* sendThroughPrograms(
  source: AsyncIterable<Uint8Array>,
  programs: readonly Program[],
  options: ThroughOptions,
): AsyncGenerator<Buffer, void> {
  const memory = new PieceMemory(throughPieceBytes, throughPieces);
  for await (const piece of outputOf(programs, { ...options, memory }, source)) {
    yield piece;
    memory.give(piece);
  }
}

async function* outputOf(
  programs: readonly Program[],
  options: ReadOptions,
  source?: AsyncIterable<Uint8Array>,
  verify?: (ended: readonly Ended[]) => Promise<void>,
): AsyncGenerator<Buffer, void> {
  const reader = await PieceReader.open(options.memory, options.workDir);
  try {
    const children = start(programs, options, {
      input: source === undefined ? 'ignore' : 'pipe',
      output: reader.writeEnd,
    });
    const guard = new Guard(children, options.signal);
    const fed = source && feed(source, firstOf(children).stdin);
    // It is waited for below, unless reading fails first.
    fed?.catch(() => undefined);
    try {
      yield* reader.pieces();
      await fed;
      const ended = await guard.succeeded();
      await verify?.(ended);
    } catch (error) {
      throw await guard.explain(error);
    } finally {
      await guard.endAll();
    }
  } finally {
    reader.close();
  }
}

/** Each piece is written to its end before the next is asked for: its memory may be used for something else then. */
async function feed(source: AsyncIterable<Uint8Array>, stdin: Writable): Promise<void> {
  const oneByOne = async function* () {
    for await (const bytes of source) {
      yield bytes;
      // Node comes back for more as long as what waits is less than the high-water mark.
      if (stdin.writableLength > 0) await new Promise((resolve) => stdin.write('', resolve));
    }
  };
  await joinStreams(oneByOne(), stdin);
}

/** Runs one program to its end; its output goes to the log. @throws CommandError unless it ends with 0. */
export async function runProgram(program: Program, options: PipelineOptions): Promise<Ended> {
  if (options.signal.aborted) throw cancelled();
  const child = new Child(program, { log: options.log, stdin: 'ignore', stdout: 'lines' });
  if (child.processId !== undefined) options.onStart(child.processId);
  const guard = new Guard([child], options.signal);
  try {
    const [ended] = await guard.succeeded();
    return ended as Ended;
  } catch (error) {
    throw await guard.explain(error);
  } finally {
    await guard.endAll();
  }
}

/**
 * Starts the programs from the last to the first: each is given the next one's stdin as its stdout, so the
 * data between them never passes through Node. (Handing a child's stdout to the next would lose what Node has
 * already read ahead from it; a stdin is never read.)
 */
function start(
  programs: readonly Program[],
  options: PipelineOptions,
  { input, output }: { input: ChildOptions['stdin']; output?: Writable },
): Child[] {
  if (options.signal.aborted) throw cancelled();
  const children: Child[] = [];
  try {
    for (const [index, program] of [...programs.entries()].reverse()) {
      const next = children[0];
      const child = new Child(program, {
        log: options.log,
        stdin: index === 0 ? input : 'pipe',
        stdout: next?.stdin ?? output ?? 'lines',
      });
      children.unshift(child);
      // Our copies of the pipes' ends must go, or the next program would never see an end of file, and we no broken
      // pipe.
      (next?.stdin ?? output)?.destroy();
      if (index === 0 && typeof input !== 'string') input.destroy();
      if (child.processId !== undefined) options.onStart(child.processId);
    }
  } catch (error) {
    for (const child of children) void child.end();
    throw error;
  }
  return children;
}

/** How long the others may take to end by themselves after one has failed. */
const patienceMilliseconds = 2000;

/** Watches the children of one pipeline: ends them together, and finds which one failed first. */
class Guard {
  readonly #children: readonly Child[];
  readonly #signal: AbortSignal;
  readonly #onAbort = () => void this.endAll();
  #ending: Promise<void> | undefined;

  constructor(children: readonly Child[], signal: AbortSignal) {
    this.#children = children;
    this.#signal = signal;
    if (signal.aborted) void this.endAll();
    else signal.addEventListener('abort', this.#onAbort);
    for (const child of children) void this.#endOthersAfterFailure(child);
  }

  /** Resolves with how each ended. @throws CommandError of the one that failed. */
  async succeeded(): Promise<readonly Ended[]> {
    const ended = await this.#allEnded();
    const failure = this.#rootCause(ended);
    if (failure !== undefined) throw failure;
    // A program may end with 0 when it is told to end.
    if (this.#signal.aborted) throw cancelled();
    return ended;
  }

  /** What to throw for `error`: a cancel, the program that failed, or the error itself. */
  async explain(error: unknown): Promise<unknown> {
    if (this.#signal.aborted) return cancelled(error);
    // A broken pipe seen here is the consequence of a program that failed; that failure says more.
    const brokenPipe = error instanceof Error && 'code' in error && pipeCodes.includes(error.code);
    if (!brokenPipe) return error;
    // One that closed its input, and neither reads nor ends, would be waited for for ever.
    setTimeout(() => void this.endAll(), patienceMilliseconds).unref();
    return this.#rootCause(await this.#allEnded(), error) ?? this.#stoppedReading(error);
  }

  async endAll(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#ending ??= Promise.all(this.#children.map((child) => child.end())).then(() => undefined);
    await this.#ending;
  }

  /** A program that fails lets its neighbours end by themselves; those that do not are ended. */
  async #endOthersAfterFailure(child: Child): Promise<void> {
    const ended = await child.ended;
    if (isSuccess(ended) || this.#ending !== undefined) return;
    setTimeout(() => void this.endAll(), patienceMilliseconds).unref();
  }

  #allEnded(): Promise<Ended[]> {
    return Promise.all(this.#children.map((child) => child.ended));
  }

  #stoppedReading(cause: unknown): UserError {
    const names = this.#children.map(({ name }) => name).join(' | ');
    return new UserError(
      'PIPELINE_FAILED',
      `${names} ended well before all data was read.`,
      'Run it again with log-level debug to see what the programs say.',
      { cause },
    );
  }

  /**
   * Of several failures the one that caused the others: whoever met a broken pipe only felt that its reader
   * had gone, and whoever we ended did not fail; of the rest the first in the pipeline, since those behind it
   * got a cut stream.
   */
  #rootCause(ended: readonly Ended[], cause?: unknown): CommandError | undefined {
    const failures = this.#children.flatMap((child, index) => {
      const how = ended[index];
      return how === undefined || isSuccess(how) ? [] : [{ child, how }];
    });
    const own = failures.filter(({ how }) => !how.toldToEnd);
    const first = own.find(({ how }) => !feltBrokenPipe(how)) ?? own[0] ?? failures[0];
    return first?.child.error(first.how, cause);
  }
}

function isSuccess(ended: Ended): boolean {
  return ended.exitStatus === 0;
}

/** Node's pipes are sockets: who still had data to write may see a reset instead of a broken pipe. */
function feltBrokenPipe(ended: Ended): boolean {
  const said = /broken pipe|connection reset by peer|errno:? (32|104)\b/i;
  return ended.signal === 'SIGPIPE' || said.test(ended.stderrTail);
}

/** What writing to a program can fail with when it has ended; which one is a matter of moments. */
const pipeCodes: unknown[] = [
  'EPIPE',
  'ECONNRESET',
  'ECANCELED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
];

function firstOf(children: readonly Child[]): Child {
  const [child] = children;
  if (child === undefined) throw new Error('A pipeline needs a program');
  return child;
}
