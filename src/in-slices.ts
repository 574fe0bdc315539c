import { setImmediate as nextTurn } from 'node:timers/promises';

const sliceBytes = 256 * 1024;

/**
 * Hands bytes to `work`, which takes processor time for each, a slice at a time, and gives everything else that waits a
 * turn in between. To hash a part of 8 MiB at once would keep the programs that write to us waiting for 6 ms.
 */
export async function inSlices(bytes: Uint8Array, work: (slice: Uint8Array) => void): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += sliceBytes) {
    if (offset > 0) await nextTurn();
    work(bytes.subarray(offset, offset + sliceBytes));
  }
}
