import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Looks at what there is now. Processes and files may come and go meanwhile: those count as nothing. */

/** What the files below a directory take on the disk, or those of them whose names match. */
export async function bytesBelow(dir: string, names = /^/): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isFile() || !names.test(entry.name)) return 0;
      const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
      return (found?.blocks ?? 0) * 512;
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

/**
 * The most that one of a process and its descendants has had so far, in bytes. The kernel keeps each one's mark
 * (VmHWM), so only growth after the last look is missed.
 */
export async function peakRssOfTree(pid: number): Promise<number> {
  const [own, children] = await Promise.all([peakRss(pid), childrenOf(pid)]);
  return Math.max(own, ...(await Promise.all(children.map(peakRssOfTree))));
}

async function peakRss(pid: number): Promise<number> {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(await read(`/proc/${pid}/status`))?.[1];
  return Number(kibibytes ?? 0) * 1024;
}

/** Each thread has those that it started. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`)));
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
