import type { RunFigures } from './figures.js';

/** The row without a link in which xbackup is told to keep to half of the stream's rate. */
export const pacedName = 'paced-0.5';

/** What a backup through a link took. */
export interface LinkFigures extends RunFigures {
  /** What the link lets through, or what xbackup was told to keep to; absent where nothing bounds it. */
  boundMbPerSecond?: number;
  /** From the first byte of the object to its last, as the sink has seen it. */
  sentMbPerSecond: number;
  /** What the limit takes, or what so many bytes take on such a link. */
  leastSeconds: number;
  ratioToLeast: number;
}
