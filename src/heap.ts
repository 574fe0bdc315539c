import { setFlagsFromString } from 'node:v8';

/** The newest version of Node with which it was measured. One without the flag would say so on stderr. */
const newestNode = 24;

/**
 * Keeps V8's space for new objects at its first size. It would grow to 50 MB in a long stream, and the larger it is, the
 * later the buffers of Node's HTTP client are freed, which costs 45 MB and some CPU time: a third of that of a restore
 * where what was downloaded is left to the garbage collector as well. (Node has no option for it that an action could
 * be started with.)
 */
export function keepHeapSmall(): void {
  const [major = ''] = process.versions.node.split('.');
  if (Number(major) <= newestNode) setFlagsFromString('--semi-space-growth-factor=1');
}
