import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../src/errors.js';
import type { Ended, Program } from '../../src/pipeline/child.js';
import { PieceMemory } from '../../src/pipeline/piece-memory.js';
import { readFromPrograms, type ThroughOptions } from '../../src/pipeline/pipeline.js';
import { processesOf } from './processes.js';
import { recordingLog, type RecordingLog } from './recording-log.js';
import { temporaryDirectory } from './temporary.js';

/** Where a test runs small real programs: everything that they do is seen here. */
export interface ProgramWorld {
  /** An empty directory. */
  path: string;
  log: RecordingLog;
  abort: AbortController;
  /** The ids of the programs that were started. */
  started: number[];
  options: ThroughOptions;
  /** What lives of all that was started, grandchildren too. */
  living(): Promise<{ pid: number; command: string }[]>;
  /** The output of `programs`, in copies of small pieces. */
  reading(
    programs: readonly Program[],
    verify?: Verify,
    more?: Partial<ThroughOptions>,
  ): AsyncGenerator<Buffer, void>;
  /** All output of `programs`. */
  read(programs: readonly Program[], verify?: Verify): Promise<Buffer>;
  exists(name: string): Promise<boolean>;
  /** Removes the directory. @throws when a process is left. */
  close(): Promise<void>;
}

export type Verify = (ended: readonly Ended[]) => Promise<void>;

const markerName = 'PROGRAM_WORLD';

const pieceBytes = 50_000;

export async function programWorld(): Promise<ProgramWorld> {
  const dir = await temporaryDirectory('programs');
  // Every program that is started inherits it.
  process.env[markerName] = dir.path;
  const log = recordingLog();
  const abort = new AbortController();
  const started: number[] = [];
  const options = {
    log,
    signal: abort.signal,
    onStart: (processId: number) => void started.push(processId),
    workDir: dir.path,
  };
  async function* reading(
    programs: readonly Program[],
    verify: Verify = () => Promise.resolve(),
    more: Partial<ThroughOptions> = {},
  ): AsyncGenerator<Buffer, void> {
    const memory = new PieceMemory(pieceBytes, 3);
    for await (const piece of readFromPrograms(programs, { ...options, memory, ...more }, verify)) {
      const copy = Buffer.from(piece);
      memory.give(piece);
      yield copy;
    }
  }
  const living = () => processesOf(`${markerName}=${dir.path}`);
  return {
    path: dir.path,
    log,
    abort,
    started,
    options,
    living,
    reading,
    async read(programs, verify) {
      const chunks: Buffer[] = [];
      for await (const chunk of reading(programs, verify)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    exists: (name) =>
      stat(join(dir.path, name)).then(
        () => true,
        () => false,
      ),
    async close() {
      try {
        // A process that was killed is there until it is reaped.
        await eventually(async () => (await living()).length === 0, 'no process is left');
      } finally {
        await dir.remove();
      }
    },
  };
}

/** A shell script as a program. */
export function sh(script: string): Program {
  return { program: '/bin/sh', arguments: ['-c', script] };
}

export const cat: Program = { program: 'cat', arguments: [] };

export const missing: Program = { program: '/nowhere/to-be-found', arguments: [] };

/** Waits until it is true. @throws after ten seconds. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`It never came true that ${what}`);
}

/** The CommandError that `work` must fail with. */
export async function failureOf(work: Promise<unknown>): Promise<CommandError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CommandError) return error;
  throw new Error(`Not a CommandError: ${String(error)}`);
}

export async function* zeros(megabytes: number): AsyncGenerator<Uint8Array, void> {
  const block = Buffer.alloc(1024 * 1024);
  for (let count = 0; count < megabytes; count += 1) {
    await Promise.resolve();
    yield block;
  }
}
