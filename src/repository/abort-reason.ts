import { cancelled } from '../errors.js';

/** What to throw after an abort: its reason where that says something. */
export function abortReason(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name !== 'AbortError' ? reason : cancelled();
}
