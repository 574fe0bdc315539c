import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ErrorCode } from '../errors.js';
import { freeBytes, inspectDatadir } from '../mysql/datadir-swap.js';
import { isSameFilesystem } from '../mysql/filesystem.js';
import { serviceCommands } from '../mysql/service.js';
import { ask, type Told } from '../mysql/told.js';
import { markName } from '../operations/target-dir.js';
import { formatBytes } from '../report/format.js';
import { asSentence } from './from-error.js';
import { bad, good, unknown, warning, type Finding } from './finding.js';

/** Could a backup be restored on this host: is there room, and has this user the rights? Nothing is written. */

export interface RestoreQuestions {
  targetDir: string;
  datadir: string;
  /** How much there is to restore. */
  dataBytes: number;
  stopCommand: string | undefined;
  startCommand: string | undefined;
  owner: string | undefined;
  /**
   * Is a restore what this host is checked for? Most hosts are checked for their backups, and are restored by
   * another runner or on another host: there what is missing is only a warning, and does not make the check fail.
   */
  forRestore: boolean;
}

export async function checkRestore(questions: RestoreQuestions): Promise<Finding[]> {
  const target = await ask(() => readTarget(questions));
  const rights = await ask(() => readRights(questions));
  return [
    judgeTarget(questions, target),
    ...judgeRights(questions, rights),
    ...(await checkService(questions)),
  ];
}

export interface TargetFacts {
  /** The directory itself, or the nearest one above it that is there. */
  nearest: string;
  isWritable: boolean;
  freeBytes: number;
  /** Files can be renamed from there into the datadir. */
  onSameFilesystem: boolean;
  /** Free for a second copy beside the old data, where they cannot. */
  freeAtDatadirBytes: number;
  /** Files that no prepare has left there. */
  others: readonly string[];
}

async function readTarget({ targetDir, datadir }: RestoreQuestions): Promise<TargetFacts> {
  const nearest = await nearestExisting(targetDir);
  const names = nearest === targetDir ? await readdir(targetDir).catch(() => []) : [];
  // An earlier prepare leaves a hidden mark, and clears up after itself.
  const isOurs = names.includes(markName);
  return {
    nearest,
    isWritable: await isWritable(nearest),
    freeBytes: await freeBytes(nearest),
    onSameFilesystem: await isSameFilesystem(nearest, datadir),
    freeAtDatadirBytes: await freeBytes(datadir),
    others: isOurs ? [] : names.filter((name) => name !== 'lost+found'),
  };
}

async function nearestExisting(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined || folder === dirname(folder)) return folder;
  }
}

