import { describe, expect, it } from '@jest/globals';
import { whatExtraArgsMayNot } from '../../../src/inputs/extra-args.js';

describe('extra-args', () => {
  it.each([
    ['--target-dir=/tmp/x', /xbackup says where the data comes from and goes to/],
    ['--stream=tar', /where the data/],
    ['--incremental-lsn=5', /chooses the base/],
    ['--incremental-basedir=/x', /chooses the base/],
    ['--extra-lsndir=/x', /where the data/],
    ['--backup', /what is to be done/],
    ['--prepare', /what is to be done/],
    ['--compress=lz4', /compress-level/],
    ['--encrypt=AES256', /encrypt-recipients/],
    ['--databases=shop', /a part of the data is no backup/],
    ['--no-lock', /inconsistent/],
    ['--parallel=8', /use the input parallel/],
    ['--transition-key=secret', /list of processes/],
    ['--user=root', /mysql-… inputs/],
    // As MySQL's programs understand it.
    ['--target_dir=/tmp/x', /where the data/],
    ['--targ=/tmp/x', /where the data/],
    ['--loose-stream=tar', /where the data/],
    ['--skip_loose_compress', /compress-level/],
    ['--pass=x', /mysql-… inputs/],
  ])('refuses %s', (word, message) => {
    expect(whatExtraArgsMayNot([word])).toEqual([expect.stringMatching(message)]);
    expect(whatExtraArgsMayNot([word]).join()).toContain(word.split('=')[0]);
  });

  it('names the options that have the same reason together, without their values', () => {
    expect(whatExtraArgsMayNot(['--throttle=40', '--password=secret', '--host=db', '--stream=tar'])).toEqual([
      'extra-args has --password, --host: give the connection by the mysql-… inputs.',
      'extra-args has --stream: xbackup says where the data comes from and goes to.',
    ]);
  });

  it.each([
    '--throttle=40',
    '--galera-info',
    '--slave-info',
    '--safe-slave-backup',
    '--backup-lock-timeout=60',
    '--lock-ddl=REDUCED',
    '--history=nightly',
    '--strict=OFF',
    '--tables-compatibility-check=OFF',
    '--keyring-file-data=/var/lib/mysql-keyring/keyring',
    '--component-keyring-config=/etc/mysql/keyring.cnf',
    '--page-tracking',
    '--open-files-limit=100000',
    '--tmpdir=/var/tmp',
  ])('takes %s', (word) => {
    expect(whatExtraArgsMayNot([word])).toEqual([]);
  });
});
