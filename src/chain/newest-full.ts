import type { Graph } from './links.js';
import type { Manifest } from './manifest.js';

/** The full backup that began last, of those that can be read; undefined when there is none. */
export function newestFull(graph: Graph): Manifest | undefined {
  return [...graph.links.values()]
    .flatMap(({ manifest }) => (manifest?.type === 'full' ? manifest : []))
    .reduce<Manifest | undefined>(
      (newest, full) => (newest === undefined || full.startedAt > newest.startedAt ? full : newest),
      undefined,
    );
}
