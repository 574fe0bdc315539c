import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Manifest } from '../../src/chain/manifest.js';
import type { BackupPlace } from './database-host.js';

/** What somebody, or a bad disk, may do to what is stored. */

/** What becomes of a stored object; undefined: it is deleted. */
export type Change = (body: Buffer) => Buffer | string | undefined;

/** Runs `work` with an object or manifest changed, and puts it back. */
export async function withChanged(
  place: BackupPlace,
  key: string,
  change: Change,
  work: () => Promise<void>,
): Promise<void> {
  const original = await place.read(key);
  const changed = change(original);
  if (changed !== undefined) await place.write(key, changed);
  else await place.host.s3.client().send(new DeleteObjectCommand({ Bucket: place.bucket, Key: key }));
  try {
    await work();
  } finally {
    await place.write(key, original);
  }
}

/** One byte changed, at a part (0 to 1) of the length. */
export function flipped(at: number): Change {
  return (body) => {
    const copy = Buffer.from(body);
    const index = Math.floor(body.length * at);
    copy[index] = (copy[index] ?? 0) ^ 0xff;
    return copy;
  };
}

export function edited(change: (manifest: Manifest) => object): Change {
  return (body) => JSON.stringify(change(JSON.parse(body.toString()) as Manifest), null, 2);
}
