import { UserError } from '../errors.js';
import { findProgram } from '../pipeline/commands.js';
import type { BackupTool } from '../tools/backup-tool.js';
import { findTool, requireFitting, wantedFor, type ToolRequest } from '../tools/detect.js';
import { lineFor, type ServerKind, type ToolLine } from '../tools/lines.js';
import { findingOf } from './from-error.js';
import { bad, good, type Finding } from './finding.js';
import { installPackage, installTool, type SystemFamily } from './packages.js';

/** The programs that a backup and a restore start. */

const subject = 'Backup tool';

/**
 * Is the backup tool there, and does it take the server?
 * @returns the tool, when it is there and takes the server.
 */
export async function checkTool(
  request: ToolRequest,
  server: ServerKind,
  family: SystemFamily,
): Promise<{ finding: Finding; tool?: BackupTool }> {
  try {
    const wanted = wantedFor(server);
    const tool = await findTool(request, wanted);
    requireFitting(tool, server);
    const fact = `${tool.name} ${tool.version} (${tool.path}) takes ${server.flavor} ${server.version}; ${tool.streamPath} is there too.`;
    return { finding: good(subject, fact), tool };
  } catch (error) {
    const finding = findingOf(subject, error, { code: 'TOOL_UNSUITABLE', mend: 'Correct tool-path.' });
    return { finding: { ...finding, ...mendBy(error, request, lineFor(server), family) } };
  }
}

/** What an installation mends gets its command; the rest keeps its hint. */
function mendBy(
  error: unknown,
  { tool, toolPath }: ToolRequest,
  line: ToolLine | undefined,
  family: SystemFamily,
): { mend?: string } {
  if (!(error instanceof UserError) || line === undefined) return {};
  // An input that names another tool, or another place, is mended by that input.
  if (tool !== 'auto' && tool !== line.tool) return { mend: `tool: ${line.tool}` };
  const install = installTool(family, line);
  return { mend: toolPath === undefined ? install : `${install}, and leave tool-path out` };
}

/** The other programs: what they are for, and Debian's packages of them. */
const programs = {
  zstd: { use: 'compresses', package: 'zstd' },
  age: { use: 'encrypts and decrypts', package: 'age' },
  gpg: { use: 'encrypts and decrypts', package: 'gnupg' },
} as const;

export type ProgramName = keyof typeof programs;

/** zstd always, age and gpg where the inputs ask for them. */
export async function checkPrograms(names: readonly ProgramName[], family: SystemFamily): Promise<Finding[]> {
  return await Promise.all(
    names.map(async (name) => {
      const path = await findProgram([name]);
      if (path !== undefined) return good(name, `${path} is there.`);
      const { use, package: packageName } = programs[name];
      return bad(
        name,
        'PROGRAM_MISSING',
        `${name} is not installed on this host; it ${use} the backups.`,
        installPackage(family, packageName),
      );
    }),
  );
}
