import type { Chain } from '../chain/chains.js';

/** A chain as people want to see it. */
export interface PrunedChain {
  /** The id of its full. */
  id: string;
  /** The id of its last backup. */
  lastId: string;
  backups: number;
  sizeBytes: number;
  /** Why it stays. */
  reason?: string;
}

/** What a prune did, or in a dry run would do. Chains are the newest first. */
export interface PruneResult {
  server: string;
  /** Such as `s3://my-backups/xbackup/db1`. */
  location: string;
  isDryRun: boolean;
  kept: readonly PrunedChain[];
  removed: readonly PrunedChain[];
  /** Objects of failed runs, without a manifest. */
  orphans: { count: number; sizeBytes: number };
  /** Backups whose manifests cannot be read: they stay. */
  unreadable: readonly string[];
  /** The bucket keeps the versions of what was removed. */
  isVersioned: boolean;
}

export function describeChain({ id, links, sizeBytes }: Chain, reason?: string): PrunedChain {
  const described = { id, lastId: links.at(-1)?.id ?? id, backups: links.length, sizeBytes };
  return reason === undefined ? described : { ...described, reason };
}

/** The bytes of all that went, or would go. */
export function removedBytes({ removed, orphans }: PruneResult): number {
  return removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, orphans.sizeBytes);
}
