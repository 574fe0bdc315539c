import type { Prepared } from '../operations/prepared.js';
import { codeBlock, details, page } from './markdown.js';
import { replicaStatements } from './replica-statements.js';

/** GitHub drops a summary over 1 MiB. */
const longestStatements = 200_000;

/** Folded: how the data becomes a replica. Undefined when its server wrote no binary log. */
export function replicaSection(
  prepared: Prepared,
  serverVersion = prepared.mysql.version,
): string | undefined {
  const { flavor } = prepared.mysql;
  const statements = replicaStatements({ flavor, version: serverVersion }, prepared);
  if (statements === undefined) return undefined;
  const isShort = statements.length <= longestStatements;
  const body = [
    `For a server that runs on this data and is to follow the one that was backed up. That one must still have its binary logs from there on.`,
    isShort
      ? codeBlock(statements, 'sql')
      : 'The set of GTIDs is too long to be shown here: it is in the output `gtid`.',
  ];
  return details('To make it a replica', page(body).trimEnd());
}
