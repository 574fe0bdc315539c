import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startDatabaseHost, type BackupPlace, type DatabaseHost } from '../support/database-host.js';
import {
  expectAllRestorable,
  expectGoesOn,
  expectNothingLeft,
  expectReported,
  type ExpectedFailure,
} from '../support/failures.js';
import { fakePrograms, wrappedTool } from '../support/wrapped-tool.js';

/** A backup whose programs fail leaves nothing, says why, and the next one goes on from the last good one. */

let host: DatabaseHost;
let place: BackupPlace;
const good: string[] = [];

beforeAll(async () => {
  host = await startDatabaseHost({ dataMib: 12 });
  place = await host.newPlace();
  good.push((await place.goodBackup()).id);
}, 120_000);

afterAll(() => host.stop(), 60_000);

async function expectFailure(
  inputs: Record<string, string>,
  expected: ExpectedFailure,
  env: Record<string, string> = {},
  node?: string,
): Promise<void> {
  const keysBefore = await place.keys();
  const ended = await place.backup({ inputs, env, ...(node === undefined ? {} : { node }) });
  expectReported(ended, expected);
  await expectNothingLeft(place, ended, keysBefore);
}

async function expectToGoOn(): Promise<void> {
  good.push(await expectGoesOn(place, good.at(-1) ?? ''));
}

