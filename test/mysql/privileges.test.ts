import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkPrivileges } from '../../src/checks/privilege-checks.js';
import { CommandError, messageOf, UserError } from '../../src/errors.js';
import type { Session } from '../../src/mysql/connection.js';
import { readGrants } from '../../src/mysql/grants.js';
import { describeServer } from '../../src/mysql/server.js';
import { lineOf, type ToolLine } from '../../src/tools/lines.js';
import { explainFailure } from '../../src/tools/messages.js';
import { privilegesFor97, startServer97, type Server97, type User97 } from './server-97.js';

/**
 * XtraBackup's privileges, each revoked in turn: what the preflight says, what the server refuses, and what is made
 * of its refusal.
 */
let server: Server97;
let user: User97;

beforeAll(async () => {
  server = await startServer97();
  user = await server.newUser('bk', privilegesFor97());
}, 120_000);
afterAll(() => server.remove());

/** What XtraBackup runs in a backup, in its order. */
const statements = [
  'SHOW VARIABLES',
  'SHOW ENGINES',
  'SHOW ENGINE INNODB STATUS',
  'SELECT * FROM performance_schema.keyring_component_status',
  'SELECT member_role FROM performance_schema.replication_group_members',
  'LOCK INSTANCE FOR BACKUP',
  'FLUSH NO_WRITE_TO_BINLOG TABLES',
  'FLUSH TABLES WITH READ LOCK',
  'FLUSH NO_WRITE_TO_BINLOG BINARY LOGS',
  'SELECT server_uuid, local, replication, storage_engines FROM performance_schema.log_status',
  'SHOW BINARY LOG STATUS',
  'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS',
  'UNLOCK TABLES',
  'UNLOCK INSTANCE',
  'SHOW REPLICA STATUS',
] as const;

/** Which of them the server refuses without a privilege. Nothing of it needs LOCK TABLES, which is asked for. */
const refused: Record<string, readonly (typeof statements)[number][]> = {
  'BACKUP_ADMIN ON *.*': [
    'LOCK INSTANCE FOR BACKUP',
    'SELECT server_uuid, local, replication, storage_engines FROM performance_schema.log_status',
    'UNLOCK INSTANCE',
  ],
  'PROCESS ON *.*': ['SHOW ENGINE INNODB STATUS'],
  'RELOAD ON *.*': [
    'FLUSH NO_WRITE_TO_BINLOG TABLES',
    'FLUSH TABLES WITH READ LOCK',
    'FLUSH NO_WRITE_TO_BINLOG BINARY LOGS',
    'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS',
  ],
  'LOCK TABLES ON *.*': [],
  'REPLICATION CLIENT ON *.*': ['SHOW BINARY LOG STATUS', 'SHOW REPLICA STATUS'],
  'SELECT ON performance_schema.log_status': [
    'SELECT server_uuid, local, replication, storage_engines FROM performance_schema.log_status',
  ],
  'SELECT ON performance_schema.keyring_component_status': [
    'SELECT * FROM performance_schema.keyring_component_status',
  ],
  'SELECT ON performance_schema.replication_group_members': [
    'SELECT member_role FROM performance_schema.replication_group_members',
  ],
};

/** The statements that fail, each with the server's error. */
async function refusals(session: Session): Promise<Map<string, Error>> {
  const failures = new Map<string, Error>();
  for (const statement of statements) {
    await session.query(statement).catch((error: unknown) => failures.set(statement, error as Error));
  }
  return failures;
}

/** The error that the server gave, with its number and state, as XtraBackup prints it. */
function asXtrabackupSays(statement: string, error: Error): string {
  const { errno, sqlState, message } = (error instanceof UserError ? error.cause : error) as Error & {
    errno: number;
    sqlState: string;
  };
  return (
    '2026-11-22T01:01:33.415932+00:00 0 [ERROR] [MY-011825] [Xtrabackup] ' +
    `failed to execute query '${statement}' : ${errno} (${sqlState}) ${message}`
  );
}

function explained(stderrTail: string): UserError {
  const failure = { program: 'xtrabackup', arguments: [], exitStatus: 1, signal: null, stderrTail };
  return explainFailure(new CommandError(failure), 'BACKUP_FAILED') as UserError;
}

const line = lineOf('xtrabackup', '9.7.1') as ToolLine;
const facts = { version: '9.7.4', logsBinary: true };

describe('with all that is asked for', () => {
  it('nothing is refused, and nothing is said to be missing', async () => {
    const session = await user.session();
    expect([...(await refusals(session)).keys()]).toEqual([]);
    const findings = checkPrivileges(await readGrants(session), line, facts);
    expect(findings.map(({ verdict }) => verdict)).toEqual(privilegesFor97().map(() => 'good'));
    await describeServer(session);
  });
});

describe.each(privilegesFor97())('without $privilege on $on', ({ privilege, on }) => {
  let session: Session;
  beforeAll(async () => {
    await server.query(`REVOKE ${privilege} ON ${on} FROM ${user.account}`);
    session = await user.session();
  });
  afterAll(() => session.close());

  it('it is the one that is said to be missing, before anything is tried', async () => {
    const grants = await readGrants(session);
    expect(privilegesFor97().filter((each) => !grants.holds(each.privilege, each.on))).toMatchObject([
      { privilege, on },
    ]);
    const bad = checkPrivileges(grants, line, facts).filter(({ verdict }) => verdict === 'bad');
    expect(bad).toMatchObject([
      { code: 'PRIVILEGE_MISSING', mend: `GRANT ${privilege} ON ${on} TO 'bk'@'localhost';` },
    ]);
  });

  it('the server refuses the statements that need it, and its message is understood', async () => {
    const failures = await refusals(session);
    expect([...failures.keys()]).toEqual(refused[`${privilege} ON ${on}`]);
    for (const [statement, error] of failures) {
      // What we run ourselves.
      expect(error).toMatchObject({
        code: 'PRIVILEGE_MISSING',
        hint: `Grant it: GRANT ${privilege} ON ${on} TO the backup user.`,
      });
      // What XtraBackup runs.
      expect(explained(asXtrabackupSays(statement, error))).toMatchObject({
        code: 'PRIVILEGE_MISSING',
        hint: `Grant it: GRANT ${privilege} ON ${on} TO the backup user.`,
      });
    }
  });

  it('our own question to the server says so, where it needs it', async () => {
    const outcome = await describeServer(session).then(() => 'answered', messageOf);
    const own: Record<string, string> = {
      PROCESS: 'SHOW ENGINE INNODB STATUS',
      'REPLICATION CLIENT': 'SHOW BINARY LOGS',
    };
    const needs = own[privilege];
    expect(outcome).toBe(
      needs === undefined
        ? 'answered'
        : `The user may not run ${needs}: it lacks the privilege ${privilege} on *.*.`,
    );
  });

  it('the statement that was given mends it', async () => {
    await server.query((await readGrants(session)).statementFor(privilege, on));
    const again = await user.session();
    expect((await readGrants(again)).holds(privilege, on)).toBe(true);
    expect([...(await refusals(again)).keys()]).toEqual([]);
    await again.close();
  });
});
