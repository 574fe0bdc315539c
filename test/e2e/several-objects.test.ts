import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { install, type Installation } from '../support/e2e/installation.js';
import { applyAndCompare, backUpExactly, untilWritten } from '../support/e2e/restored-data.js';

/** A stream that outgrows the parts of one upload: with `max-parts: 1` each object has one part of 8 MiB. */

const minutes = 60_000;
let installation: Installation;

beforeAll(async () => {
  installation = await install({ sizeMib: 96 });
}, 2 * minutes);

afterAll(() => installation.remove(), minutes);

it(
  'a chain of backups in several objects is restored',
  async () => {
    const writers = await installation.startWriters();
    const inputs = { 'max-parts': '1', 'encrypt-passphrase': 'one pass for all' };
    const full = await backUpExactly(installation, writers, { inputs, at: '2026-11-17T01:07' });
    await untilWritten(writers);
    const incremental = await backUpExactly(installation, writers, { inputs, at: '2026-11-17T02:07' });
    await writers.stop();

    const { objects } = await installation.place.manifest(full.id);
    const first = `xbackup/${installation.place.server}/2026-11-17/01.xbstream.zst.gpg`;
    expect(objects.length).toBeGreaterThan(1);
    expect(objects.map(({ key }) => key).slice(0, 2)).toEqual([first, `${first}.002`]);
    expect(incremental.result.outputs['type']).toBe('incremental');
    expect(await installation.place.uploads()).toEqual([]);

    const target = join(installation.dir, 'recovery');
    const prepare = { date: incremental.date, hour: incremental.hour, 'target-dir': target };
    await installation.succeed('prepare', {
      inputs: { ...prepare, 'decrypt-passphrase': 'one pass for all' },
    });
    await applyAndCompare(installation, incremental, { 'prepared-dir': target });
  },
  3 * minutes,
);
