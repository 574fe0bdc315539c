import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that a test may fill, and removes when it is done. */
export interface TemporaryDirectory {
  path: string;
  remove(): Promise<void>;
}

/** Makes an empty directory (absolute, without symlinks, short enough for sockets inside). */
export async function temporaryDirectory(topic = 'test'): Promise<TemporaryDirectory> {
  const path = await realpath(await mkdtemp(join(tmpdir(), `xbackup-${topic}-`)));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
