import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { backupIdPattern, manifestSha256, serializeManifest, type Manifest } from './manifest.js';
import { periodOf } from './period.js';
import { firstOfPeriod, type Base, type BackupRequest, type FoundBase } from './plan-backup.js';
import {
  standingOf,
  whyOtherServer,
  whyOtherTool,
  type ServerFacts,
  type ToolFacts,
} from './server-facts.js';

/**
 * The last good backup, remembered outside of the bucket for a run that may not read it. What is remembered is a line of
 * text so short that it can be a name, and it is never believed: an incremental says which manifest and which LSN it
 * builds on, and a restore compares both with what the bucket has. The worst that a forger can do with it are links that
 * are refused.
 */
export interface RememberedHead extends Base {
  /** When its full began, ISO: that says of which period the chain is. */
  readonly chainStartedAt: string;
}

/** @param chainStartedAt when its full began, ISO. */
export function headOf(manifest: Manifest, chainStartedAt: string): RememberedHead {
  return {
    id: manifest.id,
    manifestSha256: manifestSha256(serializeManifest(manifest)),
    chainStartedAt,
    manifest,
  };
}

const id = z.string().regex(backupIdPattern);
const time = z.iso.datetime();
const lsn = z.string().regex(/^(0|[1-9]\d{0,19})$/);
const text = z.string();
const optional = text.nullable().transform((value) => value ?? undefined);

/** By their places and not by names: it must be short. */
const fields = z.tuple([
  z.literal(1), // the version of this form
  id,
  z.base64url().length(43), // manifestSha256
  id, // of the full
  time, // chainStartedAt
  time, // finishedAt
  z.number().nonnegative(), // durationSeconds
  lsn, // to
  lsn, // last
  z.enum(['xtrabackup', 'mariadb-backup']),
  text, // the tool's version
  z.enum(['mysql', 'mariadb', 'percona']),
  text, // the server's version
  optional, // serverUuid
  text, // datadirIdentity
  optional, // binlogFile
  optional, // binlogPosition
  optional, // gtid
]);

/**
 * The head as letters, digits, `_` and `-`. GTIDs that make it too long are left out: then the binary log and the LSN
 * have to show that the server's history goes on from it.
 * @returns undefined when it does not fit even so.
 */
export function encodeHead(head: RememberedHead, longest: number): string | undefined {
  const { manifest, manifestSha256, chainStartedAt } = head;
  const { mysql, tool, lsn } = manifest;
  const values: z.input<typeof fields> = [
    1,
    head.id,
    Buffer.from(manifestSha256, 'hex').toString('base64url'),
    manifest.chain,
    chainStartedAt,
    manifest.finishedAt,
    manifest.durationSeconds,
    lsn.to,
    lsn.last,
    tool.name,
    tool.version,
    mysql.flavor,
    mysql.version,
    mysql.serverUuid ?? null,
    mysql.datadirIdentity,
    mysql.binlogFile ?? null,
    mysql.binlogPosition ?? null,
    mysql.gtid ?? null,
  ];
  const all = pack(values);
  if (all.length <= longest) return all;
  const short = pack([...values.slice(0, -1), null]);
  return short.length <= longest ? short : undefined;
}

/** Undefined when the text is not such a head. */
export function decodeHead(text: string): RememberedHead | undefined {
  let value: unknown;
  try {
    value = JSON.parse(
      inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: 65_536 }).toString(),
    );
  } catch {
    return undefined;
  }
  const parsed = fields.safeParse(value);
  if (!parsed.success) return undefined;
  const [
    ,
    id,
    sha256,
    chain,
    chainStartedAt,
    finishedAt,
    durationSeconds,
    to,
    last,
    name,
    toolVersion,
    ...server
  ] = parsed.data;
  const [flavor, version, serverUuid, datadirIdentity, binlogFile, binlogPosition, gtid] = server;
  return {
    id,
    manifestSha256: Buffer.from(sha256, 'base64url').toString('hex'),
    chainStartedAt,
    manifest: {
      id,
      chain,
      finishedAt,
      durationSeconds,
      lsn: { to, last },
      tool: { name, version: toolVersion },
      mysql: {
        flavor,
        version,
        datadirIdentity,
        ...(serverUuid !== undefined && { serverUuid }),
        ...(binlogFile !== undefined && { binlogFile }),
        ...(binlogPosition !== undefined && { binlogPosition }),
        ...(gtid !== undefined && { gtid }),
      },
    },
  };
}

function pack(values: unknown): string {
  return deflateRawSync(JSON.stringify(values), { level: 9 }).toString('base64url');
}

export interface RememberedInput {
  head: RememberedHead | undefined;
  server: ServerFacts;
  tool: ToolFacts;
  request: BackupRequest;
  now: Date;
}

/**
 * More than a day, for daily backups. What is older may have been followed by others that nobody remembers, and pruned
 * since.
 */
const longestHours = 36;

/** Whether one can build on what is remembered: asked of the server as of a base from the bucket. */
export function findRememberedBase({ head, server, tool, request, now }: RememberedInput): FoundBase {
  if (head === undefined) {
    return { whyNone: 'the bucket may not be read, and nothing is remembered of an earlier backup' };
  }
  const { timezone, fullEvery } = request;
  const isOfPeriod =
    periodOf(new Date(head.chainStartedAt), timezone, fullEvery) === periodOf(now, timezone, fullEvery);
  if (!isOfPeriod) return { whyNone: firstOfPeriod({ request, now }) };
  if (now.getTime() - Date.parse(head.manifest.finishedAt) > longestHours * 3_600_000) {
    return { whyNone: `what is remembered, ${head.id}, is more than ${longestHours} hours old` };
  }
  const standing = standingOf(head.manifest, server);
  const whyNone =
    whyOtherServer(head.manifest, server) ??
    (standing.is === 'contained' ? undefined : standing.reason) ??
    whyOtherTool(head.manifest, tool);
  return whyNone === undefined ? { base: head } : { whyNone };
}
