import { relative } from 'node:path';
import type { Command, InputName } from './definition.js';
import { whatExtraArgsMayNot } from './extra-args.js';

/** What is wrong with inputs that are fine each by itself. Pure: paths are compared as text. */

interface Given {
  has(name: InputName): boolean;
  /** The parsed value, or undefined where it is missing or was not valid. */
  value(name: InputName): unknown;
}

type Rule = (given: Given) => string | string[] | undefined;

const connection: readonly InputName[] = [
  'mysql-user',
  'mysql-password',
  'mysql-socket',
  'mysql-host',
  'mysql-port',
];

const connectionRules: readonly Rule[] = [
  (given) => {
    const others = connection.filter((name) => given.has(name));
    if (!given.has('mysql-defaults-file') || others.length === 0) return;
    return `mysql-defaults-file and ${others.join(', ')} exclude each other: put them all into the file, or none.`;
  },
  excludes('mysql-socket', 'mysql-host'),
  (given) =>
    given.has('mysql-port') && !given.has('mysql-host') && !given.has('mysql-defaults-file')
      ? 'mysql-port needs mysql-host.'
      : undefined,
];

const encryptionRules: readonly Rule[] = [
  excludes('encrypt-recipients', 'encrypt-passphrase'),
  (given) =>
    given.has('sse-kms-key-id') && given.value('sse') !== 'aws:kms'
      ? 'sse-kms-key-id needs sse: aws:kms.'
      : undefined,
];

const extraArgsRule: Rule = (given) => whatExtraArgsMayNot(given.value('extra-args'));

const rules: Record<Command, readonly Rule[]> = {
  backup: [...connectionRules, ...encryptionRules, extraArgsRule],
  prepare: [
    extraArgsRule,
    (given) =>
      given.has('hour') && given.value('date') === 'latest'
        ? 'hour needs a day: date is latest, which takes the last backup there is. Give the date, or leave hour out.'
        : undefined,
  ],
  apply: [...connectionRules, datadirIsApart, datadirIsNoSystemFolder],
  check: [...connectionRules, ...encryptionRules],
  prune: [],
  list: [],
};

/**
 * Every combination of `command`'s inputs that does not fit together, as sentences.
 * @param given the names of the inputs that somebody gave, valid or not.
 * @param values the parsed values, defaults included.
 */
export function findConflicts(
  command: Command,
  given: ReadonlySet<InputName>,
  values: Readonly<Partial<Record<InputName, unknown>>>,
): string[] {
  const view: Given = { has: (name) => given.has(name), value: (name) => values[name] };
  return rules[command].flatMap((rule) => rule(view) ?? []);
}

function excludes(one: InputName, other: InputName): Rule {
  return (given) =>
    given.has(one) && given.has(other) ? `${one} and ${other} exclude each other: give one.` : undefined;
}

function datadirIsApart(given: Given): string | undefined {
  const [prepared, datadir] = [given.value('prepared-dir'), given.value('datadir')];
  if (typeof prepared !== 'string' || typeof datadir !== 'string') return;
  if (prepared === datadir) return `prepared-dir and datadir are the same directory, ${datadir}.`;
  if (isInside(prepared, datadir)) return `prepared-dir ${prepared} is inside datadir ${datadir}.`;
  if (isInside(datadir, prepared)) return `datadir ${datadir} is inside prepared-dir ${prepared}.`;
  return;
}

// What is set aside and replaced as a whole must be a data directory and nothing else.
const systemFolders =
  '/bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr ' +
  '/usr/bin /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin /usr/local/lib /usr/sbin /usr/share ' +
  '/var /var/cache /var/lib /var/log /var/opt /var/run /var/spool /var/tmp';
const noDatadirBelow = ['/bin', '/boot', '/etc', '/lib', '/proc', '/sbin', '/sys', '/usr/bin', '/usr/sbin'];

function datadirIsNoSystemFolder(given: Given): string | undefined {
  const datadir = given.value('datadir');
  if (typeof datadir !== 'string') return;
  const isSystem =
    systemFolders.split(' ').includes(datadir) || noDatadirBelow.some((folder) => isInside(datadir, folder));
  return isSystem ? `datadir is ${datadir}, a folder of the system and not a data directory.` : undefined;
}

function isInside(path: string, folder: string): boolean {
  const step = relative(folder, path);
  return step !== '' && step !== '..' && !step.startsWith('../');
}
