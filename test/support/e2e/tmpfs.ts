import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A filesystem of its own, with a bounded size, mounted somewhere. */
export interface MountedTmpfs {
  path: string;
  /** What is on it is gone with it. */
  unmount(): Promise<void>;
}

/** May this process mount? Where it must (CI), the answer is yes, and a test that cannot mount fails. */
export function mayMount(): boolean {
  return process.getuid?.() === 0 || (process.env['CI'] ?? '') !== '';
}

/**
 * Mounts a tmpfs of `sizeMib` on the new directory `path`, which belongs to this process' user. Not as root, it
 * takes sudo without a password, as GitHub's own machines have it.
 * @throws Error with mount's message where it is not permitted.
 */
export async function mountTmpfs(path: string, sizeMib: number): Promise<MountedTmpfs> {
  await mkdir(path);
  const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0}`;
  await asRoot(['mount', '-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=0750,${owner}`, 'tmpfs', path]);
  return {
    path,
    // Lazily: whoever still has a file open there must not keep the mount for ever.
    unmount: () => asRoot(['umount', '--lazy', path]),
  };
}

async function asRoot(command: readonly string[]): Promise<void> {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  await promisify(execFile)(program, args);
}
