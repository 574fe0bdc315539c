import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../src/errors.js';
import type { Command } from '../../../src/inputs/definition.js';
import { parseInputs, secretValues, type Inputs } from '../../../src/inputs/parse.js';

type Texts = Record<string, string | undefined>;
const from = (texts: Texts) => (name: string) => texts[name];

const backup = { 's3-bucket': 'my-backups', server: 'db1' };
const prepare = { ...backup, date: '2026-11-22' };
const apply = {
  ...backup,
  'prepared-dir': '/xbackup/recovery',
  datadir: '/var/lib/mysql',
  confirm: 'db1',
};

function refusal(command: Command, texts: Texts): UserError {
  try {
    parseInputs(command, from(texts));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('These inputs were accepted.');
}

describe('parseInputs', () => {
  it('gives typed values under camelCase names, with the defaults', () => {
    const inputs: Inputs<'backup'> = parseInputs(
      'backup',
      from({ ...backup, parallel: '8', 'encrypt-recipients': 'age1qqqqqqqqqqqq, age1pppppppppppp' }),
    );
    // These lines compile only when the types are exact.
    const bucket: string = inputs.s3Bucket;
    const parallel: number = inputs.parallel;
    const type: 'auto' | 'full' | 'incremental' = inputs.type;
    const rate: number | undefined = inputs.maxUploadMibPerSecond;
    expect({ bucket, parallel, type, rate }).toEqual({
      bucket: 'my-backups',
      parallel: 8,
      type: 'auto',
      rate: undefined,
    });
    expect(inputs.encryptRecipients).toEqual(['age1qqqqqqqqqqqq', 'age1pppppppppppp']);
    expect(inputs.s3Prefix).toBe('xbackup');
    expect(inputs).not.toHaveProperty('date');
    expect(Object.keys(inputs)).toContain('s3Region');
  });

  it.each([
    ['backup', backup],
    ['prepare', prepare],
    ['apply', apply],
    ['list', backup],
  ] as const)('needs nothing but the required inputs for %s', (command, texts) => {
    expect(parseInputs(command, from(texts)).server).toBe('db1');
  });

  it('takes empty and blank text as not given, and drops blanks around a value', () => {
    const inputs = parseInputs('backup', from({ ...backup, 's3-region': '', type: '  ', parallel: ' 4\n' }));
    expect(inputs.s3Region).toBeUndefined();
    expect(inputs.type).toBe('auto');
    expect(inputs.parallel).toBe(4);
    expect(refusal('backup', { 's3-bucket': ' ' }).message).toMatch(/s3-bucket is missing/);
  });

  it('names the server after the host when nobody says otherwise', () => {
    expect(parseInputs('list', from({ 's3-bucket': 'my-backups' })).server).toBe(hostname());
  });

  it('reports everything that is wrong at once, with what is accepted', () => {
    const error = refusal('prepare', {
      's3-prefix': 'a/../b',
      's3-endpoint': 's3.example.com',
      date: '2026-02-30',
      hour: '24',
      tool: 'mysqldump',
    });
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message.split('\n')).toEqual([
      '6 inputs are not right:',
      expect.stringMatching(/^- s3-bucket is missing\. Accepted: a bucket name/),
      expect.stringMatching(/^- s3-prefix is "a\/\.\.\/b"\. Accepted: names of letters/),
      '- s3-endpoint is "s3.example.com". Accepted: an address with its scheme, such as https://s3.example.com.',
      expect.stringMatching(/^- tool is "mysqldump"\. Accepted: auto, xtrabackup or mariadb-backup\.$/),
      '- date is "2026-02-30". Accepted: a day as YYYY-MM-DD that exists, or latest.',
      expect.stringMatching(/^- hour is "24"\. Accepted: an hour 00 to 23/),
    ]);
    expect(error.hint).toContain('xbackup prepare --help');
  });

  it('reports a bad value and a bad combination together', () => {
    const error = refusal('backup', { ...backup, type: 'differential', 'mysql-port': '3307' });
    expect(error.message).toContain('type is "differential"');
    expect(error.message).toContain('mysql-port needs mysql-host');
  });
});

describe('how a bad value is shown', () => {
  it('never shows a secret', () => {
    const secret = 'hunter2\nsecond line';
    const { message } = refusal('backup', {
      ...backup,
      'mysql-password': secret,
      'encrypt-passphrase': secret,
    });
    expect(message).toContain('mysql-password is not valid (its value is secret)');
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('second line');
  });

  it('never shows credentials that were put into another input', () => {
    const { message } = refusal('backup', {
      ...backup,
      's3-endpoint': 'https://AKIAEXAMPLE:hunter2@s3.example.com',
      'extra-args': '-phunter2 --password=hunter3',
    });
    expect(message).toContain('"https://***@s3.example.com"');
    expect(message).toContain('"-p*** --password=***"');
    expect(message).not.toMatch(/hunter/);
  });

  it('cuts long text and makes control characters visible', () => {
    const { message } = refusal('list', { 's3-bucket': `a\n::error::\u001b[31m\u202e${'x'.repeat(5000)}` });
    expect(message).toContain('"a\\n::error::\\u{1b}[31m\\u{202e}xxx');
    expect(message.length).toBeLessThan(250);
    expect(message).not.toContain('\n');
  });
});

