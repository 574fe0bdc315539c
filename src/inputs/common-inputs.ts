import { hostname } from 'node:os';
import { z } from 'zod';
import { commands, type InputDefinition } from './input-definition.js';
import * as accept from './schemas.js';

const all = commands;

/** What several commands need: the store, the connection to the server, the tool. */
export const commonInputs = {
  's3-bucket': {
    commands: all,
    description: 'The bucket that holds the backups.',
    accepts: 'a bucket name (3 to 63 of a-z, 0-9, dot and dash)',
    schema: accept.bucketName,
    required: true,
  },
  's3-prefix': {
    commands: all,
    description: 'What the keys of all backups start with.',
    accepts: 'names of letters, digits, dot, dash, underscore and =, joined by /; never only dots',
    schema: accept.keyPrefix,
    default: 'xbackup',
  },
  server: {
    commands: all,
    description: 'The name of this database server in the bucket. Each server needs its own.',
    accepts: 'letters, digits, dot, dash, underscore and =',
    schema: accept.keySegment,
    default: () => hostname(),
    defaultText: 'the host name',
  },
  's3-region': {
    commands: all,
    description: 'The region of the bucket.',
    accepts: 'a region such as eu-central-1',
    schema: z.string().regex(/^[a-z0-9-]{2,40}$/),
    defaultText: 'from the AWS environment; us-east-1 with an endpoint',
  },
  's3-endpoint': {
    commands: all,
    description: 'The address of an S3-compatible store that is not AWS.',
    accepts: 'an address with its scheme, such as https://s3.example.com',
    schema: accept.httpUrl,
  },
  's3-path-style': {
    commands: all,
    description: 'Put the bucket into the path instead of the host name.',
    accepts: 'true or false',
    schema: accept.yesOrNo,
    defaultText: 'true with an endpoint, else false',
  },
  'log-level': {
    commands: all,
    description: 'How much to log. `debug` shows every line of the backup tool.',
    accepts: 'info or debug',
    schema: z.enum(['info', 'debug']),
    default: 'info',
  },
  'mysql-defaults-file': {
    commands: ['backup', 'apply', 'check'],
    description:
      'A MySQL option file with the connection in its [client] group. Instead of the other mysql-… inputs. ' +
      "If it is the server's own, apply also reads in [mysqld] where the data is.",
    accepts: 'an absolute path',
    schema: accept.absolutePath,
  },
  'mysql-user': {
    commands: ['backup', 'apply', 'check'],
    description: 'The user to connect as.',
    accepts: 'text on one line',
    schema: accept.oneLine,
    defaultText: 'the user that runs this',
  },
  'mysql-password': {
    commands: ['backup', 'apply', 'check'],
    description: "The user's password. Not needed with socket authentication.",
    accepts: 'text on one line',
    schema: accept.oneLine,
    secret: true,
  },
  'mysql-socket': {
    commands: ['backup', 'apply', 'check'],
    description: "The server's socket.",
    accepts: 'an absolute path',
    schema: accept.absolutePath,
    defaultText: 'the usual places are tried',
  },
  'mysql-host': {
    commands: ['backup', 'apply', 'check'],
    description: "The server's address on this host, to connect by TCP instead of the socket.",
    accepts: 'a host name or address',
    schema: z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/),
  },
  'mysql-port': {
    commands: ['backup', 'apply', 'check'],
    description: 'The port, with `mysql-host`.',
    accepts: 'a number from 1 to 65535',
    schema: accept.wholeNumber(1, 65535),
    defaultText: '3306',
  },
  tool: {
    commands: ['backup', 'prepare', 'apply', 'check'],
    description: 'The backup tool. `auto` takes the one that fits the server, or that made the backup.',
    accepts: 'auto, xtrabackup or mariadb-backup',
    schema: z.enum(['auto', 'xtrabackup', 'mariadb-backup']),
    default: 'auto',
  },
  'tool-path': {
    commands: ['backup', 'prepare', 'apply', 'check'],
    description:
      'The program itself, where it is not in PATH. xbstream or mbstream is looked for beside it first.',
    accepts: 'an absolute path',
    schema: accept.absolutePath,
    defaultText: 'from PATH',
  },
} as const satisfies Record<string, InputDefinition>;
