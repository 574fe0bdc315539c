import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimTargetDir } from '../../../src/operations/target-dir.js';
import { recordingLog, type RecordingLog } from '../../support/recording-log.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { readTree, writeTree } from '../../support/trees.js';

const mark = '.xbackup-recovery.json';

let dir: TemporaryDirectory;
let target: string;
let log: RecordingLog;
beforeEach(async () => {
  dir = await temporaryDirectory('target');
  target = join(dir.path, 'deep', 'recovery');
  log = recordingLog();
});
afterEach(() => dir.remove());

/** Clock ticks after boot at which a process started. */
async function startTicks(processId: number): Promise<string> {
  const text = await readFile(`/proc/${processId}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

describe('claimTargetDir', () => {
  it('makes the directory, and marks it as ours', async () => {
    await claimTargetDir(target, log);
    expect(await readdir(target)).toEqual([mark]);
    expect((await stat(target)).mode & 0o777).toBe(0o750);
    expect(JSON.parse(await readFile(join(target, mark), 'utf8'))).toEqual({
      processId: process.pid,
      startTicks: await startTicks(process.pid),
    });
  });

  it('takes an empty one, and one with lost+found alone', async () => {
    await mkdir(join(target, 'lost+found'), { recursive: true });
    await claimTargetDir(target, log);
    expect((await readdir(target)).sort()).toEqual([mark, 'lost+found']);
  });

  it('removes what an earlier run left', async () => {
    await claimTargetDir(target, log);
    await writeTree(target, { 'prepared.json': '{}', '2026-11-22/00/ibdata1': 'x', 'lost+found/': '' });
    await claimTargetDir(target, log);
    expect((await readdir(target)).sort()).toEqual([mark, 'lost+found']);
    expect(log.lines).toEqual([`info: Removing what an earlier prepare left in ${target}.`]);
  });

  it.each<Record<string, string>>([
    { 'my-thesis.txt': 'x' },
    { 'a/b': 'x' },
    { 'prepared.json': '{}' },
    { '.hidden': '' },
  ])('touches nothing that is not ours: %j', async (files) => {
    await writeTree(target, files);
    await expect(claimTargetDir(target, log)).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
    expect(await readTree(target)).toEqual(files);
  });

  it('leaves a directory in which another process is at work', async () => {
    await claimTargetDir(target, log);
    await writeTree(target, { '2026-11-22/00/ibdata1': 'x' });
    // Whoever runs this test.
    const owner = { processId: process.ppid, startTicks: await startTicks(process.ppid) };
    await writeFile(join(target, mark), JSON.stringify(owner));
    await expect(claimTargetDir(target, log)).rejects.toMatchObject({ code: 'TARGET_IN_USE' });
    expect(Object.keys(await readTree(target))).toEqual([mark, '2026-11-22/00/ibdata1']);
  });

  it.each([
    ['of a process that has ended', { processId: 4_194_303, startTicks: '1' }],
    ['of a process whose number another has now', { processId: process.ppid, startTicks: '1' }],
    ['that was cut', undefined],
  ])('takes over after a mark %s', async (_, owner) => {
    await claimTargetDir(target, log);
    await writeTree(target, { '2026-11-22/00/ibdata1': 'x' });
    await writeFile(join(target, mark), owner === undefined ? '{"proc' : JSON.stringify(owner));
    await claimTargetDir(target, log);
    expect(await readdir(target)).toEqual([mark]);
  });

  it('says what is wrong with a path that cannot be a directory', async () => {
    await writeTree(dir.path, { deep: 'a file' });
    await expect(claimTargetDir(target, log)).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
  });
});
