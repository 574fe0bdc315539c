import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { surveyDatadir, type DatadirSurvey } from '../../src/mysql/datadir-survey.js';
import { repositoryRoot } from '../support/repository-root.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';
import { writeTree } from '../support/trees.js';

let scratch: TemporaryDirectory;
let datadir: string;
beforeEach(async () => {
  scratch = await temporaryDirectory('survey');
  datadir = join(scratch.path, 'mysql');
});
afterEach(() => scratch.remove());

const mysql8 = {
  ibdata1: '12345',
  'mysql.ibd': '123',
  undo_001: '1',
  '#ib_16384_0.dblwr': 'not copied',
  '#innodb_redo/#ib_redo7': '12',
  '#innodb_temp/temp_1.ibt': 'not copied',
  'binlog.000001': 'not copied',
  'auto.cnf': 'not copied',
  'ca-key.pem': 'not copied',
  'mysql/general_log.CSV': '1',
  'performance_schema/accounts_1.sdi': '1',
  'lost+found/': '',
  '.hidden/t.ibd': 'not copied',
  'shop/orders.ibd': '1234',
  'shop/orders_7.sdi': '1',
};

describe('what a datadir holds', () => {
  it('of MySQL 8: tablespaces are counted, and only what a backup reads', async () => {
    await writeTree(datadir, mysql8);
    const survey = await surveyDatadir(datadir);
    expect(survey).toEqual({
      fileCount: 8,
      dataBytes: 5 + 3 + 1 + 2 + 1 + 1 + 4 + 1,
      tablespaceCount: 2,
      otherTables: [],
      rocksdbBytes: 0,
      leftOut: { count: 0, names: [] },
    });
  });

  it('other engines, table by table and the largest first', async () => {
    await writeTree(datadir, {
      ibdata1: '',
      'shop/a.MYD': '12',
      'shop/a.MYI': '1',
      'shop/b.MAD': '12345',
      'shop/b.MAI': '1',
      'shop/p#P#p0.MYD': '123',
      'shop/p#P#p1.MYD': '1234',
      'shop/c.ARZ': '1',
      'we@002dshop/d@0024.CSV': '',
      'shop/#sql-1_2.MYD': 'an ALTER TABLE at work',
      'mysql/proc.MYD': 'the system',
    });
    const { otherTables } = await surveyDatadir(datadir);
    expect(otherTables.map((table) => [table.engine, table.schema, table.name, table.sizeBytes])).toEqual([
      ['MyISAM', 'shop', 'p', 7],
      ['Aria', 'shop', 'b', 6],
      ['MyISAM', 'shop', 'a', 3],
      ['ARCHIVE', 'shop', 'c', 1],
      ['CSV', 'we-shop', 'd$', 0],
    ]);
  });

  it('a name that only the server can read is left open', async () => {
    await writeTree(datadir, { 'shop/@0k.MYD': '' });
    expect((await surveyDatadir(datadir)).otherTables[0]).toMatchObject({ schema: 'shop', name: undefined });
  });

  it('MyRocks, TokuDB, and what no tool copies', async () => {
    await writeTree(datadir, {
      ibdata1: '',
      '#rocksdb/000012.sst': '123456',
      'tokudb.environment': '',
      '_shop_t_main_1.tokudb': '',
      'shop/t.mrn': 'Mroonga',
      'shop/t.frm': '',
    });
    const { rocksdbBytes, leftOut } = await surveyDatadir(datadir);
    expect(rocksdbBytes).toBe(6);
    expect([leftOut.count, [...leftOut.names].sort()]).toEqual([
      3,
      ['_shop_t_main_1.tokudb', 'shop/t.mrn', 'tokudb.environment'],
    ]);
  });

  it('follows a database that is a link to another place', async () => {
    await writeTree(datadir, { ibdata1: '' });
    await writeTree(join(scratch.path, 'fast'), { 't.ibd': '', 'big.MYD': '' });
    await truncate(join(scratch.path, 'fast/big.MYD'), 5_000_000_000);
    await symlink(join(scratch.path, 'fast'), join(datadir, 'shop'));
    const { tablespaceCount, otherTables } = await surveyDatadir(datadir);
    expect([tablespaceCount, otherTables[0]?.sizeBytes]).toEqual([1, 5_000_000_000]);
  });

  it('that is not there is unreadable', async () => {
    expect((await surveyDatadir(datadir)).unreadable).toMatchObject({ path: datadir });
  });
});

describe('what a user cannot read', () => {
  /** Runs the survey as a user who is neither root nor the owner of what is forbidden. */
  async function surveyAsOther(): Promise<DatadirSurvey> {
    const program = join(scratch.path, 'program');
    for (const file of ['src/errors.ts', 'src/mysql/datadir-survey.ts']) {
      const { outputText } = ts.transpileModule(await readFile(join(repositoryRoot(), file), 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
      });
      const output = join(program, file.replace(/ts$/, 'js'));
      await mkdir(dirname(output), { recursive: true });
      await writeFile(output, outputText);
    }
    await writeFile(join(program, 'package.json'), '{ "type": "module" }');
    const script =
      "const { surveyDatadir } = await import(process.argv[1] + '/src/mysql/datadir-survey.js');" +
      'console.log(JSON.stringify(await surveyDatadir(process.argv[2])));';
    const node = [process.execPath, '--input-type=module', '-e', script, program, datadir];
    const asOther =
      process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    const [command = '', ...args] = [...asOther, ...node];
    await chmod(scratch.path, 0o755);
    const { stdout } = await promisify(execFile)(command, args);
    return JSON.parse(stdout) as DatadirSurvey;
  }

  beforeEach(() => writeTree(datadir, mysql8));

  it('is nothing when all may be read', async () => {
    const survey = await surveyAsOther();
    expect([survey.fileCount, survey.unreadable]).toEqual([8, undefined]);
  });

  it.each([
    ['one table', 'shop/orders.ibd', 7],
    ['the directory of a database', 'shop', 6],
    ['the redo log', '#innodb_redo', 7],
    ['a binary log', 'binlog.000001', 8],
    ['the datadir itself', '', 0],
  ])('%s is named', async (_, name, readable) => {
    const path = join(datadir, name).replace(/\/$/, '');
    await chmod(path, 0o000);
    const survey = await surveyAsOther();
    await chmod(path, 0o755);
    expect(survey.unreadable).toMatchObject({ path, reason: expect.stringContaining('EACCES') });
    expect(survey.fileCount).toBe(readable);
  });

  it.each(['lost+found', 'ca-key.pem', '#innodb_temp', '.hidden'])(
    '%s does not matter: no backup reads it',
    async (name) => {
      await chmod(join(datadir, name), 0o000);
      const survey = await surveyAsOther();
      await chmod(join(datadir, name), 0o755);
      expect(survey.unreadable).toBeUndefined();
    },
  );
});
