import { bad, type Finding } from '../checks/finding.js';
import { readSystemFamily } from '../checks/packages.js';
import { checkPrivileges } from '../checks/privilege-checks.js';
import { judgeVersion } from '../checks/server-checks.js';
import { checkPrograms, checkTool, type ProgramName } from '../checks/tool-checks.js';
import { UserError } from '../errors.js';
import type { Session } from '../mysql/connection.js';
import { datadirIdentity } from '../mysql/datadir.js';
import { readGrants } from '../mysql/grants.js';
import { identifyServer, type ServerIdentity } from '../mysql/server.js';
import { ask } from '../mysql/told.js';
import type { BackupTool } from '../tools/backup-tool.js';
import type { ToolRequest } from '../tools/detect.js';
import { lineFor } from '../tools/lines.js';
import { notReady } from './check-result.js';

/** What the inputs say about the programs that are started. */
export interface ProgramInputs extends ToolRequest {
  encryptRecipients: readonly string[] | undefined;
  encryptPassphrase: string | undefined;
}

export interface Ready {
  tool: BackupTool;
  server: ServerIdentity;
}

/**
 * What a backup cannot begin without, as far as it is found out at once: the server's version, the programs, each
 * privilege, the datadir. It takes one connection, three statements and one start of the tool.
 * @returns the tool, which is there and takes the server.
 * @throws UserError for everything that is missing, in one, each with what mends it. Nothing was touched then.
 */
export async function requireReady(session: Session, inputs: ProgramInputs): Promise<Ready> {
  const server = await identifyServer(session);
  const family = await readSystemFamily();
  const version = judgeVersion(server);
  const { finding, tool } = await checkTool(inputs, server, family);
  const findings = [
    version,
    // Of a server that no tool takes, the tool says nothing new.
    ...(version.verdict === 'bad' ? [] : [finding]),
    ...(await checkPrograms(programsFor(inputs), family)),
    ...(await checkGrants(session, server, tool)),
    ...(await datadirUnreadable(server)),
  ];
  const error = notReady(findings, 'A backup cannot begin');
  if (error !== undefined) throw error;
  if (tool === undefined) throw new TypeError('No tool, and nothing that says why');
  return { tool, server };
}

/** The programs beside the backup tool that the inputs ask for. */
export function programsFor({ encryptRecipients, encryptPassphrase }: ProgramInputs): ProgramName[] {
  return [
    'zstd',
    ...(encryptRecipients === undefined ? [] : ['age' as const]),
    ...(encryptPassphrase === undefined ? [] : ['gpg' as const]),
  ];
}

/** Of a tool that is not there the privileges are those of its line. What cannot be told must not stop a backup. */
async function checkGrants(
  session: Session,
  server: ServerIdentity,
  tool: BackupTool | undefined,
): Promise<Finding[]> {
  const line = tool?.line ?? lineFor(server);
  const grants = await ask(() => readGrants(session));
  return line === undefined || 'untold' in grants ? [] : checkPrivileges(grants.value, line, server);
}

async function datadirUnreadable(server: ServerIdentity): Promise<Finding[]> {
  try {
    await datadirIdentity(server);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [bad('Datadir', error.code, error.message, error.hint)];
  }
}
