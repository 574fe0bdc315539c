import { tmpdir } from 'node:os';

/** Where private directories may be made: the runner empties its own after each job. */
export function temporaryDir(): string {
  return process.env['RUNNER_TEMP'] || tmpdir();
}
