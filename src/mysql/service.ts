import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, messageOf, UserError } from '../errors.js';
import { outputOf, runShellCommand } from '../pipeline/commands.js';
import type { OnStart } from '../pipeline/child.js';
import { connect, type Account } from './connection.js';
import { lockHolder } from './datadir.js';

/** Stopping and starting the server, and proving that it is stopped or healthy. */

export interface ServiceCommands {
  stop: string;
  start: string;
}

const units = ['mariadb', 'mysql', 'mysqld'];

/**
 * The commands that were given, or systemctl with the unit that this host has.
 * @throws UserError INPUT_INVALID when neither is there.
 */
export async function serviceCommands(
  stop: string | undefined,
  start: string | undefined,
): Promise<ServiceCommands> {
  if (stop !== undefined && start !== undefined) return { stop, start };
  for (const unit of units) {
    const exists = await outputOf('systemctl', ['cat', unit]).then(
      () => true,
      () => false,
    );
    if (exists) return { stop: stop ?? `systemctl stop ${unit}`, start: start ?? `systemctl start ${unit}` };
  }
  throw new UserError(
    'INPUT_INVALID',
    `This host has no systemd unit ${units.join(', ')}, so how to stop and start the server is not known.`,
    'Give the inputs stop-command and start-command.',
  );
}

export interface ServiceOptions {
  account: Account;
  datadir: string;
  commands: ServiceCommands;
  /** For stopping as for starting. */
  timeoutSeconds: number;
  workDir: string;
  /** Told the process of each command. */
  onStart: OnStart;
}

/** The database service whose datadir is about to be replaced. */
export class Service {
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /**
   * Is a server running on the datadir? By its answer, or by the lock that it holds on its files. Both are looked
   * at: the lock may be of another server than the one that answers, which would be the one that is stopped.
   * @throws UserError DATADIR_UNSUITABLE when the server that answers has another datadir.
   */
  async isRunning(): Promise<boolean> {
    const answer = await this.#ask();
    return answer.state !== 'silent' || (await lockHolder(this.#options.datadir)) !== undefined;
  }

  /** Does a server answer, whatever it says? One that is about to stop does not. */
  async answers(): Promise<boolean> {
    return await this.#ask().then(
      (answer) => answer.state !== 'silent' && !(answer.state === 'busy' && isStopping(answer.error)),
      () => false,
    );
  }

  /** Stops the server and proves it. @throws UserError STOP_FAILED. */
  async stop(): Promise<void> {
    try {
      await this.#runStopCommand();
    } catch (error) {
      throw stopFailed(`The stop command «${this.#options.commands.stop}» failed`, error);
    }
    await this.#proveStopped();
  }

  /**
   * Like `stop` for a server that seems to be stopped: something may be about to start it again, as systemd does
   * with one that crashed. The command may fail, as it does with some when there is nothing to stop.
   * @throws UserError STOP_FAILED when a server runs in the end.
   */
  async ensureStopped(): Promise<void> {
    await this.#runStopCommand().catch(() => undefined);
    await this.#proveStopped();
  }

  async #runStopCommand(): Promise<void> {
    const { commands, timeoutSeconds, workDir, onStart } = this.#options;
    await runShellCommand(commands.stop, join(workDir, 'stop.log'), timeoutSeconds, onStart);
  }

