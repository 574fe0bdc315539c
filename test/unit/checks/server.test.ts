import { describe, expect, it } from '@jest/globals';
import { judgeEncryption, type EncryptionFacts } from '../../../src/checks/encryption-checks.js';
import { judgeEngines } from '../../../src/checks/engine-checks.js';
import { checkPrivileges } from '../../../src/checks/privilege-checks.js';
import { judgeBinaryLog, judgeRowVersions, judgeVersion } from '../../../src/checks/server-checks.js';
import type { DatadirSurvey, OtherTable } from '../../../src/mysql/datadir-survey.js';
import { parseGrants } from '../../../src/mysql/grants.js';
import { lineOf, type ToolLine } from '../../../src/tools/lines.js';

const mebibyte = 1024 * 1024;

function line(tool: ToolLine['tool'], version: string): ToolLine {
  const found = lineOf(tool, version);
  if (found === undefined) throw new Error(`There is no line ${version}.`);
  return found;
}

describe('the version', () => {
  it.each([
    ['mysql', '8.4.6', 'good', 'xtrabackup 8.4'],
    ['percona', '8.0.42-33', 'good', 'xtrabackup 8.0'],
    ['mysql', '5.7.44', 'good', 'xtrabackup 2.4'],
    ['mariadb', '11.8.3-MariaDB', 'good', 'mariadb-backup 11'],
    ['mysql', '26.7.0', 'bad', 'innovation release'],
    ['mysql', '9.2.0', 'bad', 'no backup tool'],
  ] as const)('%s %s is %s', (flavor, version, verdict, said) => {
    const finding = judgeVersion({ flavor, version, hostName: 'db1' });
    expect([finding.verdict, finding.code]).toEqual([
      verdict,
      verdict === 'bad' ? 'TOOL_UNSUITABLE' : undefined,
    ]);
    expect(finding.fact).toContain(said);
  });
});

describe('privileges', () => {
  const grantsOf = (...statements: string[]) => ({
    account: "'bk'@'localhost'",
    holds: parseGrants(statements).holds,
    statementFor: (privilege: string, on: string) => `GRANT ${privilege} ON ${on} TO 'bk'@'localhost';`,
  });
  const bads = (grants: ReturnType<typeof grantsOf>, tool: ToolLine, version: string, logsBinary = true) =>
    checkPrivileges(grants, tool, { version, logsBinary }).flatMap(({ verdict, mend }) =>
      verdict === 'bad' ? mend : [],
    );

  it('are asked for one by one, each with its statement', () => {
    const grants = grantsOf(
      'GRANT RELOAD, PROCESS, LOCK TABLES ON *.* TO `bk`@`localhost`',
      'GRANT SELECT ON `performance_schema`.* TO `bk`@`localhost`',
    );
    expect(bads(grants, line('xtrabackup', '8.4.0-6'), '8.4.6')).toEqual([
      "GRANT BACKUP_ADMIN ON *.* TO 'bk'@'localhost';",
      "GRANT REPLICATION CLIENT ON *.* TO 'bk'@'localhost';",
    ]);
  });

  it.each([
    ['8.0.23', false],
    ['8.0.24', true],
  ])('on a table that %s has: %s', (version, isAsked) => {
    const statement = "GRANT SELECT ON performance_schema.keyring_component_status TO 'bk'@'localhost';";
    expect(bads(grantsOf(), line('xtrabackup', '8.0.35-33'), version).includes(statement)).toBe(isAsked);
  });

  it('for a binary log that MariaDB does not write are not asked for', () => {
    const all = grantsOf('GRANT RELOAD, PROCESS ON *.* TO `bk`@`localhost`');
    const mariadb = line('mariadb-backup', '10.11.6-MariaDB');
    expect(bads(all, mariadb, '10.11.6-MariaDB', false)).toEqual([]);
    expect(bads(all, mariadb, '10.11.6-MariaDB', true)).toHaveLength(1);
  });
});

describe('the binary log', () => {
  it('is missed, but not needed', () => {
    expect(judgeBinaryLog({ flavor: 'mysql', logsBinary: true }).verdict).toBe('good');
    const off = judgeBinaryLog({ flavor: 'mariadb', logsBinary: false });
    expect([off.verdict, off.mend]).toEqual(['warning', expect.stringContaining('log_bin')]);
  });
});

describe('row versions', () => {
  it('of no table are not spoken of; unknown ones are', () => {
    expect(judgeRowVersions({ value: [] })).toEqual([]);
    expect(judgeRowVersions({ untold: 'no PROCESS' })).toMatchObject([
      { verdict: 'unknown', fact: expect.stringMatching(/no PROCESS\.$/) },
    ]);
  });

  it('are mended table by table, partitions once', () => {
    const [finding] = judgeRowVersions({
      value: ['shop/orders', 'shop/old@002dlog', 'shop/p#p#p0', 'shop/p#p#p1'],
    });
    expect(finding).toMatchObject({ verdict: 'bad', code: 'INSTANT_DDL' });
    expect(finding?.mend).toBe(
      'OPTIMIZE TABLE `shop`.`orders`; OPTIMIZE TABLE `shop`.`old-log`; OPTIMIZE TABLE `shop`.`p`;',
    );
  });

  it('of very many tables do not fill the page', () => {
    const value = Array.from({ length: 500 }, (_, index) => `shop/t${index}`);
    const mend = judgeRowVersions({ value })[0]?.mend ?? '';
    expect(mend.match(/OPTIMIZE/g)).toHaveLength(20);
    expect(mend).toContain('all 500 of SELECT NAME');
  });
});

