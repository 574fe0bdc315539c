import { readFileSync } from 'node:fs';

/** A process group that a run started, told apart from a later one with the same number. */
export interface ProcessGroup {
  processId: number;
  /** Clock ticks after boot at which the leader started, from /proc/PID/stat. */
  startTicks: string;
}

/** Undefined when there is no such process any more. At once: a run may be killed as soon as it has started one. */
export function identifyGroup(processId: number): ProcessGroup | undefined {
  const startTicks = startTicksOf(processId);
  return startTicks === undefined ? undefined : { processId, startTicks };
}

/** Is the leader that was identified still running? */
export function isLiving({ processId, startTicks }: ProcessGroup): boolean {
  return startTicksOf(processId) === startTicks;
}

/** Ends a group that an earlier, killed run left behind. Returns whether there was one. */
export function killGroup(group: ProcessGroup): boolean {
  if (!isLiving(group)) return false;
  try {
    process.kill(-group.processId, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

function startTicksOf(processId: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${processId}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold blanks; the start time is the 22nd field, the 20th after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
