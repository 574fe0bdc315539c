/** How a stream is cut for a multipart upload. */
export interface PartPlan {
  /** Of all parts but the last: some stores (Cloudflare R2) take no others. */
  partSizeBytes: number;
  /** How many parts are in memory at once: one that is read, the others under way. */
  partsInMemory: number;
  /** The most that one object can hold. */
  largestObjectBytes: number;
}

const mebibyte = 1024 * 1024;

/** AWS takes 10,000 parts of 5 MiB to 5 GiB each. */
export const maximumParts = 10_000;

const smallestPartBytes = 8 * mebibyte;
// Larger ones would take too much memory: a stream that needs them goes on in another object.
const largestPartBytes = 16 * mebibyte;
const memoryBytes = 48 * mebibyte;

/**
 * Chooses the part size for a stream of about `expectedSizeBytes`: whole MiB, from 8 to 16, so that no more than
 * nine tenths of the parts are needed; and as many parts as 48 MiB hold.
 * @param parts how many the store takes in one upload.
 */
export function planParts(expectedSizeBytes: number, parts = maximumParts): PartPlan {
  const neededBytes = Math.ceil(expectedSizeBytes / (parts * 0.9));
  const wholeMebibytes = Math.ceil(neededBytes / mebibyte) * mebibyte;
  const partSizeBytes = Math.min(largestPartBytes, Math.max(smallestPartBytes, wholeMebibytes));
  const partsInMemory = Math.floor(memoryBytes / partSizeBytes);
  return { partSizeBytes, partsInMemory, largestObjectBytes: partSizeBytes * parts };
}
