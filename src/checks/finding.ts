import type { ErrorCode } from '../errors.js';

/** One line of a preflight: what was looked at, what was found, and what mends it. */
export interface Finding {
  /** What was looked at, in a few words: `Privilege BACKUP_ADMIN`, `Bucket`. */
  subject: string;
  /** `bad`: a backup or restore would fail. `warning`: it works, with a risk. `unknown`: it cannot be told here. */
  verdict: 'good' | 'warning' | 'bad' | 'unknown';
  /** What was found, as a sentence. Never a secret. */
  fact: string;
  /** The exact statement or command that mends it; every `bad` has one. */
  mend?: string;
  /** Under which a backup fails for it; every `bad` has one. */
  code?: ErrorCode;
}

export function good(subject: string, fact: string): Finding {
  return { subject, verdict: 'good', fact };
}

export function warning(subject: string, fact: string, mend?: string): Finding {
  return { subject, verdict: 'warning', fact, ...(mend === undefined ? {} : { mend }) };
}

export function unknown(subject: string, fact: string): Finding {
  return { subject, verdict: 'unknown', fact };
}

export function bad(subject: string, code: ErrorCode, fact: string, mend: string): Finding {
  return { subject, verdict: 'bad', fact, mend, code };
}
