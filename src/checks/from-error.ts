import { messageOf, UserError, type ErrorCode } from '../errors.js';
import { bad, type Finding } from './finding.js';

/** A step that failed as a finding: an expected error tells by itself what mends it. */
export function findingOf(
  subject: string,
  error: unknown,
  otherwise: { code: ErrorCode; mend: string },
): Finding {
  if (error instanceof UserError) return bad(subject, error.code, error.message, error.hint);
  return bad(subject, otherwise.code, asSentence(messageOf(error)), otherwise.mend);
}

/** With a full stop, unless it has its own end. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
