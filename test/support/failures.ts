import { expect } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../src/errors.js';
import type { BackupPlace, EndedAction } from './database-host.js';
import { processesOf } from './processes.js';

export interface ExpectedFailure {
  code: ErrorCode;
  /** What the annotation must say beside the code. */
  says?: RegExp;
  /** What the end of a program's stderr, shown in log and summary, must hold. */
  stderr?: RegExp;
}

/** Exit 1, one annotation with message, hint and code, and a summary that says the same. */
export function expectReported(ended: EndedAction, { code, says, stderr }: ExpectedFailure): void {
  const errors = ended.annotations.filter(({ level }) => level === 'error');
  expect({ exitCode: ended.exitCode, signal: ended.signal, errors: errors.length, log: ended.log }).toEqual({
    exitCode: 1,
    signal: null,
    errors: 1,
    log: ended.log,
  });
  const [annotation] = errors;
  expect(annotation?.title).toMatch(/^xbackup (backup|prepare|apply|check|prune|list) failed$/);
  const lines = (annotation?.message ?? '').split('\n');
  expect(lines.at(-1)).toMatch(new RegExp(`^Code ${code}: https://\\S+#${code.toLowerCase()}$`));
  // A preflight's hint has a line for each statement that mends something.
  const mends = lines.indexOf('Nothing was touched. This mends it:');
  const hintAt = mends === -1 ? lines.length - 2 : mends;
  const [message, hint] = [lines.slice(0, hintAt).join('\n'), lines.slice(hintAt, -1).join('\n')];
  expect(message).toMatch(/\w.*[.)»]$/s);
  expect(hint).toMatch(/\w{3}.*\.|GRANT|: /);
  if (says !== undefined) expect(lines.slice(0, -1).join('\n')).toMatch(says);
  expect(ended.summary).toContain(code);
  expect(ended.summary).toContain('What to do');
  if (stderr !== undefined) {
    expect(ended.summary).toMatch(stderr);
    expect(ended.log).toMatch(stderr);
  }
  expect(ended.outputs).toEqual({});
}

/** No process, no file, no key and no multipart upload is there that was not there before. */
export async function expectNothingLeft(
  place: BackupPlace,
  ended: EndedAction,
  keysBefore: readonly string[],
): Promise<void> {
  await expectNoProcess(ended);
  expect(ended.temporaryFiles).toEqual([]);
  expect(await readdir(place.host.temporaryDir)).toEqual([]);
  expect(ended.outputHeldOpen).toBe(false);
  expect(ended.post?.exitCode).toBe(0);
  expect(await place.keys()).toEqual(keysBefore);
  expect(await place.uploads()).toEqual([]);
}

/** A process that was sent SIGKILL may need a moment to be gone. */
export async function expectNoProcess({ marker }: { marker: string }): Promise<void> {
  const deadline = Date.now() + 3000;
  let living = await processesOf(marker);
  while (living.length > 0 && Date.now() < deadline) {
    await sleep(50);
    living = await processesOf(marker);
  }
  expect(living).toEqual([]);
}

/** The next run goes on from the last good backup, and all that are listed can be restored. Its id. */
export async function expectGoesOn(place: BackupPlace, lastGoodId: string): Promise<string> {
  const next = await place.goodBackup();
  expect(next).toMatchObject({ type: 'incremental', parent: { id: lastGoodId } });
  const keys = await place.keys();
  expect(keys).toContain(place.manifestKey(next.id));
  expect(keys).toContain(next.objects[0]?.key);
  return next.id;
}

/** `list` shows exactly these backups, and all can be restored. */
export async function expectAllRestorable(place: BackupPlace, count: number): Promise<void> {
  const points = await place.list();
  expect(points.filter(({ restorable }) => !restorable)).toEqual([]);
  expect(points.map(({ links }) => links)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
}

/** Waits until `condition` holds. @throws Error with `what` after a minute. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited a minute in vain until ${what}`);
    await sleep(50);
  }
}
