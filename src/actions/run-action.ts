import * as core from '@actions/core';
import type { RunIdentity } from '../chain/manifest.js';
import type { UserError } from '../errors.js';
import type { ActionCommand } from '../inputs/definition.js';
import { parseInputs, secretValues, type ReadInput } from '../inputs/parse.js';
import { LeftoversNote } from '../operations/leftovers.js';
import { applySummary } from '../report/apply-summary.js';
import { redFindings } from '../operations/check-result.js';
import { backupSummary } from '../report/backup-summary.js';
import { checkSummary } from '../report/check-summary.js';
import { checkTable } from '../report/check-table.js';
import { listSummary } from '../report/list-summary.js';
import {
  applyOutputs,
  backupOutputs,
  checkOutputs,
  listOutputs,
  prepareOutputs,
  pruneOutputs,
} from '../report/outputs.js';
import { prepareSummary } from '../report/prepare-summary.js';
import { pruneSummary } from '../report/prune-summary.js';
import { pruneTable } from '../report/prune-table.js';
import { restorePointTable } from '../report/restore-points.js';
import { abortOnSignals, endIfCancelled } from '../signals.js';
import { runApply, runBackup, runCheck, runList, runPrepare, runPrune, type Edge } from '../wiring.js';
import { cacheMemory } from './cache-memory.js';
import { githubLog } from './github-log.js';
import { saveLeftovers } from './post.js';
import { annotateFailure, reportFailure, writeSummary } from './report.js';
import { temporaryDir } from './temporary-dir.js';

/** Each action: inputs → operation → outputs and summary. */

interface Ended {
  outputs: Record<string, string>;
  summary: string;
  notice: string;
  /** It went to its end, and what it has found is a failure. */
  failure?: UserError | undefined;
}

const actions: Record<ActionCommand, (edge: Edge) => Promise<Ended>> = {
  async backup(edge) {
    const inputs = parseInputs('backup', readInput);
    const memory = cacheMemory(inputs, edge.log, (processId) => edge.note.processStarts(processId));
    const result = await runBackup(inputs, { ...edge, memory });
    const { id, type } = result.manifest;
    return {
      outputs: backupOutputs(result),
      summary: backupSummary(result),
      notice: `${id} is a good ${type} backup.`,
    };
  },
  async prepare(edge) {
    const result = await runPrepare(parseInputs('prepare', readInput), edge);
    const notice = `${result.prepared.backupId} is prepared in ${result.preparedDir}.`;
    return { outputs: prepareOutputs(result), summary: prepareSummary(result), notice };
  },
  async apply(edge) {
    const result = await runApply(parseInputs('apply', readInput), edge);
    const notice = `${result.prepared.server} is restored to ${result.prepared.backupId}, and the server runs.`;
    return { outputs: applyOutputs(result), summary: applySummary(result), notice };
  },
  async check(edge) {
    const result = await runCheck(parseInputs('check', readInput), edge);
    return {
      outputs: checkOutputs(result),
      summary: checkSummary(result),
      notice: checkTable(result),
      failure: redFindings(result),
    };
  },
  async prune(edge) {
    const result = await runPrune(parseInputs('prune', readInput), edge);
    return { outputs: pruneOutputs(result), summary: pruneSummary(result), notice: pruneTable(result) };
  },
  async list(edge) {
    const result = await runList(parseInputs('list', readInput), edge);
    return {
      outputs: listOutputs(result),
      summary: listSummary(result),
      notice: restorePointTable(result.points),
      failure: result.failure,
    };
  },
};

/** Runs an action as the runner starts it. Sets the exit status; never throws. */
export async function runActionByName(name: ActionCommand): Promise<void> {
  secretValues(name, readInput).forEach((secret) => core.setSecret(secret));
  const log = githubLog(readInput('log-level') === 'debug');
  const note = new LeftoversNote(saveLeftovers);
  const edge = { log, note, signal: abortOnSignals(), temporaryDir: temporaryDir(), run: runIdentity() };
  try {
    const { outputs, summary, notice, failure } = await actions[name](edge);
    for (const [output, value] of Object.entries(outputs)) core.setOutput(output, value);
    await writeSummary(summary, log);
    log.info(notice);
    if (failure !== undefined) annotateFailure(name, failure);
  } catch (error) {
    await reportFailure(name, error, log);
  } finally {
    endIfCancelled(edge.signal);
  }
}

const readInput: ReadInput = (name) => core.getInput(name);

function runIdentity(): RunIdentity | undefined {
  const {
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKFLOW: workflow = '',
    GITHUB_RUN_ID: runId,
    GITHUB_RUN_ATTEMPT: runAttempt = '1',
    GITHUB_ACTOR: actor = '',
    GITHUB_SERVER_URL: server = 'https://github.com',
  } = process.env;
  if (repository === undefined || runId === undefined) return undefined;
  const url = `${server}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
  return { repository, workflow, runId, runAttempt, actor, url };
}
