import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ActionResult } from '../support/action-runner.js';
import { checksumTables } from '../support/checksums.js';
import { install, type Action, type Installation, type RunOptions } from '../support/e2e/installation.js';
import { watchProcesses, type SeenProcesses } from '../support/e2e/process-watch.js';
import { applyAndCompare, untilWritten, type Point } from '../support/e2e/restored-data.js';
import type { Writers } from '../support/writers.js';

const minutes = 60_000;
const passphrase = `correct "horse" $HOME 'battery' \\ staple #7`;

interface AgeKey {
  recipient: string;
  identity: string;
  path: string;
}

let installation: Installation;
let writers: Writers;
let home: string;
let hours = 0;

/** A run whose processes were watched. */
type Watched = ActionResult & { seen: SeenProcesses };

/** A backup or prepare in a home of its own, all of whose processes are looked at. */
async function watched(action: Action, options: RunOptions): Promise<Watched> {
  const run = await installation.start(action, { ...options, env: { HOME: home } });
  const [result, seen] = await Promise.all([run.finished, watchProcesses(run)]);
  return { ...result, seen };
}

async function watchedBackup(inputs: Record<string, string>): Promise<Point & { result: Watched }> {
  await untilWritten(writers);
  await writers.pause();
  const checksums = await checksumTables(installation.server);
  // Slow enough to be looked at.
  const slow = { ...inputs, 'max-upload-mib-per-second': '4' };
  hours += 1;
  const result = await watched('backup', { inputs: slow, at: `2026-11-17T0${hours}:07` });
  writers.resume();
  if (result.exitCode !== 0) throw new Error(result.log);
  const id = result.outputs['backup-id'] ?? '';
  const [date = '', hour = ''] = id.split('/');
  return { id, date, hour, checksums, result };
}

/** Nothing that could be read by others, or that stays, holds any of the secrets. */
async function expectSecrecy(result: Watched, secrets: readonly string[]): Promise<void> {
  const { place } = installation;
  const manifests = (await place.keys()).filter((key) => key.endsWith('.json'));
  const places = {
    log: result.log,
    postLog: result.post?.log ?? '',
    summary: result.summary,
    outputs: JSON.stringify(result.outputs),
    state: JSON.stringify(result.state),
    commandLines: result.seen.commands.join('\n'),
    environments: result.seen.environments.join('\n'),
    manifests: (await Promise.all(manifests.map((key) => place.read(key)))).join('\n'),
  };
  for (const secret of secrets) {
    const found = Object.entries(places).filter(([, text]) => text.includes(secret));
    expect(found.map(([name]) => name)).toEqual([]);
  }
  expect(result.temporaryFiles).toEqual([]);
  expect(await readdir(place.host.temporaryDir)).toEqual([]);
  expect(await readdir(home)).toEqual([]);
}

async function newAgeKey(name: string): Promise<AgeKey> {
  const path = join(installation.dir, name);
  await promisify(execFile)('age-keygen', ['-o', path]);
  const text = await readFile(path, 'utf8');
  return {
    path,
    recipient: /public key: (age1\w+)/.exec(text)?.[1] ?? '',
    identity: /^AGE-SECRET-KEY-1\w+$/m.exec(text)?.[0] ?? '',
  };
}

beforeAll(async () => {
  installation = await install({ sizeMib: 16 });
  writers = await installation.startWriters();
  home = join(installation.dir, 'home');
  await mkdir(home);
}, 2 * minutes);

afterAll(() => installation.remove(), minutes);

/** A chain of a full and an incremental, and its restore with `decrypt`. */
async function expectRestored(point: Point, decrypt: Record<string, string>): Promise<Watched> {
  const target = join(installation.dir, 'recovery');
  const { date, hour } = point;
  const inputs = { date, hour, 'target-dir': target, ...decrypt };
  const prepared = await watched('prepare', { inputs });
  if (prepared.exitCode !== 0) throw new Error(prepared.log);
  await writers.stop();
  await applyAndCompare(installation, point, { 'prepared-dir': target });
  writers = await installation.startWriters();
  return prepared;
}

async function expectFailure(point: Point, decrypt: Record<string, string>): Promise<[string, ActionResult]> {
  const target = join(installation.dir, 'fruitless');
  const inputs = { date: point.date, hour: point.hour, 'target-dir': target, ...decrypt };
  const { code, result } = await installation.fail('prepare', { inputs });
  const left = await readdir(target).catch(() => []);
  expect(left).not.toContain('prepared.json');
  return [code, result];
}

