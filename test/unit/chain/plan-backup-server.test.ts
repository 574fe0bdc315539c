import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Manifest } from '../../../src/chain/manifest.js';
import { planBackup, type Plan } from '../../../src/chain/plan-backup.js';
import type { ServerFacts } from '../../../src/chain/server-facts.js';
import { baseOf, inOneLine, planFor, type Situation } from '../../support/backup-plans.js';
import { serverFacts, StoredBackups } from '../../support/manifests.js';

const [h00, h01, h02, h03] = ['2026-11-22/00', '2026-11-22/01', '2026-11-22/02', '2026-11-22/03'] as const;

let stored: StoredBackups;
const plan = (situation?: Situation): Plan => planFor(stored, situation);
const said = (situation?: Situation): string => inOneLine(plan(situation));
const baseId = (situation?: Situation): string | undefined => baseOf(plan(situation));

function storeChain(mysql: Partial<Manifest['mysql']> = {}): void {
  stored.full(h00, { to: '100', last: '110', mysql });
  stored.incremental(h01, h00, { to: '200', last: '210', mysql });
  stored.incremental(h02, h01, { to: '300', last: '310', mysql });
}

beforeEach(() => {
  stored = new StoredBackups();
});

describe('a full, as the server is another', () => {
  const then = 'the server is not the one that 2026-11-22/02 was taken from';
  it.each<[Situation, string]>([
    [{ server: { flavor: 'mariadb' } }, `${then} (it is MariaDB, and was MySQL)`],
    [{ server: { flavor: 'percona' } }, `${then} (it is Percona Server, and was MySQL)`],
    [{ server: { serverUuid: 'other' } }, `${then} (it has another server_uuid)`],
    [{ server: { datadirIdentity: 'x' } }, `${then} (ibdata1 is another file: the datadir was replaced)`],
    [{ server: { version: '8.4.6' } }, 'the server is 8.4 now, and was 8.0 at 2026-11-22/02'],
    [{ server: { version: '9.7.4' } }, 'the server is 9.7 now, and was 8.0 at 2026-11-22/02'],
    [
      { tool: { series: '8.4', version: '8.4.0-6' } },
      'the backup tool is xtrabackup 8.4 now, and was xtrabackup 8.0 at 2026-11-22/02',
    ],
    [
      { tool: { name: 'mariadb-backup', series: '8.0' } },
      'the backup tool is mariadb-backup 8.0 now, and was xtrabackup 8.0 at 2026-11-22/02',
    ],
  ])('%j', (situation, reason) => {
    storeChain();
    expect(said(situation)).toBe(`full: ${reason}`);
  });

  it('and not for a patch of server or tool', () => {
    storeChain();
    const patched = { server: { version: '8.0.43-debug' }, tool: { version: '8.0.35-34' } };
    expect(said(patched)).toBe('incremental: follows 2026-11-22/02');
  });

  it('and a server without server_uuid is compared by the rest', () => {
    const mysql = { flavor: 'mariadb', version: '10.11.19-MariaDB' } as const;
    const mariadbBackup = { name: 'mariadb-backup', version: '10.11.19-MariaDB' } as const;
    const full = stored.full(h00, { to: '100', tool: mariadbBackup, mysql });
    delete full.mysql.serverUuid;
    stored.put(full);
    const facts = serverFacts({ flavor: 'mariadb', version: '10.11.20-MariaDB-log' });
    delete facts.serverUuid;
    const planFor = (server: ServerFacts): string =>
      planBackup({
        graph: stored.graph(),
        server,
        tool: { name: 'mariadb-backup', series: '10.11', version: '10.11.20-MariaDB' },
        request: { type: 'auto', fullEvery: 'day', timezone: 'UTC' },
        now: new Date('2026-11-22T09:07:00Z'),
      }).reason;
    expect(planFor(facts)).toBe('follows 2026-11-22/00');
    expect(planFor({ ...facts, version: '11.4.2-MariaDB' })).toBe(
      'the server is 11.4 now, and was 10.11 at 2026-11-22/00',
    );
  });

  it('lets two servers under one name each follow its own, in spite of the other', () => {
    stored.full(h00, { to: '100' });
    stored.full(h01, { to: '5000', mysql: { datadirIdentity: 'b' } });
    expect(baseId()).toBe(h00);
    expect(baseId({ server: { lsn: '6000', datadirIdentity: 'b' } })).toBe(h01);
  });

  it('goes on with the old chain when the old datadir was put back', () => {
    storeChain();
    stored.full(h03, { to: '250', mysql: { datadirIdentity: 'restored' } });
    expect(baseId()).toBe(h02);
    expect(baseId({ server: { datadirIdentity: 'restored' } })).toBe(h03);
  });
});

