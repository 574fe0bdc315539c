import { formatDuration } from '../../src/report/format.js';
import type { MysqlServer } from '../../test/support/mysql-server.js';
import { makeChain } from './chain.js';
import { isForeign, type Contender } from './contender.js';
import { settle } from './data.js';
import { rotated, tableOf, toMb, type RunFigures, type Table } from './figures.js';
import { bytesBelow } from './looks.js';
import { measure } from './measured-run.js';
import type { BackupName, RestoreName } from './options.js';
import type { BenchPlace } from './place.js';
import type { RestoreContender } from './restore-contenders.js';
import { Bucket, type Store } from './store.js';

/** Full and so many incrementals are restored. */
export const incrementals = 6;

export interface Ground {
  place: BenchPlace;
  server: MysqlServer;
  store: Store;
  nullSink: Store;
  sizeMib: number;
  runs: number;
  /** Of every script. */
  env: Record<string, string>;
  say: (line: string) => void;
}

/** Each contender makes full backups into a bucket of its own, which is empty again when the next one runs. */
export async function contestBackup(
  ground: Ground,
  contenders: readonly Contender<BackupName>[],
): Promise<Table<BackupName>> {
  const buckets = new Map<BackupName, Bucket>();
  for (const { name } of contenders) {
    if (name === 'limit') continue;
    const store = name === 'xbackup-null-sink' ? ground.nullSink : ground.store;
    buckets.set(name, await new Bucket(store, `backup-${name}`).create());
  }
  return contest('backup', ground, contenders, async ({ name, script }, measured) => {
    const bucket = buckets.get(name);
    const env = { ...ground.env, BUCKET: bucket?.name ?? '', NULL_SINK: ground.nullSink.endpoint };
    const figures = await measure({ ...measured, script, env });
    const storedMb = toMb((await bucket?.sizeBytes()) ?? 0);
    await bucket?.empty();
    return { ...figures, storedMb };
  });
}

/** Each contender restores the same chain, each from what its way of making backups has stored. */
export async function contestRestore(
  ground: Ground,
  contenders: readonly RestoreContender[],
): Promise<Table<RestoreName>> {
  if (contenders.length === 0) return {};
  const { place, store, say } = ground;
  const bucket = await new Bucket(store, 'chain').create();
  const sketched = contenders.some(({ name }) => name === 'sketch');
  const sketchBucket = sketched ? await new Bucket(store, 'sketch-chain').create() : undefined;
  const links = place.path('links');
  say(`Making a chain of a full and ${incrementals} incrementals.`);
  await makeChain(
    { ...ground, env: { ...process.env, ...ground.env } },
    { bucket, sketchBucket, links },
    { sizeMib: ground.sizeMib, incrementals },
  );
  const env = {
    ...ground.env,
    BUCKET: bucket.name,
    SKETCH_BUCKET: sketchBucket?.name ?? '',
    LINKS: links,
    LAST: String(incrementals),
  };
  const storedMb = toMb(await bucket.sizeBytes());
  const sketchMb = toMb((await sketchBucket?.sizeBytes()) ?? 0);
  return contest('restore', ground, contenders, async ({ name, script, result }, measured) => {
    const resultBytes = () => bytesBelow(`${measured.scratch}/${result}`);
    const figures = await measure({ ...measured, script, env, resultBytes });
    return { ...figures, storedMb: name === 'sketch' ? sketchMb : storedMb };
  });
}

/** Every contender once, and again, each round with another one first, so that noise hits all of them. */
async function contest<C extends Contender<string>>(
  what: string,
  { place, runs, say }: Ground,
  contenders: readonly C[],
  run: (contender: C, measured: { name: string; scratch: string; logFile: string }) => Promise<RunFigures>,
): Promise<Table<C['name']>> {
  const measured = new Map<C['name'], RunFigures[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < runs; round += 1) {
    for (const contender of rotated(contenders, round)) {
      if (!measured.has(contender.name)) continue;
      const name = `${what}-${contender.name}`;
      const places = { name, scratch: place.path('tmp', name), logFile: place.path('logs', `${name}.log`) };
      await settle();
      const figures = await run(contender, places).catch((error: unknown) => {
        if (!isForeign(contender)) throw error;
        say(`${contender.name} is left out: ${String(error)}`);
        measured.delete(contender.name);
      });
      if (figures === undefined) continue;
      measured.get(contender.name)?.push(figures);
      say(
        `${what}, run ${round + 1} of ${runs}: ${contender.name} took ${formatDuration(figures.wallSeconds)}`,
      );
    }
  }
  return contenders.length === 0 ? {} : tableOf(measured);
}
