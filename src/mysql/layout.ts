import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.js';
import { connect, type Account } from './connection.js';

/** The variables that may put a part of InnoDB's data elsewhere; without them it is in the datadir. */
const directories = ['innodb_data_home_dir', 'innodb_log_group_home_dir', 'innodb_undo_directory'];

/**
 * A redo or undo log that stays behind, outside of the datadir, would be applied to the restored data when the
 * server starts, and would not fit the old data any more after that: neither the restore nor the way back is
 * safe. Only a server that answers can be asked; of others nothing is known.
 * @throws UserError DATADIR_UNSUITABLE.
 */
export async function requireDataInDatadir(account: Account, datadir: string): Promise<void> {
  const session = await connect(account).catch(() => undefined);
  if (session === undefined) return;
  try {
    const names = directories.map((name) => `'${name}'`).join(', ');
    const rows = await session.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
    for (const { Variable_name: name, Value: value } of rows) {
      // Relative paths are relative to the datadir; empty is the datadir itself.
      const path = await real(resolve(datadir, value ?? ''));
      if (!`${path}/`.startsWith(`${await real(datadir)}/`)) throw elsewhere(name ?? '', path, datadir);
    }
  } finally {
    await session.close();
  }
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

function elsewhere(name: string, path: string, datadir: string): UserError {
  return new UserError(
    'DATADIR_UNSUITABLE',
    `The server keeps a part of its data in ${path} (${name}), outside of the datadir ${datadir}.`,
    'Nothing was changed. apply replaces the datadir only: restore by hand, and replace that directory too.',
  );
}