async function isWritable(dir: string): Promise<boolean> {
  return access(dir, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** A tenth more than the data: the redo log of the last link, and what prepare writes. */
const roomFactor = 1.1;

/** Is there room to prepare, and then to put the data in place? */
export function judgeTarget(
  { targetDir, datadir, dataBytes, forRestore }: RestoreQuestions,
  told: Told<TargetFacts>,
): Finding {
  const subject = 'Room for a restore';
  if ('untold' in told) return unknown(subject, `It cannot be told: ${asSentence(told.untold)}`);
  const target = told.value;
  const lack = lackOf(forRestore, subject);
  if (!target.isWritable) {
    return lack(
      'TARGET_NOT_EMPTY',
      `The user that runs this may not write into ${target.nearest}, so target-dir ${targetDir} cannot be made or used.`,
      `mkdir -p ${targetDir} && chown ${whoRunsThis()} ${targetDir}`,
    );
  }
  if (target.others.length > 0) {
    return lack(
      'TARGET_NOT_EMPTY',
      `target-dir ${targetDir} holds what xbackup did not put there: ${target.others.slice(0, 3).join(', ')}.`,
      'Give an empty or new directory as target-dir.',
    );
  }
  const needed = Math.ceil(dataBytes * roomFactor);
  if (target.freeBytes < needed) {
    return lack(
      'DISK_TOO_SMALL',
      `${target.nearest} has ${formatBytes(target.freeBytes)} free, and a restore needs about ${formatBytes(needed)}.`,
      `Free ${formatBytes(needed - target.freeBytes)} there, or give a target-dir on a larger filesystem.`,
    );
  }
  const room = `${target.nearest} has ${formatBytes(target.freeBytes)} free for about ${formatBytes(needed)}`;
  if (target.onSameFilesystem)
    return good(subject, `${room}; from there the files are only renamed into ${datadir}.`);
  const copy = `${room}; it is another filesystem than that of ${datadir}, so the files are copied`;
  if (target.freeAtDatadirBytes >= needed) {
    return good(
      subject,
      `${copy}, and there are ${formatBytes(target.freeAtDatadirBytes)} free beside the old data.`,
    );
  }
  return lack(
    'DISK_TOO_SMALL',
    `${copy}, and beside the old data only ${formatBytes(target.freeAtDatadirBytes)} are free.`,
    `Give a target-dir on the filesystem of ${datadir}, or free space there.`,
  );
}

export interface RightsFacts {
  uid: number;
  /** `uid:gid` of the datadir. */
  owner: string;
  mayWriteDatadir: boolean;
  /** A rename needs it; without, the old data is moved within the datadir. */
  mayWriteParent: boolean;
}

async function readRights({ datadir }: RestoreQuestions): Promise<RightsFacts> {
  const { path, owner, exists } = await inspectDatadir(datadir);
  return {
    uid: process.getuid?.() ?? 0,
    owner,
    mayWriteDatadir: await isWritable(exists ? path : dirname(path)),
    mayWriteParent: await isWritable(dirname(path)),
  };
}

/** May this user move the old data away, and give the new its owner? */
export function judgeRights(
  { datadir, owner: wantedOwner, forRestore }: RestoreQuestions,
  told: Told<RightsFacts>,
): Finding[] {
  const subject = 'Replacing the datadir';
  if ('untold' in told) return [unknown(subject, `It cannot be told: ${asSentence(told.untold)}`)];
  const { uid, owner, mayWriteDatadir, mayWriteParent } = told.value;
  if (uid === 0) return [good(subject, `root may replace ${datadir} and change the owner of files.`)];
  const lack = lackOf(forRestore, subject);
  if (!owner.startsWith(`${uid}:`) || !mayWriteDatadir) {
    return [
      lack(
        'DATADIR_UNSUITABLE',
        `uid ${uid} may not replace ${datadir}, which belongs to ${owner}: it can neither move the old data nor change owners.`,
        'sudo xbackup apply …, or run the runner as root or as the owner of the datadir',
      ),
    ];
  }
  if (wantedOwner !== undefined) {
    return [
      lack(
        'DATADIR_UNSUITABLE',
        `uid ${uid} owns ${datadir}, but only root may give files to ${wantedOwner}.`,
        'Leave the input owner out, or run apply as root.',
      ),
    ];
  }
  const how = mayWriteParent ? 'rename it' : `move what is in it (it may not write into ${dirname(datadir)})`;
  return [good(subject, `uid ${uid} owns ${datadir} and may ${how}.`)];
}

/** May this user stop and start the server? It is not tried. */
async function checkService(questions: RestoreQuestions): Promise<Finding[]> {
  const { stopCommand, startCommand } = questions;
  const commands = await ask(() => serviceCommands(stopCommand, startCommand));
  return [judgeService(questions, commands, process.getuid?.() ?? 0)];
}

export function judgeService(
  { stopCommand, startCommand, forRestore }: RestoreQuestions,
  told: Told<{ stop: string; start: string }>,
  uid: number,
): Finding {
  const subject = 'Stopping and starting';
  if ('untold' in told) {
    return lackOf(forRestore, subject)(
      'INPUT_INVALID',
      told.untold,
      'Give the inputs stop-command and start-command.',
    );
  }
  const { stop, start } = told.value;
  const said = `«${stop}» and «${start}»`;
  if (stopCommand !== undefined && startCommand !== undefined) {
    return unknown(subject, `${said} were given; whether they work shows only when they run.`);
  }
  if (uid === 0) return good(subject, `root may run ${said}.`);
  return {
    ...unknown(
      subject,
      `uid ${uid} may run ${said} only where polkit lets it, which cannot be told without trying.`,
    ),
    mend: `stop-command: sudo -n ${stop}; start-command: sudo -n ${start}; and both in /etc/sudoers.d for this user`,
  };
}

function lackOf(forRestore: boolean, subject: string) {
  return (code: ErrorCode, fact: string, mend: string): Finding =>
    forRestore ? bad(subject, code, fact, mend) : warning(subject, fact, mend);
}

function whoRunsThis(): string {
  return `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}
