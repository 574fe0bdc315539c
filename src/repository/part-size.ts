/** How a stream is cut for a multipart upload. Memory is about `partSizeBytes * (queueSize + 2)`. */
export interface PartPlan {
  partSizeBytes: number;
  /** Parts under way at once. */
  queueSize: number;
}

const mebibyte = 1024 * 1024;

/** AWS takes 10,000 parts of 5 MiB to 5 GiB each. */
export const maximumParts = 10_000;

const smallestPartBytes = 8 * mebibyte;
// Larger ones would take too much memory: a stream that needs them goes on in another object.
const largestPartBytes = 16 * mebibyte;
const inFlightBytes = 48 * mebibyte;
const mostParallelParts = 4;

/**
 * Chooses the part size for a stream of about `expectedSizeBytes`: whole MiB, from 8 to 16, so that no more than
 * nine tenths of the parts are needed; and as many parts at once (up to 4) as 48 MiB hold.
 * @param parts how many the store takes in one upload.
 */
export function choosePartSize(expectedSizeBytes: number, parts = maximumParts): PartPlan {
  const neededBytes = Math.ceil(expectedSizeBytes / (parts * 0.9));
  const wholeMebibytes = Math.ceil(neededBytes / mebibyte) * mebibyte;
  const partSizeBytes = Math.min(largestPartBytes, Math.max(smallestPartBytes, wholeMebibytes));
  const queueSize = Math.min(mostParallelParts, Math.floor(inFlightBytes / partSizeBytes));
  return { partSizeBytes, queueSize };
}

/** The most that one object can hold of a stream of about `expectedSizeBytes`. */
export function largestObjectBytes(expectedSizeBytes: number, parts = maximumParts): number {
  return choosePartSize(expectedSizeBytes, parts).partSizeBytes * parts;
}
