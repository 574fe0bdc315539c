import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ours } from './backup-contenders.js';
import { changeSome, settle } from './data.js';
import { placesOf, type Ground } from './ground.js';
import { measure } from './measured-run.js';
import type { Bucket } from './store.js';

const run = promisify(execFile);

export interface ChainPlaces {
  /** What xbackup has stored. */
  bucket: Bucket;
  /** The same links as the sketch stores them; undefined when nobody reads them. */
  sketchBucket: Bucket | undefined;
  /** A directory of its own, for the links as files: `0.zst`, and the object's key in `0.key`. */
  links: string;
}

/** Makes a full and so many incrementals, with changes in between, and lays them where the contenders read them. */
export async function makeChain(ground: Ground, places: ChainPlaces, incrementals: number): Promise<void> {
  const { place, server, sizeMib } = ground;
  const backup = async (type: string) => {
    await settle();
    const env = { ...ground.env, BUCKET: places.bucket.name };
    await measure({ ...placesOf(ground, 'chain'), script: ours('$S3_ENDPOINT', type), env });
  };
  await backup('full');
  for (let hour = 1; hour <= incrementals; hour += 1) {
    await changeSome(server, sizeMib, hour);
    await backup('incremental');
  }
  await mkdir(places.links);
  const made = await linksInOrder(places.bucket);
  for (const [index, { objects }] of made.entries()) {
    const [{ key }] = objects;
    const file = join(places.links, `${index}.zst`);
    await places.bucket.download(key, file);
    await writeFile(join(places.links, `${index}.key`), key);
    if (places.sketchBucket !== undefined) {
      const to = {
        ...process.env,
        ...ground.env,
        BUCKET: places.sketchBucket.name,
        FOLDER: place.path('tmp', 'sketch'),
        LOG: place.path('logs', 'chain-sketch.log'),
      };
      await storeAsSketch(file, index, to);
    }
  }
}

/** What the benchmark reads of a manifest. */
interface Link {
  startedAt: string;
  objects: [{ key: string }];
  lsn: { to: string };
}

/** The links, by their manifests, in the order in which they were made. */
export async function linksInOrder(bucket: Bucket): Promise<Link[]> {
  const keys = (await bucket.list()).map(({ Key = '' }) => Key).filter((key) => key.endsWith('.json'));
  const links = await Promise.all(keys.map(async (key) => JSON.parse(await bucket.read(key)) as Link));
  return links.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** A folder, packed by tar and gzip. */
async function storeAsSketch(file: string, index: number, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = env['FOLDER'] as string;
  const script = `set -euo pipefail
mkdir -p "$FOLDER/$LINK"
zstd -dcq "$FILE" | mbstream -x -C "$FOLDER/$LINK"
tar -czf "$FOLDER/$LINK.tar.gz" -C "$FOLDER" "$LINK"
s3cmd -q -c "$S3CMD_CONFIG" put "$FOLDER/$LINK.tar.gz" "s3://$BUCKET/$LINK.tar.gz" >>"$LOG" 2>&1`;
  await run('bash', ['-c', script], { env: { ...env, FILE: file, LINK: String(index) } });
  await rm(folder, { recursive: true });
}
