import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../errors.js';

/** The manifest format that this code writes, and the only one that it reads. */
export const schemaVersion = 1;

/** `2026-11-22/01`, `2026-11-22/01-30` or `2026-11-22/01-30-15`. */
export const backupIdPattern = /^\d{4}-\d{2}-\d{2}\/\d{2}(-\d{2}(-\d{2})?)?$/;

const backupId = z.string().regex(backupIdPattern);
// LSNs are 64-bit: a JSON number would lose digits above 2^53.
const lsnPattern = /^(0|[1-9]\d{0,19})$/;
const lsn = z.string().regex(lsnPattern);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.number().int().nonnegative();
/** S3's own bound, in bytes. */
const longestKey = 1024;

const encryption = z.discriminatedUnion('method', [
  z.object({ method: z.literal('none') }),
  z.object({ method: z.literal('age'), recipients: z.array(z.string()).min(1) }),
  z.object({ method: z.literal('gpg'), cipher: z.literal('AES256') }),
]);

const directory = z.string().min(1).optional();

/**
 * Where the server had what was not in its datadir; what is not named was there. `tablespaces` are the directories
 * of tables, and missing when they could not be found out.
 */
export const directoriesSchema = z.object({
  dataHome: directory,
  redo: directory,
  undo: directory,
  doublewrite: directory,
  binlog: directory,
  aria: directory,
  rocksdb: directory,
  tablespaces: z.array(z.string().min(1)).optional(),
});

const shape = z.object({
  schemaVersion: z.literal(schemaVersion),
  id: backupId,
  // The same characters as in the input `server`.
  server: z.string().regex(/^[A-Za-z0-9._=-]{1,200}$/),
  type: z.enum(['full', 'incremental']),
  parent: z.object({ id: backupId, manifestSha256: sha256 }).optional(),
  chain: backupId,
  lsn: z.object({ from: lsn, to: lsn, last: lsn }),
  objects: z
    .array(z.object({ key: z.string().min(1).max(longestKey), sizeBytes: bytes, sha256, etag: z.string() }))
    .min(1),
  compression: z.object({ method: z.literal('zstd'), level: z.number().int() }),
  encryption,
  streamBytes: bytes,
  tool: z.object({ name: z.enum(['xtrabackup', 'mariadb-backup']), version: z.string().min(1) }),
  mysql: z.object({
    version: z.string().min(1),
    flavor: z.enum(['mysql', 'mariadb', 'percona']),
    serverUuid: z.string().optional(),
    datadir: z.string(),
    datadirIdentity: z.string(),
    directories: directoriesSchema.optional(),
    binlogFile: z.string().optional(),
    binlogPosition: z.string().optional(),
    gtid: z.string().optional(),
  }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationSeconds: z.number().nonnegative(),
  run: z
    .object({
      repository: z.string(),
      workflow: z.string(),
      runId: z.string(),
      runAttempt: z.string(),
      actor: z.string(),
      url: z.string(),
    })
    .optional(),
});

const schema = shape
  .refine((m) => (m.type === 'incremental') === (m.parent !== undefined), {
    message: 'an incremental, and only an incremental, has a parent',
    path: ['parent'],
  })
  .refine((m) => m.type === 'incremental' || m.chain === m.id, {
    message: 'a full backup is the head of its own chain',
    path: ['chain'],
  })
  // It is asked also where one of them is no number, which is said already.
  .refine(
    ({ lsn: { from, to } }) =>
      [from, to].some((text) => !lsnPattern.test(text)) || BigInt(to) >= BigInt(from),
    {
      message: 'to is behind from',
      path: ['lsn'],
    },
  );

/** What one good backup is. It is written last: a backup without a manifest does not exist. */
export type Manifest = z.output<typeof schema>;
export type Encryption = Manifest['encryption'];
export type RunIdentity = NonNullable<Manifest['run']>;

/** The bytes stored of a backup. */
export function sizeOf(objects: Manifest['objects']): number {
  return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The manifest as it is stored: what its children's `parent.manifestSha256` is the hash of. */
export function serializeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The SHA-256 of a manifest's stored bytes, in hex. */
export function manifestSha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

const mostFieldsNamed = 20;

/**
 * Reads a manifest from stored text.
 * @throws UserError MANIFEST_INVALID that names every field that is wrong, or the unknown version.
 */
export function parseManifest(text: string, name: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, 'is not JSON', error);
  }
  const version = z.object({ schemaVersion: z.number() }).safeParse(value);
  if (version.success && version.data.schemaVersion !== schemaVersion) {
    throw new UserError(
      'MANIFEST_INVALID',
      `The manifest ${name} has schemaVersion ${version.data.schemaVersion}; this version reads ${schemaVersion}.`,
      'Use the version of xbackup that wrote it, or a newer one.',
    );
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const fields = issues
      .slice(0, mostFieldsNamed)
      .map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
    if (issues.length > mostFieldsNamed) fields.push(`and ${issues.length - mostFieldsNamed} more`);
    throw invalid(name, `is not valid (${fields.join('; ')})`, parsed.error);
  }
  return parsed.data;
}

function invalid(name: string, what: string, cause: unknown): UserError {
  return new UserError(
    'MANIFEST_INVALID',
    `The manifest ${name} ${what}.`,
    'It was edited or damaged in the bucket. Restore its earlier version if the bucket keeps versions; ' +
      'otherwise this backup, and those that build on it, cannot be used.',
    { cause },
  );
}
