import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { install, type Installation } from '../support/e2e/installation.js';
import { applyAndCompare, backUpExactly, untilWritten, type Point } from '../support/e2e/restored-data.js';
import { startMysqlServer } from '../support/mysql-server.js';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary.js';

/**
 * Data that the tool can only prepare when it knows how its server writes it: pages of 8 KiB, two system files, undo
 * tablespaces elsewhere, and with MariaDB encrypted tables and redo log.
 */
const minutes = 60_000;

let places: TemporaryDirectory;
let keys: string;
let isEncrypted: boolean;
let installation: Installation;
let first: Point;
let second: Point;

/** The keys are in a file, by MariaDB's file_key_management. */
const encryption = () => [
  '--plugin-load-add=file_key_management',
  `--file-key-management-filename=${keys}`,
  '--innodb-encrypt-tables=FORCE',
  '--innodb-encrypt-log=ON',
  '--innodb-encryption-threads=1',
];

beforeAll(async () => {
  places = await temporaryDirectory('unusual');
  keys = join(places.path, 'keys');
  await writeFile(keys, `1;${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  isEncrypted = await isMariadb();
  installation = await install({
    sizeMib: 6,
    server: {
      options: [
        '--innodb-page-size=8192',
        '--innodb-data-file-path=ibdata1:12M;ibdata2:12M:autoextend',
        `--innodb-undo-directory=${places.path}`,
        '--loose-innodb-undo-tablespaces=3',
        ...(isEncrypted ? encryption() : []),
      ],
    },
  });
  const writers = await installation.startWriters();
  await untilWritten(writers);
  first = await backUpExactly(installation, writers, { at: '2026-11-17T00:07' });
  await untilWritten(writers);
  second = await backUpExactly(installation, writers, { at: '2026-11-17T01:07' });
  await untilWritten(writers);
  await writers.stop();
}, 5 * minutes);

afterAll(async () => {
  await installation.remove();
  await places.remove();
}, minutes);

async function isMariadb(): Promise<boolean> {
  const server = await startMysqlServer();
  await server.remove();
  return server.flavor === 'mariadb';
}

const prepareTo = (point: Point, target: string) => ({
  inputs: { date: point.date, hour: point.hour, 'target-dir': target },
});

it(
  'is restored to each hour of its chain',
  async () => {
    expect(second.result.outputs['type']).toBe('incremental');
    for (const point of [second, first]) {
      const target = join(installation.dir, `recovery-${point.hour}`);
      const { log } = await installation.succeed('prepare', prepareTo(point, target));
      expect(log).not.toContain('##[warning]');
      await applyAndCompare(installation, point, { 'prepared-dir': target });
    }
  },
  4 * minutes,
);

it(
  'without its keys it is not prepared, and the error says what is missing',
  async () => {
    if (!isEncrypted) return;
    await rename(keys, `${keys}.away`);
    try {
      const target = join(installation.dir, 'recovery-without-keys');
      const { code, text } = await installation.fail('prepare', prepareTo(second, target));
      expect(code).toBe('KEYRING_UNAVAILABLE');
      expect(text).toContain('key file');
    } finally {
      await rename(`${keys}.away`, keys);
    }
  },
  2 * minutes,
);
