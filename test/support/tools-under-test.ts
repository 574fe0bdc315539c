import { mkdir } from 'node:fs/promises';
import { toolPathFromOutside } from './e2e/backup-tool.js';
import { makeStandIn, standIns } from './stand-in/make.js';

/** A backup tool with a server that it fits. */
export interface ToolUnderTest {
  name: string;
  /** Makes it ready in a folder of its own. */
  make(dir: string): Promise<MadeTool>;
}

export interface MadeTool {
  /** For `tool-path`; undefined for the one in PATH. */
  toolPath: string | undefined;
  /** For startMysqlServer; undefined for its own default. */
  mysqld: string | undefined;
}

/**
 * The real binaries that XBACKUP_E2E_TOOL and its like name, and only those; without them the XtraBackup of every
 * line, by its stand-in.
 */
export function xtrabackupsUnderTest(): readonly ToolUnderTest[] {
  if (isNamedFromOutside()) return [fromOutside];
  return standIns.map((options) => ({
    name: `the stand-in for XtraBackup ${options.version}`,
    make: async (dir) => {
      const { xtrabackup, mysqld } = await makeStandIn(dir, options);
      return { toolPath: xtrabackup, mysqld };
    },
  }));
}

/** Those, and without a name from outside also the mariadb-backup that is installed. */
export function toolsUnderTest(): readonly ToolUnderTest[] {
  if (isNamedFromOutside()) return [fromOutside];
  return [{ ...fromOutside, name: 'mariadb-backup' }, ...xtrabackupsUnderTest()];
}

function isNamedFromOutside(): boolean {
  const names = ['XBACKUP_E2E_TOOL', 'XBACKUP_E2E_MYSQLD', 'XBACKUP_E2E_STREAM_EXTRACT'];
  return names.some((name) => (process.env[name] ?? '') !== '');
}

const fromOutside: ToolUnderTest = {
  name: process.env['XBACKUP_E2E_TOOL'] ?? 'the tool from outside',
  make: async (dir) => {
    await mkdir(dir, { recursive: true });
    return { toolPath: await toolPathFromOutside(dir), mysqld: undefined };
  },
};
