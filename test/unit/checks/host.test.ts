import { describe, expect, it } from '@jest/globals';
import {
  judgeOpenFiles,
  judgeReadable,
  judgeSameHost,
  judgeTemporarySpace,
} from '../../../src/checks/host-checks.js';
import { familyOf, installPackage, installTool } from '../../../src/checks/packages.js';
import { openFilesOf, unitOf } from '../../../src/checks/self.js';
import { lineOf, type ToolLine } from '../../../src/tools/lines.js';
import { nameOf } from '../../../src/mysql/datadir-survey.js';

const self = { user: 'runner', openFilesLimit: 1024, unit: undefined };

describe('reading the datadir', () => {
  const all = { fileCount: 12, dataBytes: 1024 };
  const nothing = { count: 0, unreadable: undefined };

  it('is good when every file can be read', () => {
    expect(judgeReadable('/data', all, nothing, self)).toMatchObject({
      verdict: 'good',
      fact: 'runner can read all 12 files (1.0 KiB) in /data.',
    });
  });

  it.each([
    ['/data/shop/orders.ibd', '/data'],
    ['/data', '/data'],
    ['/fast/shop/far.ibd', '/fast/shop/far.ibd'],
  ])('names %s, and the command for it', (path, dir) => {
    const unreadable = { path, reason: `EACCES: permission denied, access '${path}'` };
    const inside = path.startsWith('/data');
    const finding = judgeReadable(
      '/data',
      inside ? { ...all, unreadable } : all,
      inside ? nothing : { count: 1, unreadable },
      self,
    );
    expect(finding).toMatchObject({ verdict: 'bad', code: 'DATADIR_UNREADABLE' });
    expect(finding.fact).toContain(path);
    expect(finding.mend).toContain(`setfacl -R -m u:runner:rX ${dir} &&`);
  });

  it.each([
    { ...all, unreadable: { path: '/data', reason: 'ENOENT: no such file or directory' } },
    { fileCount: 0, dataBytes: 0 },
  ])('that is not here asks for the host, or a mount: %j', (survey) => {
    const finding = judgeReadable('/data', survey, nothing, self);
    expect(finding).toMatchObject({ verdict: 'bad', code: 'DATADIR_UNREADABLE' });
    expect(finding.mend).toContain('-v /data:/data');
  });
});

describe("the server's host", () => {
  const [one, other] = ['1b4e28ba-2fa1-11d2-883f-0016d3cca427', '6fa459ea-ee8a-3ca4-894e-db77e160355e'];
  const mysql = { datadir: '/data', serverUuid: one, hostName: 'db1' };
  const mariadb = { datadir: '/data', hostName: 'db1' };
  const free = { isLocked: false, seesAllLocks: true };
  const contained = { isLocked: false, seesAllLocks: false };
  const locked = { isLocked: true, seesAllLocks: true };

  it.each([
    ['the uuid and the lock', mysql, { ...locked, uuidHere: one }, 'good'],
    ['another uuid, whatever is locked', mysql, { ...locked, uuidHere: other }, 'bad'],
    ['the uuid in a container', mysql, { ...contained, uuidHere: one }, 'good'],
    ['the uuid, but nobody works on it: a copy?', mysql, { ...free, uuidHere: one }, 'warning'],
    ['auto.cnf cannot be read, in a container', mysql, contained, 'unknown'],
    ['auto.cnf cannot be read, and nobody works on it', mysql, free, 'bad'],
    ['MariaDB: the lock', mariadb, locked, 'good'],
    ['MariaDB: nobody works on it', mariadb, free, 'bad'],
    ['MariaDB: the checkpoint, in a container', mariadb, { ...contained, hasCheckpoint: true }, 'good'],
    ['MariaDB: another checkpoint', mariadb, { ...locked, hasCheckpoint: false }, 'bad'],
    ['MariaDB: nothing to tell by', mariadb, contained, 'unknown'],
  ])('%s', (_, server, evidence, verdict) => {
    const finding = judgeSameHost(server, evidence, 'elsewhere');
    expect([finding.verdict, finding.code]).toEqual([
      verdict,
      verdict === 'bad' ? 'DATADIR_UNREADABLE' : undefined,
    ]);
    if (verdict === 'bad') expect(finding.mend).toContain('db1');
  });
});

