import { DeleteBucketPolicyCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/chain/manifest.js';
import { startAction, type RunningAction } from './action-runner.js';
import { clockAt } from './shifted-clock.js';
import { ended, type BackupPlace, type DatabaseHost, type EndedAction } from './database-host.js';
import { until } from './failures.js';
import { wrappedTool } from './wrapped-tool.js';

/** Three days of real backups, the newest of them the morning before `now`, and prunes of them. */
export class PruneGround {
  static readonly ids = [
    ...['2026-11-01/00', '2026-11-01/01', '2026-11-02/00', '2026-11-02/01'],
    ...['2026-11-03/00', '2026-11-03/05'],
  ];
  /** With `keep-days: 1` the first two days go. */
  static readonly now = '2026-11-03T06:30';
  /** All that is stored before a test. */
  readonly stored = new Map<string, Buffer>();

  private constructor(
    readonly host: DatabaseHost,
    readonly place: BackupPlace,
  ) {}

  /** Takes about 20 seconds. */
  static async lay(host: DatabaseHost): Promise<PruneGround> {
    const ground = new PruneGround(host, await host.newPlace());
    const { place, stored } = ground;
    for (const id of PruneGround.ids) await ground.backup(`${id.replace('/', 'T')}:17`);
    for (const key of await place.keys()) stored.set(key, await place.read(key));
    expect([...stored.keys()]).toHaveLength(12);
    return ground;
  }

  /** Everything as it was. */
  async reset(): Promise<void> {
    const { host, place, stored } = this;
    await host.s3.client().send(new DeleteBucketPolicyCommand({ Bucket: place.bucket }));
    const there = await place.keys();
    for (const Key of there) {
      if (!stored.has(Key))
        await host.s3.client().send(new DeleteObjectCommand({ Bucket: place.bucket, Key }));
    }
    for (const [key, body] of stored) if (!there.includes(key)) await place.write(key, body);
  }

  backup(at: string): Promise<Manifest> {
    return this.place.goodBackup({ env: clockAt(at), inputs: { timezone: 'UTC' } });
  }

  startPrune(inputs: Readonly<Record<string, string>> = {}): Promise<RunningAction> {
    return startAction({
      action: 'prune',
      inputs: { ...this.place.storeInputs, 'keep-days': '1', 'dry-run': 'false', ...inputs },
      env: { ...this.place.credentials, TMPDIR: this.host.temporaryDir, ...clockAt(PruneGround.now) },
    });
  }

  async prune(inputs?: Readonly<Record<string, string>>): Promise<EndedAction> {
    return ended(await this.startPrune(inputs));
  }

  /** The stored keys of some days. */
  keysOf(...days: string[]): string[] {
    return [...this.stored.keys()].filter((key) => days.some((day) => key.includes(`/${day}/`)));
  }

  /** The ids of what is listed: all of it can be restored. */
  async restorable(): Promise<string[]> {
    const points = await this.place.list();
    expect(points.filter((point) => !point.restorable)).toEqual([]);
    return points.map(({ id }) => id);
  }

  /** A backup tool that waits at its step until it is released. */
  async heldTool(name: string, during: 'backup' | 'prepare') {
    const [running, hold] = [`${name}-running`, `${name}-hold`].map((file) => join(this.host.scratch, file));
    const body = `[ -e '${running}' ] || touch '${hold}' '${running}'
while [ -e '${hold}' ]; do sleep 0.05; done
exec "$real" "$@"`;
    return {
      tool: await wrappedTool(this.host.scratch, body, during),
      held: () => until(`${name} waits`, () => Promise.resolve(existsSync(running ?? ''))),
      release: () => rm(hold ?? ''),
    };
  }
}

export function expectSuccess({ exitCode, log, temporaryFiles }: EndedAction): void {
  expect({ exitCode, log }).toEqual({ exitCode: 0, log });
  expect(temporaryFiles).toEqual([]);
}
