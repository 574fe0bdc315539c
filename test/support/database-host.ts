import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { Manifest } from '../../src/chain/manifest.js';
import type { RestorePoint } from '../../src/chain/plan-restore.js';
import { startAction, type ActionOptions, type ActionResult, type RunningAction } from './action-runner.js';
import { startMysqlServer, type MysqlServer } from './mysql-server.js';
import { repositoryRoot } from './repository-root.js';
import { startS3Server, type S3Server } from './s3-server.js';
import { temporaryDirectory, type TemporaryDirectory } from './temporary.js';
import { loadWorkload } from './workload.js';

const run = promisify(execFile);

export interface HostOptions {
  /** MiB of data to load; half of it does not compress. Absent: an empty server. */
  dataMib?: number;
  /** Of the server, such as `--innodb-buffer-pool-size=64M`. */
  serverOptions?: readonly string[];
  /** The S3 server keeps its data when it is killed and started again. */
  s3OnDisk?: boolean;
}

export interface RunOptions {
  inputs?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  node?: string;
  onLine?: (line: string) => void;
  withoutPost?: boolean;
}

/** An action that ended, with what processesOf needs to look for what it left. */
export interface EndedAction extends ActionResult {
  marker: string;
}

/** A real database server and a real S3 server, and actions that run there as a workflow would run them. */
export interface DatabaseHost {
  mysql: MysqlServer;
  s3: S3Server;
  /** A folder for the test's own files. */
  scratch: string;
  /** TMPDIR of every run: what is in it afterwards was left behind. */
  temporaryDir: string;
  /** A new bucket, and the runs that use it. */
  newPlace(bucket?: { lock?: boolean }): Promise<BackupPlace>;
  stop(): Promise<void>;
}

