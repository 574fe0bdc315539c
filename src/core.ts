import { keepHeapSmall } from './heap.js';
import type { ActionCommand } from './inputs/input-definition.js';

/** The bundle: what the small entries in dist/ call. */

export type EntryName = ActionCommand | 'main' | 'post' | 'cache';

/**
 * Runs an action as the runner starts it. `main` is the root action, whose input `command` names the one; `cache` is
 * started by an action.
 */
export async function runAction(name: EntryName): Promise<void> {
  keepHeapSmall();
  if (name === 'post') {
    const { runPost } = await import('./actions/post.js');
    return runPost();
  }
  if (name === 'cache') {
    const { runCacheProcess } = await import('./actions/cache-process.js');
    const [task, key = ''] = process.argv.slice(2);
    return runCacheProcess(task === 'recall' ? task : 'remember', key);
  }
  const { runActionByName } = await import('./actions/run-action.js');
  if (name !== 'main') return runActionByName(name);
  const { runRootAction } = await import('./actions/root.js');
  return runRootAction();
}

/** Runs the command line. @param args without node and script. */
export async function runCli(args: readonly string[]): Promise<void> {
  keepHeapSmall();
  const { main } = await import('./cli.js');
  return main(args);
}
