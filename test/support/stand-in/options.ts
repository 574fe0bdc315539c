import { hasOption, lineOf, type LineOption, type ToolLine } from '../../../src/tools/lines.js';
import { error, plain, Refusal, warning } from './log.js';

/** The command line of one run. */
export interface CommandLine {
  version: string;
  line: ToolLine;
  /** As they were given, for `tool_command`. */
  words: readonly string[];
  /** By name, with dashes; an option without a value has an empty one. */
  options: ReadonlyMap<string, string>;
}

/** @throws Refusal for what cannot be read. Unknown options are left for `refuseUnknown`. */
export function readCommandLine(version: string, words: readonly string[]): CommandLine {
  const line = lineOf('xtrabackup', version);
  if (line === undefined) throw new Refusal([`There is no XtraBackup ${version}.`]);
  const options = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (index > 0 && /^--defaults-(extra-)?file(=|$)/.test(word)) {
      throw new Refusal([`${word.replace(/=.*/s, '')} must be specified first on the command line`]);
    }
    const [, letter, attached] = /^-([vuphPS])(.*)$/s.exec(word) ?? [];
    if (letter !== undefined) {
      options.set(
        shortNames[letter] ?? letter,
        attached !== '' ? (attached ?? '') : valueAfter(letter, words[++index]),
      );
      continue;
    }
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) throw new Refusal([`unknown argument: '${word}'`]);
    const known = name.replaceAll('_', '-').replace(/^loose-/, '');
    const needsNext = value === undefined && withValue.has(known);
    options.set(known, needsNext ? (words[++index] ?? '') : (value ?? ''));
  }
  return { version, line, words, options };
}

function valueAfter(letter: string, next: string | undefined): string {
  return letter === 'v' || letter === 'p' ? '' : (next ?? '');
}

const shortNames: Record<string, string> = {
  v: 'version',
  u: 'user',
  p: 'password',
  h: 'host',
  P: 'port',
  S: 'socket',
};

/**
 * XtraBackup looks for options that it does not know when the run is under way already.
 * @throws Refusal unless `--strict=OFF`.
 */
export function refuseUnknown({ version, line, words, options }: CommandLine): void {
  const unknown = [...options.keys()].filter((name) => !isKnown(name, line, version));
  const [first] = unknown;
  if (first === undefined) return;
  if (/^(off|0|false)$/i.test(options.get('strict') ?? '') || options.has('skip-strict')) {
    for (const name of unknown) warning(`unknown option --${name}`);
    return;
  }
  const value = options.get(first);
  const wasAssigned = words.some((word) => word.replaceAll('_', '-').startsWith(`--${first}=`));
  plain(
    wasAssigned
      ? `xtrabackup: [ERROR] unknown variable '${first}=${value ?? ''}'.`
      : `xtrabackup: [ERROR] unknown option '--${first}'.`,
  );
  throw new Refusal([]);
}

/** What the real one can, and this one cannot: it says so rather than do something else. */
export function refuseUndone({ options }: CommandLine): void {
  const asked = undone.filter((name) => options.has(name));
  for (const name of asked) error(`the stand-in has no --${name}`);
  if (asked.length > 0) throw new Refusal([], 70);
}

function isKnown(name: string, line: ToolLine, version: string): boolean {
  const bare = name.replace(/^(skip|disable|enable)-/, '');
  const gated = lineOptions.find((option) => option === name || option === bare);
  if (gated !== undefined) return hasOption(line, version, gated);
  return known.has(name) || known.has(bare) || /^(innodb|ssl|tls|rocksdb)-/.test(name);
}

/** Those of the table, but for `parallel-prepare`, which is no option of its own. */
const lineOptions: readonly LineOption[] = [
  'no-version-check',
  'strict',
  'lock-ddl',
  'lock-ddl-timeout',
  'backup-lock-timeout',
  'ftwrl-wait-timeout',
  'register-redo-log-consumer',
  'page-tracking',
  'fifo-streams',
  'estimate-memory',
  'apply-log-only',
  'check-tables',
];

const undone = [
  'compress',
  'decompress',
  'encrypt',
  'decrypt',
  'export',
  'fifo-streams',
  'history',
  'incremental-history-name',
  'incremental-history-uuid',
  'print-param',
  'transition-key',
];

const flags = `apply-log-only backup check-privileges check-tables close-files copy-back core-file decompress
  dump-innodb-buffer-pool estimate-memory export force-non-empty-directories galera-info
  generate-new-master-key generate-transition-key incremental-force-scan kill-long-query-type lock-ddl
  lock-ddl-per-table move-back no-backup-locks no-defaults no-lock no-server-version-check no-version-check
  page-tracking prepare print-param register-redo-log-consumer remove-original rollback-prepared-trx rsync
  safe-slave-backup slave-info strict tables-compatibility-check version version-check help compress history
  password`;

const valued = `backup-lock-retry-count backup-lock-timeout component-keyring-config
  component-keyring-file-config compress-chunk-size compress-threads compress-zstd-level databases
  databases-exclude databases-file datadir debug-sleep-before-unlock decompress-threads decrypt
  defaults-extra-file defaults-file defaults-group defaults-group-suffix dump-innodb-buffer-pool-pct
  dump-innodb-buffer-pool-timeout encrypt encrypt-chunk-size encrypt-key encrypt-key-file encrypt-threads
  extra-lsndir fifo-dir fifo-streams fifo-timeout ftwrl-wait-query-type ftwrl-wait-threshold
  ftwrl-wait-timeout host incremental-basedir incremental-dir incremental-history-name
  incremental-history-uuid incremental-lsn keyring-file-data kill-long-queries-timeout
  kill-wait-query-type lock-ddl-timeout log-bin log-copy-interval login-path open-files-limit parallel
  plugin-load port read-buffer-size safe-slave-backup-timeout secure-auth server-id server-public-key-path
  socket stream tables tables-exclude tables-file target-dir throttle tmpdir transition-key
  use-free-memory-pct use-memory user xtrabackup-plugin-dir`;

const names = (list: string) => new Set(list.split(/\s+/));
const withValue = names(valued);
const known = new Set([...names(flags), ...withValue]);
