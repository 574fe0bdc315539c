import type { Log } from '../log.js';

/**
 * The steps of what changes something, in their order: where a run may be killed, and the next one must find its way.
 * Each is told when it is reached. The tests kill a run at each of them.
 */
export const steps = {
  backup: [
    'ask the server whether it is ready',
    'take the lock of the datadir',
    'sweep up after dead runs',
    'look at the server',
    'read what backups there are',
    'start the tool',
    'send an object',
    'send it in parts',
    'check the stream that has ended',
    'write the manifest',
    'tell of the good backup',
  ],
  prepare: [
    'choose the chain',
    'take the target directory',
    'empty the target directory',
    'mark the chain as in use',
    'extract a link',
    'apply a link',
    'check the prepared data',
    'write prepared.json',
    'tell of the prepared data',
  ],
  apply: [
    'Stop the server',
    'Set the old datadir aside',
    'Put the prepared data in place',
    "Carry over the server's own settings and keys",
    'Give the files to their owner',
    'Start the server and wait until it answers',
    'Roll back: put the old datadir back',
    'Roll back: start the old server',
  ],
} as const;

export type Operation = keyof typeof steps;
export type StepOf<O extends Operation> = (typeof steps)[O][number];

/** Says in the log for debugging that a step begins now. */
export function reach<O extends Operation>(log: Log, operation: O, step: StepOf<O>): void {
  log.debug(`Step of the ${operation}: ${step}`);
}
