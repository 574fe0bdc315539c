import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Encryption } from '../../src/chain/manifest.js';
import {
  compressor,
  decompressor,
  decryptor,
  encryptor,
  streamBytesOf,
  type EncryptionRequest,
} from '../../src/pipeline/codecs.js';
import type { Program } from '../../src/pipeline/child.js';
import { patternBytes } from '../support/byte-source.js';
import { watchPeakRss } from '../support/processes.js';
import { cat, eventually, failureOf, programWorld, sh, type ProgramWorld } from '../support/program-world.js';

/** Real zstd, age and gpg. */

const seconds = 30_000;
const mib = 1024 * 1024;
let world: ProgramWorld;
let plain: string;
const data = Buffer.concat([patternBytes(3_000_000), Buffer.alloc(4_000_000), patternBytes(1234)]);

beforeEach(async () => {
  world = await programWorld();
  plain = join(world.path, 'plain');
  await writeFile(plain, data);
});
afterEach(() => world.close());

const of = (path: string): Program => ({ program: 'cat', arguments: [path] });

async function ageKey(): Promise<{ identityFile: string; recipient: string }> {
  const identityFile = join(world.path, `key-${Math.random()}`);
  await world.read([sh(`age-keygen -o '${identityFile}'`)]);
  const recipient = /public key: (age1\w+)/.exec(await readFile(identityFile, 'utf8'))?.[1] ?? '';
  return { identityFile, recipient };
}

async function encrypted(request: EncryptionRequest): Promise<string> {
  const path = join(world.path, 'encrypted');
  await writeFile(path, await world.read([of(plain), ...(await encryptor(request, world.path))]));
  return path;
}

const decrypt = async (
  path: string,
  method: Encryption,
  keys: { identityFile?: string; passphrase?: string },
) =>
  world.read([
    of(path),
    ...(await decryptor(method, { identityFile: undefined, passphrase: undefined, ...keys }, world.path)),
  ]);

describe('zstd', () => {
  it.each([1, 3, 19])(
    'gives back what it was given at level %i, and says how much that was',
    async (level) => {
      let streamBytes: number | undefined;
      const onLine = (line: string) => void (streamBytes = streamBytesOf(line) ?? streamBytes);
      const compressed = await world.read([of(plain), await compressor(level, 2, onLine)]);
      expect(streamBytes).toBe(data.length);
      expect(compressed.length).toBeLessThan(data.length);
      const path = join(world.path, 'compressed');
      await writeFile(path, compressed);
      expect((await world.read([of(path), await decompressor()])).equals(data)).toBe(true);
    },
    seconds,
  );

  it('fails on a stream that is cut, or is none', async () => {
    const compressed = await world.read([of(plain), await compressor(1, 1, () => undefined)]);
    const path = join(world.path, 'cut');
    await writeFile(path, compressed.subarray(0, compressed.length - 4));
    expect((await failureOf(world.read([of(path), await decompressor()]))).failure.program).toBe('zstd');
    expect((await failureOf(world.read([of(plain), await decompressor()]))).failure.program).toBe('zstd');
  });

  it.each([
    { level: 1, threads: 1 },
    { level: 1, threads: 4 },
    { level: 3, threads: 1 },
    { level: 8, threads: 2 },
  ])(
    'goes on for 16 MiB while nobody reads from it, at level $level with $threads threads',
    async ({ level, threads }) => {
      await writeFile(plain, randomBytes(100 * mib));
      const { takenBytes, peakRssBytes } = await takenWhileNobodyReads(
        await compressor(level, threads, () => undefined),
      );
      expect(takenBytes).toBeGreaterThan(16 * mib);
      expect(takenBytes).toBeLessThan(60 * mib);
      // What it has taken in is in its memory.
      expect(peakRssBytes).toBeGreaterThan(16 * mib);
      expect(peakRssBytes).toBeLessThan(160 * mib);
    },
    seconds,
  );
});

/** How far zstd reads `plain` until it stands still, and its memory by then. */
async function takenWhileNobodyReads({ program, arguments: args }: Program) {
  const input = await open(plain);
  const child = spawn(program, args, { stdio: [input.fd, 'pipe', 'ignore'] });
  const memory = watchPeakRss(child.pid ?? 0);
  try {
    let [before, takenBytes] = [-1, 0];
    while (takenBytes !== before || takenBytes === 0) {
      await sleep(500);
      const descriptor = await readFile(`/proc/${child.pid}/fdinfo/0`, 'utf8');
      [before, takenBytes] = [takenBytes, Number(/^pos:\s+(\d+)/.exec(descriptor)?.[1])];
    }
    return { takenBytes, peakRssBytes: memory.stop() };
  } finally {
    memory.stop();
    child.kill('SIGKILL');
    await once(child, 'close');
    await input.close();
  }
}

