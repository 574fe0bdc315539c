import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.js';
import type { ConfiguredDirectories } from './directories.js';
import { real } from './layout.js';
import { inspectOutside, type OutsidePlace, type OutsideRole } from './outside.js';

/** The file may be missing, its directory is what may be a symlink. */
export async function realFile(path: string): Promise<string> {
  return join(await real(dirname(path)), basename(path));
}

export function unsuitable(fact: string, hint: string): UserError {
  return new UserError('DATADIR_UNSUITABLE', `${fact}.`, `Nothing was changed. ${hint}`);
}

/** Collects the places outside of the datadir, each once. */
export class OutsidePlaces {
  readonly all: OutsidePlace[] = [];
  readonly #datadir: string;

  constructor(datadir: string) {
    this.#datadir = datadir;
  }

  async addConfigured(
    directories: ConfiguredDirectories,
    systemFiles: readonly string[],
    source: string,
  ): Promise<void> {
    const roles: [keyof ConfiguredDirectories, OutsideRole[]][] = [
      ['dataHome', ['system', 'doublewrite']],
      ['redo', ['redo']],
      ['undo', ['undo']],
      ['doublewrite', ['doublewrite']],
    ];
    for (const [name, kept] of roles) {
      const path = directories[name];
      if (path === undefined || this.#isInside(path)) continue;
      const place = await this.#add(path, kept, name === 'dataHome' ? systemFiles : []);
      if (place.exists) continue;
      throw unsuitable(
        `By ${source}, a part of the data belongs into ${path}, which does not exist`,
        "Make it, with the datadir's owner; or give the server's own my.cnf as mysql-defaults-file if it has another.",
      );
    }
  }

  async addFile(path: string): Promise<void> {
    const file = await realFile(path);
    if (!this.#isInside(file)) await this.#add(dirname(file), [], [basename(file)]);
  }

  placeOf(path: string): OutsidePlace | undefined {
    return this.all.find((place) => place.path === dirname(path));
  }

  #isInside(path: string): boolean {
    return `${path}/`.startsWith(`${this.#datadir}/`);
  }

  async #add(path: string, roles: OutsideRole[], files: readonly string[]): Promise<OutsidePlace> {
    const known = this.all.findIndex((place) => place.path === path);
    const before = this.all[known];
    const place = await inspectOutside(
      path,
      [...new Set([...(before?.roles ?? []), ...roles])],
      [...new Set([...(before?.files ?? []), ...files])],
    ).catch((error: unknown) => {
      throw unsuitable(
        `A part of the data belongs into ${path}, which cannot be looked at: ${messageOf(error)}`,
        'Make the directory, or let the user that runs this reach it.',
      );
    });
    if (before === undefined) this.all.push(place);
    else this.all[known] = place;
    return place;
  }
}
