import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { messageOf } from '../errors.js';

/**
 * What lies in a datadir, by its files. Files are asked and not information_schema.TABLES: that shows no table at all
 * to an account with the privileges of a backup alone (measured on MySQL 9.7 and MariaDB 10.11).
 */
export interface DatadirSurvey {
  /** The files that a backup reads whole: how many, and their size. Binary logs are not among them. */
  fileCount: number;
  dataBytes: number;
  /** InnoDB's tablespaces that are files of their own. The tools open all of them. */
  tablespaceCount: number;
  /** Tables that are not InnoDB's, the largest first. Those of the system schemas are not among them. */
  otherTables: readonly OtherTable[];
  /** MyRocks: a directory of its own. */
  rocksdbBytes: number;
  /** Files that no backup tool copies, as paths in the datadir; the first few. */
  leftOut: { count: number; names: readonly string[] };
  /** The first file or directory that this user cannot read. */
  unreadable?: Unreadable;
}

export interface Unreadable {
  path: string;
  reason: string;
}

export interface OtherTable {
  engine: OtherEngine;
  schema: string;
  /** Undefined when its name is written in a way that only the server can read. */
  name: string | undefined;
  sizeBytes: number;
}

export type OtherEngine = 'MyISAM' | 'Aria' | 'ARCHIVE' | 'CSV';

const engineOfExtension: Record<string, OtherEngine> = {
  '.MYD': 'MyISAM',
  '.MYI': 'MyISAM',
  '.MAD': 'Aria',
  '.MAI': 'Aria',
  '.ARZ': 'ARCHIVE',
  '.ARM': 'ARCHIVE',
  '.CSV': 'CSV',
  '.CSM': 'CSV',
};

/** Other files of a database that the tools copy, or that hold no data. */
const harmlessExtensions = '.ibd .frm .sdi .isl .opt .par .MRG .TRG .TRN .cfg .cfp .ibu .ibt .fts .TMD'.split(
  ' ',
);

/** InnoDB's and Aria's own files beside the databases. MySQL has some of them in a directory. */
const systemFiles =
  /^(ibdata\d*|ib_logfile\d+|ib_redo\d+|undo\d+|undo_\d+|.*\.ibu|.*\.ibd|aria_log(_control|\.\d+))$/;
const redoDirectory = '#innodb_redo';
/** XtraBackup takes the last one with it since 8.0. */
const binaryLog = /\.\d{6,}$/;
const rocksdbDirectories = ['#rocksdb', '.rocksdb'];
const tokudbFile = /^tokudb\.|\.tokudb$/;
const systemSchemas = ['mysql', 'sys', 'performance_schema', 'information_schema'];

/** Looks at every file of a datadir once. What vanishes meanwhile does not count; what cannot be read is said. */
export async function surveyDatadir(datadir: string): Promise<DatadirSurvey> {
  const survey = new Survey(datadir);
  await survey.run();
  return survey.result();
}

class Survey {
  readonly #datadir: string;
  readonly #tables = new Map<string, OtherTable>();
  readonly #leftOut: string[] = [];
  #fileCount = 0;
  #dataBytes = 0;
  #tablespaceCount = 0;
  #rocksdbBytes = 0;
  #unreadable: Unreadable | undefined;

  constructor(datadir: string) {
    this.#datadir = datadir;
  }

