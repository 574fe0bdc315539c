import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CommandError, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { childEnvironment } from './environment.js';
import { readLines, Tail } from './output-lines.js';
import { standBackInSession } from './priority.js';

/** A program to start. Secrets never stand in `arguments`. */
export interface Program {
  program: string;
  arguments: readonly string[];
  /** Written to file descriptor 3 of the child, where only it can read it. */
  secret?: string;
  /** More than every child gets. */
  environment?: Readonly<Record<string, string>>;
  /** Where it starts. Absent: where we are. */
  directory?: string;
  /** Called with each line of stderr. */
  onLine?: (line: string) => void;
}

export interface Ended {
  exitStatus: number | null;
  signal: NodeJS.Signals | null;
  lastLine: string;
  stderrTail: string;
  /** It had been told to end before it did: what it says of that is no cause of anything. */
  toldToEnd: boolean;
}

export interface ChildOptions {
  log: Log;
  /** A stream: what comes out of it, read by the program itself. */
  stdin: 'ignore' | 'pipe' | Readable;
  /** `lines`: stdout is read like stderr. A stream: the stdin of the next program, joined without Node between. */
  stdout: 'pipe' | 'lines' | Writable;
}

/** Set by the caller who must know what is running, for the clean-up after a kill. */
export type OnStart = (processId: number) => void;

/** How long a program has to end after SIGINT before SIGKILL. The runner gives us 7.5 s in all. */
const graceMilliseconds = 3000;

/** A running program, leader of its own process group. */
export class Child {
  readonly #process: ChildProcess;
  readonly #tail = new Tail();
  #reaped = false;
  #toldToEnd = false;
  readonly name: string;
  /** Resolves when the program has ended and its stderr is read to the end. Never rejects. */
  readonly ended: Promise<Ended>;

  constructor(
    readonly program: Program,
    { log, stdin, stdout }: ChildOptions,
  ) {
    this.name = basename(program.program);
    const stdio: StdioOptions = [stdin, stdout === 'lines' ? 'pipe' : stdout, 'pipe'];
    if (program.secret !== undefined) stdio.push('pipe');
    this.#process = spawn(program.program, program.arguments, {
      stdio,
      detached: true,
      env: { ...childEnvironment(), ...program.environment },
      ...(program.directory !== undefined && { cwd: program.directory }),
    });
    if (this.processId !== undefined) void standBackInSession(this.processId);
    const onLine = (line: string) => {
      this.#tail.add(line);
      program.onLine?.(line);
      log.debug(`[${this.name}] ${line}`);
    };
    this.ended = this.#watch(onLine, stdout === 'lines');
    if (program.secret !== undefined && this.processId !== undefined) this.#handOver(program.secret);
  }

  /** Undefined when the program could not be started. */
  get processId(): number | undefined {
    return this.#process.pid;
  }

  get stdin(): Writable {
    if (this.#process.stdin === null) throw new Error(`${this.name} has no stdin`);
    return this.#process.stdin;
  }

  get stdout(): Readable {
    if (this.#process.stdout === null) throw new Error(`${this.name} has no stdout`);
    return this.#process.stdout;
  }

  /** Ends the whole process group: SIGINT (mariadb-backup ignores SIGTERM), then SIGKILL. */
  async end(): Promise<void> {
    if (!this.#reaped) this.#toldToEnd = true;
    this.#signalGroup('SIGINT');
    const timer = setTimeout(() => this.#signalGroup('SIGKILL'), graceMilliseconds);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the whole process group at once. */
  kill(): void {
    if (!this.#reaped) this.#toldToEnd = true;
    this.#signalGroup('SIGKILL');
  }

  error(ended: Ended, cause?: unknown): CommandError {
    return new CommandError(
      {
        program: this.name,
        arguments: this.program.arguments,
        exitStatus: ended.exitStatus,
        signal: ended.signal,
        stderrTail: ended.stderrTail,
      },
      { cause },
    );
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    // Once the leader is reaped its number may become another's.
    if (pid === undefined || this.#reaped) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #handOver(secret: string): void {
    const stream = this.#process.stdio[3] as Writable;
    stream.on('error', () => {
      // The program ended without reading it; its exit status tells.
    });
    stream.end(`${secret}\n`);
  }

  async #watch(onLine: (line: string) => void, stdoutLines: boolean): Promise<Ended> {
    const child = this.#process;
    const exit = new Promise<Omit<Ended, 'lastLine' | 'stderrTail'>>((resolve) => {
      child.once('error', (error) => {
        this.#tail.add(messageOf(error));
        if (child.pid === undefined) resolve({ exitStatus: null, signal: null, toldToEnd: false });
      });
      child.once('exit', (exitStatus, signal) => {
        // What the leader left in its group goes with it.
        this.#signalGroup('SIGKILL');
        this.#reaped = true;
        resolve({ exitStatus, signal, toldToEnd: this.#toldToEnd });
      });
    });
    const outputs = [child.stderr, stdoutLines ? child.stdout : null].filter((stream) => stream !== null);
    const drained = Promise.allSettled(outputs.map((stream) => readLines(stream, onLine)));
    const how = await exit;
    // A grandchild may hold stderr open after its parent has ended: do not wait for it for ever.
    await Promise.race([drained, pause(2000)]);
    for (const stream of outputs) stream.destroy();
    return { ...how, lastLine: this.#tail.lastLine, stderrTail: this.#tail.text };
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
