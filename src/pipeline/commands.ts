import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { getExecOutput } from '@actions/exec';
import { CommandError, messageOf, UserError } from '../errors.js';
import type { OnStart } from './child.js';
import { childEnvironment } from './environment.js';
import { harmless, readLines } from './output-lines.js';

/** Short commands: versions, chown, and what stops and starts a server. Backup data never comes here. */

/** The path of the first of `names` that can be executed: beside `near` first, then in PATH. */
export async function findProgram(names: readonly string[], near?: string): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  // sbin is not in every user's PATH, but xtrabackup and the servers may be there.
  folders.push('/usr/local/sbin', '/usr/sbin', '/sbin');
  if (near !== undefined) folders.unshift(dirname(near));
  for (const folder of folders) {
    for (const name of names) {
      if (await isExecutable(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
}

/** Like `findProgram`. @throws UserError PROGRAM_MISSING with the package to install. */
export async function requireProgram(names: readonly string[], debianPackage: string): Promise<string> {
  const path = await findProgram(names);
  if (path !== undefined) return path;
  throw new UserError(
    'PROGRAM_MISSING',
    `${names.join(' or ')} is not installed on this host.`,
    `Install it, on Debian and Ubuntu with: apt-get install ${debianPackage}`,
  );
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What a short command prints (stdout and stderr together). @throws CommandError unless it ends with 0. */
export async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const environment = Object.fromEntries(
    Object.entries(childEnvironment()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  // The library takes a command line: a path may hold blanks.
  const quoted = `"${program.replaceAll('"', '\\"')}"`;
  const { exitCode, stdout, stderr } = await getExecOutput(quoted, [...args], {
    silent: true,
    ignoreReturnCode: true,
    env: environment,
  }).catch((cause: unknown) => {
    const failure = {
      program,
      arguments: args,
      exitStatus: null,
      signal: null,
      stderrTail: messageOf(cause),
    };
    throw new CommandError(failure, { cause });
  });
  if (exitCode === 0) return stdout + stderr;
  throw new CommandError({
    program,
    arguments: args,
    exitStatus: exitCode,
    signal: null,
    stderrTail: (stderr + stdout).split('\n').slice(-40).map(harmless).join('\n'),
  });
}

/**
 * Runs a user's shell command. It may leave a daemon behind, so its output goes to a file, not to a pipe that
 * the daemon would hold or lose, and neither our process group nor the runner's clean-up reaches it.
 * @throws CommandError unless it ends with 0 within the time.
 */
export async function runShellCommand(
  command: string,
  outputFile: string,
  timeoutSeconds: number,
  onStart: OnStart = () => undefined,
): Promise<void> {
  const output = await open(outputFile, 'w', 0o600);
  const environment = childEnvironment();
  // The runner ends, after the job, every process that carries this.
  delete environment['RUNNER_TRACKING_ID'];
  try {
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
      env: environment,
    });
    if (child.pid !== undefined) onStart(child.pid);
    const timer = setTimeout(() => endGroup(child.pid), timeoutSeconds * 1000);
    const [exitStatus, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (status, killedBy) => resolve([status, killedBy]));
      },
    ).finally(() => clearTimeout(timer));
    if (exitStatus === 0) return;
    throw new CommandError({
      program: command,
      arguments: [],
      exitStatus,
      signal,
      stderrTail: await endOfFile(outputFile),
    });
  } finally {
    await output.close();
  }
}

/** Also what the shell has started and waits for: it must not come to life later. */
function endGroup(processId: number | undefined): void {
  try {
    if (processId !== undefined) process.kill(-processId, 'SIGKILL');
  } catch {
    // It has ended just now.
  }
}

/** The last lines of a text file, harmless. */
async function endOfFile(path: string): Promise<string> {
  const file = await open(path, 'r');
  const lines: string[] = [];
  try {
    await readLines(file.createReadStream({ autoClose: false }), (line) => {
      lines.push(line);
      if (lines.length > 40) lines.shift();
    });
  } finally {
    await file.close();
  }
  return lines.join('\n');
}
