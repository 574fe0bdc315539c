import { realpath } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { isAtLeast } from '../tools/versions.js';
import { keyFileVariables } from './carry-over.js';
import { connect, type Account, type Session } from './connection.js';
import {
  directoriesOf,
  linkedTablespaces,
  readDirectoryVariables,
  tablespaceFilesElsewhere,
  type ConfiguredDirectories,
  type DataDirectories,
} from './directories.js';
import { readServerOptions } from './option-file.js';
import { identifyServer, type Flavor } from './server.js';
import { ask, readNamed } from './told.js';

/** Where a server that is to be restored keeps its data, as far as it can be found out. */
export interface ServerLayout {
  directories: ConfiguredDirectories;
  /** Who says so, for messages. */
  source: string;
  /** Its data files of tables outside of the datadir; undefined when they are not known. */
  tablespaceFiles: string[] | undefined;
  /** The files that its ssl_… variables name. */
  keyFiles: string[];
}

export interface LayoutSources {
  account: Account;
  datadir: string;
  /** An option file of the user's, which may have the server's options too. */
  defaultsFile: string | undefined;
  /** The backup's server. */
  recorded: { flavor: Flavor; version: string; datadir: string; directories?: DataDirectories | undefined };
}

/**
 * Asks the running server; if none answers, the user's option file where that has a [mysqld] group; and else the
 * backup says what its own server had.
 * @throws UserError DATADIR_UNSUITABLE when they contradict each other.
 */
export async function findLayout(sources: LayoutSources): Promise<ServerLayout> {
  const { datadir, defaultsFile = '', recorded } = sources;
  const running = await askServer(sources);
  const options = defaultsFile === '' ? new Map<string, string>() : await readServerOptions(defaultsFile);
  await requireSameDatadir(options.get('datadir'), datadir, defaultsFile);
  const written = directoriesOf(options, datadir);
  if (running !== undefined) {
    await requireAgreement(running.directories, written, defaultsFile);
    return running;
  }
  const links = [...(await linkedTablespaces(datadir)).values()];
  const tablespaceFiles = hasLinks(recorded) ? links : undefined;
  const keyFiles = keyFileVariables.flatMap((name) => options.get(name.replaceAll('_', '-')) ?? []);
  if (options.size > 0) return { directories: written, source: defaultsFile, tablespaceFiles, keyFiles };
  const directories = await recordedDirectories(sources);
  return { directories, source: 'the server of the backup', tablespaceFiles, keyFiles };
}

/** What the backup's server had elsewhere may be what another server on this host has there now. */
async function recordedDirectories({ recorded, datadir }: LayoutSources): Promise<ConfiguredDirectories> {
  const { tablespaces = [], binlog, ...places } = recorded.directories ?? {};
  const elsewhere = [...Object.values(places), ...tablespaces].filter((path) => path !== undefined);
  if (elsewhere.length === 0) return {};
  if ((await real(recorded.datadir)) === (await real(datadir))) return { ...places, binlog };
  throw new UserError(
    'DATADIR_UNSUITABLE',
    `The backup's server kept a part of its data outside of its datadir ${recorded.datadir} (in ${elsewhere.join(', ')}), ` +
      `and where the server of ${datadir} has its own is not known: it does not answer.`,
    'Nothing was changed. Start that server, or give its my.cnf as mysql-defaults-file: it says so in [mysqld].',
  );
}

/** MySQL since 8.0 keeps no link files: what it has elsewhere, only it can tell. */
function hasLinks({ flavor, version }: LayoutSources['recorded']): boolean {
  return flavor === 'mariadb' || !isAtLeast(version, '8.0');
}

async function askServer({ account, datadir }: LayoutSources): Promise<ServerLayout | undefined> {
  const session = await connect(account).catch(() => undefined);
  if (session === undefined) return undefined;
  try {
    return await readLayout(session, datadir);
  } finally {
    await session.close();
  }
}

async function readLayout(session: Session, datadir: string): Promise<ServerLayout> {
  const server = await identifyServer(session);
  const values = await readNamed(session, 'VARIABLES', keyFileVariables);
  const files = await ask(() => tablespaceFilesElsewhere(session, server));
  return {
    directories: await readDirectoryVariables(session, datadir),
    source: 'the running server',
    tablespaceFiles: 'value' in files ? files.value : undefined,
    keyFiles: [...values.values()].filter((file) => file !== ''),
  };
}

async function requireSameDatadir(theirs: string | undefined, datadir: string, file: string): Promise<void> {
  if (theirs === undefined || (await real(theirs)) === (await real(datadir))) return;
  throw new UserError(
    'DATADIR_UNSUITABLE',
    `The server of ${file} has the datadir ${theirs}, not ${datadir}.`,
    'Nothing was changed. Correct the input datadir, or mysql-defaults-file, so that both mean the same server.',
  );
}

/** What the option file does not say may be said elsewhere; what it says must be so. */
async function requireAgreement(
  running: ConfiguredDirectories,
  written: ConfiguredDirectories,
  file: string,
): Promise<void> {
  for (const name of ['dataHome', 'redo', 'undo', 'doublewrite'] as const) {
    const [now, then] = [running[name], written[name]];
    if (then === undefined || (now !== undefined && (await real(now)) === (await real(then)))) continue;
    throw new UserError(
      'DATADIR_UNSUITABLE',
      `By ${file} the server keeps a part of its data in ${then}, but the one that runs has it in ${now ?? 'its datadir'}.`,
      'Nothing was changed. Restart the server with that file, or correct mysql-defaults-file.',
    );
  }
}

/** With symlinks resolved, where there is something. */
export function real(path: string): Promise<string> {
  return realpath(path).catch(() => path.replace(/(?<=.)\/+$/, ''));
}
