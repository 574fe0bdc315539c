import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDatabaseHost, type DatabaseHost } from '../support/database-host.js';
import { smallServer } from '../support/e2e/installation.js';
import { recordOutcome } from '../support/fault-matrix.js';
import { RecordedBackups } from '../support/recorded-backups.js';

/**
 * A server that was set back without us: the next backup is a full, and never builds on a history that is lost. (After a
 * restore by apply: test/e2e/chain.test.ts and test/faults/races.test.ts. What nothing shows: src/chain/plan-backup.ts.)
 */

const run = promisify(execFile);

describe.each([
  ['with a binary log', ['--log-bin=binlog', '--server-id=7']],
  ['without a binary log', []],
])('%s', (name, options) => {
  let host: DatabaseHost;
  let good: RecordedBackups;
  let copy: string;
  const hasBinaryLog = options.length > 0;

  beforeAll(async () => {
    host = await startDatabaseHost({ serverOptions: [...smallServer, ...options] });
    await host.mysql.query('CREATE DATABASE shop');
    await host.mysql.query('CREATE TABLE shop.documents (name VARCHAR(90), body LONGBLOB) ENGINE=InnoDB');
    good = new RecordedBackups(await host.newPlace());
    copy = join(host.scratch, 'copy');
    await good.make();
    await host.mysql.stop();
    await run('cp', ['-a', host.mysql.datadir, copy]);
    await host.mysql.start();
    // Many small ones: the history that is going to be lost.
    for (let count = 0; count < 30; count += 1) await good.write();
    expect(await good.make()).toMatchObject({ type: 'incremental' });
  }, 120_000);

  afterAll(() => host.stop(), 60_000);

  async function expectFull(says: RegExp, fault: string): Promise<void> {
    await good.write();
    const { exitCode, outputs, log } = await good.place.backup();
    expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    expect(outputs).toMatchObject({ type: 'full', reason: expect.stringMatching(says) as unknown });
    const id = outputs['backup-id'] ?? '';
    await good.record(id);
    // It goes on from that, not from what is lost; and all hold what the server held then.
    const next = await good.make();
    expect(next).toMatchObject({ type: 'incremental', parent: { id } });
    await good.expectOffered();
    await good.expectRestored([next.id]);
    const outcome = 'it is a full, and says why';
    recordOutcome({
      operation: 'backup',
      step: 'read what backups there are',
      fault: `${fault}, ${name}`,
      outcome,
    });
  }

  /** Into the same files, as a file system that is set back has them: cp writes over them. */
  async function setBack(): Promise<void> {
    const { datadir } = host.mysql;
    const inode = async () => (await stat(join(datadir, 'ibdata1'))).ino;
    const before = await inode();
    await host.mysql.stop();
    const kept = new Set(await readdir(copy));
    for (const entry of await readdir(datadir)) {
      if (!kept.has(entry)) await rm(join(datadir, entry), { recursive: true });
    }
    await run('cp', ['-a', `${copy}/.`, datadir]);
    await host.mysql.start();
    expect(await inode()).toBe(before);
  }

  it('the file system is set back: the LSN is behind', async () => {
    await setBack();
    await expectFull(
      /LSN \d+ is behind that of .*: it was restored or rolled back/,
      'the file system is set back',
    );
  }, 120_000);

  if (hasBinaryLog) {
    it('the file system is set back, and the LSN has passed the old one since: the GTIDs show it', async () => {
      for (let count = 0; count < 30; count += 1) await good.write();
      await good.make();
      await setBack();
      // A few large ones, so that the LSN is far ahead of all backups, and the GTIDs are not.
      for (let count = 0; count < 2; count += 1) {
        await host.mysql.query('INSERT INTO shop.documents VALUES (?, ?)', [
          `large ${count}`,
          'x'.repeat(1_500_000),
        ]);
      }
      const fault = 'the file system is set back, and the LSN is past the old one';
      await expectFull(/no longer has .*GTID 0-7-\d+, and the server has 0-7-\d+/, fault);
    }, 120_000);
  }

  it('the datadir is copied back by hand: it is another file', async () => {
    const { datadir } = host.mysql;
    await host.mysql.stop();
    await rename(datadir, `${datadir}.old`);
    await run('cp', ['-a', copy, datadir]);
    await host.mysql.start();
    await expectFull(
      /ibdata1 is another file: the datadir was replaced/,
      'the datadir is copied back by hand',
    );
  }, 120_000);
});
