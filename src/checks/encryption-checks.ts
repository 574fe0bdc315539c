import type { Unreadable } from '../mysql/datadir-survey.js';
import type { EncryptedTablespaces, Keyring } from '../mysql/tablespaces.js';
import type { Told } from '../mysql/told.js';
import { asSentence } from './from-error.js';
import { bad, good, unknown, warning, type Finding } from './finding.js';

export interface EncryptionFacts {
  flavor: 'mysql' | 'mariadb' | 'percona';
  tablespaces: Told<EncryptedTablespaces>;
  /** The variables that have logs or other files encrypted. */
  logs: Told<readonly string[]>;
  keyring: Told<Keyring | undefined>;
  /** Of the files of the keyring, the first that this user cannot read. */
  unreadable: Unreadable | undefined;
  /** Who runs this, for setfacl. */
  user: string;
}

const subject = 'Encryption';

/** The keys are in no backup: whoever has only the bucket cannot restore what the server has encrypted. */
export function judgeEncryption(facts: EncryptionFacts): Finding {
  const { tablespaces, logs, keyring } = facts;
  if ('untold' in tablespaces) {
    return unknown(subject, `Whether tables are encrypted cannot be told: ${asSentence(tablespaces.untold)}`);
  }
  const encrypted = describe(tablespaces.value, 'value' in logs ? logs.value : []);
  if (encrypted === undefined) return good(subject, 'The server has encrypted no tablespace and no log.');
  if ('untold' in keyring) {
    const why = asSentence(keyring.untold);
    return unknown(subject, `Encrypted: ${encrypted}. Where its keys are cannot be told: ${why}`);
  }
  return judgeKeyring(facts, keyring.value, encrypted);
}

function describe({ count, names }: EncryptedTablespaces, logs: readonly string[]): string | undefined {
  const some = `${count} ${count === 1 ? 'tablespace' : 'tablespaces'} (${names.join(', ')}${count > names.length ? ', …' : ''})`;
  const parts = [...(count === 0 ? [] : [some]), ...logs];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function judgeKeyring(facts: EncryptionFacts, keyring: Keyring | undefined, encrypted: string): Finding {
  if (keyring === undefined) {
    return warning(
      subject,
      `Encrypted: ${encrypted}, but the server names no keyring: where its keys are is not known.`,
    );
  }
  const { flavor, unreadable, user } = facts;
  const files = [keyring.file, keyring.unlockingFile].filter((file) => file !== undefined);
  // Both tools learn from the server where the keys are, and read them as the user that runs them.
  if (unreadable !== undefined) {
    return bad(
      subject,
      'KEYRING_UNAVAILABLE',
      `Encrypted: ${encrypted}. The backup needs the keys of ${keyring.name}, and cannot read them: ${unreadable.reason}.`,
      `setfacl -m u:${user}:r ${unreadable.path}`,
    );
  }
  const where = files.length === 0 ? `in ${keyring.name}` : `in ${files.join(' and ')} (${keyring.name})`;
  const atRestore =
    flavor === 'mariadb'
      ? 'prepare and the restored server need them at the same path'
      : 'prepare needs them too (--component-keyring-config or --keyring-file-data of XtraBackup)';
  return warning(
    subject,
    `Encrypted: ${encrypted}. The keys are ${where} and in no backup; ${atRestore}.`,
    files.length === 0
      ? `Make sure that the keys of ${keyring.name} outlive this host.`
      : `Keep a copy of ${files.join(' and ')} in a safe place that is not the bucket, and renew it when keys are rotated.`,
  );
}
