import { write } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clientGroup, readClientOptions } from '../../../src/mysql/option-file.js';
import { note, refuse, Refusal } from './log.js';
import { ownPrefix, startMariadbBackup, type Mariadb } from './mariadb.js';
import {
  binlogInfo,
  binlogInfoName,
  checkpointsName,
  infoName,
  infoText,
  metadataText,
  readMetadata,
  redoName,
  requireServer,
  tablespacesName,
  tablespacesText,
  valueOf,
} from './metadata.js';
import { refuseUnknown, type CommandLine } from './options.js';
import { greetedVersion, startServerProxy } from './server-proxy.js';
import { fileEntry, headOf, readChunks } from './xbstream.js';

/** `--backup --stream=xbstream` */
export async function backup(command: CommandLine, mariadb: Mariadb): Promise<void> {
  const { options } = command;
  if (options.get('stream') !== 'xbstream') refuse('the stand-in writes streams only');
  const fromLsn = await baseLsn(options);
  const account = await readAccount(options);
  const serverVersion = await connect(account);
  requireServer(serverVersion, command);
  refuseUnknown(command);
  if (serverVersion.length > mariadb.version.length) refuse('the stand-in needs a server of its own mysqld');

  const targetDir = options.get('target-dir') ?? './xtrabackup_backupfiles/';
  await mkdir(targetDir, { recursive: true });
  const scratch = await mkdtemp(join(targetDir, 's-'));
  const socket = join(scratch, 's');
  const truth = mariadb.version.slice(0, serverVersion.length);
  const proxy = await startServerProxy(socket, account.server, { from: serverVersion, to: truth });
  try {
    const defaultsFile = join(scratch, 'c');
    const { user, password } = account;
    // Since 11.4 it insists on TLS otherwise, which the proxy does not let through.
    const client = clientGroup({ user, password, socket, 'ssl-verify-server-cert': '0' });
    await writeFile(defaultsFile, client, { mode: 0o600 });
    const run = startMariadbBackup(mariadb, [
      `--defaults-file=${defaultsFile}`,
      '--backup',
      '--stream=xbstream',
      `--target-dir=${scratch}`,
      ...(fromLsn === undefined ? [] : [`--incremental-lsn=${fromLsn}`]),
      ...handedOn.flatMap((name) => (options.has(name) ? [`--${name}=${options.get(name) ?? ''}`] : [])),
    ]);
    try {
      const own = await copyStream(run.stdout, ownPrefix(mariadb));
      await run.succeeded();
      await addOwnFiles(own, serverVersion, command);
    } catch (failure) {
      run.kill();
      throw failure;
    }
  } finally {
    proxy.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

const handedOn = [
  'parallel',
  'throttle',
  'ftwrl-wait-timeout',
  'tables',
  'tables-exclude',
  'databases',
  'databases-exclude',
];

/** Where an incremental begins; undefined for a full. */
async function baseLsn(options: CommandLine['options']): Promise<string | undefined> {
  const lsn = options.get('incremental-lsn');
  if (lsn !== undefined) {
    if (!/^\d+$/.test(lsn)) refuse(`value '${lsn}' may be wrong format for incremental option.`);
    return lsn;
  }
  const dir = options.get('incremental-basedir');
  return dir === undefined ? undefined : (await readMetadata(join(dir, checkpointsName))).toLsn;
}

interface Account {
  user: string;
  password: string | undefined;
  server: NetConnectOpts;
}

async function readAccount(options: CommandLine['options']): Promise<Account> {
  const path = options.get('defaults-file') ?? options.get('defaults-extra-file');
  const file =
    path === undefined ? new Map<string, string>() : await readClientOptions(path).catch(() => noFile(path));
  const given = (name: string) => options.get(name) ?? file.get(name);
  const host = given('host') ?? 'localhost';
  const server =
    host === 'localhost'
      ? { path: given('socket') ?? '/var/run/mysqld/mysqld.sock' }
      : { host, port: Number(given('port') ?? 3306) };
  return { user: given('user') ?? userInfo().username, password: given('password'), server };
}

function noFile(path: string): never {
  throw new Refusal([`Could not open required defaults file: ${path}`]);
}

/** What the server calls itself. */
async function connect({ user, password, server }: Account): Promise<string> {
  const socket = 'path' in server ? server.path : undefined;
  const [host, port] = 'port' in server ? [server.host ?? '', server.port] : ['localhost', 'not set'];
  note(
    `Connecting to MySQL server host: ${host}, user: ${user}, password: ${password === undefined ? 'not set' : 'set'}, ` +
      `port: ${port}, socket: ${socket ?? 'not set'}`,
  );
  const version = await greetedVersion(server).catch((failure: unknown) => {
    const number = Math.abs((failure as NodeJS.ErrnoException).errno ?? 0);
    return refuse(
      socket === undefined
        ? `Failed to connect to MySQL server: Can't connect to MySQL server on '${host}:${port}' (${number})`
        : `Failed to connect to MySQL server: Can't connect to local MySQL server through socket '${socket}' (${number})`,
    );
  });
  note(`Using server version ${version}`);
  return version;
}

/** The small files of mariadb-backup, by the end of their name: `checkpoints`, `info`, `binlog_info`. */
type OwnFiles = ReadonlyMap<string, string>;

/** Passes the stream on but for mariadb-backup's own small files, which XtraBackup's are made of. */
async function copyStream(stdout: AsyncIterable<Buffer>, prefix: string): Promise<OwnFiles> {
  const own = new Map<string, string>();
  for await (const chunk of readChunks(stdout)) {
    if (chunk.path.startsWith(prefix)) {
      const name = chunk.path.slice(prefix.length);
      for await (const part of chunk.payload()) own.set(name, (own.get(name) ?? '') + part.toString());
    } else {
      const path = chunk.path === 'ib_logfile0' ? redoName : chunk.path;
      await writeOut(headOf({ ...chunk, path }));
      for await (const part of chunk.payload()) await writeOut(part);
    }
  }
  return own;
}

/** What XtraBackup writes last. The same goes into --extra-lsndir. */
async function addOwnFiles(own: OwnFiles, serverVersion: string, command: CommandLine): Promise<void> {
  const [checkpoints, info, binlog] = ['checkpoints', 'info', 'binlog_info'].map((name) => own.get(name));
  if (checkpoints === undefined || info === undefined) refuse('mariadb-backup has left no checkpoints');
  const lastLsn = valueOf(checkpoints, 'last_lsn') ?? '';
  const metadata = metadataText({
    backupType: valueOf(checkpoints, 'backup_type') ?? '',
    fromLsn: valueOf(checkpoints, 'from_lsn') ?? '',
    toLsn: valueOf(checkpoints, 'to_lsn') ?? '',
    lastLsn,
    flushedLsn: lastLsn,
  });
  const ownInfo = infoText(info, serverVersion, command);
  const files: [string, string][] = [
    ...(binlog === undefined ? [] : [[binlogInfoName, binlogInfo(binlog)] as [string, string]]),
    [checkpointsName, metadata],
    [infoName, ownInfo],
    [tablespacesName, tablespacesText],
  ];
  for (const [path, text] of files) {
    note(`Streaming ${path}`);
    await writeOut(fileEntry(path, text));
    note(`Done: Streaming ${path}`);
  }
  const lsnDir = command.options.get('extra-lsndir');
  if (lsnDir === undefined) return;
  await mkdir(lsnDir, { recursive: true });
  await writeFile(join(lsnDir, checkpointsName), metadata);
  await writeFile(join(lsnDir, infoName), ownInfo);
}

/** Waits for the reader, without standing in the way of signals as process.stdout would. */
async function writeOut(bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += (await promisify(write)(1, bytes, done)).bytesWritten;
    } catch (failure) {
      const { code, errno } = failure as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') {
        refuse(
          `Error writing file 'UNKNOWN' (OS errno ${Math.abs(errno ?? 0)} - ${code === 'EPIPE' ? 'Broken pipe' : (code ?? '')})`,
        );
      }
      await pause(5);
    }
  }
}
