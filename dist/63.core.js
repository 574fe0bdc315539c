export const id = 63;
export const ids = [63];
export const modules = {

/***/ 4918:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $d: () => (/* binding */ sizeOf),
/* harmony export */   CZ: () => (/* binding */ schemaVersion),
/* harmony export */   MZ: () => (/* binding */ serializeManifest),
/* harmony export */   Ng: () => (/* binding */ parseManifest),
/* harmony export */   dL: () => (/* binding */ manifestSha256)
/* harmony export */ });
/* unused harmony export backupIdPattern */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2857);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4377);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7406);



/** The manifest format that this code writes, and the only one that it reads. */
const schemaVersion = 1;
/** `2026-11-22/01`, `2026-11-22/01-30` or `2026-11-22/01-30-15`. */
const backupIdPattern = /^\d{4}-\d{2}-\d{2}\/\d{2}(-\d{2}(-\d{2})?)?$/;
const backupId = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(backupIdPattern);
// LSNs are 64-bit: a JSON number would lose digits above 2^53.
const lsn = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(/^(0|[1-9]\d{0,19})$/);
const sha256 = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(/^[0-9a-f]{64}$/);
const bytes = zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig().int().nonnegative();
const encryption = zod__WEBPACK_IMPORTED_MODULE_2__/* .discriminatedUnion */ .gMt('method', [
    zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('none') }),
    zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('age'), recipients: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP()).min(1) }),
    zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('gpg'), cipher: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('AES256') }),
]);
const shape = zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({
    schemaVersion: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz(schemaVersion),
    id: backupId,
    server: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1),
    type: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(['full', 'incremental']),
    parent: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ id: backupId, manifestSha256: sha256 }).optional(),
    chain: backupId,
    lsn: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ from: lsn, to: lsn, last: lsn }),
    objects: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ key: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1), sizeBytes: bytes, sha256, etag: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP() })).min(1),
    compression: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('zstd'), level: zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig().int() }),
    encryption,
    streamBytes: bytes,
    tool: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ name: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(['xtrabackup', 'mariadb-backup']), version: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1) }),
    mysql: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({
        version: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1),
        flavor: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(['mysql', 'mariadb', 'percona']),
        serverUuid: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().optional(),
        datadir: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        datadirIdentity: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        binlogFile: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().optional(),
        binlogPosition: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().optional(),
        gtid: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().optional(),
    }),
    startedAt: zod__WEBPACK_IMPORTED_MODULE_3__/* .datetime */ .w$(),
    finishedAt: zod__WEBPACK_IMPORTED_MODULE_3__/* .datetime */ .w$(),
    durationSeconds: zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig().nonnegative(),
    run: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({
        repository: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        workflow: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        runId: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        runAttempt: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        actor: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
        url: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
    })
        .optional(),
});
const schema = shape
    .refine((m) => (m.type === 'incremental') === (m.parent !== undefined), {
    message: 'an incremental, and only an incremental, has a parent',
    path: ['parent'],
})
    .refine((m) => m.type === 'incremental' || m.chain === m.id, {
    message: 'a full backup is the head of its own chain',
    path: ['chain'],
})
    .refine((m) => BigInt(m.lsn.to) >= BigInt(m.lsn.from), {
    message: 'to is behind from',
    path: ['lsn'],
});
/** The bytes stored of a backup. */
function sizeOf(objects) {
    return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
/** The manifest as it is stored: what its children's `parent.manifestSha256` is the hash of. */
function serializeManifest(manifest) {
    return `${JSON.stringify(manifest, null, 2)}\n`;
}
/** The SHA-256 of a manifest's stored bytes, in hex. */
function manifestSha256(text) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(text).digest('hex');
}
/**
 * Reads a manifest from stored text.
 * @throws UserError MANIFEST_INVALID that names every field that is wrong, or the unknown version.
 */
function parseManifest(text, name) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (error) {
        throw invalid(name, 'is not JSON', error);
    }
    const version = zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ schemaVersion: zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig() }).safeParse(value);
    if (version.success && version.data.schemaVersion !== schemaVersion) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('MANIFEST_INVALID', `The manifest ${name} has schemaVersion ${version.data.schemaVersion}; this version reads ${schemaVersion}.`, 'Use the version of xbackup that wrote it, or a newer one.');
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
        const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
        throw invalid(name, `is not valid (${fields.join('; ')})`, parsed.error);
    }
    return parsed.data;
}
function invalid(name, what, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('MANIFEST_INVALID', `The manifest ${name} ${what}.`, 'It was edited or damaged in the bucket. Restore its earlier version if the bucket keeps versions; ' +
        'otherwise this backup, and those that build on it, cannot be used.', { cause });
}


/***/ }),

/***/ 7406:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   KW: () => (/* binding */ cancelled),
/* harmony export */   Qd: () => (/* binding */ CommandError),
/* harmony export */   bD: () => (/* binding */ messageOf),
/* harmony export */   fv: () => (/* binding */ errorCodes),
/* harmony export */   yo: () => (/* binding */ UserError)
/* harmony export */ });
/**
 * What can go wrong, each with a code, a fact and a hint.
 *
 * `UserError` is expected and says what to do. `CommandError` is a program that failed; the tools' tables of
 * known messages turn it into a `UserError`. Anything else is a bug and shows its stack.
 */
/** Every code, with the heading of its entry in docs/troubleshooting.md. */
const errorCodes = {
    INPUT_INVALID: 'An input is missing or not valid',
    SERVER_UNREACHABLE: 'The database server cannot be reached',
    SERVER_ACCESS_DENIED: 'The database server refuses the user',
    PRIVILEGE_MISSING: 'The backup user lacks a privilege',
    DATADIR_UNREADABLE: 'The datadir cannot be read',
    DEFAULTS_FILE_UNREADABLE: 'The defaults file cannot be read',
    PROGRAM_MISSING: 'A program is not installed',
    TOOL_UNSUITABLE: 'The backup tool does not fit the server',
    BACKUP_FAILED: 'The backup tool failed',
    TOOL_KILLED: 'The backup tool was killed',
    TOOL_OPTION_REFUSED: 'The backup tool refuses an option',
    PIPELINE_FAILED: 'zstd, age, gpg or xbstream failed',
    BACKUP_INCONSISTENT: 'The backup does not follow from its base',
    DDL_DURING_BACKUP: 'A DDL statement made the backup inconsistent',
    REDO_OVERWRITTEN: 'The redo log was overwritten during the backup',
    LOCK_WAIT_TIMEOUT: 'The backup lock could not be had in time',
    PAGE_CORRUPT: 'The server has a corrupt page',
    KEYRING_UNAVAILABLE: 'The keyring of encrypted tables cannot be read',
    INSTANT_DDL: 'Tables were changed by the instant DDL of MySQL 8.0.29 to 8.0.31',
    DISK_FULL: 'A disk is full',
    BASE_UNREADABLE: 'The backup tool cannot read the base',
    BASE_UNUSABLE: 'An incremental was asked for, but there is no usable base',
    BACKUP_EXISTS: 'Another backup took the same place',
    CANCELLED: 'The run was cancelled',
    STORE_UNREACHABLE: 'The S3 store cannot be reached',
    STORE_DENIED: 'The S3 store refuses the request',
    STORE_MISSING: 'The bucket or object does not exist',
    UPLOAD_FAILED: 'The upload failed',
    UPLOAD_DIFFERS: 'What is stored is not what was sent',
    DOWNLOAD_FAILED: 'A download failed',
    MANIFEST_INVALID: 'A manifest cannot be read',
    RESTORE_POINT_MISSING: 'There is no backup for that date and hour',
    CHAIN_BROKEN: 'A chain has a bad link',
    LINK_CORRUPT: 'A stored backup is not what its manifest says',
    KEY_MISSING: 'The key to decrypt is missing',
    DECRYPTION_FAILED: 'The backup cannot be decrypted',
    TARGET_NOT_EMPTY: 'The target directory is not empty',
    TARGET_IN_USE: 'Another run is using the target directory',
    DISK_TOO_SMALL: 'There is not enough free disk space',
    PREPARE_FAILED: 'The backup could not be prepared',
    PREPARE_ORDER: 'An incremental does not follow from what is prepared',
    ALREADY_PREPARED: 'The backup is prepared already',
    NOT_PREPARED: 'The directory does not hold a complete prepared backup',
    CONFIRM_MISMATCH: 'The confirmation does not match',
    DATADIR_UNSUITABLE: 'The datadir cannot be replaced',
    STOP_FAILED: 'The database server could not be stopped',
    RESTORE_ROLLED_BACK: 'The restore failed, and everything is back as it was',
    ROLLBACK_FAILED: 'The restore failed, and so did putting everything back',
};
/** An expected failure: `message` is a fact, `hint` is what to do now. */
class UserError extends Error {
    code;
    hint;
    name = 'UserError';
    constructor(code, message, hint, options) {
        super(message, options);
        this.code = code;
        this.hint = hint;
    }
}
/** A program that could not be started, or ended with anything but 0. */
class CommandError extends Error {
    failure;
    name = 'CommandError';
    constructor(failure, options) {
        super(`${failure.program} ${endOf(failure)}`, options);
        this.failure = failure;
    }
}
function endOf({ exitStatus, signal }) {
    if (signal !== null)
        return `was killed by ${signal}`;
    if (exitStatus !== null)
        return `failed with exit status ${exitStatus}`;
    return 'could not be started';
}
/** The error for a run that was told to stop (SIGINT, SIGTERM, a cancelled workflow). */
function cancelled(cause) {
    return new UserError('CANCELLED', 'The run was cancelled.', 'Nothing that was begun counts. Start it again when you are ready.', { cause });
}
/** The message of anything that was thrown. */
function messageOf(error) {
    return error instanceof Error ? error.message : String(error);
}


/***/ }),

/***/ 232:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Pi: () => (/* binding */ commands),
  Z$: () => (/* binding */ inputDefinitions),
  vj: () => (/* binding */ inputNames)
});

// UNUSED EXPORTS: outputDefinitions

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(2857);
// EXTERNAL MODULE: ./build/src/inputs/schemas.js
var inputs_schemas = __webpack_require__(6735);
;// CONCATENATED MODULE: ./build/src/inputs/outputs.js
/** What each action gives to the steps after it. Every value is text. */
const outputDefinitions = {
    backup: {
        'backup-id': { description: 'The id, such as 2026-11-22/01.' },
        type: { description: 'full or incremental.' },
        reason: { description: 'Why it was that type.' },
        'object-key': { description: 'The key of the stored stream.' },
        'manifest-key': { description: 'The key of the manifest.' },
        'from-lsn': { description: 'The LSN that it starts from (0 for a full).' },
        'to-lsn': { description: 'The LSN that the next incremental starts from.' },
        'size-bytes': { description: 'The bytes stored.' },
        'duration-seconds': { description: 'How long it took.' },
    },
    prepare: {
        'prepared-dir': { description: 'The directory to give to apply.' },
        'backup-id': { description: 'The backup that was prepared.' },
        links: { description: 'How many backups of the chain were applied.' },
        'to-lsn': { description: 'The LSN that the data is at.' },
        'binlog-file': { description: 'The binary log file to replay from, when the server wrote one.' },
        'binlog-position': { description: 'The position in that file.' },
        gtid: { description: 'The GTID set or position of the data.' },
    },
    apply: {
        'old-datadir': { description: 'Where the old data is kept. It stays until you remove it.' },
        'server-version': { description: 'The version that answered after the start.' },
        'rolled-back': { description: 'true when the restore failed and the old data was put back.' },
        'duration-seconds': { description: 'How long it took, from the first check to the healthy server.' },
    },
};

;// CONCATENATED MODULE: ./build/src/inputs/definition.js



/**
 * The one definition of every input. action.yml files, the README's tables and the command line's help are
 * written from it (`npm run generate`), and every action reads its inputs through it.
 */
const commands = ['backup', 'prepare', 'apply', 'list'];
const definition_all = commands;
const inputDefinitions = {
    's3-bucket': {
        commands: definition_all,
        description: 'The bucket that holds the backups.',
        accepts: 'a bucket name (3 to 63 of a-z, 0-9, dot and dash)',
        schema: inputs_schemas/* bucketName */.EL,
        required: true,
    },
    's3-prefix': {
        commands: definition_all,
        description: 'What the keys of all backups start with.',
        accepts: 'names of letters, digits, dot, dash, underscore and =, joined by /; never only dots',
        schema: inputs_schemas/* keyPrefix */.uU,
        default: 'xbackup',
    },
    server: {
        commands: definition_all,
        description: 'The name of this database server in the bucket. Each server needs its own.',
        accepts: 'letters, digits, dot, dash, underscore and =',
        schema: inputs_schemas/* keySegment */.tc,
        default: () => (0,external_node_os_.hostname)(),
        defaultText: 'the host name',
    },
    's3-region': {
        commands: definition_all,
        description: 'The region of the bucket.',
        accepts: 'a region such as eu-central-1',
        schema: schemas/* string */.YjP().regex(/^[a-z0-9-]{2,40}$/),
        defaultText: 'from the AWS environment; us-east-1 with an endpoint',
    },
    's3-endpoint': {
        commands: definition_all,
        description: 'The address of an S3-compatible store that is not AWS.',
        accepts: 'an address with its scheme, such as https://s3.example.com',
        schema: inputs_schemas/* httpUrl */.q3,
    },
    's3-path-style': {
        commands: definition_all,
        description: 'Put the bucket into the path instead of the host name.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        defaultText: 'true with an endpoint, else false',
    },
    'log-level': {
        commands: definition_all,
        description: 'How much to log. `debug` shows every line of the backup tool.',
        accepts: 'info or debug',
        schema: schemas/* enum */.k5n(['info', 'debug']),
        default: 'info',
    },
    'mysql-defaults-file': {
        commands: ['backup', 'apply'],
        description: 'A MySQL option file with the connection in its [client] group. Instead of the other mysql-… inputs.',
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
    },
    'mysql-user': {
        commands: ['backup', 'apply'],
        description: 'The user to connect as.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        defaultText: 'the user that runs this',
    },
    'mysql-password': {
        commands: ['backup', 'apply'],
        description: "The user's password. Not needed with socket authentication.",
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        secret: true,
    },
    'mysql-socket': {
        commands: ['backup', 'apply'],
        description: "The server's socket.",
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        defaultText: 'the usual places are tried',
    },
    'mysql-host': {
        commands: ['backup', 'apply'],
        description: "The server's address on this host, to connect by TCP instead of the socket.",
        accepts: 'a host name or address',
        schema: schemas/* string */.YjP().regex(/^[A-Za-z0-9.:_-]{1,255}$/),
    },
    'mysql-port': {
        commands: ['backup', 'apply'],
        description: 'The port, with `mysql-host`.',
        accepts: 'a number from 1 to 65535',
        schema: inputs_schemas/* wholeNumber */.rD(1, 65535),
        defaultText: '3306',
    },
    tool: {
        commands: ['backup', 'prepare', 'apply'],
        description: 'The backup tool. `auto` takes the one that fits the server, or that made the backup.',
        accepts: 'auto, xtrabackup or mariadb-backup',
        schema: schemas/* enum */.k5n(['auto', 'xtrabackup', 'mariadb-backup']),
        default: 'auto',
    },
    'tool-path': {
        commands: ['backup', 'prepare', 'apply'],
        description: 'The program itself, where it is not in PATH. xbstream or mbstream is looked for beside it first.',
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        defaultText: 'from PATH',
    },
    type: {
        commands: ['backup'],
        description: 'What to make. `incremental` fails when there is nothing that it could build on.',
        accepts: 'auto, full or incremental',
        schema: schemas/* enum */.k5n(['auto', 'full', 'incremental']),
        default: 'auto',
    },
    'full-every': {
        commands: ['backup'],
        description: 'How often a new chain begins with a full backup.',
        accepts: 'day, week or month',
        schema: schemas/* enum */.k5n(['day', 'week', 'month']),
        default: 'day',
    },
    timezone: {
        commands: ['backup'],
        description: 'Whose dates and hours name the backups, and when a day begins.',
        accepts: 'a time zone such as Europe/Berlin',
        schema: inputs_schemas/* timeZone */.eB,
        default: 'UTC',
    },
    parallel: {
        commands: ['backup', 'prepare'],
        description: 'Threads that read (backup) or extract and apply (prepare) data files at once.',
        accepts: 'a number from 1 to 64',
        schema: inputs_schemas/* wholeNumber */.rD(1, 64),
        default: '2',
    },
    'compress-level': {
        commands: ['backup'],
        description: "zstd's level. Above 3 it costs much time for little space.",
        accepts: 'a number from 1 to 19',
        schema: inputs_schemas/* wholeNumber */.rD(1, 19),
        default: '1',
    },
    'compress-threads': {
        commands: ['backup'],
        description: "zstd's threads.",
        accepts: 'a number from 1 to 64',
        schema: inputs_schemas/* wholeNumber */.rD(1, 64),
        default: '2',
    },
    'encrypt-recipients': {
        commands: ['backup'],
        description: 'age public keys to encrypt for, one a line. This host then cannot read its own backups.',
        accepts: 'age1… or ssh-ed25519 or ssh-rsa public keys, separated by lines or commas',
        schema: inputs_schemas/* ageRecipients */.o7,
    },
    'encrypt-passphrase': {
        commands: ['backup'],
        description: 'A passphrase to encrypt with gpg (AES-256). Instead of `encrypt-recipients`.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        secret: true,
    },
    sse: {
        commands: ['backup'],
        description: "The store's own encryption at rest.",
        accepts: 'AES256 or aws:kms',
        schema: schemas/* enum */.k5n(['AES256', 'aws:kms']),
        defaultText: "the bucket's default",
    },
    'sse-kms-key-id': {
        commands: ['backup'],
        description: 'The KMS key, with `sse: aws:kms`.',
        accepts: 'a key id, alias or ARN',
        schema: schemas/* string */.YjP().regex(/^[A-Za-z0-9:/_-]{1,2048}$/),
        defaultText: "the account's default key",
    },
    'max-upload-mib-per-second': {
        commands: ['backup'],
        description: 'Never send faster than this.',
        accepts: 'a number from 1 to 100000 (MiB/s)',
        schema: inputs_schemas/* wholeNumber */.rD(1, 100_000),
        defaultText: 'no bound',
    },
    'max-parts': {
        commands: ['backup'],
        description: 'How many parts the store takes in one upload. What does not fit into them goes on in another object.',
        accepts: 'a number from 1 to 10000',
        schema: inputs_schemas/* wholeNumber */.rD(1, 10_000),
        default: '10000',
    },
    tries: {
        commands: ['backup'],
        description: 'How often to try in all. Only what may go better the next time is tried again, from the start: a DDL ' +
            'statement or an overwritten redo log during the backup, and a lock that could not be had in time.',
        accepts: 'a number from 1 to 10',
        schema: inputs_schemas/* wholeNumber */.rD(1, 10),
        default: '2',
    },
    'extra-args': {
        commands: ['backup'],
        description: 'More options for the backup tool, separated by blanks, such as `--throttle=40`. Those that xbackup itself ' +
            'gives are refused.',
        accepts: 'words that begin with --',
        schema: inputs_schemas/* toolArguments */.PX,
    },
    date: {
        commands: ['prepare'],
        description: 'The day to restore, as the backups are named, or `latest`.',
        accepts: 'a day as YYYY-MM-DD that exists, or latest',
        schema: inputs_schemas/* dayOrLatest */.HE,
        required: true,
    },
    hour: {
        commands: ['prepare'],
        description: 'The hour of that day. Without it the last backup of the day.',
        accepts: 'an hour 00 to 23, or one with minutes as the list shows it, such as 01-30',
        schema: inputs_schemas/* hour */.nW,
        defaultText: 'the last of the day',
    },
    'target-dir': {
        commands: ['prepare'],
        description: 'Where to prepare: on the same filesystem as the datadir the restore is a mere rename.',
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        default: '/xbackup/recovery',
    },
    'use-memory': {
        commands: ['prepare'],
        description: 'Memory for applying the redo log.',
        accepts: 'a size such as 512M or 4G',
        schema: inputs_schemas/* memorySize */.Bl,
        defaultText: 'a quarter of what is free',
    },
    'decrypt-identity': {
        commands: ['prepare'],
        description: 'The age private key (its text, or the path of its file).',
        accepts: 'AGE-SECRET-KEY-1…, an OpenSSH private key, or an absolute path',
        schema: inputs_schemas/* ageIdentity */.Cb,
        secret: true,
    },
    'decrypt-passphrase': {
        commands: ['prepare'],
        description: 'The passphrase of backups that were encrypted with gpg.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        secret: true,
    },
    'prepared-dir': {
        commands: ['apply'],
        description: 'What prepare left: its output of the same name, or its `target-dir`.',
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        required: true,
    },
    datadir: {
        commands: ['apply'],
        description: "The server's data directory, which is replaced.",
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        required: true,
    },
    confirm: {
        commands: ['apply'],
        description: 'The name of the server whose backup this is, typed by a person.',
        accepts: "the server's name as in the backup",
        schema: inputs_schemas/* oneLine */.TN,
        required: true,
    },
    method: {
        commands: ['apply'],
        description: 'Move or copy the prepared files. `auto` moves on the same filesystem.',
        accepts: 'auto, move-back or copy-back',
        schema: schemas/* enum */.k5n(['auto', 'move-back', 'copy-back']),
        default: 'auto',
    },
    'stop-command': {
        commands: ['apply'],
        description: 'The shell command that stops the server.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        defaultText: 'systemctl stop of mariadb, mysql or mysqld',
    },
    'start-command': {
        commands: ['apply'],
        description: 'The shell command that starts the server and returns.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        defaultText: 'systemctl start of the same',
    },
    owner: {
        commands: ['apply'],
        description: 'Who owns the restored files.',
        accepts: 'user or user:group',
        schema: inputs_schemas/* ownerName */.Hc,
        defaultText: 'the owner of the old datadir',
    },
    'start-timeout-seconds': {
        commands: ['apply'],
        description: 'How long the server may take to start and answer before the restore is rolled back.',
        accepts: 'a number from 1 to 86400 (seconds)',
        schema: inputs_schemas/* wholeNumber */.rD(1, 86_400),
        default: '300',
    },
    json: {
        commands: ['list'],
        description: 'Print JSON instead of a table.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        default: 'false',
    },
};
/** The names of the inputs that a command takes, in the order in which they are documented. */
function inputNames(command) {
    return Object.keys(inputDefinitions).filter((name) => inputDefinitions[name].commands.includes(command));
}



/***/ }),

/***/ 5343:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Fg: () => (/* binding */ definitionOf),
/* harmony export */   Tb: () => (/* binding */ isSwitch),
/* harmony export */   mT: () => (/* binding */ environmentVariable),
/* harmony export */   xQ: () => (/* binding */ camelCase)
/* harmony export */ });
/* harmony import */ var _definition_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(232);
/* harmony import */ var _schemas_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6735);


/** The name of an input's value in code: `s3-bucket` is `s3Bucket`. */
function camelCase(name) {
    return name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
/** The variable that gives an input on the command line: `XBACKUP_S3_BUCKET`. */
function environmentVariable(name) {
    return `XBACKUP_${name.toUpperCase().replaceAll('-', '_')}`;
}
/** Whether an input is true or false, so that its flag may stand alone (`--json`). */
function isSwitch(name) {
    return definitionOf(name).schema === _schemas_js__WEBPACK_IMPORTED_MODULE_1__/* .yesOrNo */ .GX;
}
/** An input's definition with every optional field to be asked for. */
function definitionOf(name) {
    return _definition_js__WEBPACK_IMPORTED_MODULE_0__/* .inputDefinitions */ .Z$[name];
}


/***/ }),

/***/ 2606:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  T: () => (/* binding */ parseInputs),
  V: () => (/* binding */ secretValues)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/inputs/definition.js + 1 modules
var definition = __webpack_require__(232);
// EXTERNAL MODULE: ./build/src/inputs/names.js
var names = __webpack_require__(5343);
;// CONCATENATED MODULE: ./build/src/inputs/extra-args.js
/**
 * The options that xbackup gives to the backup tool itself, and why nobody else may: said twice, the stream, the
 * chain or the checks of it would no longer be right.
 */
const owned = [
    { names: 'user password host port socket login-path', why: 'give the connection by the mysql-… inputs' },
    {
        names: 'defaults-file defaults-extra-file defaults-group-suffix no-defaults',
        why: 'give a defaults file by mysql-defaults-file',
    },
    {
        names: 'backup prepare copy-back move-back stats export apply-log-only',
        why: 'xbackup says what is to be done',
    },
    {
        names: 'stream target-dir extra-lsndir datadir fifo-streams fifo-dir fifo-timeout rsync',
        why: 'xbackup says where the data comes from and goes to',
    },
    {
        names: 'incremental incremental-lsn incremental-basedir incremental-dir incremental-force-scan ' +
            'incremental-history-name incremental-history-uuid',
        why: 'xbackup chooses the base; the input type says whether there is one',
    },
    {
        names: 'compress compress-threads compress-chunk-size compress-zstd-level decompress decompress-threads ' +
            'encrypt encrypt-key encrypt-key-file encrypt-threads encrypt-chunk-size decrypt',
        why: 'use the inputs compress-level, encrypt-recipients and encrypt-passphrase',
    },
    {
        names: 'tables tables-file tables-exclude databases databases-file databases-exclude',
        why: 'a part of the data is no backup of the server',
    },
    { names: 'no-lock no-backup-locks', why: 'tables that are not InnoDB would be inconsistent' },
    { names: 'parallel', why: 'use the input parallel' },
];
/** What is wrong with the words of extra-args, as sentences. */
function whatExtraArgsMayNot(words) {
    if (!Array.isArray(words))
        return [];
    const options = words.map((word) => String(word).split('=')[0] ?? '');
    return owned.flatMap(({ names, why }) => {
        const found = options.filter((option) => isOneOf(option, names.split(' ')));
        return found.length === 0 ? [] : [`extra-args has ${found.join(', ')}: ${why}.`];
    });
}
/** MySQL's programs also take `_` for `-`, prefixes such as --skip-, and an option shortened. */
function isOneOf(option, names) {
    const name = option
        .slice('--'.length)
        .replaceAll('_', '-')
        .replace(/^((loose|skip|enable|disable|maximum)-)+/, '');
    return names.some((known) => name !== '' && known.startsWith(name));
}

;// CONCATENATED MODULE: ./build/src/inputs/conflicts.js


const connection = [
    'mysql-user',
    'mysql-password',
    'mysql-socket',
    'mysql-host',
    'mysql-port',
];
const connectionRules = [
    (given) => {
        const others = connection.filter((name) => given.has(name));
        if (!given.has('mysql-defaults-file') || others.length === 0)
            return;
        return `mysql-defaults-file and ${others.join(', ')} exclude each other: put them all into the file, or none.`;
    },
    excludes('mysql-socket', 'mysql-host'),
    (given) => given.has('mysql-port') && !given.has('mysql-host') && !given.has('mysql-defaults-file')
        ? 'mysql-port needs mysql-host.'
        : undefined,
];
const rules = {
    backup: [
        ...connectionRules,
        excludes('encrypt-recipients', 'encrypt-passphrase'),
        (given) => given.has('sse-kms-key-id') && given.value('sse') !== 'aws:kms'
            ? 'sse-kms-key-id needs sse: aws:kms.'
            : undefined,
        (given) => whatExtraArgsMayNot(given.value('extra-args')),
    ],
    prepare: [
        (given) => given.has('hour') && given.value('date') === 'latest'
            ? 'hour needs a day: date is latest, which takes the last backup there is. Give the date, or leave hour out.'
            : undefined,
    ],
    apply: [...connectionRules, datadirIsApart, datadirIsNoSystemFolder],
    list: [],
};
/**
 * Every combination of `command`'s inputs that does not fit together, as sentences.
 * @param given the names of the inputs that somebody gave, valid or not.
 * @param values the parsed values, defaults included.
 */
function findConflicts(command, given, values) {
    const view = { has: (name) => given.has(name), value: (name) => values[name] };
    return rules[command].flatMap((rule) => rule(view) ?? []);
}
function excludes(one, other) {
    return (given) => given.has(one) && given.has(other) ? `${one} and ${other} exclude each other: give one.` : undefined;
}
function datadirIsApart(given) {
    const [prepared, datadir] = [given.value('prepared-dir'), given.value('datadir')];
    if (typeof prepared !== 'string' || typeof datadir !== 'string')
        return;
    if (prepared === datadir)
        return `prepared-dir and datadir are the same directory, ${datadir}.`;
    if (isInside(prepared, datadir))
        return `prepared-dir ${prepared} is inside datadir ${datadir}.`;
    if (isInside(datadir, prepared))
        return `datadir ${datadir} is inside prepared-dir ${prepared}.`;
    return;
}
// What is set aside and replaced as a whole must be a data directory and nothing else.
const systemFolders = '/bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr ' +
    '/usr/bin /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin /usr/local/lib /usr/sbin /usr/share ' +
    '/var /var/cache /var/lib /var/log /var/opt /var/run /var/spool /var/tmp';
