import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apply, type ApplyInputs } from '../../src/operations/apply.js';
import { LeftoversNote } from '../../src/operations/leftovers.js';
import { takeInventory, writePrepared, type Prepared } from '../../src/operations/prepared.js';
import { replicaStatements } from '../../src/report/replica-statements.js';
import { recordingLog } from '../support/recording-log.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';
import { startServer97, type Server97 } from './server-97.js';

/**
 * A restore of a real MySQL 9.7 that keeps the parts of its data in many places. The data is a copy of the stopped
 * server's, laid out as XtraBackup would have prepared it, and a script plays XtraBackup's part of putting it back.
 */
const minutes = 60_000;

let dir: TemporaryDirectory;
let server: Server97;
let uuid: string;
/** What the server had executed when it was backed up. */
let gtid: string;

const place = (name: string): string => join(dir.path, name);

beforeAll(async () => {
  dir = await temporaryDirectory('restore97');
  for (const name of ['home', 'redo', 'undo', 'doublewrite', 'tables', 'binlogs']) await mkdir(place(name));
  server = await startServer97({
    options: [
      `--innodb-data-home-dir=${place('home')}`,
      `--innodb-log-group-home-dir=${place('redo')}`,
      `--innodb-undo-directory=${place('undo')}`,
      `--innodb-doublewrite-dir=${place('doublewrite')}`,
      `--innodb-directories=${place('tables')}`,
      `--log-bin=${place('binlogs')}/binlog`,
      '--gtid-mode=ON',
      '--enforce-gtid-consistency=ON',
    ],
  });
  for (const statement of [
    'CREATE DATABASE shop',
    'CREATE TABLE shop.near (id INT PRIMARY KEY)',
    `CREATE TABLE shop.far (id INT PRIMARY KEY) DATA DIRECTORY = '${place('tables')}'`,
    `CREATE TABLESPACE wide ADD DATAFILE '${place('tables')}/wide.ibd'`,
    'CREATE TABLE shop.general (id INT PRIMARY KEY) TABLESPACE wide',
    'INSERT INTO shop.near VALUES (1)',
    'INSERT INTO shop.far VALUES (1)',
    'INSERT INTO shop.general VALUES (1)',
  ]) {
    await server.query(statement);
  }
  uuid = String((await server.query('SELECT @@server_uuid AS uuid'))[0]?.['uuid']);
  gtid = String((await server.query('SELECT @@gtid_executed AS gtid'))[0]?.['gtid']);
  await server.stop();
  await makePrepared();
  await makeTool();
  await server.start();
  await server.query('SET PERSIST max_connections = 77');
  await server.query('INSERT INTO shop.far VALUES (2)');
  await server.query('DROP TABLE shop.general');
  await server.query('DROP TABLESPACE wide');
  await server.query(`CREATE TABLE shop.later (id INT) DATA DIRECTORY = '${place('tables')}'`);
}, 3 * minutes);

afterAll(async () => {
  await server.remove();
  await dir.remove();
}, minutes);

/** What XtraBackup leaves after a prepare: no redo log, no auto.cnf, no keys, no persisted settings. */
async function makePrepared(): Promise<void> {
  const data = join(place('prepared'), '2026-11-17/00');
  await mkdir(data, { recursive: true });
  for (const name of ['mysql', 'performance_schema', 'sys', 'shop', 'mysql.ibd']) {
    await cp(join(server.datadir, name), join(data, name), { recursive: true });
  }
  for (const name of ['undo_001', 'undo_002']) await cp(join(place('undo'), name), join(data, name));
  await cp(join(place('home'), 'ibdata1'), join(data, 'ibdata1'));
  await cp(join(place('tables'), 'shop/far.ibd'), join(data, 'shop/far.ibd'));
  await cp(join(place('tables'), 'wide.ibd'), join(data, 'wide.ibd'));
  await mkdir(join(data, '#innodb_redo'));
  await writeFile(join(data, 'backup-my.cnf'), '[mysqld]\ninnodb_data_file_path=ibdata1:12M:autoextend\n');
  const checkpoints = 'backup_type = full-prepared\nfrom_lsn = 0\nto_lsn = 1\nlast_lsn = 1\n';
  await writeFile(join(data, 'xtrabackup_checkpoints'), checkpoints);
  const tablespace = (name: string, file: string, type = 'TABLESPACE') => ({
    file_name: file,
    tablespace_name: name,
    tablespace_type: type,
  });
  const map = {
    version: 2,
    external_tablespaces: [
      tablespace('shop/far', join(place('tables'), 'shop/far.ibd')),
      tablespace('wide', join(place('tables'), 'wide.ibd')),
      tablespace('innodb_undo_001', join(place('undo'), 'undo_001'), 'UNDO_LOG'),
    ],
  };
  await writeFile(join(data, 'xtrabackup_tablespaces'), JSON.stringify(map));
  const prepared: Prepared = {
    schemaVersion: 1,
    server: 'db1',
    backupId: '2026-11-17/00',
    links: ['2026-11-17/00'],
    dataDir: '2026-11-17/00',
    toLsn: '1',
    tool: { name: 'xtrabackup', version: '9.7.1-1' },
    mysql: { version: '9.7.4', flavor: 'mysql', datadir: server.datadir, serverUuid: uuid },
    inventory: await takeInventory(data),
    preparedAt: '2026-11-17T01:00:00.000Z',
  };
  await writePrepared(place('prepared'), prepared);
}

