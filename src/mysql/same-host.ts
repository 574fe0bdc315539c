import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from './connection.js';
import { lockHolder, seesAllLocks } from './datadir.js';
import type { ServerIdentity } from './server.js';
import { ask } from './told.js';

/** What speaks for and against that the datadir at the server's path is, on this host, the server's own. */
export interface HostEvidence {
  /** server_uuid in auto.cnf of the datadir; MySQL only. */
  uuidHere?: string;
  /** A process of this host holds the locks on the datadir's files, as a server does. */
  isLocked: boolean;
  /** Would such a lock be seen? Not in a container of its own. */
  seesAllLocks: boolean;
  /** Has the redo log here the checkpoint that the server tells? MariaDB since 10.8 only. */
  hasCheckpoint?: boolean;
}

/** A datadir may also be another server's, or a copy: on another host, in another container, from a backup. */
export async function readHostEvidence(
  session: Session,
  server: Pick<ServerIdentity, 'flavor' | 'datadir'>,
): Promise<HostEvidence> {
  const { flavor, datadir } = server;
  const uuid = flavor === 'mariadb' ? undefined : await uuidIn(datadir);
  const checkpoint =
    flavor === 'mariadb' ? await ask(() => compareCheckpoint(session, datadir)) : { untold: '' };
  const hasCheckpoint = 'value' in checkpoint ? checkpoint.value : undefined;
  return {
    isLocked: (await lockHolder(datadir)) !== undefined,
    seesAllLocks: await seesAllLocks(),
    ...(uuid === undefined ? {} : { uuidHere: uuid }),
    ...(hasCheckpoint === undefined ? {} : { hasCheckpoint }),
  };
}

async function uuidIn(datadir: string): Promise<string | undefined> {
  const text = await readFile(join(datadir, 'auto.cnf'), 'utf8').catch(() => '');
  return /^\s*server[-_]uuid\s*=\s*([0-9a-f-]{36})\s*$/im.exec(text)?.[1];
}

/** Undefined when this redo log has another format than the one that is known here. */
async function compareCheckpoint(session: Session, datadir: string): Promise<boolean | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await checkpointTold(session);
    const here = await checkpointIn(join(datadir, 'ib_logfile0'));
    if (here === undefined) return undefined;
    // The server may have written another one meanwhile.
    if (here >= before && here <= (await checkpointTold(session))) return true;
    if (attempt === 5) return false;
    // It tells a checkpoint only when that is safe on the disk, and then the file has it already.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function checkpointTold(session: Session): Promise<bigint> {
  const [row] = await session.query('SHOW ENGINE INNODB STATUS');
  const lsn = /^Last checkpoint at\s+(\d+)/m.exec(row?.['Status'] ?? '')?.[1];
  if (lsn === undefined) throw new Error('the server does not tell its last checkpoint');
  return BigInt(lsn);
}

/**
 * The last checkpoint in MariaDB's redo log of 10.8 and later: after the header there are two blocks, written by
 * turns, that begin with the LSN of a checkpoint. Encryption spares them. (log_t in log0log.h of its source; measured
 * on 10.11.)
 */
async function checkpointIn(path: string): Promise<bigint | undefined> {
  const file = await open(path, 'r');
  try {
    const header = Buffer.alloc(blockOffsets[1] + 8);
    await file.read(header, 0, header.length, 0);
    if (!knownFormats.includes(header.readUInt32BE(0))) return undefined;
    const [one, other] = [header.readBigUInt64BE(blockOffsets[0]), header.readBigUInt64BE(blockOffsets[1])];
    return one > other ? one : other;
  } finally {
    await file.close();
  }
}

/** Plain, and the two that encryption has had. */
const knownFormats = [0x50687973, 0xd0687973, 0xf09f979d];
const blockOffsets = [4096, 8192] as const;
