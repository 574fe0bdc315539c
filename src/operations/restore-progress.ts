import { z } from 'zod';
import { outsidePlaceSchema } from '../mysql/outside.js';

/**
 * How far a restore has come, as the way back needs it: kept outside of the process, so that another one can go
 * that way when this one is killed.
 */
export const restoreProgressSchema = z.object({
  /**
   * What has begun: to stop the server; to set the old data aside; then the old data is aside and new data comes
   * in; on the way back the new data is taken away, and the old one comes back.
   */
  step: z.enum(['stopping', 'settingAside', 'replaced', 'takenAway']),
  /** As it was before. */
  datadir: z.object({
    path: z.string(),
    exists: z.boolean(),
    isEmpty: z.boolean(),
    owner: z.string(),
    mode: z.number(),
    device: z.number(),
  }),
  /** What of the server's data was outside of it. */
  outside: z.array(outsidePlaceSchema),
  method: z.enum(['move-back', 'copy-back']),
  wasRunning: z.boolean(),
  /** Names what is set aside. */
  label: z.string(),
});

export type RestoreProgress = z.output<typeof restoreProgressSchema>;
