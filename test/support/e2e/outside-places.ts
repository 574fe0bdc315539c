import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary.js';

/** Directories for a server that keeps the parts of its data outside of its datadir. */
export interface OutsidePlaces {
  /** `home`, `redo`, `undo`, `binlogs`, `tables`, `tables/shop`. */
  path(name: string): string;
  /** The options of a server that has its data there; tables are for DATA DIRECTORY. */
  serverOptions: string[];
  /** Puts something of others into each of them. */
  addForeignFiles(): Promise<void>;
  /** Are these as they were? */
  hasForeignFiles(): Promise<boolean>;
  /** What is in each, but for binary logs and files that come and go with a running server. */
  contents(): Promise<Record<string, string[]>>;
  /** Removes what restores have set aside and kept. */
  removeAside(): Promise<void>;
  remove(): Promise<void>;
}

const names = ['home', 'redo', 'undo', 'binlogs', 'tables', 'tables/shop'];
const foreign = 'not-of-the-server';

export async function makeOutsidePlaces(): Promise<OutsidePlaces> {
  const dir = await temporaryDirectory('outside');
  const path = (name: string): string => join(dir.path, name);
  // A server makes the folder of a database by itself.
  for (const name of names.filter((each) => !each.includes('/'))) await mkdir(path(name));
  return {
    path,
    serverOptions: [
      `--innodb-data-home-dir=${path('home')}`,
      `--innodb-log-group-home-dir=${path('redo')}`,
      `--innodb-undo-directory=${path('undo')}`,
      '--loose-innodb-undo-tablespaces=3',
      `--log-bin=${path('binlogs')}/binlog`,
      // MySQL takes tables of other directories only when it is told of them.
      `--loose-innodb-directories=${path('tables')}`,
    ],
    async addForeignFiles() {
      for (const name of names) await writeFile(join(path(name), foreign), name);
    },
    async hasForeignFiles() {
      const texts = await Promise.all(
        names.map((name) => readFile(join(path(name), foreign), 'utf8').catch(() => 'gone')),
      );
      return texts.join() === names.join();
    },
    async contents() {
      const found: Record<string, string[]> = {};
      for (const name of names) {
        const files = await readdir(path(name));
        found[name] = files.filter((file) => !/^(ibtmp1|ib_buffer_pool|binlog\.)/.test(file)).sort();
      }
      return found;
    },
    async removeAside() {
      for (const name of names) {
        const aside = (await readdir(path(name))).filter((file) => file.startsWith('.'));
        for (const file of aside) await rm(join(path(name), file), { recursive: true });
      }
    },
    remove: () => dir.remove(),
  };
}