describe('inputs that do not fit together', () => {
  const age = 'age1qqqqqqqqqqqq';
  it.each<[Command, Texts, RegExp]>([
    [
      'backup',
      { 'mysql-defaults-file': '/a', 'mysql-user': 'x', 'mysql-port': '1' },
      /mysql-defaults-file and mysql-user, mysql-port exclude/,
    ],
    [
      'apply',
      { 'mysql-defaults-file': '/a', 'mysql-password': 'x' },
      /mysql-defaults-file and mysql-password exclude/,
    ],
    ['backup', { 'mysql-socket': '/s', 'mysql-host': 'h' }, /mysql-socket and mysql-host exclude/],
    ['backup', { 'mysql-port': '3306' }, /mysql-port needs mysql-host/],
    [
      'backup',
      { 'encrypt-recipients': age, 'encrypt-passphrase': 'x' },
      /encrypt-recipients and encrypt-passphrase exclude/,
    ],
    [
      'backup',
      { 'encrypt-recipients': 'no key', 'encrypt-passphrase': 'x' },
      /encrypt-recipients and encrypt-passphrase exclude/,
    ],
    ['backup', { 'sse-kms-key-id': 'alias/x' }, /sse-kms-key-id needs sse: aws:kms/],
    ['backup', { 'sse-kms-key-id': 'alias/x', sse: 'AES256' }, /sse-kms-key-id needs sse: aws:kms/],
    [
      'backup',
      { 'extra-args': '--galera-info --password=x --host=y' },
      /extra-args has --password, --host: give the connection by the mysql-… inputs/,
    ],
    ['prepare', { date: 'latest', hour: '02' }, /hour needs a day/],
    ['apply', { 'prepared-dir': '/d/mysql', datadir: '/d/mysql/' }, /are the same directory/],
    ['apply', { 'prepared-dir': '/d/mysql/x', datadir: '/d/mysql' }, /is inside datadir/],
    ['apply', { 'prepared-dir': '/d', datadir: '/d/mysql' }, /is inside prepared-dir/],
    ['apply', { 'prepared-dir': '/d/x', datadir: '/d/x/../x/y' }, /is inside prepared-dir/],
  ])('%s refuses %j', (command, texts, expected) => {
    const base = { backup, prepare, apply, check: backup, prune: backup, list: backup }[command];
    expect(refusal(command, { ...base, ...texts }).message).toMatch(expected);
  });

  it.each(['/etc', '/usr', '/var', '/home', '/root', '/var/lib', '/var/lib/', '/etc/mysql', '/usr/local'])(
    'apply refuses %s as the datadir',
    (datadir) => {
      expect(refusal('apply', { ...apply, datadir }).message).toMatch(/a folder of the system/);
    },
  );

  it.each<[Command, Texts]>([
    ['backup', { 'mysql-host': '127.0.0.1', 'mysql-port': '3307', 'mysql-user': 'x', 'mysql-password': 'y' }],
    ['backup', { 'mysql-socket': '/run/x.sock', 'mysql-user': 'x' }],
    ['backup', { 'sse-kms-key-id': 'alias/x', sse: 'aws:kms' }],
    ['backup', { 'extra-args': '--galera-info --slave-info' }],
    ['prepare', { date: '2026-11-22', hour: '2' }],
    ['apply', { 'prepared-dir': '/d/mysql-new', datadir: '/d/mysql' }],
    ['apply', { datadir: '/usr/local/mysql/data' }],
    ['apply', { datadir: '/srv/..data' }],
  ])('%s accepts %j', (command, texts) => {
    const base = { backup, prepare, apply, check: backup, prune: backup, list: backup }[command];
    expect(parseInputs(command, from({ ...base, ...texts })).server).toBe('db1');
  });

  const key = `AGE-SECRET-KEY-1${'Q'.repeat(58)}`;
  it.each([
    key,
    `# created: 2026-11-22\n# public key: ${age}\n${key}\n`,
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n',
    '/root/xbackup.key',
  ])('prepare accepts a private key as %j', (identity) => {
    const inputs = parseInputs('prepare', from({ ...prepare, 'decrypt-identity': identity }));
    expect(inputs.decryptIdentity).toBe(identity.trim());
  });

  it.each([age, 'xbackup.key', '-----BEGIN RSA PRIVATE KEY-----\nx'])(
    'prepare refuses %j as one',
    (identity) => {
      const { message } = refusal('prepare', { ...prepare, 'decrypt-identity': identity });
      expect(message).toMatch(/^decrypt-identity is not valid \(its value is secret\)/);
    },
  );
});

describe('secretValues', () => {
  it('gives every secret of the command, as the inputs use it', () => {
    const texts = {
      ...backup,
      'mysql-password': ' /p4ss\n',
      'encrypt-passphrase': 'q',
      'decrypt-passphrase': 'r',
    };
    expect(secretValues('backup', from(texts))).toEqual(['/p4ss', 'q']);
    expect(secretValues('prepare', from(texts))).toEqual(['r']);
    expect(secretValues('list', from(texts))).toEqual([]);
  });

  it('leaves the path of a key file readable', () => {
    expect(secretValues('prepare', from({ 'decrypt-identity': '/root/key' }))).toEqual([]);
    expect(secretValues('prepare', from({ 'decrypt-identity': 'AGE-SECRET-KEY-1X' }))).toHaveLength(1);
  });
});
