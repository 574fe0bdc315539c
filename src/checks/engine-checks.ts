import type { DatadirSurvey, OtherTable } from '../mysql/datadir-survey.js';
import { formatBytes } from '../report/format.js';
import type { ToolName } from '../tools/backup-tool.js';
import { bad, good, warning, type Finding } from './finding.js';

/** The storage engines in use, by what lies in the datadir. Only InnoDB has incrementals. */
export function judgeEngines(survey: DatadirSurvey, tool: ToolName): Finding[] {
  return [judgeOtherTables(survey), ...judgeRocksdb(survey, tool), ...judgeLeftOut(survey)];
}

/** Copied in less than a second: neither its size nor its lock matters to anyone. */
const tolerableBytes = 64 * 1024 * 1024;

function judgeOtherTables({ otherTables, dataBytes, rocksdbBytes }: DatadirSurvey): Finding {
  const subject = 'Storage engines';
  const otherBytes = otherTables.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const innodb = `InnoDB: ${formatBytes(Math.max(dataBytes - otherBytes - rocksdbBytes, 0))}.`;
  if (otherTables.length === 0)
    return good(subject, `${innodb} There are no tables of MyISAM, Aria, ARCHIVE or CSV.`);
  const count = `${otherTables.length} ${otherTables.length === 1 ? 'table' : 'tables'}`;
  const others = `${enginesOf(otherTables)}: ${formatBytes(otherBytes)} in ${count}`;
  const effect = 'these go whole into every incremental, and writes to them wait while they are copied';
  if (otherBytes < tolerableBytes) return good(subject, `${innodb} ${others}; ${effect}.`);
  return warning(subject, `${innodb} ${others}; ${effect}.`, toInnodb(otherTables));
}

function enginesOf(tables: readonly OtherTable[]): string {
  return [...new Set(tables.map(({ engine }) => engine))].sort().join(', ');
}

/** For the largest few; what is small does not hurt. */
function toInnodb(tables: readonly OtherTable[]): string {
  const statements = tables.flatMap(({ schema, name, sizeBytes }) =>
    name === undefined || sizeBytes < tolerableBytes / 16
      ? []
      : [`ALTER TABLE ${quote(schema)}.${quote(name)} ENGINE=InnoDB;`],
  );
  const shown = statements.slice(0, 5).join(' ');
  if (shown === '') return 'ALTER TABLE … ENGINE=InnoDB; for the largest of them.';
  return statements.length > 5 ? `${shown} and ${statements.length - 5} more` : shown;
}

/** An identifier as a statement takes it. */
export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function judgeRocksdb({ rocksdbBytes }: DatadirSurvey, tool: ToolName): Finding[] {
  if (rocksdbBytes === 0) return [];
  const size = formatBytes(rocksdbBytes);
  return [
    warning('MyRocks', `${tool} has no incrementals of MyRocks: its ${size} go whole into every backup.`),
  ];
}

function judgeLeftOut({ leftOut: { count, names } }: DatadirSurvey): Finding[] {
  if (count === 0) return [];
  const subject = 'Files left out';
  const some = names.join(', ') + (count > names.length ? ', …' : '');
  if (names.some((name) => /tokudb/i.test(name))) {
    return [
      bad(
        subject,
        'TOOL_UNSUITABLE',
        `There are TokuDB tables (${some}), which no backup tool copies: they would be missing after a restore.`,
        "SELECT CONCAT('ALTER TABLE `', TABLE_SCHEMA, '`.`', TABLE_NAME, '` ENGINE=InnoDB;') " +
          "FROM information_schema.TABLES WHERE ENGINE = 'TokuDB'; then run what it prints",
      ),
    ];
  }
  return [
    warning(
      subject,
      `${count} ${count === 1 ? 'file' : 'files'} in the databases' directories are of no engine that the backup ` +
        `tools copy: ${some}. After a restore they are missing.`,
    ),
  ];
}
