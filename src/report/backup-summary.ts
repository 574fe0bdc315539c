import { sizeOf, type Manifest } from '../chain/manifest.js';
import type { BackupResult } from '../operations/backup.js';
import { formatBytes, formatDuration, formatRate } from './format.js';
import { gapText } from './gap.js';
import { code, details, escapeText, facts, page, table } from './markdown.js';

/** What the job summary says of a good backup. */
export function backupSummary(result: BackupResult): string {
  const { manifest, reason, chain, manifestKey, gap, failures, mayNotRead } = result;
  const sizeBytes = sizeOf(manifest.objects);
  const { mysql, lsn, tool } = manifest;
  return page([
    `## ✅ Backup ${manifest.id} of ${escapeText(manifest.server)}`,
    facts([
      ['Type', `${manifest.type}: ${escapeText(reason)}`],
      ['Stored', `${formatBytes(sizeBytes)} (${formatBytes(manifest.streamBytes)} before compression)`],
      [
        'Took',
        `${formatDuration(manifest.durationSeconds)}, ${formatRate(manifest.streamBytes, manifest.durationSeconds)}`,
      ],
      ['Tries', triesText(failures)],
      ['⚠️ Gap before', gap && gapText(gap)],
      ['LSN', code(`${lsn.from} → ${lsn.to}`)],
      [
        'Binary log',
        mysql.binlogFile === undefined
          ? undefined
          : code(`${mysql.binlogFile}:${mysql.binlogPosition ?? ''}`),
      ],
      ['GTID', mysql.gtid === undefined ? undefined : code(mysql.gtid)],
      ['Server', code(`${mysql.flavor} ${mysql.version}`)],
      ['Tool', code(`${tool.name} ${tool.version}`)],
      ['Encryption', encryptionText(manifest.encryption)],
      ['Manifest', code(manifestKey)],
      ['Bucket', mayNotRead && 'write-only: these credentials may not read it'],
    ]),
    mayNotRead === true ? undefined : chainSection(chain),
  ]);
}

function triesText(failures: BackupResult['failures']): string | undefined {
  if (failures.length === 0) return undefined;
  return `${failures.length + 1}; before, ${failures.map(({ message }) => escapeText(message)).join(' ')}`;
}

export function encryptionText(encryption: Manifest['encryption']): string {
  switch (encryption.method) {
    case 'none':
      return 'none';
    case 'age':
      return `age, for ${encryption.recipients.length === 1 ? '1 recipient' : `${encryption.recipients.length} recipients`}`;
    case 'gpg':
      return `gpg, ${encryption.cipher}`;
  }
}

/** The links of a chain with what each took, and a chart of their sizes when there are several. */
function chainSection(chain: readonly Manifest[]): string {
  const rows = chain.map((link) => [
    code(link.id),
    link.type,
    formatBytes(sizeOf(link.objects)),
    formatDuration(link.durationSeconds),
    code(link.lsn.to),
  ]);
  const total = chain.reduce((sum, link) => sum + sizeOf(link.objects), 0);
  const title = `The chain: ${chain.length} ${chain.length === 1 ? 'link' : 'links'}, ${formatBytes(total)}`;
  const links = table([['Backup', 'Type', 'Stored', 'Took', 'To LSN'], ...rows], ['', '', 'r', 'r', 'r']);
  return page([sizeChart(chain.slice(1)), details(title, links)]).trimEnd();
}

/** The change from backup to backup, which says how often to back up. */
function sizeChart(incrementals: readonly Manifest[]): string | undefined {
  if (incrementals.length < 2) return undefined;
  const shown = incrementals.slice(-24);
  const mebibytes = shown.map((link) => sizeOf(link.objects) / 1024 / 1024);
  // From 0 on: Mermaid's own choice would make small differences look large.
  const top = Math.max(0.01, ...mebibytes).toFixed(2);
  const hours = shown.map(({ id }) => `"${id.slice(id.indexOf('/') + 1)}"`);
  return [
    '```mermaid',
    'xychart-beta',
    '  title "Stored by each incremental (MiB)"',
    `  x-axis [${hours.join(', ')}]`,
    `  y-axis "MiB" 0 --> ${top}`,
    `  bar [${mebibytes.map((size) => size.toFixed(2)).join(', ')}]`,
    '```',
  ].join('\n');
}
