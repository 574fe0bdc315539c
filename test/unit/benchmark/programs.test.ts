import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backupContenders } from '../../../script/benchmark/backup-contenders.js';
import type { BenchOptions } from '../../../script/benchmark/options.js';
import { absentOf, requirePrograms, versionsOf } from '../../../script/benchmark/programs.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';

const usualPath = process.env['PATH'];
let folder: TemporaryDirectory;

/** A machine that has only these programs. */
async function has(...programs: string[]): Promise<void> {
  for (const program of programs) {
    await writeFile(join(folder.path, program), `#!/bin/sh\necho "${program} 1.2"; echo "$1"`);
    await chmod(join(folder.path, program), 0o755);
  }
}

function needed(only: BenchOptions['only'], parts: BenchOptions['parts'] = ['backup', 'idle']) {
  return requirePrograms(backupContenders, { only, parts });
}

beforeEach(async () => {
  folder = await temporaryDirectory('programs');
  process.env['PATH'] = folder.path;
});

afterEach(async () => {
  if (usualPath !== undefined) process.env['PATH'] = usualPath;
  await folder.remove();
});

describe('what the contenders need', () => {
  it('is nothing but what script/install installs, for xbackup and the limit', async () => {
    expect(await needed(['limit', 'xbackup', 'xbackup-null-sink'])).toEqual([]);
  });

  it('is named at once, with the command that installs it', async () => {
    await has('aws');
    expect(await needed(undefined)).toEqual([
      'not installed: s3cmd, zstd, rclone',
      'Install them: apt-get install --no-install-recommends s3cmd zstd rclone',
      'Or leave their contenders out: --only limit,xbackup,…',
    ]);
    await has('s3cmd', 'pzstd', 'rclone');
    expect(await needed(undefined)).toEqual([]);
  });

  it('is asked for where no package has it, only when it is wanted by name', async () => {
    expect(await needed(['limit', 'wal-g'])).toEqual(['not installed: wal-g']);
  });

  it('is nothing that only a part needs which is left out', async () => {
    expect(await needed(['limit'], ['backup', 'load'])).toEqual([
      'not installed: sysbench',
      'Install them: apt-get install --no-install-recommends sysbench',
      'Or leave their parts out: --parts backup,restore,…',
    ]);
    expect(await needed(['limit'], ['backup', 'streams'])).toEqual([]);
  });

  it('must be a program', async () => {
    await writeFile(join(folder.path, 'rclone'), '');
    expect(await absentOf(['rclone'])).toEqual(['rclone']);
  });
});

it('tells where each program is and its version, and nothing of one that is not wanted or not there', async () => {
  await has('mariadb-backup', 'aws', 'rclone', 'sysbench');
  expect(await versionsOf(backupContenders, { only: ['limit', 'aws', 's3cmd'], parts: ['load'] })).toEqual({
    'mariadb-backup': `${join(folder.path, 'mariadb-backup')}, mariadb-backup 1.2`,
    aws: `${join(folder.path, 'aws')}, aws 1.2`,
    sysbench: `${join(folder.path, 'sysbench')}, sysbench 1.2`,
  });
});