/** Copies as XtraBackup's copy_back() does: see storage/innobase/xtrabackup/src/backup_copy.cc. */
async function makeTool(): Promise<void> {
  await mkdir(place('bin'));
  const script = `#!/bin/bash
set -e
case $1 in
  --version) echo "xtrabackup version 9.7.1-1 based on MySQL server 9.7.1 Linux (x86_64) (revision id: 1)"; exit ;;
  --defaults-file=*) file=\${1#*=} ;;
  *) echo "no defaults file" >&2; exit 1 ;;
esac
for word in "$@"; do
  case $word in --target-dir=*) from=\${word#*=} ;; --datadir=*) to=\${word#*=} ;; esac
done
option() { sed -n "s/^$1=\\"\\(.*\\)\\"$/\\1/p" "$file"; }
home=$(option innodb_data_home_dir) redo=$(option innodb_log_group_home_dir) undo=$(option innodb_undo_directory)
cd "$from"
cp --no-clobber undo_001 undo_002 "$undo"
mkdir "$redo/#innodb_redo"
cp --no-clobber ibdata1 "$home"
cp -a mysql performance_schema sys mysql.ibd "$to"
mkdir "$to/shop"
cp shop/near.ibd "$to/shop"
mkdir -p '${place('tables')}/shop'
[ ! -e '${place('tables')}/shop/far.ibd' ] && cp shop/far.ibd '${place('tables')}/shop'
[ ! -e '${place('tables')}/wide.ibd' ] && cp wide.ibd '${place('tables')}'
echo 'completed OK!' >&2
`;
  await writeFile(join(place('bin'), 'xtrabackup'), script);
  await writeFile(join(place('bin'), 'xbstream'), '#!/bin/sh\n');
  for (const name of ['xtrabackup', 'xbstream']) await chmod(join(place('bin'), name), 0o755);
}

async function restore(changes: Partial<ApplyInputs> = {}) {
  const work = await temporaryDirectory('work');
  const inputs: ApplyInputs = {
    preparedDir: place('prepared'),
    datadir: server.datadir,
    confirm: 'db1',
    method: 'copy-back',
    stopCommand: server.stopCommand,
    startCommand: server.startCommand,
    owner: undefined,
    startTimeoutSeconds: 60,
    tool: 'auto',
    toolPath: join(place('bin'), 'xtrabackup'),
    mysqlDefaultsFile: undefined,
    mysqlUser: 'root',
    mysqlPassword: undefined,
    mysqlSocket: server.socket,
    mysqlHost: undefined,
    mysqlPort: undefined,
    ...changes,
  };
  const { signal } = new AbortController();
  const note = new LeftoversNote(() => undefined);
  try {
    const label = `test${String(Date.now())}`;
    const context = { log: recordingLog(), signal, workDir: work.path, note, label, run: undefined };
    return await apply(inputs, context);
  } finally {
    await work.remove();
  }
}

const numbers = async (table: string): Promise<unknown[]> =>
  (await server.query(`SELECT id FROM shop.${table} ORDER BY id`)).map(({ id }) => id);

/** Names that are there as long as the server runs. */
async function contents(): Promise<string[]> {
  const names: string[] = [];
  for (const name of ['home', 'redo', 'undo', 'doublewrite', 'tables', 'tables/shop']) {
    const files = (await readdir(place(name))).filter((file) => !/^ib(tmp1|_buffer_pool)$/.test(file));
    names.push(...files.map((file) => `${name}/${file}`));
  }
  return names.sort();
}

