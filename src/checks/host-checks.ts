import { hostname } from 'node:os';
import type { Session } from '../mysql/connection.js';
import { firstUnreadable, type DatadirSurvey, type Unreadable } from '../mysql/datadir-survey.js';
import { freeBytes } from '../mysql/datadir-swap.js';
import { readDirectories, tablespaceFilesElsewhere } from '../mysql/directories.js';
import { readHostEvidence, type HostEvidence } from '../mysql/same-host.js';
import type { ServerIdentity } from '../mysql/server.js';
import { ask } from '../mysql/told.js';
import { formatBytes } from '../report/format.js';
import type { ToolName } from '../tools/backup-tool.js';
import { judgeEngines } from './engine-checks.js';
import { bad, good, unknown, warning, type Finding } from './finding.js';
import type { Self } from './self.js';

/** Is this the server's host, and may this user read there what a backup reads? */

export interface HostQuestions {
  session: Session;
  server: ServerIdentity;
  survey: DatadirSurvey;
  self: Self;
  tool: ToolName;
  temporaryDir: string;
}

/** Everything that is asked of this host's files, with what a server tells to compare. Writes nothing. */
export async function checkHost(questions: HostQuestions): Promise<Finding[]> {
  const { session, server, survey, self, tool, temporaryDir } = questions;
  const elsewhere = await ask(() => tablespaceFilesElsewhere(session, server));
  const files = 'value' in elsewhere ? elsewhere.value : [];
  const directories = await readPlaces(session, server);
  return [
    judgeReadable(
      server.datadir,
      survey,
      {
        count: files.length,
        unreadable: await firstUnreadable([...directories, ...files]),
      },
      self,
    ),
    judgeSameHost(server, await readHostEvidence(session, server), hostname()),
    ...judgeEngines(survey, tool),
    judgeOpenFiles(survey.tablespaceCount + files.length, self),
    judgeTemporarySpace(temporaryDir, await freeBytes(temporaryDir)),
  ];
}

/** The directories outside of the datadir that a backup reads. */
async function readPlaces(session: Session, server: ServerIdentity): Promise<string[]> {
  const told = await ask(() => readDirectories(session, server));
  if ('untold' in told) return [];
  const { dataHome, redo, undo } = told.value;
  return [dataHome, redo, undo].filter((path) => path !== undefined);
}

/** Can every file that a backup reads be read by this user? */
export function judgeReadable(
  datadir: string,
  survey: Pick<DatadirSurvey, 'fileCount' | 'dataBytes' | 'unreadable'>,
  elsewhere: { count: number; unreadable: Unreadable | undefined },
  { user }: Pick<Self, 'user'>,
): Finding {
  const subject = 'Datadir';
  const unreadable = survey.unreadable ?? elsewhere.unreadable;
  if (unreadable === undefined && survey.fileCount > 0) {
    const size = formatBytes(survey.dataBytes);
    const more =
      elsewhere.count === 0 ? '' : ` The ${elsewhere.count} data files outside of it can be read too.`;
    return good(subject, `${user} can read all ${survey.fileCount} files (${size}) in ${datadir}.${more}`);
  }
  if (unreadable === undefined || isMissing(unreadable)) {
    return bad(
      subject,
      'DATADIR_UNREADABLE',
      unreadable === undefined
        ? `There is no data in ${datadir}, where the server has its own.`
        : `There is no ${unreadable.path} here, where the server has its data.`,
      "Run this on the server's host; in a container, mount the datadir at the path that it has for the server: " +
        `docker run -v ${datadir}:${datadir}:ro …`,
    );
  }
  const dir =
    unreadable.path.startsWith(`${datadir}/`) || unreadable.path === datadir ? datadir : unreadable.path;
  return bad(
    subject,
    'DATADIR_UNREADABLE',
    `The user ${user} cannot read ${unreadable.path}: ${unreadable.reason}.`,
    // The second one is for what the server makes later.
    `setfacl -R -m u:${user}:rX ${dir} && setfacl -R -d -m u:${user}:rX ${dir}, or run the runner as the user mysql`,
  );
}

function isMissing({ reason }: Unreadable): boolean {
  return reason.startsWith('ENOENT');
}

