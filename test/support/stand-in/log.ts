import { writeSync } from 'node:fs';

/** The log of XtraBackup 8.x, on stderr. */

export function note(text: string, thread = 0): void {
  say('Note', text, thread);
}

export function warning(text: string): void {
  say('Warning', text, 0);
}

export function error(text: string): void {
  say('ERROR', text, 0);
}

function say(level: string, text: string, thread: number, subsystem = '[MY-011825] [Xtrabackup]'): void {
  plain(`${timestamp(new Date())} ${thread} [${level}] ${subsystem} ${text}`);
}

/** A line without the beginning that the others have. */
export function plain(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(2, bytes, done);
    } catch (failure) {
      // Node's pipes do not wait for their reader; a tool does.
      if ((failure as NodeJS.ErrnoException).code !== 'EAGAIN') throw failure;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** `2025-07-28T01:01:33.415932+03:00` */
function timestamp(at: Date): string {
  const ahead = -at.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const zone = `${ahead < 0 ? '-' : '+'}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  return new Date(at.getTime() + ahead * 60_000).toISOString().replace('Z', `000${zone}`);
}

/** A failure that was foreseen: what the tool says, and its exit status. */
export class Refusal extends Error {
  constructor(
    readonly lines: readonly string[],
    readonly exitStatus = 1,
  ) {
    super(lines[0]);
  }
}

export function refuse(...lines: string[]): never {
  throw new Refusal(lines);
}

/** What mariadb-backup says, as XtraBackup would say it. */
export class Translator {
  /** The last line was «completed OK!»: not passed on, since what is left to do here may fail. */
  completed = false;
  /** The file that each thread has in hand. */
  readonly #inHand = new Map<number, string>();

  line(said: string): void {
    const [, number, text] = /^\[(\d+)\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+(.*)$/.exec(said) ?? [];
    const [, level, ofInnodb] =
      /^\d{4}-\d\d-\d\d +\d+:\d\d:\d\d \d+ \[(\w+)\] InnoDB: (.*)$/.exec(said) ?? [];
    if (level !== undefined) return say(level, ofInnodb ?? '', 0, '[MY-012551] [InnoDB]');
    const thread = Number(number ?? 0);
    const words = (text ?? said).replace(/^(mariabackup|mariadb-backup): /, '');
    this.completed = words === 'completed OK!';
    if (this.completed || words === '' || passedOver.some((pattern) => pattern.test(words))) return;
    if (words.startsWith('...done')) {
      const inHand = this.#inHand.get(thread);
      if (inHand !== undefined) note(`Done: ${inHand}`, thread);
      this.#inHand.delete(thread);
      return;
    }
    const translated = translations.reduce((line, [from, to]) => line.replace(from, to), words);
    if (/^(Streaming|Copying|Moving) /.test(words)) this.#inHand.set(thread, translated);
    if (/^error:? |^Error|^Failed to|error number \d/i.test(words)) error(translated);
    else note(translated, thread);
  }
}

/** What belongs to MariaDB alone. */
const passedOver = [
  /based on MariaDB server/,
  /\baria\b/i,
  /BACKUP STAGE/,
  /^Using server version/,
  /DDL tracking/,
  /common engine tables/,
  // Made anew.
  /^Streaming (xtrabackup|mariadb_backup)_/,
  /^(Log|Collect log) table/,
];

const translations: readonly [RegExp, string][] = [
  [/^Streaming ibdata/, 'Streaming ./ibdata'],
  [/ to <STDOUT>$/, ''],
  [/^Acquiring BACKUP LOCKS\.\.\./, 'Executing LOCK INSTANCE FOR BACKUP ...'],
  [/^All tables unlocked/, 'Executing UNLOCK INSTANCE'],
  [/^Redo log \(from LSN (\d+) to (\d+)\) was copied\./, 'Transaction log of lsn ($1) to ($2) was copied.'],
  [/, GTID of the last change '[^']*'$/, ''],
  [/MariaDB server/g, 'MySQL server'],
  [/^error: |^Error: /i, ''],
  [/\bib_logfile0\b/g, 'xtrabackup_logfile'],
];