describe('age', () => {
  it('is for the holders of the keys, each of them', async () => {
    const [one, two, stranger] = [await ageKey(), await ageKey(), await ageKey()];
    const recipients = [one.recipient, two.recipient];
    const path = await encrypted({ method: 'age', recipients });
    expect((await readFile(path)).subarray(0, 30).toString()).toContain('age-encryption.org');
    for (const { identityFile } of [one, two]) {
      expect((await decrypt(path, { method: 'age', recipients }, { identityFile })).equals(data)).toBe(true);
    }
    const { failure } = await failureOf(
      decrypt(path, { method: 'age', recipients }, { identityFile: stranger.identityFile }),
    );
    expect(failure.program).toBe('age');
    expect(failure.stderrTail).toContain('no identity matched');
  });

  it('fails on a stream that is cut or changed', async () => {
    const { identityFile, recipient } = await ageKey();
    const method: Encryption = { method: 'age', recipients: [recipient] };
    const path = await encrypted({ method: 'age', recipients: [recipient] });
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 1));
    expect((await failureOf(decrypt(path, method, { identityFile }))).failure.program).toBe('age');
    whole.writeUInt8(whole.readUInt8(500_000) ^ 1, 500_000);
    await writeFile(path, whole);
    expect((await failureOf(decrypt(path, method, { identityFile }))).failure.program).toBe('age');
  });

  it('needs an identity', async () => {
    await expect(
      decrypt(plain, { method: 'age', recipients: [] }, { passphrase: 'x' }),
    ).rejects.toMatchObject({
      code: 'KEY_MISSING',
    });
  });
});

describe('gpg', () => {
  const method: Encryption = { method: 'gpg', cipher: 'AES256' };
  const passphrase = `a ' " \\ $HOME ü 🐬 passphrase`;

  it(
    'gives back what it was given, to whoever knows the passphrase',
    async () => {
      const path = await encrypted({ method: 'gpg', passphrase });
      expect((await decrypt(path, method, { passphrase })).equals(data)).toBe(true);
      const { failure } = await failureOf(decrypt(path, method, { passphrase: `${passphrase} ` }));
      expect(failure.program).toBe('gpg');
      expect(failure.stderrTail).toMatch(/bad key|Bad session key/i);
    },
    seconds,
  );

  it(
    'encrypts with AES-256, a slow key, and no compression of its own',
    async () => {
      const path = await encrypted({ method: 'gpg', passphrase });
      const packets = (
        await world.read([
          sh(`gpg --homedir '${world.path}' --no-autostart --list-packets --list-only '${path}' 2>&1`),
        ])
      ).toString();
      // 9 is AES256; 10 is SHA512.
      expect(packets).toMatch(/symkey enc packet: version 4, cipher 9,.*s2k 3, hash 10/);
      expect(packets).toContain('count 65011712');
      expect((await readFile(path)).length).toBeGreaterThan(data.length);
    },
    seconds,
  );

  it(
    'takes what gpg itself was told to encrypt, and the other way round',
    async () => {
      const path = join(world.path, 'by-hand');
      const home = `--homedir '${world.path}' --batch --no-autostart --pinentry-mode loopback --passphrase plain`;
      await world.read([
        sh(`gpg ${home} --s2k-count 65011712 --symmetric --cipher-algo AES256 -o '${path}' '${plain}'`),
      ]);
      expect((await decrypt(path, method, { passphrase: 'plain' })).equals(data)).toBe(true);
      const ours = await encrypted({ method: 'gpg', passphrase: 'plain' });
      expect((await world.read([sh(`gpg ${home} --decrypt '${ours}'`)])).equals(data)).toBe(true);
    },
    seconds,
  );

  it(
    'fails on a stream that is cut or changed',
    async () => {
      const path = await encrypted({ method: 'gpg', passphrase });
      const whole = await readFile(path);
      await writeFile(path, whole.subarray(0, whole.length - 1));
      expect((await failureOf(decrypt(path, method, { passphrase }))).failure.program).toBe('gpg');
      whole.writeUInt8(whole.readUInt8(500_000) ^ 1, 500_000);
      await writeFile(path, whole);
      expect((await failureOf(decrypt(path, method, { passphrase }))).failure.program).toBe('gpg');
    },
    seconds,
  );

  it(
    'leaves no agent running, and nothing outside its home',
    async () => {
      const home = join(world.path, 'user');
      const work = join(world.path, 'work');
      await world.read([sh(`mkdir -m 700 '${home}' '${work}'`)]);
      const before = process.env['HOME'];
      process.env['HOME'] = home;
      try {
        const [gpg] = await encryptor({ method: 'gpg', passphrase }, work);
        await world.read([of(plain), gpg ?? cat]);
      } finally {
        process.env['HOME'] = before;
      }
      await eventually(async () => (await world.living()).length === 0, 'no agent is left');
      expect(await readdir(home)).toEqual([]);
    },
    seconds,
  );

  it('shows the passphrase in no argument', async () => {
    const stages = [
      ...(await encryptor({ method: 'gpg', passphrase }, world.path)),
      ...(await decryptor(method, { identityFile: undefined, passphrase }, world.path)),
    ];
    expect(stages).toHaveLength(2);
    for (const stage of stages) {
      expect(stage.arguments.join(' ')).not.toContain(passphrase);
      expect(stage.secret).toBe(passphrase);
    }
  });

  it('needs a passphrase', async () => {
    await expect(decrypt(plain, method, { identityFile: plain })).rejects.toMatchObject({
      code: 'KEY_MISSING',
    });
  });
});

describe('no encryption', () => {
  it('is no stage', async () => {
    expect(await encryptor({ method: 'none' }, world.path)).toEqual([]);
    expect(
      await decryptor({ method: 'none' }, { identityFile: undefined, passphrase: undefined }, world.path),
    ).toEqual([]);
  });
});
