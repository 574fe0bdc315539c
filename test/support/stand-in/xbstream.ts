import { crc32 } from 'node:zlib';

/**
 * The xbstream format, as far as it is needed to look into a stream and to put files into one. A stream is a row
 * of chunks: `XBSTCK01`, flags, type, path length, path; then, for a payload, its length, its offset in the
 * file, its CRC-32 and the bytes. Numbers are little-endian. (storage/innobase/xtrabackup/src/xbstream_write.cc)
 */
export interface Chunk {
  /**
   * P: bytes of a file; E: its end. MariaDB has also S: go to an offset; D: remove a file; R: rename it. (The S of
   * XtraBackup, which it writes for pages with holes, is another one, and is not read here.)
   */
  type: string;
  flags: number;
  path: string;
  /** What stands between path and payload. */
  rest: Buffer;
  payloadBytes: number;
  /** Must be read before the next chunk. */
  payload: () => AsyncGenerator<Buffer, void>;
}

const magic = Buffer.from('XBSTCK01');

/** @throws Error when it is no whole xbstream. */
export async function* readChunks(source: AsyncIterable<Buffer>): AsyncGenerator<Chunk, void> {
  const bytes = new ByteReader(source);
  while (await bytes.hasMore()) {
    const head = await bytes.exactly(magic.length + 6);
    if (!head.subarray(0, magic.length).equals(magic)) throw new Error('This is not an xbstream.');
    const flags = head.readUInt8(8);
    const type = String.fromCharCode(head.readUInt8(9));
    const path = (await bytes.exactly(head.readUInt32LE(10))).toString();
    const rest = await readRest(type, bytes);
    const payloadBytes = type === 'P' ? Number(rest.readBigUInt64LE(0)) : 0;
    yield { type, flags, path, rest, payloadBytes, payload: () => bytes.upTo(payloadBytes) };
  }
}

async function readRest(type: string, bytes: ByteReader): Promise<Buffer> {
  switch (type) {
    case 'P':
      return bytes.exactly(20);
    case 'S':
      return bytes.exactly(8);
    case 'R': {
      const length = await bytes.exactly(4);
      return Buffer.concat([length, await bytes.exactly(length.readUInt32LE(0))]);
    }
    case 'E':
    case 'D':
      return Buffer.alloc(0);
    default:
      throw new Error(`Chunks of type ${type} are not known.`);
  }
}

/** A chunk without its payload. */
export function headOf({ type, flags, path, rest }: Omit<Chunk, 'payload' | 'payloadBytes'>): Buffer {
  const name = Buffer.from(path);
  const head = Buffer.alloc(magic.length + 6);
  magic.copy(head);
  head.writeUInt8(flags, 8);
  head.write(type, 9, 'latin1');
  head.writeUInt32LE(name.length, 10);
  return Buffer.concat([head, name, rest]);
}

/** A small file, whole. */
export function fileEntry(path: string, text: string): Buffer {
  const content = Buffer.from(text);
  const rest = Buffer.alloc(20);
  rest.writeBigUInt64LE(BigInt(content.length), 0);
  rest.writeUInt32LE(crc32(content), 16);
  const chunk = { flags: 0, path };
  return Buffer.concat([
    headOf({ ...chunk, type: 'P', rest }),
    content,
    headOf({ ...chunk, type: 'E', rest: Buffer.alloc(0) }),
  ]);
}

/** The files of a stream, in the order in which they end. */
export async function filesOf(source: AsyncIterable<Buffer>): Promise<string[]> {
  const files: string[] = [];
  for await (const chunk of readChunks(source)) {
    const payload = chunk.payload();
    while ((await payload.next()).done !== true) continue;
    if (chunk.type === 'E') files.push(chunk.path);
  }
  return files;
}

/** Cuts a source into pieces of the lengths that are asked for, and holds no more than one part of it. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async hasMore(): Promise<boolean> {
    while (this.#held.length === 0) {
      const read = await this.#source.next();
      if (read.done === true) return false;
      this.#held = read.value;
    }
    return true;
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.upTo(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *upTo(length: number): AsyncGenerator<Buffer, void> {
    for (let missing = length; missing > 0;) {
      if (!(await this.hasMore())) throw new Error('The stream ends within a chunk.');
      const part = this.#held.subarray(0, missing);
      this.#held = this.#held.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }
}
