import type { Finding } from '../../src/checks/finding.js';
import { checkStore } from '../../src/checks/store-checks.js';
import type { StoreUse } from '../../src/checks/store-settings.js';
import type { S3Settings } from '../../src/repository/connection.js';
import { inspectStore } from '../../src/repository/inspect.js';
import { recordingLog } from './recording-log.js';

/** Where the checks look in a bucket. */
export const place = { prefix: 'xbackup', server: 'db1' };

/** What they find in a new bucket, by their subjects. */
export const plain = {
  Bucket: 'good',
  Writing: 'good',
  'Conditional writes': 'good',
  Reading: 'good',
  'Multipart uploads': 'good',
  Removing: 'good',
  'Versioning and object lock': 'warning',
  'Aborted uploads': 'warning',
  Expiry: 'good',
  'Encryption at rest': 'warning',
  Clock: 'good',
};

// As short as a test needs it, not as a network does.
const patience = { connectSeconds: 2, idleSeconds: 1, firstPauseSeconds: 0.01 };

/** The findings by their subjects, of which there must be no two alike. */
export async function check(
  settings: Partial<S3Settings> & Pick<S3Settings, 'bucket'>,
  use: Partial<StoreUse> = {},
): Promise<Map<string, Finding>> {
  const facts = await inspectStore({ log: recordingLog(), patience, ...settings }, place);
  const usual: StoreUse = {
    fullEvery: 'day',
    isEncrypted: false,
    forRestore: false,
    objectLockDays: undefined,
  };
  const findings = checkStore(facts, { ...usual, ...use });
  const bySubject = new Map(findings.map((finding) => [finding.subject, finding]));
  if (bySubject.size !== findings.length) throw new Error(`A subject twice: ${JSON.stringify(findings)}`);
  return bySubject;
}

export function verdicts(findings: ReadonlyMap<string, Finding>): Record<string, string> {
  return Object.fromEntries([...findings].map(([subject, { verdict }]) => [subject, verdict]));
}