/** The servers take about six seconds to start. Stop them in `afterAll`. */
export async function startDatabaseHost(options: HostOptions = {}): Promise<DatabaseHost> {
  const { dataMib, serverOptions, s3OnDisk = false } = options;
  const scratch = await temporaryDirectory('host');
  const temporaries = await temporaryDirectory('tmpdir');
  const begun = await Promise.allSettled([
    startMysqlServer(serverOptions === undefined ? {} : { options: serverOptions }),
    startS3Server({ onDisk: s3OnDisk }),
  ]);
  const [mysql, s3] = begun;
  const stop = async () => {
    if (mysql.status === 'fulfilled') await mysql.value.remove();
    if (s3.status === 'fulfilled') await s3.value.stop();
    await Promise.all([scratch, temporaries].map((directory: TemporaryDirectory) => directory.remove()));
  };
  try {
    for (const each of begun) if (each.status === 'rejected') throw each.reason;
    if (mysql.status === 'rejected' || s3.status === 'rejected') throw new Error('A server is missing');
    if (dataMib !== undefined) await loadWorkload(mysql.value, { sizeMib: dataMib });
    const host: DatabaseHost = {
      mysql: mysql.value,
      s3: s3.value,
      scratch: scratch.path,
      temporaryDir: temporaries.path,
      newPlace: async (bucket) => new BackupPlace(host, await s3.value.createBucket(bucket)),
      stop,
    };
    return host;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One bucket and one server name in it. */
export class BackupPlace {
  readonly server = 'db1';
  #nextStartMs = 0;
  readonly timezone = zoneAtNoon();

  constructor(
    readonly host: DatabaseHost,
    readonly bucket: string,
  ) {}

  /** Inputs of every action. */
  get storeInputs(): Record<string, string> {
    return { 's3-bucket': this.bucket, 's3-endpoint': this.host.s3.endpoint, server: this.server };
  }

  /** Inputs of a backup that succeeds. */
  get backupInputs(): Record<string, string> {
    const { socket } = this.host.mysql;
    return { ...this.storeInputs, 'mysql-user': 'root', 'mysql-socket': socket, timezone: this.timezone };
  }

  get credentials(): Record<string, string> {
    const { accessKeyId, secretAccessKey } = this.host.s3;
    return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  }

  /** Waits if need be: two backups that begin in the same second cannot both have a name. */
  async startBackup(options: RunOptions = {}): Promise<RunningAction> {
    await sleep(Math.max(0, this.#nextStartMs - performance.now()));
    this.#nextStartMs = performance.now() + 1200;
    return this.start('backup', this.backupInputs, options);
  }

  backup(options: RunOptions = {}): Promise<EndedAction> {
    return this.startBackup(options).then(ended);
  }

  /** Does not wait for the next second, as hosts that know nothing of each other do not. */
  racingBackup(options: RunOptions = {}): Promise<EndedAction> {
    return this.start('backup', this.backupInputs, options).then(ended);
  }

  /** A backup that must succeed; its manifest. @throws Error with the log when it fails. */
  async goodBackup(options: RunOptions = {}): Promise<Manifest> {
    const { exitCode, outputs, log } = await this.backup(options);
    if (exitCode !== 0) throw new Error(`The backup failed with ${String(exitCode)}:\n${log}`);
    return this.manifest(outputs['backup-id'] ?? '');
  }

  /** Prepares `date` and `hour` of an id into `targetDir`. */
  startPrepare(id: string, targetDir: string, options: RunOptions = {}): Promise<RunningAction> {
    const [date = '', hour = ''] = id.split('/');
    return this.start('prepare', { ...this.storeInputs, date, hour, 'target-dir': targetDir }, options);
  }

  prepare(id: string, targetDir: string, options: RunOptions = {}): Promise<EndedAction> {
    return this.startPrepare(id, targetDir, options).then(ended);
  }

  startApply(inputs: Readonly<Record<string, string>>, options: RunOptions = {}): Promise<RunningAction> {
    return this.start('apply', inputs, options);
  }

  apply(inputs: Readonly<Record<string, string>>, options: RunOptions = {}): Promise<EndedAction> {
    return this.startApply(inputs, options).then(ended);
  }

  /** What `xbackup list --json` says. */
  async list(): Promise<RestorePoint[]> {
    const { stdout } = await this.cli(['list', '--json', ...flags(this.storeInputs)]);
    return JSON.parse(stdout) as RestorePoint[];
  }

  /** Runs the command line without any GITHUB_ variable. @throws with code and stderr unless it ends with 0. */
  cli(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const node = join(repositoryRoot(), 'node_modules/node/bin/node');
    const entry = join(repositoryRoot(), 'dist/cli.js');
    return run(node, [entry, ...args], { env: { ...this.plainEnvironment, ...env }, cwd: this.host.scratch });
  }

  /** What a program finds on a host that knows no GitHub. */
  get plainEnvironment(): Record<string, string> {
    const { PATH = '', HOME = '/' } = process.env;
    return { PATH, HOME, TMPDIR: this.host.temporaryDir, ...this.credentials };
  }

  keys(): Promise<string[]> {
    return this.host.s3.listAllKeys(this.bucket);
  }

  /** The keys of the multipart uploads that are neither completed nor aborted. */
  async uploads(): Promise<string[]> {
    return (await this.host.s3.listUploads(this.bucket)).map(({ Key }) => Key ?? '');
  }

  manifestKey(id: string): string {
    return `xbackup/${this.server}/${id}.json`;
  }

  async manifest(id: string): Promise<Manifest> {
    return JSON.parse((await this.read(this.manifestKey(id))).toString()) as Manifest;
  }

  async read(key: string): Promise<Buffer> {
    const { Body } = await this.host.s3
      .client()
      .send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async write(key: string, text: Buffer | string): Promise<void> {
    const body = Buffer.from(text);
    const request = { Bucket: this.bucket, Key: key, Body: body, ContentLength: body.length };
    await this.host.s3.client().send(new PutObjectCommand(request));
  }

  async remove(key: string): Promise<void> {
    await this.host.s3.client().send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    const request = { Bucket: this.bucket, Key: key, UploadId: uploadId };
    await this.host.s3.client().send(new AbortMultipartUploadCommand(request));
  }

  private start(
    action: string,
    inputs: Readonly<Record<string, string>>,
    { inputs: more, env, ...rest }: RunOptions,
  ): Promise<RunningAction> {
    const options: ActionOptions = {
      action,
      inputs: withoutEmpty({ ...inputs, ...more }),
      env: { ...this.credentials, TMPDIR: this.host.temporaryDir, ...env },
      ...rest,
    };
    return startAction(options);
  }
}

export async function ended(running: RunningAction): Promise<EndedAction> {
  return { ...(await running.finished), marker: running.marker };
}

/** `--name value` of every input. */
export function flags(inputs: Readonly<Record<string, string>>): string[] {
  return Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
}

function withoutEmpty(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== ''));
}

/** A time zone where it is noon: there no test comes near midnight, after which a full would be due. */
function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  if (ahead === 0) return 'UTC';
  // In the names of these zones the sign is the other way round.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
