import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { startAction } from '../support/action-runner.js';
import {
  ended,
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import { expectReported } from '../support/failures.js';
import { startHostileServer, type HostileAnswers, type HostileServer } from '../support/hostile-server.js';
import { markup, runnerCommands } from '../support/hostile-text.js';
import { shapeOf } from '../support/markdown-shape.js';
import { recordOutcome } from '../support/fault-matrix.js';

/** A database server, or something that speaks like one, that says more than it is asked for. */

/** A version may have 60 bytes; `|` and a line's end break a table. */
const hostileVersion = '10.11.19-MariaDB-\n::error::injected\r|<img src=x>`[a](b)';

const password = 'a long password';

let host: DatabaseHost;
let place: BackupPlace;
let fake: HostileServer | undefined;

beforeAll(async () => {
  host = await startDatabaseHost({ serverOptions: [`--version=${hostileVersion}`] });
  place = await host.newPlace();
}, 120_000);

afterEach(() => fake?.stop());
afterAll(() => host.stop(), 60_000);

/** Only what the action itself says became a command, and the summary has nothing but its own parts. */
async function expectHarmless({
  commands,
  annotations,
  masks,
  outputs,
  state,
  rawLog,
  summary,
}: EndedAction) {
  const own = ['debug', 'group', 'endgroup', 'error', 'warning', 'add-mask'];
  const names = new Set(commands.map(({ name }) => name));
  expect([...names].filter((name) => !own.includes(name))).toEqual([]);
  expect(annotations.filter(({ title }) => title === undefined || !title.startsWith('xbackup'))).toEqual([]);
  expect(masks.filter((mask) => mask !== password)).toEqual([]);
  expect(Object.keys(state).filter((name) => name !== 'leftovers')).toEqual([]);
  expect(Object.keys(outputs)).not.toContain('injected');
  expect(rawLog).not.toContain('\u001b');
  expect(Buffer.byteLength(summary)).toBeGreaterThan(100);
  const shape = await shapeOf(summary);
  const parts = [...shape.matchAll(/html ([^()]*?)(?= \w+\(| html|\)|$)/g)].map(([, html = '']) =>
    html.trim(),
  );
  expect(parts.filter((html) => !/^<\/?details>(<summary><\/summary>)?/.test(html))).toEqual([]);
  expect(shape).not.toMatch(/\b(image|delete|emphasis|definition|footnote)/);
}

const run = async (action: 'backup' | 'check', answers: HostileAnswers): Promise<EndedAction> => {
  fake = await startHostileServer(answers);
  const inputs = {
    ...place.storeInputs,
    'mysql-user': 'bk',
    'mysql-password': password,
    'mysql-host': '127.0.0.1',
    'mysql-port': String(fake.port),
  };
  const env = { ...place.credentials, TMPDIR: host.temporaryDir };
  return ended(await startAction({ action, inputs, env }));
};

it('a real server with a version like that is backed up, and its version is text', async () => {
  const result = await place.backup();
  expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
  await expectHarmless(result);
  expect(result.summary).toContain('10.11.19-MariaDB-');
  const { id, mysql } = await place.manifest(result.outputs['backup-id'] ?? '');
  expect(mysql.version).toContain('injected');
  const prepared = await place.prepare(id, `${host.scratch}/target`);
  expect({ exitCode: prepared.exitCode, log: prepared.log }).toMatchObject({ exitCode: 0 });
  await expectHarmless(prepared);
}, 90_000);

const everything = ['', ...runnerCommands, ...markup, '\u001b[31m', '\r', '\n'].join('\n');

it('a check of a server all of whose variables are hostile', async () => {
  const value = (name: string) => (name === 'version' ? `8.0.42${everything}` : `/${name}${everything}`);
  const result = await run('check', { value, error: everything });
  expect(result.exitCode).toBe(1);
  await expectHarmless(result);
}, 60_000);

it('a backup from a server all of whose variables are hostile', async () => {
  const value = (name: string) => (name === 'version' ? `8.0.42${everything}` : `/${name}${everything}`);
  const result = await run('backup', { value, error: everything });
  expect(result.exitCode).toBe(1);
  await expectHarmless(result);
  expect(await place.uploads()).toEqual([]);
  recordOutcome({
    operation: 'backup',
    step: 'look at the server',
    fault: 'the server answers with commands for the runner',
    outcome: 'none is obeyed',
  });
}, 60_000);

it('a refusal with commands in it', async () => {
  const result = await run('backup', { refusal: everything });
  expectReported(result, { code: 'SERVER_ACCESS_DENIED' });
  await expectHarmless(result);
  recordOutcome({
    operation: 'backup',
    step: 'look at the server',
    fault: 'the server refuses with commands for the runner',
    outcome: 'none is obeyed',
  });
}, 60_000);

it('a version of 12 MB', async () => {
  const long = 'x'.repeat(12 * 1024 * 1024);
  const result = await run('backup', {
    value: (name) => (name === 'version' ? `8.0.42-${long}` : `/${name}`),
  });
  expect(result.exitCode).toBe(1);
  await expectHarmless(result);
  expect(result.peakRssBytes).toBeLessThan(400 * 1024 * 1024);
  expect(Math.max(...result.log.split('\n').map(({ length }) => length))).toBeLessThan(10_000);
}, 60_000);
