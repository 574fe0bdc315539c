import { messageOf, UserError } from '../errors.js';
import { toolSeries } from '../chain/tool-series.js';
import { findProgram, isExecutable, outputOf } from '../pipeline/commands.js';
import type { BackupTool, ToolName } from './backup-tool.js';
import { mariadbBackup } from './mariadb-backup.js';
import { xtrabackup } from './xtrabackup.js';

export interface ToolRequest {
  tool: 'auto' | ToolName;
  toolPath: string | undefined;
}

const programs: Record<ToolName, { names: string[]; stream: string[]; debianPackage: string }> = {
  xtrabackup: {
    names: ['xtrabackup'],
    stream: ['xbstream'],
    debianPackage: 'percona-xtrabackup-80, -84 or -97, the one for your server, from Percona',
  },
  'mariadb-backup': {
    names: ['mariadb-backup', 'mariabackup'],
    stream: ['mbstream'],
    debianPackage: 'mariadb-backup',
  },
};

/**
 * Finds the backup tool and asks it for its version.
 * @param wanted the tool that is needed when the inputs leave it open.
 * @throws UserError PROGRAM_MISSING, TOOL_UNSUITABLE.
 */
export async function findTool(request: ToolRequest, wanted: ToolName): Promise<BackupTool> {
  const name = request.tool === 'auto' ? wanted : request.tool;
  const { names, stream, debianPackage } = programs[name];
  const path = request.toolPath ?? (await findProgram(names));
  if (path === undefined || !(await isExecutable(path))) {
    throw new UserError(
      'PROGRAM_MISSING',
      `${path ?? names.join(' or ')} cannot be found or executed on this host.`,
      `Install it (package ${debianPackage}), or give its path in tool-path.`,
    );
  }
  const version = versionOf(await outputOf(path, ['--version']).catch(cannotRun(path)));
  if (version === undefined || version.name !== name) {
    throw new UserError(
      'TOOL_UNSUITABLE',
      `${path} is ${version === undefined ? 'no backup tool that is known' : version.name}; ${name} is needed.`,
      'Correct the inputs tool and tool-path.',
    );
  }
  const streamPath = await findProgram(stream, path);
  if (streamPath === undefined) {
    throw new UserError(
      'PROGRAM_MISSING',
      `${stream.join(' or ')} is not installed on this host.`,
      `It comes with the package of ${name}: ${debianPackage}.`,
    );
  }
  const make = name === 'xtrabackup' ? xtrabackup : mariadbBackup;
  return make(version.version, path, streamPath);
}

/** A library that is missing, a program for another machine. */
function cannotRun(path: string): (error: unknown) => never {
  return (error) => {
    throw new UserError(
      'TOOL_UNSUITABLE',
      `${path} cannot tell its version: ${messageOf(error)}.`,
      'Run it with --version on this host to see why. Is it made for this system?',
      { cause: error },
    );
  };
}

/** Which tool, and which version, from what `--version` prints. */
export function versionOf(output: string): { name: ToolName; version: string } | undefined {
  const mariadb = /(?:mariadb-backup|mariabackup) based on MariaDB server (\S+)/.exec(output)?.[1];
  if (mariadb !== undefined) return { name: 'mariadb-backup', version: mariadb };
  const percona = /xtrabackup version (\d+\.\d+\.\S+)/.exec(output)?.[1];
  if (percona !== undefined) return { name: 'xtrabackup', version: percona };
  return undefined;
}

/** The servers that each line of XtraBackup takes; mariadb-backup takes its own series only. */
const serversOfXtrabackup: Record<string, RegExp> = {
  '2.4': /^5\.[567]\./,
  '8.0': /^8\.0\./,
  '8.4': /^8\.4\./,
  '9.7': /^9\.7\./,
};

export interface ServerKind {
  flavor: 'mysql' | 'mariadb' | 'percona';
  version: string;
}

/** The tool that a server needs. */
export function toolFor(server: Pick<ServerKind, 'flavor'>): ToolName {
  return server.flavor === 'mariadb' ? 'mariadb-backup' : 'xtrabackup';
}

/** @throws UserError TOOL_UNSUITABLE when the tool does not take the server. */
export function requireFitting(tool: Pick<BackupTool, 'name' | 'version'>, server: ServerKind): void {
  const series = toolSeries(tool.name, tool.version);
  const takes =
    tool.name === toolFor(server) &&
    (tool.name === 'mariadb-backup'
      ? server.version.startsWith(`${series}.`)
      : (serversOfXtrabackup[series]?.test(server.version) ?? false));
  if (takes) return;
  throw new UserError(
    'TOOL_UNSUITABLE',
    `${tool.name} ${tool.version} cannot back up ${server.flavor} ${server.version}.`,
    server.flavor === 'mariadb'
      ? 'Install the package mariadb-backup of the same version as the server.'
      : 'Install the Percona XtraBackup of the same series as the server: 2.4 for MySQL 5.7, else 8.0, 8.4 or 9.7.',
  );
}