  async #proveStopped(): Promise<void> {
    const stopped = await until(this.#options.timeoutSeconds, async () => !(await this.isRunning()));
    if (!stopped) {
      const holder = await lockHolder(this.#options.datadir);
      throw stopFailed(
        `The stop command ended well, but the server still runs${holder === undefined ? '' : ` (process ${holder})`}`,
      );
    }
    await pause(settleMilliseconds);
    if (await this.isRunning()) {
      throw stopFailed('The server was stopped, and something started it again at once');
    }
  }

  /** Starts the server. @throws CommandError. */
  async start(): Promise<void> {
    const { commands, timeoutSeconds, workDir, onStart } = this.#options;
    await runShellCommand(commands.start, join(workDir, 'start.log'), timeoutSeconds, onStart);
  }

  /**
   * Makes the server run, unless it does: one that is still stopping is waited for. What counts is that it answers
   * in the end, not what the start command says.
   */
  async bringBack(): Promise<void> {
    const settled = async () => (await this.answers()) || !(await this.isRunning());
    await until(this.#options.timeoutSeconds, settled);
    if (!(await this.isRunning())) {
      await this.start().catch(async (error: unknown) => {
        if (!(await this.isRunning())) throw error;
      });
    }
    await this.waitUntilHealthy(new AbortController().signal);
  }

  /**
   * Waits until the server answers SQL on the datadir. Returns its version, or undefined when it refuses the
   * account: then it runs, but its own users are those of the restored data.
   * @throws UserError SERVER_UNREACHABLE, DATADIR_UNSUITABLE.
   */
  async waitUntilHealthy(signal: AbortSignal): Promise<string | undefined> {
    let answer: Answer = { state: 'silent', error: undefined };
    await until(this.#options.timeoutSeconds, async () => {
      signal.throwIfAborted();
      answer = await this.#ask();
      return answer.state === 'healthy' || answer.state === 'denied';
    });
    const last = answer as Answer;
    if (last.state === 'healthy') return last.version;
    if (last.state === 'denied') return undefined;
    throw new UserError(
      'SERVER_UNREACHABLE',
      `The server did not answer within ${this.#options.timeoutSeconds} seconds: ${messageOf(last.error)}`,
      "Look at the server's error log. A large redo log takes time: raise start-timeout-seconds.",
    );
  }

  async #ask(): Promise<Answer> {
    let session;
    try {
      session = await connect(this.#options.account);
    } catch (error) {
      const denied = error instanceof UserError && error.code === 'SERVER_ACCESS_DENIED';
      if (denied) return { state: 'denied' };
      return { state: isServersAnswer(error) ? 'busy' : 'silent', error };
    }
    let row;
    try {
      [row] = await session.query('SELECT VERSION() AS version, @@datadir AS datadir');
    } catch (error) {
      // It may be stopping, or not be ready yet.
      return { state: isServersAnswer(error) ? 'busy' : 'silent', error };
    } finally {
      await session.close();
    }
    await this.#requireSameDatadir(row?.['datadir'] ?? '');
    return { state: 'healthy', version: row?.['version'] ?? '' };
  }

  async #requireSameDatadir(theirs: string): Promise<void> {
    const { datadir } = this.#options;
    const real = (path: string) => realpath(path).catch(() => path.replace(/\/+$/, ''));
    if ((await real(theirs)) === (await real(datadir))) return;
    throw new UserError(
      'DATADIR_UNSUITABLE',
      `The server that answers has the datadir ${theirs}, not ${datadir}.`,
      'Correct the input datadir, or the mysql-… inputs, so that both mean the same server.',
    );
  }
}

type Answer =
  | { state: 'healthy'; version: string }
  | { state: 'denied' }
  /** It says something else, such as that it has too many connections. */
  | { state: 'busy'; error: unknown }
  | { state: 'silent'; error: unknown };

/** The server's own errors have numbers from 1000 on; those of the network are negative. */
function isServersAnswer(error: unknown): boolean {
  return errorNumber(error) >= 1000;
}

/** ER_SERVER_SHUTDOWN */
function isStopping(error: unknown): boolean {
  return errorNumber(error) === 1053;
}

function errorNumber(error: unknown): number {
  const cause = error instanceof UserError ? error.cause : error;
  return cause instanceof Error && 'errno' in cause ? Number(cause.errno) : 0;
}

/** How long a server must stay down until it is taken for stopped. systemd and Docker restart after 0.1 s. */
const settleMilliseconds = 1000;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks every half second until it is true. False when the time is over. */
async function until(timeoutSeconds: number, condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await pause(500);
  }
}

function stopFailed(fact: string, cause?: unknown): UserError {
  const said = cause instanceof CommandError ? ` (${cause.message}): ${cause.failure.stderrTail}` : '.';
  // A command that failed by itself did not stop it; one that ended well, or was cut off, may yet.
  const mayStop = !(cause instanceof CommandError) || cause.failure.signal !== null;
  return new UserError(
    'STOP_FAILED',
    `${fact}${said}${mayStop ? ' It may still be stopping: look after it.' : ''}`,
    'Nothing was changed. Correct stop-command, or give the user that runs this the right to stop the server.',
    { cause },
  );
}
