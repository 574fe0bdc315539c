import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  fileCommandFolder,
  startStep,
  type Environment,
  type FileCommands,
  type Job,
  type StepResult,
} from './action-step.js';
import { repositoryRoot } from './repository-root.js';
import { parseFileCommand } from './runner-log.js';
import {
  ambientSecrets,
  leaksIn,
  secretsIn,
  secretsOfNoChild,
  textsBelow,
  watchChildren,
  type Seen,
} from './secrets.js';
import { temporaryDirectory } from './temporary.js';

export interface ActionOptions {
  /** An action's name (a folder in actions/), or the absolute path of a folder with an action.yml. */
  action: string;
  inputs?: Readonly<Record<string, string>>;
  /** More environment, such as credentials. Of this process' own only PATH and HOME are passed on. */
  env?: Readonly<Record<string, string>>;
  /** The node to run it with; 24, as the runner has it, when absent. */
  node?: string;
  /** Called with each line that a person would see. */
  onLine?: (line: string) => void;
  /** The host goes down with the action: its post step never comes. */
  withoutPost?: boolean;
  /** Is it an error when it shows a secret? So it is for all actions in actions/. */
  mustKeepSecrets?: boolean;
}

export interface ActionResult extends StepResult {
  /** The post step; undefined when the action has none. */
  post: StepResult | undefined;
  /** The values that the runner masks from now on. */
  masks: string[];
  /** What is left in RUNNER_TEMP after post, relative to it. */
  temporaryFiles: string[];
  /** The arguments and environments of all that it started. */
  children: Seen;
}

export interface RunningAction {
  pid: number;
  /** For processesOf: in the environment of the action and all its descendants. */
  marker: string;
  /** Ends with the post step. */
  finished: Promise<ActionResult>;
  /** Cancels the step as the runner does, post included; resolves as `finished` does. */
  cancel(): Promise<ActionResult>;
  /** The first shown line that matches, past or to come. @throws Error when main ends without one. */
  waitForLine: (pattern: RegExp) => Promise<string>;
}

interface ActionFile {
  inputs?: Record<string, { default?: string | number | boolean } | null>;
  runs: { using: string; main: string; post?: string; 'post-if'?: string };
}

/** Runs an action of this repository to its end, as GitHub's runner would. */
export async function runAction(options: ActionOptions): Promise<ActionResult> {
  return (await startAction(options)).finished;
}

/**
 * Starts an action as GitHub's runner would: its environment, files, closed stdin, its post step. However an action of
 * ours ends: when it has shown a secret, `finished` is an error that says where.
 */
export async function startAction(options: ActionOptions): Promise<RunningAction> {
  const repository = repositoryRoot();
  const folder = options.action.startsWith('/')
    ? options.action
    : join(repository, 'actions', options.action);
  const file = parse(await readFile(join(folder, 'action.yml'), 'utf8')) as ActionFile;
  const runs = file.runs;
  if (!runs.using.startsWith('node')) throw new Error(`This runner runs node actions, not ${runs.using}.`);
  const inputs = inputEnvironment(file, options.inputs ?? {});

  const temporary = await temporaryDirectory('runner');
  const runnerTemp = join(temporary.path, 'temp');
  const workspace = join(temporary.path, 'workspace');
  await Promise.all([mkdir(runnerTemp), mkdir(workspace)]);
  const trackingId = `github_${randomUUID()}`;
  const node = options.node ?? join(repository, 'node_modules/node/bin/node');
  const marker = `RUNNER_TRACKING_ID=${trackingId}`;
  const mustKeepSecrets = options.mustKeepSecrets ?? !options.action.startsWith('/');
  const env = {
    ...jobEnvironment(runnerTemp, workspace, trackingId),
    ...(mustKeepSecrets ? ambientSecrets : {}),
    ...inputs,
    ...options.env,
  };

  const job = { node, workspace, runnerTemp, masks: [] as string[], onLine: options.onLine };
  const children = watchChildren(marker, [folder, join(repository, 'dist')]);
  const main = await startStep(job, join(folder, runs.main), env);
  const finish = async (): Promise<ActionResult> => {
    try {
      const mainResult = await main.ended;
      const isWithoutPost = options.withoutPost === true;
      const post = isWithoutPost ? undefined : await runPost(job, folder, runs, env, mainResult);
      const names = await readdir(runnerTemp, { recursive: true });
      const temporaryFiles = names.filter((name) => !name.startsWith(fileCommandFolder)).sort();
      const result = { ...mainResult, post, masks: job.masks, temporaryFiles, children: children.stop() };
      // A host that goes down leaves its 0600 files to the next run.
      const left = isWithoutPost ? {} : await textsBelow(temporary.path);
      if (mustKeepSecrets) requireNoLeak(result, env, left);
      return result;
    } finally {
      children.stop();
      await temporary.remove();
    }
  };
  const finished = finish();
  // Whoever only cancels or waits for a line hears of a failure there.
  finished.catch(() => undefined);
  return {
    pid: main.pid,
    marker,
    finished,
    cancel: async () => {
      await main.cancel();
      return finished;
    },
    waitForLine: main.waitForLine,
  };
}

