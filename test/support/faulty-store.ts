import { expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { RestorePoint } from '../../src/chain/plan-restore.js';
import { UserError } from '../../src/errors.js';
import { parseInputs } from '../../src/inputs/parse.js';
import { backup, type BackupResult } from '../../src/operations/backup.js';
import { LeftoversNote } from '../../src/operations/leftovers.js';
import { list } from '../../src/operations/list.js';
import { prepare, type PrepareResult } from '../../src/operations/prepare.js';
import { createS3Repository } from '../../src/repository/s3.js';
import type { BackupPlace, DatabaseHost } from './database-host.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import type { Rule } from './fault-script.js';
import { recordingLog } from './recording-log.js';

/** How an operation ended. Anything but a `UserError` is thrown: it is a bug. */
export type Ended<T> = ({ result: T; error?: undefined } | { result?: undefined; error: UserError }) & {
  /** The log, without the lines for debugging. */
  text: string;
};

/** As short as a test needs it, not as a network does. */
const patience = { connectSeconds: 2, idleSeconds: 1, firstPauseSeconds: 0.01, sendsPerAttempt: 2 };

/** Text inputs, and what the operations are given beside them. */
type Texts = Readonly<Record<string, string | undefined>>;
type Context = Parameters<typeof backup>[1];

/**
 * The operations of the source on a real server and a real store, with a proxy in between that fails as told, with
 * little patience, and with a clock that goes on by a minute from run to run.
 */
export class FaultyStore {
  #nowMs = new Date().setUTCHours(12, 0, 0, 0);

  private constructor(
    readonly host: DatabaseHost,
    readonly place: BackupPlace,
    readonly proxy: FaultProxy,
  ) {}

  /** A new bucket on the host's store. The credentials are put into this process' environment. */
  static async open(host: DatabaseHost): Promise<FaultyStore> {
    const place = await host.newPlace();
    Object.assign(process.env, place.credentials, { AWS_EC2_METADATA_DISABLED: 'true' });
    return new FaultyStore(host, place, await startFaultProxy(host.s3.endpoint));
  }

  close(): Promise<void> {
    return this.proxy.close();
  }

  /** A backup under these faults. It leaves no file. */
  async backup(rules: readonly Rule[] = [], more: Texts = {}): Promise<Ended<BackupResult>> {
    await this.proxy.play(...rules);
    this.#nowMs += 60_000;
    const texts: Texts = { ...this.place.backupInputs, timezone: 'UTC', ...more };
    const inputs = parseInputs('backup', (name) => texts[name]);
    return this.#run((context) => backup(inputs, context));
  }

  async prepare(id: string, targetDir: string, rules: readonly Rule[] = []): Promise<Ended<PrepareResult>> {
    await this.proxy.play(...rules);
    const [date, hour] = id.split('/');
    const texts: Texts = { ...this.place.storeInputs, date, hour, 'target-dir': targetDir };
    const inputs = parseInputs('prepare', (name) => texts[name]);
    return this.#run((context) => prepare(inputs, context));
  }

  async list(rules: readonly Rule[] = []): Promise<Ended<RestorePoint[]>> {
    await this.proxy.play(...rules);
    const texts: Texts = this.place.storeInputs;
    const inputs = parseInputs('list', (name) => texts[name]);
    return this.#run(async ({ repository, now }) => (await list(inputs, { repository, now: now() })).points);
  }

  /** What is offered now, without faults. */
  async offered(): Promise<RestorePoint[]> {
    const { result, error } = await this.list();
    if (result === undefined) throw error;
    return result;
  }

  /** Reads all that is offered, without faults: each must be restorable, and its objects what was uploaded. */
  async expectOfferedIntact(): Promise<void> {
    const hashes = new Map<string, string>();
    for (const { id, restorable, problem } of await this.offered()) {
      expect({ id, restorable, problem }).toEqual({ id, restorable: true, problem: undefined });
      for (const { key, sha256 } of (await this.place.manifest(id)).objects) hashes.set(key, sha256);
    }
    for (const [key, sha256] of hashes) {
      const found = createHash('sha256')
        .update(await this.place.read(key))
        .digest('hex');
      expect({ key, found }).toEqual({ key, found: sha256 });
    }
  }

  async #run<T>(work: (context: Context) => Promise<T>): Promise<Ended<T>> {
    const log = recordingLog();
    const { signal } = new AbortController();
    const { bucket } = this.place;
    const repository = await createS3Repository({ bucket, endpoint: this.proxy.endpoint, log, patience });
    const note = new LeftoversNote(() => undefined);
    const now = () => new Date(this.#nowMs);
    const ended = await note
      .withWorkDir(this.host.temporaryDir, (workDir) =>
        work({ repository, log, signal, workDir, note, now, run: undefined }),
      )
      .then(
        (result) => ({ result }),
        (error: unknown) => {
          if (error instanceof UserError) return { error };
          throw error;
        },
      );
    expect(await readdir(this.host.temporaryDir)).toEqual([]);
    const text = log.lines.filter((line) => !line.startsWith('debug: ')).join('\n');
    return { ...ended, text };
  }
}
