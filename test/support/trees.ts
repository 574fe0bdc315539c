import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes files below a directory; their folders are made. A name that ends with `/` is an empty folder. */
export async function writeTree(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) await writeFile(path, text);
  }
}

/** All files below a directory with what is in them, as `writeTree` takes them; `{}` when it is empty. */
export async function readTree(dir: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of (await readdir(dir, { recursive: true })).sort()) {
    const path = join(dir, name);
    if ((await stat(path)).isFile()) tree[name] = await readFile(path, 'utf8');
    else if ((await readdir(path)).length === 0) tree[`${name}/`] = '';
  }
  return tree;
}