/** @throws Error that says where secrets are seen. */
function requireNoLeak(
  result: ActionResult,
  env: Environment,
  files: Readonly<Record<string, string>>,
): void {
  const { post, outputs, state, children } = result;
  const leaks = leaksIn(secretsIn(env), {
    'the log': printed(result),
    'the log of post': post === undefined ? '' : printed(post),
    'the summary': result.summary + (post?.summary ?? ''),
    'an output or state': JSON.stringify([outputs, state, post?.outputs]),
    'an argument of a child': children.arguments,
    ...files,
  });
  leaks.push(...leaksIn(secretsOfNoChild(env), { 'the environment of a child': children.environments }));
  if (leaks.length > 0) throw new Error(`The action shows secrets:\n${leaks.join('\n')}\n${result.log}`);
}

/** Masking is what tells the runner of a secret. */
function printed({ rawLog }: StepResult): string {
  const lines = rawLog.split('\n');
  return lines.filter((line) => !line.startsWith('::add-mask::')).join('\n');
}

async function runPost(
  job: Job,
  folder: string,
  runs: ActionFile['runs'],
  env: Environment,
  main: StepResult & { files: FileCommands },
): Promise<StepResult | undefined> {
  if (runs.post === undefined) return undefined;
  const condition = runs['post-if'] ?? 'always()';
  if (condition !== 'always()') throw new Error(`This runner knows no post-if: ${condition}`);
  const state = Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value] as const);
  const path = main.files.path.split('\n').filter((line) => line !== '');
  const post = await startStep(job, join(folder, runs.post), {
    ...env,
    ...parseFileCommand(main.files.env),
    PATH: [...path.reverse(), env['PATH']].join(':'),
    ...Object.fromEntries(state),
  });
  return post.ended;
}

/** Every input of the action.yml is in the environment, with its default or empty. */
function inputEnvironment(file: ActionFile, given: Readonly<Record<string, string>>): Environment {
  const declared = file.inputs ?? {};
  const unexpected = Object.keys(given).filter((name) => !(name in declared));
  if (unexpected.length > 0) throw new Error(`The action has no input ${unexpected.join(', ')}.`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const fallback = input?.default ?? '';
      const value = given[name] ?? String(fallback);
      if (value.includes('${{')) throw new Error(`This runner evaluates no expressions: ${name}: ${value}`);
      return [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value];
    }),
  );
}

function jobEnvironment(runnerTemp: string, workspace: string, trackingId: string): Environment {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    GITHUB_EVENT_NAME: 'schedule',
    GITHUB_JOB: 'backup',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REPOSITORY: 'octo-org/databases',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1658821493',
    GITHUB_RUN_NUMBER: '42',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_WORKFLOW: 'backup',
    GITHUB_WORKSPACE: workspace,
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_NAME: 'database-host',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: runnerTemp,
    RUNNER_TRACKING_ID: trackingId,
  };
}
