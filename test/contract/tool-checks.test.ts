import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkPrograms, checkTool } from '../../src/checks/tool-checks.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/** What is found by PATH, where PATH holds nothing but what a test puts there. */
let bin: TemporaryDirectory;
const path = process.env['PATH'];

beforeEach(async () => {
  bin = await temporaryDirectory('bin');
  process.env['PATH'] = bin.path;
});
afterEach(async () => {
  process.env['PATH'] = path;
  await bin.remove();
});

async function install(name: string, says = ''): Promise<string> {
  const file = join(bin.path, name);
  await writeFile(file, `#!/bin/sh\necho '${says}' >&2\n`);
  await chmod(file, 0o755);
  return file;
}

const server = { flavor: 'mysql', version: '8.4.6' } as const;
const auto = { tool: 'auto', toolPath: undefined } as const;
const says = (version: string) => `xtrabackup version ${version} based on MySQL server 8.4.0 Linux (x86_64)`;

describe('the backup tool', () => {
  it('that is missing comes with the commands to install it', async () => {
    const { finding, tool } = await checkTool(auto, server, 'debian');
    expect(tool).toBeUndefined();
    expect(finding).toMatchObject({ verdict: 'bad', code: 'PROGRAM_MISSING' });
    expect(finding.mend).toMatch(
      /percona-release enable pxb-84-lts release && .* apt-get install -y percona-xtrabackup-84$/,
    );
  });

  it('that fits is good, and handed on', async () => {
    const program = await install('xtrabackup', says('8.4.0-6'));
    await install('xbstream');
    const { finding, tool } = await checkTool(auto, server, 'debian');
    expect(finding).toMatchObject({ verdict: 'good', fact: expect.stringContaining(program) });
    expect(tool).toMatchObject({ name: 'xtrabackup', version: '8.4.0-6' });
  });

  it('of another series is red, with the right package', async () => {
    await install('xtrabackup', says('8.0.35-33'));
    await install('xbstream');
    const { finding, tool } = await checkTool(auto, server, 'redhat');
    expect(tool).toBeUndefined();
    expect(finding).toMatchObject({ verdict: 'bad', code: 'TOOL_UNSUITABLE' });
    expect(finding.mend).toMatch(/dnf install -y percona-xtrabackup-84$/);
  });

  it('without xbstream is not whole', async () => {
    await install('xtrabackup', says('8.4.0-6'));
    const { finding } = await checkTool(auto, server, 'debian');
    expect(finding).toMatchObject({
      verdict: 'bad',
      code: 'PROGRAM_MISSING',
      fact: expect.stringContaining('xbstream'),
    });
  });

  it('that an input names wrongly is mended by the input', async () => {
    const named = await checkTool({ tool: 'mariadb-backup', toolPath: undefined }, server, 'debian');
    expect(named.finding).toMatchObject({ verdict: 'bad', mend: 'tool: xtrabackup' });
    const placed = await checkTool({ tool: 'auto', toolPath: '/nowhere/xtrabackup' }, server, 'debian');
    expect(placed.finding).toMatchObject({
      verdict: 'bad',
      mend: expect.stringMatching(/, and leave tool-path out$/),
    });
  });

  it('is not known for an innovation release: nothing can be installed', async () => {
    const { finding } = await checkTool(auto, { flavor: 'mysql', version: '26.7.0' }, 'debian');
    expect(finding).toMatchObject({ verdict: 'bad', code: 'TOOL_UNSUITABLE' });
    expect(finding.mend).not.toContain('install');
  });
});

describe('other programs', () => {
  it('are there, or come with the command to install them', async () => {
    const age = await install('age');
    const findings = await checkPrograms(['age', 'gpg', 'zstd'], 'debian');
    expect(findings.map(({ subject, verdict }) => `${subject} ${verdict}`)).toEqual([
      'age good',
      'gpg bad',
      'zstd bad',
    ]);
    expect(findings[0]?.fact).toContain(age);
    expect(findings[1]).toMatchObject({
      code: 'PROGRAM_MISSING',
      mend: expect.stringMatching(/install -y gnupg$/),
    });
    expect(await checkPrograms([], 'debian')).toEqual([]);
  });
});
