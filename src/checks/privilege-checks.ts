import type { Grants } from '../mysql/grants.js';
import type { ToolLine } from '../tools/lines.js';
import { isAtLeast } from '../tools/versions.js';
import { bad, good, type Finding } from './finding.js';

/**
 * The privileges of a backup, one by one. The tools miss some of them only when all data is read. What this program
 * asks by itself (INNODB STATUS, the binary logs, InnoDB's tables in information_schema) needs no others.
 */
export function checkPrivileges(
  grants: Grants,
  line: Pick<ToolLine, 'tool' | 'name' | 'privileges'>,
  server: { version: string; logsBinary: boolean },
): Finding[] {
  return line.privileges
    .filter(({ onlyWithBinlog }) => onlyWithBinlog !== true || server.logsBinary)
    .filter(({ sinceServer }) => sinceServer === undefined || isAtLeast(server.version, sinceServer))
    .map(({ privilege, on, why }) => {
      const subject = on === '*.*' ? `Privilege ${privilege}` : `Privilege ${privilege} on ${on}`;
      if (grants.holds(privilege, on)) return good(subject, `${grants.account} holds it.`);
      return bad(
        subject,
        'PRIVILEGE_MISSING',
        `${grants.account} lacks it. ${line.tool} needs it for ${why}.`,
        grants.statementFor(privilege, on),
      );
    });
}