const noDatadirBelow = ['/bin', '/boot', '/etc', '/lib', '/proc', '/sbin', '/sys', '/usr/bin', '/usr/sbin'];
function datadirIsNoSystemFolder(given) {
    const datadir = given.value('datadir');
    if (typeof datadir !== 'string')
        return;
    const isSystem = systemFolders.split(' ').includes(datadir) || noDatadirBelow.some((folder) => isInside(datadir, folder));
    return isSystem ? `datadir is ${datadir}, a folder of the system and not a data directory.` : undefined;
}
function isInside(path, folder) {
    const step = (0,external_node_path_.relative)(folder, path);
    return step !== '' && step !== '..' && !step.startsWith('../');
}

;// CONCATENATED MODULE: ./build/src/inputs/parse.js





/**
 * Reads and checks every input of a command. Blank text counts as not given, and blanks around a value are
 * dropped, as GitHub does it: so a value means the same from a workflow and from a terminal.
 * @throws UserError INPUT_INVALID that lists everything that is wrong, not only the first.
 */
function parseInputs(command, read) {
    const values = {};
    const given = new Set();
    const problems = [];
    for (const name of (0,definition/* inputNames */.vj)(command)) {
        const text = givenText(read, name);
        if (text !== undefined)
            given.add(name);
        const result = parseOne(name, text);
        if ('problem' in result)
            problems.push(result.problem);
        else
            values[name] = result.value;
    }
    problems.push(...findConflicts(command, given, values));
    if (problems.length > 0)
        throw invalid(command, problems);
    const entries = Object.entries(values).map(([name, value]) => [(0,names/* camelCase */.xQ)(name), value]);
    // Each name's value came out of that name's own schema just above.
    return Object.fromEntries(entries);
}
/** The values that must never be seen in a log. A path is no secret, and messages about it have to show it. */
function secretValues(command, read) {
    return (0,definition/* inputNames */.vj)(command)
        .filter((name) => (0,names/* definitionOf */.Fg)(name).secret)
        .flatMap((name) => {
        const text = givenText(read, name);
        return text === undefined || (name === 'decrypt-identity' && (0,external_node_path_.isAbsolute)(text)) ? [] : [text];
    });
}
function givenText(read, name) {
    const text = read(name)?.trim();
    return text === '' ? undefined : text;
}
function parseOne(name, text) {
    const definition = (0,names/* definitionOf */.Fg)(name);
    const { accepts, required, secret, defaultText } = definition;
    if (text === undefined && required)
        return { problem: `${name} is missing. Accepted: ${accepts}.` };
    const fallback = typeof definition.default === 'function' ? definition.default() : definition.default;
    const effective = text ?? fallback;
    if (effective === undefined)
        return { value: undefined };
    const result = definition.schema.safeParse(effective);
    if (result.success)
        return { value: result.data };
    const shown = secret ? 'not valid (its value is secret)' : visible(effective);
    const origin = text === undefined ? ` (${defaultText ?? 'the default'})` : '';
    return { problem: `${name} is ${shown}${origin}. Accepted: ${accepts}.` };
}
const longestShown = 80;
/** A value as a message may show it: short, on one line, without the credentials that people put into it. */
function visible(text) {
    const redacted = text
        .replace(/\/\/[^/@\s]*@/g, '//***@')
        .replace(/(pass\w*[=:\s]+|(?:^|\s)-p)\S+/gi, '$1***')
        .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
    const cut = redacted.length > longestShown ? `${redacted.slice(0, longestShown)}…` : redacted;
    return `"${cut}"`;
}
function escaped(character) {
    if (character === '\n')
        return '\\n';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
function invalid(command, problems) {
    const message = problems.length === 1
        ? problems.join('')
        : [`${problems.length} inputs are not right:`, ...problems.map((problem) => `- ${problem}`)].join('\n');
    return new errors/* UserError */.yo('INPUT_INVALID', message, `Nothing was touched. All inputs of ${command} are in the README's table and in \`xbackup ${command} --help\`.`);
}


/***/ }),

/***/ 6735:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bl: () => (/* binding */ memorySize),
/* harmony export */   Cb: () => (/* binding */ ageIdentity),
/* harmony export */   EL: () => (/* binding */ bucketName),
/* harmony export */   GX: () => (/* binding */ yesOrNo),
/* harmony export */   HE: () => (/* binding */ dayOrLatest),
/* harmony export */   Hc: () => (/* binding */ ownerName),
/* harmony export */   Hi: () => (/* binding */ absolutePath),
/* harmony export */   PX: () => (/* binding */ toolArguments),
/* harmony export */   TN: () => (/* binding */ oneLine),
/* harmony export */   eB: () => (/* binding */ timeZone),
/* harmony export */   nW: () => (/* binding */ hour),
/* harmony export */   o7: () => (/* binding */ ageRecipients),
/* harmony export */   q3: () => (/* binding */ httpUrl),
/* harmony export */   rD: () => (/* binding */ wholeNumber),
/* harmony export */   tc: () => (/* binding */ keySegment),
/* harmony export */   uU: () => (/* binding */ keyPrefix)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2857);


/** The values that inputs accept, parsed from the text that GitHub, a flag or a variable gives. */
const decimal = /^\d{1,15}$/;
/** A whole number between `least` and `most`. */
const wholeNumber = (least, most) => zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .regex(decimal)
    .transform(Number)
    .refine((n) => n >= least && n <= most);
const yesOrNo = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .toLowerCase()
    .pipe(zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(['true', 'false']))
    .transform((text) => text === 'true');
/** S3's own rules: 3 to 63 of a-z, 0-9, dot and dash. */
const bucketName = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);
/** A key prefix: path segments of safe characters, without `.` or `..`. */
const keyPrefix = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .transform((text) => text.replace(/^\/+|\/+$/g, ''))
    .refine((text) => text.split('/').every(isSafeSegment));
/** One key segment: a server's name. */
const keySegment = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().refine(isSafeSegment);
function isSafeSegment(segment) {
    return /^[A-Za-z0-9._=-]{1,200}$/.test(segment) && !/^\.+$/.test(segment);
}
const httpUrl = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().refine((text) => {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text))
        return false;
    const url = new URL(text);
    return url.hostname !== '' && url.username === '' && url.search === '';
});
/** A path from the root, without a trailing slash. The root itself is never what is meant. */
const absolutePath = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .refine((text) => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.isAbsolute)(text) && !text.includes('\0'))
    .transform((text) => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.normalize)(text).replace(/\/+$/, ''))
    .refine((text) => text !== '');
/** A day that exists, or `latest`. */
const dayOrLatest = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().refine((text) => text === 'latest' || isDay(text));
function isDay(text) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text))
        return false;
    const date = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
/** `7`, `07`, `07-30` or `07-30-15`; one digit is given its zero. */
const hour = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .transform((text) => (/^\d$/.test(text) ? `0${text}` : text))
    .refine((text) => /^([01]\d|2[0-3])(-[0-5]\d){0,2}$/.test(text));
const timeZone = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().refine((text) => {
    try {
        new Intl.DateTimeFormat('en', { timeZone: text });
        return true;
    }
    catch {
        return false;
    }
});
/** A size as MySQL's tools take it: a number with K, M, G or nothing. */
const memorySize = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().regex(/^[1-9]\d{0,11}[KMG]?$/i);
/** age public keys, native or ssh, separated by commas, blanks within ssh keys allowed, or by lines. */
const ageRecipients = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .transform((text) => text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#')))
    .refine((keys) => keys.length > 0 && keys.every((key) => ageRecipient.test(key)));
const ageRecipient = /^(age1[a-z0-9]{10,}|ssh-(ed25519|rsa) [A-Za-z0-9+/=]+( .*)?)$/;
/** An age private key, alone or as the text of its file, an OpenSSH private key, or the path of either. */
const ageIdentity = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .refine((text) => /^AGE-SECRET-KEY-1[A-Z0-9]{20,}$/m.test(text) ||
    /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n/.test(text) ||
    ((0,node_path__WEBPACK_IMPORTED_MODULE_0__.isAbsolute)(text) && !/[\n\0]/.test(text)));
/** More arguments for the tool, separated by blanks. There is no shell and so no quoting. */
const toolArguments = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .transform((text) => text.split(/\s+/).filter((word) => word !== ''))
    .refine((words) => words.every((word) => word.startsWith('--')));
/** `user`, `user:group` by name or number, as chown takes it. */
const ownerName = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/);
/** Text on one line, with nothing that could end a line of a defaults file or of a log. */
const oneLine = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    .regex(/^[^\u0000-\u001f\u007f]+$/);


/***/ }),

/***/ 9020:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ ApplyFailure)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7406);

/** A restore that failed after it had begun: what was done, and what became of the old data. */
class ApplyFailure extends _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo {
    details;
    constructor(details, message, hint, cause) {
        super(details.rolledBack ? 'RESTORE_ROLLED_BACK' : 'ROLLBACK_FAILED', message, hint, { cause });
        this.details = details;
    }
}


/***/ }),

/***/ 4400:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  je: () => (/* binding */ LeftoversNote),
  nY: () => (/* binding */ cleanUp),
  C8: () => (/* binding */ leftoversSchema)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(2857);
// EXTERNAL MODULE: ./build/src/pipeline/groups.js
var groups = __webpack_require__(6866);
;// CONCATENATED MODULE: ./build/src/operations/restore-progress.js

/**
 * How far a restore has come, as the way back needs it: kept outside of the process, so that another one can go
 * that way when this one is killed.
 */
const restoreProgressSchema = schemas/* object */.Ikc({
    /**
     * What has begun: to stop the server; to set the old data aside; then the old data is aside and new data comes
     * in; on the way back the new data is taken away, and the old one comes back.
     */
    step: schemas/* enum */.k5n(['stopping', 'settingAside', 'replaced', 'takenAway']),
    /** As it was before. */
    datadir: schemas/* object */.Ikc({
        path: schemas/* string */.YjP(),
        exists: schemas/* boolean */.zMY(),
        isEmpty: schemas/* boolean */.zMY(),
        owner: schemas/* string */.YjP(),
        mode: schemas/* number */.aig(),
        device: schemas/* number */.aig(),
    }),
    method: schemas/* enum */.k5n(['move-back', 'copy-back']),
    wasRunning: schemas/* boolean */.zMY(),
    /** Names what is set aside. */
    label: schemas/* string */.YjP(),
});

;// CONCATENATED MODULE: ./build/src/operations/leftovers.js





/** What a run would leave behind if it were killed: noted as it comes up, so that a later step can clean up. */
const leftoversSchema = schemas/* object */.Ikc({
    /** The private directory with the defaults file and the keys. */
    workDir: schemas/* string */.YjP().optional(),
    processes: schemas/* array */.YOg(schemas/* object */.Ikc({ processId: schemas/* number */.aig(), startTicks: schemas/* string */.YjP() })),
    /** The object that is being uploaded. */
    uploadKey: schemas/* string */.YjP().optional(),
    restore: restoreProgressSchema.optional(),
});
/** Keeps the note of what may be left. `save` is called at each change, with undefined once nothing is left. */
class LeftoversNote {
    #leftovers = { processes: [] };
    #save;
    constructor(save) {
        this.#save = save;
    }
    /**
     * Makes the run's private directory (0700) and calls `work` with it. Afterwards it is removed, and nothing is
     * left: `work` ends its processes and uploads itself, unless this process is killed.
     */
    async withWorkDir(base, work) {
        const workDir = await (0,promises_.mkdtemp)((0,external_node_path_.join)(base, 'xbackup-'));
        this.#change((leftovers) => (leftovers.workDir = workDir));
        try {
            return await work(workDir);
        }
        finally {
            await (0,promises_.rm)(workDir, { recursive: true, force: true });
            this.#leftovers = undefined;
            this.#save(undefined);
        }
    }
    uploadBegins(key) {
        this.#change((leftovers) => (leftovers.uploadKey = key));
    }
    restoreReaches(restore) {
        this.#change((leftovers) => (leftovers.restore = restore));
    }
    processStarts(processId) {
        const note = async () => {
            const group = await (0,groups/* identifyGroup */.CW)(processId);
            if (group !== undefined)
                this.#change(({ processes }) => processes.push(group));
        };
        // A note that cannot be kept must not end the run, as a rejection that nobody handles would.
        note().catch(() => undefined);
    }
    #change(change) {
        if (this.#leftovers === undefined)
            return;
        change(this.#leftovers);
        this.#save(this.#leftovers);
    }
}
/**
 * Removes what a killed run left: its processes, its directory with secrets, its unfinished upload. What a run
 * that ended by itself has removed already is not missed.
 * @param openRepository called only when an upload was begun.
 */
async function cleanUp(leftovers, openRepository, log) {
    for (const group of leftovers.processes) {
        if (await (0,groups/* killGroup */.i0)(group))
            log.warning(`Process ${group.processId} was still running and was ended.`);
    }
    if (leftovers.workDir !== undefined)
        await (0,promises_.rm)(leftovers.workDir, { recursive: true, force: true });
    if (leftovers.uploadKey === undefined)
        return;
    const repository = await openRepository();
    const aborted = await repository.abortUploads(leftovers.uploadKey);
    if (aborted > 0)
        log.warning(`The unfinished upload of ${leftovers.uploadKey} was aborted.`);
}


/***/ }),

/***/ 6866:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CW: () => (/* binding */ identifyGroup),
/* harmony export */   O: () => (/* binding */ isLiving),
/* harmony export */   i0: () => (/* binding */ killGroup)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);

/** Undefined when there is no such process any more. */
async function identifyGroup(processId) {
    const startTicks = await startTicksOf(processId);
    return startTicks === undefined ? undefined : { processId, startTicks };
}
/** Is the leader that was identified still running? */
async function isLiving({ processId, startTicks }) {
    return (await startTicksOf(processId)) === startTicks;
}
/** Ends a group that an earlier, killed run left behind. Returns whether there was one. */
async function killGroup(group) {
    if (!(await isLiving(group)))
        return false;
    try {
        process.kill(-group.processId, 'SIGKILL');
        return true;
    }
    catch {
        return false;
    }
}
async function startTicksOf(processId) {
    const text = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(`/proc/${processId}/stat`, 'utf8').catch(() => '');
    // The name in parentheses may hold blanks; the start time is the 22nd field, the 20th after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
}


/***/ }),

/***/ 1877:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Is: () => (/* binding */ harmless),
/* harmony export */   PW: () => (/* binding */ Tail),
/* harmony export */   Se: () => (/* binding */ readLines)
/* harmony export */ });
/* harmony import */ var node_string_decoder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6193);

/** Longer lines are cut: the live console of a runner shows 1,024 characters. */
const longestLine = 4096;
const tailLines = 40;
/**
 * Makes a foreign line safe to print: no control characters, no hash of a password, and no `##[command]`, which
 * a runner executes wherever it stands in a line. (`::command::` counts at the start of a line only, where our
 * prefix stands.)
 */
function harmless(line) {
    return (line
        // eslint-disable-next-line no-control-regex -- these are what is taken out
        .replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
        .replaceAll('##[', '## [')
        // mariadb-backup shows its user's grants, with the password's hash, when one is missing.
        .replace(/(IDENTIFIED (?:BY PASSWORD|(?:VIA|WITH) \S+ (?:USING|AS)) )'[^']*'/gi, "$1'***'")
        .slice(0, longestLine));
}
/** The last lines that a program wrote, for its error. */
class Tail {
    #lines = [];
    add(line) {
        if (line.trim() === '')
            return;
        this.#lines.push(line);
        if (this.#lines.length > tailLines)
            this.#lines.shift();
    }
    get text() {
        return this.#lines.join('\n');
    }
    get lastLine() {
        return this.#lines.at(-1) ?? '';
    }
}
/**
 * Reads a stream to its end (a stderr that nobody drains stops its program) and hands on each line, harmless.
 * `\r` ends a line too: progress displays use it.
 */
async function readLines(stream, onLine) {
    const decoder = new node_string_decoder__WEBPACK_IMPORTED_MODULE_0__.StringDecoder('utf8');
    let rest = '';
    try {
        for await (const chunk of stream) {
            const lines = (rest + decoder.write(chunk)).split(/\r\n|\n|\r/);
            rest = (lines.pop() ?? '').slice(0, longestLine);
            for (const line of lines)
                onLine(harmless(line));
        }
    }
    finally {
        if (rest !== '')
            onLine(harmless(rest));
    }
}


/***/ }),

/***/ 1963:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   jg: () => (/* binding */ failureSummary),
/* harmony export */   pg: () => (/* binding */ explanationOf),
/* harmony export */   tA: () => (/* binding */ commandErrorOf)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7406);
/* harmony import */ var _markdown_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75);


const documentation = 'https://github.com/xbackup/xbackup/blob/main/docs/troubleshooting.md';
/** Where an error is explained. */
function explanationOf(errorCode) {
    return `${documentation}#${errorCode.toLowerCase()}`;
}
/** What the job summary says of a failed run of `what`, a word such as Backup. */
function failureSummary(what, error) {
    const command = commandErrorOf(error);
    const said = command === undefined ? undefined : endOfOutput(command);
    if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo) {
        const lines = error.message.split('\n');
        return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .page */ .MY)([
            `## ❌ ${headingOf(what, error.code)}`,
            lines.map(_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeLine */ .EH).join('  \n'),
            `**What to do:** ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .sentence */ .em)(error.hint)}`,
            `Code ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .code */ .aY)(error.code)}, explained in [troubleshooting](${explanationOf(error.code)}).`,
            said,
        ]);
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .page */ .MY)([
        `## ❌ ${what} failed unexpectedly`,
        'This is a defect of xbackup. Please report it with the text below.',
        (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .codeBlock */ .DV)(stack),
        said,
    ]);
}
function headingOf(what, errorCode) {
    const title = _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .errorCodes */ .fv[errorCode];
    return title.startsWith(`The ${what.toLowerCase()} failed`) ? title : `${what} failed: ${title}`;
}
/** The program that failed, however deep in the causes. */
function commandErrorOf(error) {
    if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .CommandError */ .Qd)
        return error;
    if (error instanceof AggregateError) {
        return error.errors.map(commandErrorOf).find((found) => found !== undefined);
    }
    return error instanceof Error && error.cause !== undefined ? commandErrorOf(error.cause) : undefined;
}
function endOfOutput({ failure }) {
    if (failure.stderrTail === '')
        return undefined;
    return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .details */ .zH)(`The end of what ${failure.program} said`, (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .codeBlock */ .DV)(failure.stderrTail));
}


/***/ }),

/***/ 5845:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CE: () => (/* binding */ formatRate),
/* harmony export */   a3: () => (/* binding */ formatDuration),
/* harmony export */   fU: () => (/* binding */ formatTime),
/* harmony export */   z3: () => (/* binding */ formatBytes)
/* harmony export */ });
/** Numbers as people read them. */
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** `1.4 GiB`. */
function formatBytes(bytes) {
    let value = bytes;
    let unit = 0;
    // What would be rounded to 1024 belongs to the next unit.
    while (value >= 1023.5 && unit < binaryUnits.length - 1) {
        value /= 1024;
        unit += 1;
    }
    const digits = unit === 0 || value >= 100 ? 0 : 1;
    return `${value.toFixed(digits)} ${binaryUnits[unit] ?? ''}`;
}
/** `4.2 s`, `3 min 07 s`, `2 h 05 min`. */
function formatDuration(seconds) {
    if (seconds < 59.95)
        return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    const pad = (n) => String(n).padStart(2, '0');
    if (whole < 3600)
        return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
    return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}
/** `38.2 MiB/s`. */
function formatRate(bytes, seconds) {
    return seconds > 0 ? `${formatBytes(bytes / seconds)}/s` : '–';
}
/** `2026-11-22 02:17:00 UTC`, from ISO 8601 in UTC. */
function formatTime(iso) {
    return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}


/***/ }),

/***/ 75:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DV: () => (/* binding */ codeBlock),
/* harmony export */   EH: () => (/* binding */ escapeLine),
/* harmony export */   Ix: () => (/* binding */ facts),
/* harmony export */   MY: () => (/* binding */ page),
/* harmony export */   X1: () => (/* binding */ escapeText),
/* harmony export */   aY: () => (/* binding */ code),
/* harmony export */   em: () => (/* binding */ sentence),
/* harmony export */   tp: () => (/* binding */ table),
/* harmony export */   zH: () => (/* binding */ details)
/* harmony export */ });
/* harmony import */ var markdown_table__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3116);

/** Markdown from values that may hold anything. */
/** Text as it is, inside a sentence or a table cell. */
function escapeText(text) {
    return escapeHtml(text)
        .replace(/[\\`*_[\]|#~]/g, '\\$&')
        .replace(/\s*\n\s*/g, ' ');
}
/** Text that begins a line, where more would mean something: a list, a heading's underline, a block of code. */
function escapeLine(text) {
    return escapeText(text.trimStart()).replace(/^(\d*)([-+=.)])/, '$1\\$2');
}
function escapeHtml(text) {
    return text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '');
}
/** Our own sentences, in which `words like these` are code. */
function sentence(text) {
    return text
        .split(/(`[^`]+`)/)
        .map((part, index) => (index % 2 === 1 ? code(part.slice(1, -1)) : escapeText(part)))
        .join('');
}
/** Text in code style; of backticks and bars there are none in what we show so. */
function code(text) {
    return text === '' ? '' : `\`${text.replace(/[`|\n]/g, ' ')}\``;
}
/** A block that keeps its lines, whatever is in them. */
function codeBlock(text) {
    const longestRun = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = '`'.repeat(longestRun + 1);
    return `${fence}text\n${text}\n${fence}`;
}
/** Rows of ready Markdown cells, the first one the heading. */
function table(rows, align) {
    return (0,markdown_table__WEBPACK_IMPORTED_MODULE_0__/* .markdownTable */ .Q)(rows, align === undefined ? {} : { align: [...align] });
}
/**
 * A table of names and values; rows without a value are left out. A Markdown table needs a heading: the first
 * row is it, since an empty one would show.
 */
function facts(rows) {
    const present = rows.filter((row) => row[1] !== undefined && row[1] !== '');
    return table(present, ['l', 'l']);
}
/** Something folded away under one line. (The title is HTML: there Markdown means nothing.) */
function details(title, body) {
    return `<details><summary>${escapeHtml(title)}</summary>\n\n${body}\n\n</details>`;
}
/** Paragraphs and blocks, one after the other. */
function page(blocks) {
    return `${blocks.filter((block) => block !== undefined && block !== '').join('\n\n')}\n`;
}


/***/ }),

/***/ 6941:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h_: () => (/* binding */ openRepository),
  Of: () => (/* binding */ runApply),
  Q3: () => (/* binding */ runBackup),
  kK: () => (/* binding */ runList),
  vv: () => (/* binding */ runPrepare),
  oC: () => (/* binding */ runRollBack)
});

// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ./build/src/mysql/option-file.js



