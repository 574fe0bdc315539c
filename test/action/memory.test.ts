import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import { wrappedTool } from '../support/wrapped-tool.js';

/** What a backup takes of its host: the memory of node does not grow with it, and it goes as slowly as it is told. */

const mebibyte = 1024 * 1024;
const boundBytes = 200_000_000;

let host: DatabaseHost;
let place: BackupPlace;

beforeAll(async () => {
  host = await startDatabaseHost();
  place = await host.newPlace();
}, 120_000);

afterAll(() => host.stop(), 60_000);

/**
 * A backup of the real server, whose checkpoints are the tool's; its stream is replaced by one of so many MiB, of
 * which a part (0 to 1) does not compress.
 */
function toolWithStream(sizeMib: number, noise: number): Promise<string> {
  const blocks = Math.ceil(sizeMib / 16);
  const noiseMib = Math.round(16 * noise);
  return wrappedTool(
    host.scratch,
    `"$real" "$@" 2>"$lsn_dir/said" >/dev/null || exit 1
for ((block = 0; block < ${blocks}; block++)); do
  head -c ${noiseMib}M /dev/urandom && head -c ${16 - noiseMib}M /dev/zero || exit 1
done
cat "$lsn_dir/said" >&2`,
  );
}

/** Makes the datadir seem so large, by a file without content. */
async function withDatadirOf<T>(sizeMib: number, work: () => Promise<T>): Promise<T> {
  const sparse = join(host.mysql.datadir, 'large-file-of-the-test');
  await writeFile(sparse, '');
  await truncate(sparse, sizeMib * mebibyte);
  try {
    return await work();
  } finally {
    await rm(sparse);
  }
}

describe('the peak memory of node stays under 200 MB', () => {
  it('with a stream of 2 GiB, on Node 24', async () => {
    const inputs = { 'tool-path': await toolWithStream(2048, 0.5), type: 'full' };
    const result = await place.backup({ inputs });
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    const { streamBytes, objects } = await place.manifest(result.outputs['backup-id'] ?? '');
    expect(streamBytes).toBe(2048 * mebibyte);
    expect(objects[0]?.sizeBytes).toBeGreaterThan(1000 * mebibyte);
    expect(result.peakRssBytes).toBeLessThan(boundBytes);
  }, 300_000);

  it('with a stream of 256 MiB, on Node 20', async () => {
    const inputs = { 'tool-path': await toolWithStream(256, 1), type: 'full' };
    const result = await place.backup({ inputs, node: process.execPath });
    expect(process.version).toMatch(/^v2[0-9]\./);
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    expect(result.peakRssBytes).toBeLessThan(boundBytes);
  }, 180_000);

  it('with a datadir of 4 TiB, whose stream has the largest parts', async () => {
    const inputs = { 'tool-path': await toolWithStream(1024, 1), type: 'full' };
    const result = await withDatadirOf(4 * 1024 * 1024, () => place.backup({ inputs }));
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    const { objects } = await place.manifest(result.outputs['backup-id'] ?? '');
    // The ETag of a multipart object ends with the number of its parts, here of 16 MiB.
    expect(objects[0]?.etag).toMatch(/-65$/);
    expect(result.peakRssBytes).toBeLessThan(boundBytes);
  }, 300_000);

  it('with a stream that goes on in many objects', async () => {
    const inputs = { 'tool-path': await toolWithStream(512, 1), type: 'full', 'max-parts': '4' };
    const result = await place.backup({ inputs });
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    const { objects } = await place.manifest(result.outputs['backup-id'] ?? '');
    expect(objects.length).toBeGreaterThan(4);
    expect(result.peakRssBytes).toBeLessThan(boundBytes);
  }, 300_000);

  it('with a slow link', async () => {
    const inputs = {
      'tool-path': await toolWithStream(160, 1),
      type: 'full',
      'max-upload-mib-per-second': '20',
    };
    const result = await withDatadirOf(250 * 1024, () => place.backup({ inputs }));
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    const { objects, durationSeconds } = await place.manifest(result.outputs['backup-id'] ?? '');
    expect(objects[0]?.etag).toMatch(/-11$/);
    expect(result.peakRssBytes).toBeLessThan(boundBytes);
    // Twenty MiB a second at most, but for the first second.
    const { sizeBytes = 0 } = objects[0] ?? {};
    expect(sizeBytes).toBeGreaterThan(159 * mebibyte);
    expect(durationSeconds).toBeGreaterThan(sizeBytes / (20 * mebibyte) - 1);
  }, 180_000);
});

it('max-upload-mib-per-second holds for small backups too', async () => {
  const inputs = { 'tool-path': await toolWithStream(16, 1), type: 'full', 'max-upload-mib-per-second': '4' };
  const result = await place.backup({ inputs });
  expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
  const { durationSeconds } = await place.manifest(result.outputs['backup-id'] ?? '');
  expect(durationSeconds).toBeGreaterThan(3);
}, 90_000);

it.each([
  [{}, 0],
  [{ nice: '12' }, 12],
])(
  'with %j the programs run at nice %i, and their sessions too',
  async (inputs, nice) => {
    const noted = join(host.scratch, `nice-${nice}`);
    // The 19th field: proc_pid_stat(5). The session's comes a moment later; not every kernel has one: sched(7).
    const tool = await wrappedTool(
      host.scratch,
      `read -ra stat < /proc/$$/stat; session=none
       for try in {1..50}; do
         read -r _ _ session < /proc/$$/autogroup || { session=none; break; }
         [ "$session" = ${nice} ] && break || sleep 0.1
       done
       echo "\${stat[18]} $session" > '${noted}'; exec "$real" "$@"`,
    );
    const result = await place.backup({ inputs: { 'tool-path': tool, ...inputs } });
    expect({ exitCode: result.exitCode, log: result.log }).toMatchObject({ exitCode: 0 });
    const [ofProcess, ofSession = ''] = (await readFile(noted, 'utf8')).trim().split(' ');
    expect(ofProcess).toBe(String(nice));
    expect([String(nice), 'none']).toContain(ofSession);
  },
  60_000,
);
