/** How a stream is cut for a multipart upload. Memory is about `partSizeBytes * (queueSize + 2)`. */
export interface PartPlan {
  partSizeBytes: number;
  /** Parts under way at once. */
  queueSize: number;
}

const mebibyte = 1024 * 1024;

/** AWS takes 10,000 parts of 5 MiB to 5 GiB each. */
export const maximumParts = 10_000;

// A tenth of the parts is kept back for streams that grow longer than expected.
const plannedParts = 9000;
const smallestPartBytes = 8 * mebibyte;
const inFlightBytes = 64 * mebibyte;
const mostParallelParts = 4;

/**
 * Chooses the part size for a stream of about `expectedSizeBytes`: whole MiB, at least 8, so that no more than
 * 9,000 parts are needed; and as many parts at once (1 to 4) as 64 MiB hold. Above 560 GiB one part alone is
 * larger than that: the price of the 10,000 parts is memory.
 */
export function choosePartSize(expectedSizeBytes: number): PartPlan {
  const neededBytes = Math.ceil(expectedSizeBytes / plannedParts);
  const partSizeBytes = Math.max(smallestPartBytes, Math.ceil(neededBytes / mebibyte) * mebibyte);
  const queueSize = Math.min(mostParallelParts, Math.max(1, Math.floor(inFlightBytes / partSizeBytes)));
  return { partSizeBytes, queueSize };
}