/** Is the datadir at this path the one of the server that answers? */
export function judgeSameHost(
  server: Pick<ServerIdentity, 'datadir' | 'serverUuid' | 'hostName'>,
  { uuidHere, isLocked, seesAllLocks, hasCheckpoint }: HostEvidence,
  ownHostName: string,
): Finding {
  const subject = "The server's host";
  const { serverUuid, datadir, hostName } = server;
  const isOther = uuidHere !== undefined && serverUuid !== undefined && uuidHere !== serverUuid;
  const elsewhere = (fact: string) =>
    bad(
      subject,
      'DATADIR_UNREADABLE',
      `The server that answers (on the host ${hostName}) is not the one of ${datadir} here, on ${ownHostName}: ${fact}.`,
      `Run this on ${hostName}, or give in mysql-socket the socket of the server on this host.`,
    );
  if (isOther) return elsewhere(`auto.cnf says ${uuidHere}, the server ${serverUuid}`);
  if (hasCheckpoint === false) return elsewhere('its redo log has another checkpoint than the server tells');
  if (hasCheckpoint === true)
    return good(subject, 'The redo log here has the checkpoint that the server tells.');
  const sameUuid = uuidHere !== undefined && uuidHere === serverUuid;
  if (isLocked) {
    const uuid = sameUuid ? ', and auto.cnf has its server_uuid' : '';
    return good(subject, `A process of this host has the datadir's files locked, as a server does${uuid}.`);
  }
  if (!seesAllLocks) {
    if (sameUuid)
      return good(subject, 'auto.cnf in the datadir has the server_uuid of the server that answers.');
    return unknown(
      subject,
      `Nothing in ${datadir} tells here whether it belongs to the server that answers.`,
    );
  }
  if (!sameUuid) return elsewhere('no process of this host has its files locked, as a running server does');
  return warning(
    subject,
    `auto.cnf has the server_uuid of the server that answers, but no process of this host has the files of ${datadir} ` +
      'locked, as a running server does: it may be a copy.',
    `Run this on ${hostName}, on the disk that the server itself uses.`,
  );
}

/** Besides its tablespaces a tool has some forty files open; the rest is for what is created meanwhile. */
const spareFiles = 200;

/** The tools open every tablespace, and fail with «Too many open files» (mariadb-backup 10.11: measured). */
export function judgeOpenFiles(tablespaceCount: number, { openFilesLimit, unit }: Self): Finding {
  const subject = 'Open files';
  if (openFilesLimit === undefined)
    return unknown(subject, 'How many files may be open cannot be told on this host.');
  const needed = tablespaceCount + spareFiles;
  const fact = `The backup tool opens ${tablespaceCount} tablespaces, and may open ${openFilesLimit} files`;
  if (needed <= openFilesLimit) return good(subject, `${fact}.`);
  // With room to grow.
  const limit = Math.max(65_536, 2 ** Math.ceil(Math.log2(needed * 2)));
  const mend =
    unit === undefined
      ? `ulimit -n ${limit} in the shell that starts the runner, or LimitNOFILE=${limit} in its systemd unit`
      : `mkdir -p /etc/systemd/system/${unit}.d && printf '[Service]\\nLimitNOFILE=${limit}\\n' ` +
        `> /etc/systemd/system/${unit}.d/open-files.conf && systemctl daemon-reload && systemctl restart ${unit}`;
  if (tablespaceCount < openFilesLimit) return warning(subject, `${fact}: with some more it fails.`, mend);
  return bad(subject, 'BACKUP_FAILED', `${fact}: it would fail with «Too many open files».`, mend);
}

/** What the tools put down meanwhile is small: the data itself is streamed. */
const neededTemporaryBytes = 128 * 1024 * 1024;

export function judgeTemporarySpace(dir: string, freeBytes: number): Finding {
  const subject = 'Temporary space';
  const fact = `${dir} has ${formatBytes(freeBytes)} free`;
  if (freeBytes >= neededTemporaryBytes) return good(subject, `${fact}.`);
  return bad(
    subject,
    'DISK_FULL',
    `${fact}, and a backup needs ${formatBytes(neededTemporaryBytes)} for its scratch.`,
    `Free space on the filesystem of ${dir} (df -h ${dir}), or set TMPDIR to another directory.`,
  );
}
