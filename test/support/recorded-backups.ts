import { expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/chain/manifest.js';
import { checksumTables, checkTables, differences, type Checksums } from './checksums.js';
import type { BackupPlace, RunOptions } from './database-host.js';
import { smallServer } from './e2e/installation.js';
import { startMysqlServer } from './mysql-server.js';

/** The good backups of a place, and what the server held at each: nobody may write while one is made. */
export class RecordedBackups {
  readonly #recorded = new Map<string, Checksums>();
  /** The keys of objects that were read and found right. */
  readonly #intact = new Set<string>();
  #rows = 0;

  constructor(readonly place: BackupPlace) {}

  get ids(): string[] {
    return [...this.#recorded.keys()].sort();
  }

  get lastId(): string {
    return [...this.#recorded.keys()].at(-1) ?? '';
  }

  /** Makes the server hold something that it did not hold before. */
  async write(): Promise<void> {
    this.#rows += 1;
    const row = [`row ${this.#rows}`, this.#rows];
    await this.place.host.mysql.query('INSERT INTO shop.documents (name, body) VALUES (?, ?)', row);
  }

  /** A backup that must succeed, of data that is new. */
  async make(options: RunOptions = {}): Promise<Manifest> {
    await this.write();
    const manifest = await this.place.goodBackup(options);
    await this.record(manifest.id);
    return manifest;
  }

  /** Takes a backup that was made just now for a good one. */
  async record(id: string): Promise<void> {
    this.#recorded.set(id, await checksumTables(this.place.host.mysql));
  }

  /**
   * Exactly these are offered, all of them restorable, their objects are what was uploaded, and nothing else is in the
   * bucket but `others`. What was found right is not read again, unless `again`.
   */
  async expectOffered(others: readonly string[] = [], { again = false } = {}): Promise<void> {
    if (again) this.#intact.clear();
    const points = await this.place.list();
    expect(points.map(({ id, restorable }) => ({ id, restorable }))).toEqual(
      this.ids.map((id) => ({ id, restorable: true })),
    );
    const objects = (await Promise.all(this.ids.map((id) => this.place.manifest(id)))).flatMap(
      (manifest) => manifest.objects,
    );
    const manifests = this.ids.map((id) => this.place.manifestKey(id));
    expect(await this.place.keys()).toEqual(
      [...objects.map(({ key }) => key), ...manifests, ...others].sort(),
    );
    for (const { key, sha256 } of objects.filter((object) => !this.#intact.has(object.key))) {
      const found = createHash('sha256')
        .update(await this.place.read(key))
        .digest('hex');
      expect({ key, found }).toEqual({ key, found: sha256 });
      this.#intact.add(key);
    }
  }

  /** Prepares these, and starts a server on each: it must hold what it held then, to the last row. */
  async expectRestored(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const dir = await mkdtemp(join(this.place.host.scratch, 'restored-'));
      const targetDir = join(dir, 'target');
      const { exitCode, log } = await this.place.prepare(id, targetDir);
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
      await this.expectHolds(id, targetDir);
      await rm(dir, { recursive: true });
    }
  }

  /** Is what was prepared here what the server held at `id`? The prepared data is used up. */
  async expectHolds(id: string, preparedDir: string): Promise<void> {
    const manifest = await this.place.manifest(id);
    const datadir = join(preparedDir, manifest.chain);
    const dir = await mkdtemp(join(this.place.host.scratch, 'look-'));
    const server = await startMysqlServer({ dir, datadir, options: smallServer });
    try {
      const found = differences(
        this.#recorded.get(id) ?? new Map<string, string>(),
        await checksumTables(server),
      );
      expect({ id, found }).toEqual({ id, found: [] });
      await checkTables(server);
    } finally {
      await server.remove();
    }
  }
}
