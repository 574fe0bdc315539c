import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningAction } from '../action-runner.js';
import { processesOf } from '../processes.js';

/** What anybody on the host could have seen of the programs that an action started. */
export interface SeenProcesses {
  /** Every command line. */
  commands: string[];
  /** The environments of all but the action's own processes, main and post, which have their inputs there. */
  environments: string[];
}

/** Looks at the processes of a running action, again and again, until it has ended. */
export async function watchProcesses(run: RunningAction): Promise<SeenProcesses> {
  const commands = new Set<string>();
  const environments = new Set<string>();
  let ended = false;
  const watch = async (): Promise<void> => {
    while (!ended) {
      for (const { pid, command } of await processesOf(run.marker)) {
        commands.add(command);
        // A child that is just being made still has the name and the environment of its parent.
        if (/\/node .*\/dist\/\w+\.js$/.test(command)) continue;
        // It may be gone by now.
        environments.add(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''));
      }
      await sleep(15);
    }
  };
  const watching = watch();
  await run.finished.finally(() => (ended = true));
  await watching;
  return { commands: [...commands], environments: [...environments] };
}
