import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** What this process is on its host, and so what the programs are that it starts. */
export interface Self {
  /** A name, or the number of a user without one. */
  user: string;
  /** How many files a process that is started here may open. */
  openFilesLimit: number | undefined;
  /** The systemd unit that this runs in. */
  unit: string | undefined;
}

/** Where /proc tells nothing, the facts are undefined. */
export async function readSelf(): Promise<Self> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const groups = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  return { user: userName(), openFilesLimit: openFilesOf(limits), unit: unitOf(groups) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** The soft limit, which children inherit: `Max open files  1048576  1048576  files`. */
export function openFilesOf(limits: string): number | undefined {
  const value = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits)?.[1];
  return value === undefined ? undefined : value === 'unlimited' ? Infinity : Number(value);
}

/** `0::/system.slice/actions.runner.acme-shop.db1.service`; undefined outside of a service. */
export function unitOf(groups: string): string | undefined {
  return /^\d+:(?:name=systemd)?:(?:\/[^/\n]+)*?\/([^/\n]+\.service)(?:\/|$)/m.exec(groups)?.[1];
}