describe('storage engines', () => {
  const survey: DatadirSurvey = {
    fileCount: 1,
    dataBytes: 4096 * mebibyte,
    tablespaceCount: 1,
    otherTables: [],
    rocksdbBytes: 0,
    leftOut: { count: 0, names: [] },
  };
  const table = (name: string | undefined, sizeBytes: number, engine: OtherTable['engine'] = 'MyISAM') => ({
    engine,
    schema: 'sh`op',
    name,
    sizeBytes,
  });

  it('InnoDB alone is what is wished', () => {
    expect(judgeEngines(survey, 'xtrabackup')).toMatchObject([
      { verdict: 'good', fact: expect.stringMatching(/^InnoDB: 4\.0 GiB\./) },
    ]);
  });

  it('little of MyISAM is tolerable, and said', () => {
    const otherTables = [table('small', mebibyte)];
    expect(judgeEngines({ ...survey, otherTables }, 'xtrabackup')).toMatchObject([
      { verdict: 'good', fact: expect.stringContaining('MyISAM: 1.0 MiB in 1 table;') },
    ]);
  });

  it('much of it is a warning, with statements for the largest', () => {
    const otherTables = [
      table('big', 900 * mebibyte),
      table(undefined, 50 * mebibyte, 'Aria'),
      table('tiny', 1),
    ];
    const [finding] = judgeEngines({ ...survey, otherTables }, 'xtrabackup');
    expect(finding).toMatchObject({
      verdict: 'warning',
      fact: expect.stringMatching(/^InnoDB: 3\.1 GiB\. Aria, MyISAM: 950 MiB in 3 tables/),
      mend: 'ALTER TABLE `sh``op`.`big` ENGINE=InnoDB;',
    });
  });

  it('MyRocks has no incrementals', () => {
    const findings = judgeEngines({ ...survey, rocksdbBytes: 2048 * mebibyte }, 'xtrabackup');
    expect(findings[1]).toMatchObject({
      subject: 'MyRocks',
      verdict: 'warning',
      fact: expect.stringMatching(/2\.0 GiB/),
    });
  });

  it('TokuDB would be lost: red', () => {
    const findings = judgeEngines(
      { ...survey, leftOut: { count: 1, names: ['tokudb.environment'] } },
      'mariadb-backup',
    );
    expect(findings[1]).toMatchObject({
      verdict: 'bad',
      code: 'TOOL_UNSUITABLE',
      mend: expect.stringMatching(/ENGINE = 'TokuDB'/),
    });
  });

  it('other files that no tool copies are named', () => {
    const findings = judgeEngines(
      { ...survey, leftOut: { count: 9, names: ['shop/t.mrn'] } },
      'mariadb-backup',
    );
    expect(findings[1]).toMatchObject({
      verdict: 'warning',
      fact: expect.stringMatching(/^9 files .*shop\/t\.mrn, …\./),
    });
  });
});

describe('encryption', () => {
  const facts: EncryptionFacts = {
    flavor: 'mysql',
    tablespaces: { value: { count: 0, names: [] } },
    logs: { value: [] },
    keyring: { value: undefined },
    unreadable: undefined,
    user: 'runner',
  };
  const encrypted = { value: { count: 7, names: ['a/b', 'a/c', 'a/d'] } };
  const keyring = {
    value: { name: 'component_keyring_file', kind: 'component', file: '/var/lib/keyring' },
  } as const;

  it('that is not in use needs no keys', () => {
    expect(judgeEncryption(facts).verdict).toBe('good');
    expect(judgeEncryption({ ...facts, keyring }).verdict).toBe('good');
  });

  it('that cannot be asked for is unknown, never good', () => {
    expect(judgeEncryption({ ...facts, tablespaces: { untold: 'no PROCESS' } }).verdict).toBe('unknown');
    const silent = judgeEncryption({
      ...facts,
      tablespaces: encrypted,
      keyring: { untold: 'no such table' },
    });
    expect(silent.verdict).toBe('unknown');
  });

  it.each([
    [{ tablespaces: encrypted }, '7 tablespaces (a/b, a/c, a/d, …)'],
    [{ logs: { value: ['innodb_redo_log_encrypt'] } }, 'innodb_redo_log_encrypt'],
  ])('of %j warns: the keys are in no backup', (more, said) => {
    const finding = judgeEncryption({ ...facts, keyring, ...more });
    expect(finding.verdict).toBe('warning');
    expect(finding.fact).toContain(said);
    expect(finding.mend).toContain('/var/lib/keyring');
  });

  it('with keys that this user cannot read is red', () => {
    const unreadable = { path: '/var/lib/keyring', reason: 'EACCES: permission denied' };
    expect(judgeEncryption({ ...facts, tablespaces: encrypted, keyring, unreadable })).toMatchObject({
      verdict: 'bad',
      code: 'KEYRING_UNAVAILABLE',
      mend: 'setfacl -m u:runner:r /var/lib/keyring',
    });
  });

  it('by a service names the service', () => {
    const vault = { value: { name: 'hashicorp_key_management', kind: 'plugin' } } as const;
    const finding = judgeEncryption({ ...facts, flavor: 'mariadb', tablespaces: encrypted, keyring: vault });
    expect([finding.verdict, finding.mend]).toEqual([
      'warning',
      expect.stringContaining('hashicorp_key_management'),
    ]);
  });

  it('without any keyring is said', () => {
    expect(judgeEncryption({ ...facts, tablespaces: encrypted })).toMatchObject({
      verdict: 'warning',
      fact: expect.stringMatching(/no keyring/),
    });
  });
});