/** MySQL's option files («my.cnf»): what we need of them. The format is in MySQL's manual, «Using Option Files». */
/** The connection options of a file's [client] groups; the last of several counts. */
async function readClientOptions(path) {
    const options = new Map();
    await readInto(options, path, 0);
    return options;
}
const clientGroups = [
    'client',
    'client-mariadb',
    'client-server',
    'mariadb-client',
    'xtrabackup',
    'mariadb-backup',
];
async function readInto(options, path, depth) {
    const text = await (0,promises_.readFile)(path, 'utf8').catch((error) => {
        // The programs skip what is included and cannot be read.
        if (depth > 0)
            return '';
        throw new errors/* UserError */.yo('DEFAULTS_FILE_UNREADABLE', `The defaults file ${path} cannot be read: ${(0,errors/* messageOf */.bD)(error)}.`, 'Correct mysql-defaults-file, or let the user that runs this read the file.', { cause: error });
    });
    let group = '';
    for (const line of text.split('\n').map(trim)) {
        const include = /^!\s*include(dir)?\s+(.+)$/.exec(line);
        const header = /^\[([^\]]+)\]/.exec(line);
        if (include !== null) {
            if (depth === deepestInclude)
                continue;
            const target = (0,external_node_path_.resolve)((0,external_node_path_.dirname)(path), include[2] ?? '');
            for (const file of include[1] === 'dir' ? await configFiles(target) : [target]) {
                await readInto(options, file, depth + 1);
            }
        }
        else if (header !== null) {
            group = (header[1] ?? '').trimEnd();
        }
        else if (clientGroups.includes(group)) {
            const option = parseOption(line);
            if (option !== undefined)
                options.set(...option);
        }
    }
}
const deepestInclude = 10;
async function configFiles(dir) {
    const names = await (0,promises_.readdir)(dir).catch(() => []);
    return names
        .filter((name) => name.endsWith('.cnf'))
        .sort()
        .map((name) => (0,external_node_path_.join)(dir, name));
}
/** `name=value`; dashes and underscores are the same in names. A name alone has an empty value. */
function parseOption(line) {
    if (line === '' || /^[#;]/.test(line))
        return undefined;
    const text = withoutComment(line);
    const equals = text.includes('=') ? text.indexOf('=') : text.length;
    const name = trim(text.slice(0, equals)).replaceAll('_', '-');
    return name === '' ? undefined : [name, unquote(trim(text.slice(equals + 1)))];
}
/** A comment begins at every `#` outside of quotes, also without a blank before it. */
function withoutComment(line) {
    const [code = ''] = /^(?:[^#"']|"(?:\\.?|[^"\\])*(?:"|$)|'(?:\\.?|[^'\\])*(?:'|$))*/.exec(line) ?? [];
    return code;
}
function trim(text) {
    return text.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '');
}
const escapes = { n: '\n', r: '\r', t: '\t', b: '\b', s: ' ' };
/** Quotes count when they are the first and the last character. Unknown escapes keep their backslash. */
function unquote(value) {
    const bare = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
    return bare.replace(/\\([nrtbs"'\\])/g, (_, character) => escapes[character] ?? character);
}
/** The text of a [client] group. Values are quoted: a password may hold anything but a line's end. */
function clientGroup(options) {
    const lines = Object.entries(options).flatMap(([name, value]) => value === undefined ? [] : [`${name}="${value.replace(/[\\"']/g, '\\$&')}"`]);
    return ['[client]', ...lines, ''].join('\n');
}

;// CONCATENATED MODULE: ./build/src/mysql/connection.js






const usualSockets = [
    '/run/mysqld/mysqld.sock',
    '/var/run/mysqld/mysqld.sock',
    '/var/lib/mysql/mysql.sock',
    '/tmp/mysql.sock',
];
const connectTimeoutMilliseconds = 10_000;
/** @throws UserError DEFAULTS_FILE_UNREADABLE. */
async function resolveAccount(inputs) {
    const file = inputs.mysqlDefaultsFile === undefined
        ? new Map()
        : await readClientOptions(inputs.mysqlDefaultsFile);
    const port = inputs.mysqlPort ?? (file.has('port') ? Number(file.get('port')) : undefined);
    const host = inputs.mysqlHost ?? file.get('host');
    const socket = inputs.mysqlSocket ?? file.get('socket');
    const account = {
        user: inputs.mysqlUser ?? file.get('user') ?? (0,external_node_os_.userInfo)().username,
        password: inputs.mysqlPassword ?? file.get('password'),
    };
    // As MySQL's own clients do: «localhost» in a defaults file means the socket.
    const byTcp = host !== undefined && !(host === 'localhost' && inputs.mysqlHost === undefined);
    if (byTcp) {
        // …but a host that was asked for means TCP, for which the tools need the address.
        return {
            ...account,
            socket: undefined,
            host: host === 'localhost' ? '127.0.0.1' : host,
            port: port ?? 3306,
        };
    }
    return { ...account, socket: socket ?? (await usualSocket()), host: undefined, port: undefined };
}
async function usualSocket() {
    for (const path of usualSockets) {
        const exists = await (0,promises_.access)(path).then(() => true, () => false);
        if (exists)
            return path;
    }
    return usualSockets[0] ?? '';
}
/**
 * The defaults file for the backup tool: the user's own, or a new one in `dir` with mode 0600.
 * A symlink is resolved: XtraBackup refuses one.
 */
async function defaultsFileFor(inputs, account, dir) {
    if (inputs.mysqlDefaultsFile !== undefined)
        return await (0,promises_.realpath)(inputs.mysqlDefaultsFile);
    const path = (0,external_node_path_.join)(dir, 'client.cnf');
    const { port, ...rest } = account;
    const text = clientGroup({ ...rest, port: port === undefined ? undefined : String(port) });
    await (0,promises_.writeFile)(path, text, { mode: 0o600, flag: 'wx' });
    return path;
}
/**
 * Connects by SQL. mysql2 is loaded here, so that whoever needs no server does not wait for it.
 * @param signal its abort breaks the connection, so that nobody waits for a server that does not answer.
 * @throws UserError SERVER_UNREACHABLE, SERVER_ACCESS_DENIED.
 */
async function connect(account, signal) {
    const { createConnection } = await __webpack_require__.e(/* import() */ 588).then(__webpack_require__.t.bind(__webpack_require__, 7588, 19));
    let connection;
    try {
        connection = await createConnection({
            user: account.user,
            connectTimeout: connectTimeoutMilliseconds,
            typeCast: (field) => field.string('utf8'),
            ...(account.password === undefined ? {} : { password: account.password }),
            stream: () => openSocket(account, signal),
        });
    }
    catch (error) {
        throw connectFailure(error, account);
    }
    // A connection that breaks between two statements is reported by the next statement.
    connection.on('error', () => undefined);
    return {
        async query(sql) {
            try {
                const [rows] = await connection.query({ sql, timeout: 60_000 });
                return Array.isArray(rows) ? rows : [];
            }
            catch (error) {
                throw statementFailure(error, sql);
            }
        },
        async close() {
            await connection.end().catch(() => connection.destroy());
        },
    };
}
function openSocket({ socket, host, port }, signal) {
    const stream = new external_node_net_.Socket(signal === undefined ? {} : { signal });
    stream.setNoDelay(true);
    return socket === undefined ? stream.connect(port ?? 3306, host ?? '127.0.0.1') : stream.connect(socket);
}
function connectFailure(error, account) {
    const where = account.socket ?? `${account.host ?? ''}:${account.port ?? ''}`;
    if (isDenied(error)) {
        return new errors/* UserError */.yo('SERVER_ACCESS_DENIED', `The server at ${where} refuses the user ${account.user}: ${(0,errors/* messageOf */.bD)(error)}.`, 'Correct mysql-user and mysql-password, or the defaults file.', { cause: error });
    }
    return new errors/* UserError */.yo('SERVER_UNREACHABLE', `The server at ${where} cannot be reached: ${(0,errors/* messageOf */.bD)(error) || codeOf(error)}.`, 'Is it running on this host? Correct mysql-socket, or mysql-host and mysql-port.', { cause: error });
}
function statementFailure(error, sql) {
    // «the SUPER, REPLICATION CLIENT privilege(s)»: the last one is the least that will do.
    const missing = /Access denied; you need \(at least one of\) the (?:[\w ]+, )*([\w ]+?) privilege/.exec((0,errors/* messageOf */.bD)(error))?.[1];
    if (missing === undefined)
        return error;
    return new errors/* UserError */.yo('PRIVILEGE_MISSING', `The user may not run ${sql}: it lacks the privilege ${missing}.`, `Grant it: GRANT ${missing} ON *.* TO the backup user.`, { cause: error });
}
function isDenied(error) {
    return [
        'ER_ACCESS_DENIED_ERROR',
        'ER_DBACCESS_DENIED_ERROR',
        'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
    ].includes(codeOf(error));
}
function codeOf(error) {
    return error instanceof Error && 'code' in error ? String(error.code) : '';
}

;// CONCATENATED MODULE: ./build/src/mysql/datadir-swap.js



/** The old data is partly here and partly there: no server may be started on it. */
class HalfSetAside extends Error {
    path;
    constructor(path, cause) {
        super(`The old data is, at least in part, in ${path}: ${(0,errors/* messageOf */.bD)(cause)}.`, { cause });
        this.path = path;
    }
}
/** @throws UserError DATADIR_UNSUITABLE when it is not a directory, or has no parent. */
async function inspectDatadir(path) {
    const parent = await (0,promises_.stat)((0,external_node_path_.dirname)(path)).catch((error) => {
        throw unsuitable(`The folder of the datadir ${path} does not exist`, error);
    });
    const found = await (0,promises_.stat)(path).catch((error) => {
        if (isCode(error, 'ENOENT'))
            return undefined;
        throw unsuitable(`The datadir ${path} cannot be looked at`, error);
    });
    if (found === undefined) {
        const owner = `${parent.uid}:${parent.gid}`;
        return { path, exists: false, isEmpty: true, owner, mode: 0o750, device: parent.dev };
    }
    if (!found.isDirectory())
        throw unsuitable(`${path} is not a directory`);
    const real = await (0,promises_.realpath)(path);
    const entries = await (0,promises_.readdir)(real);
    return {
        path: real,
        exists: true,
        isEmpty: entries.every((name) => name === 'lost+found'),
        owner: `${found.uid}:${found.gid}`,
        mode: found.mode & 0o7777,
        device: found.dev,
    };
}
/** Free bytes on the filesystem that holds `path` or would hold it. */
async function freeBytes(path) {
    for (let folder = path;; folder = (0,external_node_path_.dirname)(folder)) {
        const found = await (0,promises_.statfs)(folder).catch(() => undefined);
        if (found !== undefined)
            return found.bavail * found.bsize;
        if (folder === (0,external_node_path_.dirname)(folder))
            return 0;
    }
}
/**
 * Renames the datadir aside and puts an empty one in its place. A mount point cannot be renamed: there the
 * contents move into a hidden folder inside it, which MySQL does not look into. (MariaDB lists it as an empty
 * database `#mysql50#.before-restore-…` until it is removed.) When it fails, everything is as before.
 * @throws HalfSetAside when not even that could be done.
 */
async function setAside(datadir, label) {
    if (!datadir.exists) {
        await (0,promises_.mkdir)(datadir.path, { mode: datadir.mode });
        return undefined;
    }
    if (datadir.isEmpty)
        return undefined;
    const path = `${datadir.path}.${label}`;
    try {
        await (0,promises_.rename)(datadir.path, path);
    }
    catch (error) {
        if (!mayNotBeRenamed(error))
            throw error;
        const inside = (0,external_node_path_.join)(datadir.path, `.${label}`);
        await (0,promises_.mkdir)(inside, { mode: 0o700 });
        const aside = { path: inside, whole: false };
        await moveContents(datadir.path, inside).catch(async (failure) => {
            await putBack(datadir, aside).catch((stuck) => {
                throw new HalfSetAside(inside, new AggregateError([failure, stuck], (0,errors/* messageOf */.bD)(stuck)));
            });
            throw failure;
        });
        return aside;
    }
    try {
        await (0,promises_.mkdir)(datadir.path, { mode: datadir.mode });
        await (0,promises_.chmod)(datadir.path, datadir.mode);
    }
    catch (error) {
        await putBack(datadir, { path, whole: true }).catch((stuck) => {
            throw new HalfSetAside(path, new AggregateError([error, stuck], (0,errors/* messageOf */.bD)(stuck)));
        });
        throw error;
    }
    return { path, whole: true };
}
/** Where `setAside` with this label has put the old data, be it only a part of it; undefined when nowhere. */
async function findAside(datadir, label) {
    const places = [
        { path: `${datadir.path}.${label}`, whole: true },
        { path: (0,external_node_path_.join)(datadir.path, `.${label}`), whole: false },
    ];
    for (const place of places) {
        if ((await (0,promises_.stat)(place.path).catch(() => undefined)) !== undefined)
            return place;
    }
    return undefined;
}
/** Puts the old data back. What is in the datadir must have been taken away before. */
async function putBack(datadir, aside) {
    if (aside === undefined) {
        if (!datadir.exists)
            await rmdirIfThere(datadir.path);
    }
    else if (aside.whole) {
        await rmdirIfThere(datadir.path);
        await (0,promises_.rename)(aside.path, datadir.path);
    }
    else {
        await moveContents(aside.path, datadir.path);
        await (0,promises_.rmdir)(aside.path);
    }
}
/**
 * Takes the new data out of the datadir. A copy is deleted, it would only fill the disk of the old server;
 * what was moved is kept beside, since it is the only one. Returns where.
 */
async function takeAway(datadir, aside, keepAs) {
    if (aside === undefined && !datadir.isEmpty)
        throw new Error('The old data is still in the datadir.');
    const spared = aside?.whole === false ? [aside.path] : [];
    if (keepAs === undefined) {
        for (const path of await contents(datadir.path, spared))
            await (0,promises_.rm)(path, { recursive: true, force: true });
        return undefined;
    }
    if ((await contents(datadir.path, spared)).length === 0)
        return undefined;
    const [beside, inside] = [`${datadir.path}.${keepAs}`, (0,external_node_path_.join)(datadir.path, `.${keepAs}`)];
    if (aside?.whole === false)
        return await keepIn(inside, datadir.path, spared);
    try {
        return await keepIn(beside, datadir.path, spared);
    }
    catch (error) {
        // An empty mount point: nothing of the old data waits for its place, so the new may stay inside.
        if (aside !== undefined || !datadir.exists || !mayNotBeRenamed(error))
            throw error;
        await (0,promises_.rmdir)(beside).catch(() => undefined);
        return await keepIn(inside, datadir.path, spared);
    }
}
async function rmdirIfThere(path) {
    await (0,promises_.rmdir)(path).catch((error) => {
        if (!isCode(error, 'ENOENT'))
            throw error;
    });
}
async function keepIn(kept, dir, spared) {
    // It is there already when a process was killed here and another one goes on.
    await (0,promises_.mkdir)(kept, { mode: 0o700, recursive: true });
    await moveContents(dir, kept, spared);
    return kept;
}
/** A mount point, or a folder above that is not ours. */
function mayNotBeRenamed(error) {
    return ['EBUSY', 'EXDEV', 'EACCES', 'EPERM'].some((code) => isCode(error, code));
}
async function moveContents(from, to, spared = []) {
    for (const path of await contents(from, [to, ...spared])) {
        await (0,promises_.rename)(path, (0,external_node_path_.join)(to, path.slice(from.length + 1)));
    }
}
async function contents(dir, spared) {
    const names = await (0,promises_.readdir)(dir);
    return names
        .filter((name) => name !== 'lost+found')
        .map((name) => (0,external_node_path_.join)(dir, name))
        .filter((path) => !spared.includes(path));
}
function isCode(error, code) {
    return error instanceof Error && 'code' in error && error.code === code;
}
function unsuitable(fact, cause) {
    return new errors/* UserError */.yo('DATADIR_UNSUITABLE', cause === undefined ? `${fact}.` : `${fact}: ${(0,errors/* messageOf */.bD)(cause)}.`, 'Correct the input datadir; nothing was changed.', { cause });
}

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: ./node_modules/@actions/exec/lib/exec.js + 3 modules
var exec = __webpack_require__(1260);
;// CONCATENATED MODULE: ./build/src/pipeline/environment.js
/** Inputs, credentials and tokens of the action: no child of ours needs any of them. */
const ours = /^(INPUT_|STATE_|XBACKUP_|AWS_|ACTIONS_|GITHUB_|NODE_OPTIONS$|MYSQL_PWD$)/i;
/** What a job may have in its environment for other steps. */
const secretLike = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY/i;
/**
 * The environment of the programs that we start: ours, without what could hold a secret. Messages are parsed,
 * so they are asked for in English.
 */
function childEnvironment(own = process.env) {
    const names = Object.keys(own).filter((name) => !ours.test(name) && !secretLike.test(name));
    return { ...Object.fromEntries(names.map((name) => [name, own[name]])), LC_ALL: 'C' };
}

// EXTERNAL MODULE: ./build/src/pipeline/output-lines.js
var output_lines = __webpack_require__(1877);
;// CONCATENATED MODULE: ./build/src/pipeline/commands.js








/** Short commands: versions, chown, and what stops and starts a server. Backup data never comes here. */
/** The path of the first of `names` that can be executed: beside `near` first, then in PATH. */
async function findProgram(names, near) {
    const folders = (process.env['PATH'] ?? '').split(external_node_path_.delimiter).filter((folder) => folder !== '');
    // sbin is not in every user's PATH, but xtrabackup and the servers may be there.
    folders.push('/usr/local/sbin', '/usr/sbin', '/sbin');
    if (near !== undefined)
        folders.unshift((0,external_node_path_.dirname)(near));
    for (const folder of folders) {
        for (const name of names) {
            if (await isExecutable((0,external_node_path_.join)(folder, name)))
                return (0,external_node_path_.join)(folder, name);
        }
    }
    return undefined;
}
/** Like `findProgram`. @throws UserError PROGRAM_MISSING with the package to install. */
async function requireProgram(names, debianPackage) {
    const path = await findProgram(names);
    if (path !== undefined)
        return path;
    throw new errors/* UserError */.yo('PROGRAM_MISSING', `${names.join(' or ')} is not installed on this host.`, `Install it, on Debian and Ubuntu with: apt-get install ${debianPackage}`);
}
async function isExecutable(path) {
    return (0,promises_.access)(path, external_node_fs_.constants.X_OK).then(() => true, () => false);
}
/** What a short command prints (stdout and stderr together). @throws CommandError unless it ends with 0. */
async function outputOf(program, args) {
    const environment = Object.fromEntries(Object.entries(childEnvironment()).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
    // The library takes a command line: a path may hold blanks.
    const quoted = `"${program.replaceAll('"', '\\"')}"`;
    const { exitCode, stdout, stderr } = await (0,exec/* getExecOutput */.H)(quoted, [...args], {
        silent: true,
        ignoreReturnCode: true,
        env: environment,
    }).catch((cause) => {
        const failure = {
            program,
            arguments: args,
            exitStatus: null,
            signal: null,
            stderrTail: (0,errors/* messageOf */.bD)(cause),
        };
        throw new errors/* CommandError */.Qd(failure, { cause });
    });
    if (exitCode === 0)
        return stdout + stderr;
    throw new errors/* CommandError */.Qd({
        program,
        arguments: args,
        exitStatus: exitCode,
        signal: null,
        stderrTail: (stderr + stdout).split('\n').slice(-40).map(output_lines/* harmless */.Is).join('\n'),
    });
}
/**
 * Runs a user's shell command. It may leave a daemon behind, so its output goes to a file, not to a pipe that
 * the daemon would hold or lose, and neither our process group nor the runner's clean-up reaches it.
 * @throws CommandError unless it ends with 0 within the time.
 */
async function runShellCommand(command, outputFile, timeoutSeconds, onStart = () => undefined) {
    const output = await (0,promises_.open)(outputFile, 'w', 0o600);
    const environment = childEnvironment();
    // The runner ends, after the job, every process that carries this.
    delete environment['RUNNER_TRACKING_ID'];
    try {
        const child = (0,external_node_child_process_.spawn)('/bin/sh', ['-c', command], {
            stdio: ['ignore', output.fd, output.fd],
            detached: true,
            env: environment,
        });
        if (child.pid !== undefined)
            onStart(child.pid);
        const timer = setTimeout(() => endGroup(child.pid), timeoutSeconds * 1000);
        const [exitStatus, signal] = await new Promise((resolve, reject) => {
            child.once('error', reject);
            child.once('exit', (status, killedBy) => resolve([status, killedBy]));
        }).finally(() => clearTimeout(timer));
        if (exitStatus === 0)
            return;
        throw new errors/* CommandError */.Qd({
            program: command,
            arguments: [],
            exitStatus,
            signal,
            stderrTail: await endOfFile(outputFile),
        });
    }
    finally {
        await output.close();
    }
}
/** Also what the shell has started and waits for: it must not come to life later. */
function endGroup(processId) {
    try {
        if (processId !== undefined)
            process.kill(-processId, 'SIGKILL');
    }
    catch {
        // It has ended just now.
    }
}
/** The last lines of a text file, harmless. */
async function endOfFile(path) {
    const file = await (0,promises_.open)(path, 'r');
    const lines = [];
    try {
        await (0,output_lines/* readLines */.Se)(file.createReadStream({ autoClose: false }), (line) => {
            lines.push(line);
            if (lines.length > 40)
                lines.shift();
        });
    }
    finally {
        await file.close();
    }
    return lines.join('\n');
}

;// CONCATENATED MODULE: ./build/src/mysql/datadir.js




/** The files of a server on this host. */
/**
 * What tells a datadir from any other, and from itself after a restore: the inode and the time of birth of its
 * system tablespace. (Where the filesystem does not know births, Node gives the time of the last change.)
 * @throws UserError DATADIR_UNREADABLE.
 */
async function datadirIdentity(server) {
    const path = (0,external_node_path_.join)(server.innodbDataHome ?? server.datadir, server.systemTablespace);
    try {
        await (0,promises_.access)(server.datadir, external_node_fs_.constants.R_OK | external_node_fs_.constants.X_OK);
        await (0,promises_.access)(path, external_node_fs_.constants.R_OK);
        const { ino, birthtimeNs, ctimeNs } = await (0,promises_.stat)(path, { bigint: true });
        return `${server.systemTablespace}:${ino}:${birthtimeNs === ctimeNs ? 'unborn' : birthtimeNs}`;
    }
    catch (error) {
        throw new errors/* UserError */.yo('DATADIR_UNREADABLE', `The server's data files cannot be read here: ${(0,errors/* messageOf */.bD)(error)}.`, "The runner must be on the server's host, and see the datadir at the same path as the server does. " +
            'Run it as the user mysql or as root, or give its user read access to the whole datadir.', { cause: error });
    }
}
/** The bytes of all files below a directory. What vanishes meanwhile does not count. */
async function sizeOfTree(dir) {
    let bytes = 0;
    const entries = await (0,promises_.readdir)(dir, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
        const path = (0,external_node_path_.join)(dir, entry.name);
        if (entry.isDirectory())
            bytes += await sizeOfTree(path);
        else
            bytes += await (0,promises_.stat)(path).then(({ size }) => size, () => 0);
    }
    return bytes;
}
/**
 * The process that has the datadir's files open as a server does: InnoDB holds a POSIX lock on its system
 * tablespace, whatever that is called, and Aria on its control file. The kernel lists them in /proc/locks for all
 * processes that are visible here.
 */
async function lockHolder(datadir) {
    const devicesDiffer = await (0,promises_.statfs)(datadir).then(({ type }) => otherDeviceFilesystems.includes(type), () => false);
    const inodes = new Map();
    for (const name of await (0,promises_.readdir)(datadir).catch(() => [])) {
        const file = await (0,promises_.lstat)((0,external_node_path_.join)(datadir, name), { bigint: true }).catch(() => undefined);
        if (file?.isFile() === true)
            inodes.set(file.ino, file.dev);
    }
    const locks = await (0,promises_.readFile)('/proc/locks', 'utf8').catch(() => '');
    const held = parseLocks(locks).find(({ inode, device }) => {
        const ours = inodes.get(inode);
        return ours !== undefined && (devicesDiffer || ours === device);
    });
    return held?.processId;
}
/** btrfs and overlayfs: stat(2) shows another device than /proc/locks does. */
const otherDeviceFilesystems = [0x9123683e, 0x794c7630];
/** The write locks of /proc/locks: lines like `1: POSIX  ADVISORY  WRITE 4589 fe:00:9977880 0 EOF`. */
function parseLocks(text) {
    const pattern = /^\d+: POSIX\s+\S+\s+WRITE\s+(-?\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s/gm;
    return [...text.matchAll(pattern)].map(([, processId, major, minor, inode]) => ({
        processId: Number(processId),
        device: deviceNumber(major, minor),
        inode: BigInt(inode ?? 0),
    }));
}
/** Are the locks of all processes of this host visible? Not in a container: the server may run in another. */
async function seesAllLocks() {
    // The kernel gives the first namespace this number (PROC_PID_INIT_INO).
    return (await (0,promises_.readlink)('/proc/self/ns/pid').catch(() => '')) === 'pid:[4026531836]';
}
/** Linux's encoding of a device number in stat(2). */
function deviceNumber(major = '0', minor = '0') {
    const [high, low] = [BigInt(`0x${major}`), BigInt(`0x${minor}`)];
    return ((high & 0xfffn) << 8n) | (low & 0xffn) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n);
}

;// CONCATENATED MODULE: ./build/src/mysql/service.js






const units = ['mariadb', 'mysql', 'mysqld'];
/**
 * The commands that were given, or systemctl with the unit that this host has.
 * @throws UserError INPUT_INVALID when neither is there.
 */
async function serviceCommands(stop, start) {
    if (stop !== undefined && start !== undefined)
        return { stop, start };
    for (const unit of units) {
        const exists = await outputOf('systemctl', ['cat', unit]).then(() => true, () => false);
        if (exists)
            return { stop: stop ?? `systemctl stop ${unit}`, start: start ?? `systemctl start ${unit}` };
    }
    throw new errors/* UserError */.yo('INPUT_INVALID', `This host has no systemd unit ${units.join(', ')}, so how to stop and start the server is not known.`, 'Give the inputs stop-command and start-command.');
}
/** The database service whose datadir is about to be replaced. */
class Service {
    #options;
    constructor(options) {
        this.#options = options;
    }
    /**
     * Is a server running on the datadir? By its answer, or by the lock that it holds on its files. Both are looked
     * at: the lock may be of another server than the one that answers, which would be the one that is stopped.
     * @throws UserError DATADIR_UNSUITABLE when the server that answers has another datadir.
     */
    async isRunning() {
        const answer = await this.#ask();
        return answer.state !== 'silent' || (await lockHolder(this.#options.datadir)) !== undefined;
    }
    /** Does a server answer, whatever it says? One that is about to stop does not. */
    async answers() {
        return await this.#ask().then((answer) => answer.state !== 'silent' && !(answer.state === 'busy' && isStopping(answer.error)), () => false);
    }
    /** Stops the server and proves it. @throws UserError STOP_FAILED. */
    async stop() {
        try {
            await this.#runStopCommand();
        }
        catch (error) {
            throw stopFailed(`The stop command «${this.#options.commands.stop}» failed`, error);
        }
        await this.#proveStopped();
    }
    /**
     * Like `stop` for a server that seems to be stopped: something may be about to start it again, as systemd does
     * with one that crashed. The command may fail, as it does with some when there is nothing to stop.
     * @throws UserError STOP_FAILED when a server runs in the end.
     */
    async ensureStopped() {
        await this.#runStopCommand().catch(() => undefined);
        await this.#proveStopped();
    }
    async #runStopCommand() {
        const { commands, timeoutSeconds, workDir, onStart } = this.#options;
        await runShellCommand(commands.stop, (0,external_node_path_.join)(workDir, 'stop.log'), timeoutSeconds, onStart);
    }
    async #proveStopped() {
        const stopped = await until(this.#options.timeoutSeconds, async () => !(await this.isRunning()));
        if (!stopped) {
            const holder = await lockHolder(this.#options.datadir);
            throw stopFailed(`The stop command ended well, but the server still runs${holder === undefined ? '' : ` (process ${holder})`}`);
        }
        await pause(settleMilliseconds);
        if (await this.isRunning()) {
            throw stopFailed('The server was stopped, and something started it again at once');
        }
    }
    /** Starts the server. @throws CommandError. */
    async start() {
        const { commands, timeoutSeconds, workDir, onStart } = this.#options;
        await runShellCommand(commands.start, (0,external_node_path_.join)(workDir, 'start.log'), timeoutSeconds, onStart);
    }
    /**
     * Makes the server run, unless it does: one that is still stopping is waited for. What counts is that it answers
     * in the end, not what the start command says.
     */
    async bringBack() {
        const settled = async () => (await this.answers()) || !(await this.isRunning());
        await until(this.#options.timeoutSeconds, settled);
        if (!(await this.isRunning())) {
            await this.start().catch(async (error) => {
                if (!(await this.isRunning()))
                    throw error;
            });
        }
        await this.waitUntilHealthy(new AbortController().signal);
    }
    /**
     * Waits until the server answers SQL on the datadir. Returns its version, or undefined when it refuses the
     * account: then it runs, but its own users are those of the restored data.
     * @throws UserError SERVER_UNREACHABLE, DATADIR_UNSUITABLE.
     */
    async waitUntilHealthy(signal) {
        let answer = { state: 'silent', error: undefined };
        await until(this.#options.timeoutSeconds, async () => {
            signal.throwIfAborted();
            answer = await this.#ask();
            return answer.state === 'healthy' || answer.state === 'denied';
        });
        const last = answer;
        if (last.state === 'healthy')
            return last.version;
        if (last.state === 'denied')
            return undefined;
        throw new errors/* UserError */.yo('SERVER_UNREACHABLE', `The server did not answer within ${this.#options.timeoutSeconds} seconds: ${(0,errors/* messageOf */.bD)(last.error)}`, "Look at the server's error log. A large redo log takes time: raise start-timeout-seconds.");
    }
    async #ask() {
        let session;
        try {
            session = await connect(this.#options.account);
        }
        catch (error) {
            const denied = error instanceof errors/* UserError */.yo && error.code === 'SERVER_ACCESS_DENIED';
            if (denied)
                return { state: 'denied' };
            return { state: isServersAnswer(error) ? 'busy' : 'silent', error };
        }
        let row;
        try {
            [row] = await session.query('SELECT VERSION() AS version, @@datadir AS datadir');
        }
        catch (error) {
            // It may be stopping, or not be ready yet.
            return { state: isServersAnswer(error) ? 'busy' : 'silent', error };
        }
        finally {
            await session.close();
        }
        await this.#requireSameDatadir(row?.['datadir'] ?? '');
        return { state: 'healthy', version: row?.['version'] ?? '' };
    }
    async #requireSameDatadir(theirs) {
        const { datadir } = this.#options;
        const real = (path) => (0,promises_.realpath)(path).catch(() => path.replace(/\/+$/, ''));
        if ((await real(theirs)) === (await real(datadir)))
            return;
        throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The server that answers has the datadir ${theirs}, not ${datadir}.`, 'Correct the input datadir, or the mysql-… inputs, so that both mean the same server.');
    }
}
/** The server's own errors have numbers from 1000 on; those of the network are negative. */
function isServersAnswer(error) {
    return errorNumber(error) >= 1000;
}
/** ER_SERVER_SHUTDOWN */
function isStopping(error) {
    return errorNumber(error) === 1053;
}
function errorNumber(error) {
    const cause = error instanceof errors/* UserError */.yo ? error.cause : error;
    return cause instanceof Error && 'errno' in cause ? Number(cause.errno) : 0;
}
/** How long a server must stay down until it is taken for stopped. systemd and Docker restart after 0.1 s. */
const settleMilliseconds = 1000;
function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
/** Asks every half second until it is true. False when the time is over. */
async function until(timeoutSeconds, condition) {
    const deadline = performance.now() + timeoutSeconds * 1000;
    for (;;) {
        if (await condition())
            return true;
        if (performance.now() > deadline)
            return false;
        await pause(500);
    }
}
function stopFailed(fact, cause) {
    const said = cause instanceof errors/* CommandError */.Qd ? ` (${cause.message}): ${cause.failure.stderrTail}` : '.';
    // A command that failed by itself did not stop it; one that ended well, or was cut off, may yet.
    const mayStop = !(cause instanceof errors/* CommandError */.Qd) || cause.failure.signal !== null;
    return new errors/* UserError */.yo('STOP_FAILED', `${fact}${said}${mayStop ? ' It may still be stopping: look after it.' : ''}`, 'Nothing was changed. Correct stop-command, or give the user that runs this the right to stop the server.', { cause });
}

;// CONCATENATED MODULE: ./build/src/mysql/filesystem.js



/** Are both on one filesystem, so that files can be renamed from one to the other? */
async function isSameFilesystem(existing, target) {
    const [from, to] = [await (0,promises_.stat)(existing), await statNearest(target)];
    return from.dev === to.dev;
}
async function statNearest(path) {
    return await (0,promises_.stat)(path).catch(async (error) => {
        if (path === (0,external_node_path_.dirname)(path))
            throw error;
        return await statNearest((0,external_node_path_.dirname)(path));
    });
}
/**
 * Gives all files below `dir` their owner, and the SELinux context of the old data where there is SELinux.
 * @param owner `user`, `user:group` or numbers.
 */
async function giveTo(dir, owner, mode, like) {
    // What was set aside inside a mount point keeps its owner.
    const spared = like === undefined ? [] : ['-path', literally(like.path), '-prune', '-o'];
    await outputOf('find', [dir, ...spared, '-exec', 'chown', '-h', owner, '{}', '+']);
    await (0,promises_.chmod)(dir, mode);
    if (!(await exists('/sys/fs/selinux/enforce')))
        return;
    // The old data's own context is right even where the policy does not know this path.
    if (like === undefined)
        await outputOf('restorecon', ['-R', dir]);
    else
        await outputOf('chcon', ['-R', `--reference=${like.path}`, dir]);
}
/** find takes its -path for a pattern. */
function literally(path) {
    return path.replace(/[\\*?[\]]/g, '\\$&');
}
async function exists(path) {
    return (0,promises_.access)(path).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./build/src/mysql/layout.js




/** The variables that may put a part of InnoDB's data elsewhere; without them it is in the datadir. */
const directories = ['innodb_data_home_dir', 'innodb_log_group_home_dir', 'innodb_undo_directory'];
/**
 * A redo or undo log that stays behind, outside of the datadir, would be applied to the restored data when the
 * server starts, and would not fit the old data any more after that: neither the restore nor the way back is
 * safe. Only a server that answers can be asked; of others nothing is known.
 * @throws UserError DATADIR_UNSUITABLE.
 */
async function requireDataInDatadir(account, datadir) {
    const session = await connect(account).catch(() => undefined);
    if (session === undefined)
        return;
    try {
        const names = directories.map((name) => `'${name}'`).join(', ');
        const rows = await session.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
        for (const { Variable_name: name, Value: value } of rows) {
            // Relative paths are relative to the datadir; empty is the datadir itself.
            const path = await real((0,external_node_path_.resolve)(datadir, value ?? ''));
            if (!`${path}/`.startsWith(`${await real(datadir)}/`))
                throw elsewhere(name ?? '', path, datadir);
        }
    }
    finally {
        await session.close();
    }
}
function real(path) {
    return (0,promises_.realpath)(path).catch(() => path);
}
function elsewhere(name, path, datadir) {
    return new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The server keeps a part of its data in ${path} (${name}), outside of the datadir ${datadir}.`, 'Nothing was changed. apply replaces the datadir only: restore by hand, and replace that directory too.');
}

;// CONCATENATED MODULE: ./build/src/tools/versions.js
/** Versions of servers and backup tools, compared number by number. */
/** Reads `8.0.35-31`, `10.11.19-MariaDB-log`, `26.7.0`; undefined when it begins with no two numbers. */
function parseVersion(text) {
    // «-0ubuntu0.22.04.1» is the packager's, and no build.
    const found = /^(\d+)\.(\d+)(?:\.(\d+)(?:-(\d+)(?![\da-z]))?)?/.exec(text);
    if (found === null)
        return undefined;
    const [major = 0, minor = 0, patch = 0, build = 0] = found.slice(1).map((digits) => Number(digits ?? 0));
    return { major, minor, patch, build };
}
/** Is `version` at least `least`? Versions that cannot be read are not. */
function isAtLeast(version, least) {
    const [one, other] = [parseVersion(version), parseVersion(least)];
    if (one === undefined || other === undefined)
        return false;
    for (const part of ['major', 'minor', 'patch', 'build']) {
        if (one[part] !== other[part])
            return one[part] > other[part];
    }
    return true;
}
/** MySQL counts its innovation releases by year and month since 2026: 26.7 is that of July. */
function isCalendarVersion(version) {
    return (parseVersion(version)?.major ?? 0) >= 26;
}

;// CONCATENATED MODULE: ./build/src/tools/lines.js

const xtrabackupFiles = {
    checkpoints: 'xtrabackup_checkpoints',
    info: 'xtrabackup_info',
    binlogInfo: 'xtrabackup_binlog_info',
    last: ['xtrabackup_info', 'xtrabackup_tablespaces'],
    infoInLsnDir: true,
};
const xtrabackupStates = {
    full: 'full-backuped',
    incremental: 'incremental',
    applied: 'log-applied',
    prepared: 'full-prepared',
};
/** Each revoked in turn on 9.7.4: without any one of them a backup fails, some only after all data is read. */
const privilegesOf8 = [
    { privilege: 'BACKUP_ADMIN', on: '*.*', why: 'LOCK INSTANCE FOR BACKUP, which keeps DDL out' },
    { privilege: 'PROCESS', on: '*.*', why: 'SHOW ENGINE INNODB STATUS' },
    { privilege: 'RELOAD', on: '*.*', why: 'FLUSH TABLES and FLUSH BINARY LOGS' },
    { privilege: 'LOCK TABLES', on: '*.*', why: 'FLUSH TABLES WITH READ LOCK, for tables that are not InnoDB' },
    { privilege: 'REPLICATION CLIENT', on: '*.*', why: 'the binary log position' },
    { privilege: 'SELECT', on: 'performance_schema.log_status', why: 'the position and LSN at the end' },
    {
        privilege: 'SELECT',
        on: 'performance_schema.keyring_component_status',
        why: 'whether tables are encrypted by a keyring component',
    },
    {
        privilege: 'SELECT',
        on: 'performance_schema.replication_group_members',
        why: 'whether the server is a member of a group',
    },
];
const privilegesOf24 = [
    { privilege: 'RELOAD', on: '*.*', why: 'FLUSH TABLES WITH READ LOCK' },
    { privilege: 'LOCK TABLES', on: '*.*', why: 'LOCK TABLES FOR BACKUP' },
    { privilege: 'PROCESS', on: '*.*', why: 'SHOW ENGINE INNODB STATUS' },
    { privilege: 'REPLICATION CLIENT', on: '*.*', why: 'the binary log position' },
];
const privilegesOfMariadb = [
    { privilege: 'RELOAD', on: '*.*', why: 'BACKUP STAGE and FLUSH' },
    { privilege: 'PROCESS', on: '*.*', why: 'SHOW ENGINE INNODB STATUS' },
    { privilege: 'BINLOG MONITOR', on: '*.*', why: 'the binary log position', onlyWithBinlog: true },
];
/** What every XtraBackup since 8.0 has. */
const optionsOf8 = {
    'no-version-check': '8.0.0',
    strict: '8.0.0',
    'lock-ddl': '8.0.0',
    'lock-ddl-timeout': '8.0.0',
    'backup-lock-timeout': '8.0.0',
    'ftwrl-wait-timeout': '8.0.0',
    'register-redo-log-consumer': '8.0.30-23',
    'page-tracking': '8.0.27-19',
    'fifo-streams': '8.0.31-24',
    'estimate-memory': '8.0.32-26',
    'apply-log-only': '8.0.0',
};
function xtrabackupLine(name, packageSuffix, more) {
    return {
        tool: 'xtrabackup',
        name,
        package: { name: `percona-xtrabackup-${packageSuffix}`, from: 'Percona' },
        options: optionsOf8,
        files: xtrabackupFiles,
        states: xtrabackupStates,
        privileges: privilegesOf8,
        ...more,
    };
}
function mariadbLine(name, files) {
    return {
        tool: 'mariadb-backup',
        name,
        servers: 'MariaDB of its own series',
        takes: (server, toolVersion) => server.flavor === 'mariadb' && seriesOf(server.version) === seriesOf(toolVersion),
        package: { name: 'mariadb-backup', from: 'MariaDB or the distribution' },
        options: { 'ftwrl-wait-timeout': '10.0' },
        files,
        states: { ...xtrabackupStates, prepared: 'log-applied' },
        privileges: privilegesOfMariadb,
    };
}
const takesSeries = (...series) => {
    return ({ flavor, version }) => flavor !== 'mariadb' && series.includes(seriesOf(version) ?? '');
};
const toolLines = [
    xtrabackupLine('2.4', '24', {
        servers: 'MySQL 5.6 and 5.7',
        takes: takesSeries('5.6', '5.7'),
        options: { 'no-version-check': '2.4.0', 'ftwrl-wait-timeout': '2.4.0', 'apply-log-only': '2.4.0' },
        files: { ...xtrabackupFiles, last: ['xtrabackup_info'], infoInLsnDir: false },
        privileges: privilegesOf24,
    }),
    xtrabackupLine('8.0', '80', {
        servers: 'MySQL 8.0',
        // Since 8.0.34 it takes the newer ones too; before, none that is newer than itself.
        takes: (server, toolVersion) => takesSeries('8.0')(server) &&
            (isAtLeast(toolVersion, '8.0.34') ||
                isAtLeast(withoutBuild(toolVersion), withoutBuild(server.version))),
        options: { ...optionsOf8, 'parallel-prepare': '8.0.35-33' },
    }),
    xtrabackupLine('8.4', '84', {
        servers: 'MySQL 8.4',
        takes: takesSeries('8.4'),
        options: { ...optionsOf8, 'parallel-prepare': '8.4.0-3', 'check-tables': '8.4.0-6' },
    }),
    xtrabackupLine('9.7', '97', {
        servers: 'MySQL 9.7',
        takes: takesSeries('9.7'),
        options: { ...optionsOf8, 'parallel-prepare': '9.7.0', 'check-tables': '9.7.0' },
    }),
    mariadbLine('10', {
        checkpoints: 'xtrabackup_checkpoints',
        info: 'xtrabackup_info',
        binlogInfo: 'xtrabackup_binlog_info',
        last: ['xtrabackup_checkpoints', 'backup-my.cnf', 'xtrabackup_info'],
        infoInLsnDir: true,
    }),
    mariadbLine('11', {
        checkpoints: 'mariadb_backup_checkpoints',
        info: 'mariadb_backup_info',
        binlogInfo: 'mariadb_backup_binlog_info',
        last: ['mariadb_backup_checkpoints', 'backup-my.cnf', 'mariadb_backup_info'],
        infoInLsnDir: true,
    }),
];
/** The line of a tool's version; undefined for one that is not known here. */
function lineOf(tool, version) {
    const parsed = parseVersion(version);
    if (parsed === undefined)
        return undefined;
    const name = tool === 'xtrabackup' ? `${parsed.major}.${parsed.minor}` : String(Math.min(parsed.major, 11));
    return toolLines.find((line) => line.tool === tool && line.name === name);
}
/** Does this version of the line have the option? */
function hasOption(line, toolVersion, option) {
    const since = line.options[option];
    return since !== undefined && isAtLeast(toolVersion, since);
}
/** The line that a server needs; undefined when no tool is known for it. */
function lineFor(server) {
    if (server.flavor === 'mariadb')
        return lineOf('mariadb-backup', server.version);
    return toolLines.find((line) => line.tool === 'xtrabackup' && line.name === xtrabackupNameFor(server.version));
}
function xtrabackupNameFor(serverVersion) {
    const series = seriesOf(serverVersion);
    return series === '5.6' || series === '5.7' ? '2.4' : series;
}
/** Why there is no backup tool for a server, as a sentence. */
function whyNoLine({ flavor, version }) {
    const kept = toolLines.filter(({ tool }) => tool === 'xtrabackup').map(({ servers }) => servers);
    const known = `Percona XtraBackup is known for ${kept.join(', ')}.`;
    if (isCalendarVersion(version)) {
        return `${flavor} ${version} is an innovation release, and there is no XtraBackup for it. ${known}`;
    }
    return `There is no backup tool for ${flavor} ${version} that is known here. ${known}`;
}
function seriesOf(version) {
    const parsed = parseVersion(version);
    return parsed === undefined ? undefined : `${parsed.major}.${parsed.minor}`;
}
function withoutBuild(version) {
    const parsed = parseVersion(version);
    return parsed === undefined ? version : `${parsed.major}.${parsed.minor}.${parsed.patch}`;
}

;// CONCATENATED MODULE: ./build/src/tools/backup-tool.js

/** How long a tool may wait for statements that are in the way of its locks; extra-args may say otherwise. */
const lockTimeoutSeconds = 600;
/** An option for a tool whose line has it, nothing for one that would refuse or, like 2.4, ignore it. */
function optional({ line, version }, option, argument = `--${option}`) {
    return hasOption(line, version, option) ? [argument] : [];
}
/** Is a directory in this checkpoint state ready to be a datadir? */
function isFullyPrepared(line, backupType) {
    return backupType === 'full-prepared' || backupType === line.states.prepared;
}
/** What every tool here takes to extract a stream from stdin. */
function extractArguments(dir, parallel) {
    return ['-x', '-C', dir, `--parallel=${parallel}`];
}
/** The last line of every run that succeeded, of every tool. Exit status 0 alone is not enough. */
function saysCompleted(lastLine) {
    return /(^|\s)completed OK!\s*$/.test(lastLine);
}

;// CONCATENATED MODULE: ./build/src/tools/mariadb-backup.js

/** mariadb-backup of MariaDB 10.x and 11.x. */
function mariadbBackup(line, version, path, streamPath) {
    return {
        name: 'mariadb-backup',
        line,
        version,
        path,
        streamPath,
        extractArguments: extractArguments,
        isFullyPrepared: (backupType) => isFullyPrepared(line, backupType),
        ...mariadbArguments,
    };
}
const mariadbArguments = {
    backupArguments(request) {
        return [
            `--defaults-file=${request.defaultsFile}`,
            '--backup',
            '--stream=xbstream',
            `--target-dir=${request.targetDir}`,
            `--extra-lsndir=${request.lsnDir}`,
            `--parallel=${request.parallel}`,
            // Its default is to wait for ever.
            `--ftwrl-wait-timeout=${lockTimeoutSeconds}`,
            ...(request.fromLsn === undefined ? [] : [`--incremental-lsn=${request.fromLsn}`]),
            ...request.extraArguments,
        ];
    },
    // It has no --apply-log-only: each step applies the redo log and leaves open what the next one needs.
    prepareArguments(step) {
        return [
            '--no-defaults',
            '--prepare',
            `--target-dir=${step.targetDir}`,
            ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
            `--use-memory=${step.useMemory}`,
        ];
    },
    restoreArguments(request) {
        return [
            '--no-defaults',
            `--${request.method}`,
            `--target-dir=${request.preparedDir}`,
            // Without it the files would go to the built-in default, /var/lib/mysql.
            `--datadir=${request.datadir}`,
            ...(request.datadirNotEmpty ? ['--force-non-empty-directories'] : []),
        ];
    },
};

;// CONCATENATED MODULE: ./build/src/tools/xtrabackup.js

/** Percona XtraBackup. What the lines differ in is in lines.ts. */
function xtrabackup(line, version, path, streamPath) {
    const self = { line, version };
    return {
        name: 'xtrabackup',
        ...self,
        path,
        streamPath,
        backupArguments: (request) => [
            `--defaults-file=${request.defaultsFile}`,
            '--backup',
            '--stream=xbstream',
            `--target-dir=${request.targetDir}`,
            `--extra-lsndir=${request.lsnDir}`,
            `--parallel=${request.parallel}`,
            // Otherwise it starts perl with the password in its environment.
            ...optional(self, 'no-version-check'),
            // The defaults are a year, or not to wait for long statements but to make everybody wait behind them.
            ...lockTimeouts.flatMap((option) => optional(self, option, `--${option}=${lockTimeoutSeconds}`)),
            ...(request.keepRedoLog ? optional(self, 'register-redo-log-consumer') : []),
            ...(request.fromLsn === undefined ? [] : [`--incremental-lsn=${request.fromLsn}`]),
            ...request.extraArguments,
        ],
        extractArguments: extractArguments,
        // The last link must be the one without --apply-log-only: since 8.0.30 a bare --prepare after an
        // apply-log-only of the last loses dynamic metadata.
        prepareArguments: (step) => [
            '--no-defaults',
            '--prepare',
            ...(step.isLast ? optional(self, 'check-tables') : optional(self, 'apply-log-only')),
            `--target-dir=${step.targetDir}`,
            ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
            `--use-memory=${step.useMemory}`,
            ...optional(self, 'parallel-prepare', `--parallel=${step.parallel}`),
        ],
        restoreArguments: (request) => [
            '--no-defaults',
            `--${request.method}`,
            `--target-dir=${request.preparedDir}`,
            `--datadir=${request.datadir}`,
            ...(request.datadirNotEmpty ? ['--force-non-empty-directories'] : []),
        ],
        isFullyPrepared: (backupType) => isFullyPrepared(line, backupType),
    };
}
const lockTimeouts = ['ftwrl-wait-timeout', 'lock-ddl-timeout', 'backup-lock-timeout'];

;// CONCATENATED MODULE: ./build/src/tools/detect.js





const programs = {
    xtrabackup: { names: ['xtrabackup'], stream: ['xbstream'] },
    'mariadb-backup': { names: ['mariadb-backup', 'mariabackup'], stream: ['mbstream'] },
};
/** The tool for a server. @throws UserError TOOL_UNSUITABLE when none is known. */
function wantedFor(server) {
    const line = lineFor(server);
    if (line !== undefined)
        return { name: line.tool, line };
    throw new errors/* UserError */.yo('TOOL_UNSUITABLE', whyNoLine(server), 'Run a server of a version with long-term support: only those have a backup tool.');
}
/**
 * Finds the backup tool and asks it for its version.
 * @throws UserError PROGRAM_MISSING, TOOL_UNSUITABLE.
 */
async function findTool(request, wanted) {
    const name = request.tool === 'auto' ? wanted.name : request.tool;
    const { names, stream } = programs[name];
    const packageText = packageOf(name, wanted.name === name ? wanted.line : undefined);
    const path = request.toolPath ?? (await findProgram(names));
    if (path === undefined || !(await isExecutable(path))) {
        throw new errors/* UserError */.yo('PROGRAM_MISSING', `${path ?? names.join(' or ')} cannot be found or executed on this host.`, `Install it (${packageText}), or give its path in tool-path.`);
    }
    const version = versionOf(await outputOf(path, ['--version']).catch(cannotRun(path)));
    if (version === undefined || version.name !== name) {
        throw new errors/* UserError */.yo('TOOL_UNSUITABLE', `${path} is ${version === undefined ? 'no backup tool that is known' : version.name}; ${name} is needed.`, 'Correct the inputs tool and tool-path.');
    }
    const streamPath = await findProgram(stream, path);
    if (streamPath === undefined) {
        throw new errors/* UserError */.yo('PROGRAM_MISSING', `${stream.join(' or ')} is not installed on this host.`, `It comes with ${name}: ${packageText}.`);
    }
    const line = lineOf(name, version.version);
    if (line === undefined) {
        throw new errors/* UserError */.yo('TOOL_UNSUITABLE', `${path} is ${name} ${version.version}, whose options are not known here.`, 'Install the one of the same series as the server, and give its path in tool-path.');
    }
    const make = name === 'xtrabackup' ? xtrabackup : mariadbBackup;
    return make(line, version.version, path, streamPath);
}
/** How the documents of both call it, for a hint. */
function packageOf(name, line) {
    if (line !== undefined)
        return `package ${line.package.name}, from ${line.package.from}`;
    return name === 'mariadb-backup'
        ? 'package mariadb-backup, of the same version as the server'
        : 'package percona-xtrabackup-80, -84 or -97, the one for the server, from Percona';
}
/** A library that is missing, a program for another machine. */
function cannotRun(path) {
    return (error) => {
        throw new errors/* UserError */.yo('TOOL_UNSUITABLE', `${path} cannot tell its version: ${(0,errors/* messageOf */.bD)(error)}.`, 'Run it with --version on this host to see why. Is it made for this system?', { cause: error });
    };
}
/** Which tool, and which version, from what `--version` prints. */
function versionOf(output) {
    const mariadb = /(?:mariadb-backup|mariabackup) based on MariaDB server (\S+)/.exec(output)?.[1];
    if (mariadb !== undefined)
        return { name: 'mariadb-backup', version: mariadb };
    const percona = /xtrabackup version (\d+\.\d+\.\S+)/.exec(output)?.[1];
    if (percona !== undefined)
        return { name: 'xtrabackup', version: percona };
    return undefined;
}
/** @throws UserError TOOL_UNSUITABLE when the tool does not take the server. */
function requireFitting({ name, version, line }, server) {
    if (line.takes(server, version))
        return;
    const right = lineFor(server);
    throw new errors/* UserError */.yo('TOOL_UNSUITABLE', `${name} ${version} cannot back up ${server.flavor} ${server.version}: it takes ${line.servers}.`, right === undefined
        ? whyNoLine(server)
        : `Install the package ${right.package.name} (${right.package.from})` +
            (right === line ? ' in the version of the server or newer.' : '.'));
}

// EXTERNAL MODULE: ./build/src/operations/apply-result.js
var apply_result = __webpack_require__(9020);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(2857);
;// CONCATENATED MODULE: ./build/src/tools/checkpoints.js



// XtraBackup and MariaDB up to 10.11 use the first names, MariaDB 11 the second.
const checkpointsNames = ['xtrabackup_checkpoints', 'mariadb_backup_checkpoints'];
const infoNames = ['xtrabackup_info', 'mariadb_backup_info'];
const binlogInfoNames = ['xtrabackup_binlog_info', 'mariadb_backup_binlog_info'];
/** Reads the checkpoints of a backup. @throws UserError BACKUP_INCONSISTENT when they are missing or cut. */
async function readCheckpoints(dir) {
    const text = await readFirst(dir, checkpointsNames);
    if (text === undefined)
        throw inconsistent(`There is no ${checkpointsNames[0] ?? ''} in ${dir}.`);
    return parseCheckpoints(text);
}
/** Reads the lines `key = value` of a checkpoints file. */
function parseCheckpoints(text) {
    const value = (name) => new RegExp(`^${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1];
    const number = (name) => {
        const digits = value(name);
        return digits !== undefined && /^\d{1,20}$/.test(digits) ? BigInt(digits).toString() : undefined;
    };
    const backupType = value('backup_type');
    const [fromLsn, toLsn, lastLsn] = [number('from_lsn'), number('to_lsn'), number('last_lsn')];
    if (backupType === undefined || fromLsn === undefined || toLsn === undefined || lastLsn === undefined) {
        throw inconsistent('The checkpoints file of the backup is incomplete.');
    }
    return { backupType, fromLsn, toLsn, lastLsn };
}
/**
 * The binary log coordinates of a backup, from its info files; empty when the server wrote no binary log. The
 * log is not asked: long GTID sets are cut there.
 */
async function readCoordinates(dir) {
    const binlogInfo = await readFirst(dir, binlogInfoNames);
    if (binlogInfo !== undefined && binlogInfo.trim() !== '')
        return parseBinlogInfo(binlogInfo);
    return parseInfo((await readFirst(dir, infoNames)) ?? '');
}
/** `xtrabackup_info`: `binlog_pos = filename 'F', position 'P', GTID of the last change 'G'`. */
function parseInfo(text) {
    const position = /^binlog_pos = filename '([^']+)', position '(\d+)'/m.exec(text);
    // A GTID set of several servers runs over several lines.
    const gtid = /^binlog_pos = .*?GTID of the last change '([^']*)'/ms.exec(text)?.[1];
    return coordinates(position?.[1], position?.[2], gtid);
}
/** What makes a backup another thing than a whole and plain one, as its info file says it: `partial = Y`. */
async function readPeculiarities(dir) {
    const info = (await readFirst(dir, infoNames)) ?? '';
    return ['partial', 'compact', 'compressed', 'encrypted'].filter((name) => new RegExp(`^${name} = (?!N$)\\S`, 'm').test(info));
}
/**
 * A log line of the tool that holds coordinates: the only source with XtraBackup 2.4, which leaves no info file
 * outside the stream.
 */
function parseLoggedCoordinates(line) {
    const [, file, position, gtid] = /MySQL binlog position: filename '([^']+)', position '(\d+)'(?:, GTID of the last change '([^']*)')?/.exec(line) ?? [];
    return file === undefined ? undefined : coordinates(file, position, gtid);
}
/** `xtrabackup_binlog_info`: file, position and GTID set, separated by tabs. */
function parseBinlogInfo(text) {
    const [file, position, ...gtid] = text.trim().split('\t');
    return coordinates(file, position, gtid.join(''));
}
function coordinates(file, position, gtid) {
    const set = gtid?.replace(/\s+/g, '');
    return {
        ...(file ? { binlogFile: file } : {}),
        ...(position ? { binlogPosition: position } : {}),
        ...(set ? { gtid: set } : {}),
    };
}
async function readFirst(dir, names) {
    for (const name of names) {
        try {
            return await (0,promises_.readFile)((0,external_node_path_.join)(dir, name), 'utf8');
        }
        catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
                throw error;
        }
    }
    return undefined;
}
function inconsistent(message) {
    return new errors/* UserError */.yo('BACKUP_INCONSISTENT', message, 'The backup tool did not finish its work although it said so. Nothing was stored. Run the backup again; ' +
        'if it happens again, run it with log-level debug and look at what the tool says.');
}

;// CONCATENATED MODULE: ./build/src/operations/prepared.js






/** `prepared.json`: what prepare leaves beside the data, and the proof that apply asks for. */
const fileName = 'prepared.json';
const schema = schemas/* object */.Ikc({
    schemaVersion: schemas/* literal */.euz(1),
    server: schemas/* string */.YjP().min(1),
    backupId: schemas/* string */.YjP().min(1),
    /** The ids of the chain, the full first. */
    links: schemas/* array */.YOg(schemas/* string */.YjP()).min(1),
    /** The folder of the data, relative to this file. */
    dataDir: schemas/* string */.YjP().regex(/^[\w-]+\/[\w-]+$/),
    toLsn: schemas/* string */.YjP(),
    binlogFile: schemas/* string */.YjP().optional(),
    binlogPosition: schemas/* string */.YjP().optional(),
    gtid: schemas/* string */.YjP().optional(),
    tool: schemas/* object */.Ikc({ name: schemas/* enum */.k5n(['xtrabackup', 'mariadb-backup']), version: schemas/* string */.YjP() }),
    mysql: schemas/* object */.Ikc({
        version: schemas/* string */.YjP(),
        flavor: schemas/* enum */.k5n(['mysql', 'mariadb', 'percona']),
        datadir: schemas/* string */.YjP(),
    }),
    inventory: schemas/* object */.Ikc({ files: schemas/* number */.aig(), bytes: schemas/* number */.aig(), sha256: schemas/* string */.YjP() }),
    preparedAt: schemas/* string */.YjP(),
});
/** Written under another name first: a prepared.json that exists is whole. */
async function writePrepared(dir, prepared) {
    const path = (0,external_node_path_.join)(dir, fileName);
    await (0,promises_.writeFile)(`${path}.part`, `${JSON.stringify(prepared, null, 2)}\n`, { mode: 0o600, flush: true });
    await (0,promises_.rename)(`${path}.part`, path);
}
/** @throws UserError NOT_PREPARED when it is missing or not whole. */
async function readPrepared(dir) {
    try {
        return schema.parse(JSON.parse(await (0,promises_.readFile)((0,external_node_path_.join)(dir, fileName), 'utf8')));
    }
    catch (error) {
        throw notPrepared(`${dir} holds no valid ${fileName}: ${(0,errors/* messageOf */.bD)(error)}`, error);
    }
}
/**
 * Proves that the prepared data is complete: every file is there with its size, and the tool calls it ready.
 * @throws UserError NOT_PREPARED.
 */
async function requireComplete(dir, prepared, tool) {
    const dataDir = (0,external_node_path_.join)(dir, prepared.dataDir);
    const { inventory } = prepared;
    const found = await takeInventory(dataDir).catch((error) => {
        throw notPrepared(`The prepared data in ${dataDir} cannot be read: ${(0,errors/* messageOf */.bD)(error)}`, error);
    });
    if (found.sha256 !== inventory.sha256) {
        throw notPrepared(`The prepared data in ${dataDir} is not what prepare left: it has ${found.files} files with ` +
            `${found.bytes} bytes, and should have ${inventory.files} with ${inventory.bytes}`);
    }
    const { backupType } = await readCheckpoints(dataDir);
    if (!tool.isFullyPrepared(backupType)) {
        throw notPrepared(`The data in ${dataDir} is in the state ${backupType}, which no server can start on`);
    }
}
/** The names and sizes of all files below a directory, as one hash. */
async function takeInventory(dir) {
    const files = await listFiles(dir);
    const hash = (0,external_node_crypto_.createHash)('sha256');
    let bytes = 0;
    for (const { path, sizeBytes } of files) {
        hash.update(`${path}\0${sizeBytes}\n`);
        bytes += sizeBytes;
    }
    return { files: files.length, bytes, sha256: hash.digest('hex') };
}
/** All files below a directory, with paths relative to it, in order. */
async function listFiles(dir) {
    const entries = await (0,promises_.readdir)(dir, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    const paths = files.map((entry) => (0,external_node_path_.join)(entry.parentPath, entry.name)).sort();
    const listed = [];
    for (const path of paths) {
        listed.push({ path: path.slice(dir.length + 1), sizeBytes: (await (0,promises_.stat)(path)).size });
    }
    return listed;
}
function notPrepared(fact, cause) {
    return new errors/* UserError */.yo('NOT_PREPARED', `${fact}.`, 'Nothing was changed. Run prepare again, then apply.', {
        cause,
    });
}

// EXTERNAL MODULE: ./build/src/report/format.js
var format = __webpack_require__(5845);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(6466);
;// CONCATENATED MODULE: ./build/src/pipeline/child.js





/** How long a program has to end after SIGINT before SIGKILL. The runner gives us 7.5 s in all. */
const graceMilliseconds = 3000;
/** A running program, leader of its own process group. */
class Child {
    program;
    #process;
    #tail = new output_lines/* Tail */.PW();
    #reaped = false;
    #toldToEnd = false;
    name;
    /** Resolves when the program has ended and its stderr is read to the end. Never rejects. */
    ended;
    constructor(program, { log, stdin, stdout }) {
        this.program = program;
        this.name = (0,external_node_path_.basename)(program.program);
        const stdio = [stdin, stdout === 'lines' ? 'pipe' : stdout, 'pipe'];
        if (program.secret !== undefined)
            stdio.push('pipe');
        this.#process = (0,external_node_child_process_.spawn)(program.program, program.arguments, {
            stdio,
            detached: true,
            env: childEnvironment(),
        });
        const onLine = (line) => {
            this.#tail.add(line);
            program.onLine?.(line);
            log.debug(`[${this.name}] ${line}`);
        };
        this.ended = this.#watch(onLine, stdout === 'lines');
        if (program.secret !== undefined && this.processId !== undefined)
            this.#handOver(program.secret);
    }
    /** Undefined when the program could not be started. */
    get processId() {
        return this.#process.pid;
    }
    get stdin() {
        if (this.#process.stdin === null)
            throw new Error(`${this.name} has no stdin`);
        return this.#process.stdin;
    }
    get stdout() {
        if (this.#process.stdout === null)
            throw new Error(`${this.name} has no stdout`);
        return this.#process.stdout;
    }
    /** Ends the whole process group: SIGINT (mariadb-backup ignores SIGTERM), then SIGKILL. */
    async end() {
        if (!this.#reaped)
            this.#toldToEnd = true;
        this.#signalGroup('SIGINT');
        const timer = setTimeout(() => this.#signalGroup('SIGKILL'), graceMilliseconds);
        await this.ended;
        clearTimeout(timer);
    }
    error(ended, cause) {
        return new errors/* CommandError */.Qd({
            program: this.name,
            arguments: this.program.arguments,
            exitStatus: ended.exitStatus,
            signal: ended.signal,
            stderrTail: ended.stderrTail,
        }, { cause });
    }
    #signalGroup(signal) {
        const { pid } = this.#process;
        // Once the leader is reaped its number may become another's.
        if (pid === undefined || this.#reaped)
            return;
        try {
            process.kill(-pid, signal);
        }
        catch {
            // The group is gone already.
        }
    }
    #handOver(secret) {
        const stream = this.#process.stdio[3];
        stream.on('error', () => {
            // The program ended without reading it; its exit status tells.
        });
        stream.end(`${secret}\n`);
    }
    async #watch(onLine, stdoutLines) {
        const child = this.#process;
        const exit = new Promise((resolve) => {
            child.once('error', (error) => {
                this.#tail.add((0,errors/* messageOf */.bD)(error));
                if (child.pid === undefined)
                    resolve({ exitStatus: null, signal: null, toldToEnd: false });
            });
            child.once('exit', (exitStatus, signal) => {
                // What the leader left in its group goes with it.
                this.#signalGroup('SIGKILL');
                this.#reaped = true;
                resolve({ exitStatus, signal, toldToEnd: this.#toldToEnd });
            });
        });
        const outputs = [child.stderr, stdoutLines ? child.stdout : null].filter((stream) => stream !== null);
        const drained = Promise.allSettled(outputs.map((stream) => (0,output_lines/* readLines */.Se)(stream, onLine)));
        const how = await exit;
        // A grandchild may hold stderr open after its parent has ended: do not wait for it for ever.
        await Promise.race([drained, child_pause(2000)]);
        for (const stream of outputs)
            stream.destroy();
        return { ...how, lastLine: this.#tail.lastLine, stderrTail: this.#tail.text };
    }
}
function child_pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

;// CONCATENATED MODULE: ./build/src/pipeline/pipeline.js



/**
 * Programs joined by pipes, whose data comes out here: `tool | zstd | age`.
 *
 * `output` can be read once. It ends only after every program has ended with 0 and `verify` has passed;
 * otherwise it throws. So whoever stores it never takes a cut stream for a whole one. When the reader stops
 * early, or `signal` aborts, all programs are ended.
 */
async function* readFromPrograms(programs, options, verify) {
    const children = start(programs, options, false);
    const last = lastOf(children);
    const guard = new Guard(children, options.signal);
    try {
        for await (const chunk of last.stdout)
            yield chunk;
        await verify(await guard.succeeded());
    }
    catch (error) {
        throw await guard.explain(error);
    }
    finally {
        await guard.endAll();
    }
}
/**
 * Sends `source` into programs joined by pipes: `age -d | zstd -d | xbstream -x`. Resolves when the source was
 * read to its end and every program has ended with 0.
 */
async function writeToPrograms(source, programs, options) {
    const children = start(programs, options, true);
    const guard = new Guard(children, options.signal);
    try {
        await (0,external_node_stream_promises_.pipeline)(source, firstOf(children).stdin);
        return await guard.succeeded();
    }
    catch (error) {
        throw await guard.explain(error);
    }
    finally {
        await guard.endAll();
    }
}
/** Runs one program to its end; its output goes to the log. @throws CommandError unless it ends with 0. */
async function runProgram(program, options) {
    if (options.signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const child = new Child(program, { log: options.log, stdin: 'ignore', stdout: 'lines' });
    if (child.processId !== undefined)
        options.onStart(child.processId);
    const guard = new Guard([child], options.signal);
    try {
        const [ended] = await guard.succeeded();
        return ended;
    }
    catch (error) {
        throw await guard.explain(error);
    }
    finally {
        await guard.endAll();
    }
}
/**
 * Starts the programs from the last to the first: each is given the next one's stdin as its stdout, so the
 * data between them never passes through Node. (Handing a child's stdout to the next would lose what Node has
 * already read ahead from it; a stdin is never read.)
 */
function start(programs, options, fed) {
    if (options.signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const children = [];
    try {
        for (const [index, program] of [...programs.entries()].reverse()) {
            const next = children[0];
            const isFirst = index === 0;
            const child = new Child(program, {
                log: options.log,
                stdin: isFirst && !fed ? 'ignore' : 'pipe',
                stdout: next?.stdin ?? (fed ? 'lines' : 'pipe'),
            });
            children.unshift(child);
            // Our copy of the pipe's end must go, or the next program would never see an end of file.
            next?.stdin.destroy();
            if (child.processId !== undefined)
                options.onStart(child.processId);
        }
    }
    catch (error) {
        for (const child of children)
            void child.end();
        throw error;
    }
    return children;
}
/** How long the others may take to end by themselves after one has failed. */
const patienceMilliseconds = 2000;
/** Watches the children of one pipeline: ends them together, and finds which one failed first. */
class Guard {
    #children;
    #signal;
    #onAbort = () => void this.endAll();
    #ending;
    constructor(children, signal) {
        this.#children = children;
        this.#signal = signal;
        if (signal.aborted)
            void this.endAll();
        else
            signal.addEventListener('abort', this.#onAbort);
        for (const child of children)
            void this.#endOthersAfterFailure(child);
    }
    /** Resolves with how each ended. @throws CommandError of the one that failed. */
    async succeeded() {
        const ended = await this.#allEnded();
        const failure = this.#rootCause(ended);
        if (failure !== undefined)
            throw failure;
        // A program may end with 0 when it is told to end.
        if (this.#signal.aborted)
            throw (0,errors/* cancelled */.KW)();
        return ended;
    }
    /** What to throw for `error`: a cancel, the program that failed, or the error itself. */
    async explain(error) {
        if (this.#signal.aborted)
            return (0,errors/* cancelled */.KW)(error);
        // A broken pipe seen here is the consequence of a program that failed; that failure says more.
        const brokenPipe = error instanceof Error && 'code' in error && pipeCodes.includes(error.code);
        if (!brokenPipe)
            return error;
        // One that closed its input, and neither reads nor ends, would be waited for for ever.
        setTimeout(() => void this.endAll(), patienceMilliseconds).unref();
        return this.#rootCause(await this.#allEnded(), error) ?? this.#stoppedReading(error);
    }
    async endAll() {
        this.#signal.removeEventListener('abort', this.#onAbort);
        this.#ending ??= Promise.all(this.#children.map((child) => child.end())).then(() => undefined);
        await this.#ending;
    }
    /** A program that fails lets its neighbours end by themselves; those that do not are ended. */
    async #endOthersAfterFailure(child) {
        const ended = await child.ended;
        if (isSuccess(ended) || this.#ending !== undefined)
            return;
        setTimeout(() => void this.endAll(), patienceMilliseconds).unref();
    }
    #allEnded() {
        return Promise.all(this.#children.map((child) => child.ended));
    }
    #stoppedReading(cause) {
        const names = this.#children.map(({ name }) => name).join(' | ');
        return new errors/* UserError */.yo('PIPELINE_FAILED', `${names} ended well before all data was read.`, 'Run it again with log-level debug to see what the programs say.', { cause });
    }
    /**
     * Of several failures the one that caused the others: whoever met a broken pipe only felt that its reader
     * had gone, and whoever we ended did not fail; of the rest the first in the pipeline, since those behind it
     * got a cut stream.
     */
    #rootCause(ended, cause) {
        const failures = this.#children.flatMap((child, index) => {
            const how = ended[index];
            return how === undefined || isSuccess(how) ? [] : [{ child, how }];
        });
        const own = failures.filter(({ how }) => !how.toldToEnd);
        const first = own.find(({ how }) => !feltBrokenPipe(how)) ?? own[0] ?? failures[0];
        return first?.child.error(first.how, cause);
    }
}
function isSuccess(ended) {
    return ended.exitStatus === 0;
}
/** Node's pipes are sockets: who still had data to write may see a reset instead of a broken pipe. */
function feltBrokenPipe(ended) {
    const said = /broken pipe|connection reset by peer|errno:? (32|104)\b/i;
    return ended.signal === 'SIGPIPE' || said.test(ended.stderrTail);
}
/** What writing to a program can fail with when it has ended; which one is a matter of moments. */
const pipeCodes = [
    'EPIPE',
    'ECONNRESET',
    'ECANCELED',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ERR_STREAM_DESTROYED',
];
function firstOf(children) {
    const [child] = children;
    if (child === undefined)
        throw new Error('A pipeline needs a program');
    return child;
}
function lastOf(children) {
    const child = children.at(-1);
    if (child === undefined)
        throw new Error('A pipeline needs a program');
    return child;
}

;// CONCATENATED MODULE: ./build/src/tools/messages.js


/** What the backup tools print when they fail, and what it means. The first match counts. */
const known = [
    {
        pattern: /Access denied for user '[^']*'@'[^']*' \(using password: (YES|NO)\)/,
        code: 'SERVER_ACCESS_DENIED',
        fact: 'The server refuses the backup user or its password.',
        hint: 'Correct mysql-user and mysql-password, or the defaults file.',
    },
    {
        // XtraBackup's version check says «… as DBD::mysql module is not installed» and goes on.
        pattern: /Failed to connect to (MySQL|MariaDB) server(?! as DBD)/,
        code: 'SERVER_UNREACHABLE',
        fact: 'The backup tool cannot connect to the server.',
        hint: 'Is it running? Correct mysql-socket, or mysql-host and mysql-port.',
    },
    {
        pattern: /server has gone away|Lost connection to (MySQL |MariaDB )?server/i,
        code: 'SERVER_UNREACHABLE',
        fact: 'The server ended, or closed the connection, during the backup.',
        hint: "Look at the server's error log, then run the backup again.",
    },
    {
        pattern: /Could not open required defaults file/,
        code: 'DEFAULTS_FILE_UNREADABLE',
        fact: 'The backup tool cannot read the defaults file.',
        hint: 'Correct mysql-defaults-file, or let the user that runs this read the file.',
    },
    {
        pattern: /unknown (?:option|variable) '([^'\n]+)'/,
        code: 'TOOL_OPTION_REFUSED',
        fact: 'The backup tool does not know the option $1.',
        hint: 'Take it out of extra-args, or out of the groups for the tool in the defaults file.',
    },
    {
        pattern: /(--defaults-file must be specified first|Error while setting value '[^'\n]*' to '[^'\n]*')/,
        code: 'TOOL_OPTION_REFUSED',
        fact: 'The backup tool refuses its options: $1.',
        hint: 'Correct extra-args, or the groups for the tool in the defaults file.',
    },
    {
        pattern: /missing required privilege (.+?) on (\S+)/,
        code: 'PRIVILEGE_MISSING',
        fact: 'The backup user lacks the privilege $1 on $2.',
        hint: 'Grant it: GRANT $1 ON $2 TO the backup user.',
    },
    {
        // «the SUPER, REPLICATION CLIENT privilege(s)»: the last one is the least that will do.
        pattern: /Access denied; you need \(at least one of\) the (?:[\w ]+, )*([\w ]+?) privilege/,
        code: 'PRIVILEGE_MISSING',
        fact: 'The backup user lacks the privilege $1.',
        hint: 'Grant it: GRANT $1 ON *.* TO the backup user.',
    },
    {
        pattern: /(SELECT) command denied to user .*? for table [`']?(\S+?)[`']?(\s|$)/m,
        code: 'PRIVILEGE_MISSING',
        fact: 'The backup user lacks the privilege $1 on $2.',
        hint: 'Grant it: GRANT $1 ON $2 TO the backup user. (Tables without a schema are those of performance_schema.)',
    },
    {
        pattern: /Unsupported server version|does not support MariaDB|Please use Percona XtraBackup/,
        code: 'TOOL_UNSUITABLE',
        fact: 'The backup tool does not take this server version.',
        hint: 'Install the tool of the same series as the server.',
    },
    {
        pattern: /An optimized ?\(without redo logging\) DDL ?operation has been performed/,
        code: 'DDL_DURING_BACKUP',
        fact: 'A DDL statement without redo logging ran during the backup.',
        hint: 'Run the backup again, when no ALTER or CREATE INDEX is going on.',
    },
    {
        pattern: /Found tables with row versions due to INSTANT ADD\/DROP columns/,
        code: 'INSTANT_DDL',
        fact: 'Tables hold row versions of the instant DDL of MySQL 8.0.29 to 8.0.31, which cannot be backed up.',
        hint: 'Run OPTIMIZE TABLE on each table that the end of the log names, and upgrade the server.',
    },
    {
        pattern: /failed to init keyring|is missing encryption information|(?:cannot|failed to|unable to) (?:load|open|read)[^\n]*keyring/i,
        code: 'KEYRING_UNAVAILABLE',
        fact: 'The backup tool cannot read the keyring that the encrypted tables need.',
        hint: 'Let it find the keyring of the server: --keyring-file-data or --component-keyring-config in extra-args, ' +
            'and a keyring file that the user of the runner can read.',
    },
    {
        pattern: /log block numbers mismatch|log copying failed|reopen_log_files did not find|could not find redo log file with LSN|Was only able to copy log from/i,
        code: 'REDO_OVERWRITTEN',
        fact: 'The server overwrote its redo log faster than the backup could read it.',
        hint: 'Give the server a larger redo log (innodb_redo_log_capacity, innodb_log_file_size), or back up in a quieter hour.',
    },
    {
        pattern: /Unable to obtain lock|Lock wait timeout exceeded/i,
        code: 'LOCK_WAIT_TIMEOUT',
        fact: 'The backup could not get its lock in time: a long statement was running.',
        hint: 'Run it again, or end the long statement.',
    },
    {
        pattern: /No space left on device|errno: 28\b|OS errno 28\b/,
        code: 'DISK_FULL',
        fact: 'A disk is full.',
        hint: 'Free space on the disk that the end of the log names.',
    },
    {
        pattern: /failed to read page after \d+ retries|seems to be corrupted|Database page corruption/,
        code: 'PAGE_CORRUPT',
        fact: 'A data file of the server has a corrupt page.',
        hint: 'Look at the end of the log for the file. Check its table (CHECK TABLE), and keep the older backups.',
    },
    {
        pattern: /(Can't|cannot) (open|change dir|read)[^\n]*(Permission denied|Errcode: 13)|OS errno 13|error number 13 in a file operation/i,
        code: 'DATADIR_UNREADABLE',
        fact: 'The user that runs the backup cannot read the data files.',
        hint: 'Run the runner as the user mysql or as root, or give its user read access to the whole datadir.',
    },
    {
        pattern: /Can't change dir to '([^'\n]*)'/,
        code: 'DATADIR_UNREADABLE',
        fact: 'The backup tool does not find the datadir $1.',
        hint: "The runner must be on the server's host, and see the datadir at the same path as the server does.",
    },
    {
        pattern: /seems not to be proper for the target|needs target prepared with --apply-log-only|needs a prepared target/,
        code: 'PREPARE_ORDER',
        fact: 'The incremental does not follow from what the target was prepared to.',
        hint: 'Empty the target directory and run prepare again; by hand, apply the links in the order of their LSNs.',
    },
    {
        pattern: /was already used to '--prepare'|seems to be already prepared/,
        code: 'ALREADY_PREPARED',
        fact: 'The backup was prepared before, and cannot be prepared twice.',
        hint: 'Empty the target directory and run prepare again.',
    },
    {
        pattern: /The target is not fully prepared|prepare it without option --apply-log-only/,
        code: 'NOT_PREPARED',
        fact: 'The backup is not prepared to the end, and no server can start on it.',
        hint: 'Run prepare again, then apply.',
    },
    {
        pattern: /Original data directory (\S+) is not empty/,
        code: 'DATADIR_UNSUITABLE',
        fact: 'The datadir $1 is not empty.',
        hint: 'Something wrote into it during the restore. Find out what, then run apply again.',
    },
    {
        pattern: /failed to read metadata from|may be wrong format for incremental option|cannot find \.\/xtrabackup_logfile/,
        code: 'BASE_UNREADABLE',
        fact: 'The backup tool cannot read what it should build on: its checkpoints or its redo log are missing or wrong.',
        hint: 'Run a backup with type full; for a restore, empty the target directory and run prepare again.',
    },
    {
        // The program that reads has failed first as a rule, and then it is the one that is reported.
        pattern: /errno:? 32\b|Errcode: 32\b/,
        code: 'PIPELINE_FAILED',
        fact: 'The program that reads the stream of the backup tool ended before the stream did.',
        hint: 'The log says more about zstd, age or gpg. Run it again.',
    },
];
/** Turns a failed run of a backup tool into an error with a hint; `otherwise` when no message is known. */
function explainFailure(error, otherwise) {
    if (!(error instanceof errors/* CommandError */.Qd))
        return error;
    const { stderrTail } = error.failure;
    for (const { pattern, code, fact, hint } of known) {
        const match = pattern.exec(stderrTail);
        if (match === null)
            continue;
        const fill = (text) => text.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? '');
        return new errors/* UserError */.yo(code, `${fill(fact)} (${error.message})`, fill(hint), { cause: error });
    }
    const killedBy = killingSignal(error.failure);
    if (killedBy !== undefined && otherwise !== 'PIPELINE_FAILED') {
        const hint = killedBy === 'SIGKILL' ? hintAfterSigkill : hintAfterOtherSignal;
        return new errors/* UserError */.yo('TOOL_KILLED', `${error.failure.program} was killed by ${killedBy}.`, hint, {
            cause: error,
        });
    }
    return new errors/* UserError */.yo(otherwise, `${error.message}.`, 'The end of what it said is in the log and in the job summary; log-level debug shows all of it.', { cause: error });
}
const hintAfterSigkill = 'If nobody did it, the kernel was out of memory (see dmesg): give the host more, or lower parallel and use-memory.';
const hintAfterOtherSignal = 'If nobody did it, the program crashed: the end of the log says where. Run it again, or install a newer one.';
/** A shell, or a wrapper around the tool, gives 128 and the number of the signal as its exit status. */
function killingSignal({ signal, exitStatus }) {
    if (signal !== null)
        return signal;
    const number = (exitStatus ?? 0) - 128;
    return Object.entries(external_node_os_.constants.signals).find(([, value]) => value === number)?.[0];
}

;// CONCATENATED MODULE: ./build/src/operations/replacement.js











/** The replacement of a datadir, step by step, and the way back from each step. */
class Replacement {
    steps = [];
    #plan;
    #context;
    #aside;
    #progress = 'untouched';
    #half;
    constructor(plan, context) {
        this.#plan = plan;
        this.#context = context;
    }
    /** The replacement of a process that was killed. It can only be rolled back. */
    static async afterKill(plan, context, step) {
        const replacement = new Replacement(plan, context);
        const aside = await findAside(plan.datadir, replacement.#asideLabel);
        replacement.#aside = aside;
        replacement.#progress = step;
        if (aside === undefined && !plan.datadir.isEmpty) {
            if (step === 'replaced')
                throw new Error(`The old data of ${plan.datadir.path} is not where it was set aside.`);
            // It was not moved yet, or is back already.
            replacement.#progress = 'stopping';
        }
        else if (step === 'settingAside') {
            // Nothing new has come in yet.
            replacement.#progress = 'takenAway';
        }
        return replacement;
    }
    /** Where the old data is. */
    get oldDatadir() {
        return this.#aside?.path;
    }
    /** Is there anything to undo? Not when the server could not be stopped and answers as before. */
    async hasChanged() {
        if (this.#progress === 'untouched')
            return false;
        return this.#progress === 'replaced' || !(await this.#plan.service.answers());
    }
    /** Returns the version of the healthy server, or undefined when it refuses the account. */
    async carryOut(newData) {
        const { service, datadir, wasRunning } = this.#plan;
        const files = await listFiles(newData.preparedData);
        // Also when none runs: it may have crashed, and systemd be about to start it again.
        await this.#step('Stop the server', async () => {
            this.#reach('stopping');
            if (wasRunning || !(await seesAllLocks()))
                await service.stop();
            else
                await service.ensureStopped();
        });
        await this.#step('Set the old datadir aside', async () => {
            this.#reach('settingAside');
            this.#aside = await this.#setAside();
            this.#reach('replaced');
            await this.#requireStopped();
        });
        await this.#step(`Put the prepared data in place (${this.#plan.method})`, async () => {
            await this.#moveOrCopyBack(newData);
            await this.#requireAllFiles(files);
        });
        await this.#step('Give the files to their owner', () => giveTo(datadir.path, newData.owner, datadir.mode, this.#aside));
        return await this.#step('Start the server and wait until it answers', async () => {
            await this.#requireStopped();
            await service.start();
            return await service.waitUntilHealthy(this.#context.signal);
        });
    }
    get #asideLabel() {
        return `before-restore-${this.#context.label}`;
    }
    /** Noted before each step, for the case that this process is killed in it. */
    #reach(step) {
        this.#progress = step;
        const { datadir, method, wasRunning } = this.#plan;
        this.#context.note.restoreReaches({ step, datadir, method, wasRunning, label: this.#context.label });
    }
    async #setAside() {
        try {
            return await setAside(this.#plan.datadir, this.#asideLabel);
        }
        catch (error) {
            if (error instanceof HalfSetAside)
                this.#half = error;
            throw error;
        }
    }
    /** A server that was started meanwhile runs on the old data, or on new data that is not whole. */
    async #requireStopped() {
        const onOldData = this.#aside === undefined ? undefined : await lockHolder(this.#aside.path);
        if (onOldData === undefined && !(await this.#plan.service.isRunning()))
            return;
        throw new errors/* UserError */.yo('STOP_FAILED', 'The server was stopped, and something started it again during the restore.', 'Let stop-command also keep it from being started: systemctl stop does, a restart policy of Docker does not.');
    }
    /** Puts the old data back and starts the old server. Returns what there is to know of the new data. */
    async rollBack() {
        const { service, datadir, wasRunning, method } = this.#plan;
        if (this.#half !== undefined)
            throw this.#half;
        this.#context.log.warning('The restore failed; the old data is put back.');
        let remains = '';
        if (this.#progress === 'replaced' || this.#progress === 'takenAway') {
            await this.#step('Roll back: put the old datadir back', async () => {
                if (await service.isRunning().catch(() => true))
                    await service.stop();
                else
                    await service.ensureStopped();
                if (this.#progress === 'replaced') {
                    const keepAs = method === 'move-back' ? `failed-restore-${this.#context.label}` : undefined;
                    const kept = await takeAway(datadir, this.#aside, keepAs);
                    if (kept !== undefined)
                        remains = `The restored data is kept in ${kept}.`;
                    this.#reach('takenAway');
                }
                await putBack(datadir, this.#aside);
                this.#aside = undefined;
            });
        }
        if (!wasRunning)
            return `The old data is in place again; the server was not running before. ${remains}`;
        await this.#step('Roll back: start the old server', () => service.bringBack());
        return `The old data is in place again, and the old server runs. ${remains}`;
    }
    /** For the case that even the way back failed. */
    whereThingsAre() {
        const { datadir } = this.#plan;
        if (this.#half !== undefined) {
            return `The old data is partly in ${this.#half.path}, and may be partly in ${datadir.path}.`;
        }
        if (this.#aside === undefined)
            return `The old data is in ${datadir.path}.`;
        return this.#aside.whole
            ? `The old data is in ${this.#aside.path}.`
            : `The old data is in ${this.#aside.path}, and may be partly back in ${datadir.path} already.`;
    }
    async #step(name, work) {
        const rollingBack = name.startsWith('Roll back');
        if (this.#context.signal.aborted && !rollingBack)
            throw (0,errors/* cancelled */.KW)();
        const started = performance.now();
        const end = (outcome) => this.steps.push({ name, durationSeconds: (performance.now() - started) / 1000, outcome });
        try {
            const result = await this.#context.log.group(name, work);
            end('done');
            this.#context.log.info(`Done in ${(0,format/* formatDuration */.a3)(this.steps.at(-1)?.durationSeconds ?? 0)}.`);
            return result;
        }
        catch (error) {
            end('failed');
            if (error instanceof errors/* CommandError */.Qd)
                this.#context.log.info(error.failure.stderrTail);
            if (this.#context.signal.aborted && !rollingBack)
                throw (0,errors/* cancelled */.KW)(error);
            throw error;
        }
    }
    async #moveOrCopyBack({ tool, preparedData }) {
        const { datadir, method } = this.#plan;
        const datadirNotEmpty = this.#aside?.whole === false;
        const program = {
            program: tool.path,
            arguments: tool.restoreArguments({
                method,
                preparedDir: preparedData,
                datadir: datadir.path,
                datadirNotEmpty,
            }),
        };
        const { log, signal, note } = this.#context;
        const ended = await runProgram(program, { log, signal, onStart: (id) => note.processStarts(id) }).catch((error) => {
            throw explainFailure(error, 'RESTORE_ROLLED_BACK');
        });
        if (saysCompleted(ended.lastLine))
            return;
        throw new Error(`${tool.name} did not say that it completed, but: ${ended.lastLine}`);
    }
    /** The tool's word is not taken for it: every data file must have arrived, whole. */
    async #requireAllFiles(files) {
        const data = files.filter(({ path }) => /(^|\/)ibdata\d+$|\.(ibd|frm|MYD|MYI|MAD|MAI|sdi)$/.test(path));
        for (const { path, sizeBytes } of data) {
            const found = await (0,promises_.stat)((0,external_node_path_.join)(this.#plan.datadir.path, path)).catch((error) => {
                throw incomplete(`${path} is missing: ${(0,errors/* messageOf */.bD)(error)}`);
            });
            if (found.size !== sizeBytes)
                throw incomplete(`${path} has ${found.size} of ${sizeBytes} bytes`);
        }
    }
}
function incomplete(fact) {
    return new errors/* UserError */.yo('NOT_PREPARED', `The data did not arrive whole in the datadir: ${fact}.`, 'Run prepare again, then apply.');
}

;// CONCATENATED MODULE: ./build/src/operations/apply.js













/**
 * Puts prepared data into the datadir and starts the server, or puts everything back as it was.
 * @throws UserError before anything was touched; ApplyFailure afterwards.
 */
async function apply(inputs, context) {
    const started = performance.now();
    const prepared = await readPrepared(inputs.preparedDir);
    requireConfirmation(inputs.confirm, prepared);
    const tool = await findTool(inputs, wantedFor(prepared.mysql));
    await context.log.group('Check the prepared data', () => requireComplete(inputs.preparedDir, prepared, tool));
    const datadir = await inspectDatadir(inputs.datadir);
    const preparedData = (0,external_node_path_.join)(inputs.preparedDir, prepared.dataDir);
    const isRename = await isSameFilesystem(preparedData, datadir.path);
    const method = inputs.method === 'auto' ? (isRename ? 'move-back' : 'copy-back') : inputs.method;
    // To another filesystem, moving is copying too.
    if (method === 'copy-back' || !isRename)
        await requireSpace(prepared, datadir);
    await requireApart(preparedData, datadir);
    await requireRights(datadir);
    const account = await resolveAccount(inputs);
    const service = await serviceOf(inputs, context, datadir, account);
    const wasRunning = await service.isRunning();
    await requireDataInDatadir(account, datadir.path);
    if (context.signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const replacement = new Replacement({ service, datadir, method, wasRunning }, context);
    try {
        const owner = inputs.owner ?? datadir.owner;
        const serverVersion = await replacement.carryOut({ tool, preparedData, owner });
        const { steps, oldDatadir } = replacement;
        const durationSeconds = (performance.now() - started) / 1000;
        return { prepared, datadir: datadir.path, method, steps, oldDatadir, serverVersion, durationSeconds };
    }
    catch (error) {
        throw await undo(replacement, error, { prepared, datadir });
    }
}
/**
 * Goes the way back for an apply that was killed: a runner that cancels does so after ten seconds, and to stop and
 * start a server may take longer. Returns what was done.
 */
async function rollBackKilled(inputs, { step, datadir, method, wasRunning }, context) {
    const service = await serviceOf(inputs, context, datadir, await resolveAccount(inputs));
    const plan = { service, datadir, method, wasRunning };
    const replacement = await Replacement.afterKill(plan, context, step);
    return await replacement.rollBack();
}
async function undo(replacement, error, { prepared, datadir }) {
    if (!(await replacement.hasChanged()))
        return error;
    const details = { steps: replacement.steps, prepared, datadir: datadir.path };
    try {
        const remains = await replacement.rollBack();
        return new apply_result/* ApplyFailure */.N({ ...details, rolledBack: true }, `The restore of ${prepared.backupId} failed: ${asSentence(error)} ${remains}`.trimEnd(), error instanceof errors/* UserError */.yo ? error.hint : 'The cause is in the log. Correct it, and run apply again.', error);
    }
    catch (failure) {
        return new apply_result/* ApplyFailure */.N({ ...details, rolledBack: false }, `The restore of ${prepared.backupId} failed: ${asSentence(error)} ` +
            `And putting everything back failed: ${asSentence(failure)} ${replacement.whereThingsAre()}`, 'Nothing was deleted. Stop the server, move the old data back to the datadir, and start the server.', new AggregateError([error, failure]));
    }
}
function asSentence(error) {
    return (0,errors/* messageOf */.bD)(error).replace(/[^.]$/, '$&.');
}
function requireConfirmation(confirm, prepared) {
    if (confirm === prepared.server)
        return;
    throw new errors/* UserError */.yo('CONFIRM_MISMATCH', `The confirmation «${confirm}» is not the name of the server of this backup, «${prepared.server}».`, 'Nothing was changed. Type the name of the server whose backup you want to put in place.');
}
/** The inputs are compared as text; symlinks are resolved here. */
async function requireApart(preparedData, datadir) {
    const real = await (0,promises_.realpath)(preparedData);
    const isWithin = (path, dir) => `${path}/`.startsWith(`${dir}/`);
    if (!isWithin(real, datadir.path) && !isWithin(datadir.path, real))
        return;
    throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The prepared data in ${real} and the datadir ${datadir.path} are one within the other.`, 'Nothing was changed. Prepare into a directory outside of the datadir.');
}
/** Found out now, not when the server is stopped already. */
async function requireRights(datadir) {
    const self = process.getuid?.() ?? 0;
    if (self === 0)
        return;
    const isOwner = !datadir.exists || datadir.owner.startsWith(`${self}:`);
    const mayWrite = await (0,promises_.access)(datadir.exists ? datadir.path : (0,external_node_path_.dirname)(datadir.path), external_node_fs_.constants.W_OK).then(() => true, () => false);
    if (isOwner && mayWrite)
        return;
    throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The user that runs this (uid ${self}) may not replace ${datadir.path}, which belongs to ${datadir.owner}.`, 'Nothing was changed. Run apply as root or as the owner of the datadir.');
}
async function requireSpace(prepared, datadir) {
    const needed = Math.ceil(prepared.inventory.bytes * 1.05);
    const free = await freeBytes(datadir.path);
    if (free >= needed)
        return;
    throw new errors/* UserError */.yo('DISK_TOO_SMALL', `The copy needs ${needed} bytes beside the old data, and the filesystem of ${datadir.path} has ${free} free.`, 'Nothing was changed. Free space, or prepare on the same filesystem as the datadir: then files are moved.');
}
async function serviceOf(inputs, context, datadir, account) {
    return new Service({
        account,
        datadir: datadir.path,
        commands: await serviceCommands(inputs.stopCommand, inputs.startCommand),
        timeoutSeconds: inputs.startTimeoutSeconds,
        workDir: context.workDir,
        onStart: (processId) => context.note.processStarts(processId),
    });
}

// EXTERNAL MODULE: ./build/src/chain/manifest.js
var chain_manifest = __webpack_require__(4918);
;// CONCATENATED MODULE: ./build/src/chain/layout.js
/**
 * The keys in the bucket:
 *
 *     <prefix>/<server>/2026-11-22/00.xbstream.zst       an object, .age or .gpg behind it when encrypted
 *     <prefix>/<server>/2026-11-22/00.xbstream.zst.002   what did not fit into the first object, and so on
 *     <prefix>/<server>/2026-11-22/00.json               its manifest
 */
const endings = { none: '.xbstream.zst', age: '.xbstream.zst.age', gpg: '.xbstream.zst.gpg' };
/** What every key of a server starts with. Ends with `/`. */
function serverPrefix(prefix, server) {
    return `${prefix}/${server}/`;
}
/** What every key of a date (`2026-11-22`) starts with. Ends with `/`. */
function datePrefix(prefix, server, date) {
    return `${serverPrefix(prefix, server)}${date}/`;
}
function manifestKey(prefix, server, id) {
    return `${serverPrefix(prefix, server)}${id}.json`;
}
/** @param index 0 for the first object of a stream, which as a rule is the only one. */
function objectKey(prefix, server, id, encryptionMethod, index = 0) {
    const number = index === 0 ? '' : `.${String(index + 1).padStart(3, '0')}`;
    return `${serverPrefix(prefix, server)}${id}${endings[encryptionMethod]}${number}`;
}
/** The key of something that is no backup and never taken for one: what a check puts there to try the store. */
function probeKey(prefix, server, name) {
    return `${serverPrefix(prefix, server)}.check/${name}`;
}
const ownKey = /^(\d{4}-\d{2}-\d{2}\/\d{2}(?:-\d{2}){0,2})(\.json|\.xbstream\.zst(?:\.age|\.gpg)?(?:\.\d{3,})?)$/;
/** What a key of this layout belongs to. Undefined for any other key: those are left alone. */
function idOfKey(prefix, server, key) {
    const start = serverPrefix(prefix, server);
    if (!key.startsWith(start))
        return undefined;
    const [, id, ending] = ownKey.exec(key.slice(start.length)) ?? [];
    if (id === undefined)
        return undefined;
    return { id, kind: ending === '.json' ? 'manifest' : 'object' };
}
/** The ids that a listing has something of, be it only an object without a manifest. */
function takenIds(prefix, server, keys) {
    const ids = new Set();
    for (const key of keys) {
        const own = idOfKey(prefix, server, key);
        if (own !== undefined)
            ids.add(own.id);
    }
    return ids;
}

;// CONCATENATED MODULE: ./build/src/chain/links.js



function isSound(link) {
    return link.problem === undefined && link.manifest !== undefined;
}
/**
 * The links from the full to `id`. Where the parents do not lead to a full, those that can be reached: then the
 * last of them has a problem. Empty when there is no such backup.
 */
function chainTo(graph, id) {
    const chain = [];
    const seen = new Set();
    let link = graph.links.get(id);
    while (link !== undefined && !seen.has(link.id)) {
        seen.add(link.id);
        chain.push(link);
        link = parentOf(graph.links, link);
    }
    return chain.reverse();
}
/** Checks everything that can be checked without reading an object. A bad manifest becomes a problem. */
function buildGraph(catalog) {
    const links = new Map();
    for (const entry of catalog.entries)
        links.set(entry.id, readLink(entry, catalog));
    for (const link of links.values()) {
        const problem = link.problem ?? parentProblem(links, link);
        if (problem !== undefined)
            link.problem = problem;
    }
    settleAncestry(links);
    return { links };
}
function parentOf(links, { manifest }) {
    return manifest?.parent === undefined ? undefined : links.get(manifest.parent.id);
}
function problemOf(culpritId, code, text) {
    return { code, text, culpritId };
}
function readLink({ id, key, text }, catalog) {
    const link = { id, manifestKey: key, manifestSha256: (0,chain_manifest/* manifestSha256 */.dL)(text) };
    let manifest;
    try {
        manifest = (0,chain_manifest/* parseManifest */.Ng)(text, key);
    }
    catch (error) {
        if (!(error instanceof errors/* UserError */.yo))
            throw error;
        return { ...link, problem: problemOf(id, 'manifest-unreadable', asClause(error.message)) };
    }
    const misplaced = whoseManifest(manifest, { id, key }, catalog);
    if (misplaced !== undefined)
        return { ...link, problem: problemOf(id, 'manifest-misplaced', misplaced) };
    const problem = objectProblem(manifest, catalog) ?? fullProblem(manifest);
    return problem === undefined ? { ...link, manifest } : { ...link, manifest, problem };
}
function asClause(message) {
    return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}
/** Says so when the manifest is not that of its key: a copied or renamed one must not stand for another. */
function whoseManifest(manifest, { id, key }, { prefix, server }) {
    if (manifest.id !== id)
        return `its manifest is that of ${manifest.id}`;
    if (manifest.server !== server)
        return `its manifest is that of the server ${manifest.server}`;
    const expected = manifestKey(prefix, server, id);
    return key === expected ? undefined : `its manifest is at ${key}, and belongs at ${expected}`;
}
function objectProblem(manifest, { prefix, server, objects }) {
    const { id } = manifest;
    for (const [index, { key, sizeBytes }] of manifest.objects.entries()) {
        const expected = objectKey(prefix, server, id, manifest.encryption.method, index);
        if (key !== expected) {
            return problemOf(id, 'object-misplaced', `its manifest names ${key}, where only ${expected} can be`);
        }
        const storedBytes = objects.get(key);
        if (storedBytes === undefined)
            return problemOf(id, 'object-missing', `its object ${key} is missing`);
        if (storedBytes !== sizeBytes) {
            const text = `its object ${key} has ${storedBytes} bytes, and its manifest says ${sizeBytes}`;
            return problemOf(id, 'object-size', text);
        }
    }
    return undefined;
}
function fullProblem({ id, type, lsn }) {
    if (type !== 'full' || lsn.from === '0')
        return undefined;
    return problemOf(id, 'lsn-gap', `it is a full backup, and yet begins at LSN ${lsn.from}`);
}
/** Whether an incremental follows from its parent, which may have problems of its own. */
function parentProblem(links, { manifest }) {
    if (manifest?.parent === undefined)
        return undefined;
    const { id, chain, lsn } = manifest;
    const { id: parentId, manifestSha256: expected } = manifest.parent;
    const parent = links.get(parentId);
    if (parent === undefined)
        return problemOf(id, 'parent-missing', `its parent ${parentId} is missing`);
    // Without a manifest the parent has a problem that says more than the hash.
    if (parent.manifest === undefined)
        return undefined;
    if (parent.manifestSha256 !== expected) {
        const text = `the manifest of its parent ${parentId} is not the one that it was built on`;
        return problemOf(id, 'parent-changed', text);
    }
    if (lsn.from !== parent.manifest.lsn.to) {
        const text = `it begins at LSN ${lsn.from}, and its parent ${parentId} ends at ${parent.manifest.lsn.to}`;
        return problemOf(id, 'lsn-gap', text);
    }
    if (chain !== parent.manifest.chain) {
        const text = `it is of the chain of ${chain}, and its parent ${parentId} of that of ${parent.manifest.chain}`;
        return problemOf(id, 'chain-differs', text);
    }
    return undefined;
}
/** Finds cycles, and hands every problem on to the descendants, from each chain's beginning to its end. */
function settleAncestry(links) {
    const settled = new Set();
    for (const start of links.values()) {
        const path = [];
        let link = start;
        while (link !== undefined && !settled.has(link.id)) {
            settled.add(link.id);
            path.push(link);
            link = parentOf(links, link);
        }
        const loopsAt = link === undefined ? -1 : path.indexOf(link);
        for (const member of loopsAt < 0 ? [] : path.slice(loopsAt)) {
            member.problem = problemOf(member.id, 'cycle', 'its parents lead back to itself');
        }
        for (const heir of path.reverse())
            inherit(links, heir);
    }
}
function inherit(links, heir) {
    const inherited = parentOf(links, heir)?.problem;
    if (heir.problem !== undefined || inherited === undefined)
        return;
    const { culpritId } = inherited;
    const text = `it builds on ${culpritId}, and there ${links.get(culpritId)?.problem?.text ?? inherited.text}`;
    heir.problem = { code: 'ancestor-bad', text, culpritId };
}

;// CONCATENATED MODULE: ./build/src/chain/backup-id.js

function wallClock(at, timezone) {
    const parts = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
        timeZone: timezone,
        hourCycle: 'h23',
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
    }).formatToParts(at);
    const part = (type, digits = 2) => (parts.find((p) => p.type === type)?.value ?? '').padStart(digits, '0');
    return {
        date: `${part('year', 4)}-${part('month')}-${part('day')}`,
        hour: part('hour'),
        minute: part('minute'),
        second: part('second'),
    };
}
/** The date of a moment in a time zone, as `2026-11-22`. */
function calendarDate(at, timezone) {
    return wallClock(at, timezone).date;
}
/**
 * The id of a backup that starts now: the shortest of the three that is not taken.
 * @param takenIds the ids of everything stored on that date: manifests, and objects without one.
 * @throws UserError BACKUP_EXISTS when even the id with minute and second is taken: two backups began at once.
 */
function nextBackupId(startedAt, timezone, takenIds) {
    const { date, hour, minute, second } = wallClock(startedAt, timezone);
    const ids = [`${date}/${hour}`, `${date}/${hour}-${minute}`, `${date}/${hour}-${minute}-${second}`];
    const free = ids.find((id) => !takenIds.has(id));
    if (free !== undefined)
        return free;
    throw new errors/* UserError */.yo('BACKUP_EXISTS', `The backups ${ids.join(', ')} exist already.`, 'Two backups began in the same second. Give each server its own `server` name, and let only one run at a time.');
}
/** `2026-11-22/01-30` → date `2026-11-22`, hour `01-30`. */
function splitBackupId(id) {
    const slash = id.indexOf('/');
    return { date: id.slice(0, slash), hour: id.slice(slash + 1) };
}
/** Orders ids for display: 01, 01-30, 01-30-15, 02. It says nothing about which backup builds on which. */
function compareBackupIds(a, b) {
    if (a === b)
        return 0;
    return a < b ? -1 : 1;
}

;// CONCATENATED MODULE: ./build/src/chain/period.js

const dayMs = 86_400_000;
/** The period that a moment is in: `2026-11-22`, `2026-W47` or `2026-11`. As text they are in their order. */
function periodOf(at, timezone, every) {
    return periodOfDate(calendarDate(at, timezone), every);
}
/** The period of a calendar date such as `2026-11-22`. */
function periodOfDate(date, every) {
    if (every === 'day')
        return date;
    if (every === 'month')
        return date.slice(0, 7);
    // ISO 8601: a week belongs to the year that its Thursday is in.
    const thursday = addDays(mondayOf(date), 3);
    const year = thursday.slice(0, 4);
    const week = Math.floor((midnight(thursday) - midnight(`${year}-01-01`)) / (7 * dayMs)) + 1;
    return `${year}-W${String(week).padStart(2, '0')}`;
}
/**
 * The first date of the period that a moment is in. All chains of the period are named from this date on, so
 * no manifest before it is needed to plan a backup. (After a change of `timezone` a full may have an earlier
 * name; then its chain is not found whole, and a full backup is made.)
 */
function firstDateOfPeriod(at, timezone, every) {
    const date = calendarDate(at, timezone);
    if (every === 'day')
        return date;
    return every === 'month' ? `${date.slice(0, 7)}-01` : mondayOf(date);
}
function mondayOf(date) {
    const daysSinceMonday = (new Date(midnight(date)).getUTCDay() + 6) % 7;
    return addDays(date, -daysSinceMonday);
}
function addDays(date, days) {
    return new Date(midnight(date) + days * dayMs).toISOString().slice(0, 10);
}
/** A date as a number to count days with; UTC, where every day has 24 hours. */
function midnight(date) {
    return Date.parse(`${date}T00:00:00Z`);
}

;// CONCATENATED MODULE: ./build/src/chain/position.js
const contained = { verdict: 'contained' };
/** GTIDs decide where both sides have them, else the binary logs. */
function containsPosition(base, server) {
    const gtid = base.gtid?.trim() ?? '';
    const byFile = containsFilePosition(base, server.binaryLogs);
    if (gtid !== '' && server.gtidState !== undefined) {
        // Files only grow: one that is too short contradicts, whatever the GTIDs say.
        if (byFile?.verdict === 'not contained')
            return byFile;
        const contains = base.flavor === 'mariadb' ? containsMariadbGtids : containsMysqlGtids;
        return contains(gtid, server.gtidState);
    }
    if (byFile !== undefined)
        return byFile;
    if (gtid === '' && base.binlogFile === undefined)
        return { verdict: 'unknown' };
    return { verdict: 'unproven', reason: 'the server no longer has GTIDs or binary logs to compare with' };
}
/** Undefined when there is nothing to compare. */
function containsFilePosition({ binlogFile, binlogPosition }, binaryLogs) {
    if (binlogFile === undefined || binaryLogs === undefined)
        return undefined;
    if (binlogPosition === undefined || !/^\d+$/.test(binlogPosition)) {
        return { verdict: 'unproven', reason: `its position in ${binlogFile} is not known` };
    }
    const file = binaryLogs.find(({ name }) => name === binlogFile);
    if (file === undefined)
        return { verdict: 'unproven', reason: `the server no longer has ${binlogFile}` };
    if (BigInt(file.sizeBytes) >= BigInt(binlogPosition))
        return contained;
    return {
        verdict: 'not contained',
        reason: `${binlogFile} has ${file.sizeBytes} bytes, and had ${binlogPosition}`,
    };
}
function containsMysqlGtids(base, server) {
    const wanted = parseMysqlGtids(base);
    const present = parseMysqlGtids(server);
    if (wanted === undefined)
        return unreadable('its', base);
    if (present === undefined)
        return unreadable("the server's", server);
    for (const [source, intervals] of wanted) {
        const merged = mergeIntervals(present.get(source) ?? []);
        const missing = intervals.find(([first, last]) => !merged.some(([from, to]) => from <= first && last <= to));
        if (missing === undefined)
            continue;
        return {
            verdict: 'not contained',
            reason: `the server's GTIDs do not have all of ${source}:${missing[0]}-${missing[1]}`,
        };
    }
    return contained;
}
/**
 * `uuid:1-5:7,uuid2:tag:1-3` by `uuid` or `uuid:tag`. Tags came with MySQL 8.3; one holds for the intervals
 * behind it. Blanks and new lines may be anywhere. Undefined when it is no GTID set.
 */
function parseMysqlGtids(text) {
    const sources = new Map();
    for (const item of text.toLowerCase().replace(/\s+/g, '').split(',')) {
        if (item === '')
            continue;
        const [uuid = '', ...words] = item.split(':');
        if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) || words.length === 0)
            return undefined;
        let source = uuid;
        for (const word of words) {
            const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
            if (first !== undefined) {
                const intervals = sources.get(source) ?? [];
                sources.set(source, [...intervals, [BigInt(first), BigInt(last ?? first)]]);
            }
            else if (/^[a-z_][a-z0-9_]{0,31}$/.test(word)) {
                source = `${uuid}:${word}`;
            }
            else {
                return undefined;
            }
        }
    }
    return sources;
}
/** In order, with those that touch or overlap made one. */
function mergeIntervals(intervals) {
    const merged = [];
    for (const [first, last] of [...intervals].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
        const previous = merged.at(-1);
        if (previous !== undefined && first <= previous[1] + 1n) {
            if (last > previous[1])
                previous[1] = last;
        }
        else {
            merged.push([first, last]);
        }
    }
    return merged;
}
/**
 * A MariaDB server's state lists the last sequence number of each server id in each domain. Only the same
 * server id can prove: another one's higher number may come from a history that never had this one.
 */
