/**
 * The options that xbackup gives to the backup tool itself, and why nobody else may: said twice, the stream, the
 * chain or the checks of it would no longer be right.
 */
const owned: readonly { names: string; why: string }[] = [
  { names: 'user password host port socket login-path', why: 'give the connection by the mysql-… inputs' },
  {
    names: 'defaults-file defaults-extra-file defaults-group-suffix no-defaults',
    why: 'give a defaults file by mysql-defaults-file',
  },
  {
    names: 'backup prepare copy-back move-back stats export apply-log-only',
    why: 'xbackup says what is to be done',
  },
  {
    names: 'stream target-dir extra-lsndir datadir fifo-streams fifo-dir fifo-timeout rsync',
    why: 'xbackup says where the data comes from and goes to',
  },
  {
    names:
      'incremental incremental-lsn incremental-basedir incremental-dir incremental-force-scan ' +
      'incremental-history-name incremental-history-uuid',
    why: 'xbackup chooses the base; the input type says whether there is one',
  },
  {
    names:
      'compress compress-threads compress-chunk-size compress-zstd-level decompress decompress-threads ' +
      'encrypt encrypt-key encrypt-key-file encrypt-threads encrypt-chunk-size decrypt',
    why: 'use the inputs compress-level, encrypt-recipients and encrypt-passphrase',
  },
  { names: 'transition-key', why: 'every user of the host would see it in the list of processes' },
  {
    names: 'tables tables-file tables-exclude databases databases-file databases-exclude',
    why: 'a part of the data is no backup of the server',
  },
  { names: 'no-lock no-backup-locks', why: 'tables that are not InnoDB would be inconsistent' },
  { names: 'parallel', why: 'use the input parallel' },
  { names: 'use-memory', why: 'use the input use-memory of prepare' },
];

/** What is wrong with the words of extra-args, as sentences. */
export function whatExtraArgsMayNot(words: unknown): string[] {
  if (!Array.isArray(words)) return [];
  const options = words.map((word) => String(word).split('=')[0] ?? '');
  return owned.flatMap(({ names, why }) => {
    const found = options.filter((option) => isOneOf(option, names.split(' ')));
    return found.length === 0 ? [] : [`extra-args has ${found.join(', ')}: ${why}.`];
  });
}

/** MySQL's programs also take `_` for `-`, prefixes such as --skip-, and an option shortened. */
function isOneOf(option: string, names: readonly string[]): boolean {
  const name = option
    .slice('--'.length)
    .replaceAll('_', '-')
    .replace(/^((loose|skip|enable|disable|maximum)-)+/, '');
  return names.some((known) => name !== '' && known.startsWith(name));
}
