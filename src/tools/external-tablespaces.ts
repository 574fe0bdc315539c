import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.js';
import { linkedTablespaces } from '../mysql/directories.js';

const mapShape = z.object({
  external_tablespaces: z
    .array(
      z.object({
        file_name: z.string(),
        tablespace_name: z.string(),
        tablespace_type: z.string().default('TABLESPACE'),
      }),
    )
    .default([]),
});

/**
 * The tablespaces that the tool puts back outside of the datadir: where they were. mariadb-backup and XtraBackup 2.4
 * go by link files, XtraBackup since 8.0 by a list in JSON (storage/innobase/xtrabackup/src/space_map.cc).
 */
export async function externalTablespaces(preparedData: string): Promise<Map<string, string>> {
  const found = await linkedTablespaces(preparedData);
  const text = await readFile(join(preparedData, 'xtrabackup_tablespaces'), 'utf8').catch(() => undefined);
  if (text === undefined) return found;
  let map;
  try {
    map = mapShape.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(
      'NOT_PREPARED',
      `The backup's list of tablespaces (xtrabackup_tablespaces) cannot be read: ${messageOf(error)}.`,
      'Nothing was changed. Run prepare again, then apply.',
      { cause: error },
    );
  }
  // Undo tablespaces are in it too, but go to the undo directory.
  for (const { file_name: file, tablespace_name: name, tablespace_type: type } of map.external_tablespaces) {
    if (type === 'TABLESPACE') found.set(`${name}.ibd`, file);
  }
  return found;
}
