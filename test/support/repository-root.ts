import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project, whether this runs from its source or compiled from build/. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package-lock.json'))) {
    if (folder === '/') throw new Error('There is no package-lock.json above this file.');
    folder = dirname(folder);
  }
  return folder;
}