function containsMariadbGtids(base, server) {
    const wanted = parseMariadbGtids(base);
    const present = parseMariadbGtids(server);
    if (wanted === undefined)
        return unreadable('its', base);
    if (present === undefined)
        return unreadable("the server's", server);
    for (const [source, sequence] of wanted) {
        const last = present.get(source);
        if (last !== undefined && last >= sequence)
            continue;
        const now = last === undefined ? 'none of that domain and server id' : `${source}-${last}`;
        return {
            verdict: 'not contained',
            reason: `it was at GTID ${source}-${sequence}, and the server has ${now}`,
        };
    }
    return contained;
}
/** `0-1-100,0-2-150` as the highest sequence number by `domain-serverid`. */
function parseMariadbGtids(text) {
    const sequences = new Map();
    for (const item of text.replace(/\s+/g, '').split(',')) {
        if (item === '')
            continue;
        const [, source, digits] = /^(\d+-\d+)-(\d+)$/.exec(item) ?? [];
        if (source === undefined || digits === undefined)
            return undefined;
        const sequence = BigInt(digits);
        if (sequence > (sequences.get(source) ?? -1n))
            sequences.set(source, sequence);
    }
    return sequences;
}
function unreadable(whose, text) {
    return { verdict: 'unproven', reason: `${whose} GTIDs cannot be read: ${text.slice(0, 60)}` };
}

