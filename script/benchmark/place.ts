import { writeFileSync } from 'node:fs';
import { ThrowawayPlace } from '../throwaway-place.js';

const mebibyte = 1024 * 1024;

/** The directory that holds all that the benchmark makes. */
export class BenchPlace extends ThrowawayPlace {
  constructor() {
    super('bench');
  }

  /**
   * The data, a backup of it and its archive, or two restored copies, and where the S3 server is on disk its objects.
   * @throws Error when the filesystem has too little space.
   */
  requireSpace(sizeMib: number): Promise<void> {
    return this.requireSpaceOf((sizeMib * 6 + 1024) * mebibyte);
  }

  /** A file that only this user can read, for what must not be in a command line. */
  writePrivate(name: string, text: string): string {
    const path = this.path(name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }
}
