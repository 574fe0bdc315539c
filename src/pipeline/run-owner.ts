import { readFile, readlink } from 'node:fs/promises';
import { z } from 'zod';
import { identifyGroup, isLiving } from './groups.js';

/** Which process a run is, so that another one can tell for sure whether it has ended. */
export const runOwnerSchema = z.object({
  /** Of the machine: another one after each boot. */
  bootId: z.string().min(1),
  /** Two containers may give the same number to two processes. */
  pidNamespace: z.string().min(1),
  processId: z.number(),
  startTicks: z.string(),
});

export type RunOwner = z.output<typeof runOwnerSchema>;

/** This process. Undefined where the host does not tell. */
export async function identifyRun(): Promise<RunOwner | undefined> {
  const group = identifyGroup(process.pid);
  const host = await identifyHost();
  return group === undefined || host === undefined ? undefined : { ...host, ...group };
}

/** Undefined when it lives, or when that cannot be told from here. */
export async function isDead(owner: RunOwner): Promise<'before the last boot' | 'now' | undefined> {
  const host = await identifyHost();
  if (host === undefined) return undefined;
  if (host.bootId !== owner.bootId) return 'before the last boot';
  if (host.pidNamespace !== owner.pidNamespace) return undefined;
  return isLiving(owner) ? undefined : 'now';
}

async function identifyHost(): Promise<Pick<RunOwner, 'bootId' | 'pidNamespace'> | undefined> {
  try {
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return { bootId, pidNamespace: await readlink('/proc/self/ns/pid') };
  } catch {
    return undefined;
  }
}
