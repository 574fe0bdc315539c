import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { CommandError, UserError } from '../errors.js';
import { freeBytes } from '../mysql/datadir-swap.js';
import type { Program } from '../pipeline/child.js';
import { compressor, encryptor, streamBytesOf, type EncryptionRequest } from '../pipeline/codecs.js';
import { readFromPrograms, type ReadOptions } from '../pipeline/pipeline.js';
import { saysCompleted, type BackupTool } from '../tools/backup-tool.js';
import {
  parseLoggedCoordinates,
  readCheckpoints,
  readCoordinates,
  readPeculiarities,
  type BinlogCoordinates,
  type Checkpoints,
} from '../tools/checkpoints.js';
import { explainFailure } from '../tools/messages.js';

export interface BackupStreamRequest {
  tool: BackupTool;
  defaultsFile: string;
  /** The base's to-LSN; undefined for a full. */
  fromLsn: string | undefined;
  parallel: number;
  keepRedoLog: boolean;
  extraArguments: readonly string[];
  compressLevel: number;
  compressThreads: number;
  encryption: EncryptionRequest;
  workDir: string;
  /** Throws when the server is no longer the one that the backup began with. */
  requireSameServer: () => Promise<void>;
}

/** What the tool said of the stream that it wrote. */
export interface StreamFacts {
  checkpoints: Checkpoints;
  coordinates: BinlogCoordinates;
  /** Before compression. */
  streamBytes: number;
}

/**
 * One backup as a stream: tool → zstd → encryption. It ends only after all of them have succeeded and the
 * tool's checkpoints follow from the base; `facts` is there from then on.
 */
export class BackupStream {
  readonly #request: BackupStreamRequest;
  #streamBytes: number | undefined;
  #loggedCoordinates: BinlogCoordinates = {};
  #facts: StreamFacts | undefined;

  constructor(request: BackupStreamRequest) {
    this.#request = request;
  }

  get facts(): StreamFacts {
    if (this.#facts === undefined) throw new Error('The stream has not ended yet');
    return this.#facts;
  }

  async *read(options: ReadOptions): AsyncGenerator<Buffer, void> {
    try {
      yield* readFromPrograms(await this.#programs(), options, async ([toolEnded]) => {
        const lastLine = toolEnded?.lastLine ?? '';
        if (!saysCompleted(lastLine)) throw notCompleted(this.#request.tool.name, lastLine);
        await this.#request.requireSameServer();
        this.#facts = await this.#readFacts();
      });
    } catch (error) {
      const isTool = error instanceof CommandError && this.#request.tool.path.endsWith(error.failure.program);
      throw isTool ? explainFailure(error, 'BACKUP_FAILED') : explainFailure(error, 'PIPELINE_FAILED');
    }
  }

  async #programs(): Promise<Program[]> {
    const { tool, workDir, fromLsn, compressLevel, compressThreads, encryption } = this.#request;
    await mkdir(this.#lsnDir, { mode: 0o700 });
    await mkdir(join(workDir, 'scratch'), { mode: 0o700 });
    const backup = {
      program: tool.path,
      arguments: tool.backupArguments({
        defaultsFile: this.#request.defaultsFile,
        targetDir: join(workDir, 'scratch'),
        lsnDir: this.#lsnDir,
        parallel: this.#request.parallel,
        keepRedoLog: this.#request.keepRedoLog,
        extraArguments: this.#request.extraArguments,
        ...(fromLsn === undefined ? {} : { fromLsn }),
      }),
      onLine: (line: string) => {
        this.#loggedCoordinates = parseLoggedCoordinates(line) ?? this.#loggedCoordinates;
      },
    };
    const compress = await compressor(compressLevel, compressThreads, (line) => {
      this.#streamBytes = streamBytesOf(line) ?? this.#streamBytes;
    });
    return [backup, compress, ...(await encryptor(encryption, workDir))];
  }

  get #lsnDir(): string {
    return join(this.#request.workDir, 'lsn');
  }

  async #readFacts(): Promise<StreamFacts> {
    const checkpoints = await readCheckpoints(this.#lsnDir).catch(async (error: unknown) => {
      throw (await freeBytes(this.#lsnDir)) === 0 ? diskFull(this.#lsnDir, error) : error;
    });
    await requireWhole(this.#lsnDir);
    requireFollowing(checkpoints, this.#request.fromLsn);
    if (this.#streamBytes === undefined || this.#streamBytes === 0) {
      throw inconsistent('zstd did not say how many bytes it compressed');
    }
    const coordinates = { ...this.#loggedCoordinates, ...(await readCoordinates(this.#lsnDir)) };
    return { checkpoints, coordinates, streamBytes: this.#streamBytes };
  }
}

/** The groups for the tool in an option file may say what no input may: a part of the data, or another format. */
async function requireWhole(lsnDir: string): Promise<void> {
  const peculiarities = await readPeculiarities(lsnDir);
  if (peculiarities.length === 0) return;
  throw inconsistent(
    `the tool calls it ${peculiarities.join(' and ')}. Is an option for that in the defaults file?`,
  );
}

/** The tools accept any base LSN, even one of the future, and say `completed OK!`; so it is checked here. */
function requireFollowing(checkpoints: Checkpoints, base: string | undefined): void {
  const { backupType, fromLsn, toLsn, lastLsn } = checkpoints;
  const expectedType = base === undefined ? 'full-backuped' : 'incremental';
  if (backupType !== expectedType) {
    throw inconsistent(`the tool made a backup of type ${backupType} instead of ${expectedType}`);
  }
  if (fromLsn !== (base ?? '0')) {
    throw inconsistent(`it starts at LSN ${fromLsn}, but its base ends at ${base ?? '0'}`);
  }
  if (BigInt(toLsn) < BigInt(fromLsn)) {
    throw inconsistent(`it ends at LSN ${toLsn}, before its start at ${fromLsn}`);
  }
  if (BigInt(lastLsn) < BigInt(toLsn)) {
    throw inconsistent(`its redo log ends at LSN ${lastLsn}, before its checkpoint at ${toLsn}`);
  }
}

/** Before anything is stored. */
export function inconsistent(fact: string): UserError {
  return new UserError(
    'BACKUP_INCONSISTENT',
    `The backup cannot be used: ${fact}.`,
    'Nothing was stored. Run it again; with type full it depends on no other backup.',
  );
}

/** The tool says nothing of it when these small files are cut. */
function diskFull(dir: string, cause: unknown): UserError {
  return new UserError(
    'DISK_FULL',
    `The disk of ${dir} is full, and what the tool wrote there is cut.`,
    'Nothing was stored. Free space there, or let RUNNER_TEMP (TMPDIR on the command line) be on another disk.',
    { cause },
  );
}

function notCompleted(tool: string, lastLine: string): UserError {
  return new UserError(
    'BACKUP_FAILED',
    `${tool} ended with 0, but its last line is not «completed OK!» but «${lastLine}».`,
    'Nothing was stored. Run it again with log-level debug to see all that the tool says.',
  );
}
