import { stat } from 'node:fs/promises';
import { messageOf } from '../errors.js';
import { holderOf, lockHolder } from './datadir.js';
import {
  findAside,
  HalfSetAside,
  putBack,
  setAside,
  takeAway,
  type Datadir,
  type SetAside,
} from './datadir-swap.js';
import {
  partsAside,
  partsIn,
  putPartsBack,
  setPartsAside,
  takePartsAway,
  type OutsidePlace,
} from './outside.js';

/** All that holds a server's data. */
export interface DataPlaces {
  datadir: Datadir;
  outside: readonly OutsidePlace[];
}

/**
 * The exchange of a server's old data for new: the datadir and what is outside of it, together. The datadir is the
 * first to go and the last to come back, so that another process can tell from it how far a killed one had come.
 */
export class DataSwap {
  readonly #places: DataPlaces;
  readonly #label: string;
  #datadirAside: SetAside | undefined;

  /** @param label Names what is set aside: the time. */
  constructor(places: DataPlaces, label: string) {
    this.#places = places;
    this.#label = label;
  }

  /** Where the old datadir is while it is aside. */
  get datadirAside(): SetAside | undefined {
    return this.#datadirAside;
  }

  get asideLabel(): string {
    return `before-restore-${this.#label}`;
  }

  /** Takes up the exchange of a process that was killed. Returns whether the old datadir is aside. */
  async takeUp(): Promise<boolean> {
    this.#datadirAside = await findAside(this.#places.datadir, this.asideLabel);
    return this.#datadirAside !== undefined;
  }

  /** When it fails, everything is as before. @throws HalfSetAside when not even that could be done. */
  async setAside(): Promise<void> {
    const { datadir, outside } = this.#places;
    const done: OutsidePlace[] = [];
    this.#datadirAside = await setAside(datadir, this.asideLabel);
    try {
      for (const place of outside) {
        await setPartsAside(place, this.asideLabel);
        done.push(place);
      }
    } catch (error) {
      if (error instanceof HalfSetAside) throw error;
      await this.#putBack(done).catch((stuck: unknown) => {
        const where = this.#datadirAside?.path ?? datadir.path;
        throw new HalfSetAside(where, new AggregateError([error, stuck], messageOf(stuck)));
      });
      throw error;
    }
  }

  /**
   * Takes the new data out of all places. A copy is deleted, it would only fill the disk of the old server; what was
   * moved is kept, since it is the only one. Returns where.
   */
  async takeAway(keep: boolean): Promise<string[]> {
    const { datadir, outside } = this.#places;
    const keepAs = keep ? `failed-restore-${this.#label}` : undefined;
    const kept = [await takeAway(datadir, this.#datadirAside, keepAs)];
    for (const place of outside) kept.push(await takePartsAway(place, this.asideLabel, keepAs));
    return kept.filter((path) => path !== undefined);
  }

  /** Puts the old data back. What is in its place must have been taken away before. */
  async putBack(): Promise<void> {
    await this.#putBack(this.#places.outside);
  }

  async #putBack(outside: readonly OutsidePlace[]): Promise<void> {
    for (const place of outside) await putPartsBack(place, this.asideLabel);
    await putBack(this.#places.datadir, this.#datadirAside);
    this.#datadirAside = undefined;
  }

  /** The folders outside of the datadir that hold old data now. */
  async outsideAside(): Promise<string[]> {
    const folders: string[] = [];
    for (const place of this.#places.outside) {
      const path = partsAside(place, this.asideLabel);
      if ((await stat(path).catch(() => undefined)) !== undefined) folders.push(path);
    }
    return folders;
  }

  /** A process that uses what is to be set aside outside of the datadir, when the server itself is stopped. */
  async holderOutside(): Promise<{ processId: number; path: string } | undefined> {
    for (const place of this.#places.outside) {
      const processId = await holderOf(await partsIn(place), place.path);
      if (processId !== undefined) return { processId, path: place.path };
    }
    return undefined;
  }

  /** The process that runs on the old data although it was set aside. */
  async holderOfOldData(): Promise<number | undefined> {
    const folders = await this.outsideAside();
    if (this.#datadirAside !== undefined) folders.unshift(this.#datadirAside.path);
    for (const folder of folders) {
      const holder = await lockHolder(folder);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }
}
