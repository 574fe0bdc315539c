import type { Log } from '../log.js';
import { bytesThrough, type Meter } from '../pipeline/meter.js';
import { formatBytes, formatDuration, formatRate } from '../report/format.js';

const intervalMilliseconds = 10_000;

/** Logs about every ten seconds how far a stream has come through its meters, while `work` runs. */
export async function withProgress<T>(
  log: Log,
  what: string,
  meters: readonly Meter[],
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let last = { bytes: 0, at: started };
  const timer = setInterval(() => {
    const [bytes, at] = [bytesThrough(meters), performance.now()];
    const rate = formatRate(bytes - last.bytes, (at - last.at) / 1000);
    log.info(`${what}: ${formatBytes(bytes)} in ${formatDuration((at - started) / 1000)}, now ${rate}`);
    last = { bytes, at };
  }, intervalMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
