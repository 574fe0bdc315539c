import type { RunIdentity } from '../chain/manifest.js';

/** Who holds a lock, for those who find it taken. */
export function purposeOf(what: string, run: RunIdentity | undefined): string {
  return run === undefined ? `${what} from a command line` : `${what} by ${run.url}`;
}
