import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runAction } from '../support/action-runner.js';
import { ambientSecrets } from '../support/secrets.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/** What runs every action of the tests finds a secret wherever one is shown. */

const password = 'p\'a"s s\\word of the tests';
let folder: TemporaryDirectory;
beforeAll(async () => {
  folder = await temporaryDirectory('leaking-action');
});
afterAll(() => folder.remove());

/** An action that runs this code, and in its post step the other. */
async function run(name: string, code: string, postCode = '') {
  const action = join(folder.path, name);
  await mkdir(action);
  await writeFile(
    join(action, 'action.yml'),
    'inputs:\n  mysql-password: {}\nruns:\n  using: node24\n  main: main.mjs\n  post: post.mjs\n',
  );
  const start = `import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
const secret = process.env['INPUT_MYSQL-PASSWORD'];
const write = (file, text) => appendFileSync(process.env[file], text);
`;
  await writeFile(join(action, 'main.mjs'), start + code);
  await writeFile(join(action, 'post.mjs'), start + postCode);
  const env = { AWS_SECRET_ACCESS_KEY: 'secret-key-of-the-tests', PATH: process.env['PATH'] ?? '' };
  return runAction({ action, inputs: { 'mysql-password': password }, env, mustKeepSecrets: true });
}

it.each([
  ['log', 'console.log(`it is ${secret}`)', 'the log has'],
  ['stderr', 'console.error(secret)', 'the log has'],
  ['base64', "console.log(Buffer.from(secret).toString('base64'))", 'the log has'],
  ['json', 'console.log(JSON.stringify({ secret }))', 'the log has'],
  ['url', 'console.log(`https://x/${encodeURIComponent(secret)}`)', 'the log has'],
  ['credentials', 'console.log(process.env.AWS_SECRET_ACCESS_KEY)', 'the log has'],
  ['ambient', 'console.log(process.env.GITHUB_TOKEN)', 'the log has'],
  ['error', 'throw new Error(secret)', 'the log has'],
  ['summary', "write('GITHUB_STEP_SUMMARY', `| ${secret} |`)", 'the summary has'],
  ['output', "write('GITHUB_OUTPUT', `a=${secret}\\n`)", 'an output or state has'],
  ['state', "write('GITHUB_STATE', `a=${secret}\\n`)", 'an output or state has'],
  ['file', 'appendFileSync(`${process.env.RUNNER_TEMP}/left`, secret)', 'temp/left has'],
  [
    'arguments',
    "execFileSync('sh', ['-c', 'sleep 1; true', secret], { env: { RUNNER_TRACKING_ID: process.env.RUNNER_TRACKING_ID } })",
    'an argument of a child has',
  ],
  ['environment', "execFileSync('sleep', ['1'])", 'the environment of a child has'],
])('by %s', async (name, code, says) => {
  await expect(run(name, code)).rejects.toThrow(says);
});

it('in the post step', async () => {
  await expect(run('post', '', 'console.log(secret)')).rejects.toThrow('the log of post has');
});

it('and lets an action pass that only masks it', async () => {
  const { exitCode, masks } = await run(
    'masks',
    'console.log(`::add-mask::${secret}`); process.exitCode = 3',
  );
  expect(exitCode).toBe(3);
  expect(masks).toEqual([password]);
  expect(Object.keys(ambientSecrets)).toContain('GITHUB_TOKEN');
});
