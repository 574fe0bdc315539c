import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { messageOf } from '../../src/errors.js';
import { Interrupted, untilInterrupted } from '../interruption.js';
import { backupContenders } from './backup-contenders.js';
import { commonEnvironment, type Contender } from './contender.js';
import { contestBackup, contestRestore } from './contest.js';
import { startServer } from './data.js';
import type { Ground } from './ground.js';
import { measureIdle } from './idle.js';
import { measureLinks } from './links.js';
import { measureLoad } from './load.js';
import { parseOptions, type BenchOptions, type PartName } from './options.js';
import { BenchPlace } from './place.js';
import { absentOf, requirePrograms, versionsOf } from './programs.js';
import { report } from './report.js';
import { restoreContenders } from './restore-contenders.js';
import type { Results } from './results.js';
import { clientEnvironment } from './s3-clients.js';
import { startNullSink, startS3 } from './store.js';
import { measureStreams } from './streams.js';
import { targetsOf } from './targets.js';

/** What script/bench starts: measures every contender, and clears everything away however it ends. */

const interrupted = untilInterrupted();

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
  const contenders = [
    ...(options.parts.includes('backup') ? backupContenders : []),
    ...(options.parts.includes('restore') ? restoreContenders : []),
  ];
  const missing = await requirePrograms(contenders, options);
  if (missing.length > 0) {
    for (const line of missing) complain(line);
    return 1;
  }
  // Those of the user's shell would lead the contenders elsewhere.
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|XBACKUP|RCLONE|S3CMD)_/.test(name)) Reflect.deleteProperty(process.env, name);
  }
  const programs = await versionsOf(contenders, options);
  for (const [program, version] of Object.entries(programs)) say(`${program}: ${version}`);
  const place = new BenchPlace();
  const running = bench(options, place, programs);
  running.catch(() => undefined);
  let status = 0;
  try {
    await Promise.race([interrupted, running]);
  } catch (error) {
    status = error instanceof Interrupted ? error.exitStatus : 1;
    complain(error instanceof Interrupted ? 'interrupted' : messageOf(error));
  }
  await place.clear().catch((error: unknown) => complain(`Not all could be removed: ${messageOf(error)}`));
  return status;
}

async function bench(
  options: BenchOptions,
  place: BenchPlace,
  programs: Record<string, string>,
): Promise<void> {
  const { sizeMib, runs } = options;
  await place.requireSpace(sizeMib);
  say(`Loading ${sizeMib} MiB into a server of its own (in ${place.dir}; Ctrl-C ends and removes it).`);
  const store = await startS3(place.path('s3'), sizeMib);
  const nullSink = await startNullSink();
  const server = await startServer(place, sizeMib);
  const env = { ...commonEnvironment(server.socket), ...clientEnvironment(place, store) };
  const ground: Ground = { place, server, store, nullSink, sizeMib, runs, env, say };
  const results = await measureParts(ground, options);
  nullSink.stop();

  const targets = targetsOf(results);
  say(`\n${report(results, targets)}\n`);
  if (options.jsonFile !== undefined) {
    const conditions = { sizeMib, runs, cores: availableParallelism(), programs };
    const all = { conditions, ...results, targets };
    await writeFile(options.jsonFile, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  if (options.plotFile !== undefined) {
    // It takes half a second to load.
    const { plot } = await import('./plot.js');
    await writeFile(options.plotFile, await plot(results));
  }
}

async function measureParts(ground: Ground, options: BenchOptions): Promise<Results> {
  const of = async <Part extends object>(name: PartName, measureIt: () => Promise<Part>) =>
    options.parts.includes(name) ? measureIt() : ({} as Part);
  return {
    backup: await of('backup', async () => contestBackup(ground, await chosen(backupContenders, options))),
    restore: await of('restore', async () =>
      contestRestore(ground, await chosen(restoreContenders, options)),
    ),
    idle: await of('idle', () => measureIdle(ground)),
    links: await of('links', () => measureLinks(ground)),
    streams: await of('streams', () => measureStreams(ground, options.streamsMib)),
    // Last: it writes to the server.
    load: await of('load', () => measureLoad(ground)),
  };
}

/** Those that were asked for and can run here, and a line for each other one that cannot. */
async function chosen<C extends Contender<string>>(
  contenders: readonly C[],
  { only }: BenchOptions,
): Promise<C[]> {
  const able: C[] = [];
  for (const contender of contenders) {
    const { name, programs } = contender;
    if (only?.some((wanted) => wanted === name) === false) continue;
    const absent = await absentOf(programs);
    if (absent.length === 0) able.push(contender);
    else say(`${name} is left out: ${absent.join(', ')} is not installed.`);
  }
  return able;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`script/bench: ${line}\n`);
}
