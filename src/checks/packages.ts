import { readFile } from 'node:fs/promises';
import type { ToolLine } from '../tools/lines.js';

/** The commands that install what is missing, for the system that this host runs. */

export type SystemFamily = 'debian' | 'redhat' | 'other';

/** The family of this host's system, by /etc/os-release. */
export async function readSystemFamily(): Promise<SystemFamily> {
  return familyOf(await readFile('/etc/os-release', 'utf8').catch(() => ''));
}

/** @param release the text of /etc/os-release. */
export function familyOf(release: string): SystemFamily {
  const value = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  const ids = `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/);
  if (ids.some((id) => ['debian', 'ubuntu'].includes(id))) return 'debian';
  if (ids.some((id) => ['rhel', 'fedora', 'centos', 'amzn', 'ol'].includes(id))) return 'redhat';
  return 'other';
}

/** Percona's names of its repositories are those of the series, with a suffix since they have long-term support. */
const perconaRepositories: Record<string, string> = {
  '2.4': 'pxb-24',
  '8.0': 'pxb-80',
  '8.4': 'pxb-84-lts',
  '9.7': 'pxb-97-lts',
};

/** How to install a backup tool (docs.percona.com/percona-xtrabackup: apt-repo, yum-repo). Run as root. */
export function installTool(family: SystemFamily, line: ToolLine): string {
  const { name } = line.package;
  if (line.tool === 'mariadb-backup') return installMariadbBackup(family);
  const enable = `percona-release enable ${perconaRepositories[line.name] ?? 'tools'} release`;
  switch (family) {
    case 'debian':
      return (
        'curl -fsSLO https://repo.percona.com/apt/percona-release_latest.generic_all.deb && ' +
        'apt-get install -y ./percona-release_latest.generic_all.deb && ' +
        `${enable} && apt-get update && apt-get install -y ${name}`
      );
    case 'redhat':
      return (
        'dnf install -y https://repo.percona.com/yum/percona-release-latest.noarch.rpm && ' +
        `${enable} && dnf install -y ${name}`
      );
    case 'other':
      return `Install ${name} from Percona: https://docs.percona.com/percona-xtrabackup/`;
  }
}

function installMariadbBackup(family: SystemFamily): string {
  switch (family) {
    case 'debian':
      return 'apt-get update && apt-get install -y mariadb-backup';
    case 'redhat':
      // MariaDB's own repository writes it in capitals, the distributions in small letters.
      return 'dnf install -y MariaDB-backup || dnf install -y mariadb-backup';
    case 'other':
      return "Install mariadb-backup in the server's version, from where the server comes.";
  }
}

const redhatNames: Record<string, string> = { gnupg: 'gnupg2' };

/** How to install zstd, age or gnupg. @param name Debian's name of the package. */
export function installPackage(family: SystemFamily, name: string): string {
  switch (family) {
    case 'debian':
      return `apt-get update && apt-get install -y ${name}`;
    case 'redhat':
      // Red Hat's own repositories have no age.
      return `${name === 'age' ? 'dnf install -y epel-release && ' : ''}dnf install -y ${redhatNames[name] ?? name}`;
    case 'other':
      return `Install ${name} with the package manager of this system.`;
  }
}
