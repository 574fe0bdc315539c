import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { runAction, type ActionResult } from '../test/support/action-runner.js';
import { repositoryRoot } from '../test/support/repository-root.js';
import type { DemoPlace, Store } from './demo-place.js';

const run = promisify(execFile);

/** The name of the database server in the bucket. */
export const serverName = 'shop-db';

/** Something of the demo is not as it must be: the message for people, and the end of a log that tells more. */
export class DemoFailure extends Error {
  constructor(
    message: string,
    readonly logTail: readonly string[] = [],
  ) {
    super(message);
  }
}

/** Runs the bundled actions as GitHub's runner does, and the command line, against one store. */
export class DemoRunner {
  readonly #place: DemoPlace;
  readonly #store: Store;
  readonly #onLine: (line: string) => void;

  constructor(place: DemoPlace, store: Store, onLine: (line: string) => void) {
    this.#place = place;
    this.#store = store;
    this.#onLine = onLine;
  }

  /**
   * Runs an action and keeps its log and job summary. `now` is the time that it believes it is.
   * @throws DemoFailure when it does not end well, or leaves something behind.
   */
  async action(
    action: 'backup' | 'prepare' | 'apply',
    options: { name: string; now: Date; inputs: Readonly<Record<string, string>> },
  ): Promise<ActionResult> {
    const { name, now, inputs } = options;
    const clock = pathToFileURL(join(repositoryRoot(), 'test/support/clock.mjs'));
    const { bucket, endpoint, credentials } = this.#store;
    const result = await runAction({
      action,
      inputs: { 's3-bucket': bucket, 's3-endpoint': endpoint, server: serverName, ...inputs },
      env: {
        ...credentials,
        HOME: this.#place.path('tmp'),
        NODE_OPTIONS: `--import=${clock.href}`,
        TEST_CLOCK_OFFSET_MS: String(now.getTime() - Date.now()),
      },
      onLine: (line) => (isShown(line) ? this.#onLine(line) : undefined),
    });
    await writeFile(this.#place.path('logs', `${name}.log`), `${result.log}\n`);
    await writeFile(this.#place.path('logs', `${name}.summary.md`), result.summary);
    const failed = result.exitCode !== 0 || result.post?.exitCode !== 0;
    if (failed || result.temporaryFiles.length > 0) {
      const left = failed ? '' : ` and left ${result.temporaryFiles.join(', ')}`;
      const status = `exit status ${result.exitCode ?? result.signal ?? '?'}`;
      throw new DemoFailure(
        `${name}: the action ended with ${status}${left}.`,
        result.log.split('\n').filter(isShown).slice(-40),
      );
    }
    return result;
  }

  /** What `xbackup list` prints. */
  async list(): Promise<string> {
    const env = { PATH: process.env['PATH'] ?? '', TMPDIR: this.#place.path('tmp'), ...this.variables() };
    const cli = join(repositoryRoot(), 'dist/cli.js');
    const { stdout } = await run(process.execPath, [cli, 'list'], { env });
    return stdout.trimEnd();
  }

  /** What the command line needs in its environment. */
  variables(): Record<string, string> {
    return {
      HOME: this.#place.path('tmp'),
      XBACKUP_S3_BUCKET: this.#store.bucket,
      XBACKUP_S3_ENDPOINT: this.#store.endpoint,
      XBACKUP_SERVER: serverName,
      ...this.#store.credentials,
    };
  }
}

/** Debug lines are for those who switch on the runner's debug logging; here they are in the kept logs. */
function isShown(line: string): boolean {
  return !line.startsWith('##[debug]');
}
