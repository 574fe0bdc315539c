import { join } from 'node:path';
import { sizeOfTree } from '../src/mysql/datadir.js';
import { readPrepared } from '../src/operations/prepared.js';
import { formatBytes, formatDuration } from '../src/report/format.js';
import { checksumTables, differences, type Checksums } from '../test/support/checksums.js';
import { startMysqlServer, type MysqlServer } from '../test/support/mysql-server.js';
import { loadWorkload, schema } from '../test/support/workload.js';
import { startWriters, type Writers } from '../test/support/writers.js';
import { failureOf, writeOn } from './demo-application.js';
import type { DemoPlace } from './demo-place.js';
import { DemoFailure, DemoRunner, serverName } from './demo-runner.js';
import type { DemoScreen } from './demo-screen.js';

const sizeMib = 300;
const transactionsPerHour = 500;
/** The hours of the day that are backed up, and the one that is restored. */
const hours = ['00', '01', '02', '03'] as const;
const restoredHour = '02';
const minute = 17;
const lostTable = 'customers';

/** What the last table tells of a step. */
interface Step {
  name: string;
  seconds: number;
  sizeBytes?: number;
  remark: string;
}

/** What there is to look at in the end. */
export interface Told {
  server: MysqlServer;
  runner: DemoRunner;
  oldDatadir: string;
}

/** The demo from its empty directory to the proof: each method is one of its sections. */
export class DemoStory {
  readonly #steps: Step[] = [];
  readonly #day = new Date().toISOString().slice(0, 10);
  readonly #storedBytes = new Map<string, number>();

  constructor(
    readonly place: DemoPlace,
    readonly screen: DemoScreen,
  ) {}

  /** @throws DemoFailure when something is not as it must be. */
  async tell(): Promise<Told> {
    await this.place.requireSpace();
    const { server, runner } = await this.#startServers();
    const writers = await this.#loadAndWrite(server);
    const recorded = await this.#backUpHourly(server, runner, writers);
    await this.#loseTable(server, writers, recorded);
    await this.#list(runner);
    const preparedDir = await this.#prepare(runner);
    const oldDatadir = await this.#apply(server, runner, preparedDir);
    await this.#prove(server, recorded);
    this.#sumUp();
    return { server, runner, oldDatadir };
  }

