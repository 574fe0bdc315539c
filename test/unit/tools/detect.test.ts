import { describe, expect, it } from '@jest/globals';
import { requireFitting, versionOf, wantedFor } from '../../../src/tools/detect.js';
import { lineOf, type ServerKind } from '../../../src/tools/lines.js';
import { loggedRun } from '../../support/logged-runs.js';

describe('versionOf', () => {
  it.each([
    [
      'xtrabackup version 2.4.7 based on MySQL server 5.7.13 Linux (x86_64) (revision id: 01b6743)',
      'xtrabackup',
      '2.4.7',
    ],
    [
      '/opt/pxb/bin/xtrabackup version 2.4.7 based on MySQL server 5.7.13 Linux (x86_64) (revision id: 01b6743)',
      'xtrabackup',
      '2.4.7',
    ],
    [
      '2026-11-22T01:00:00.000000-00:00 0 [Note] [MY-011825] [Xtrabackup] recognized server arguments: --datadir=/var/lib/mysql\n' +
        'xtrabackup version 8.0.35-31 based on MySQL server 8.0.35 Linux (x86_64) (revision id: 55ec21d7)\n',
      'xtrabackup',
      '8.0.35-31',
    ],
    [
      'xtrabackup version 9.7.1 based on MySQL server 9.7.1 Linux (aarch64) (revision id: 1)',
      'xtrabackup',
      '9.7.1',
    ],
    [
      'mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)\n',
      'mariadb-backup',
      '10.11.19-MariaDB',
    ],
    [
      '/usr/bin/mariabackup based on MariaDB server 10.3.39-MariaDB Linux (x86_64)',
      'mariadb-backup',
      '10.3.39-MariaDB',
    ],
  ])('%s', (output, name, version) => {
    expect(versionOf(output)).toEqual({ name, version });
  });

  it('finds the version in what a real run prints', () => {
    const text = loggedRun('backup-full').stderr.join('\n');
    expect(versionOf(text)).toEqual({ name: 'xtrabackup', version: '2.4.7' });
  });

  it.each(['', 'mysqldump  Ver 10.19', 'zstd v1.5.4', 'xtrabackup version of mine'])('not %j', (output) => {
    expect(versionOf(output)).toBeUndefined();
  });
});

describe('the tool for a server', () => {
  const fits = (
    version: string,
    flavor: ServerKind['flavor'],
    [name, toolVersion]: readonly ['xtrabackup' | 'mariadb-backup', string],
  ) => {
    const line = lineOf(name, toolVersion);
    if (line === undefined) return false;
    try {
      requireFitting({ name, version: toolVersion, line }, { flavor, version });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'TOOL_UNSUITABLE' });
      return false;
    }
  };

  it.each<[string, ServerKind['flavor'], ['xtrabackup' | 'mariadb-backup', string], boolean]>([
    ['5.7.44-log', 'mysql', ['xtrabackup', '2.4.29'], true],
    ['5.6.51', 'percona', ['xtrabackup', '2.4.29'], true],
    ['8.0.42', 'mysql', ['xtrabackup', '8.0.35-33'], true],
    ['8.0.20', 'percona', ['xtrabackup', '8.0.35-33'], true],
    ['8.0.32-24', 'percona', ['xtrabackup', '8.0.32-25'], true],
    ['8.0.33', 'mysql', ['xtrabackup', '8.0.32-26'], false],
    ['8.4.6', 'mysql', ['xtrabackup', '8.4.0-4'], true],
    ['9.7.4', 'mysql', ['xtrabackup', '9.7.1'], true],
    ['8.0.42', 'mysql', ['xtrabackup', '8.4.0-4'], false],
    ['8.4.6', 'mysql', ['xtrabackup', '8.0.35-33'], false],
    ['8.0.42', 'mysql', ['xtrabackup', '2.4.29'], false],
    ['26.7.0', 'mysql', ['xtrabackup', '9.7.1'], false],
    ['9.6.0', 'mysql', ['xtrabackup', '9.7.1'], false],
    ['8.0.42', 'mysql', ['xtrabackup', '26.7.0'], false],
    ['8.0.42', 'mysql', ['mariadb-backup', '10.11.19-MariaDB'], false],
    ['10.11.19-MariaDB', 'mariadb', ['mariadb-backup', '10.11.2-MariaDB'], true],
    ['10.11.19-MariaDB', 'mariadb', ['mariadb-backup', '10.1.2-MariaDB'], false],
    ['10.11.19-MariaDB', 'mariadb', ['mariadb-backup', '11.8.9-MariaDB'], false],
    ['11.8.9-MariaDB-log', 'mariadb', ['mariadb-backup', '11.8.9-MariaDB'], true],
    ['10.11.19-MariaDB', 'mariadb', ['xtrabackup', '8.0.35-33'], false],
  ])('%s (%s) and %j: %s', (version, flavor, [name, toolVersion], expected) => {
    expect(fits(version, flavor, [name, toolVersion])).toBe(expected);
  });

  it.each<[ServerKind['flavor'], string, string, string]>([
    ['mariadb', '10.11.19-MariaDB-log', 'mariadb-backup', '10'],
    ['mariadb', '11.8.9-MariaDB', 'mariadb-backup', '11'],
    ['mariadb', '12.3.1-MariaDB', 'mariadb-backup', '11'],
    ['percona', '5.7.44-48-log', 'xtrabackup', '2.4'],
    ['mysql', '8.0.42-0ubuntu0.22.04.1', 'xtrabackup', '8.0'],
    ['percona', '8.4.6-6', 'xtrabackup', '8.4'],
    ['mysql', '9.7.4', 'xtrabackup', '9.7'],
  ])('of %s %s is %s %s', (flavor, version, name, line) => {
    expect(wantedFor({ flavor, version })).toMatchObject({ name, line: { name: line } });
  });

  it.each([
    ['26.7.0', /26\.7\.0 is an innovation release, and there is no XtraBackup for it/],
    ['26.10', /innovation release/],
    ['9.6.0', /no backup tool for mysql 9\.6\.0 that is known here/],
    ['8.3.0', /MySQL 8\.0, MySQL 8\.4, MySQL 9\.7/],
  ])('does not exist for MySQL %s', (version, message) => {
    expect(() => wantedFor({ flavor: 'mysql', version })).toThrow(message);
  });
});
