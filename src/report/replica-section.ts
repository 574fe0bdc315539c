import type { Prepared } from '../operations/prepared.js';
import { codeBlock, details, page } from './markdown.js';
import { replicaStatements } from './replica-statements.js';

/** Folded: how the data becomes a replica. Undefined when its server wrote no binary log. */
export function replicaSection(
  prepared: Prepared,
  serverVersion = prepared.mysql.version,
): string | undefined {
  const { flavor } = prepared.mysql;
  const statements = replicaStatements({ flavor, version: serverVersion }, prepared);
  if (statements === undefined) return undefined;
  const body = [
    `For a server that runs on this data and is to follow the one that was backed up. That one must still have its binary logs from there on.`,
    codeBlock(statements, 'sql'),
  ];
  return details('To make it a replica', page(body).trimEnd());
}