describe('open files', () => {
  it.each([
    [100, 1024, 'good'],
    [824, 1024, 'good'],
    [825, 1024, 'warning'],
    [1024, 1024, 'bad'],
    [5_000_000, Infinity, 'good'],
    [1, undefined, 'unknown'],
  ])('%d tablespaces with a limit of %s are %s', (count, openFilesLimit, verdict) => {
    expect(judgeOpenFiles(count, { ...self, openFilesLimit }).verdict).toBe(verdict);
  });

  it('are mended for the unit that this runs in', () => {
    const unit = 'actions.runner.acme-shop.db1.service';
    const { mend } = judgeOpenFiles(100_000, { ...self, unit });
    expect(mend).toContain(`/etc/systemd/system/${unit}.d/open-files.conf`);
    expect(mend).toContain('LimitNOFILE=262144');
    expect(judgeOpenFiles(100_000, self).mend).toContain('ulimit -n 262144');
  });

  it('are limited as /proc says', () => {
    const limits =
      'Max processes  1 2 processes \nMax open files            1024                 524288               files     \n';
    expect(openFilesOf(limits)).toBe(1024);
    expect(openFilesOf('Max open files            unlimited            unlimited            files\n')).toBe(
      Infinity,
    );
    expect(openFilesOf('')).toBeUndefined();
  });

  it.each([
    ['0::/system.slice/actions.runner.acme-shop.db1.service\n', 'actions.runner.acme-shop.db1.service'],
    ['0::/system.slice/runner.service/sub\n', 'runner.service'],
    ['5:cpu:/x\n1:name=systemd:/system.slice/runner.service\n', 'runner.service'],
    ['0::/user.slice/user-1000.slice/session-2.scope\n', undefined],
    ['0::/\n', undefined],
    ['', undefined],
  ])('in the service of %j', (groups, unit) => {
    expect(unitOf(groups)).toBe(unit);
  });
});

describe('temporary space', () => {
  it('is little', () => {
    expect(judgeTemporarySpace('/tmp', 1024 ** 3).verdict).toBe('good');
    expect(judgeTemporarySpace('/tmp', 1024)).toMatchObject({
      verdict: 'bad',
      code: 'DISK_FULL',
      mend: expect.stringMatching(/df -h \/tmp/),
    });
  });
});

describe('names of files', () => {
  it.each([
    ['orders', 'orders'],
    ['we@002dshop', 'we-shop'],
    ['d@0024', 'd$'],
    ['@0k', undefined],
  ])('%s is %s', (file, name) => {
    expect(nameOf(file)).toBe(name);
  });
});

describe('installing', () => {
  const line = (tool: ToolLine['tool'], version: string) => lineOf(tool, version) as ToolLine;

  it.each([
    ['ID=debian\nVERSION_ID="12"\n', 'debian'],
    ['ID=ubuntu\nID_LIKE=debian\n', 'debian'],
    ['ID="linuxmint"\nID_LIKE="ubuntu debian"\n', 'debian'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'redhat'],
    ['ID="ol"\n', 'redhat'],
    ['ID="amzn"\n', 'redhat'],
    ['ID=alpine\n', 'other'],
    ['', 'other'],
  ])('on %j is that of %s', (release, family) => {
    expect(familyOf(release)).toBe(family);
  });

  it.each([
    ['5.7', '2.4.29', 'percona-release enable pxb-24 release', 'percona-xtrabackup-24'],
    ['8.0', '8.0.35-33', 'percona-release enable pxb-80 release', 'percona-xtrabackup-80'],
    ['8.4', '8.4.0-6', 'percona-release enable pxb-84-lts release', 'percona-xtrabackup-84'],
    ['9.7', '9.7.1', 'percona-release enable pxb-97-lts release', 'percona-xtrabackup-97'],
  ])('XtraBackup for MySQL %s', (_, version, repository, packageName) => {
    for (const family of ['debian', 'redhat'] as const) {
      const command = installTool(family, line('xtrabackup', version));
      expect(command).toContain(repository);
      expect(command).toMatch(new RegExp(`(apt-get|dnf) install -y ${packageName}$`));
    }
    expect(installTool('other', line('xtrabackup', version))).toContain(packageName);
  });

  it('the others', () => {
    expect(installTool('debian', line('mariadb-backup', '11.8.3-MariaDB'))).toMatch(
      /apt-get install -y mariadb-backup$/,
    );
    expect(installPackage('debian', 'gnupg')).toMatch(/apt-get install -y gnupg$/);
    expect(installPackage('redhat', 'gnupg')).toBe('dnf install -y gnupg2');
    expect(installPackage('redhat', 'age')).toMatch(/epel-release && dnf install -y age$/);
  });
});
