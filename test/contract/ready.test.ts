import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/errors.js';
import { connect, type Session } from '../../src/mysql/connection.js';
import { requireReady, type ProgramInputs } from '../../src/operations/ready.js';
import { findProgram } from '../../src/pipeline/commands.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/** What every backup asks for before it begins, of a real server and of this host. */
const privileges = ['RELOAD', 'PROCESS', 'BINLOG MONITOR'];
const account = "'bk'@'localhost'";
const inputs: ProgramInputs = {
  tool: 'auto',
  toolPath: undefined,
  encryptRecipients: undefined,
  encryptPassphrase: undefined,
};

let server: MysqlServer;
let bin: TemporaryDirectory;
let session: Session;
const path = process.env['PATH'];

beforeAll(async () => {
  server = await startMysqlServer();
  await server.query(`CREATE USER ${account}`);
  bin = await temporaryDirectory('bin');
}, 60_000);
afterAll(async () => {
  await server.remove();
  await bin.remove();
});

beforeEach(async () => {
  await server.query(`GRANT ${privileges.join(', ')} ON *.* TO ${account}`);
  session = await open();
});
afterEach(async () => {
  process.env['PATH'] = path;
  await session.close();
});

const open = () =>
  connect({ user: 'bk', password: undefined, socket: server.socket, host: undefined, port: undefined });

async function refusal(more: Partial<ProgramInputs> = {}): Promise<UserError> {
  await session.close();
  session = await open();
  const error: unknown = await requireReady(session, { ...inputs, ...more }).catch(
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error;
  throw new Error(`Not refused: ${String(error)}`);
}

it('with nothing missing, gives the tool', async () => {
  const { tool } = await requireReady(session, inputs);
  expect(tool).toMatchObject({ name: 'mariadb-backup', line: { tool: 'mariadb-backup' } });
  await expect(requireReady(session, { ...inputs, encryptPassphrase: 'x' })).resolves.toMatchObject({
    tool: { path: tool.path },
  });
});

it.each(privileges)('without %s, says it and how to grant it', async (privilege) => {
  await server.query(`REVOKE ${privilege} ON *.* FROM ${account}`);
  expect(await refusal()).toMatchObject({
    code: 'PRIVILEGE_MISSING',
    message: expect.stringMatching(/'bk'@'localhost' lacks it/),
    hint: `Nothing was touched. This mends it:\nGRANT ${privilege} ON *.* TO ${account};`,
  });
  await server.query(`GRANT ${privilege} ON *.* TO ${account}`);
  await session.close();
  session = await open();
  await expect(requireReady(session, inputs)).resolves.toBeDefined();
});

it('without any privilege, and without programs, says everything at once', async () => {
  await server.query(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${account}`);
  process.env['PATH'] = bin.path;
  const { code, message, hint } = await refusal({ toolPath: '/nowhere/mariadb-backup' });
  expect(code).toBe('PROGRAM_MISSING');
  expect(message.split('\n')).toEqual([
    'A backup cannot begin:',
    expect.stringMatching(/^- Backup tool: .*nowhere/),
    expect.stringMatching(/^- zstd: zstd is not installed/),
    ...privileges.map((privilege) => expect.stringMatching(`^- Privilege ${privilege}: `)),
  ]);
  for (const privilege of privileges) expect(hint).toContain(`GRANT ${privilege} ON *.* TO ${account};`);
  expect(hint).toMatch(/zstd/);
});

describe('a program that is not there', () => {
  /** A PATH with the named programs alone. */
  async function only(...names: string[]): Promise<void> {
    for (const name of names) {
      const found = await findProgram([name]);
      if (found === undefined) throw new Error(`${name} is not installed here`);
      await symlink(found, join(bin.path, name)).catch(() => undefined);
    }
    process.env['PATH'] = bin.path;
  }

  it.each([
    ['age', { encryptRecipients: ['age1x'] }],
    ['gpg', { encryptPassphrase: 'x' }],
  ])('%s is missed only where the inputs ask for it', async (name, asking) => {
    await only('zstd', 'mariadb-backup', 'mbstream');
    await expect(requireReady(session, inputs)).resolves.toBeDefined();
    const error = await refusal(asking);
    expect(error).toMatchObject({
      code: 'PROGRAM_MISSING',
      message: expect.stringContaining(`${name} is not`),
    });
    expect(error.hint).toMatch(/install/);
  });
});

it('a datadir that cannot be seen here is said before anything begins', async () => {
  const file = join(server.datadir, 'ibdata1');
  await rename(file, `${file}.away`);
  try {
    expect(await refusal()).toMatchObject({ code: 'DATADIR_UNREADABLE' });
  } finally {
    await rename(`${file}.away`, file);
  }
});

it('the wrong tool for the server is said, with the right one', async () => {
  expect(await refusal({ tool: 'xtrabackup' })).toMatchObject({
    code: expect.stringMatching(/TOOL_UNSUITABLE|PROGRAM_MISSING/),
    hint: expect.stringContaining('tool: mariadb-backup'),
  });
});