  result(): DatadirSurvey {
    return {
      fileCount: this.#fileCount,
      dataBytes: this.#dataBytes,
      tablespaceCount: this.#tablespaceCount,
      otherTables: [...this.#tables.values()].sort((one, other) => other.sizeBytes - one.sizeBytes),
      rocksdbBytes: this.#rocksdbBytes,
      leftOut: { count: this.#leftOut.length, names: this.#leftOut.slice(0, 3) },
      ...(this.#unreadable === undefined ? {} : { unreadable: this.#unreadable }),
    };
  }

  async run(): Promise<void> {
    for (const name of await this.#list(this.#datadir)) {
      const path = join(this.#datadir, name);
      if (systemFiles.test(name)) await this.#readFile(path, name.endsWith('.ibd') || name.endsWith('.ibu'));
      else if (binaryLog.test(name)) await this.#sizeOf(path);
      else if (tokudbFile.test(name)) this.#leftOut.push(name);
      else if (rocksdbDirectories.includes(name)) this.#rocksdbBytes += await this.#wholeDirectory(path);
      else if (name === redoDirectory) await this.#wholeDirectory(path);
      // Other names with a dot or # are nobody's tables; in lost+found is nothing that anyone may read.
      else if (!/^[.#]/.test(name) && name !== 'lost+found' && (await isDirectory(path)))
        await this.#database(name);
    }
  }

  async #database(database: string): Promise<void> {
    const names = await this.#list(join(this.#datadir, database));
    // A few at a time: there may be a hundred thousand.
    for (let index = 0; index < names.length; index += 32) {
      await Promise.all(names.slice(index, index + 32).map((name) => this.#fileOfDatabase(database, name)));
    }
  }

  async #fileOfDatabase(database: string, name: string): Promise<void> {
    const extension = extname(name);
    const engine = engineOfExtension[extension];
    if (engine === undefined && !harmlessExtensions.includes(extension)) {
      // `#sql…` is the unfinished work of an ALTER TABLE.
      if (!name.startsWith('#')) this.#leftOut.push(join(database, name));
      return;
    }
    const sizeBytes = await this.#readFile(join(this.#datadir, database, name), extension === '.ibd');
    if (engine !== undefined && !systemSchemas.includes(database) && !name.startsWith('#')) {
      this.#addToTable(engine, database, name.slice(0, -extension.length), sizeBytes);
    }
  }

  #addToTable(engine: OtherEngine, database: string, file: string, sizeBytes: number): void {
    // Each partition has files of its own: `orders#P#p2026.MYD`.
    const table = file.replace(/#p#.*$/i, '');
    const key = `${database}/${table}`;
    const before = this.#tables.get(key)?.sizeBytes ?? 0;
    this.#tables.set(key, {
      engine,
      schema: nameOf(database) ?? database,
      name: nameOf(database) === undefined ? undefined : nameOf(table),
      sizeBytes: before + sizeBytes,
    });
  }

  async #wholeDirectory(dir: string): Promise<number> {
    let bytes = 0;
    for (const name of await this.#list(dir)) bytes += await this.#readFile(join(dir, name), false);
    return bytes;
  }

  async #list(dir: string): Promise<string[]> {
    try {
      await access(dir, constants.R_OK | constants.X_OK);
      return await readdir(dir);
    } catch (error) {
      this.#cannotRead(dir, error);
      return [];
    }
  }

  /** Counts a file that a backup reads. Returns its size. */
  async #readFile(path: string, isTablespace: boolean): Promise<number> {
    const sizeBytes = await this.#sizeOf(path);
    if (sizeBytes === undefined) return 0;
    this.#fileCount += 1;
    this.#dataBytes += sizeBytes;
    if (isTablespace) this.#tablespaceCount += 1;
    return sizeBytes;
  }

  /** Undefined for a file that cannot be read. */
  async #sizeOf(path: string): Promise<number | undefined> {
    try {
      const { size } = await stat(path);
      await access(path, constants.R_OK);
      return size;
    } catch (error) {
      this.#cannotRead(path, error);
      return undefined;
    }
  }

  #cannotRead(path: string, error: unknown): void {
    const vanished = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (vanished && path !== this.#datadir) return;
    this.#unreadable ??= { path, reason: messageOf(error) };
  }
}

/** Of these files, the first that cannot be read. */
export async function firstUnreadable(paths: readonly string[]): Promise<Unreadable | undefined> {
  for (const path of paths) {
    const failure = await access(path, constants.R_OK).then(
      () => undefined,
      (error: unknown) => ({ path, reason: messageOf(error) }),
    );
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** A table's or schema's name from that of its file, where `@002d` stands for a dash. */
export function nameOf(file: string): string | undefined {
  const name = file.replace(/@([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  // The server has shorter signs for letters with accents: `@0k`.
  return /@[0-9a-z]{2}/i.test(name.replaceAll('@@', '')) ? undefined : name;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
