import { writeFile } from 'node:fs/promises';
import { availableParallelism, constants } from 'node:os';
import { backupContenders } from './backup-contenders.js';
import { commonEnvironment, type Contender } from './contender.js';
import { contestBackup, contestRestore, type Ground } from './contest.js';
import { startServer } from './data.js';
import { parseOptions, type BenchOptions } from './options.js';
import { BenchPlace } from './place.js';
import { isInstalled, requirePrograms } from './programs.js';
import { report } from './report.js';
import { restoreContenders } from './restore-contenders.js';
import { clientEnvironment } from './s3-clients.js';
import { startNullSink, startS3 } from './store.js';
import { targetsOf } from './targets.js';

/** What script/bench starts: measures every contender, and clears everything away however it ends. */

class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(signal);
  }
}

/** Rejects when the benchmark is told to end. From now on no signal ends the process. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => reject(new Interrupted(signal)));
  }
});
interrupted.catch(() => undefined);

process.exit(await main());

/** Returns the exit status. */
async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2), process.env['BENCH_CALLED_FROM'] ?? process.cwd());
  if ('problems' in parsed) {
    for (const problem of parsed.problems) complain(problem);
    complain('script/bench --help tells what there is.');
    return 2;
  }
  const { options } = parsed;
  const missing = requirePrograms([...backupContenders, ...restoreContenders], options.only);
  if (missing.length > 0) {
    for (const line of missing) complain(line);
    return 1;
  }
  // Those of the user's shell would lead the contenders elsewhere.
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|XBACKUP|RCLONE|S3CMD)_/.test(name)) Reflect.deleteProperty(process.env, name);
  }
  const place = new BenchPlace();
  const running = bench(options, place);
  running.catch(() => undefined);
  let status = 0;
  try {
    await Promise.race([interrupted, running]);
  } catch (error) {
    status = error instanceof Interrupted ? 128 + constants.signals[error.signal] : 1;
    complain(error instanceof Interrupted ? 'interrupted' : messageOf(error));
  }
  await place.clear().catch((error: unknown) => complain(`Not all could be removed: ${messageOf(error)}`));
  return status;
}

async function bench(options: BenchOptions, place: BenchPlace): Promise<void> {
  const { sizeMib, runs } = options;
  await place.requireSpace(sizeMib);
  say(`Loading ${sizeMib} MiB into a server of its own (in ${place.dir}; Ctrl-C ends and removes it).`);
  const store = await startS3(place.path('s3'), sizeMib);
  const nullSink = await startNullSink();
  const server = await startServer(place, sizeMib);
  const env = { ...commonEnvironment(server.socket), ...clientEnvironment(place, store) };
  const ground: Ground = { place, server, store, nullSink, sizeMib, runs, env, say };
  const backup = await contestBackup(ground, chosen(backupContenders, options));
  const restore = await contestRestore(ground, chosen(restoreContenders, options));
  nullSink.stop();

  const targets = targetsOf(backup, restore);
  say(`\n${report({ backup, restore }, targets)}\n`);
  if (options.jsonFile !== undefined) {
    const conditions = { sizeMib, runs, cores: availableParallelism() };
    const all = { conditions, backup, restore, targets };
    await writeFile(options.jsonFile, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  if (options.plotFile !== undefined) {
    // It takes half a second to load.
    const { plot } = await import('./plot.js');
    await writeFile(options.plotFile, await plot({ backup, restore }));
  }
}

/** Those that were asked for and can run here, and a line for each other one that cannot. */
function chosen<C extends Contender<string>>(contenders: readonly C[], { only }: BenchOptions): C[] {
  return contenders.filter(({ name, programs }) => {
    if (only?.some((wanted) => wanted === name) === false) return false;
    const absent = programs.filter((program) => !isInstalled(program));
    if (absent.length > 0) say(`${name} is left out: ${absent.join(', ')} is not installed.`);
    return absent.length === 0;
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`script/bench: ${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
