import { messageOf, UserError } from '../errors.js';
import { findProgram, isExecutable, outputOf } from '../pipeline/commands.js';
import type { BackupTool, ToolName } from './backup-tool.js';
import { lineFor, lineOf, whyNoLine, type ServerKind, type ToolLine } from './lines.js';
import { mariadbBackup } from './mariadb-backup.js';
import { xtrabackup } from './xtrabackup.js';

export interface ToolRequest {
  tool: 'auto' | ToolName;
  toolPath: string | undefined;
}

const programs: Record<ToolName, { names: string[]; stream: string[] }> = {
  xtrabackup: { names: ['xtrabackup'], stream: ['xbstream'] },
  'mariadb-backup': { names: ['mariadb-backup', 'mariabackup'], stream: ['mbstream'] },
};

/** What is needed when the inputs leave the tool open, and where its line is known, which package has it. */
export interface WantedTool {
  name: ToolName;
  line?: ToolLine;
}

/** The tool for a server. @throws UserError TOOL_UNSUITABLE when none is known. */
export function wantedFor(server: ServerKind): Required<WantedTool> {
  const line = lineFor(server);
  if (line !== undefined) return { name: line.tool, line };
  throw new UserError(
    'TOOL_UNSUITABLE',
    whyNoLine(server),
    'Run a server of a version with long-term support: only those have a backup tool.',
  );
}

/**
 * Finds the backup tool and asks it for its version.
 * @throws UserError PROGRAM_MISSING, TOOL_UNSUITABLE.
 */
export async function findTool(request: ToolRequest, wanted: WantedTool): Promise<BackupTool> {
  const name = request.tool === 'auto' ? wanted.name : request.tool;
  const { names, stream } = programs[name];
  const packageText = packageOf(name, wanted.name === name ? wanted.line : undefined);
  const path = request.toolPath ?? (await findProgram(names));
  if (path === undefined || !(await isExecutable(path))) {
    throw new UserError(
      'PROGRAM_MISSING',
      `${path ?? names.join(' or ')} cannot be found or executed on this host.`,
      `Install it (${packageText}), or give its path in tool-path.`,
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
      `It comes with ${name}: ${packageText}.`,
    );
  }
  const line = lineOf(name, version.version);
  if (line === undefined) {
    throw new UserError(
      'TOOL_UNSUITABLE',
      `${path} is ${name} ${version.version}, whose options are not known here.`,
      'Install the one of the same series as the server, and give its path in tool-path.',
    );
  }
  const make = name === 'xtrabackup' ? xtrabackup : mariadbBackup;
  return make(line, version.version, path, streamPath);
}

/** How the documents of both call it, for a hint. */
function packageOf(name: ToolName, line: ToolLine | undefined): string {
  if (line !== undefined) return `package ${line.package.name}, from ${line.package.from}`;
  return name === 'mariadb-backup'
    ? 'package mariadb-backup, of the same version as the server'
    : 'package percona-xtrabackup-80, -84 or -97, the one for the server, from Percona';
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

/** @throws UserError TOOL_UNSUITABLE when the tool does not take the server. */
export function requireFitting(
  { name, version, line }: Pick<BackupTool, 'name' | 'version' | 'line'>,
  server: ServerKind,
): void {
  if (line.takes(server, version)) return;
  const right = lineFor(server);
  throw new UserError(
    'TOOL_UNSUITABLE',
    `${name} ${version} cannot back up ${server.flavor} ${server.version}: it takes ${line.servers}.`,
    right === undefined
      ? whyNoLine(server)
      : `Install the package ${right.package.name} (${right.package.from})` +
          (right === line ? ' in the version of the server or newer.' : '.'),
  );
}
