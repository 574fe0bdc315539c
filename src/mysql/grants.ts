import { isAtLeast } from '../tools/versions.js';
import type { Session } from './connection.js';
import { parseGrant, type Grant } from './grant-statement.js';

/** What an account may do, read from the server before anything is tried. */

export interface Grants {
  /** As it must stand in a GRANT statement: `'bk'@'localhost'`. */
  account: string;
  /** `on` is `*.*`, `schema.*` or `schema.table`. A grant for some columns only does not count. */
  holds: (privilege: string, on: string) => boolean;
  /** The statement that gives a privilege, such as `GRANT PROCESS ON *.* TO 'bk'@'localhost';`. */
  statementFor: (privilege: string, on: string) => string;
}

/**
 * The account that the session runs as, and what it was granted: directly, by the roles that are active (which are
 * the default roles, as the backup tool has them too) and in MariaDB by PUBLIC.
 */
export async function readGrants(session: Session): Promise<Grants> {
  const [self] = await session.query('SELECT CURRENT_USER() AS account, VERSION() AS version');
  const version = self?.['version'] ?? '';
  // Only without FOR do both MySQL and MariaDB show what the active roles give.
  const rows = await session.query('SHOW GRANTS');
  const [literal] = await session.query("SHOW GLOBAL VARIABLES WHERE Variable_name = 'partial_revokes'");
  const lines = rows.map((row) => Object.values(row)[0] ?? '');
  const account = quoteAccount(self?.['account'] ?? '');
  return {
    account,
    holds: parseGrants(lines, { schemaWildcards: literal?.['Value'] !== 'ON' }).holds,
    statementFor: (privilege, on) => `GRANT ${nameIn(version, privilege)} ON ${on} TO ${account};`,
  };
}

/**
 * Reads the lines of SHOW GRANTS.
 * @param schemaWildcards false where the server takes `%` and `_` in the names of schemas literally, as MySQL
 *   does with partial_revokes=ON.
 */
export function parseGrants(
  lines: readonly string[],
  { schemaWildcards = true }: { schemaWildcards?: boolean } = {},
): Pick<Grants, 'holds'> {
  const all = lines.map(parseGrant).filter((grant) => grant !== undefined);
  const given = all.filter(({ verb }) => verb === 'GRANT');
  const revoked = all.filter(({ verb }) => verb === 'REVOKE');

  const holdsOnSchema = (accepted: ReadonlySet<string>, schema: string): boolean => {
    const matching = given.filter(
      (grant) =>
        grant.table === '*' && grant.schema !== '*' && matches(grant.schema, schema, schemaWildcards),
    );
    // Of several patterns that match, the servers take the most specific one alone.
    return matching.some(
      (grant) =>
        includesAny(grant, accepted) &&
        !matching.some(
          (other) => other.grantee === grant.grantee && weight(other.schema) > weight(grant.schema),
        ),
    );
  };

  return {
    holds(privilege, on) {
      const accepted = whatGives(privilege);
      const [schema, table] = splitTarget(on);
      // A partial revoke takes one schema out of a grant on *.*.
      const partly = revoked.some(
        (revoke) => includesAny(revoke, accepted) && (schema === '*' || revoke.schema === schema),
      );
      if (!partly && given.some((grant) => grant.schema === '*' && includesAny(grant, accepted))) return true;
      if (schema === '*') return false;
      if (holdsOnSchema(accepted, schema)) return true;
      return (
        table !== '*' &&
        given.some(
          (grant) => grant.schema === schema && grant.table === table && includesAny(grant, accepted),
        )
      );
    },
  };
}

/** `user@host`, as CURRENT_USER() gives it, as a statement takes it in every SQL mode. */
export function quoteAccount(currentUser: string): string {
  const at = currentUser.lastIndexOf('@');
  // Where a backslash escapes depends on the SQL mode, but not between backquotes.
  const quote = (name: string) => (/['\\]/.test(name) ? `\`${name.replaceAll('`', '``')}\`` : `'${name}'`);
  return `${quote(currentUser.slice(0, at))}@${quote(currentUser.slice(at + 1))}`;
}

/** Names that mean the same, in MariaDB since 10.5. */
const synonyms: Readonly<Record<string, string>> = {
  ALL: 'ALL PRIVILEGES',
  'BINLOG MONITOR': 'REPLICATION CLIENT',
  'SLAVE MONITOR': 'REPLICA MONITOR',
};

/** What SUPER gives as well; the servers' own refusals name both («SUPER, REPLICATION CLIENT»). */
const givenBySuper = ['REPLICATION CLIENT', 'REPLICA MONITOR', 'SYSTEM_VARIABLES_ADMIN'];

function whatGives(privilege: string): ReadonlySet<string> {
  const name = canonical(privilege);
  return new Set([name, 'ALL PRIVILEGES', ...(givenBySuper.includes(name) ? ['SUPER'] : [])]);
}

function canonical(privilege: string): string {
  const name = privilege.trim().replace(/\s+/g, ' ').toUpperCase();
  return synonyms[name] ?? name;
}

function includesAny(grant: Grant, accepted: ReadonlySet<string>): boolean {
  return grant.privileges.some((privilege) => accepted.has(canonical(privilege)));
}

/** MariaDB before 10.5 has neither name, and one privilege for both. */
function nameIn(version: string, privilege: string): string {
  const isOld = /mariadb/i.test(version) && !isAtLeast(version, '10.5');
  return isOld && ['BINLOG MONITOR', 'REPLICA MONITOR'].includes(privilege.toUpperCase())
    ? 'REPLICATION CLIENT'
    : privilege;
}

function splitTarget(on: string): [schema: string, table: string] {
  const dot = on.indexOf('.');
  return [on.slice(0, dot), on.slice(dot + 1)];
}

/** Schema names in grants are patterns of LIKE: `%`, `_`, and a backslash before either. */
function matches(pattern: string, schema: string, wildcards: boolean): boolean {
  if (!wildcards) return pattern === schema;
  const expression = pattern.replace(/\\(.)|[%_]|\W/gsu, (part, escaped: string | undefined) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return `\\u{${((escaped ?? part).codePointAt(0) ?? 0).toString(16)}}`;
  });
  return new RegExp(`^(?:${expression})$`, 'su').test(schema);
}

/** How specific a pattern is: what stands before its first wildcard. */
function weight(pattern: string): number {
  const wildcard = /(?<!\\)[%_]/.exec(pattern);
  return wildcard === null ? Infinity : wildcard.index;
}
