import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeftoversNote, readRunNote, type Leftovers } from '../../../src/operations/leftovers.js';

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'leftovers-test-'));
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

describe('the note in the private directory', () => {
  test('says what the last change made of it, to its owner alone', async () => {
    await duringRun(async (note, workDir) => {
      note.uploadBegins('first', 'upload-1');
      note.markBegins('mark');
      note.uploadBegins('second');
      expect((await readRunNote(workDir))?.leftovers).toEqual({
        workDir,
        processes: [],
        uploadKey: 'second',
        markKey: 'mark',
      });
      const [file] = await readdir(workDir);
      expect((await stat(join(workDir, file as string))).mode & 0o777).toBe(0o600);
    });
  });

  test('is what it was before a change that was cut, and goes on after that', async () => {
    await duringRun(async (note, workDir) => {
      note.uploadBegins('first', 'upload-1');
      const [file] = await readdir(workDir);
      await appendFile(
        join(workDir, file as string),
        '\n{"owner":{"processId":1},"leftovers":{"uploadKey":"sec',
      );
      expect((await readRunNote(workDir))?.leftovers.uploadKey).toBe('first');
      note.uploadBegins('third');
      expect((await readRunNote(workDir))?.leftovers.uploadKey).toBe('third');
    });
  });

  test('is none in a directory that nobody noted anything in', async () => {
    expect(await readRunNote(base)).toBeUndefined();
  });
});

test('with the run all that it noted ends, and its directory', async () => {
  const saved: (Leftovers | undefined)[] = [];
  await duringRun(
    (note) => Promise.resolve(note.markBegins('mark')),
    (leftovers) => saved.push(structuredClone(leftovers)),
  );
  expect(saved.map((leftovers) => leftovers?.markKey)).toEqual([undefined, 'mark', undefined]);
  expect(saved.at(-1)).toBeUndefined();
  expect(await readdir(base)).toEqual([]);
});

async function duringRun(
  work: (note: LeftoversNote, workDir: string) => Promise<void>,
  save: (leftovers: Leftovers | undefined) => void = () => undefined,
): Promise<void> {
  const note = new LeftoversNote(save);
  await note.withWorkDir(base, (workDir) => work(note, workDir));
}