;// CONCATENATED MODULE: ./build/src/chain/tool-series.js
/**
 * The series of a backup tool, within which its backups build on one another: xtrabackup 8.0.35-31 → `8.0`,
 * mariadb-backup 10.11.19-MariaDB → `10.11`. A version without two numbers is a series of its own.
 */
function toolSeries(name, version) {
    return majorVersion(version) ?? `${name} ${version}`;
}
/** The first two numbers of a version, which is how MySQL and MariaDB count their major versions. */
function majorVersion(version) {
    return /^\d+\.\d+/.exec(version)?.[0];
}

;// CONCATENATED MODULE: ./build/src/chain/server-facts.js


const flavorNames = { mysql: 'MySQL', mariadb: 'MariaDB', percona: 'Percona Server' };
/** Why `base` is of another server, or of another life of its datadir. Undefined when it is of this server. */
function whyOtherServer({ id, mysql }, server) {
    const other = (what) => `the server is not the one that ${id} was taken from (${what})`;
    if (mysql.flavor !== server.flavor) {
        return other(`it is ${flavorNames[server.flavor]}, and was ${flavorNames[mysql.flavor]}`);
    }
    if (majorOf(mysql.version) !== majorOf(server.version)) {
        return `the server is ${majorOf(server.version)} now, and was ${majorOf(mysql.version)} at ${id}`;
    }
    if (mysql.serverUuid !== server.serverUuid)
        return other('it has another server_uuid');
    if (mysql.datadirIdentity !== server.datadirIdentity) {
        return other('ibdata1 is another file: the datadir was replaced');
    }
    return undefined;
}
function majorOf(version) {
    return majorVersion(version) ?? version;
}
/** Why the tool must not build on `base`. Undefined when it may. */
function whyOtherTool({ id, tool: then }, now) {
    const series = toolSeries(then.name, then.version);
    if (then.name === now.name && series === now.series)
        return undefined;
    return `the backup tool is ${now.name} ${now.series} now, and was ${then.name} ${series} at ${id}`;
}
/** Whether the server's history goes on from `base`. */
function standingOf({ id, lsn, mysql }, server) {
    // `last` is the end of the redo that the backup copied, and so was the server's LSN at some time before.
    // (Measured on an idle MariaDB 10.11: equal to its current LSN.)
    const reached = BigInt(lsn.last) > BigInt(lsn.to) ? lsn.last : lsn.to;
    if (BigInt(reached) > BigInt(server.lsn)) {
        return {
            is: 'gone',
            reason: `the server's LSN ${server.lsn} is behind that of ${id} (${reached}): ` +
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
                reason: `the server's history no longer has ${id} (${containment.reason}): ` +
                    'it was restored or rolled back in between',
            };
    }
}

