import { UserError } from '../../src/errors.js';
import { nextBackupId, splitBackupId } from '../../src/chain/backup-id.js';
import { manifestKey, objectKey, takenIds } from '../../src/chain/layout.js';
import { buildGraph, isSound, type Graph } from '../../src/chain/links.js';
import { firstDateOfPeriod, type Period } from '../../src/chain/period.js';
import { planBackup, type BackupRequest, type Plan } from '../../src/chain/plan-backup.js';
import { planRestore } from '../../src/chain/plan-restore.js';
import type { ServerFacts } from '../../src/chain/server-facts.js';
import { prefix, serverFacts, serverName, serverUuid, StoredBackups, tool } from './manifests.js';

/**
 * A server with its history, a clock and a bucket, to which things happen. It knows the truth: every write that
 * a backup holds. Each plan is checked against it.
 */

export type Happening =
  | { what: 'write'; bytes: number }
  | {
      what: 'backup';
      type: BackupRequest['type'];
      end: BackupEnd;
      bytesDuring: number;
      checkpointAge: number;
    }
  | { what: 'wait'; minutes: number }
  | { what: 'clock goes back'; minutes: number }
  | { what: 'restore'; which: number }
  | { what: 'old datadir is put back' }
  | { what: 'file system goes back'; which: number }
  | { what: 'manifest is deleted' | 'manifest is damaged' | 'object is deleted'; which: number }
  | { what: 'settings change'; timezone: string; fullEvery: Period };

export type BackupEnd = 'good' | 'fails' | 'fails and leaves its object';

/** What the server shows of its history beside the LSN. */
export type Marks = 'GTIDs' | 'binary logs' | 'none';

/** A datadir at one time. `writes` are unique tokens: whose last is the same have the same history. */
interface Datadir {
  identity: string;
  lsn: number;
  checkpoint: number;
  writes: readonly number[];
  binaryLogs: readonly { name: string; sizeBytes: number }[];
}

export class BackupWorld {
  readonly plans: Plan[] = [];
  /** The last good backup. */
  lastId: string | undefined;
  private readonly stored = new StoredBackups();
  /** What each good backup truly holds. */
  private readonly truth = new Map<string, Datadir>();
  private datadir: Datadir;
  private oldDatadirs: Datadir[] = [];
  /** Earlier states of this datadir, to go back to. */
  private states: Datadir[] = [];
  private filesWentBack = false;
  private token = 0;
  private nowMs: number;
  private settings: { timezone: string; fullEvery: Period };

  constructor(
    private readonly marks: Marks,
    start: string,
    settings: { timezone: string; fullEvery: Period },
    /** Whether the clock is right all the time. */
    private readonly clockIsSane: boolean,
  ) {
    this.nowMs = Date.parse(start);
    this.settings = settings;
    this.datadir = {
      identity: 'datadir 0',
      lsn: 100,
      checkpoint: 100,
      writes: [],
      binaryLogs: [{ name: 'b.1', sizeBytes: 4 }],
    };
  }

  happens(happening: Happening): void {
    switch (happening.what) {
      case 'write':
        return this.write(happening.bytes);
      case 'backup':
        return this.backup(happening);
      case 'wait':
        this.nowMs += happening.minutes * 60_000;
        return;
      case 'clock goes back':
        this.nowMs -= happening.minutes * 60_000;
        return;
      case 'restore':
        return this.restore(happening.which);
      case 'old datadir is put back':
        return this.putBack();
      case 'file system goes back':
        return this.goBack(happening.which);
      case 'settings change':
        this.settings = { timezone: happening.timezone, fullEvery: happening.fullEvery };
        return;
      default:
        return this.damage(happening);
    }
  }

  /** Every restore that could be asked for gives exactly what it should, or an error. Returns how many can. */
  checkRestores(): number {
    const graph = this.stored.graph();
    const ids = [...graph.links.keys()];
    const days = [...new Set(ids.map((id) => splitBackupId(id).date))];
    const asked = [...ids.map(splitBackupId), ...days.map((date) => ({ date })), { date: 'latest' }];
    return asked.filter((request) => this.checkRestore(graph, request)).length;
  }

