import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimTargetDir, makeTargetDir, markName as mark } from '../../../src/operations/target-dir.js';
import { recordingLog, type RecordingLog } from '../../support/recording-log.js';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary.js';
import { readTree, writeTree } from '../../support/trees.js';

let dir: TemporaryDirectory;
let target: string;
let log: RecordingLog;
beforeEach(async () => {
  dir = await temporaryDirectory('target');
  target = join(dir.path, 'deep', 'recovery');
  log = recordingLog();
});
afterEach(() => dir.remove());

/** What prepare does first. */
async function claim(): Promise<void> {
  await makeTargetDir(target);
  await claimTargetDir(target, log);
}

describe('claimTargetDir', () => {
  it('makes the directory, and marks it as ours', async () => {
    await claim();
    expect(await readdir(target)).toEqual([mark]);
    expect((await stat(target)).mode & 0o777).toBe(0o750);
    expect(await readFile(join(target, mark), 'utf8')).toMatch(/^xbackup .* empties it each time\.\n$/);
  });

  it('takes an empty one, and one with lost+found alone', async () => {
    await mkdir(join(target, 'lost+found'), { recursive: true });
    await claim();
    expect((await readdir(target)).sort()).toEqual([mark, 'lost+found']);
  });

  it('removes what an earlier run left', async () => {
    await claim();
    await writeTree(target, { 'prepared.json': '{}', '2026-11-22/00/ibdata1': 'x', 'lost+found/': '' });
    await claim();
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
    await expect(claim()).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
    expect(await readTree(target)).toEqual(files);
  });

  it('says what is wrong with a path that cannot be a directory', async () => {
    await writeTree(dir.path, { deep: 'a file' });
    await expect(claim()).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
  });
});
