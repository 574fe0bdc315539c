import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '../src/report/format.js';
import { repositoryRoot } from '../test/support/repository-root.js';
import { schema } from '../test/support/workload.js';
import { DemoPlace } from './demo-place.js';
import { DemoFailure } from './demo-runner.js';
import { DemoScreen } from './demo-screen.js';
import { DemoStory, type Told } from './demo-story.js';
import { Interrupted, untilInterrupted } from './interruption.js';

/** What script/demo starts: tells the story, and clears everything away however it ends. */

const keep = process.argv.includes('--keep');
const verbose = process.argv.includes('--verbose');

/** Rejects when the demo is told to end, or nobody reads what it shows. */
const interrupted = Promise.race([
  untilInterrupted(),
  new Promise<never>((_, reject) => {
    process.stdout.on('error', () => reject(new Interrupted('SIGPIPE')));
    process.stderr.on('error', () => undefined);
    // A connection that loses its server says so where nobody waits for it.
    process.on('uncaughtException', reject);
  }),
]);
interrupted.catch(() => undefined);

const screen = new DemoScreen({ verbose });
const place = new DemoPlace();
process.exit(await demo());

/** Returns the exit status. */
async function demo(): Promise<number> {
  const story = new DemoStory(place, screen);
  process.stdout.write(
    'xbackup demo: a database is backed up every hour, loses a table, and gets it back.\n' +
      `All of it happens in ${place.dir}; Ctrl-C ends and removes it.\n`,
  );
  const telling = story.tell();
  telling.catch(() => undefined);
  try {
    const told = await Promise.race([interrupted, telling]);
    if (keep) {
      await sayHowToLookAround(told);
    } else {
      screen.line('');
      const { seconds } = await screen.during('clearing away', () => place.clear());
      screen.line(`Servers and files are removed again (${formatDuration(seconds)}).`);
    }
    screen.line(`In all ${screen.total()}.`);
    return 0;
  } catch (error) {
    return await fail(error);
  }
}

async function fail(error: unknown): Promise<number> {
  screen.silence();
  const status = error instanceof Interrupted ? error.exitStatus : 1;
  if (error instanceof Interrupted) {
    if (error.signal !== 'SIGPIPE') say('', 'Interrupted: stopping the servers and removing the files.');
  } else {
    say('', `The demo failed: ${explained(error)}`);
    for (const line of error instanceof DemoFailure ? error.logTail : []) say(`  | ${line}`);
    if (verbose && error instanceof Error) say(error.stack ?? '');
    if (keep) {
      say(
        `Everything is left as it is in ${place.dir}; script/demo --stop ${place.dir} ends and removes it.`,
      );
      return status;
    }
    say('With --keep all is left to be looked at; with --verbose the actions tell more.');
  }
  await place.clear().catch((failure: unknown) => say(`Not all could be removed: ${explained(failure)}`));
  return status;
}

/** The message of an error and of what caused it. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} ${explained(error.cause)}`;
}

async function sayHowToLookAround({ server, runner, oldDatadir }: Told): Promise<void> {
  const variables = place.path('list.env');
  const lines = Object.entries(runner.variables()).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(variables, lines.join(''), { mode: 0o600 });
  screen.heading('The servers run on. To look around:');
  const root = repositoryRoot();
  for (const [what, how] of [
    ['the restored database', `mariadb --no-defaults --user=root --socket=${server.socket} ${schema}`],
    ['the restore points', `env $(cat ${variables}) node ${join(root, 'dist/cli.js')} list`],
    ['the old datadir', oldDatadir],
    ['logs and job summaries', place.path('logs')],
    ['to stop and remove it', `${join(root, 'script/demo')} --stop ${place.dir}`],
  ] as const) {
    screen.line(`${what.padEnd(22)}  ${how}`);
  }
  screen.line('');
}

function say(...lines: string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`);
}
