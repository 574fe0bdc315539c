import { planBackup, type BackupRequest, type Plan } from '../../src/chain/plan-backup.js';
import type { ServerFacts, ToolFacts } from '../../src/chain/server-facts.js';
import { serverFacts, tool, type StoredBackups } from './manifests.js';

/** What a test says of a run; everything else is as usual: auto, a full every day, UTC, 09:07. */
export interface Situation {
  server?: Partial<ServerFacts>;
  tool?: Partial<ToolFacts>;
  request?: Partial<BackupRequest>;
  now?: string;
}

export function planFor(stored: StoredBackups, situation: Situation = {}): Plan {
  return planBackup({
    graph: stored.graph(),
    server: serverFacts(situation.server),
    tool: { ...tool, ...situation.tool },
    request: { type: 'auto', fullEvery: 'day', timezone: 'UTC', ...situation.request },
    now: new Date(situation.now ?? '2026-11-22T09:07:00Z'),
  });
}

export function inOneLine({ type, reason }: Plan): string {
  return `${type}: ${reason}`;
}

export function baseOf(plan: Plan): string | undefined {
  return plan.type === 'incremental' ? plan.base.id : undefined;
}
