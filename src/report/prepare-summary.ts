import { sizeOf } from '../chain/manifest.js';
import type { PrepareResult } from '../operations/prepare.js';
import { encryptionText } from './backup-summary.js';
import { formatBytes, formatDuration, formatTime } from './format.js';
import { code, details, escapeText, facts, page, table } from './markdown.js';
import { replicaSection } from './replica-section.js';

/** What the job summary says of data that is ready to be applied. */
export function prepareSummary({ prepared, preparedDir, chain, durationSeconds }: PrepareResult): string {
  const { binlogFile, binlogPosition, gtid, inventory } = prepared;
  const last = chain.at(-1);
  const rows = chain.map((link) => [
    code(link.id),
    link.type,
    formatBytes(sizeOf(link.objects)),
    code(link.lsn.to),
  ]);
  return page([
    `## ✅ ${escapeText(prepared.server)} is prepared as of ${prepared.backupId}`,
    facts([
      ['Backup', `${code(prepared.backupId)}, begun ${last === undefined ? '' : formatTime(last.startedAt)}`],
      ['Directory', code(preparedDir)],
      ['Data', `${formatBytes(inventory.bytes)} in ${inventory.files} files`],
      ['LSN', code(prepared.toLsn)],
      ['Binary log', binlogFile === undefined ? undefined : code(`${binlogFile}:${binlogPosition ?? ''}`)],
      ['GTID', gtid === undefined ? undefined : code(gtid)],
      ['Encryption', [...new Set(chain.map(({ encryption }) => encryptionText(encryption)))].join('; ')],
      ['Server then', code(`${prepared.mysql.flavor} ${prepared.mysql.version}`)],
      ['Took', formatDuration(durationSeconds)],
    ]),
    details(
      `The chain: ${chain.length} ${chain.length === 1 ? 'link' : 'links'}, all verified`,
      table([['Backup', 'Type', 'Downloaded', 'To LSN'], ...rows], ['', '', 'r', 'r']),
    ),
    replicaSection(prepared),
    `The database server was not touched. To put this data in place, run **apply** with ${code(`prepared-dir: ${preparedDir}`)}.`,
  ]);
}
