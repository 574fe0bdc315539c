import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

const preload = pathToFileURL(join(repositoryRoot(), 'test/support/clock.mjs')).href;

/**
 * The environment in which a Node process takes the time for `at` when it starts, such as `2026-11-17T04:07`, in UTC;
 * without it for what it is.
 */
export function clockAt(at: string | undefined): Record<string, string> {
  const offsetMs = at === undefined ? 0 : Date.parse(`${at}Z`) - Date.now();
  return { NODE_OPTIONS: `--import=${preload}`, TEST_CLOCK_OFFSET_MS: String(offsetMs) };
}
