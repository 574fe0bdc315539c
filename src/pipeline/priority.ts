import { writeFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Lets other programs go first: this process, and all that it starts from now on. Where the I/O scheduler knows
 * priorities, reading and writing stand back as well, since Linux derives their priority from this one (ioprio_set(2)).
 * There is no way back for a user who is not root.
 * @param nice from 0 to 19. Less than it is already has no effect.
 */
export function standBack(nice: number): void {
  if (nice > getPriority()) setPriority(nice);
}

/** Others than root may change a session only ten times a second, all of them together. */
const sessionTries = 20;
const betweenTriesMilliseconds = 110;

/**
 * Lets a program that leads a session of its own stand back as far as this process. Within its session it does so by
 * itself; but where Linux shares the processor out among sessions, it counts nowhere else (sched(7), autogroup).
 */
export async function standBackInSession(processId: number): Promise<void> {
  const nice = getPriority();
  if (nice <= 0) return;
  for (let tries = 0; tries < sessionTries; tries++) {
    const error = await writeFile(`/proc/${processId}/autogroup`, String(nice), { flag: 'r+' }).catch(
      (error: unknown) => error,
    );
    // Anything else means that the kernel has no such groups, or that the program has ended.
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
    await pause(betweenTriesMilliseconds, undefined, { ref: false });
  }
}
