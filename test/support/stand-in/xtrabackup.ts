import { backup } from './backup.js';
import { error, note, plain, Refusal } from './log.js';
import { endWithChildren, type Mariadb } from './mariadb.js';
import { readCommandLine, refuseUndone, type CommandLine } from './options.js';
import { prepare } from './prepare.js';
import { restore } from './restore.js';

/**
 * The program `xtrabackup` of the stand-in; makeStandIn bundles and starts it with the version to be, MariaDB's
 * version, and mariadb-backup. What it says and when it refuses is taken from Percona's source (8.0,
 * storage/innobase/xtrabackup/src/xtrabackup.cc) and documentation.
 */
async function main([version = '', mariadbVersion = '', program = '', ...words]: string[]): Promise<number> {
  try {
    const command = readCommandLine(version, words);
    plain(
      `xtrabackup version ${version} based on MySQL server ${version.replace(/-.*/, '')} Linux (x86_64) (revision id: 0f0c5b15)`,
    );
    if (command.options.has('version')) return 0;
    await work(command, { version: mariadbVersion, backup: program });
    note('completed OK!');
    return 0;
  } catch (failure) {
    if (!(failure instanceof Refusal)) throw failure;
    for (const line of failure.lines) error(line);
    return failure.exitStatus;
  }
}

async function work(command: CommandLine, mariadb: Mariadb): Promise<void> {
  const { options } = command;
  const asked = ['backup', 'prepare', 'copy-back', 'move-back'].filter((name) => options.has(name));
  if (asked.length !== 1)
    throw new Refusal(['One of --backup, --prepare, --copy-back and --move-back is needed.']);
  refuseUndone(command);
  endWithChildren();
  if (options.has('backup')) await backup(command, mariadb);
  else if (options.has('prepare')) await prepare(command, mariadb);
  else await restore(command, mariadb);
}

// A reader that is gone must not keep it.
process.exit(await main(process.argv.slice(2)));
