import { setTimeout as sleep } from 'node:timers/promises';
import { limit, ours } from './backup-contenders.js';
import { median, type Rows } from './figures.js';
import { inTurns, placesOf, tell, type Ground } from './ground.js';
import { loadRowsOf, type LoadFigures, type LoadRun } from './load-figures.js';
import { measure } from './measured-run.js';
import { Bucket } from './store.js';
import { startSysbench } from './sysbench.js';

/** What is left of a busy server's throughput while the tool alone, or xbackup, makes a full backup of it. */

export async function measureLoad(ground: Ground): Promise<Rows<LoadFigures>> {
  const bucket = await new Bucket(ground.nullSink, 'load').create();
  const env = { ...ground.env, BUCKET: bucket.name, NULL_SINK: ground.nullSink.endpoint };
  const backUp = async (name: string, script: string) => {
    const { wallSeconds } = await measure({ ...placesOf(ground, `load-${name}`), script, env });
    return wallSeconds;
  };
  // How long xbackup took the last time: it comes first, and the others last as long.
  let ourSeconds = 0;
  /** Each returns what one backup took. */
  const rows: Record<string, () => Promise<number>> = {
    xbackup: async () => {
      ourSeconds = await backUp('xbackup', ours('$NULL_SINK'));
      return ourSeconds;
    },
    limit: async () => {
      const each: number[] = [];
      const started = performance.now();
      do each.push(await backUp('limit', limit));
      while (secondsSince(started) < ourSeconds);
      return median(each);
    },
    alone: async () => {
      await sleep(ourSeconds * 1000);
      return 0;
    },
  };

  ground.say('Making the tables of sysbench.');
  const sysbench = await startSysbench(ground);
  const measured = new Map<string, LoadRun[]>(['alone', 'limit', 'xbackup'].map((name) => [name, []]));
  await inTurns(Object.entries(rows), ground.runs, async ([name, work], round) => {
    const before = await sysbench.transactions();
    const started = performance.now();
    const wallSeconds = await work();
    const seconds = secondsSince(started);
    const transactionsPerSecond = ((await sysbench.transactions()) - before) / seconds;
    measured.get(name)?.push({ transactionsPerSecond, wallSeconds });
    await bucket.empty();
    tell(ground, 'load', round, name, { wallSeconds: seconds });
  });
  await sysbench.stop();
  return loadRowsOf(measured);
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}
