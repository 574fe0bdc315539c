import { stat } from 'node:fs/promises';
import { cancelled, CommandError, messageOf, UserError } from '../errors.js';
import { carryOver, type CarriedOver } from '../mysql/carry-over.js';
import { DataSwap, type DataPlaces } from '../mysql/data-swap.js';
import { HalfSetAside } from '../mysql/datadir-swap.js';
import { seesAllLocks } from '../mysql/datadir.js';
import { giveTo, givePartsTo } from '../mysql/filesystem.js';
import type { Service } from '../mysql/service.js';
import { formatDuration } from '../report/format.js';
import { runProgram } from '../pipeline/pipeline.js';
import { saysCompleted, type BackupTool } from '../tools/backup-tool.js';
import { explainFailure } from '../tools/messages.js';
import type { ApplyContext } from './apply.js';
import type { ApplyStep, OldData } from './apply-result.js';
import { listFiles, type ListedFile } from './prepared.js';
import type { RestoreProgress } from './restore-progress.js';
import { reach, type StepOf } from './steps.js';
import type { Destination } from './restore-target.js';

/** What is replaced. */
export interface ReplacementPlan extends DataPlaces {
  service: Service;
  method: 'move-back' | 'copy-back';
  wasRunning: boolean;
}

/** What it is replaced by. */
export interface NewData {
  tool: BackupTool;
  preparedData: string;
  owner: string;
  /** For the tool, when the data does not all go into the datadir. */
  defaultsFile: string | undefined;
  destination: Destination;
  /** What the backup does not bring, and the old datadir may have. */
  ownFiles: readonly string[];
}

/** The replacement of a datadir, step by step, and the way back from each step. */
export class Replacement {
  readonly steps: ApplyStep[] = [];
  readonly #plan: ReplacementPlan;
  readonly #context: ApplyContext;
  readonly #swap: DataSwap;
  #carriedOver: CarriedOver = { copied: [], missing: [] };
  #oldData: OldData = { datadir: undefined, outside: [] };
  #progress: RestoreProgress['step'] | 'untouched' = 'untouched';
  #half: HalfSetAside | undefined;

  constructor(plan: ReplacementPlan, context: ApplyContext) {
    this.#plan = plan;
    this.#context = context;
    this.#swap = new DataSwap(plan, context.label);
  }

