import { rm } from 'node:fs/promises';
import { makeChain } from './chain.js';
import { isForeign, type Contender } from './contender.js';
import { tableOf, toMb, type RunFigures, type Table } from './figures.js';
import { inTurns, placesOf, tell, type Ground, type MeasuredPlaces } from './ground.js';
import { bytesBelow } from './looks.js';
import { measure } from './measured-run.js';
import type { BackupName, RestoreName } from './options.js';
import type { RestoreContender } from './restore-contenders.js';
import { Bucket } from './store.js';

/** Full and so many incrementals are restored. */
export const incrementals = 6;

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
  await makeChain(ground, { bucket, sketchBucket, links }, incrementals);
  const env = {
    ...ground.env,
    BUCKET: bucket.name,
    SKETCH_BUCKET: sketchBucket?.name ?? '',
    LINKS: links,
    LAST: String(incrementals),
  };
  const storedMb = toMb(await bucket.sizeBytes());
  const sketchMb = toMb((await sketchBucket?.sizeBytes()) ?? 0);
  const table = await contest('restore', ground, contenders, async ({ name, script, result }, measured) => {
    const resultBytes = () => bytesBelow(`${measured.scratch}/${result}`);
    const figures = await measure({ ...measured, script, env, resultBytes });
    return { ...figures, storedMb: name === 'sketch' ? sketchMb : storedMb };
  });
  await Promise.all([bucket.empty(), sketchBucket?.empty(), rm(links, { recursive: true })]);
  return table;
}

async function contest<C extends Contender<string>>(
  what: string,
  ground: Ground,
  contenders: readonly C[],
  run: (contender: C, measured: MeasuredPlaces) => Promise<RunFigures>,
): Promise<Table<C['name']>> {
  const { say } = ground;
  const measured = new Map<C['name'], RunFigures[]>(contenders.map(({ name }) => [name, []]));
  await inTurns(contenders, ground.runs, async (contender, round) => {
    const { name } = contender;
    if (!measured.has(name)) return;
    const figures = await run(contender, placesOf(ground, `${what}-${name}`)).catch((error: unknown) => {
      if (!isForeign(contender)) throw error;
      say(`${name} is left out: ${String(error)}`);
      measured.delete(name);
    });
    if (figures === undefined) return;
    measured.get(name)?.push(figures);
    tell(ground, what, round, name, figures);
  });
  return contenders.length === 0 ? {} : tableOf(measured);
}
