import type { Gap } from '../chain/freshness.js';
import { formatDuration } from './format.js';

/** `5 h 20 min since 2026-11-22/03, which is more than 180 min`. */
export function gapText({ sinceId, seconds, maxMinutes }: Gap): string {
  return `${formatDuration(seconds)} since ${sinceId}, which is more than ${maxMinutes} min`;
}