  /** The replacement of a process that was killed. It can only be rolled back. */
  static async afterKill(
    plan: ReplacementPlan,
    context: ApplyContext,
    step: RestoreProgress['step'],
  ): Promise<Replacement> {
    const replacement = new Replacement(plan, context);
    const isAside = await replacement.#swap.takeUp();
    replacement.#progress = step;
    if (!isAside && !plan.datadir.isEmpty) {
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
  get oldData(): OldData {
    return this.#oldData;
  }

  /** What was taken from the old datadir, and what was not there. */
  get carriedOver(): CarriedOver {
    return this.#carriedOver;
  }

  /** Is there anything to undo? Not when the server could not be stopped and answers as before. */
  async hasChanged(): Promise<boolean> {
    if (this.#progress === 'untouched') return false;
    return this.#progress === 'replaced' || !(await this.#plan.service.answers());
  }

  /** Returns the version of the healthy server, or undefined when it refuses the account. */
  async carryOut(newData: NewData): Promise<string | undefined> {
    const { service, datadir, outside, wasRunning } = this.#plan;
    const files = await listFiles(newData.preparedData);
    // Also when none runs: it may have crashed, and systemd be about to start it again.
    await this.#step('Stop the server', async () => {
      this.#reach('stopping');
      if (wasRunning || !(await seesAllLocks())) await service.stop();
      else await service.ensureStopped();
    });
    await this.#step('Set the old datadir aside', async () => {
      await this.#requireUnused();
      this.#reach('settingAside');
      await this.#setAside();
      this.#reach('replaced');
      await this.#requireStopped();
    });
    const putInPlace = async () => {
      await this.#moveOrCopyBack(newData);
      await this.#requireAllFiles(files, newData);
    };
    await this.#step('Put the prepared data in place', putInPlace, ` (${this.#plan.method})`);
    if (newData.ownFiles.length > 0) {
      await this.#step("Carry over the server's own settings and keys", async () => {
        this.#carriedOver = await carryOver(this.#oldData.datadir, datadir.path, newData.ownFiles);
      });
    }
    await this.#step('Give the files to their owner', async () => {
      await giveTo(datadir.path, newData.owner, datadir.mode, this.#swap.datadirAside);
      for (const place of outside) await givePartsTo(place, newData.owner, this.#swap.asideLabel);
    });
    return await this.#step('Start the server and wait until it answers', async () => {
      await this.#requireStopped();
      await service.start();
      return await service.waitUntilHealthy(this.#context.signal);
    });
  }

  /** Noted before each step, for the case that this process is killed in it. */
  #reach(step: RestoreProgress['step']): void {
    this.#progress = step;
    const { datadir, outside, method, wasRunning } = this.#plan;
    const { label } = this.#context;
    this.#context.note.restoreReaches({ step, datadir, outside: [...outside], method, wasRunning, label });
  }

  async #setAside(): Promise<void> {
    try {
      await this.#swap.setAside();
      const outside = await this.#swap.outsideAside();
      this.#oldData = { datadir: this.#swap.datadirAside?.path, outside };
    } catch (error) {
      if (error instanceof HalfSetAside) this.#half = error;
      throw error;
    }
  }

  /** What is outside of the datadir may be, by mistake, another server's. */
  async #requireUnused(): Promise<void> {
    const holder = await this.#swap.holderOutside();
    if (holder === undefined) return;
    throw new UserError(
      'DATADIR_UNSUITABLE',
      `Process ${holder.processId} has data files in ${holder.path} open, although the server was stopped.`,
      "Does another server keep its data there? Correct the server's settings, or mysql-defaults-file.",
    );
  }

  /** A server that was started meanwhile runs on the old data, or on new data that is not whole. */
  async #requireStopped(): Promise<void> {
    if ((await this.#swap.holderOfOldData()) === undefined && !(await this.#plan.service.isRunning())) return;
    throw new UserError(
      'STOP_FAILED',
      'The server was stopped, and something started it again during the restore.',
      'Let stop-command also keep it from being started: systemctl stop does, a restart policy of Docker does not.',
    );
  }

  /** Puts the old data back and starts the old server. Returns what there is to know of the new data. */
  async rollBack(): Promise<string> {
    const { service, wasRunning, method } = this.#plan;
    if (this.#half !== undefined) throw this.#half;
    this.#context.log.warning('The restore failed; the old data is put back.');
    let remains = '';
    if (this.#progress === 'replaced' || this.#progress === 'takenAway') {
      await this.#step('Roll back: put the old datadir back', async () => {
        if (await service.isRunning().catch(() => true)) await service.stop();
        else await service.ensureStopped();
        if (this.#progress === 'replaced') {
          const kept = await this.#swap.takeAway(method === 'move-back');
          if (kept.length > 0) remains = `The restored data is kept in ${kept.join(' and ')}.`;
          this.#reach('takenAway');
        }
        await this.#swap.putBack();
      });
    }
    if (!wasRunning) return `The old data is in place again; the server was not running before. ${remains}`;
    await this.#step('Roll back: start the old server', () => service.bringBack());
    return `The old data is in place again, and the old server runs. ${remains}`;
  }

  /** For the case that even the way back failed. */
  whereThingsAre(): string {
    const { datadir, outside } = this.#plan;
    const elsewhere = outside.map(
      ({ path }) => ` Look also into ${path} and its folder .${this.#swap.asideLabel}.`,
    );
    const aside = this.#swap.datadirAside;
    if (this.#half !== undefined) {
      return `The old data is partly in ${this.#half.path}, and may be partly in ${datadir.path}.${elsewhere.join('')}`;
    }
    if (aside === undefined) return `The old data is in ${datadir.path}.${elsewhere.join('')}`;
    const partlyBack = aside.whole ? '' : `, and may be partly back in ${datadir.path} already`;
    return `The old data is in ${aside.path}${partlyBack}.${elsewhere.join('')}`;
  }

  async #step<T>(step: StepOf<'apply'>, work: () => Promise<T>, detail = ''): Promise<T> {
    const name = `${step}${detail}`;
    const rollingBack = step.startsWith('Roll back');
    if (this.#context.signal.aborted && !rollingBack) throw cancelled();
    const started = performance.now();
    const end = (outcome: ApplyStep['outcome']) =>
      this.steps.push({ name, durationSeconds: (performance.now() - started) / 1000, outcome });
    try {
      reach(this.#context.log, 'apply', step);
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

  async #moveOrCopyBack({ tool, preparedData, defaultsFile }: NewData): Promise<void> {
    const { datadir, method } = this.#plan;
    const datadirNotEmpty = this.#swap.datadirAside?.whole === false;
    const program = {
      program: tool.path,
      arguments: tool.restoreArguments({
        method,
        preparedDir: preparedData,
        datadir: datadir.path,
        datadirNotEmpty,
        ...(defaultsFile === undefined ? {} : { defaultsFile }),
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
  async #requireAllFiles(files: readonly ListedFile[], { destination }: NewData): Promise<void> {
    const data = files.filter(({ path }) => destination.isDataFile(path));
    for (const { path, sizeBytes } of data) {
      const found = await stat(destination.pathOf(path)).catch((error: unknown) => {
        throw incomplete(`${path} is missing: ${messageOf(error)}`);
      });
      if (found.size !== sizeBytes) throw incomplete(`${path} has ${found.size} of ${sizeBytes} bytes`);
    }
  }
}

function incomplete(fact: string): UserError {
  return new UserError(
    'NOT_PREPARED',
    `The data did not arrive whole in its place: ${fact}.`,
    'Run prepare again, then apply.',
  );
}
