import { getPriority, setPriority } from 'node:os';

/**
 * Lets other programs go first: this process, and all that it starts from now on. Where the I/O scheduler knows
 * priorities, reading and writing stand back as well, since Linux derives their priority from this one (ioprio_set(2)).
 * There is no way back for a user who is not root.
 * @param nice from 0 to 19. Less than it is already has no effect.
 */
export function standBack(nice: number): void {
  if (nice > getPriority()) setPriority(nice);
}