describe('a full, as the server went back', () => {
  it.each([
    ['310', 'incremental: follows 2026-11-22/02'],
    [
      '309',
      "full: the server's LSN 309 is behind that of 2026-11-22/02 (310): it was restored or rolled back in between",
    ],
    // 01 seems to be contained; but a server that lost 02 may have lost 01 and grown again.
    [
      '250',
      "full: the server's LSN 250 is behind that of 2026-11-22/02 (310): it was restored or rolled back in between",
    ],
  ])('LSN %s', (lsn, expected) => {
    storeChain();
    expect(said({ server: { lsn } })).toBe(expected);
  });

  it('compares LSNs beyond 2^53 exactly', () => {
    stored.full(h00, { to: '18446744073709551614' });
    expect(plan({ server: { lsn: '18446744073709551613' } }).type).toBe('full');
    expect(plan({ server: { lsn: '18446744073709551614' } }).type).toBe('incremental');
  });

  it('by its GTIDs', () => {
    const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
    storeChain({ gtid: `${uuid}:1-50` });
    expect(said({ server: { gtidState: `${uuid}:1-49` } })).toBe(
      `full: the server's history no longer has 2026-11-22/02 (the server's GTIDs do not have all of ${uuid}:1-50): ` +
        'it was restored or rolled back in between',
    );
    expect(baseId({ server: { gtidState: `${uuid}:1-51` } })).toBe(h02);
  });

  it('by its binary logs', () => {
    storeChain({ binlogFile: 'b.000002', binlogPosition: '900' });
    expect(said({ server: { binaryLogs: [{ name: 'b.000002', sizeBytes: 899 }] } })).toBe(
      "full: the server's history no longer has 2026-11-22/02 (b.000002 has 899 bytes, and had 900): " +
        'it was restored or rolled back in between',
    );
    expect(said({ server: { binaryLogs: [{ name: 'b.000003', sizeBytes: 9 }] } })).toBe(
      "full: nothing proves that the server's history still has 2026-11-22/02 (the server no longer has b.000002)",
    );
    expect(baseId({ server: { binaryLogs: [{ name: 'b.000002', sizeBytes: 900 }] } })).toBe(h02);
  });

  it('looks at the head only: the files of older links may be purged', () => {
    stored.full(h00, { to: '100', mysql: { binlogFile: 'b.000001', binlogPosition: '900' } });
    stored.incremental(h01, h00, { to: '200', mysql: { binlogFile: 'b.000007', binlogPosition: '5' } });
    expect(baseId({ server: { binaryLogs: [{ name: 'b.000007', sizeBytes: 5 }] } })).toBe(h01);
  });

  it('and trusts no older chain either, as the server may have passed it again', () => {
    stored.full(h00, { to: '100' });
    stored.full(h01, { to: '1000' });
    expect(said({ server: { lsn: '150' } })).toBe(
      "full: the server's LSN 150 is behind that of 2026-11-22/01 (1000): it was restored or rolled back in between",
    );
  });

  it('also by a chain of the future, when the clock went back with it', () => {
    stored.full(h00, { to: '100' });
    stored.full('2026-11-23/00', { to: '1000' });
    expect(plan({ server: { lsn: '150' } }).type).toBe('full');
    expect(baseId({ server: { lsn: '1000' } })).toBe(h00);
  });

  it('but trusts the chain that began after that', () => {
    stored.full(h00, { to: '100' });
    stored.full(h01, { to: '1000' });
    stored.full(h02, { to: '150' });
    expect(baseId({ server: { lsn: '200' } })).toBe(h02);
  });

  it('and never goes back to the lost chain once the server has passed its LSN', () => {
    stored.full(h00, { to: '1000' });
    stored.full(h01, { to: '150' });
    expect(said({ server: { lsn: '1200' } })).toBe(
      'full: 2026-11-22/00 is at a later LSN than 2026-11-22/01, whose chain began after it: ' +
        'the server was rolled back, or the clock was wrong, in between',
    );
    stored.full(h02, { to: '1200' });
    expect(baseId({ server: { lsn: '1300' } })).toBe(h02);
  });

  it('known limit: not when it has passed every mark of the base before the next run', () => {
    // Set back to an LSN below 300 and written past 310 again, without a binary log: nothing shows it.
    storeChain();
    expect(baseId({ server: { lsn: '400' } })).toBe(h02);
    // The same with a binary log: it did not grow back into the same file, so it shows.
    storeChain({ binlogFile: 'b.000002', binlogPosition: '900' });
    const binaryLogs = [
      { name: 'b.000002', sizeBytes: 450 },
      { name: 'b.000003', sizeBytes: 7000 },
    ];
    expect(plan({ server: { lsn: '400', binaryLogs } }).type).toBe('full');
  });
});
