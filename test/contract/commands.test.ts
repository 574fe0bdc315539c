import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  findProgram,
  isExecutable,
  outputOf,
  requireProgram,
  runShellCommand,
} from '../../src/pipeline/commands.js';
import { identifyGroup, isLiving, killGroup } from '../../src/pipeline/groups.js';
import { findTool } from '../../src/tools/detect.js';
import { eventually, failureOf, programWorld, type ProgramWorld } from '../support/program-world.js';

const seconds = 30_000;
let world: ProgramWorld;
beforeEach(async () => {
  world = await programWorld();
});
afterEach(() => world.close());

async function script(path: string, text: string): Promise<string> {
  const whole = join(world.path, path);
  await mkdir(join(whole, '..'), { recursive: true });
  await writeFile(whole, `#!/bin/sh\n${text}\n`);
  await chmod(whole, 0o755);
  return whole;
}

describe('findProgram', () => {
  it('looks beside another program first, then in PATH and in the folders of administrators', async () => {
    const tool = await script('bin/tool', 'true');
    const sh = await script('bin/sh', 'true');
    expect(await findProgram(['sh'], tool)).toBe(sh);
    expect(await findProgram(['sh'])).not.toBe(sh);
    expect(await findProgram(['nothing-like-this', 'sh'])).toMatch(/\/sh$/);
    expect(await findProgram(['nothing-like-this'])).toBeUndefined();
    const { PATH } = process.env;
    process.env['PATH'] = '';
    try {
      expect(await findProgram(['chroot'])).toMatch(/sbin\/chroot$/);
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('says which package to install', async () => {
    await expect(requireProgram(['nothing-like-this'], 'zstd')).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      hint: 'Install it, on Debian and Ubuntu with: apt-get install zstd',
    });
  });

  it('knows what can be executed', async () => {
    expect(await isExecutable(await script('x', 'true'))).toBe(true);
    expect(await isExecutable(join(world.path, 'nowhere'))).toBe(false);
  });
});

describe('outputOf', () => {
  it.each(['plain', 'with blank/my tool', `with 'quotes' and "more"/to\\ol`])('runs %s', async (path) => {
    const program = await script(path, 'echo "out $# $1"; echo err >&2');
    expect(await outputOf(program, ['two words'])).toBe('out 1 two words\nerr\n');
  });

  it('gives it no secret of ours', async () => {
    process.env['XBACKUP_MYSQL_PASSWORD'] = 'hidden';
    process.env['DB_PASSWORD'] = 'hidden';
    try {
      expect(await outputOf('env', [])).not.toContain('hidden');
    } finally {
      delete process.env['XBACKUP_MYSQL_PASSWORD'];
      delete process.env['DB_PASSWORD'];
    }
  });

  it('fails with the status and what it said, harmless', async () => {
    const program = await script('fails', "printf 'no ##[error]such thing' >&2; exit 3");
    const { failure } = await failureOf(outputOf(program, ['-x']));
    expect(failure).toMatchObject({ program, arguments: ['-x'], exitStatus: 3 });
    expect(failure.stderrTail).toBe('no ## [error]such thing');
  });

  it('fails in the same way when there is no such program', async () => {
    const error = await failureOf(outputOf('nothing-like-this', []));
    expect(error.message).toBe('nothing-like-this could not be started');
    expect(error.failure.stderrTail).toContain('nothing-like-this');
  });
});

describe('a tool', () => {
  it('is asked for its version, also at a path with blanks', async () => {
    const path = await script(
      'my tools/xtrabackup',
      'echo "xtrabackup version 8.0.35-33 based on MySQL" >&2',
    );
    await script('my tools/xbstream', 'true');
    const tool = await findTool({ tool: 'auto', toolPath: path }, { name: 'xtrabackup' });
    expect(tool).toMatchObject({ name: 'xtrabackup', version: '8.0.35-33', path });
    expect(tool.streamPath).toBe(join(world.path, 'my tools/xbstream'));
  });

  it.each([
    ['cannot run', 'echo "libssl.so.3: cannot open shared object file" >&2; exit 127', 'TOOL_UNSUITABLE'],
    [
      'is another tool',
      'echo "mariadb-backup based on MariaDB server 10.11.19-MariaDB Linux"',
      'TOOL_UNSUITABLE',
    ],
    ['is no backup tool', 'echo "tar (GNU tar) 1.34"', 'TOOL_UNSUITABLE'],
    ['has no extractor', 'echo "xtrabackup version 8.0.35-33 based on MySQL"', 'PROGRAM_MISSING'],
  ])('that %s is an error that says so', async (_, text, code) => {
    const path = await script('alone/xtrabackup', text);
    const { PATH } = process.env;
    process.env['PATH'] = '';
    try {
      await expect(
        findTool({ tool: 'xtrabackup', toolPath: path }, { name: 'xtrabackup' }),
      ).rejects.toMatchObject({
        name: 'UserError',
        code,
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('that is not there is an error', async () => {
    const request = { tool: 'auto', toolPath: join(world.path, 'nowhere') } as const;
    await expect(findTool(request, { name: 'mariadb-backup' })).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
    });
  });
});

describe('runShellCommand', () => {
  const output = () => join(world.path, 'output');

  it('runs the command, and keeps what it says in a private file', async () => {
    await runShellCommand('echo started; echo loudly >&2', output(), 10);
    expect(await readFile(output(), 'utf8')).toBe('started\nloudly\n');
  });

  it('leaves a daemon running, which holds nothing of ours', async () => {
    const daemon = `sh -c 'sleep 0.5; echo later; touch ${world.path}/later' &`;
    await runShellCommand(daemon, output(), 10);
    expect(await world.exists('later')).toBe(false);
    await eventually(() => world.exists('later'), 'the daemon went on');
  });

  it('hides it from the clean-up of the runner', async () => {
    process.env['RUNNER_TRACKING_ID'] = 'github_1';
    try {
      await runShellCommand('env', output(), 10);
      expect(await readFile(output(), 'utf8')).not.toContain('RUNNER_TRACKING_ID');
    } finally {
      delete process.env['RUNNER_TRACKING_ID'];
    }
  });

  it('fails with the status and the end of what it said', async () => {
    const { failure } = await failureOf(
      runShellCommand("printf 'Access ##[x]denied\\nno'; exit 4", output(), 10),
    );
    expect(failure).toMatchObject({ exitStatus: 4, signal: null, stderrTail: 'Access ## [x]denied\nno' });
    const killed = await failureOf(runShellCommand('kill -TERM $$', output(), 10));
    expect(killed.failure.signal).toBe('SIGTERM');
  });

  it(
    'ends a command that takes too long, with all that it waits for',
    async () => {
      const hanging = `sleep 600; touch ${world.path}/woke`;
      const { failure } = await failureOf(runShellCommand(hanging, output(), 1));
      expect(failure.signal).toBe('SIGKILL');
      await eventually(async () => (await world.living()).length === 0, 'nothing of it is left');
      expect(await world.exists('woke')).toBe(false);
    },
    seconds,
  );
});

describe('process groups', () => {
  it('are known by their leader, and ended only as long as it is the same', async () => {
    await runShellCommand(`sleep 600 & echo $! > ${world.path}/pid`, join(world.path, 'o'), 10);
    const processId = Number(await readFile(join(world.path, 'pid'), 'utf8'));
    const group = identifyGroup(processId);
    expect(group).toMatchObject({ processId });
    expect(isLiving(group ?? { processId: 0, startTicks: '' })).toBe(true);
    // Another process that has the number now.
    expect(killGroup({ processId, startTicks: '1' })).toBe(false);
    expect(isLiving({ processId, startTicks: '1' })).toBe(false);
    process.kill(processId, 'SIGKILL');
    await eventually(
      () => Promise.resolve(!isLiving(group ?? { processId: 0, startTicks: '' })),
      'it is gone',
    );
    expect(identifyGroup(processId)).toBeUndefined();
  });
});
