import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchPeakRss } from './processes.js';
import { parseFileCommand, RunnerLog, type Annotation, type WorkflowCommand } from './runner-log.js';

/** What the runner does to a cancelled step: SIGINT to the node process alone, then SIGTERM, then SIGKILL. */
const untilSigtermMs = 7500;
const untilSigkillMs = 2500;
/** How long the runner waits for whoever holds the output open after node has ended. */
const heldOutputMs = 5000;
const summaryLimitBytes = 1024 * 1024;

/** What a step (main or post) did. */
export interface StepResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  outputs: Record<string, string>;
  /** As the runner shows it: empty when it is over 1 MiB. */
  summary: string;
  /** What a person sees: commands executed, secrets masked. */
  log: string;
  /** What was printed. */
  rawLog: string;
  annotations: Annotation[];
  /** Every workflow command that the runner executed. */
  commands: WorkflowCommand[];
  state: Record<string, string>;
  /** Of the node process, without its children. */
  peakRssBytes: number;
  durationMs: number;
  /** Some process still had the output open 5 s after node had ended: the runner's log stops there. */
  outputHeldOpen: boolean;
}

/** What the steps of a job have in common. */
export interface Job {
  node: string;
  workspace: string;
  runnerTemp: string;
  masks: string[];
  onLine: ((line: string) => void) | undefined;
}

export type Environment = Record<string, string>;

/** The folder in RUNNER_TEMP that holds the files below. */
export const fileCommandFolder = '_runner_file_commands';
const fileKinds = ['output', 'state', 'env', 'path', 'step_summary'] as const;
/** What a step wrote into GITHUB_OUTPUT and so on. */
export type FileCommands = Record<(typeof fileKinds)[number], string>;

export interface Step {
  pid: number;
  ended: Promise<StepResult & { files: FileCommands }>;
  cancel(): Promise<void>;
  waitForLine: (pattern: RegExp) => Promise<string>;
}

/** Starts `entry` with node: stdin closed, its files in place, its output read as the runner reads it. */
export async function startStep(job: Job, entry: string, env: Environment): Promise<Step> {
  const id = randomUUID();
  const paths = fileKinds.map(
    (kind) => [kind, join(job.runnerTemp, fileCommandFolder, `${kind}_${id}`)] as const,
  );
  await mkdir(join(job.runnerTemp, fileCommandFolder), { recursive: true });
  await Promise.all(paths.map(([, path]) => writeFile(path, '')));
  const files = Object.fromEntries(paths.map(([kind, path]) => [`GITHUB_${kind.toUpperCase()}`, path]));

  const startedMs = performance.now();
  const child = spawn(job.node, [entry], {
    cwd: job.workspace,
    env: { ...env, ...files },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const waiting = new Set<(line: string) => void>();
  const log = new RunnerLog(job.masks, (line) => {
    job.onLine?.(line);
    for (const look of [...waiting]) look(line);
  });
  const exit = watchExit(child, log);
  // An entry that ends at once may close its end first.
  child.stdin.on('error', () => undefined).end();
  if (child.pid === undefined) await exit.node; // throws why it could not be started
  const pid = child.pid ?? 0;
  const memory = watchPeakRss(pid);

  const collect = async (): Promise<StepResult & { files: FileCommands }> => {
    const { exitCode, signal } = await exit.node;
    const durationMs = performance.now() - startedMs;
    const outputHeldOpen = await exit.output();
    const texts = await Promise.all(paths.map(async ([kind, path]) => [kind, await readFile(path, 'utf8')]));
    const read = Object.fromEntries(texts) as FileCommands;
    await Promise.all(paths.map(([, path]) => rm(path)));
    const summary = Buffer.byteLength(read.step_summary) > summaryLimitBytes ? '' : read.step_summary;
    return {
      exitCode,
      signal,
      outputs: parseFileCommand(read.output),
      summary,
      log: log.shown.join('\n'),
      rawLog: log.raw.join('\n'),
      annotations: log.annotations,
      commands: log.commands,
      state: parseFileCommand(read.state),
      peakRssBytes: memory.stop(),
      durationMs,
      outputHeldOpen,
      files: read,
    };
  };
  const ended = collect();
  ended.catch(() => undefined);
  return {
    pid,
    ended,
    cancel: async () => {
      for (const [signal, patienceMs] of [
        ['SIGINT', untilSigtermMs],
        ['SIGTERM', untilSigkillMs],
      ] as const) {
        child.kill(signal);
        const patience = new AbortController();
        await Promise.race([
          exit.node,
          sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
        ]);
        patience.abort();
        if (child.exitCode !== null || child.signalCode !== null) return;
      }
      child.kill('SIGKILL');
    },
    waitForLine: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (line: string): void => {
          if (!pattern.test(line)) return;
          waiting.delete(look);
          resolve(line);
        };
        log.shown.forEach(look);
        waiting.add(look);
        const missed = (): void =>
          reject(new Error(`No line matched ${String(pattern)} in:\n${log.shown.slice(-40).join('\n')}`));
        ended.then(missed, missed);
      }),
  };
}

interface Exit {
  node: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
  /** Waits for the end of the output, but not for ever; true when someone still held it open. */
  output(): Promise<boolean>;
}

function watchExit(child: ChildProcess, log: RunnerLog): Exit {
  const node = new Promise<Awaited<Exit['node']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const closed = Promise.all(
    streams.map(
      (input) =>
        new Promise<void>((resolve) => {
          const lines = createInterface({ input, crlfDelay: Infinity });
          lines.on('line', (line) => log.add(line));
          lines.once('close', resolve);
        }),
    ),
  );
  return {
    node,
    output: async () => {
      const patience = new AbortController();
      const heldOpen = await Promise.race([
        closed.then(() => false),
        sleep(heldOutputMs, true, { signal: patience.signal }).catch(() => true),
      ]);
      patience.abort();
      for (const stream of streams) stream.destroy();
      return heldOpen;
    },
  };
}
