import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { cancelled, CommandError, messageOf, UserError } from '../errors.js';
import {
  findAside,
  HalfSetAside,
  putBack,
  setAside,
  takeAway,
  type Datadir,
  type SetAside,
} from '../mysql/datadir-swap.js';
import { lockHolder, seesAllLocks } from '../mysql/datadir.js';
import { giveTo } from '../mysql/filesystem.js';
import type { Service } from '../mysql/service.js';
import { formatDuration } from '../report/format.js';
import { runProgram } from '../pipeline/pipeline.js';
import { saysCompleted, type BackupTool } from '../tools/backup-tool.js';
import { explainFailure } from '../tools/messages.js';
import type { ApplyContext } from './apply.js';
import type { ApplyStep } from './apply-result.js';
import { listFiles } from './prepared.js';
import type { RestoreProgress } from './restore-progress.js';

/** What is replaced. */
export interface ReplacementPlan {
  service: Service;
  datadir: Datadir;
  method: 'move-back' | 'copy-back';
  wasRunning: boolean;
}

/** What it is replaced by. */
export interface NewData {
  tool: BackupTool;
  preparedData: string;
  owner: string;
}

/** The replacement of a datadir, step by step, and the way back from each step. */
export class Replacement {
  readonly steps: ApplyStep[] = [];
  readonly #plan: ReplacementPlan;
  readonly #context: ApplyContext;
  #aside: SetAside | undefined;
  #progress: RestoreProgress['step'] | 'untouched' = 'untouched';
  #half: HalfSetAside | undefined;

  constructor(plan: ReplacementPlan, context: ApplyContext) {
    this.#plan = plan;
    this.#context = context;
  }

