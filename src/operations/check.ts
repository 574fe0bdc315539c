import { buildGraph } from '../chain/links.js';
import { newestFull } from '../chain/newest-full.js';
import { unknown, type Finding } from '../checks/finding.js';
import { asSentence, findingOf } from '../checks/from-error.js';
import { checkHost } from '../checks/host-checks.js';
import { readSystemFamily, type SystemFamily } from '../checks/packages.js';
import { checkPrivileges } from '../checks/privilege-checks.js';
import { checkRestore } from '../checks/restore-checks.js';
import { readSelf } from '../checks/self.js';
import { checkServer } from '../checks/server-checks.js';
import { checkStore } from '../checks/store-checks.js';
import { checkPrograms, checkTool } from '../checks/tool-checks.js';
import { messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { connect, resolveAccount, type ConnectionInputs, type Session } from '../mysql/connection.js';
import { surveyDatadir, type DatadirSurvey } from '../mysql/datadir-survey.js';
import { readGrants } from '../mysql/grants.js';
import { identifyServer, type ServerIdentity } from '../mysql/server.js';
import { listDays, loadDays, type ServerPlace } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';
import type { StoreFacts } from '../repository/store-facts.js';
import type { BackupTool } from '../tools/backup-tool.js';
import { lineFor } from '../tools/lines.js';
import { checkResult, type CheckGroup, type CheckResult } from './check-result.js';
import { programsFor, type ProgramInputs } from './ready.js';
import { canKeepRedoLog } from './redo-watch.js';

export interface CheckInputs extends ConnectionInputs, ProgramInputs {
  s3Prefix: string;
  server: string;
  fullEvery: 'day' | 'week' | 'month';
  sse: string | undefined;
  targetDir: string;
  objectLockDays: number | undefined;
  stopCommand: string | undefined;
  startCommand: string | undefined;
  forRestore: boolean;
}

export interface CheckContext {
  repository: Repository;
  /** Tries what the store can do. */
  inspectStore: (place: ServerPlace) => Promise<StoreFacts>;
  log: Log;
  signal: AbortSignal;
  /** Where backups put their scratch. */
  temporaryDir: string;
}

/** How long the server's writes are watched. */
const sampleSeconds = 3;

/**
 * Looks at everything that a backup and a restore need on this host, and changes nothing but one small object in the
 * bucket that comes and goes. What cannot be looked at does not keep the rest from being looked at.
 * @throws only after an abort.
 */
export async function check(inputs: CheckInputs, context: CheckContext): Promise<CheckResult> {
  const family = await readSystemFamily();
  const store = await group('Bucket', context, () => lookAtStore(inputs, context));
  const lastBackupSeconds = store.findings.some(({ verdict }) => verdict === 'bad')
    ? undefined
    : await lastFullSeconds(inputs, context);
  const programs = await group('Programs', context, () => checkPrograms(programsFor(inputs), family));
  const onHost = await lookAtServer(inputs, context, { family, lastBackupSeconds, programs });
  return checkResult(inputs.server, [...onHost, store]);
}

async function lookAtStore(inputs: CheckInputs, { inspectStore }: CheckContext): Promise<Finding[]> {
  const { s3Prefix, server, fullEvery, encryptRecipients, encryptPassphrase, sse } = inputs;
  const { forRestore, objectLockDays } = inputs;
  const facts = await inspectStore({ prefix: s3Prefix, server });
  const isEncrypted = [encryptRecipients, encryptPassphrase, sse].some((input) => input !== undefined);
  return checkStore(facts, { fullEvery, isEncrypted, forRestore, objectLockDays });
}

/** How long the last full took; undefined when there is none, or it cannot be told. */
async function lastFullSeconds(
  { s3Prefix, server }: CheckInputs,
  { repository }: CheckContext,
): Promise<number | undefined> {
  const place = { prefix: s3Prefix, server };
  try {
    const days = (await listDays(repository, place)).slice(-1);
    const catalog = await loadDays(repository, place, days);
    return newestFull(buildGraph({ ...place, ...catalog }))?.durationSeconds;
  } catch {
    return undefined;
  }
}

interface Known {
  family: SystemFamily;
  lastBackupSeconds: number | undefined;
  programs: CheckGroup;
}

/** All that only a server that answers can tell. */
async function lookAtServer(inputs: CheckInputs, context: CheckContext, known: Known): Promise<CheckGroup[]> {
  const opened = await open(inputs, context);
  if (!('session' in opened)) {
    const rest = ['Backup tool', 'Privileges', 'This host', 'Restore'];
    const notAsked = rest.map((subject) => unknown(subject, 'What is needed only the server can tell.'));
    return [{ title: 'Server', findings: [...opened.findings, ...notAsked] }, known.programs];
  }
  try {
    return await askServer(inputs, context, known, opened);
  } finally {
    await opened.session.close();
  }
}

interface Opened {
  session: Session;
  server: ServerIdentity;
}

async function open(inputs: CheckInputs, context: CheckContext): Promise<Opened | CheckGroup> {
  let opened: Opened | undefined;
  const failed = await group('Server', context, async () => {
    const session = await connect(await resolveAccount(inputs), context.signal);
    try {
      opened = { session, server: await identifyServer(session) };
    } catch (error) {
      await session.close();
      throw error;
    }
    return [];
  });
  return opened ?? failed;
}

async function askServer(
  inputs: CheckInputs,
  context: CheckContext,
  { family, lastBackupSeconds, programs }: Known,
  { session, server }: Opened,
): Promise<CheckGroup[]> {
  const self = await readSelf();
  const survey = await surveyDatadir(server.datadir);
  const { dataBytes } = survey;
  const { finding, tool } = await checkTool(inputs, server, family);
  return [
    await group('Server', context, () =>
      checkServer({
        ...{ session, server, user: self.user, dataBytes, lastBackupSeconds, sampleSeconds },
        mayRegisterRedoConsumer: tool !== undefined && canKeepRedoLog(tool, server.version),
      }),
    ),
    { title: programs.title, findings: [finding, ...programs.findings] },
    await group('Privileges', context, () => lookAtPrivileges(session, server, tool)),
    await group('This host', context, () => lookAtHost({ session, server, survey, self, tool }, context)),
    await group('Restore', context, () =>
      checkRestore({ ...inputs, datadir: server.datadir, dataBytes, owner: undefined }),
    ),
  ];
}

async function lookAtPrivileges(
  session: Session,
  server: ServerIdentity,
  tool: BackupTool | undefined,
): Promise<Finding[]> {
  const line = tool?.line ?? lineFor(server);
  if (line === undefined) return [unknown('Privileges', 'Which ones are needed depends on the tool.')];
  return checkPrivileges(await readGrants(session), line, server);
}

interface OnHost extends Opened {
  survey: DatadirSurvey;
  self: Awaited<ReturnType<typeof readSelf>>;
  tool: BackupTool | undefined;
}

function lookAtHost({ tool, ...known }: OnHost, { temporaryDir }: CheckContext): Promise<Finding[]> {
  const name = tool?.name ?? lineFor(known.server)?.tool ?? 'xtrabackup';
  return checkHost({ ...known, tool: name, temporaryDir });
}

/** The findings of one part. What keeps it from being looked at is itself a finding. */
async function group(
  title: string,
  { log, signal }: CheckContext,
  work: () => Promise<Finding[]>,
): Promise<CheckGroup> {
  signal.throwIfAborted();
  try {
    return { title, findings: await work() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError) {
      return { title, findings: [findingOf(title, error, { code: 'BACKUP_FAILED', mend: error.hint })] };
    }
    log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return {
      title,
      findings: [unknown(title, `It could not be looked at: ${asSentence(messageOf(error))}`)],
    };
  }
}
