import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { ChainMemory } from '../operations/known-backups.js';
import { runBriefly } from '../pipeline/brief.js';
import type { OnStart } from '../pipeline/child.js';

/**
 * The memory of backups in the cache of GitHub Actions: one small entry for each, whose key ends with the line that is
 * remembered. Only keys are ever read. (An entry is an archive that the library unpacks wherever its paths lead, and any
 * workflow on the default branch may write one.)
 *
 * The library runs in a process of its own: it waits for minutes where the service does not answer, and prints what the
 * service says.
 */

/** For asking, and again for leaving a line. The library's own limits are minutes. */
const patienceSeconds = 10;
const longestKey = 512;

export interface RememberedPlace {
  s3Bucket: string;
  s3Endpoint: string | undefined;
  s3Prefix: string;
  server: string;
}

/** Undefined where the runner has no cache. */
export function cacheMemory(
  { s3Bucket, s3Endpoint = '', s3Prefix, server }: RememberedPlace,
  log: Log,
  onStart: OnStart,
): ChainMemory | undefined {
  const environment = cacheEnvironment();
  if (environment === undefined) return undefined;
  const place = JSON.stringify([s3Endpoint, s3Bucket, s3Prefix, server]);
  const prefix = `xbackup-head-${createHash('sha256').update(place).digest('hex').slice(0, 16)}-`;

  const run = async (what: CacheTask, key: string, workDir: string, signal: AbortSignal) => {
    const folder = await mkdtemp(join(workDir, 'cache-'));
    const program = {
      program: process.execPath,
      arguments: [join(dirname(process.argv[1] ?? ''), 'cache.js'), what, key],
      environment: { ...environment, GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder },
      directory: folder,
    };
    await runBriefly(program, { log: complaintsOnly(log), signal, onStart, seconds: patienceSeconds });
    return readFile(join(folder, answerFile), 'utf8');
  };

  return {
    longestText: longestKey - prefix.length,
    async recall(workDir, signal) {
      try {
        const key = await run('recall', prefix, workDir, signal);
        return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
      } catch (error) {
        log.debug(`Nothing came from the cache: ${messageOf(error)}`);
        return undefined;
      }
    },
    async remember(text, workDir, signal) {
      try {
        return (await run('remember', prefix + text, workDir, signal)) === 'kept';
      } catch (error) {
        log.debug(`Nothing went into the cache: ${messageOf(error)}`);
        return false;
      }
    },
  };
}

export type CacheTask = 'recall' | 'remember';

/** What the process leaves in its directory. */
export const answerFile = 'answer';

/** What the library needs of ours. */
function cacheEnvironment(): Record<string, string> | undefined {
  const { ACTIONS_RUNTIME_TOKEN: token, ACTIONS_RESULTS_URL: v2, ACTIONS_CACHE_URL: v1 } = process.env;
  if (token === undefined || (v2 ?? v1) === undefined) return undefined;
  const names = Object.keys(process.env).filter((name) =>
    /^(ACTIONS_(?!ID_TOKEN)|GITHUB_SERVER_URL$)/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

/** Its other lines hold signed addresses. */
function complaintsOnly(log: Log): Log {
  const debug = (line: string) => {
    if (/::(warning|error)::/.test(line)) log.debug(line);
  };
  return { ...log, debug };
}