describe('before anything is read', () => {
  const account = (user: string, password: string) => ({ 'mysql-user': user, 'mysql-password': password });

  beforeAll(async () => {
    const users = {
      'no-process': 'RELOAD, BINLOG MONITOR',
      'no-binlog': 'RELOAD, PROCESS',
      'no-reload': 'PROCESS, BINLOG MONITOR',
    };
    for (const [user, privileges] of Object.entries(users)) {
      await host.mysql.query(`CREATE USER '${user}'@'localhost' IDENTIFIED BY 'right'`);
      await host.mysql.query(`GRANT ${privileges} ON *.* TO '${user}'@'localhost'`);
    }
  });

  it.each([
    ['without PROCESS', account('no-process', 'right'), 'PRIVILEGE_MISSING', /PROCESS/],
    ['without BINLOG MONITOR', account('no-binlog', 'right'), 'PRIVILEGE_MISSING', /BINLOG MONITOR/],
    ['without RELOAD', account('no-reload', 'right'), 'PRIVILEGE_MISSING', /RELOAD/],
    ['wrong password', account('no-reload', 'wrong'), 'SERVER_ACCESS_DENIED', /no-reload/],
    ['wrong socket', { 'mysql-socket': '/nonexistent/mysql.sock' }, 'SERVER_UNREACHABLE', /\/nonexistent\//],
    ['no such tool', { 'tool-path': '/nonexistent/mariadb-backup' }, 'PROGRAM_MISSING', /\/nonexistent\//],
    ['another program as tool', { 'tool-path': '/bin/true' }, 'TOOL_UNSUITABLE', /\/bin\/true/],
  ] as const)(
    '%s',
    async (_, inputs, code, says) => {
      await expectFailure(inputs, { code, says });
    },
    60_000,
  );

  it('a server that is not running', async () => {
    await host.mysql.stop();
    try {
      await expectFailure({}, { code: 'SERVER_UNREACHABLE', says: /mysql\.sock/ });
    } finally {
      await host.mysql.start();
    }
  }, 60_000);

  it('leaves nothing that hinders the next backup', expectToGoOn, 60_000);
});

describe('the tool', () => {
  const cut = 3_000_000;
  const cases: [string, string, ExpectedFailure][] = [
    [
      'is killed in the middle',
      // The watcher passes some bytes on, and kills the tool, into which this shell turns.
      `exec > >(head -c ${cut}; kill -KILL $$); exec "$real" "$@"`,
      { code: 'TOOL_KILLED', says: /mariadb-backup was killed by SIGKILL/, stderr: /\[0\d\] 20\d\d-/ },
    ],
    [
      'fails in the middle',
      `"$real" "$@" 2>/dev/null | head -c ${cut}; echo 'mariabackup: error: it went wrong' >&2; exit 3`,
      { code: 'BACKUP_FAILED', says: /exit status 3/, stderr: /it went wrong/ },
    ],
    [
      'fails after a whole stream and `completed OK!`',
      '"$real" "$@" && exit 1',
      { code: 'BACKUP_FAILED', says: /exit status 1/, stderr: /completed OK!/ },
    ],
    [
      'ends with 0 and does not say `completed OK!`',
      `{ "$real" "$@" 2>&1 1>&3 | sed 's/completed OK!/completed/' >&2; } 3>&1; exit "\${PIPESTATUS[0]}"`,
      { code: 'BACKUP_FAILED', says: /last line is not «completed OK!»/ },
    ],
    [
      'ends with 0 after the half of a stream',
      `"$real" "$@" 2>/dev/null | head -c ${cut}; exit 0`,
      { code: 'BACKUP_FAILED', says: /not «completed OK!»/ },
    ],
    [
      'writes no checkpoints',
      '"$real" "$@" && rm "$lsn_dir"/*checkpoints',
      { code: 'BACKUP_INCONSISTENT', says: /checkpoints/ },
    ],
    [
      'writes cut checkpoints',
      '"$real" "$@" && for file in "$lsn_dir"/*checkpoints; do head -n 2 "$file" >x && cp x "$file"; done',
      { code: 'BACKUP_INCONSISTENT', says: /checkpoints/ },
    ],
    [
      'starts at another LSN than the base ends',
      `"$real" "$@" && sed -i 's/^from_lsn = .*/from_lsn = 12345/' "$lsn_dir"/*checkpoints`,
      { code: 'BACKUP_INCONSISTENT', says: /starts at LSN 12345/ },
    ],
    [
      'makes a full where an incremental was asked for',
      'words=(); for word in "$@"; do [[ $word = --incremental-lsn=* ]] || words+=("$word"); done; exec "$real" "${words[@]}"',
      { code: 'BACKUP_INCONSISTENT', says: /full-backuped instead of incremental/ },
    ],
  ];

  it.each(cases)(
    '%s',
    async (_, body, expected) => {
      await expectFailure({ 'tool-path': await wrappedTool(host.scratch, body) }, expected);
      await expectToGoOn();
    },
    90_000,
  );
});

describe('what may go better the next time', () => {
  const cut = 1_000_000;
  const ddl = 'An optimized (without redo logging) DDL operation has been performed.';
  // A lock that the first try leaves: where it is, the real tool runs.
  const failsOnce = (says: string): string => {
    const mark = `${host.scratch}/tried-${Math.random()}`;
    return `[ -e '${mark}' ] && exec "$real" "$@"
touch '${mark}'; "$real" "$@" 2>/dev/null | head -c ${cut}; echo '${says}' >&2; exit 1`;
  };

  it('is done again from the start, and said', async () => {
    const inputs = { 'tool-path': await wrappedTool(host.scratch, failsOnce(ddl)) };
    const ended = await place.backup({ inputs });
    expect(ended).toMatchObject({ exitCode: 0, temporaryFiles: [] });
    expect(ended.outputs['type']).toBe('incremental');
    expect(ended.summary).toMatch(/\| Tries +\| 2; before, A DDL statement without redo logging ran/);
    expect(ended.annotations.map(({ message }) => message).join()).toMatch(/try 2 of 2/);
    good.push(ended.outputs['backup-id'] ?? '');
  }, 90_000);

  it('is not done again when one try is asked for', async () => {
    const tool = await wrappedTool(host.scratch, failsOnce('log copying failed.'));
    await expectFailure({ 'tool-path': tool, tries: '1' }, { code: 'REDO_OVERWRITTEN', says: /redo log/ });
    await expectToGoOn();
  }, 90_000);

  it('fails when it goes wrong every time', async () => {
    const tool = await wrappedTool(host.scratch, `echo '${ddl}' >&2; exit 1`);
    await expectFailure({ 'tool-path': tool, tries: '3' }, { code: 'DDL_DURING_BACKUP', says: /DDL/ });
    await expectToGoOn();
  }, 90_000);
});

it('a defaults file that asks for a part of the data makes no backup', async () => {
  const file = `${host.scratch}/partial.cnf`;
  await writeFile(
    file,
    `[client]\nuser=root\nsocket=${host.mysql.socket}\n[mariadb-backup]\ndatabases=mysql\n`,
  );
  const inputs = { 'mysql-defaults-file': file, 'mysql-user': '', 'mysql-socket': '' };
  await expectFailure(inputs, { code: 'BACKUP_INCONSISTENT', says: /partial/ });
  await expectToGoOn();
}, 90_000);

describe('compression and encryption', () => {
  it('zstd fails', async () => {
    const [zstd = ''] = await fakePrograms(host.scratch, {
      zstd: `head -c 1000000 >/dev/null; echo 'zstd: error 70 : it went wrong' >&2; exit 70`,
    });
    const env = { PATH: `${dirname(zstd)}:${process.env['PATH'] ?? ''}` };
    const expected = { code: 'PIPELINE_FAILED', says: /zstd failed with exit status 70/ } as const;
    await expectFailure({}, { ...expected, stderr: /it went wrong/ }, env);
    await expectToGoOn();
  }, 90_000);

  it('zstd is killed, on Node 20', async () => {
    const [zstd = ''] = await fakePrograms(host.scratch, {
      zstd: 'head -c 1000000 >/dev/null; kill -KILL $$',
    });
    const env = { PATH: `${dirname(zstd)}:${process.env['PATH'] ?? ''}` };
    await expectFailure(
      {},
      { code: 'PIPELINE_FAILED', says: /zstd was killed by SIGKILL/ },
      env,
      process.execPath,
    );
    await expectToGoOn();
  }, 90_000);

  it('age refuses a recipient that looks right', async () => {
    const inputs = { 'encrypt-recipients': `age1${'q'.repeat(58)}` };
    await expectFailure(inputs, {
      code: 'PIPELINE_FAILED',
      says: /age failed with exit status 1/,
      stderr: /malformed recipient|invalid/,
    });
    await expectToGoOn();
  }, 90_000);

  it('gpg fails', async () => {
    const [gpg = ''] = await fakePrograms(host.scratch, {
      gpg: `head -c 100000; echo 'gpg: no space for keys' >&2; exit 2`,
    });
    const env = { PATH: `${dirname(gpg)}:${process.env['PATH'] ?? ''}` };
    const inputs = { 'encrypt-passphrase': 'correct horse battery staple' };
    const expected = { code: 'PIPELINE_FAILED', says: /gpg failed with exit status 2/ } as const;
    await expectFailure(inputs, { ...expected, stderr: /no space for keys/ }, env);
    await expectToGoOn();
  }, 90_000);
});

it('all that was made in between can be restored', async () => {
  await expectAllRestorable(place, good.length);
  const { exitCode, outputs } = await place.prepare(good.at(-1) ?? '', `${host.scratch}/prepared`);
  expect({ exitCode, links: outputs['links'] }).toEqual({ exitCode: 0, links: String(good.length) });
}, 120_000);
