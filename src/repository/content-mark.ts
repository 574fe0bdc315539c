import { createHash } from 'node:crypto';

/**
 * User metadata with the SHA-256 of a small object, so that it can be told when it does not arrive as it was
 * written. (Not every store gives a checksum, and an ETag is the MD5 only without encryption by KMS.) It is no
 * protection against people: they can change both, or store something else without it.
 */
const name = 'xbackup-sha256';

export function contentMark(body: Uint8Array): Record<string, string> {
  return { [name]: sha256(body) };
}

/** Also true when there is nothing to compare with. */
export function isAsWritten(body: Uint8Array, metadata: Record<string, string> | undefined): boolean {
  const written = metadata?.[name];
  return written === undefined || written === sha256(body);
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
