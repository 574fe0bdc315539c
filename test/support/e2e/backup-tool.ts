import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The value of `tool-path` for the tool that the suite is told to use: XBACKUP_E2E_TOOL and
 * XBACKUP_E2E_STREAM_EXTRACT, both paths. Undefined without them: then xbackup finds the tool in PATH.
 *
 * The extractor is looked for beside the tool first. So when one is named, `dir` gets a link to each.
 */
export async function toolPathFromOutside(dir: string): Promise<string | undefined> {
  const tool = given('XBACKUP_E2E_TOOL');
  const extractor = given('XBACKUP_E2E_STREAM_EXTRACT');
  if (extractor === undefined) return tool;
  const linked = tool ?? (await inPath('mariadb-backup'));
  for (const path of [linked, extractor]) await symlink(path, join(dir, basename(path)));
  return join(dir, basename(linked));
}

function given(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

async function inPath(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v "$1"', 'sh', program]);
  return stdout.trim();
}
