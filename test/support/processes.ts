import { readFile, readdir } from 'node:fs/promises';

export interface LivingProcess {
  pid: number;
  /** Its command line, words separated by blanks. */
  command: string;
}

/**
 * The processes that live now and carry `marker` (`NAME=value`, or a part of it) in the environment that they
 * were started with: all descendants of a run that was given it, unless one was started with a clean
 * environment. This process is never among them. Zombies have no environment, so they do not count.
 */
export async function processesOf(marker: string): Promise<LivingProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It may end while we look, or be another user's: both are not ours.
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!environ.includes(marker)) return [];
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return [{ pid: Number(pid), command: command.replaceAll('\0', ' ').trim() }];
    }),
  );
  return found.flat();
}

/**
 * Watches how much memory a process has had at most, in bytes. The kernel keeps that mark itself (VmHWM), so
 * only growth in the last moment before the end is missed. (ru_maxrss would not do: a forked child inherits
 * its parent's.)
 */
export function watchPeakRss(pid: number, intervalMs = 50): { stop(): number } {
  let peakBytes = 0;
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    if (kibibytes !== undefined) peakBytes = Math.max(peakBytes, Number(kibibytes) * 1024);
  };
  const timer = setInterval(() => void look(), intervalMs);
  void look();
  return {
    stop: () => {
      clearInterval(timer);
      return peakBytes;
    },
  };
}
