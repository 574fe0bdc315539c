import { isAbsolute, normalize } from 'node:path';
import { z } from 'zod';

/** The values that inputs accept, parsed from the text that GitHub, a flag or a variable gives. */

const decimal = /^\d{1,15}$/;

/** A whole number between `least` and `most`. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(decimal)
    .transform(Number)
    .refine((n) => n >= least && n <= most);

export const yesOrNo = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false']))
  .transform((text) => text === 'true');

/** S3's own rules: 3 to 63 of a-z, 0-9, dot and dash. */
export const bucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);

/** A key prefix: path segments of safe characters, without `.` or `..`. */
export const keyPrefix = z
  .string()
  .transform((text) => text.replace(/^\/+|\/+$/g, ''))
  .refine((text) => text.split('/').every(isSafeSegment));

/** One key segment: a server's name. */
export const keySegment = z.string().refine(isSafeSegment);

function isSafeSegment(segment: string): boolean {
  return /^[A-Za-z0-9._=-]{1,200}$/.test(segment) && !/^\.+$/.test(segment);
}

export const httpUrl = z.string().refine((text) => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.hostname !== '' && url.username === '' && url.password === '' && url.search === '';
});

/** A path from the root, without a trailing slash. The root itself is never what is meant. */
export const absolutePath = z
  .string()
  .refine((text) => isAbsolute(text) && !text.includes('\0'))
  .transform((text) => normalize(text).replace(/\/+$/, ''))
  .refine((text) => text !== '');

/** A day that exists, or `latest`. */
export const dayOrLatest = z.string().refine((text) => text === 'latest' || isDay(text));

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** `7`, `07`, `07-30` or `07-30-15`; one digit is given its zero. */
export const hour = z
  .string()
  .transform((text) => (/^\d$/.test(text) ? `0${text}` : text))
  .refine((text) => /^([01]\d|2[0-3])(-[0-5]\d){0,2}$/.test(text));

export const timeZone = z.string().refine((text) => {
  // The default: asking `Intl` takes 30 ms of CPU time.
  if (text === 'UTC') return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
});

/** A size as MySQL's tools take it: a number with K, M, G or nothing. */
export const memorySize = z.string().regex(/^[1-9]\d{0,11}[KMG]?$/i);

/** age public keys, native or ssh, separated by commas, blanks within ssh keys allowed, or by lines. */
export const ageRecipients = z
  .string()
  .transform((text) =>
    text
      .split(/[\n,]/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  )
  .refine((keys) => keys.length > 0 && keys.every((key) => ageRecipient.test(key)));

const ageRecipient = /^(age1[a-z0-9]{10,}|ssh-(ed25519|rsa) [A-Za-z0-9+/=]+( .*)?)$/;

/** An age private key, alone or as the text of its file, an OpenSSH private key, or the path of either. */
export const ageIdentity = z
  .string()
  .refine(
    (text) =>
      /^AGE-SECRET-KEY-1[A-Z0-9]{20,}$/m.test(text) ||
      /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n/.test(text) ||
      (isAbsolute(text) && !/[\n\0]/.test(text)),
  );

/** More arguments for the tool, separated by blanks. There is no shell and so no quoting. */
export const toolArguments = z
  .string()
  .transform((text) => text.split(/\s+/).filter((word) => word !== ''))
  .refine((words) => words.every((word) => word.startsWith('--')));

/** `user`, `user:group` by name or number, as chown takes it. */
export const ownerName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?$/);

/** Text on one line, with nothing that could end a line of a defaults file or of a log. */
export const oneLine = z
  .string()
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]+$/);
