import { z } from 'zod';
import { halfOfTheCores } from '../cores.js';
import { commonInputs } from './common-inputs.js';
import type { Command, InputDefinition } from './input-definition.js';
import * as accept from './schemas.js';

/**
 * The one definition of every input. action.yml files, the README's tables and the command line's help are
 * written from it (`npm run generate`), and every action reads its inputs through it.
 */

export const inputDefinitions = {
  ...commonInputs,
  type: {
    commands: ['backup'],
    description: 'What to make. `incremental` fails when there is nothing that it could build on.',
    accepts: 'auto, full or incremental',
    schema: z.enum(['auto', 'full', 'incremental']),
    default: 'auto',
  },
  'full-every': {
    commands: ['backup', 'check'],
    description: 'How often a new chain begins with a full backup.',
    accepts: 'day, week or month',
    schema: z.enum(['day', 'week', 'month']),
    default: 'day',
  },
  timezone: {
    commands: ['backup'],
    description: 'Whose dates and hours name the backups, and when a day begins.',
    accepts: 'a time zone such as Europe/Berlin',
    schema: accept.timeZone,
    default: 'UTC',
  },
  parallel: {
    commands: ['backup', 'prepare'],
    description: 'Threads that read (backup) or extract and apply (prepare) data files at once.',
    accepts: 'a number from 1 to 64',
    schema: accept.wholeNumber(1, 64),
    default: '2',
  },
  'compress-level': {
    commands: ['backup'],
    description: "zstd's level. Above 3 it costs much time for little space.",
    accepts: 'a number from 1 to 19',
    schema: accept.wholeNumber(1, 19),
    default: '1',
  },
  'compress-threads': {
    commands: ['backup'],
    description: "zstd's threads.",
    accepts: 'a number from 1 to 64',
    schema: accept.wholeNumber(1, 64),
    default: () => String(halfOfTheCores(4)),
    defaultText: 'half of the cores, 4 at most',
  },
  nice: {
    commands: ['backup'],
    description:
      'How far the backup stands back when the processor or the disk is wanted by others: 0 is not at all, with 19 it ' +
      'takes what they leave. On a busy server it then takes much longer.',
    accepts: 'a number from 0 to 19',
    schema: accept.wholeNumber(0, 19),
    default: '0',
  },
  'encrypt-recipients': {
    commands: ['backup', 'check'],
    description: 'age public keys to encrypt for, one a line. This host then cannot read its own backups.',
    accepts: 'age1… or ssh-ed25519 or ssh-rsa public keys, separated by lines or commas',
    schema: accept.ageRecipients,
  },
  'encrypt-passphrase': {
    commands: ['backup', 'check'],
    description: 'A passphrase to encrypt with gpg (AES-256). Instead of `encrypt-recipients`.',
    accepts: 'text on one line',
    schema: accept.oneLine,
    secret: true,
  },
  sse: {
    commands: ['backup', 'check'],
    description: "The store's own encryption at rest.",
    accepts: 'AES256 or aws:kms',
    schema: z.enum(['AES256', 'aws:kms']),
    defaultText: "the bucket's default",
  },
  'sse-kms-key-id': {
    commands: ['backup', 'check'],
    description: 'The KMS key, with `sse: aws:kms`.',
    accepts: 'a key id, alias or ARN',
    schema: z.string().regex(/^[A-Za-z0-9:/_-]{1,2048}$/),
    defaultText: "the account's default key",
  },
  'object-lock-days': {
    commands: ['backup', 'check'],
    description:
      'Lock what is stored: for so many days nobody may delete it (governance mode), nor what it builds on. The bucket ' +
      'must have object lock turned on.',
    accepts: 'a number from 1 to 36500 (days)',
    schema: accept.wholeNumber(1, 36_500),
    defaultText: "the bucket's own rule",
  },
  'max-upload-mib-per-second': {
    commands: ['backup'],
    description: 'Never send faster than this.',
    accepts: 'a number from 1 to 100000 (MiB/s)',
    schema: accept.wholeNumber(1, 100_000),
    defaultText: 'no bound',
  },
  'max-parts': {
    commands: ['backup'],
    description:
      'How many parts the store takes in one upload. What does not fit into them goes on in another object.',
    accepts: 'a number from 1 to 10000',
    schema: accept.wholeNumber(1, 10_000),
    default: '10000',
  },
  tries: {
    commands: ['backup'],
    description:
      'How often to try in all. Only what may go better the next time is tried again, from the start: a DDL ' +
      'statement or an overwritten redo log during the backup, and a lock that could not be had in time.',
    accepts: 'a number from 1 to 10',
    schema: accept.wholeNumber(1, 10),
    default: '2',
  },
  'max-gap-minutes': {
    commands: ['backup', 'list'],
    description:
      'How old the last good backup may be: backup warns when it is older, and list with `check` fails. 0: any age.',
    accepts: 'a number from 0 to 525600 (minutes)',
    schema: accept.wholeNumber(0, 525_600),
    default: '180',
  },
  'extra-args': {
    commands: ['backup', 'prepare'],
    description:
      'More options for the backup tool, separated by blanks, such as `--throttle=40` at backup or ' +
      '`--keyring-file-data=…` at both. Those that xbackup itself gives are refused.',
    accepts: 'words that begin with --',
    schema: accept.toolArguments,
  },
  date: {
    commands: ['prepare'],
    description: 'The day to restore, as the backups are named, or `latest`.',
    accepts: 'a day as YYYY-MM-DD that exists, or latest',
    schema: accept.dayOrLatest,
    required: true,
  },
  hour: {
    commands: ['prepare'],
    description: 'The hour of that day. Without it the last backup of the day.',
    accepts: 'an hour 00 to 23, or one with minutes as the list shows it, such as 01-30',
    schema: accept.hour,
    defaultText: 'the last of the day',
  },
  'target-dir': {
    commands: ['prepare', 'check'],
    description: 'Where to prepare: on the same filesystem as the datadir the restore is a mere rename.',
    accepts: 'an absolute path',
    schema: accept.absolutePath,
    default: '/xbackup/recovery',
  },
  'use-memory': {
    commands: ['prepare'],
    description: 'Memory for applying the redo log.',
    accepts: 'a size such as 512M or 4G',
    schema: accept.memorySize,
    defaultText: 'a quarter of what is free',
  },
  'decrypt-identity': {
    commands: ['prepare'],
    description: 'The age private key (its text, or the path of its file).',
    accepts: 'AGE-SECRET-KEY-1…, an OpenSSH private key, or an absolute path',
    schema: accept.ageIdentity,
    secret: true,
  },
  'decrypt-passphrase': {
    commands: ['prepare'],
    description: 'The passphrase of backups that were encrypted with gpg.',
    accepts: 'text on one line',
    schema: accept.oneLine,
    secret: true,
  },
  'prepared-dir': {
    commands: ['apply'],
    description: 'What prepare left: its output of the same name, or its `target-dir`.',
    accepts: 'an absolute path',
    schema: accept.absolutePath,
    required: true,
  },
  datadir: {
    commands: ['apply'],
    description: "The server's data directory, which is replaced.",
    accepts: 'an absolute path',
    schema: accept.absolutePath,
    required: true,
  },
  confirm: {
    commands: ['apply'],
    description: 'The name of the server whose backup this is, typed by a person.',
    accepts: "the server's name as in the backup",
    schema: accept.oneLine,
    required: true,
  },
  method: {
    commands: ['apply'],
    description: 'Move or copy the prepared files. `auto` moves on the same filesystem.',
    accepts: 'auto, move-back or copy-back',
    schema: z.enum(['auto', 'move-back', 'copy-back']),
    default: 'auto',
  },
  'stop-command': {
    commands: ['apply', 'check'],
    description: 'The shell command that stops the server.',
    accepts: 'text on one line',
    schema: accept.oneLine,
    defaultText: 'systemctl stop of mariadb, mysql or mysqld',
  },
  'start-command': {
    commands: ['apply', 'check'],
    description: 'The shell command that starts the server and returns.',
    accepts: 'text on one line',
    schema: accept.oneLine,
    defaultText: 'systemctl start of the same',
  },
  owner: {
    commands: ['apply'],
    description: 'Who owns the restored files.',
    accepts: 'user or user:group',
    schema: accept.ownerName,
    defaultText: 'the owner of the old datadir',
  },
  'start-timeout-seconds': {
    commands: ['apply'],
    description: 'How long the server may take to start and answer before the restore is rolled back.',
    accepts: 'a number from 1 to 86400 (seconds)',
    schema: accept.wholeNumber(1, 86_400),
    default: '300',
  },
  'for-restore': {
    commands: ['check'],
    description:
      'Must this host also be able to restore? Then what hinders that is red, and no mere warning.',
    accepts: 'true or false',
    schema: accept.yesOrNo,
    default: 'false',
  },
  'keep-days': {
    commands: ['prune'],
    description: 'Chains with a backup of so many days before the newest backup stay.',
    accepts: 'a number from 1 to 36500 (days)',
    schema: accept.wholeNumber(1, 36_500),
    default: '14',
  },
  'keep-weekly': {
    commands: ['prune'],
    description: 'Of each of the last so many weeks that have one, the newest chain stays.',
    accepts: 'a number from 0 to 5200',
    schema: accept.wholeNumber(0, 5200),
    default: '0',
  },
  'keep-monthly': {
    commands: ['prune'],
    description: 'Of each of the last so many months that have one, the newest chain stays.',
    accepts: 'a number from 0 to 1200',
    schema: accept.wholeNumber(0, 1200),
    default: '0',
  },
  'dry-run': {
    commands: ['prune'],
    description: 'Only say what would go. With `false` (`--no-dry-run` on the command line) it goes.',
    accepts: 'true or false',
    schema: accept.yesOrNo,
    default: 'true',
  },
  check: {
    commands: ['list'],
    description:
      'Fail when the newest backup that can be restored is older than `max-gap-minutes`, when there is none, or when ' +
      'the newest chain is broken.',
    accepts: 'true or false',
    schema: accept.yesOrNo,
    default: 'false',
  },
  json: {
    commands: ['check', 'prune', 'list'],
    description: 'Print JSON instead of a table.',
    accepts: 'true or false',
    schema: accept.yesOrNo,
    default: 'false',
    commandLineOnly: true,
  },
} as const satisfies Record<string, InputDefinition>;

export type InputName = keyof typeof inputDefinitions;

/** The names of the inputs that a command takes, in the order in which they are documented. */
export function inputNames(command: Command): InputName[] {
  return (Object.keys(inputDefinitions) as InputName[]).filter((name) =>
    (inputDefinitions[name] as InputDefinition).commands.includes(command),
  );
}

export { outputDefinitions, type OutputDefinition, type OutputName } from './outputs.js';
export {
  actionCommands,
  commands,
  type ActionCommand,
  type Command,
  type InputDefinition,
} from './input-definition.js';