;// CONCATENATED MODULE: ./build/src/chain/plan-backup.js





/**
 * Decides between a full and an incremental, and on which base.
 * @throws UserError BASE_UNUSABLE when an incremental is asked for and nothing can be built on.
 */
function planBackup(input) {
    if (input.request.type === 'full')
        return { type: 'full', reason: 'a full backup was asked for' };
    const found = findBase(input);
    if ('base' in found)
        return { type: 'incremental', base: found.base, reason: `follows ${found.base.id}` };
    if (input.request.type === 'auto')
        return { type: 'full', reason: found.whyNone };
    throw new errors/* UserError */.yo('BASE_UNUSABLE', `An incremental was asked for, and only a full backup is possible: ${found.whyNone}.`, 'Run it with `type: auto` or `type: full`; later incrementals then build on that full backup.');
}
function findBase(input) {
    const heads = headsOf(input.graph).map((link) => judge(link, input));
    const ofPeriod = heads.filter((head) => head.ofPeriod);
    if (ofPeriod.length === 0)
        return { whyNone: firstOfPeriod(input) };
    const refused = heads.filter((head) => head.is !== 'fits');
    const fitting = ofPeriod.filter((head) => head.is === 'fits');
    const trusted = fitting.filter((head) => !refused.some((other) => speaksAgainst(other, head)));
    if (trusted.length > 0)
        return newestOf(trusted);
    const against = refused.filter((other) => fitting.some((head) => speaksAgainst(other, head)));
    return { whyNone: mostTelling(against.length > 0 ? against : refused.filter((head) => head.ofPeriod)) };
}
/**
 * The trusted head of the chain that began last. It must also be at the greatest LSN: in one history a later
 * full is never behind an older chain. If it is, the server was rolled back before that full and has passed the
 * old LSN since, so that the older chain only seems to fit; or the clock was wrong. Both end with a full.
 */