  private checkRestore(graph: Graph, { date, hour }: { date: string; hour?: string }): boolean {
    let chain;
    try {
      chain = planRestore({ date, hour, graph });
    } catch (error) {
      if (error instanceof UserError && ['CHAIN_BROKEN', 'RESTORE_POINT_MISSING'].includes(error.code)) {
        return false;
      }
      throw error;
    }
    claim(chain[0]?.manifest.type === 'full', 'a restore begins with a full');
    if (hour !== undefined) claim(chain.at(-1)?.id === `${date}/${hour}`, 'a restore ends where it should');
    let before: Datadir | undefined;
    let reachedLsn = '0';
    for (const { id, manifest } of chain) {
      const holds = this.truth.get(id);
      claim(holds !== undefined, `${id} is good`);
      claim(manifest.lsn.from === reachedLsn, `${id} begins where its parent ends`);
      claim(before === undefined || goesOnFrom(holds, before), `${id} is of the history of its parent`);
      const object = manifest.objects[0];
      claim(this.stored.objects.get(object?.key ?? '') === object?.sizeBytes, `${id} has its object`);
      before = holds;
      reachedLsn = manifest.lsn.to;
    }
    return true;
  }

  private write(bytes: number): void {
    const lsn = Math.min(this.datadir.lsn + bytes, this.highestLsn());
    if (lsn <= this.datadir.lsn) return;
    this.states.push(this.datadir);
    this.token += 1;
    const current = this.datadir.binaryLogs.at(-1);
    this.datadir = {
      ...this.datadir,
      lsn,
      writes: [...this.datadir.writes, this.token],
      binaryLogs: [
        ...this.datadir.binaryLogs.slice(0, -1),
        { name: current?.name ?? 'b.1', sizeBytes: (current?.sizeBytes ?? 4) + bytes },
      ],
    };
  }

  /**
   * The known limit of the planner: a file system that went back is no longer seen when the server has written
   * past the marks of the last lost backup before a run made a later full. So it does not get that far here.
   * When the clock cannot be trusted either, it never gets past any of them.
   */
  private highestLsn(): number {
    const lost = [...this.truth].filter(
      ([id, holds]) =>
        holds.identity === this.datadir.identity && !goesOnFrom(this.datadir, holds) && this.isReadable(id),
    );
    if (lost.length === 0) return Infinity;
    if (!this.clockIsSane) return Math.min(...lost.map(([, holds]) => holds.lsn)) - 1;
    const lastLostMs = Math.max(...lost.map(([id]) => this.startedMs(id)));
    const lastLostLsn = lost.find(([id]) => this.startedMs(id) === lastLostMs)?.[1].lsn ?? 0;
    const seen = [...this.truth].some(
      ([id, holds]) =>
        holds.identity === this.datadir.identity &&
        goesOnFrom(this.datadir, holds) &&
        this.isReadable(id) &&
        this.stored.manifest(id).type === 'full' &&
        this.startedMs(id) > lastLostMs,
    );
    return seen ? Infinity : lastLostLsn - 1;
  }

  private isReadable(id: string): boolean {
    return this.stored.texts.get(id)?.startsWith('{') ?? false;
  }

  private startedMs(id: string): number {
    return Date.parse(this.stored.manifest(id).startedAt);
  }

  private backup(run: Extract<Happening, { what: 'backup' }>): void {
    const plan = this.plan(run.type);
    if (plan === undefined) return;
    const keys = [...this.stored.texts.keys()].map((id) => manifestKey(prefix, serverName, id));
    const taken = takenIds(prefix, serverName, [...keys, ...this.stored.objects.keys()]);
    const startedAt = new Date(this.nowMs);
    let id: string;
    try {
      id = nextBackupId(startedAt, this.settings.timezone, taken);
    } catch (error) {
      if (error instanceof UserError && error.code === 'BACKUP_EXISTS') return;
      throw error;
    }
    claim(!taken.has(id), `${id} is new`);
    this.write(run.bytesDuring);
    if (run.end === 'fails') return;
    if (run.end === 'fails and leaves its object') {
      this.stored.objects.set(objectKey(prefix, serverName, id, 'none'), 50);
      return;
    }
    this.store(id, plan, startedAt, run.checkpointAge);
  }

