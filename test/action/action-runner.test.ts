import { afterEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runAction, startAction, type ActionOptions } from '../support/action-runner.js';
import { processesOf } from '../support/processes.js';
import { repositoryRoot } from '../support/repository-root.js';
import { parseFileCommand } from '../support/runner-log.js';

const support = join(repositoryRoot(), 'test/support');
const orphans: number[] = [];

function fixture(deed: string, more: Partial<ActionOptions> = {}): ActionOptions {
  const inputs = { 'what-to-do': deed, ...more.inputs };
  return { ...more, action: join(support, 'fixtures/action'), inputs };
}

afterEach(() => {
  for (const pid of orphans.splice(0)) process.kill(pid, 'SIGKILL');
});

describe('the action runner', () => {
  it('gives inputs, the runner environment and a closed stdin, and nothing of its own environment', async () => {
    process.env['OF_THE_TEST'] = 'must not be seen';
    const { exitCode, outputs } = await runAction(fixture('environment', { env: { GIVEN: 'yes' } }));
    delete process.env['OF_THE_TEST'];
    const env = JSON.parse(outputs['environment'] ?? '') as Record<string, string>;
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ space: 'a default', stdin: 'ended' });
    expect(outputs['node']).toMatch(/^v24\./);
    expect(env).toMatchObject({
      'INPUT_WHAT-TO-DO': 'environment',
      INPUT_WITH_SPACE: 'a default',
      INPUT_NUMBER: '7',
      INPUT_EMPTY: '',
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GIVEN: 'yes',
    });
    expect(env).not.toHaveProperty('OF_THE_TEST');
  });

  it('runs with another node', async () => {
    const { outputs } = await runAction(fixture('environment', { node: process.execPath }));
    expect(outputs['node']).toBe(process.version);
  });

  it('refuses inputs that the action does not have', async () => {
    await expect(runAction(fixture('outputs', { inputs: { typo: '' } }))).rejects.toThrow('no input typo');
  });

  it('reads outputs and the summary, and hands state, environment and path to post', async () => {
    const result = await runAction(fixture('outputs'));
    expect(result).toMatchObject({ exitCode: 0, signal: null, outputHeldOpen: false, temporaryFiles: [] });
    expect(result.outputs).toEqual({ 'one-line': 'a=b<<c', lines: 'first\nsecond=2\n\nfourth' });
    expect(result.summary).toContain('<h1>Done</h1>');
    expect(result.state).toEqual({ saved: 'two\nlines' });
    expect(result.post?.outputs).toMatchObject({ state: 'two\nlines', exported: 'to post', what: 'outputs' });
    expect(result.post?.outputs['path']).toMatch(/^\/added\/path:/);
  });

  it('masks secrets, executes commands from both streams and shows the rest', async () => {
    const { exitCode, annotations, masks, log, rawLog } = await runAction(fixture('log'));
    expect(exitCode).toBe(3);
    expect(masks).toEqual(['hunter2']);
    expect(annotations).toHaveLength(4);
    expect(annotations).toEqual(
      expect.arrayContaining([
        { level: 'warning', title: 'Careful: a, b', message: 'about ***,\n100%' },
        { level: 'notice', title: undefined, message: 'noted' },
        { level: 'error', title: undefined, message: 'an injected one' },
        { level: 'error', title: 'From stderr', message: 'last' },
      ]),
    );
    expect(log).toContain('the password is ***\nWarning: about ***,\n100%\n');
    expect(log).toContain('  ::unknown::an ordinary line\n::error::not a command\n');
    expect(log).toContain('▼ a group');
    expect(log).not.toContain('hunter2');
    expect(rawLog).toContain('the password is hunter2');
  });

  it('drops a summary above 1 MiB, as the runner does', async () => {
    expect((await runAction(fixture('big-summary'))).summary).toBe('');
  });

  it('measures the peak memory of the node process', async () => {
    const [small, big] = [await runAction(fixture('outputs')), await runAction(fixture('memory'))];
    const moreMib = (big.peakRssBytes - small.peakRssBytes) / 1024 / 1024;
    expect(small.peakRssBytes).toBeGreaterThan(20 * 1024 * 1024);
    expect(moreMib).toBeGreaterThan(150);
    expect(moreMib).toBeLessThan(300);
  });

  it('tells what was left in RUNNER_TEMP', async () => {
    expect((await runAction(fixture('litter'))).temporaryFiles).toEqual(['left-over']);
  });

  it('cancels with SIGINT, and runs post', async () => {
    const run = await startAction(fixture('polite'));
    await run.waitForLine(/^waiting$/);
    const result = await run.cancel();
    expect(result).toMatchObject({ exitCode: 0, signal: null });
    expect(Object.keys(result.outputs)).toEqual(['SIGINT']);
    expect(result.post?.log).toContain('post has run');
  });

  it('goes on to SIGTERM after 7.5 s and to SIGKILL 2.5 s later', async () => {
    const run = await startAction(fixture('deaf'));
    await run.waitForLine(/^waiting$/);
    const begin = Date.now();
    const { exitCode, signal, outputs, post } = await run.cancel();
    expect({ exitCode, signal }).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(Number(outputs['SIGTERM']) - Number(outputs['SIGINT'])).toBeGreaterThanOrEqual(7400);
    expect(Number(outputs['SIGTERM']) - Number(outputs['SIGINT'])).toBeLessThan(9000);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(9900);
    expect(post?.exitCode).toBe(0);
  }, 30_000);

  it('finds processes that outlive the action', async () => {
    const run = await startAction(fixture('orphan'));
    const { outputs, outputHeldOpen } = await run.finished;
    orphans.push(Number(outputs['orphan']));
    expect(outputHeldOpen).toBe(false);
    expect(await processesOf(run.marker)).toEqual([{ pid: Number(outputs['orphan']), command: 'sleep 60' }]);
    process.kill(Number(outputs['orphan']), 'SIGKILL');
    orphans.length = 0;
    const deadline = Date.now() + 5000;
    while ((await processesOf(run.marker)).length > 0) expect(Date.now()).toBeLessThan(deadline);
  });

  it('waits 5 s for one that holds the output open', async () => {
    const run = await startAction(fixture('orphan', { inputs: { 'with space': 'holding' } }));
    const begin = Date.now();
    const { outputs, outputHeldOpen } = await run.finished;
    orphans.push(Number(outputs['orphan']));
    expect(outputHeldOpen).toBe(true);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(4900);
  }, 15_000);

  it('says which lines there were when the one waited for never comes', async () => {
    const run = await startAction(fixture('log'));
    await expect(run.waitForLine(/never printed/)).rejects.toThrow('the password is ***');
    await run.finished;
  });
});

describe('what the runner does not accept in its files', () => {
  it('is an error', () => {
    expect(() => parseFileCommand('no equals sign\n')).toThrow('does not accept');
    expect(() => parseFileCommand('name<<END\nvalue\n')).toThrow('no end END');
  });
});

describe('the clock of the tests', () => {
  const clock = `--import=${pathToFileURL(join(support, 'clock.mjs')).href}`;

  it.each([
    ['3 hours later', 3 * 3_600_000],
    ['40 hours earlier', -40 * 3_600_000],
  ])('makes Node believe that it is %s', async (_, offsetMs) => {
    const env = { NODE_OPTIONS: clock, TEST_CLOCK_OFFSET_MS: String(offsetMs) };
    const { outputs } = await runAction(fixture('clock', { env }));
    for (const time of JSON.parse(outputs['now'] ?? '') as number[]) {
      expect(Math.abs(time - offsetMs - Date.now())).toBeLessThan(5000);
    }
    expect(JSON.parse(outputs['same'] ?? '')).toEqual([
      '1970-01-01T00:00:00.000Z',
      Date.UTC(2026, 10, 22, 1, 2, 3),
      10,
      Date.UTC(2026, 0, 1),
      true,
      true,
      true,
      true,
    ]);
  });
});
