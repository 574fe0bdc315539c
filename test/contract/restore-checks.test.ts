import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkRestore, type RestoreQuestions } from '../../src/checks/restore-checks.js';
import { markName } from '../../src/operations/target-dir.js';
import { mayMount, mountTmpfs, type MountedTmpfs } from '../support/e2e/tmpfs.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';
import { readTree, writeTree } from '../support/trees.js';

let scratch: TemporaryDirectory;
let questions: RestoreQuestions;

beforeEach(async () => {
  scratch = await temporaryDirectory('restore');
  await writeTree(scratch.path, { 'mysql/ibdata1': 'data' });
  questions = {
    targetDir: join(scratch.path, 'not/yet/there'),
    datadir: join(scratch.path, 'mysql'),
    dataBytes: 1000,
    stopCommand: 'true',
    startCommand: 'true',
    owner: undefined,
    forRestore: true,
  };
});
afterEach(() => scratch.remove());

const verdicts = async (more: Partial<RestoreQuestions> = {}) =>
  (await checkRestore({ ...questions, ...more })).map(({ subject, verdict }) => `${subject}: ${verdict}`);

describe('a host to restore on', () => {
  it('is looked at without writing anything', async () => {
    const before = await readTree(scratch.path);
    expect(await verdicts()).toEqual([
      'Room for a restore: good',
      'Replacing the datadir: good',
      // Commands that were given are not tried.
      'Stopping and starting: unknown',
    ]);
    expect(await readTree(scratch.path)).toEqual(before);
  });

  it('may have a datadir that is yet to be made', async () => {
    const datadir = join(scratch.path, 'new');
    expect((await verdicts({ datadir })).slice(0, 2)).toEqual([
      'Room for a restore: good',
      'Replacing the datadir: good',
    ]);
  });

  it('needs room, and a target that is empty or from an earlier prepare', async () => {
    expect((await verdicts({ dataBytes: Number.MAX_SAFE_INTEGER }))[0]).toBe('Room for a restore: bad');
    const targetDir = join(scratch.path, 'target');
    await writeTree(targetDir, { 'precious.txt': 'mine' });
    expect((await verdicts({ targetDir }))[0]).toBe('Room for a restore: bad');
    expect((await verdicts({ targetDir, forRestore: false }))[0]).toBe('Room for a restore: warning');
    await writeTree(targetDir, { [markName]: '' });
    expect((await verdicts({ targetDir }))[0]).toBe('Room for a restore: good');
  });
});

// Another filesystem, on which there is too little room for a second copy.
(mayMount() ? describe : describe.skip)('a datadir on another filesystem', () => {
  let mounted: MountedTmpfs;
  beforeEach(async () => {
    mounted = await mountTmpfs(join(scratch.path, 'small'), 4);
  });
  afterEach(() => mounted.unmount());

  it('needs room beside the old data', async () => {
    const datadir = join(scratch.path, 'small');
    const [room] = await checkRestore({ ...questions, datadir, dataBytes: 10_000_000 });
    expect(room).toMatchObject({ verdict: 'bad', code: 'DISK_TOO_SMALL' });
    expect(room?.fact).toContain('beside the old data');
    const [enough] = await checkRestore({ ...questions, datadir, dataBytes: 1_000_000 });
    expect(enough).toMatchObject({ verdict: 'good', fact: expect.stringContaining('copied') });
  });
});