  private plan(type: BackupRequest['type']): Plan | undefined {
    const { timezone, fullEvery } = this.settings;
    const now = new Date(this.nowMs);
    const first = firstDateOfPeriod(now, timezone, fullEvery);
    const catalog = this.stored.catalog();
    const entries = catalog.entries.filter(({ id }) => id >= first);
    let plan: Plan;
    try {
      plan = planBackup({
        graph: buildGraph({ ...catalog, entries }),
        server: this.facts(),
        tool,
        request: { type, timezone, fullEvery },
        now,
      });
    } catch (error) {
      if (type === 'incremental' && error instanceof UserError && error.code === 'BASE_UNUSABLE') return;
      throw error;
    }
    if (plan.type === 'incremental') {
      const holds = this.truth.get(plan.base.id);
      claim(
        holds !== undefined && goesOnFrom(this.datadir, holds),
        `${plan.base.id} is of the server's history`,
      );
      claim(holds.checkpoint === Number(plan.base.manifest.lsn.to), 'the base ends at its checkpoint');
    }
    this.plans.push(plan);
    return plan;
  }

  private store(id: string, plan: Plan, startedAt: Date, checkpointAge: number): void {
    const { lsn } = this.datadir;
    const checkpoint = Math.max(this.datadir.checkpoint, lsn - checkpointAge);
    this.datadir = { ...this.datadir, checkpoint };
    const file = this.datadir.binaryLogs.at(-1);
    const sketch = {
      to: String(checkpoint),
      last: String(lsn),
      startedAt: startedAt.toISOString(),
      mysql: {
        datadirIdentity: this.datadir.identity,
        ...(this.marks === 'GTIDs' && { gtid: this.gtids() }),
        ...(this.marks === 'binary logs' &&
          file !== undefined && { binlogFile: file.name, binlogPosition: String(file.sizeBytes) }),
      },
    };
    if (plan.type === 'full') this.stored.full(id, sketch);
    else this.stored.incremental(id, plan.base.id, sketch);
    this.truth.set(id, this.datadir);
    this.lastId = id;
    const link = this.stored.graph().links.get(id);
    claim(link !== undefined && isSound(link), `${id} follows: ${link?.problem?.text ?? ''}`);
    this.nowMs += 60_000;
  }

  private gtids(): string {
    const { writes } = this.datadir;
    return writes.length === 0 ? '' : `${serverUuid}:1-${writes.length}`;
  }

  private facts(): ServerFacts {
    return serverFacts({
      lsn: String(this.datadir.lsn),
      datadirIdentity: this.datadir.identity,
      ...(this.marks === 'GTIDs' && { gtidState: this.gtids() }),
      ...(this.marks === 'binary logs' && { binaryLogs: this.datadir.binaryLogs }),
    });
  }

  /** A backup is restored: other files, the state of the backup. */
  private restore(which: number): void {
    const holds = pick([...this.truth.values()], which);
    if (holds === undefined) return;
    this.oldDatadirs.push(this.datadir);
    this.token += 1;
    this.datadir = { ...holds, identity: `datadir ${this.token}` };
    this.states = [];
    this.filesWentBack = false;
  }

  private putBack(): void {
    const old = this.oldDatadirs.pop();
    if (old === undefined) return;
    this.datadir = old;
    this.states = [];
  }

  /** The same files, as they were at an earlier time; the server was started again. */
  private goBack(which: number): void {
    const state = pick(this.states, which);
    if (state === undefined) return;
    this.filesWentBack = true;
    this.states = this.states.slice(0, this.states.indexOf(state));
    const next = { name: `b.${state.binaryLogs.length + 1}`, sizeBytes: 4 };
    this.datadir = { ...state, binaryLogs: [...state.binaryLogs, next] };
  }

  private damage({ what, which }: { what: string; which: number }): void {
    if (what === 'object is deleted') {
      const key = pick([...this.stored.objects.keys()], which);
      if (key !== undefined) this.stored.objects.delete(key);
      return;
    }
    // The same known limit: without the manifests of the lost backups nothing shows that files went back.
    const id = this.filesWentBack ? undefined : pick([...this.stored.texts.keys()], which);
    if (id === undefined) return;
    if (what === 'manifest is deleted') this.stored.texts.delete(id);
    else this.stored.texts.set(id, 'damaged');
  }
}

/** Whether `later` has all that `earlier` has, in the same files. */
function goesOnFrom(later: Datadir, earlier: Datadir): boolean {
  const count = earlier.writes.length;
  return (
    later.identity === earlier.identity &&
    later.lsn >= earlier.lsn &&
    later.writes[count - 1] === earlier.writes[count - 1]
  );
}

function pick<T>(of: readonly T[], which: number): T | undefined {
  return of.length === 0 ? undefined : of[which % of.length];
}

function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`does not hold: ${what}`);
}
