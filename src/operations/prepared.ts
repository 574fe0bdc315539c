import { createHash } from 'node:crypto';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { backupIdPattern, directoriesSchema } from '../chain/manifest.js';
import { messageOf, UserError } from '../errors.js';
import { readCheckpoints } from '../tools/checkpoints.js';
import type { BackupTool } from '../tools/backup-tool.js';

/** `prepared.json`: what prepare leaves beside the data, and the proof that apply asks for. */

const fileName = 'prepared.json';

const schema = z.object({
  schemaVersion: z.literal(1),
  server: z.string().min(1),
  backupId: z.string().regex(backupIdPattern),
  /** The ids of the chain, the full first. */
  links: z.array(z.string().regex(backupIdPattern)).min(1),
  /** The folder of the data, relative to this file. */
  dataDir: z.string().regex(/^[\w-]+\/[\w-]+$/),
  toLsn: z.string(),
  binlogFile: z.string().optional(),
  binlogPosition: z.string().optional(),
  gtid: z.string().optional(),
  tool: z.object({ name: z.enum(['xtrabackup', 'mariadb-backup']), version: z.string() }),
  mysql: z.object({
    version: z.string(),
    flavor: z.enum(['mysql', 'mariadb', 'percona']),
    datadir: z.string(),
    serverUuid: z.string().optional(),
    directories: directoriesSchema.optional(),
  }),
  inventory: z.object({ files: z.number(), bytes: z.number(), sha256: z.string() }),
  preparedAt: z.string(),
});

export type Prepared = z.output<typeof schema>;
export type Inventory = Prepared['inventory'];

/** Written under another name first: a prepared.json that exists is whole. */
export async function writePrepared(dir: string, prepared: Prepared): Promise<void> {
  const path = join(dir, fileName);
  await writeFile(`${path}.part`, `${JSON.stringify(prepared, null, 2)}\n`, {
    mode: 0o600,
    // Never through a symlink.
    flag: 'wx',
    flush: true,
  });
  await rename(`${path}.part`, path);
}

/** @throws UserError NOT_PREPARED when it is missing or not whole. */
export async function readPrepared(dir: string): Promise<Prepared> {
  try {
    return schema.parse(JSON.parse(await readFile(join(dir, fileName), 'utf8')));
  } catch (error) {
    throw notPrepared(`${dir} holds no valid ${fileName}: ${messageOf(error)}`, error);
  }
}

/**
 * Proves that the prepared data is complete: every file is there with its size, and the tool calls it ready.
 * @throws UserError NOT_PREPARED.
 */
export async function requireComplete(
  dir: string,
  prepared: Prepared,
  tool: Pick<BackupTool, 'isFullyPrepared'>,
): Promise<void> {
  const dataDir = join(dir, prepared.dataDir);
  const { inventory } = prepared;
  const found = await takeInventory(dataDir).catch((error: unknown) => {
    throw notPrepared(`The prepared data in ${dataDir} cannot be read: ${messageOf(error)}`, error);
  });
  if (found.sha256 !== inventory.sha256) {
    throw notPrepared(
      `The prepared data in ${dataDir} is not what prepare left: it has ${found.files} files with ` +
        `${found.bytes} bytes, and should have ${inventory.files} with ${inventory.bytes}`,
    );
  }
  const { backupType } = await readCheckpoints(dataDir);
  if (!tool.isFullyPrepared(backupType)) {
    throw notPrepared(`The data in ${dataDir} is in the state ${backupType}, which no server can start on`);
  }
}

/** The names and sizes of all files below a directory, as one hash. */
export async function takeInventory(dir: string): Promise<Inventory> {
  const files = await listFiles(dir);
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { path, sizeBytes } of files) {
    hash.update(`${path}\0${sizeBytes}\n`);
    bytes += sizeBytes;
  }
  return { files: files.length, bytes, sha256: hash.digest('hex') };
}

export interface ListedFile {
  path: string;
  sizeBytes: number;
}

/** All files below a directory, with paths relative to it, in order. */
export async function listFiles(dir: string): Promise<ListedFile[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const listed = [];
  for (const path of paths) {
    listed.push({ path: path.slice(dir.length + 1), sizeBytes: (await stat(path)).size });
  }
  return listed;
}

function notPrepared(fact: string, cause?: unknown): UserError {
  return new UserError('NOT_PREPARED', `${fact}.`, 'Nothing was changed. Run prepare again, then apply.', {
    cause,
  });
}