  async #startServers(): Promise<{ server: MysqlServer; runner: DemoRunner }> {
    const { screen, place } = this;
    screen.heading('Two servers, only for this');
    const database = await screen.during('starting the database server', () =>
      startMysqlServer({ dir: place.path('mysql') }),
    );
    const server = database.value;
    screen.line(`${server.version}, on a socket of its own (${formatDuration(database.seconds)})`);
    const store = await screen.during('starting the S3 server', () => place.startStore());
    screen.line(`S3 (Ceph RGW) on ${store.value.endpoint} (${formatDuration(store.seconds)})`);
    const seconds = database.seconds + store.seconds;
    this.#steps.push({ name: 'Start the servers', seconds, remark: 'MariaDB and S3' });
    return { server, runner: new DemoRunner(place, store.value, (line) => screen.logLine(line)) };
  }

  async #loadAndWrite(server: MysqlServer): Promise<Writers> {
    const { screen } = this;
    screen.heading('A database with something in it');
    const { seconds } = await screen.during(`loading ${sizeMib} MB`, () => loadWorkload(server, { sizeMib }));
    const size = formatBytes(await sizeOfTree(join(server.datadir, schema)));
    screen.line(`A shop with ${sizeMib} MiB of rows, ${size} on disk (${formatDuration(seconds)}).`);
    screen.line('Most of it is InnoDB; one table is partitioned, one is MyISAM and one is Aria.');
    this.#steps.push({ name: 'Load the database', seconds, remark: `${size} on disk` });
    const writers = await startWriters(server);
    screen.line('From now on an application inserts, updates and deletes, 200 transactions a second.');
    return writers;
  }

  /** Returns the checksums at the hour that is to be restored. */
  async #backUpHourly(server: MysqlServer, runner: DemoRunner, writers: Writers): Promise<Checksums> {
    const { screen } = this;
    screen.heading(`A backup each hour of ${this.#day}: the backup action, started as GitHub's runner does`);
    screen.line(`(An hour is ${transactionsPerHour} transactions here; the action is told what time it is.)`);
    let recorded: Checksums = new Map();
    for (const hour of hours) {
      const willBeRestored = hour === restoredHour;
      if (willBeRestored) recorded = await this.#pauseAndRecord(server, writers);
      await this.#backUp(runner, hour);
      if (willBeRestored) {
        writers.resume();
        screen.line('       Before it, the checksums of all tables were recorded; the application paused.');
      }
      if (hour !== hours.at(-1)) {
        await screen.during('the application writes', () => writeOn(writers, transactionsPerHour));
      }
    }
    return recorded;
  }

  /** Checksums describe a backup exactly only if nothing is written between the two. */
  async #pauseAndRecord(server: MysqlServer, writers: Writers): Promise<Checksums> {
    await writers.pause();
    const { value: recorded, seconds } = await this.screen.during('taking the checksums of all tables', () =>
      checksumTables(server),
    );
    this.#steps.push({ name: 'Record checksums', seconds, remark: `${recorded.size} tables` });
    return recorded;
  }

  async #backUp(runner: DemoRunner, hour: (typeof hours)[number]): Promise<void> {
    const { outputs, durationMs } = await this.#run(`backing up at ${hour}:${minute}`, () =>
      runner.action('backup', { name: `backup-${hour}`, now: this.#at(hour), inputs: this.#connection() }),
    );
    const { type = '?', reason = '?' } = outputs;
    const expected = hour === '00' ? 'full' : 'incremental';
    if (type !== expected || outputs['backup-id'] !== `${this.#day}/${hour}`) {
      throw new DemoFailure(
        `The backup of ${hour}:${minute} should be ${expected} and called ${this.#day}/${hour}, ` +
          `and is ${type} and called ${String(outputs['backup-id'])} (${reason}).`,
      );
    }
    const sizeBytes = Number(outputs['size-bytes']);
    this.#storedBytes.set(hour, sizeBytes);
    const seconds = durationMs / 1000;
    this.#steps.push({ name: `Back up ${hour}:${minute}`, seconds, sizeBytes, remark: `${type}: ${reason}` });
    const size = formatBytes(sizeBytes).padStart(9);
    this.screen.line(
      `${hour}:${minute}  ${type.padEnd(11)}  ${size}  ${formatDuration(seconds).padStart(6)}  ${reason}`,
    );
  }

  async #loseTable(server: MysqlServer, writers: Writers, recorded: Checksums): Promise<void> {
    const { screen } = this;
    screen.heading('03:40, an accident');
    const [row] = await server.query(`SELECT COUNT(*) AS counted FROM ${schema}.${lostTable}`);
    await server.query(`DROP TABLE ${schema}.${lostTable}`);
    screen.line(`DROP TABLE ${lostTable}: ${grouped(Number(row?.['counted']))} rows are gone.`);
    screen.line(`The application fails: ${await failureOf(writers)}`);
    const { value: now } = await screen.during('comparing', () => checksumTables(server));
    const different = differences(recorded, now);
    if (!different.some((line) => line.startsWith(`${schema}.${lostTable}: is missing`))) {
      throw new DemoFailure(`The checksums do not show that ${lostTable} is missing: they prove nothing.`);
    }
    screen.line(
      `Compared with ${restoredHour}:${minute}, ${different.length} of ${recorded.size} tables differ.`,
    );
  }

  async #list(runner: DemoRunner): Promise<void> {
    const { screen } = this;
    screen.heading('What can be restored: `xbackup list`');
    const { value: points } = await screen.during('listing', () => runner.list());
    for (const line of points.split('\n')) screen.line(line);
    const missing = hours.filter((hour) => !points.includes(`${this.#day}/${hour}`));
    if (missing.length > 0) throw new DemoFailure(`The list does not show the hours ${missing.join(', ')}.`);
  }

  async #prepare(runner: DemoRunner): Promise<string> {
    const { screen, place } = this;
    screen.heading(`Back to ${restoredHour}:${minute}, first half: the prepare action`);
    const inputs = { date: this.#day, hour: restoredHour, 'target-dir': place.path('recovery') };
    const { outputs, durationMs } = await this.#run(`preparing ${restoredHour}:${minute}`, () =>
      runner.action('prepare', { name: 'prepare', now: this.#at('04'), inputs }),
    );
    const preparedDir = outputs['prepared-dir'] ?? '';
    const { links, inventory } = await readPrepared(preparedDir);
    const hoursOfLinks = links.map((id) => id.slice(this.#day.length + 1));
    const sizeBytes = hoursOfLinks.reduce((sum, hour) => sum + (this.#storedBytes.get(hour) ?? 0), 0);
    const seconds = durationMs / 1000;
    const chain = hoursOfLinks.join(' → ');
    screen.line(
      `Downloaded, verified and applied ${chain}: ${formatBytes(inventory.bytes)} of data ` +
        `in ${inventory.files} files (${formatDuration(seconds)})`,
    );
    screen.line('The server was not touched so far.');
    this.#steps.push({ name: `Prepare ${restoredHour}:${minute}`, seconds, sizeBytes, remark: chain });
    return preparedDir;
  }

  /** Returns where the old data is. */
  async #apply(server: MysqlServer, runner: DemoRunner, preparedDir: string): Promise<string> {
    const { screen } = this;
    screen.heading(`Back to ${restoredHour}:${minute}, second half: the apply action`);
    const inputs = {
      'prepared-dir': preparedDir,
      datadir: server.datadir,
      confirm: serverName,
      'stop-command': server.stopCommand,
      'start-command': server.startCommand,
      ...this.#connection(),
    };
    const { outputs, durationMs, summary } = await this.#run('putting it in place', () =>
      runner.action('apply', { name: 'apply', now: this.#at('04'), inputs }),
    );
    for (const [, step = '', took = ''] of summary.matchAll(/^\| ✅ \| (.+?) +\| +(.+?) \|$/gm)) {
      screen.line(`${took.padStart(6)}  ${step}`);
    }
    const seconds = durationMs / 1000;
    const oldDatadir = outputs['old-datadir'] ?? '';
    screen.line(`The old data is kept in ${oldDatadir}.`);
    this.#steps.push({ name: 'Apply it', seconds, remark: 'stop, swap the datadirs, start' });
    return oldDatadir;
  }

  async #prove(server: MysqlServer, recorded: Checksums): Promise<void> {
    const { screen } = this;
    screen.heading(`The proof: every table as it was at ${restoredHour}:${minute}`);
    const { value: now, seconds } = await screen.during('taking the checksums', () => checksumTables(server));
    const rows = [...new Set([...recorded.keys(), ...now.keys()])].sort().map((name) => {
      const [before, after] = [checksumParts(recorded.get(name)), checksumParts(now.get(name))];
      return [
        name,
        after.rows,
        before.checksum,
        after.checksum,
        before.all === after.all ? 'same' : 'DIFFERENT',
      ];
    });
    const heading = ['Table', 'Rows', `Checksum at ${restoredHour}:${minute}`, 'Checksum now', ''];
    screen.table([heading, ...rows], ' rrr ');
    const different = differences(recorded, now);
    if (different.length > 0 || recorded.size === 0) {
      throw new DemoFailure(`The restored data is not that of ${restoredHour}:${minute}.`, different);
    }
    screen.line('');
    screen.line(`All ${recorded.size} tables are as they were.`);
    const remark = `all ${recorded.size} tables are the same`;
    this.#steps.push({ name: 'Compare checksums', seconds, remark });
    const writers = await startWriters(server);
    await screen.during('the application writes again', () => writeOn(writers, 100));
    await writers.stop();
    screen.line('The application writes again.');
  }

  #sumUp(): void {
    const { screen } = this;
    screen.heading('What each step took');
    const rows = this.#steps.map(({ name, seconds, sizeBytes, remark }) => [
      name,
      formatDuration(seconds),
      sizeBytes === undefined ? '' : formatBytes(sizeBytes),
      remark,
    ]);
    screen.table([['Step', 'Time', 'In S3', ''], ...rows], ' rr ');
  }

  async #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    return (await this.screen.during(what, work)).value;
  }

  #at(hour: string): Date {
    return new Date(`${this.#day}T${hour}:${minute}:00Z`);
  }

  #connection(): Record<string, string> {
    return { 'mysql-user': 'root', 'mysql-socket': this.place.path('mysql', 'mysql.sock') };
  }
}

function checksumParts(text = ''): { all: string; checksum: string; rows: string } {
  const [, checksum = 'missing', rows = ''] = /^checksum (\d+), (\d+) rows/.exec(text) ?? [];
  return { all: text, checksum, rows: rows === '' ? '' : grouped(Number(rows)) };
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
