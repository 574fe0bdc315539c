import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { expectGoesOn, expectNoProcess, expectReported } from '../support/failures.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { isLongRun } from '../support/random.js';
import { answerLost, slowDown, type Rule } from '../support/fault-script.js';
import { recordOutcome } from '../support/fault-matrix.js';

/**
 * The bundle as the runner starts it, with all of its own patience, and a store that fails: it ends, says why, and
 * leaves nothing. (Which fault ends how is shown step by step in the other store-….test.ts.)
 */

let host: DatabaseHost;
let place: BackupPlace;
let proxy: FaultProxy;
let lastGood: string;

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 18 });
  place = await host.newPlace();
  proxy = await startFaultProxy(host.s3.endpoint);
  lastGood = (await place.goodBackup()).id;
}, 120_000);

afterAll(async () => {
  await proxy.close();
  await host.stop();
}, 60_000);

const throughProxy = () => ({ inputs: { 's3-endpoint': proxy.endpoint, type: 'full' } });

describe('a backup', () => {
  it('is good when the store is busy and answers get lost', async () => {
    await proxy.play(
      { on: 'list', nth: 1, does: slowDown },
      { on: 'upload-part', nth: 1, does: { fault: 'reset-upload', afterBytes: 4_000_000 } },
      { on: 'complete-upload', nth: 1, does: answerLost },
      { on: 'put-object', key: /json$/, nth: 1, does: { fault: 'lose-answer', by: 'reset' } },
    );
    const { exitCode, outputs, log } = await place.backup(throughProxy());
    proxy.requireAllFired();
    expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    lastGood = await expectGoesOn(place, outputs['backup-id'] ?? '');
    expect(await place.uploads()).toEqual([]);
    expect((await place.list()).filter(({ restorable }) => !restorable)).toEqual([]);
    recordOutcome({
      operation: 'backup',
      step: 'any',
      fault: '503, and answers that get lost',
      outcome: 'the backup is good',
    });
  }, 60_000);

  it('whose credentials expire in the middle fails, and names what is left', async () => {
    await proxy.play({ on: 'upload-part', nth: 2, does: { fault: 'expire' } });
    const keysBefore = await place.keys();
    const ended = await place.backup(throughProxy());
    proxy.requireAllFired();
    expectReported(ended, {
      code: 'STORE_DENIED',
      says: /have expired[^]*session of the assumed role longer/,
    });
    await expectNoProcess(ended);
    expect(ended.temporaryFiles).toEqual([]);
    expect(ended.outputHeldOpen).toBe(false);
    expect(ended.log).toMatch(/Parts of the failed upload of .* may be left/);
    expect(await place.keys()).toEqual(keysBefore);
    lastGood = await expectGoesOn(place, lastGood);
    recordOutcome({
      operation: 'backup',
      step: 'send it in parts',
      fault: 'the credentials expire',
      outcome: 'it fails, and names what is left',
    });
  }, 60_000);
});

describe('a prepare', () => {
  const prepare = async (targetDir: string, ...rules: Rule[]) => {
    await proxy.play(...rules);
    const ended = await place.prepare(lastGood, targetDir, { inputs: { 's3-endpoint': proxy.endpoint } });
    proxy.requireAllFired();
    return ended;
  };

  it('goes on after broken and damaged downloads', async () => {
    const targetDir = join(host.scratch, 'right');
    const { exitCode, log } = await prepare(
      targetDir,
      { on: 'get-object', key: /xbstream/, nth: 1, does: { fault: 'reset-download', afterBytes: 2_000_000 } },
      { on: 'get-object', key: /xbstream/, nth: 2, does: { fault: 'flip-download', atByte: 1_000_000 } },
    );
    expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    expect(log).toMatch(/broke off after \d+ bytes/);
    expect(log).toMatch(/What is stored is intact/);
    const prepared = JSON.parse(await readFile(join(targetDir, 'prepared.json'), 'utf8')) as object;
    expect(prepared).toMatchObject({ backupId: lastGood });
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'downloads break, or bring wrong bytes',
      outcome: 'asked for again, and right',
    });
  }, 60_000);

  it('that never gets the right bytes fails, and offers nothing', async () => {
    const targetDir = join(host.scratch, 'wrong');
    const flip = { fault: 'flip-download', atByte: 5_000_000 } as const;
    const ended = await prepare(targetDir, { on: 'get-object', key: /xbstream/, nth: 'every', does: flip });
    expectReported(ended, { code: 'LINK_CORRUPT', says: /SHA-256/ });
    await expectNoProcess(ended);
    await expect(readFile(join(targetDir, 'prepared.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'downloads bring wrong bytes for ever',
      outcome: 'it fails, and offers nothing',
    });
  }, 60_000);
});

// A connection without a byte is given up after a minute, and the SDK tries five times.
if (isLongRun()) {
  it('a store that stalls is waited for as long as it takes, and no longer', async () => {
    const stall = { fault: 'stall-upload', afterBytes: 1_000_000 } as const;
    await proxy.play({ on: 'upload-part', nth: 1, does: stall });
    const { exitCode, log } = await place.backup(throughProxy());
    proxy.requireAllFired();
    expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    await proxy.play({ on: 'list', nth: 'every', does: { fault: 'stall-download', afterBytes: 0 } });
    expectReported(await place.backup(throughProxy()), { code: 'STORE_UNREACHABLE', says: /TimeoutError/ });
    recordOutcome({
      operation: 'prepare',
      step: 'extract a link',
      fault: 'the store stalls',
      outcome: 'waited for, and no longer than the time-out',
    });
  }, 900_000);
}