describe('a restore of MySQL 9.7 with data in many places', () => {
  it(
    'puts everything back when the new server fails after it has written',
    async () => {
      const before = await contents();
      const start = `if [ -e '${join(place('tables'), 'wide.ibd')}' ]; then ${server.startCommand} && ${server.stopCommand} && exit 3; else ${server.startCommand}; fi`;
      await expect(restore({ startCommand: start })).rejects.toMatchObject({ code: 'RESTORE_ROLLED_BACK' });
      expect(await contents()).toEqual(before);
      expect(await numbers('far')).toEqual([1, 2]);
      expect(await numbers('later')).toEqual([]);
      expect(await server.query('SELECT @@server_uuid AS uuid')).toEqual([{ uuid }]);
      expect(await readFile(join(server.datadir, 'mysqld-auto.cnf'), 'utf8')).toContain('max_connections');
    },
    3 * minutes,
  );

  it(
    'succeeds, with the settings and keys of the old server and a server_uuid of its own',
    async () => {
      // (With --no-defaults, as here, the server does not read the settings.)
      const keys = ['mysqld-auto.cnf', 'ca.pem', 'server-key.pem', 'private_key.pem'];
      const read = (from: string) => Promise.all(keys.map((key) => readFile(join(from, key), 'utf8')));
      const before = await read(server.datadir);
      const result = await restore();
      expect(await numbers('near')).toEqual([1]);
      expect(await numbers('far')).toEqual([1]);
      expect(await numbers('general')).toEqual([1]);
      await expect(numbers('later')).rejects.toThrow("doesn't exist");
      const [row] = await server.query('SELECT @@server_uuid AS uuid');
      expect(row).toEqual({ uuid: result.serverUuid.now });
      expect(result.serverUuid.before).toBe(uuid);
      expect(result.serverUuid.now).not.toBe(uuid);
      expect(await read(server.datadir)).toEqual(before);
      expect((await stat(join(server.datadir, 'server-key.pem'))).mode & 0o777).toBe(0o600);
      expect(result.carriedOver.copied).toEqual(
        expect.arrayContaining(['mysqld-auto.cnf', 'ca.pem', 'server-key.pem', 'client-key.pem']),
      );
      expect(result.carriedOver.copied).not.toContain('auto.cnf');
      expect(result.oldData.outside.map((path) => path.replace(/\/\.before-restore-.*/, '')).sort()).toEqual(
        ['doublewrite', 'home', 'redo', 'tables', 'tables/shop', 'undo']
          .map(place)
          .filter((path) => path !== place('tables')),
      );
      expect(await readdir(place('redo'))).toContain('#innodb_redo');
    },
    3 * minutes,
  );

  it('counts the transactions in the binary logs that stayed as executed, as the summary says', async () => {
    const [row] = await server.query('SELECT GTID_SUBTRACT(@@gtid_executed, ?) AS more', [gtid]);
    expect(row?.['more']).toContain(uuid);
  });

  it('becomes a replica by the statements that are shown', async () => {
    const [row] = await server.query('SELECT @@server_uuid AS uuid, VERSION() AS version');
    const executed = `${uuid}:1-5,${uuid}:tag:1-3`;
    const kind = { flavor: 'mysql' as const, version: String(row?.['version']) };
    const statements =
      replicaStatements(kind, { gtid: executed, binlogFile: 'binlog.000001', binlogPosition: '4' }) ?? '';
    for (const statement of statements.split(/;\n?/).filter((text) => text !== ''))
      await server.query(statement);
    const [status] = await server.query('SHOW REPLICA STATUS');
    expect(status).toMatchObject({
      Source_Host: '<address>',
      Auto_Position: 1,
      Replica_SQL_Running: 'Yes',
    });
    const [purged] = await server.query('SELECT @@gtid_purged AS gtid');
    expect(String(purged?.['gtid']).replace(/\s/g, '')).toBe(`${uuid}:1-5:tag:1-3`);
    const byFile = replicaStatements(kind, { binlogFile: 'binlog.000001', binlogPosition: '4' }) ?? '';
    await server.query('STOP REPLICA');
    await server.query('RESET REPLICA ALL');
    const change = /CHANGE[^;]*/.exec(byFile)?.[0] ?? '';
    await server.query(change);
    expect((await server.query('SHOW REPLICA STATUS'))[0]).toMatchObject({
      Source_Log_File: 'binlog.000001',
      Read_Source_Log_Pos: '4',
    });
    await server.query('RESET REPLICA ALL');
  });
});
