import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrepareResult } from '../../src/operations/prepare.js';
import { checksumTables, checkTables, differences } from './checksums.js';
import type { DatabaseHost } from './database-host.js';
import { smallServer } from './e2e/installation.js';
import { startMysqlServer } from './mysql-server.js';

/**
 * Starts a server on prepared data.
 * @throws Error unless it holds what the host's server holds now, and every table is sound.
 */
export async function expectSameData(
  host: DatabaseHost,
  { prepared, preparedDir }: Pick<PrepareResult, 'prepared' | 'preparedDir'>,
): Promise<void> {
  const dir = await mkdtemp(join(host.scratch, 'look-'));
  const datadir = join(preparedDir, prepared.dataDir);
  const server = await startMysqlServer({ dir, datadir, options: smallServer });
  try {
    const found = differences(await checksumTables(host.mysql), await checksumTables(server));
    if (found.length > 0) throw new Error(`The data is not what it was:\n${found.join('\n')}`);
    await checkTables(server);
  } finally {
    await server.stop();
    await server.remove();
  }
}