function newestOf(trusted) {
    const lastFullMs = Math.max(...trusted.map((head) => head.fullStartedMs));
    const inOrder = trusted.map(({ link }) => link).sort(compareByLsn);
    const furthest = inOrder.at(-1);
    const base = trusted
        .filter((head) => head.fullStartedMs === lastFullMs)
        .map(({ link }) => link)
        .sort(compareByLsn)
        .at(-1);
    if (base === undefined || furthest === undefined)
        throw new Error('a base is chosen among at least one');
    if (BigInt(furthest.manifest.lsn.to) === BigInt(base.manifest.lsn.to))
        return { base };
    return {
        whyNone: `${furthest.id} is at a later LSN than ${base.id}, whose chain began after it: ` +
            'the server was rolled back, or the clock was wrong, in between',
    };
}
/** By to-LSN; those of an idle server by their start. */
function compareByLsn(a, b) {
    const difference = BigInt(a.manifest.lsn.to) - BigInt(b.manifest.lsn.to);
    if (difference !== 0n)
        return difference < 0n ? -1 : 1;
    return startedMs(a.manifest) - startedMs(b.manifest);
}
function headsOf(graph) {
    const links = [...graph.links.values()];
    const parents = new Set(links.map(({ manifest }) => manifest?.parent?.id));
    return links.filter((link) => link.problem !== undefined || !parents.has(link.id));
}
function judge(link, { graph, server, tool, request, now }) {
    const ofPeriod = periodOfChain(link, graph, request) === periodOf(now, request.timezone, request.fullEvery);
    const other = link.manifest && whyOtherServer(link.manifest, server);
    if (other !== undefined)
        return { link, ofPeriod, is: 'foreign', reason: other };
    if (!isSound(link)) {
        const reason = `${link.id} cannot be built on: ${link.problem?.text ?? 'it has no manifest'}`;
        return { link, ofPeriod, is: 'bad', reason };
    }
    const standing = standingOf(link.manifest, server);
    if (standing.is === 'gone')
        return { link, ofPeriod, ...standing };
    const otherTool = whyOtherTool(link.manifest, tool);
    if (otherTool !== undefined)
        return { link, ofPeriod, is: 'foreign', reason: otherTool };
    if (standing.is === 'unproven')
        return { link, ofPeriod, ...standing };
    const full = graph.links.get(link.manifest.chain)?.manifest ?? link.manifest;
    return { link, ofPeriod, is: 'fits', fullStartedMs: startedMs(full) };
}
/** A chain is of the period that its full began in. Where that is not known, the name of the full has to do. */
function periodOfChain({ id, manifest }, graph, { timezone, fullEvery }) {
    const chain = manifest?.chain ?? id;
    const full = graph.links.get(chain)?.manifest;
    if (full?.type === 'full')
        return periodOf(new Date(full.startedAt), timezone, fullEvery);
    return periodOfDate(splitBackupId(chain).date, fullEvery);
}
/** A bad or gone head rules out its own chain, and every chain that did not begin after it. */
function speaksAgainst(other, { link, fullStartedMs }) {
    const speaks = other.is === 'gone' || (other.is === 'bad' && other.ofPeriod);
    if (!speaks)
        return false;
    const { id, manifest } = other.link;
    // Only its name is known. The worst that a misleading name can do here is one more full.
    if (manifest === undefined)
        return compareBackupIds(id, link.manifest.chain) > 0;
    return manifest.chain === link.manifest.chain || startedMs(manifest) >= fullStartedMs;
}
/** What to tell of several reasons: the strongest, and of these the last by name. */
function mostTelling(heads) {
    const strength = { foreign: 0, unproven: 1, bad: 2, gone: 2 };
    const last = [...heads]
        .sort((a, b) => strength[a.is] - strength[b.is] || compareBackupIds(a.link.id, b.link.id))
        .at(-1);
    return last?.reason ?? 'there is no backup to build on';
}
function startedMs({ startedAt }) {
    return Date.parse(startedAt);
}
function firstOfPeriod({ request, now }) {
    const period = periodOf(now, request.timezone, request.fullEvery);
    return request.fullEvery === 'day'
        ? `the first backup of ${period}`
        : `the first backup of the ${request.fullEvery} ${period}`;
}

;// CONCATENATED MODULE: ./build/src/mysql/server.js

/**
 * Asks the server what a backup has to know of it. The statements need the privileges PROCESS and REPLICATION
 * CLIENT (MariaDB: BINLOG MONITOR), which the backup tools miss only after all data is read.
 * @throws UserError PRIVILEGE_MISSING.
 */
async function describeServer(session) {
    const { logsBinary, hostName: _, ...identity } = await identifyServer(session);
    return {
        ...identity,
        lsn: await currentLsn(session),
        ...(logsBinary ? { binaryLogs: await readBinaryLogs(session) } : {}),
    };
}
/** Asks the server who it is: this needs no privilege. @throws UserError SERVER_UNREACHABLE for what is no server. */
async function identifyServer(session) {
    const variables = await readVariables(session);
    const required = (name) => {
        const value = variables.get(name);
        if (value !== undefined && value !== '')
            return value;
        throw new errors/* UserError */.yo('SERVER_UNREACHABLE', `The server does not tell its ${name}.`, 'Is it a MySQL or MariaDB server? A proxy in between cannot be backed up.');
    };
    const version = required('version');
    const flavor = flavorOf(version, variables.get('version_comment') ?? '');
    const logsBinary = variables.get('log_bin') === 'ON' || variables.get('log_bin') === '1';
    // MariaDB has none; its server_uid is made from the host's address, not kept with the data.
    const serverUuid = variables.get('server_uuid');
    const gtidState = gtidStateOf(flavor, variables);
    const dataHome = variables.get('innodb_data_home_dir') ?? '';
    return {
        flavor,
        version,
        ...(serverUuid ? { serverUuid } : {}),
        datadir: required('datadir').replace(/\/+$/, ''),
        ...(dataHome.startsWith('/') ? { innodbDataHome: dataHome } : {}),
        systemTablespace: (variables.get('innodb_data_file_path') ?? 'ibdata1').split(':')[0] ?? 'ibdata1',
        gtidState: gtidState.replace(/\s+/g, ''),
        logsBinary,
        hostName: variables.get('hostname') ?? '',
    };
}
const variableNames = [
    'version',
    'version_comment',
    'hostname',
    'server_uuid',
    'datadir',
    'innodb_data_home_dir',
    'innodb_data_file_path',
    'log_bin',
    'gtid_executed',
    'gtid_binlog_state',
    'gtid_current_pos',
];
async function readVariables(session) {
    const names = variableNames.map((name) => `'${name}'`).join(', ');
    const rows = await session.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
    return new Map(rows.map((row) => [(row['Variable_name'] ?? '').toLowerCase(), row['Value'] ?? '']));
}
/** A MariaDB replica that logs no updates of its own has its GTIDs only in gtid_current_pos. */
function gtidStateOf(flavor, variables) {
    const names = flavor === 'mariadb' ? ['gtid_binlog_state', 'gtid_current_pos'] : ['gtid_executed'];
    return names
        .map((name) => variables.get(name) ?? '')
        .filter((value) => value !== '')
        .join(',');
}
function flavorOf(version, comment) {
    if (/mariadb/i.test(version) || /mariadb/i.test(comment))
        return 'mariadb';
    return /percona/i.test(comment) ? 'percona' : 'mysql';
}
/** Every version says its LSN here; the other sources differ between versions and need more privileges. */
async function currentLsn(session) {
    const [row] = await session.query('SHOW ENGINE INNODB STATUS');
    const lsn = /^Log sequence number\s+(\d+)/m.exec(row?.['Status'] ?? '')?.[1];
    if (lsn !== undefined)
        return lsn;
    throw new errors/* UserError */.yo('SERVER_UNREACHABLE', 'The server does not tell its log sequence number (SHOW ENGINE INNODB STATUS).', 'Is InnoDB switched on? Only servers with InnoDB can be backed up.');
}
async function readBinaryLogs(session) {
    const rows = await session.query('SHOW BINARY LOGS');
    return rows.map((row) => ({ name: row['Log_name'] ?? '', sizeBytes: Number(row['File_size'] ?? 0) }));
}

;// CONCATENATED MODULE: ./build/src/pipeline/meter.js

/** Counts and hashes a stream as it passes. */
class Meter {
    #hash = (0,external_node_crypto_.createHash)('sha256');
    #bytes = 0;
    get bytes() {
        return this.#bytes;
    }
    /** Hex; the meter cannot be used after it. */
    sha256() {
        return this.#hash.digest('hex');
    }
    async *measure(source) {
        for await (const chunk of source) {
            this.#hash.update(chunk);
            this.#bytes += chunk.length;
            yield chunk;
        }
    }
}
/** What has passed through all of them. */
function bytesThrough(meters) {
    return meters.reduce((sum, { bytes }) => sum + bytes, 0);
}
/** Never lets more than `bytesPerSecond` through, averaged over about a second. */
async function* throttle(source, bytesPerSecond) {
    let ready = performance.now();
    for await (const chunk of source) {
        const now = performance.now();
        ready = Math.max(ready, now - 1000) + (chunk.length / bytesPerSecond) * 1000;
        yield chunk;
        const wait = ready - performance.now();
        if (wait > 0)
            await new Promise((resolve) => setTimeout(resolve, wait));
    }
}

;// CONCATENATED MODULE: ./build/src/repository/catalog.js


const readsAtOnce = 16;
/** The days on which a server has backups, oldest first. */
async function listDays(repository, { prefix, server }) {
    const folders = await repository.listFolders(serverPrefix(prefix, server));
    return folders.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).sort();
}
/**
 * Reads the backups of some days, and of all earlier days that their chains reach back to.
 * @throws UserError of the store.
 */
