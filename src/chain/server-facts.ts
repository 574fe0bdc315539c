import type { Manifest } from './manifest.js';
import { containsPosition, type ServerHistory } from './position.js';
import { majorVersion, toolSeries } from './tool-series.js';

/** What has to be known of a backup to say whether one can build on it. */
export interface BaseFacts {
  id: string;
  chain: string;
  lsn: Pick<Manifest['lsn'], 'to' | 'last'>;
  tool: Manifest['tool'];
  mysql: Pick<
    Manifest['mysql'],
    'version' | 'flavor' | 'serverUuid' | 'datadirIdentity' | 'binlogFile' | 'binlogPosition' | 'gtid'
  >;
}

/** What there is to know of the running server to say which backups are of it. */
export interface ServerFacts extends ServerHistory {
  flavor: Manifest['mysql']['flavor'];
  version: string;
  /** MySQL's server_uuid. MariaDB has none. */
  serverUuid?: string;
  /** Another value when the datadir was replaced: ibdata1's inode and birth time. */
  datadirIdentity: string;
  /** The current LSN, decimal. */
  lsn: string;
}

/** The backup tool of this run. */
export interface ToolFacts {
  name: Manifest['tool']['name'];
  /** `8.0`, `10.11`: see toolSeries. */
  series: string;
  version: string;
}

const flavorNames = { mysql: 'MySQL', mariadb: 'MariaDB', percona: 'Percona Server' } as const;

/** Why `base` is of another server, or of another life of its datadir. Undefined when it is of this server. */
export function whyOtherServer({ id, mysql }: BaseFacts, server: ServerFacts): string | undefined {
  const other = (what: string): string => `the server is not the one that ${id} was taken from (${what})`;
  if (mysql.flavor !== server.flavor) {
    return other(`it is ${flavorNames[server.flavor]}, and was ${flavorNames[mysql.flavor]}`);
  }
  if (majorOf(mysql.version) !== majorOf(server.version)) {
    return `the server is ${majorOf(server.version)} now, and was ${majorOf(mysql.version)} at ${id}`;
  }
  if (mysql.serverUuid !== server.serverUuid) return other('it has another server_uuid');
  if (mysql.datadirIdentity !== server.datadirIdentity) {
    return other('ibdata1 is another file: the datadir was replaced');
  }
  return undefined;
}

function majorOf(version: string): string {
  return majorVersion(version) ?? version;
}

/** Why the tool must not build on `base`. Undefined when it may. */
export function whyOtherTool({ id, tool: then }: BaseFacts, now: ToolFacts): string | undefined {
  const series = toolSeries(then.name, then.version);
  if (then.name === now.name && series === now.series) return undefined;
  return `the backup tool is ${now.name} ${now.series} now, and was ${then.name} ${series} at ${id}`;
}

/** How the server's history stands to a backup of it. `gone` is proof of a restore or rollback since. */
export type Standing = { is: 'contained' } | { is: 'gone' | 'unproven'; reason: string };

/** Whether the server's history goes on from `base`. */
export function standingOf({ id, lsn, mysql }: BaseFacts, server: ServerFacts): Standing {
  // `last` is the end of the redo that the backup copied, and so was the server's LSN at some time before.
  // (Measured on an idle MariaDB 10.11: equal to its current LSN.)
  const reached = BigInt(lsn.last) > BigInt(lsn.to) ? lsn.last : lsn.to;
  if (BigInt(reached) > BigInt(server.lsn)) {
    return {
      is: 'gone',
      reason:
        `the server's LSN ${server.lsn} is behind that of ${id} (${reached}): ` +
        'it was restored or rolled back in between',
    };
  }
  const containment = containsPosition(mysql, server);
  switch (containment.verdict) {
    case 'contained':
    case 'unknown':
      return { is: 'contained' };
    case 'unproven':
      return {
        is: 'unproven',
        reason: `nothing proves that the server's history still has ${id} (${containment.reason})`,
      };
    case 'not contained':
      return {
        is: 'gone',
        reason:
          `the server's history no longer has ${id} (${containment.reason}): ` +
          'it was restored or rolled back in between',
      };
  }
}
