import { posix } from 'node:path';
import type { ToolName } from './backup-tool.js';

/**
 * What an xbstream brings, read while it passes on its way to the extractor. Two things that the extractors do not
 * do are done with it: a name that leads out of the directory is refused before it arrives there (mbstream looks at
 * the names of files, but not at those of the chunks that remove and rename), and afterwards it is known which files
 * must be there (mbstream ends with 0 when it could not make one).
 *
 * A stream is a row of chunks: `XBSTCK01`, flags, type, path length, path; then what the type needs. Numbers are
 * little-endian. P: bytes of a file (length, offset, CRC-32, the bytes). E: the file's end. MariaDB has S: go to an
 * offset; D: remove a file; R: rename it. XtraBackup's S is another one: like P, with a map of holes.
 * (extra/mariabackup/xbstream_read.cc; storage/innobase/xtrabackup/src/xbstream_read.cc)
 */
export class StreamContents {
  readonly #files = new Map<string, number | undefined>();
  readonly #removed = new Set<string>();
  readonly #isMariadb: boolean;
  readonly #ended = new Set<string>();
  /** The beginning of a chunk's head. */
  #rest: Buffer = Buffer.alloc(0);
  #payloadLeft = 0;
  #isReadable = true;

  constructor(tool: ToolName) {
    this.#isMariadb = tool === 'mariadb-backup';
  }

  /** Paths relative to the directory, with the size in bytes where the stream tells it. Only when `isReadable`. */
  get files(): ReadonlyMap<string, number | undefined> {
    return this.#files;
  }

  /** What the stream takes away again. The threads of an extractor may make it only after they have removed it. */
  get removed(): readonly string[] {
    return [...this.#removed].filter((path) => !this.#files.has(path));
  }

  /** False after something that no extractor known here can read either: it is passed on without a look. */
  get isReadable(): boolean {
    return this.#isReadable;
  }

  /** The files that have no end: the stream was cut. */
  get cutFiles(): string[] {
    return [...this.#files.keys()].filter((path) => !this.#ended.has(path));
  }

  /** Passes the stream on as it is. @throws EscapingName before the extractor has seen it. */
  async *watch<T extends Uint8Array>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
    for await (const bytes of source) {
      if (this.#isReadable) this.#read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      yield bytes;
    }
  }

  #read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#isReadable) {
      const passing = Math.min(this.#payloadLeft, bytes.length - at);
      this.#payloadLeft -= passing;
      at += passing;
      if (at === bytes.length) return;
      const head = Buffer.concat([this.#rest, bytes.subarray(at, at + longestHead)]);
      const chunk = readHead(head, this.#isMariadb);
      if (chunk === 'cut') {
        this.#rest = head;
        return;
      }
      if (chunk === undefined) {
        this.#isReadable = false;
        return;
      }
      at += chunk.headBytes - this.#rest.length;
      this.#rest = Buffer.alloc(0);
      this.#payloadLeft = chunk.bodyBytes;
      this.#note(chunk);
    }
  }

  #note({ type, path: name, newPath: newName, endsAt }: Chunk): void {
    const path = requireInside(name);
    switch (type) {
      case 'E':
        // Without bytes before it, it is an empty file.
        if (!this.#files.has(path)) this.#files.set(path, 0);
        this.#ended.add(path);
        return;
      case 'D':
        this.#files.delete(path);
        this.#removed.add(path);
        return;
      case 'R': {
        const newPath = requireInside(newName ?? '');
        if (!this.#files.has(path)) return;
        this.#files.set(newPath, this.#files.get(path));
        this.#files.delete(path);
        this.#ended.add(newPath);
        return;
      }
      case 'P':
        // A second file of that name is not written by all extractors.
        if (this.#ended.has(path)) this.#files.set(path, undefined);
        else if (!this.#files.has(path)) this.#files.set(path, endsAt);
        else this.#grow(path, endsAt);
        return;
      case 'S':
        if (!this.#isMariadb) this.#files.set(path, undefined);
        return;
      default:
        // Of a type that may be skipped.
        return;
    }
  }

  #grow(path: string, endsAt: number): void {
    const sizeBytes = this.#files.get(path);
    if (sizeBytes !== undefined) this.#files.set(path, Math.max(sizeBytes, endsAt));
  }
}

/** A name in a stream that leads out of the directory: no backup tool writes one. */
export class EscapingName extends Error {
  override readonly name = 'EscapingName';

  constructor(readonly path: string) {
    super(`The stream names ${JSON.stringify(path)}, which is outside of its directory.`);
  }
}

function requireInside(name: string): string {
  const isInside = !posix.isAbsolute(name) && !name.split('/').includes('..') && !name.includes('\0');
  if (isInside) return posix.normalize(name);
  throw new EscapingName(name);
}

interface Chunk {
  type: string;
  path: string;
  newPath?: string;
  /** Up to where the payload fills the file. */
  endsAt: number;
  headBytes: number;
  /** What comes before the next chunk. */
  bodyBytes: number;
}

const magic = Buffer.from('XBSTCK01');
const mayBeSkipped = 1;
/** Of the extractors it is 511. */
const longestPath = 4096;
const longestHead = 14 + longestPath + 4 + longestPath + 24;

/** Undefined for what is no chunk that is known. */
function readHead(bytes: Buffer, isMariadb: boolean): Chunk | 'cut' | undefined {
  const begun = Math.min(bytes.length, magic.length);
  if (!bytes.subarray(0, begun).equals(magic.subarray(0, begun))) return undefined;
  if (bytes.length < 14) return 'cut';
  const flags = bytes.readUInt8(8);
  const type = String.fromCharCode(bytes.readUInt8(9));
  const pathLength = bytes.readUInt32LE(10);
  if (pathLength > longestPath) return undefined;
  const afterPath = 14 + pathLength;
  if (bytes.length < afterPath) return 'cut';
  const path = bytes.toString('utf8', 14, afterPath);
  const plain = { type, path, endsAt: 0, headBytes: afterPath, bodyBytes: 0 };
  if (type === 'E' || (isMariadb && type === 'D')) return plain;
  if (isMariadb && type === 'S') {
    return bytes.length < afterPath + 8 ? 'cut' : { ...plain, headBytes: afterPath + 8 };
  }
  if (isMariadb && type === 'R') return readRename(bytes, plain);
  if (type === 'S') return readPayload(bytes, plain, true);
  if (type === 'P' || (flags & mayBeSkipped) !== 0) return readPayload(bytes, plain, false);
  return undefined;
}

function readRename(bytes: Buffer, plain: Chunk): Chunk | 'cut' | undefined {
  const at = plain.headBytes;
  if (bytes.length < at + 4) return 'cut';
  const length = bytes.readUInt32LE(at);
  if (length > longestPath) return undefined;
  if (bytes.length < at + 4 + length) return 'cut';
  const headBytes = at + 4 + length;
  return { ...plain, newPath: bytes.toString('utf8', at + 4, headBytes), headBytes };
}

function readPayload(bytes: Buffer, plain: Chunk, hasMap: boolean): Chunk | 'cut' | undefined {
  const at = plain.headBytes + (hasMap ? 4 : 0);
  if (bytes.length < at + 20) return 'cut';
  const mapBytes = hasMap ? 8 * bytes.readUInt32LE(plain.headBytes) : 0;
  const payloadBytes = Number(bytes.readBigUInt64LE(at));
  const endsAt = Number(bytes.readBigUInt64LE(at + 8)) + payloadBytes;
  if (!Number.isSafeInteger(endsAt)) return undefined;
  return { ...plain, endsAt, headBytes: at + 20, bodyBytes: mapBytes + payloadBytes };
}
