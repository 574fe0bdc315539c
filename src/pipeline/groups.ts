import { readFile } from 'node:fs/promises';

/** A process group that a run started, told apart from a later one with the same number. */
export interface ProcessGroup {
  processId: number;
  /** Clock ticks after boot at which the leader started, from /proc/PID/stat. */
  startTicks: string;
}

/** Undefined when there is no such process any more. */
export async function identifyGroup(processId: number): Promise<ProcessGroup | undefined> {
  const startTicks = await startTicksOf(processId);
  return startTicks === undefined ? undefined : { processId, startTicks };
}

/** Is the leader that was identified still running? */
export async function isLiving({ processId, startTicks }: ProcessGroup): Promise<boolean> {
  return (await startTicksOf(processId)) === startTicks;
}

/** Ends a group that an earlier, killed run left behind. Returns whether there was one. */
export async function killGroup(group: ProcessGroup): Promise<boolean> {
  if (!(await isLiving(group))) return false;
  try {
    process.kill(-group.processId, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

async function startTicksOf(processId: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may hold blanks; the start time is the 22nd field, the 20th after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