async function loadDays(repository, place, days) {
    const entries = [];
    const objects = new Map();
    const loaded = new Set();
    let wanted = [...new Set(days)];
    while (wanted.length > 0) {
        const found = await inParallel(wanted, (day) => loadDay(repository, place, day));
        wanted.forEach((day) => loaded.add(day));
        for (const day of found) {
            entries.push(...day.entries);
            day.keys.forEach(({ key, sizeBytes }) => objects.set(key, sizeBytes));
        }
        const reached = entries.flatMap(({ text }) => dayOfParent(text) ?? []);
        wanted = [...new Set(reached)].filter((day) => !loaded.has(day));
    }
    return { entries, objects, takenIds: takenIds(place.prefix, place.server, objects.keys()) };
}
async function loadDay(repository, { prefix, server }, day) {
    const keys = await repository.list(datePrefix(prefix, server, day));
    const manifests = keys.flatMap(({ key }) => {
        const named = idOfKey(prefix, server, key);
        return named?.kind === 'manifest' ? [{ id: named.id, key }] : [];
    });
    const read = await inParallel(manifests, ({ id, key }) => readEntry(repository, id, key));
    return { keys, entries: read.filter((entry) => entry !== undefined) };
}
async function readEntry(repository, id, key) {
    try {
        return { id, key, text: (await repository.read(key)).toString('utf8') };
    }
    catch (error) {
        // Deleted since it was listed.
        if (error instanceof errors/* UserError */.yo && error.code === 'STORE_MISSING')
            return undefined;
        throw error;
    }
}
/** Loose on purpose: whether the manifest is valid is judged elsewhere. */
function dayOfParent(text) {
    const parent = /"parent":\s*\{\s*"id":\s*"(\d{4}-\d{2}-\d{2})\//.exec(text);
    return parent?.[1];
}
async function inParallel(items, work) {
    const results = [];
    for (let start = 0; start < items.length; start += readsAtOnce) {
        results.push(...(await Promise.all(items.slice(start, start + readsAtOnce).map(work))));
    }
    return results;
}

;// CONCATENATED MODULE: ./build/src/operations/backup-manifest.js

/** The manifest of a backup that is stored and checked. */
function manifestOf(subject, { objects, facts, compressLevel }, end) {
    const { server, tool, identity } = subject;
    const { fromLsn, toLsn, lastLsn } = facts.checkpoints;
    return {
        schemaVersion: chain_manifest/* schemaVersion */.CZ,
        id: subject.id,
        server: subject.name,
        ...lineageOf(subject),
        lsn: { from: fromLsn, to: toLsn, last: lastLsn },
        objects,
        compression: { method: 'zstd', level: compressLevel },
        encryption: describeEncryption(subject.encryption),
        streamBytes: facts.streamBytes,
        tool: { name: tool.name, version: tool.version },
        mysql: {
            version: server.version,
            flavor: server.flavor,
            ...(server.serverUuid === undefined ? {} : { serverUuid: server.serverUuid }),
            datadir: server.datadir,
            datadirIdentity: identity,
            ...facts.coordinates,
        },
        startedAt: subject.startedAt.toISOString(),
        finishedAt: end.finishedAt.toISOString(),
        durationSeconds: Math.round(end.durationSeconds * 1000) / 1000,
        ...(end.run === undefined ? {} : { run: end.run }),
    };
}
function lineageOf({ id, plan }) {
    if (plan.type === 'full')
        return { type: 'full', chain: id };
    const { base } = plan;
    return {
        type: 'incremental',
        parent: { id: base.id, manifestSha256: base.manifestSha256 },
        chain: base.manifest.chain,
    };
}
function describeEncryption(request) {
    switch (request.method) {
        case 'none':
            return { method: 'none' };
        case 'age':
            return { method: 'age', recipients: [...request.recipients] };
        case 'gpg':
            return { method: 'gpg', cipher: 'AES256' };
    }
}

;// CONCATENATED MODULE: ./build/src/pipeline/codecs.js


/** zstd as a stage. `-vv` makes it tell the exact number of bytes that came in; see `streamBytesOf`. */
async function compressor(level, threads, onLine) {
    const zstd = await requireProgram(['zstd'], 'zstd');
    return { program: zstd, arguments: [`-${level}`, `-T${threads}`, '-vv', '--no-progress', '-c'], onLine };
}
async function decompressor() {
    const zstd = await requireProgram(['zstd'], 'zstd');
    return { program: zstd, arguments: ['-d', '-q', '-c'] };
}
/**
 * The bytes before compression from zstd's line `/*stdin*\ : 12.3% (123 B => 45 B, …)`, or before 1.5
 * `(123 => 45 bytes, …)`. Rounded figures like `(1.2 MiB => …)` are not taken.
 */
function streamBytesOf(line) {
    const bytes = /\(\s*(\d+)(?: B)?\s*=>\s*\d+ (?:B|bytes),/.exec(line)?.[1];
    return bytes === undefined ? undefined : Number(bytes);
}
/** The encrypting stage, if any. */
async function encryptor(request, workDir) {
    switch (request.method) {
        case 'none':
            return [];
        case 'age': {
            const age = await requireProgram(['age'], 'age');
            return [{ program: age, arguments: request.recipients.flatMap((key) => ['-r', key]) }];
        }
        case 'gpg': {
            const gpg = await requireProgram(['gpg'], 'gnupg');
            const args = ['--symmetric', '--cipher-algo', 'AES256', '--s2k-digest-algo', 'SHA512'];
            // Without a given count gpg would ask its agent to calibrate one; the stream is compressed already.
            args.push('--s2k-count', '65011712', '--compress-algo', 'none', '-o', '-');
            return [{ program: gpg, arguments: [...gpgBatch(workDir), ...args], secret: request.passphrase }];
        }
    }
}
/** The decrypting stage for what a manifest says, if any. @throws UserError KEY_MISSING. */
async function decryptor(encryption, keys, workDir) {
    switch (encryption.method) {
        case 'none':
            return [];
        case 'age': {
            if (keys.identityFile === undefined)
                throw keyMissing('age', 'decrypt-identity');
            const age = await requireProgram(['age'], 'age');
            return [{ program: age, arguments: ['-d', '-i', keys.identityFile] }];
        }
        case 'gpg': {
            if (keys.passphrase === undefined)
                throw keyMissing('gpg', 'decrypt-passphrase');
            const gpg = await requireProgram(['gpg'], 'gnupg');
            return [
                { program: gpg, arguments: [...gpgBatch(workDir), '--decrypt', '-o', '-'], secret: keys.passphrase },
            ];
        }
    }
}
/** No question, no agent left running, nothing of the user's own settings; the passphrase from descriptor 3. */
function gpgBatch(homeDir) {
    const args = ['--batch', '--no-options', '--no-autostart', '--no-tty', '--quiet', '--homedir', homeDir];
    return [...args, '--pinentry-mode', 'loopback', '--passphrase-fd', '3'];
}
function keyMissing(method, input) {
    return new errors/* UserError */.yo('KEY_MISSING', `The backup is encrypted with ${method}, and no key was given.`, `Give it in the input ${input}.`);
}

;// CONCATENATED MODULE: ./build/src/operations/backup-stream.js








/**
 * One backup as a stream: tool → zstd → encryption. It ends only after all of them have succeeded and the
 * tool's checkpoints follow from the base; `facts` is there from then on.
 */
class BackupStream {
    #request;
    #streamBytes;
    #loggedCoordinates = {};
    #facts;
    constructor(request) {
        this.#request = request;
    }
    get facts() {
        if (this.#facts === undefined)
            throw new Error('The stream has not ended yet');
        return this.#facts;
    }
    async *read(options) {
        try {
            yield* readFromPrograms(await this.#programs(), options, async ([toolEnded]) => {
                const lastLine = toolEnded?.lastLine ?? '';
                if (!saysCompleted(lastLine))
                    throw notCompleted(this.#request.tool.name, lastLine);
                await this.#request.requireSameServer();
                this.#facts = await this.#readFacts();
            });
        }
        catch (error) {
            const isTool = error instanceof errors/* CommandError */.Qd && this.#request.tool.path.endsWith(error.failure.program);
            throw isTool ? explainFailure(error, 'BACKUP_FAILED') : explainFailure(error, 'PIPELINE_FAILED');
        }
    }
    async #programs() {
        const { tool, workDir, fromLsn, compressLevel, compressThreads, encryption } = this.#request;
        await (0,promises_.mkdir)(this.#lsnDir, { mode: 0o700 });
        await (0,promises_.mkdir)((0,external_node_path_.join)(workDir, 'scratch'), { mode: 0o700 });
        const backup = {
            program: tool.path,
            arguments: tool.backupArguments({
                defaultsFile: this.#request.defaultsFile,
                targetDir: (0,external_node_path_.join)(workDir, 'scratch'),
                lsnDir: this.#lsnDir,
                parallel: this.#request.parallel,
                keepRedoLog: this.#request.keepRedoLog,
                extraArguments: this.#request.extraArguments,
                ...(fromLsn === undefined ? {} : { fromLsn }),
            }),
            onLine: (line) => {
                this.#loggedCoordinates = parseLoggedCoordinates(line) ?? this.#loggedCoordinates;
            },
        };
        const compress = await compressor(compressLevel, compressThreads, (line) => {
            this.#streamBytes = streamBytesOf(line) ?? this.#streamBytes;
        });
        return [backup, compress, ...(await encryptor(encryption, workDir))];
    }
    get #lsnDir() {
        return (0,external_node_path_.join)(this.#request.workDir, 'lsn');
    }
    async #readFacts() {
        const checkpoints = await readCheckpoints(this.#lsnDir);
        await requireWhole(this.#lsnDir);
        requireFollowing(checkpoints, this.#request.fromLsn);
        if (this.#streamBytes === undefined || this.#streamBytes === 0) {
            throw backup_stream_inconsistent('zstd did not say how many bytes it compressed');
        }
        const coordinates = { ...this.#loggedCoordinates, ...(await readCoordinates(this.#lsnDir)) };
        return { checkpoints, coordinates, streamBytes: this.#streamBytes };
    }
}
/** The groups for the tool in an option file may say what no input may: a part of the data, or another format. */
async function requireWhole(lsnDir) {
    const peculiarities = await readPeculiarities(lsnDir);
    if (peculiarities.length === 0)
        return;
    throw backup_stream_inconsistent(`the tool calls it ${peculiarities.join(' and ')}. Is an option for that in the defaults file?`);
}
/** The tools accept any base LSN, even one of the future, and say `completed OK!`; so it is checked here. */
function requireFollowing(checkpoints, base) {
    const { backupType, fromLsn, toLsn, lastLsn } = checkpoints;
    const expectedType = base === undefined ? 'full-backuped' : 'incremental';
    if (backupType !== expectedType) {
        throw backup_stream_inconsistent(`the tool made a backup of type ${backupType} instead of ${expectedType}`);
    }
    if (fromLsn !== (base ?? '0')) {
        throw backup_stream_inconsistent(`it starts at LSN ${fromLsn}, but its base ends at ${base ?? '0'}`);
    }
    if (BigInt(toLsn) < BigInt(fromLsn)) {
        throw backup_stream_inconsistent(`it ends at LSN ${toLsn}, before its start at ${fromLsn}`);
    }
    if (BigInt(lastLsn) < BigInt(toLsn)) {
        throw backup_stream_inconsistent(`its redo log ends at LSN ${lastLsn}, before its checkpoint at ${toLsn}`);
    }
}
/** Before anything is stored. */
function backup_stream_inconsistent(fact) {
    return new errors/* UserError */.yo('BACKUP_INCONSISTENT', `The backup cannot be used: ${fact}.`, 'Nothing was stored. Run it again; with type full it depends on no other backup.');
}
function notCompleted(tool, lastLine) {
    return new errors/* UserError */.yo('BACKUP_FAILED', `${tool} ended with 0, but its last line is not «completed OK!» but «${lastLine}».`, 'Nothing was stored. Run it again with log-level debug to see all that the tool says.');
}

;// CONCATENATED MODULE: ./build/src/operations/progress.js


const intervalMilliseconds = 10_000;
/** Logs about every ten seconds how far a stream has come through its meters, while `work` runs. */
async function withProgress(log, what, meters, work) {
    const started = performance.now();
    let last = { bytes: 0, at: started };
    const timer = setInterval(() => {
        const [bytes, at] = [bytesThrough(meters), performance.now()];
        const rate = (0,format/* formatRate */.CE)(bytes - last.bytes, (at - last.at) / 1000);
        log.info(`${what}: ${(0,format/* formatBytes */.z3)(bytes)} in ${(0,format/* formatDuration */.a3)((at - started) / 1000)}, now ${rate}`);
        last = { bytes, at };
    }, intervalMilliseconds);
    try {
        return await work();
    }
    finally {
        clearInterval(timer);
    }
}

;// CONCATENATED MODULE: ./build/src/operations/store-stream.js


/**
 * Stores a stream of any length: as one object, or, when it outgrows the parts that fit into memory, as several,
 * which are the stream again when put one behind the other. After a failure those that are stored are removed;
 * the source is the caller's to close.
 */
async function storeStream(repository, source, options) {
    const slices = new Slices(source, repository.largestObjectBytes(options.expectedSizeBytes));
    const stored = [];
    try {
        while (!slices.ended) {
            const key = options.keyOf(stored.length);
            const meter = new Meter();
            options.onUpload(key, meter);
            const object = await repository.upload(key, meter.measure(slices.next()), options);
            stored.push({ ...object, sha256: meter.sha256() });
            if (object.sizeBytes !== meter.bytes)
                throw differs(key, object.sizeBytes, meter.bytes);
        }
        return stored;
    }
    catch (error) {
        for (const { key } of stored)
            await removeQuietly(repository, key, options.log);
        throw error;
    }
}
/** A stream in slices of at most `sliceBytes`. Each must be read to its end before the next. */
class Slices {
    #iterator;
    #sliceBytes;
    #rest;
    #ended = false;
    constructor(source, sliceBytes) {
        this.#iterator = source[Symbol.asyncIterator]();
        this.#sliceBytes = sliceBytes;
    }
    get ended() {
        return this.#ended;
    }
    /**
     * The last slice ends only when the stream has: so the one that is full looks ahead, and what fits exactly is
     * not complete before its source is sure.
     */
    async *next() {
        let room = this.#sliceBytes;
        let chunk = this.#rest ?? (await this.#read());
        this.#rest = undefined;
        while (chunk !== undefined) {
            if (room === 0) {
                this.#rest = chunk;
                return;
            }
            const piece = chunk.subarray(0, room);
            room -= piece.length;
            yield piece;
            chunk = piece.length < chunk.length ? chunk.subarray(piece.length) : await this.#read();
        }
    }
    async #read() {
        const next = await this.#iterator.next();
        if (next.done !== true)
            return next.value;
        this.#ended = true;
        return undefined;
    }
}
async function removeQuietly(repository, key, log) {
    await repository.remove(key).catch((error) => {
        log.warning(`${key} belongs to no backup and could not be removed: ${(0,errors/* messageOf */.bD)(error)}`);
    });
}
function differs(key, storedBytes, sentBytes) {
    return new errors/* UserError */.yo('UPLOAD_DIFFERS', `${key} has ${storedBytes} bytes in the store, and ${sentBytes} were sent.`, 'The object was removed. Run the backup again; if it happens again, the store is not to be trusted.');
}

;// CONCATENATED MODULE: ./build/src/operations/tries.js

/** What another try may get past: what other statements on the server did meanwhile. */
const passing = ['DDL_DURING_BACKUP', 'REDO_OVERWRITTEN', 'LOCK_WAIT_TIMEOUT'];
/**
 * Does the work, and when it fails for a reason that passes, does it again from the start, `tries` times in all.
 * @param work is given how the tries before it failed.
 */
async function withTries(tries, { log, signal }, work) {
    const failures = [];
    for (;;) {
        try {
            return await work(failures);
        }
        catch (error) {
            const isPassing = error instanceof errors/* UserError */.yo && passing.includes(error.code);
            if (!isPassing || signal.aborted || failures.length + 1 >= tries)
                throw error;
            failures.push(error);
            log.warning(`${error.message} Nothing of it is kept. Trying again from the start: try ${failures.length + 1} of ${tries}.`);
        }
    }
}

;// CONCATENATED MODULE: ./build/src/operations/write-manifest.js


/**
 * Makes the backup exist. Should it not come to that, its object is removed, unless a manifest may already
 * name it: then the object must stay.
 * @throws UserError BACKUP_EXISTS, CANCELLED, and those of the store.
 */
async function writeManifest(repository, key, manifest, signal) {
    if (signal.aborted) {
        await removeObjects(repository, manifest);
        throw (0,errors/* cancelled */.KW)();
    }
    const text = (0,chain_manifest/* serializeManifest */.MZ)(manifest);
    let created;
    try {
        // What is not readable must not be written.
        (0,chain_manifest/* parseManifest */.Ng)(text, key);
        created = await repository.createIfAbsent(key, text);
    }
    catch (error) {
        // The request's answer may have been lost on the way: what is there now decides.
        const there = await stored(repository, key);
        if (there === text)
            return;
        if (there === 'nothing')
            await removeObjects(repository, manifest);
        throw error;
    }
    if (created)
        return;
    const there = await stored(repository, key);
    // Two manifests of the same object, at the same millisecond, are one: ours, written by a repeated request.
    if (there === text)
        return;
    if (there !== undefined && !namesObjects(there, key, manifest))
        await removeObjects(repository, manifest);
    throw new errors/* UserError */.yo('BACKUP_EXISTS', `Another run has written the backup ${manifest.id} of ${manifest.server} in the meantime.`, 'Two backups of one server ran at once. Let only one workflow back up a server; run it again if you need one more.');
}
/** The manifest's text, `nothing`, or undefined when the store does not say. */
async function stored(repository, key) {
    try {
        return (await repository.read(key)).toString('utf8');
    }
    catch (error) {
        return error instanceof errors/* UserError */.yo && error.code === 'STORE_MISSING' ? 'nothing' : undefined;
    }
}
function namesObjects(text, key, manifest) {
    const ours = manifest.objects.map((object) => object.key);
    try {
        return (0,chain_manifest/* parseManifest */.Ng)(text, key).objects.some((object) => ours.includes(object.key));
    }
    catch {
        // What cannot be read may name anything.
        return true;
    }
}
/** As far as may be: an object without a manifest does no harm, and the error that led here says more. */
async function removeObjects(repository, manifest) {
    for (const { key } of manifest.objects)
        await repository.remove(key).catch(() => undefined);
}

;// CONCATENATED MODULE: ./build/src/operations/backup.js






















/**
 * Takes one backup: a full, or an incremental on the last good one. Only what is proven good gets a manifest;
 * after a failure nothing of it is left.
 */
async function backup(inputs, context) {
    return withTries(inputs.tries, context, async (failures) => {
        const workDir = (0,external_node_path_.join)(context.workDir, `try-${failures.length + 1}`);
        await (0,promises_.mkdir)(workDir, { mode: 0o700 });
        return { ...(await backupOnce(inputs, { ...context, workDir }, failures)), failures };
    });
}
async function backupOnce(inputs, context, failures) {
    const started = performance.now();
    const startedAt = context.now();
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const account = await resolveAccount(inputs);
    const { server, identity } = await context.log.group('Look at the server', () => examine(account, context));
    const tool = await findTool(inputs, wantedFor(server));
    requireFitting(tool, server);
    const { graph, takenIds } = await loadPeriod(context.repository, place, inputs, startedAt);
    const plan = planBackup({
        graph,
        server: { ...server, datadirIdentity: identity },
        tool: { name: tool.name, version: tool.version, series: toolSeries(tool.name, tool.version) },
        request: inputs,
        now: startedAt,
    });
    const id = nextBackupId(startedAt, inputs.timezone, takenIds);
    context.log.info(`${id} will be ${plan.type === 'full' ? 'a full backup' : 'an incremental'}: ${plan.reason}.`);
    const encryption = encryptionOf(inputs);
    const subject = { name: inputs.server, server, identity, tool, startedAt, id, plan, encryption };
    const stored = await context.log.group(`Back up with ${tool.name} ${tool.version}`, () => store(subject, { account, keepRedoLog: hasLostRedoLog(failures) }, inputs, context));
    const manifest = manifestOf(subject, stored, {
        finishedAt: context.now(),
        durationSeconds: (performance.now() - started) / 1000,
        run: context.run,
    });
    const key = manifestKey(place.prefix, place.server, id);
    await writeManifest(context.repository, key, manifest, context.signal);
    context.log.info(`Stored ${(0,format/* formatBytes */.z3)((0,chain_manifest/* sizeOf */.$d)(stored.objects))} (${(0,format/* formatBytes */.z3)(manifest.streamBytes)} before compression) ` +
        `in ${(0,format/* formatDuration */.a3)(manifest.durationSeconds)}: LSN ${manifest.lsn.from} to ${manifest.lsn.to}.`);
    return { manifest, manifestKey: key, reason: plan.reason, chain: [...chainOf(graph, plan), manifest] };
}
async function examine(account, { log, signal }) {
    const session = await connect(account, signal);
    try {
        const server = await describeServer(session);
        const identity = await datadirIdentity(server);
        log.info(`${server.flavor} ${server.version}, datadir ${server.datadir}, LSN ${server.lsn}`);
        return { server, identity };
    }
    finally {
        await session.close();
    }
}
/** The backups of this period; one day more, since another time zone may have named them. */
async function loadPeriod(repository, place, { timezone, fullEvery }, startedAt) {
    const first = firstDateOfPeriod(startedAt, timezone, fullEvery);
    const from = new Date(Date.parse(`${first}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    const days = (await listDays(repository, place)).filter((day) => day >= from);
    const catalog = await loadDays(repository, place, days);
    return { graph: buildGraph({ ...place, ...catalog }), takenIds: catalog.takenIds };
}
/** Streams the backup into the store. The object appears only when every check of the stream has passed. */
async function store({ server, identity, tool, id, plan, encryption }, { account, keepRedoLog }, inputs, context) {
    const { repository, log, signal, workDir, note } = context;
    const stream = new BackupStream({
        tool,
        defaultsFile: await defaultsFileFor(inputs, account, workDir),
        fromLsn: plan.type === 'incremental' ? plan.base.manifest.lsn.to : undefined,
        parallel: inputs.parallel,
        keepRedoLog,
        extraArguments: inputs.extraArgs ?? [],
        compressLevel: inputs.compressLevel,
        compressThreads: inputs.compressThreads,
        encryption,
        workDir,
        requireSameServer: async () => {
            if ((await datadirIdentity(server)) === identity)
                return;
            throw backup_stream_inconsistent('the datadir was replaced while it was backed up');
        },
    });
    const ended = new AbortController();
    const output = stream.read({
        log,
        signal: AbortSignal.any([signal, ended.signal]),
        onStart: (processId) => note.processStarts(processId),
    });
    const limit = inputs.maxUploadMibPerSecond;
    const paced = limit === undefined ? output : throttle(output, limit * 1024 * 1024);
    // All files of the datadir, uncompressed: more than any backup of it can be.
    const expectedSizeBytes = await sizeOfTree(server.datadir);
    const meters = [];
    const options = {
        expectedSizeBytes,
        signal,
        log,
        keyOf: (index) => objectKey(inputs.s3Prefix, inputs.server, id, encryption.method, index),
        onUpload: (key, meter) => {
            note.uploadBegins(key);
            meters.push(meter);
        },
    };
    try {
        const objects = await withProgress(log, 'Stored', meters, () => storeStream(repository, paced, options));
        return { objects, facts: stream.facts, compressLevel: inputs.compressLevel };
    }
    finally {
        // When the store failed, the programs may still wait to be read from.
        ended.abort();
        await output.return();
    }
}
function hasLostRedoLog(failures) {
    return failures.some(({ code }) => code === 'REDO_OVERWRITTEN');
}
function encryptionOf({ encryptRecipients, encryptPassphrase }) {
    if (encryptRecipients !== undefined)
        return { method: 'age', recipients: encryptRecipients };
    if (encryptPassphrase !== undefined)
        return { method: 'gpg', passphrase: encryptPassphrase };
    return { method: 'none' };
}
function chainOf(graph, plan) {
    if (plan.type === 'full')
        return [];
    return chainTo(graph, plan.base.id).flatMap(({ manifest }) => manifest ?? []);
}

;// CONCATENATED MODULE: ./build/src/chain/plan-restore.js




/**
 * The links that a restore needs, from the full to the chosen backup. Never silently another one than asked for.
 * @throws UserError RESTORE_POINT_MISSING with what there is; CHAIN_BROKEN with the bad link and what can be
 *   restored instead.
 */
function planRestore({ date, hour, graph }) {
    const chosen = choose({ date, hour, graph });
    const chain = chainTo(graph, chosen.id);
    const sound = chain.filter(isSound);
    if (chain.length > 0 && sound.length === chain.length)
        return sound;
    throw new errors/* UserError */.yo('CHAIN_BROKEN', `${chosen.id} cannot be restored: ${chosen.problem?.text ?? 'its chain is not whole'}.`, insteadOf(chosen, graph));
}
/** Everything that the bucket has, by name. */
function restorePoints(graph) {
    return byName([...graph.links.values()]).map((link) => {
        const { id, manifest } = link;
        const own = manifest === undefined
            ? { id }
            : { id, type: manifest.type, startedAt: manifest.startedAt, sizeBytes: sizeBytes(link) };
        if (!isSound(link)) {
            return { ...own, restorable: false, problem: link.problem?.text ?? 'it has no manifest' };
        }
        const chain = chainTo(graph, id);
        const downloadBytes = chain.reduce((sum, each) => sum + sizeBytes(each), 0);
        return { ...own, restorable: true, links: chain.length, downloadBytes };
    });
}
function sizeBytes({ manifest }) {
    return manifest === undefined ? 0 : (0,chain_manifest/* sizeOf */.$d)(manifest.objects);
}
function choose({ date, hour, graph }) {
    if (date !== 'latest' && hour !== undefined) {
        const link = graph.links.get(`${date}/${hour}`);
        if (link !== undefined)
            return link;
        throw missing(`There is no backup ${date}/${hour}.`, { date, hour, graph });
    }
    const within = [...graph.links.values()].filter(({ id }) => date === 'latest' || splitBackupId(id).date === date);
    const last = plan_restore_lastOf(within, graph);
    if (last !== undefined)
        return last;
    const what = date === 'latest' ? 'There is no backup of this server.' : `There is no backup of ${date}.`;
    throw missing(what, { date, graph });
}
/** The end of the newest chain; or a link that cannot be read, when by its name it could be that end. */
function plan_restore_lastOf(links, graph) {
    const last = inOrder(links, graph).at(-1);
    const unreadable = byName(links.filter(({ manifest }) => manifest === undefined)).at(-1);
    if (last === undefined || unreadable === undefined)
        return last ?? unreadable;
    return compareBackupIds(unreadable.id, last.id) > 0 ? unreadable : last;
}
/** Chains by the start of their fulls; within a chain parents first, then by LSN. Only readable links. */
function inOrder(links, graph) {
    const chainStartsMs = chainStarts(graph);
    const places = links.flatMap((link) => {
        const { manifest } = link;
        if (manifest === undefined)
            return [];
        const depth = chainTo(graph, link.id).length;
        return [{ link, manifest, depth, chainStartMs: chainStartsMs.get(manifest.chain) ?? 0 }];
    });
    places.sort((a, b) => a.chainStartMs - b.chainStartMs ||
        compareBackupIds(a.manifest.chain, b.manifest.chain) ||
        a.depth - b.depth ||
        Number(BigInt(a.manifest.lsn.to) - BigInt(b.manifest.lsn.to)) ||
        Date.parse(a.manifest.startedAt) - Date.parse(b.manifest.startedAt));
    return places.map(({ link }) => link);
}
/** When each chain began: its full's start, or the earliest start that is known when the full is not. */
function chainStarts({ links }) {
    const startsMs = new Map();
    for (const { manifest } of links.values()) {
        if (manifest === undefined)
            continue;
        const full = links.get(manifest.chain)?.manifest;
        const startMs = Date.parse((full ?? manifest).startedAt);
        startsMs.set(manifest.chain, Math.min(startMs, startsMs.get(manifest.chain) ?? startMs));
    }
    return startsMs;
}
function byName(links) {
    return [...links].sort((a, b) => compareBackupIds(a.id, b.id));
}
/** Says what can be restored instead: an earlier link of the chain, else the nearest by name. */
function insteadOf(bad, graph) {
    const ancestor = chainTo(graph, bad.id).filter(isSound).at(-1);
    const { before, after } = nearest(bad.id, graph);
    const instead = ancestor ?? before ?? after;
    if (instead === undefined)
        return 'No other backup of this server can be restored either.';
    const { date, hour } = splitBackupId(instead.id);
    const inChain = instead.manifest.chain === bad.manifest?.chain ? ', of the same chain,' : '';
    return `${instead.id}${inChain} can be restored: date ${date}, hour ${hour}. \`list\` shows all that can.`;
}
/** The sound links next to a name, which need not exist. */
function nearest(id, graph) {
    const sound = byName([...graph.links.values()]).filter(isSound);
    return {
        before: sound.findLast((link) => compareBackupIds(link.id, id) < 0),
        after: sound.find((link) => compareBackupIds(link.id, id) > 0),
    };
}
function missing(message, { date, hour, graph }) {
    return new errors/* UserError */.yo('RESTORE_POINT_MISSING', message, whatThereIs({ date, hour, graph }));
}
function whatThereIs({ date, hour, graph }) {
    if (graph.links.size === 0)
        return 'Nothing is stored under this prefix and server name: check both.';
    const hints = [];
    const ofDay = byName([...graph.links.values()].filter(({ id }) => splitBackupId(id).date === date));
    const hours = ofDay.map((link) => splitBackupId(link.id).hour + (isSound(link) ? '' : ' (broken)'));
    if (hours.length > 0)
        hints.push(`That day has ${hours.join(', ')}.`);
    const within = ofDay.map(({ id }) => splitBackupId(id).hour).filter((h) => h.startsWith(`${hour ?? ''}-`));
    if (hour !== undefined && within.length > 0)
        hints.push(`In that hour there is ${within.join(', ')}.`);
    const { before, after } = nearest(hour === undefined ? date : `${date}/${hour}`, graph);
    if (before !== undefined)
        hints.push(`The nearest before is ${before.id}.`);
    if (after !== undefined)
        hints.push(`The nearest after is ${after.id}.`);
    if (hints.length === 0)
        hints.push('No backup that is stored can be restored.');
    return hints.join(' ');
}

;// CONCATENATED MODULE: ./build/src/operations/list.js



/** Every backup of a server, and whether it can be restored; oldest first. */
async function list(inputs, repository) {
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const catalog = await loadDays(repository, place, await listDays(repository, place));
    return restorePoints(buildGraph({ ...place, ...catalog }));
}

;// CONCATENATED MODULE: ./build/src/operations/extract.js









/**
 * Brings one link from the store into a new directory, and proves that it is what its manifest says: the hash
 * and size of what was stored, the end of every program, the LSNs in the files. (The extractors alone take a
 * cut or empty stream for a good one.)
 * @throws UserError LINK_CORRUPT, DECRYPTION_FAILED, DOWNLOAD_FAILED, DISK_FULL, …
 */
async function extractLink(manifest, dir, context) {
    const started = performance.now();
    await (0,promises_.mkdir)(dir, { recursive: true, mode: 0o750 });
    const programs = [
        ...(await decryptor(manifest.encryption, context.keys, context.workDir)),
        await decompressor(),
        { program: context.tool.streamPath, arguments: context.tool.extractArguments(dir, context.parallel) },
    ];
    const meters = manifest.objects.map(() => new Meter());
    try {
        await withProgress(context.log, `Extracting ${manifest.id}`, meters, () => writeToPrograms(readObjects(manifest, meters, context), programs, context));
    }
    catch (error) {
        const explained = explainExtraction(error, manifest);
        if (mayBeCorrupt(explained))
            await requireIntact(manifest, context);
        throw explained;
    }
    await requireLsns(manifest, dir);
    const seconds = (performance.now() - started) / 1000;
    context.log.info(`Extracted ${manifest.id}: ${(0,format/* formatBytes */.z3)(bytesThrough(meters))} in ${(0,format/* formatDuration */.a3)(seconds)}.`);
}
/** The objects' bytes, one after the other; each must prove right before the stream ends. */
async function* readObjects(manifest, meters, { repository, signal }) {
    for (const [index, object] of manifest.objects.entries()) {
        const meter = meters[index] ?? new Meter();
        yield* meter.measure(repository.download(object, signal));
        const sha256 = meter.sha256();
        if (meter.bytes === object.sizeBytes && sha256 === object.sha256)
            continue;
        throw corrupt(manifest, `${object.key} has the SHA-256 ${sha256}, not ${object.sha256} as its manifest says`);
    }
}
/** A program may have failed since it was given bad data. A full disk or a wrong key says so itself. */
function mayBeCorrupt(error) {
    const { code, cause } = error instanceof errors/* UserError */.yo ? error : {};
    if (code !== 'PIPELINE_FAILED' && code !== 'DECRYPTION_FAILED')
        return false;
    return cause instanceof errors/* CommandError */.Qd && !/identit|secret key|session key/i.test(cause.failure.stderrTail);
}
/** Reads the link once more, only to hash it. @throws UserError LINK_CORRUPT. */
async function requireIntact(manifest, context) {
    context.log.info(`Checking whether what is stored of ${manifest.id} is what its manifest says.`);
    const meters = manifest.objects.map(() => new Meter());
    const reader = readObjects(manifest, meters, context);
    while ((await reader.next()).done !== true)
        continue;
}
async function requireLsns(manifest, dir) {
    const found = await readCheckpoints(dir).catch((error) => {
        throw corrupt(manifest, 'its checkpoints file is missing or cut', error);
    });
    const { from, to, last } = manifest.lsn;
    if (found.fromLsn === from && found.toLsn === to && found.lastLsn === last)
        return;
    throw corrupt(manifest, `its files say LSN ${found.fromLsn} to ${found.toLsn} (${found.lastLsn}), its manifest ${from} to ${to} (${last})`);
}
function explainExtraction(error, manifest) {
    const decrypting = error instanceof errors/* CommandError */.Qd && ['age', 'gpg'].includes(error.failure.program);
    if (!decrypting)
        return explainFailure(error, 'PIPELINE_FAILED');
    return new errors/* UserError */.yo('DECRYPTION_FAILED', `${manifest.id} cannot be decrypted: ${error.message}.`, 'Is it the right key? The backup was encrypted ' +
        (manifest.encryption.method === 'age'
            ? `for ${manifest.encryption.recipients.join(', ')}.`
            : 'with a passphrase; give the same one in decrypt-passphrase.'), { cause: error });
}
function corrupt(manifest, fact, cause) {
    return new errors/* UserError */.yo('LINK_CORRUPT', `The stored backup ${manifest.id} is not what it was: ${fact}.`, 'Restore an earlier hour of the chain, or another version of the object if the bucket keeps versions.', { cause });
}

;// CONCATENATED MODULE: ./build/src/operations/apply-chain.js









/** How many links may lie extracted and wait for their turn: each takes disk until it is applied. */
const linksAhead = 2;
/**
 * Extracts the links and applies each as soon as those before it are applied. Returns the full's directory,
 * which holds the data then. After a failure the directories are worth nothing: a failed prepare may have
 * changed them.
 */
async function applyChain(chain, inputs, context) {
    const failed = new AbortController();
    const signal = AbortSignal.any([context.signal, failed.signal]);
    const inner = { ...context, signal, parallel: inputs.parallel };
    const dirs = chain.map(({ id }) => (0,external_node_path_.join)(inputs.targetDir, id));
    const extracted = [];
    const applied = [];
    for (const [index, manifest] of chain.entries()) {
        const turn = Promise.all([extracted[index - 1], applied[index - linksAhead - 1]]);
        const extract = async () => {
            await turn;
            await extractLink(manifest, dirs[index], inner).catch((error) => {
                throw withAlternative(error, chain[index - 1]);
            });
        };
        extracted.push(extract());
        const ready = Promise.all([extracted[index], applied[index - 1]]);
        applied.push(ready.then(() => applyLink(index, dirs, inputs, inner)));
    }
    // The first failure ends the rest; everything has ended before this returns.
    const all = [...extracted, ...applied];
    let first;
    const note = (error) => {
        first ??= { error };
        failed.abort();
    };
    await Promise.all(all.map((work) => work.catch(note)));
    rethrow(first);
    return dirs[0];
}
function rethrow(failure) {
    if (failure !== undefined)
        throw failure.error;
}
/** A bad link still leaves the hours before it. */
function withAlternative(error, good) {
    if (!(error instanceof errors/* UserError */.yo) || good === undefined)
        return error;
    if (!['LINK_CORRUPT', 'STORE_MISSING'].includes(error.code) || error.hint.includes(good.id))
        return error;
    const hint = `${good.id} can still be restored. ${error.hint}`;
    return new errors/* UserError */.yo(error.code, error.message, hint, { cause: error.cause });
}
async function applyLink(index, dirs, inputs, { tool, log, signal, onStart }) {
    const started = performance.now();
    const incrementalDir = index === 0 ? undefined : dirs[index];
    const program = {
        program: tool.path,
        arguments: tool.prepareArguments({
            targetDir: dirs[0],
            ...(incrementalDir === undefined ? {} : { incrementalDir }),
            isLast: index === dirs.length - 1,
            useMemory: inputs.useMemory ?? defaultMemory(),
            parallel: inputs.parallel,
        }),
    };
    const ended = await runProgram(program, { log, signal, onStart }).catch((error) => {
        if (error instanceof errors/* CommandError */.Qd)
            log.info(error.failure.stderrTail);
        throw explainFailure(error, 'PREPARE_FAILED');
    });
    if (!saysCompleted(ended.lastLine))
        throw prepareFailed(`the tool's last line is «${ended.lastLine}»`);
    if (incrementalDir !== undefined)
        await (0,promises_.rm)(incrementalDir, { recursive: true, force: true });
    const seconds = (performance.now() - started) / 1000;
    log.info(`Applied link ${index + 1} of ${dirs.length} in ${(0,format/* formatDuration */.a3)(seconds)}.`);
}
/** A quarter of the free memory, within what is useful: the tools' own default of 100 MB is slow. */
function defaultMemory() {
    const mebibytes = Math.floor((0,external_node_os_.freemem)() / 4 / 1024 / 1024);
    return `${Math.min(16_384, Math.max(128, mebibytes))}M`;
}
function prepareFailed(fact) {
    return new errors/* UserError */.yo('PREPARE_FAILED', `The backup could not be prepared: ${fact}.`, 'The datadir was not touched. Run it again; with log-level debug the log shows all that the tool says.');
}

// EXTERNAL MODULE: ./build/src/pipeline/groups.js
var groups = __webpack_require__(6866);
;// CONCATENATED MODULE: ./build/src/operations/target-dir.js





/** Marks a directory as ours, and says which process is working in it. */
const markName = '.xbackup-recovery.json';
const markSchema = schemas/* object */.Ikc({ processId: schemas/* number */.aig(), startTicks: schemas/* string */.YjP() });
/**
 * Makes the target directory empty and ours. What an earlier prepare left in it goes, since it came from the
 * bucket; what anybody else put there stays, and is an error.
 * @throws UserError TARGET_NOT_EMPTY, TARGET_IN_USE.
 */
async function claimTargetDir(dir, log) {
    await (0,promises_.mkdir)(dir, { recursive: true, mode: 0o750 }).catch((error) => {
        throw notEmpty(`The target directory ${dir} cannot be made: ${(0,errors/* messageOf */.bD)(error)}`, error);
    });
    const names = await (0,promises_.readdir)(dir);
    const others = names.filter((name) => name !== 'lost+found');
    if (others.length > 0) {
        if (!others.includes(markName)) {
            const some = [...others.slice(0, 3), ...(others.length > 3 ? ['…'] : [])].join(', ');
            throw notEmpty(`The target directory ${dir} holds what xbackup did not put there: ${some}`);
        }
        await requireIdle(dir);
        if (others.length > 1)
            log.info(`Removing what an earlier prepare left in ${dir}.`);
        await emptyTargetDir(dir);
    }
    const self = await (0,groups/* identifyGroup */.CW)(process.pid);
    await (0,promises_.writeFile)((0,external_node_path_.join)(dir, markName), JSON.stringify(self), { mode: 0o600 });
}
/** Removes everything from a directory that is ours. */
async function emptyTargetDir(dir) {
    for (const name of await (0,promises_.readdir)(dir)) {
        if (name === markName || name === 'lost+found')
            continue;
        await (0,promises_.rm)((0,external_node_path_.join)(dir, name), { recursive: true, force: true });
    }
}
async function requireIdle(dir) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(dir, markName), 'utf8');
    const mark = markSchema.safeParse(parseJson(text));
    // A mark that was cut by a crash names nobody.
    if (!mark.success || !(await (0,groups/* isLiving */.O)(mark.data)) || mark.data.processId === process.pid)
        return;
    throw new errors/* UserError */.yo('TARGET_IN_USE', `Process ${mark.data.processId} is preparing a backup in ${dir}.`, 'Wait until it has ended, or give another target-dir.');
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
function notEmpty(fact, cause) {
    return new errors/* UserError */.yo('TARGET_NOT_EMPTY', `${fact}.`, 'Give an empty or new directory as target-dir. Nothing was touched.', { cause });
}

;// CONCATENATED MODULE: ./build/src/operations/prepare.js














/**
 * Brings a chain back to where one backup was: downloads and verifies its links, applies them in order, and
 * leaves data that a server can start on, with `prepared.json` beside it.
 */
async function prepare(inputs, context) {
    const started = performance.now();
    const { log } = context;
    const chain = await chooseChain(inputs, context.repository);
    const last = chain.at(-1);
    log.info(`Restoring ${last.id} of ${last.server}: ${chain.map(({ id }) => id).join(' → ')}`);
    const tool = await findTool(inputs, wantedFor(last.mysql));
    requireSameSeries(tool, chain);
    const keys = await decryptionKeys(inputs, context.workDir);
    await claimTargetDir(inputs.targetDir, log);
    await prepare_requireSpace(chain, inputs.targetDir);
    const onStart = (processId) => context.note.processStarts(processId);
    const dataDir = await applyChain(chain, inputs, { ...context, tool, keys, onStart }).catch(async (error) => {
        // What is half done is worth nothing and may be decrypted data.
        await emptyTargetDir(inputs.targetDir);
        throw error;
    });
    context.signal.throwIfAborted();
    await requireEndOfChain(dataDir, last, tool);
    const prepared = await describe(chain, inputs.targetDir, dataDir, context.now());
    await writePrepared(inputs.targetDir, prepared);
    const durationSeconds = (performance.now() - started) / 1000;
    return { prepared, preparedDir: inputs.targetDir, chain, durationSeconds };
}
async function chooseChain(inputs, repository) {
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const days = await listDays(repository, place);
    if (days.length === 0)
        throw await nothingStored(repository, place);
    const graph = buildGraph({
        ...place,
        ...(await loadDays(repository, place, daysAround(days, inputs.date))),
    });
    return planRestore({ date: inputs.date, hour: inputs.hour, graph }).map(({ manifest }) => manifest);
}
/** The day itself, and its neighbours: what to offer when it has nothing that can be restored. */
function daysAround(days, date) {
    if (date === 'latest')
        return days.slice(-2);
    const before = days.filter((day) => day < date).at(-1);
    const after = days.find((day) => day > date);
    return [before, days.includes(date) ? date : undefined, after].filter((day) => day !== undefined);
}
async function nothingStored(repository, { prefix, server }) {
    const servers = await repository.listFolders(`${prefix}/`);
    const there = servers.length === 0 ? 'There is nothing at all' : `It has ${servers.join(', ')}`;
    return new errors/* UserError */.yo('RESTORE_POINT_MISSING', `There is no backup of ${server} in ${repository.location}/${prefix}.`, `${there} below that prefix. Correct server, s3-bucket or s3-prefix.`);
}
/** The redo of one series cannot be applied by another. */
function requireSameSeries(tool, chain) {
    const series = toolSeries(tool.name, tool.version);
    const other = chain.find((link) => toolSeries(link.tool.name, link.tool.version) !== series);
    if (other === undefined)
        return;
    throw new errors/* UserError */.yo('TOOL_UNSUITABLE', `${other.id} was made with ${other.tool.name} ${other.tool.version}; here is ${tool.name} ${tool.version}.`, `Install ${other.tool.name} of the series ${toolSeries(other.tool.name, other.tool.version)} on this host.`);
}
async function decryptionKeys(inputs, workDir) {
    const { decryptIdentity, decryptPassphrase: passphrase } = inputs;
    if (decryptIdentity === undefined || (0,external_node_path_.isAbsolute)(decryptIdentity)) {
        return { identityFile: decryptIdentity, passphrase };
    }
    const identityFile = (0,external_node_path_.join)(workDir, 'identity');
    await (0,promises_.writeFile)(identityFile, `${decryptIdentity}\n`, { mode: 0o600, flag: 'wx' });
    return { identityFile, passphrase };
}
async function prepare_requireSpace(chain, targetDir) {
    const full = chain[0]?.streamBytes ?? 0;
    const incrementals = chain.slice(1).map(({ streamBytes }) => streamBytes);
    // The full grows by what the incrementals add at most; a few of them lie beside it at a time.
    const waiting = [...incrementals].sort((a, b) => b - a).slice(0, linksAhead + 1);
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    const needed = Math.ceil((full + sum(incrementals) + sum(waiting)) * 1.05);
    const free = await freeBytes(targetDir);
    if (free >= needed)
        return;
    throw new errors/* UserError */.yo('DISK_TOO_SMALL', `Preparing takes up to ${(0,format/* formatBytes */.z3)(needed)} in ${targetDir}, and ${(0,format/* formatBytes */.z3)(free)} are free.`, 'Free space, or give a target-dir on a larger filesystem.');
}
async function requireEndOfChain(dataDir, last, tool) {
    const { backupType, toLsn } = await readCheckpoints(dataDir);
    if (!tool.isFullyPrepared(backupType))
        throw prepareFailed(`the data is in the state ${backupType}`);
    if (BigInt(toLsn) < BigInt(last.lsn.to)) {
        throw prepareFailed(`the data is at LSN ${toLsn}, and the last link ends at ${last.lsn.to}`);
    }
}
async function describe(chain, targetDir, dataDir, now) {
    const last = chain.at(-1);
    const { binlogFile, binlogPosition, gtid, version, flavor, datadir } = last.mysql;
    return {
        schemaVersion: 1,
        server: last.server,
        backupId: last.id,
        links: chain.map(({ id }) => id),
        dataDir: dataDir.slice(targetDir.length + 1),
        toLsn: last.lsn.to,
        ...(binlogFile === undefined ? {} : { binlogFile }),
        ...(binlogPosition === undefined ? {} : { binlogPosition }),
        ...(gtid === undefined ? {} : { gtid }),
        tool: last.tool,
        mysql: { version, flavor, datadir },
        inventory: await takeInventory(dataDir).catch((error) => {
            throw prepareFailed((0,errors/* messageOf */.bD)(error));
        }),
        preparedAt: now.toISOString(),
    };
}

;// CONCATENATED MODULE: ./build/src/wiring.js





/** The S3 client is loaded here: apply, and whoever asks for help, does not wait for it. */
async function openRepository(inputs, { log, signal }) {
    const { createS3Repository } = await __webpack_require__.e(/* import() */ 12).then(__webpack_require__.bind(__webpack_require__, 4012));
    return createS3Repository({
        bucket: inputs.s3Bucket,
        region: inputs.s3Region,
        endpoint: inputs.s3Endpoint,
        pathStyle: inputs.s3PathStyle,
        sse: inputs.sse,
        sseKmsKeyId: inputs.sseKmsKeyId,
        maxParts: inputs.maxParts,
        log,
        signal,
    });
}
async function runBackup(inputs, edge) {
    const repository = await openRepository(inputs, edge);
    return orCancelled(edge.signal, () => edge.note.withWorkDir(edge.temporaryDir, (workDir) => backup(inputs, { ...edge, repository, workDir, now })));
}
async function runPrepare(inputs, edge) {
    const repository = await openRepository(inputs, edge);
    return orCancelled(edge.signal, () => edge.note.withWorkDir(edge.temporaryDir, (workDir) => prepare(inputs, { ...edge, repository, workDir, now })));
}
async function runList(inputs, edge) {
    return orCancelled(edge.signal, async () => list(inputs, await openRepository(inputs, edge)));
}
async function runApply(inputs, edge) {
    const label = now()
        .toISOString()
        .replace(/[-:]|\.\d+/g, '');
    return edge.note.withWorkDir(edge.temporaryDir, (workDir) => apply(inputs, { ...edge, workDir, label }));
}
/** See `rollBackKilled`. */
async function runRollBack(inputs, progress, edge) {
    const { label } = progress;
    return edge.note.withWorkDir(edge.temporaryDir, (workDir) => rollBackKilled(inputs, progress, { ...edge, workDir, label }));
}
/** After a cancel it does not matter how the broken off work failed. */
async function orCancelled(signal, work) {
    try {
        return await work();
    }
    catch (error) {
        throw signal.aborted ? (0,errors/* cancelled */.KW)(error) : error;
    }
}
function now() {
    return new Date();
}


/***/ })

};
