import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { access, constants } from 'node:fs/promises';

/** Programs that stand before the real ones and let one thing go wrong. */

/**
 * Writes a shell script that is called as the backup tool (`tool-path`). Where `body` says nothing else it is the
 * real tool: `"$real" "$@"`. `body` runs for `--backup` only, or for another task; `$lsn_dir` is where a
 * backup's checkpoints go. Returns the script's path.
 */
export async function wrappedTool(
  scratch: string,
  body: string,
  during: 'backup' | 'prepare' | 'copy-back' = 'backup',
): Promise<string> {
  const real = process.env['XBACKUP_E2E_TOOL'] ?? (await whereIs('mariadb-backup'));
  const [path] = await fakePrograms(scratch, {
    'mariadb-backup': `real='${real}'
case " $* " in *' --${during} '*) ;; *) exec "$real" "$@" ;; esac
for word in "$@"; do case $word in --extra-lsndir=*) lsn_dir=\${word#*=} ;; esac; done
${body}`,
  });
  return path as string;
}

/** Writes a folder of scripts, by name; their paths. */
export async function fakePrograms(
  scratch: string,
  bodies: Readonly<Record<string, string>>,
): Promise<string[]> {
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, 'bin-'));
  return Promise.all(
    Object.entries(bodies).map(async ([name, body]) => {
      const path = join(folder, name);
      await writeFile(path, `#!/bin/bash\n${body}\n`);
      await chmod(path, 0o755);
      return path;
    }),
  );
}

/** The path of a program that is installed. @throws Error when it is not. */
export async function whereIs(name: string): Promise<string> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error(`${name} is not installed; script/install installs it.`);
}
