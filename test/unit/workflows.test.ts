import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { actionCommands } from '../../src/inputs/definition.js';
import { toolLines } from '../../src/tools/lines.js';
import {
  ownAction,
  publishedName,
  repositoryRoot,
  validateActionFile,
  validateWorkflow,
} from '../support/workflow-validator.js';

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, unknown>;
}
interface Job {
  uses?: string;
  env?: Record<string, unknown>;
  permissions?: unknown;
  'timeout-minutes'?: unknown;
  steps?: Step[];
}
interface Workflow {
  permissions?: unknown;
  jobs: Record<string, Job>;
}

const folder = join(repositoryRoot, '.github/workflows');
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});

const actionFiles = ['', ...actionCommands.map((name) => `actions/${name}`)].map((path) =>
  join(path, 'action.yml'),
);
const readAction = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');

it('there are the workflows that people copy, and our own', () => {
  expect(workflows.map(({ name }) => name).sort()).toEqual([
    'backup.yml',
    'check.yml',
    'ci.yml',
    'prune.yml',
    'release.yml',
    'restore.yml',
    'watch.yml',
  ]);
});

describe.each(workflows)('$name', ({ name, text, workflow }) => {
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  it('is what GitHub accepts', async () => {
    expect(await validateWorkflow(text, name)).toEqual([]);
  });

  it('grants nothing by default, and to each job what it needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const [, job] of jobs) expect(job.permissions).toBeDefined();
  });

  it('bounds the time of every job', () => {
    // A job that calls another workflow may not have one: that workflow's jobs do.
    for (const [, job] of jobs) if (!job.uses) expect(job['timeout-minutes']).toBeDefined();
  });

  it('puts no expression into a shell script, where a value could become code', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  it("pins other people's actions to a commit", () => {
    const others = steps
      .flatMap(({ uses }) => uses ?? [])
      .filter((uses) => !uses.startsWith(`${publishedName}/`));
    for (const uses of others) expect(uses).toMatch(/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/);
  });

  it('reads only outputs that our actions have', async () => {
    for (const [, job] of jobs) {
      for (const { id, uses } of job.steps ?? []) {
        if (id === undefined || !uses?.startsWith(publishedName)) continue;
        const action = await ownAction(uses.slice(publishedName.length + 1).replace(/@.*/, ''));
        const used = [...text.matchAll(new RegExp(`steps\\.${id}\\.outputs\\.([\\w-]+)`, 'g'))].map(
          ([, name]) => name,
        );
        expect(used.length).toBeGreaterThan(0);
        expect(Object.keys(action?.outputs ?? {})).toEqual(expect.arrayContaining(used));
      }
    }
  });
});

describe('the tests in ci.yml', () => {
  const { workflow, text } = workflows.find(({ name }) => name === 'ci.yml') as (typeof workflows)[number];
  const jobs = Object.values(workflow.jobs);

  it('name servers and tools by variables that the tests know', () => {
    const set = jobs.flatMap(({ env, steps = [] }) => [env, ...steps.map((step) => step.env)]);
    const names = set.flatMap((env) => Object.keys(env ?? {})).filter((name) => name.startsWith('XBACKUP_'));
    const code = ['test/support/e2e/backup-tool.ts', 'script/mysql-server', 'script/install'].map((path) =>
      readFileSync(join(repositoryRoot, path), 'utf8'),
    );
    expect(names).toEqual(['XBACKUP_E2E_MYSQLD', 'XBACKUP_E2E_TOOL', 'XBACKUP_E2E_STREAM_EXTRACT']);
    for (const name of names) expect(code.some((source) => source.includes(name))).toBe(true);
  });

  it('run layers and files that there are', () => {
    const script = readFileSync(join(repositoryRoot, 'script/test'), 'utf8');
    const known = /layers=\(([\w ]+)\)/.exec(script)?.[1]?.split(' ') ?? [];
    const words = [...text.matchAll(/- run: script\/test(.*)$/gm)].flatMap(([, rest = '']) =>
      rest.split(' ').filter((word) => word !== ''),
    );
    expect(words.length).toBeGreaterThan(0);
    for (const word of words) {
      expect(word.includes('/') ? existsSync(join(repositoryRoot, word)) : known.includes(word)).toBe(true);
    }
  });

  it('install the XtraBackup of a line that is known', () => {
    interface Matrix {
      strategy?: { matrix: { include?: { line?: string; package?: string }[] } };
    }
    const { strategy } = workflow.jobs['xtrabackup'] as Matrix;
    const included = strategy?.matrix.include ?? [];
    expect(included.map(({ line }) => line)).toEqual(['8.0', '8.4']);
    for (const { line, package: name } of included) {
      const known = toolLines.find((each) => each.tool === 'xtrabackup' && each.name === line);
      expect(name).toBe(known?.package.name);
    }
  });
});

