import type { Encryption } from '../chain/manifest.js';
import { UserError } from '../errors.js';
import { requireProgram } from './commands.js';
import type { Program } from './child.js';

/** Compression and encryption: what zstd, age and gpg are asked to do. No cryptography is done here. */

/** How to encrypt, as the inputs ask for it. */
export type EncryptionRequest =
  | { method: 'none' }
  | { method: 'age'; recipients: readonly string[] }
  | { method: 'gpg'; passphrase: string };

/** What can decrypt: the file of an age identity, or a gpg passphrase, or neither. */
export interface DecryptionKeys {
  identityFile: string | undefined;
  passphrase: string | undefined;
}

/** zstd as a stage. `-vv` makes it tell the exact number of bytes that came in; see `streamBytesOf`. */
export async function compressor(
  level: number,
  threads: number,
  onLine: (line: string) => void,
): Promise<Program> {
  const zstd = await requireProgram(['zstd'], 'zstd');
  const size = [`-${level}`, `-T${threads}`, ...jobSize(level, threads)];
  return { program: zstd, arguments: [...size, '-vv', '--no-progress', '-c'], onLine };
}

/**
 * How much of the stream a thread of zstd takes at a time, which is also what zstd takes in while whoever reads from it
 * pauses. Its own measure is four windows: 2 MiB at level 1, 8 at level 3, 16 or more from level 9 on. With 2 MiB the
 * backup tool, before it, stood still in each pause of a few milliseconds. It costs memory: zstd has up to 100 MB with one
 * thread and 150 with four; so with more of them it is left to zstd.
 */
function jobSize(level: number, threads: number): string[] {
  return level < 9 && threads <= 4 ? ['-B16MiB'] : [];
}

export async function decompressor(): Promise<Program> {
  const zstd = await requireProgram(['zstd'], 'zstd');
  return { program: zstd, arguments: ['-d', '-q', '-c'] };
}

/**
 * The bytes before compression from zstd's line `/*stdin*\ : 12.3% (123 B => 45 B, …)`, or before 1.5
 * `(123 => 45 bytes, …)`. Rounded figures like `(1.2 MiB => …)` are not taken.
 */
export function streamBytesOf(line: string): number | undefined {
  const bytes = /\(\s*(\d+)(?: B)?\s*=>\s*\d+ (?:B|bytes),/.exec(line)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

/** The encrypting stage, if any. */
export async function encryptor(request: EncryptionRequest, workDir: string): Promise<Program[]> {
  switch (request.method) {
    case 'none':
      return [];
    case 'age': {
      const age = await requireProgram(['age'], 'age');
      return [{ program: age, arguments: request.recipients.flatMap((key) => ['-r', key]) }];
    }
    case 'gpg': {
      const gpg = await requireProgram(['gpg'], 'gnupg');
      const args = ['--symmetric', '--cipher-algo', 'AES256', '--s2k-digest-algo', 'SHA512'];
      // Without a given count gpg would ask its agent to calibrate one; the stream is compressed already.
      args.push('--s2k-count', '65011712', '--compress-algo', 'none', '-o', '-');
      return [{ program: gpg, arguments: [...gpgBatch(workDir), ...args], secret: request.passphrase }];
    }
  }
}

/** The decrypting stage for what a manifest says, if any. @throws UserError KEY_MISSING. */
export async function decryptor(
  encryption: Encryption,
  keys: DecryptionKeys,
  workDir: string,
): Promise<Program[]> {
  switch (encryption.method) {
    case 'none':
      return [];
    case 'age': {
      if (keys.identityFile === undefined) throw keyMissing('age', 'decrypt-identity');
      const age = await requireProgram(['age'], 'age');
      return [{ program: age, arguments: ['-d', '-i', keys.identityFile] }];
    }
    case 'gpg': {
      if (keys.passphrase === undefined) throw keyMissing('gpg', 'decrypt-passphrase');
      const gpg = await requireProgram(['gpg'], 'gnupg');
      return [
        { program: gpg, arguments: [...gpgBatch(workDir), '--decrypt', '-o', '-'], secret: keys.passphrase },
      ];
    }
  }
}

/** No question, no agent left running, nothing of the user's own settings; the passphrase from descriptor 3. */
function gpgBatch(homeDir: string): string[] {
  const args = ['--batch', '--no-options', '--no-autostart', '--no-tty', '--quiet', '--homedir', homeDir];
  return [...args, '--pinentry-mode', 'loopback', '--passphrase-fd', '3'];
}

function keyMissing(method: string, input: string): UserError {
  return new UserError(
    'KEY_MISSING',
    `The backup is encrypted with ${method}, and no key was given.`,
    `Give it in the input ${input}.`,
  );
}
