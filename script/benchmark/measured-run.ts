import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { toMb, type RunFigures } from './figures.js';
import { bytesBelow, peakRssOfTree } from './looks.js';

/**
 * Runs a contender, a bash script, and measures it. `run ROLE PROGRAM…` in the script starts a program and notes, by
 * bash's `time`, the CPU seconds of it and all its descendants that were waited for. Memory and disk are looked at
 * while it runs. Bash itself does nothing that counts.
 */

/** What a program does for a contender. The figures of `uploader` and `xbackup` are also shown on their own. */
type Role = 'tool' | 'compressor' | 'archiver' | 'uploader' | 'downloader' | 'extractor' | 'xbackup';

/**
 * The time goes to the file, and what the program says to the log as ever. In a shell of its own, since `time` would also
 * count whatever else of the shell's children ends meanwhile.
 */
const prelude = `set -euo pipefail
run() (
  TIMEFORMAT="$1 %3U %3S"
  shift
  { time "$@" 2>&3; } 3>&2 2>>"$USAGE"
)
`;

const logTailLines = 20;
/** Seldom, since each look at the disk asks for every file: with four a second it took a twentieth of both cores. */
const diskIntervalMs = 1000;
const memoryIntervalMs = 250;

export interface MeasuredScript {
  /** For the log. */
  name: string;
  script: string;
  /** An empty directory for all that it makes, given as `$SCRATCH`; removed afterwards. */
  scratch: string;
  env: Record<string, string>;
  logFile: string;
  /** Bytes below `scratch` that are the result, and so not temporary; asked when the script has ended. */
  resultBytes?: () => Promise<number>;
}

/** What the node process of ours tells of itself (script/benchmark/node-probe.mjs). */
interface NodeTold {
  cpuSeconds: number;
  startCpuSeconds: number;
  peakRssKib: number;
}

/**
 * @returns the figures, but for what is in the bucket.
 * @throws Error with the end of the log when the script fails.
 */
export async function measure(measured: MeasuredScript): Promise<Omit<RunFigures, 'storedMb'>> {
  const { scratch, logFile } = measured;
  const usageFile = `${logFile}.usage`;
  const probeFile = `${logFile}.probe`;
  await Promise.all([usageFile, probeFile].map((file) => rm(file, { force: true })));
  await mkdir(scratch, { recursive: true });
  const env = {
    ...process.env,
    ...measured.env,
    SCRATCH: scratch,
    TMPDIR: scratch,
    USAGE: usageFile,
    NODE_PROBE: probeFile,
  };
  let peakBytes = 0;
  const stopDisk = repeat(diskIntervalMs, async () => {
    peakBytes = Math.max(peakBytes, await bytesBelow(scratch));
  });
  const { status, wallSeconds, peakRssBytes } = await runScript(measured, env).finally(stopDisk);
  if (status !== 0) throw new Error(`${measured.name} failed (${status}):\n${await endOf(logFile)}`);
  const resultBytes = (await measured.resultBytes?.()) ?? 0;
  const usage = await readUsage(usageFile);
  const told = await readFile(probeFile, 'utf8').catch(() => undefined);
  await rm(scratch, { recursive: true, force: true });
  return {
    wallSeconds,
    cpuSeconds: sum(usage.map(({ cpuSeconds }) => cpuSeconds)),
    peakRssMb: toMb(peakRssBytes),
    temporaryDiskMb: toMb(Math.max(0, peakBytes - resultBytes)),
    ...uploaderFigures(usage),
    ...(told === undefined ? {} : nodeFigures(JSON.parse(told) as NodeTold)),
  };
}

interface Ended {
  /** 0, or what to say of it. */
  status: string | 0;
  wallSeconds: number;
  /** Of the largest of its processes. */
  peakRssBytes: number;
}

async function runScript({ script, logFile }: MeasuredScript, env: NodeJS.ProcessEnv): Promise<Ended> {
  const log = await open(logFile, 'a');
  try {
    const started = performance.now();
    const child = spawn('bash', ['-c', prelude + script], { env, stdio: ['ignore', log.fd, log.fd] });
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    let peakRssBytes = 0;
    const stopMemory = repeat(memoryIntervalMs, async () => {
      peakRssBytes = Math.max(peakRssBytes, await peakRssOfTree(child.pid ?? 0));
    });
    const wall = closed.then(() => (performance.now() - started) / 1000);
    const [[code, signal], wallSeconds] = await Promise.all([closed, wall]).finally(stopMemory);
    return {
      status: code === 0 ? 0 : `exit status ${code ?? signal ?? 'unknown'}`,
      wallSeconds,
      peakRssBytes,
    };
  } finally {
    await log.close();
  }
}

interface Usage {
  role: Role;
  cpuSeconds: number;
}

async function readUsage(file: string): Promise<Usage[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const [role, user, system] = line.split(' ');
    return { role: role as Role, cpuSeconds: Number(user) + Number(system) };
  });
}

function uploaderFigures(usage: readonly Usage[]): Pick<RunFigures, 'uploaderCpuSeconds'> {
  const uploaders = usage.filter(({ role }) => role === 'uploader');
  if (uploaders.length === 0) return {};
  return { uploaderCpuSeconds: sum(uploaders.map(({ cpuSeconds }) => cpuSeconds)) };
}

function nodeFigures(told: NodeTold): Partial<RunFigures> {
  return {
    nodeCpuSeconds: told.cpuSeconds,
    nodePeakRssMb: toMb(told.peakRssKib * 1024),
    nodeStartCpuSeconds: told.startCpuSeconds,
  };
}

/** Does something now and then; the function that ends it waits for the last time. */
function repeat(intervalMs: number, work: () => Promise<void>): () => Promise<void> {
  const stopped = new AbortController();
  const { signal } = stopped;
  const repeating = (async () => {
    while (!signal.aborted) {
      await work();
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopped.abort();
    await repeating;
  };
}

async function endOf(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
  return lines
    .slice(-logTailLines)
    .map((line) => `  | ${line}`)
    .join('\n');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
