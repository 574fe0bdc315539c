/**
 * A signal that is aborted when the process is told to stop. The process does not end by itself then: the
 * operation ends its children, aborts its upload and removes its files first. (A runner that cancels sends
 * SIGINT, SIGTERM after 7.5 s, and kills after 2.5 s more.)
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort);
  // Whoever read our output may go before us (a dropped ssh): that must not end us in the middle.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return controller.signal;
}

/**
 * For when all is done: what still keeps a cancelled process alive (a socket, a timer of a library) does not keep it
 * until the runner kills it.
 */
export function endIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) setTimeout(() => process.exit(), 2000).unref();
}