it('a restore takes the same inputs by hand and by a call', () => {
  const text = workflows.find(({ name }) => name === 'restore.yml')?.text ?? '';
  const { on } = parse(text) as { on: Record<string, { inputs: object }> };
  const byHand = Object.keys(on['workflow_dispatch']?.inputs ?? {});
  expect(byHand).toContain('confirm');
  expect(Object.keys(on['workflow_call']?.inputs ?? {})).toEqual(byHand);
});

describe.each(actionFiles)('%s', (path) => {
  it('is what GitHub accepts', async () => {
    expect(await validateActionFile(readAction(path))).toEqual([]);
  });
});

describe('the validator finds', () => {
  const workflow = (steps: string, head = 'on: push') =>
    `${head}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n${steps}\n`;
  const backup = (uses: string, input = 's3-bucket') =>
    workflow(`      - uses: ${uses}\n        with:\n          ${input}: my-backups`);

  it.each([
    ['nothing in a good one', workflow('      - run: "true"'), []],
    ['nothing in a good use of an action', backup('./actions/backup'), []],
    [
      'nothing in a schedule with a time zone',
      workflow('      - run: a', "on:\n  schedule:\n    - cron: '17 * * * *'\n      timezone: Europe/Berlin"),
      [],
    ],
    ['a wrong key', workflow('      - run: a\n        timeout: 5'), [/^7: .*'timeout'/]],
    ['a job without a runner', 'on: push\njobs:\n  test:\n    steps:\n      - run: a\n', [/runs-on/]],
    ['an unknown input', backup('./actions/backup', 's3-buckett'), [/^8: .*'s3-buckett'/, /s3-bucket/]],
    [
      'an unknown input of a published action',
      backup(`${publishedName}/actions/backup@v1`, 'bucket'),
      [/^8: .*'bucket'/, /s3-bucket/],
    ],
    ['a missing required input', backup('./actions/prepare'), [/Missing required input.*date/]],
    ["another command's input", `${backup('./actions/backup')}          datadir: /d\n`, [/^9: .*'datadir'/]],
    ['an unknown action', workflow('      - uses: ./actions/restore'), [/Unable to resolve action/]],
    [
      'an unknown action of others',
      workflow('      - uses: actions/chekout@v6'),
      [/Unable to resolve action/],
    ],
    ['a bad cron', workflow('      - run: a', "on:\n  schedule:\n    - cron: '17 25 * * *'"), [/cron/i]],
    ['a bad expression', workflow('      - run: echo ${{ github.ref == }}'), [/expression/i]],
    ['an unknown function', workflow("      - run: a\n        if: contain('a', 'b')"), [/contain/]],
    ['an unknown context', workflow('      - run: a\n        if: input.type'), [/input/]],
    [
      'an output of no job',
      workflow('      - run: a\n        if: needs.prepare.outputs.x'),
      [/needs|prepare/],
    ],
    [
      'an output that a job does not have',
      'on: push\njobs:\n  a:\n    runs-on: x\n    outputs: { b: c }\n    steps:\n      - run: a\n' +
        '  d:\n    needs: a\n    runs-on: x\n    env: { E: "${{ needs.a.outputs.typo }}" }\n    steps:\n      - run: a\n',
      [/typo/],
    ],
    [
      'an undeclared input',
      workflow(
        '      - run: a\n        if: inputs.typo',
        'on:\n  workflow_dispatch:\n    inputs:\n      type: { type: string }',
      ),
      [/typo/],
    ],
    [
      'an unknown permission',
      workflow('      - run: a', 'on: push\npermissions: { id-tokens: write }'),
      [/id-tokens/],
    ],
    [
      'a called workflow that is not there',
      'on: push\njobs:\n  a:\n    uses: ./.github/workflows/none.yml\n',
      [/none\.yml|find/i],
    ],
  ])('%s', async (_, text, expected: RegExp[]) => {
    const found = await validateWorkflow(text);
    expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it.each([
    ['an unknown runtime', (text: string) => text.replace('node24', 'node25'), /node25/],
    ['no main', (text: string) => text.replace(/^ {2}main:.*\n/m, ''), /main/],
    ['an unknown key', (text: string) => text.replace('branding:', 'brandings:'), /brandings/],
    ['a bad condition', (text: string) => text.replace('always()', 'alwayss()'), /alwayss/],
  ])('%s in an action.yml', async (_, spoil, expected) => {
    const found = await validateActionFile(spoil(readAction('actions/backup/action.yml')));
    expect(found).toEqual([expect.stringMatching(expected)]);
  });
});