  /** The replacement of a process that was killed. It can only be rolled back. */
  static async afterKill(
    plan: ReplacementPlan,
    context: ApplyContext,
    step: RestoreProgress['step'],
  ): Promise<Replacement> {
    const replacement = new Replacement(plan, context);
    const aside = await findAside(plan.datadir, replacement.#asideLabel);
    replacement.#aside = aside;
    replacement.#progress = step;
    if (aside === undefined && !plan.datadir.isEmpty) {
      if (step === 'replaced')
        throw new Error(`The old data of ${plan.datadir.path} is not where it was set aside.`);
      // It was not moved yet, or is back already.
      replacement.#progress = 'stopping';
    } else if (step === 'settingAside') {
      // Nothing new has come in yet.
      replacement.#progress = 'takenAway';
    }
    return replacement;
  }

  /** Where the old data is. */
  get oldDatadir(): string | undefined {
    return this.#aside?.path;
  }

  /** Is there anything to undo? Not when the server could not be stopped and answers as before. */
  async hasChanged(): Promise<boolean> {
    if (this.#progress === 'untouched') return false;
    return this.#progress === 'replaced' || !(await this.#plan.service.answers());
  }

  /** Returns the version of the healthy server, or undefined when it refuses the account. */
  async carryOut(newData: NewData): Promise<string | undefined> {
    const { service, datadir, wasRunning } = this.#plan;
    const files = await listFiles(newData.preparedData);
    // Also when none runs: it may have crashed, and systemd be about to start it again.
    await this.#step('Stop the server', async () => {
      this.#reach('stopping');
      if (wasRunning || !(await seesAllLocks())) await service.stop();
      else await service.ensureStopped();
    });
    await this.#step('Set the old datadir aside', async () => {
      this.#reach('settingAside');
      this.#aside = await this.#setAside();
      this.#reach('replaced');
      await this.#requireStopped();
    });
    await this.#step(`Put the prepared data in place (${this.#plan.method})`, async () => {
      await this.#moveOrCopyBack(newData);
      await this.#requireAllFiles(files);
    });
    await this.#step('Give the files to their owner', () =>
      giveTo(datadir.path, newData.owner, datadir.mode, this.#aside),
    );
    return await this.#step('Start the server and wait until it answers', async () => {
      await this.#requireStopped();
      await service.start();
      return await service.waitUntilHealthy(this.#context.signal);
    });
  }

  get #asideLabel(): string {
    return `before-restore-${this.#context.label}`;
  }

  /** Noted before each step, for the case that this process is killed in it. */
  #reach(step: RestoreProgress['step']): void {
    this.#progress = step;
    const { datadir, method, wasRunning } = this.#plan;
    this.#context.note.restoreReaches({ step, datadir, method, wasRunning, label: this.#context.label });
  }

  async #setAside(): Promise<SetAside | undefined> {
    try {
      return await setAside(this.#plan.datadir, this.#asideLabel);
    } catch (error) {
      if (error instanceof HalfSetAside) this.#half = error;
      throw error;
    }
  }

  /** A server that was started meanwhile runs on the old data, or on new data that is not whole. */
  async #requireStopped(): Promise<void> {
    const onOldData = this.#aside === undefined ? undefined : await lockHolder(this.#aside.path);
    if (onOldData === undefined && !(await this.#plan.service.isRunning())) return;
    throw new UserError(
      'STOP_FAILED',
      'The server was stopped, and something started it again during the restore.',
      'Let stop-command also keep it from being started: systemctl stop does, a restart policy of Docker does not.',
    );
  }

  /** Puts the old data back and starts the old server. Returns what there is to know of the new data. */
  async rollBack(): Promise<string> {
    const { service, datadir, wasRunning, method } = this.#plan;
    if (this.#half !== undefined) throw this.#half;
    this.#context.log.warning('The restore failed; the old data is put back.');
    let remains = '';
    if (this.#progress === 'replaced' || this.#progress === 'takenAway') {
      await this.#step('Roll back: put the old datadir back', async () => {
        if (await service.isRunning().catch(() => true)) await service.stop();
        else await service.ensureStopped();
        if (this.#progress === 'replaced') {
          const keepAs = method === 'move-back' ? `failed-restore-${this.#context.label}` : undefined;
          const kept = await takeAway(datadir, this.#aside, keepAs);
          if (kept !== undefined) remains = `The restored data is kept in ${kept}.`;
          this.#reach('takenAway');
        }
        await putBack(datadir, this.#aside);
        this.#aside = undefined;
      });
    }
    if (!wasRunning) return `The old data is in place again; the server was not running before. ${remains}`;
    await this.#step('Roll back: start the old server', () => service.bringBack());
    return `The old data is in place again, and the old server runs. ${remains}`;
  }

  /** For the case that even the way back failed. */
  whereThingsAre(): string {
    const { datadir } = this.#plan;
    if (this.#half !== undefined) {
      return `The old data is partly in ${this.#half.path}, and may be partly in ${datadir.path}.`;
    }
    if (this.#aside === undefined) return `The old data is in ${datadir.path}.`;
    return this.#aside.whole
      ? `The old data is in ${this.#aside.path}.`
      : `The old data is in ${this.#aside.path}, and may be partly back in ${datadir.path} already.`;
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const rollingBack = name.startsWith('Roll back');
    if (this.#context.signal.aborted && !rollingBack) throw cancelled();
    const started = performance.now();
    const end = (outcome: ApplyStep['outcome']) =>
      this.steps.push({ name, durationSeconds: (performance.now() - started) / 1000, outcome });
    try {
      const result = await this.#context.log.group(name, work);
      end('done');
      this.#context.log.info(`Done in ${formatDuration(this.steps.at(-1)?.durationSeconds ?? 0)}.`);
      return result;
    } catch (error) {
      end('failed');
      if (error instanceof CommandError) this.#context.log.info(error.failure.stderrTail);
      if (this.#context.signal.aborted && !rollingBack) throw cancelled(error);
      throw error;
    }
  }

  async #moveOrCopyBack({ tool, preparedData }: NewData): Promise<void> {
    const { datadir, method } = this.#plan;
    const datadirNotEmpty = this.#aside?.whole === false;
    const program = {
      program: tool.path,
      arguments: tool.restoreArguments({
        method,
        preparedDir: preparedData,
        datadir: datadir.path,
        datadirNotEmpty,
      }),
    };
    const { log, signal, note } = this.#context;
    const ended = await runProgram(program, { log, signal, onStart: (id) => note.processStarts(id) }).catch(
      (error: unknown) => {
        throw explainFailure(error, 'RESTORE_ROLLED_BACK');
      },
    );
    if (saysCompleted(ended.lastLine)) return;
    throw new Error(`${tool.name} did not say that it completed, but: ${ended.lastLine}`);
  }

  /** The tool's word is not taken for it: every data file must have arrived, whole. */
  async #requireAllFiles(files: readonly { path: string; sizeBytes: number }[]): Promise<void> {
    const data = files.filter(({ path }) => /(^|\/)ibdata\d+$|\.(ibd|frm|MYD|MYI|MAD|MAI|sdi)$/.test(path));
    for (const { path, sizeBytes } of data) {
      const found = await stat(join(this.#plan.datadir.path, path)).catch((error: unknown) => {
        throw incomplete(`${path} is missing: ${messageOf(error)}`);
      });
      if (found.size !== sizeBytes) throw incomplete(`${path} has ${found.size} of ${sizeBytes} bytes`);
    }
  }
}

function incomplete(fact: string): UserError {
  return new UserError(
    'NOT_PREPARED',
    `The data did not arrive whole in the datadir: ${fact}.`,
    'Run prepare again, then apply.',
  );
}