describe('backups for age recipients', () => {
  const keys: AgeKey[] = [];
  let full: Point & { result: Watched };
  let incremental: Point & { result: Watched };

  beforeAll(async () => {
    keys.push(await newAgeKey('first key'), await newAgeKey('second-key'), await newAgeKey('other-key'));
    const recipients = `${keys[0]?.recipient ?? ''}\n${keys[1]?.recipient ?? ''}`;
    const inputs = { type: 'full', 'encrypt-recipients': recipients };
    full = await watchedBackup(inputs);
    incremental = await watchedBackup({ ...inputs, type: 'incremental' });
  }, 2 * minutes);

  it('are encrypted, and the host that made them cannot read them', async () => {
    for (const { result, id } of [full, incremental]) {
      expect(result.outputs['object-key']).toBe(
        `xbackup/${installation.place.server}/${id}.xbstream.zst.age`,
      );
      const stored = await installation.place.read(result.outputs['object-key'] ?? '');
      expect(stored.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
      expect(result.seen.commands.filter((command) => /(^|\/)age /.test(command))).not.toEqual([]);
      await expectSecrecy(
        result,
        keys.map(({ identity }) => identity),
      );
    }
  });

  it(
    'are restored by an identity that is given as text',
    async () => {
      const identity = keys[0]?.identity ?? '';
      const result = await expectRestored(incremental, { 'decrypt-identity': identity });
      expect(result.masks).toContain(identity);
      await expectSecrecy(result, [identity]);
    },
    2 * minutes,
  );

  it(
    'are restored by the path of the identity of another recipient',
    async () => {
      const { path = '', identity = '' } = keys[1] ?? {};
      const result = await expectRestored(full, { 'decrypt-identity': path });
      await expectSecrecy(result, [identity]);
    },
    2 * minutes,
  );

  it(
    'are of no use with another key, or with none',
    async () => {
      const identity = keys[2]?.identity ?? '';
      const [wrong, result] = await expectFailure(full, { 'decrypt-identity': identity });
      expect(wrong).toBe('DECRYPTION_FAILED');
      expect(result.log + result.summary).not.toContain(identity);
      const [missing] = await expectFailure(full, {});
      expect(missing).toBe('KEY_MISSING');
      const [otherKind] = await expectFailure(full, { 'decrypt-passphrase': passphrase });
      expect(otherKind).toBe('KEY_MISSING');
    },
    minutes,
  );
});

describe('backups with a passphrase', () => {
  let full: Point & { result: Watched };
  let incremental: Point & { result: Watched };

  beforeAll(async () => {
    full = await watchedBackup({ type: 'full', 'encrypt-passphrase': passphrase });
    incremental = await watchedBackup({ type: 'incremental', 'encrypt-passphrase': passphrase });
  }, 2 * minutes);

  it('are encrypted by gpg, and nobody sees the passphrase', async () => {
    for (const { result, id } of [full, incremental]) {
      expect(result.outputs['object-key']).toBe(
        `xbackup/${installation.place.server}/${id}.xbstream.zst.gpg`,
      );
      // An OpenPGP packet, tag 3: a session key that is encrypted with a passphrase.
      const stored = await installation.place.read(result.outputs['object-key'] ?? '');
      expect([0x8c, 0xc3]).toContain(stored[0]);
      expect(result.seen.commands.filter((command) => /(^|\/)gpg /.test(command))).not.toEqual([]);
      expect(result.masks).toContain(passphrase);
      await expectSecrecy(result, [passphrase]);
    }
  });

  it(
    'are restored with the same one',
    async () => {
      const result = await expectRestored(incremental, { 'decrypt-passphrase': passphrase });
      await expectSecrecy(result, [passphrase]);
    },
    2 * minutes,
  );

  it(
    'are of no use with another one, or with none',
    async () => {
      const [wrong, result] = await expectFailure(incremental, { 'decrypt-passphrase': `not ${passphrase}` });
      expect(wrong).toBe('DECRYPTION_FAILED');
      expect(result.log + result.summary).not.toContain(passphrase);
      const [missing] = await expectFailure(incremental, {});
      expect(missing).toBe('KEY_MISSING');
    },
    minutes,
  );
});
