import { firstUnreadable, nameOf } from '../mysql/datadir-survey.js';
import type { Session } from '../mysql/connection.js';
import { expectedBackupSeconds, readRedoLog, sampleWriteRate } from '../mysql/redo.js';
import type { ServerIdentity } from '../mysql/server.js';
import { readEncrypted, readEncryptedLogs, readKeyring, readRowVersions } from '../mysql/tablespaces.js';
import { ask, type Told } from '../mysql/told.js';
import { lineFor, whyNoLine } from '../tools/lines.js';
import { quote } from './engine-checks.js';
import { judgeEncryption } from './encryption-checks.js';
import { asSentence } from './from-error.js';
import { bad, good, unknown, warning, type Finding } from './finding.js';
import { judgeRedo } from './redo-checks.js';

/** What a server's own statements tell of it. */

export interface ServerQuestions {
  session: Session;
  server: ServerIdentity;
  /** Who runs this: a user's name or number. */
  user: string;
  /** How much a full backup reads. */
  dataBytes: number;
  /** How long the last full backup took, where that is known. */
  lastBackupSeconds: number | undefined;
  /** Server and tool have `--register-redo-log-consumer`. */
  mayRegisterRedoConsumer: boolean;
  /** How long to watch the write rate. */
  sampleSeconds: number;
}

/** Everything that needs SQL and is no privilege. Takes `sampleSeconds`, and never fails for a missing privilege. */
export async function checkServer(questions: ServerQuestions): Promise<Finding[]> {
  const { session, server, user, sampleSeconds } = questions;
  const keyring = await ask(() => readKeyring(session, server));
  const keyFiles =
    'value' in keyring
      ? [keyring.value?.file, keyring.value?.unlockingFile].filter((file) => file !== undefined)
      : [];
  return [
    judgeVersion(server),
    judgeBinaryLog(server),
    judgeRowVersions(await ask(() => readRowVersions(session, server))),
    judgeEncryption({
      flavor: server.flavor,
      user,
      tablespaces: await ask(() => readEncrypted(session, server)),
      logs: await ask(() => readEncryptedLogs(session)),
      keyring,
      unreadable: await firstUnreadable(keyFiles),
    }),
    judgeRedo({
      log: await ask(() => readRedoLog(session)),
      sampled: await ask(() => sampleWriteRate(session, sampleSeconds)),
      expectedSeconds: expectedBackupSeconds(questions.dataBytes, questions.lastBackupSeconds),
      mayRegister: questions.mayRegisterRedoConsumer,
    }),
  ].flat();
}

/** Is it a version that there is a backup tool for? */
export function judgeVersion(server: Pick<ServerIdentity, 'flavor' | 'version' | 'hostName'>): Finding {
  const subject = 'Server';
  const line = lineFor(server);
  if (line !== undefined) {
    return good(
      subject,
      `${server.flavor} ${server.version} on ${server.hostName}; ${line.tool} ${line.name} is its tool.`,
    );
  }
  return bad(
    subject,
    'TOOL_UNSUITABLE',
    whyNoLine(server),
    'Run a server of a version with long-term support: only those have a backup tool.',
  );
}

/** Without one a backup is whole, but there is less to prove by it and nothing to go on from it. */
export function judgeBinaryLog({
  flavor,
  logsBinary,
}: Pick<ServerIdentity, 'flavor' | 'logsBinary'>): Finding {
  const subject = 'Binary log';
  if (logsBinary)
    return good(subject, 'The server writes one: a restore can go on from the position of the backup.');
  return warning(
    subject,
    'The server writes none: nothing after the last backup can be brought back, and whether the server was itself ' +
      'restored between two backups shows only in its files.',
    flavor === 'mariadb'
      ? "log_bin under [mysqld] in the server's my.cnf, then restart the server"
      : "Take skip-log-bin (disable-log-bin) out of the server's my.cnf; for MySQL 5.7 add log_bin and server_id. Then restart it",
  );
}

/** Tables that XtraBackup refuses. @param tables as `shop/orders`. */
export function judgeRowVersions(tables: Told<readonly string[]>): Finding[] {
  const subject = 'Instant DDL';
  if ('untold' in tables) {
    return [
      unknown(subject, `Whether tables have row versions cannot be told: ${asSentence(tables.untold)}`),
    ];
  }
  const names = tables.value;
  if (names.length === 0) return [];
  const few = names.slice(0, 5);
  return [
    bad(
      subject,
      'INSTANT_DDL',
      `${names.length} ${names.length === 1 ? 'table has' : 'tables have'} row versions of the instant DDL of MySQL ` +
        `8.0.29 to 8.0.31, which XtraBackup refuses: ${few.join(', ')}${names.length > few.length ? ', …' : ''}.`,
      optimizeAll(names),
    ),
  ];
}

function optimizeAll(names: readonly string[]): string {
  const statements = [...new Set(names.map((name) => `OPTIMIZE TABLE ${statementName(name)};`))];
  const shown = statements.slice(0, 20).join(' ');
  if (statements.length <= 20) return shown;
  const rest = 'SELECT NAME FROM information_schema.INNODB_TABLES WHERE TOTAL_ROW_VERSIONS > 0;';
  return `${shown} … and so on for all ${statements.length} of ${rest}`;
}

/** Schema and table as a statement takes them, from InnoDB's `shop/orders` or `shop/orders#p#p2026`. */
function statementName(name: string): string {
  const [schema = '', table = ''] = name.replace(/#p#.*$/i, '').split('/');
  return `${quote(nameOf(schema) ?? schema)}.${quote(nameOf(table) ?? table)}`;
}
