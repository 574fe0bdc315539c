import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  startDatabaseHost,
  type BackupPlace,
  type DatabaseHost,
  type EndedAction,
} from '../support/database-host.js';
import { fakePrograms, wrappedTool } from '../support/wrapped-tool.js';
import { dirname } from 'node:path';

/** What programs print never becomes a command of the runner, and however much it is, nothing hangs. */

let host: DatabaseHost;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost();
  place = await host.newPlace();
}, 120_000);

afterAll(() => host.stop(), 60_000);

const nasty = [
  '::set-output name=backup-id::injected',
  '::error title=injected::injected',
  '  ::warning::injected',
  '::add-mask::injected',
  '::add-path::/injected',
  '::save-state name=leftovers::injected',
  '::stop-commands::injected',
  '::endgroup::',
  'text ##[error]injected',
  '##[set-output name=type]injected',
  '##[add-mask]injected',
  '##\\e[0m[error]injected',
  '\\e[2K\\e[1A\\e[31m::error::injected\\e[0m',
  'progress 1%\\r::error::injected',
  'a\\0b\\x07c ::notice::injected',
  '\\xff\\xfe::error::injected',
  '%0A::error::injected',
  '\\u2028::error::injected',
  '\\ufeff::error::injected',
  '\\v::error::injected',
];

/** Prints all of it, on stderr. */
const printNasty = `printf '%b\\n' ${nasty.map((line) => `'${line}'`).join(' ')} >&2`;

/** Only what the action itself says became a command. */
function expectNothingExecuted({ commands, annotations, masks, outputs, state }: EndedAction): void {
  const names = new Set(commands.map(({ name }) => name));
  expect([...names].filter((name) => !['debug', 'group', 'endgroup', 'error'].includes(name))).toEqual([]);
  const opened = commands.filter(({ name }) => name === 'group').length;
  expect(commands.filter(({ name }) => name === 'endgroup')).toHaveLength(opened);
  expect(annotations.filter(({ title }) => title !== 'xbackup backup failed')).toEqual([]);
  expect(masks).toEqual([]);
  expect(JSON.stringify([outputs, state])).not.toContain('injected');
}

it.each(['info', 'debug'])(
  'commands in what a good tool prints, log-level %s',
  async (level) => {
    const body = `${printNasty}; exec "$real" "$@"`;
    const inputs = { 'tool-path': await wrappedTool(host.scratch, body), 'log-level': level };
    const result = await place.backup({ inputs });
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    expectNothingExecuted(result);
    expect(result.annotations).toEqual([]);
    expect(result.log).toContain('injected');
    expect(['\u001b', '\u0007'].filter((control) => result.rawLog.includes(control))).toEqual([]);
  },
  60_000,
);

it.each(['info', 'debug'])(
  'commands in what a failing tool prints, log-level %s',
  async (level) => {
    const inputs = {
      'tool-path': await wrappedTool(host.scratch, `${printNasty}; ${printNasty}; exit 1`),
      'log-level': level,
    };
    const result = await place.backup({ inputs });
    expect(result.exitCode).toBe(1);
    expectNothingExecuted(result);
    expect(result.annotations).toHaveLength(1);
    expect(result.summary).toContain('injected');
    expect(['##[', '\u001b'].filter((text) => result.summary.includes(text))).toEqual([]);
  },
  60_000,
);

it('commands in what a failing zstd prints', async () => {
  const [zstd = ''] = await fakePrograms(host.scratch, { zstd: `${printNasty}; exit 1` });
  const result = await place.backup({ env: { PATH: `${dirname(zstd)}:${process.env['PATH'] ?? ''}` } });
  expect(result.exitCode).toBe(1);
  expectNothingExecuted(result);
  expect(result.annotations).toHaveLength(1);
}, 60_000);

it.each(['info', 'debug'])(
  '100,000 lines and one of 20 MB, log-level %s',
  async (level) => {
    const body = `seq -f 'line %.0f ::error::injected' 100000 >&2
head -c 20000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2
exec "$real" "$@"`;
    const inputs = { 'tool-path': await wrappedTool(host.scratch, body), 'log-level': level };
    const result = await place.backup({ inputs });
    expect({ exitCode: result.exitCode, annotations: result.annotations }).toEqual({
      exitCode: 0,
      annotations: [],
    });
    expectNothingExecuted(result);
    expect(Math.max(...result.rawLog.split('\n').map((line) => line.length))).toBeLessThan(10_000);
    expect(result.rawLog).toContain('line 100000 ');
    expect(result.peakRssBytes).toBeLessThan(300 * 1024 * 1024);
  },
  120_000,
);

it('the tool prints no end of lines while it is asked to end', async () => {
  const body = `trap 'echo "not now" >&2' INT TERM; while :; do echo 'and on' >&2; done`;
  const inputs = { 'tool-path': await wrappedTool(host.scratch, body) };
  const running = await place.startBackup({ inputs });
  await running.waitForLine(/and on/);
  const result = await running.cancel();
  expect({ exitCode: result.exitCode, signal: result.signal }).toEqual({ exitCode: 1, signal: null });
  expect(result.annotations[0]?.message).toContain('Code CANCELLED');
}, 60_000);
