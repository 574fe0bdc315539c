import { crc32 } from 'node:zlib';
import { headOf } from './stand-in/xbstream.js';

/** xbstreams, chunk by chunk, also such as no backup tool writes. */

/** Bytes of a file at an offset. `type` and `flags` may be those of another chunk that has a payload. */
export function payload(path: string, content: Buffer | string, offset = 0, type = 'P', flags = 0): Buffer {
  const bytes = Buffer.from(content);
  const rest = Buffer.alloc(20);
  rest.writeBigUInt64LE(BigInt(bytes.length), 0);
  rest.writeBigUInt64LE(BigInt(offset), 8);
  rest.writeUInt32LE(crc32(bytes), 16);
  return Buffer.concat([headOf({ type, flags, path, rest }), bytes]);
}

export function endOf(path: string): Buffer {
  return headOf({ type: 'E', flags: 0, path, rest: Buffer.alloc(0) });
}

export function file(path: string, content: Buffer | string): Buffer {
  return Buffer.concat([payload(path, content), endOf(path)]);
}

/** MariaDB: the file is removed. */
export function removal(path: string): Buffer {
  return headOf({ type: 'D', flags: 0, path, rest: Buffer.alloc(0) });
}

/** MariaDB: the file gets another name. */
export function renaming(path: string, newPath: string): Buffer {
  const name = Buffer.from(newPath);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(name.length);
  return headOf({ type: 'R', flags: 0, path, rest: Buffer.concat([length, name]) });
}

/** MariaDB: what comes next belongs at this offset. */
export function seek(path: string, offset: number): Buffer {
  const rest = Buffer.alloc(8);
  rest.writeBigUInt64LE(BigInt(offset));
  return headOf({ type: 'S', flags: 0, path, rest });
}

/** XtraBackup: bytes with holes between them, each given as what to skip and what then to write. */
export function sparse(
  path: string,
  content: string,
  holes: readonly [skip: number, length: number][],
): Buffer {
  const bytes = Buffer.from(content);
  const map = Buffer.alloc(holes.length * 8);
  for (const [index, [skip, length]] of holes.entries()) {
    map.writeUInt32LE(skip, index * 8);
    map.writeUInt32LE(length, index * 8 + 4);
  }
  const rest = Buffer.alloc(24);
  rest.writeUInt32LE(holes.length, 0);
  rest.writeBigUInt64LE(BigInt(bytes.length), 4);
  rest.writeUInt32LE(crc32(bytes, crc32(map)), 20);
  return Buffer.concat([headOf({ type: 'S', flags: 0, path, rest }), map, bytes]);
}

/** Names that lead out of a directory. */
export const escapingNames = [
  '../evil',
  'shop/../../evil',
  './../evil',
  '..',
  'shop/..',
  '/etc/evil',
  '//etc/evil',
  'shop/orders.ibd\0/../../evil',
] as const;
