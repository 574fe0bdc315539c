export const id = 75;
export const ids = [75];
export const modules = {

/***/ 3529:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EV: () => (/* binding */ idOfKey),
/* harmony export */   FC: () => (/* binding */ datePrefix),
/* harmony export */   IO: () => (/* binding */ serverPrefix),
/* harmony export */   IT: () => (/* binding */ inUseKey),
/* harmony export */   On: () => (/* binding */ takenIds),
/* harmony export */   R5: () => (/* binding */ inUseOfKey),
/* harmony export */   Rn: () => (/* binding */ manifestKey),
/* harmony export */   Ss: () => (/* binding */ probeKey),
/* harmony export */   T5: () => (/* binding */ objectKey),
/* harmony export */   fZ: () => (/* binding */ inUsePrefix)
/* harmony export */ });
/**
 * The keys in the bucket:
 *
 *     <prefix>/<server>/2026-11-22/00.xbstream.zst       an object, .age or .gpg behind it when encrypted
 *     <prefix>/<server>/2026-11-22/00.xbstream.zst.002   what did not fit into the first object, and so on
 *     <prefix>/<server>/2026-11-22/00.json               its manifest
 *     <prefix>/<server>/.in-use/2026-11-22/00/…          a restore is reading the chain of 2026-11-22/00
 *     <prefix>/<server>/.check/…                         what a check tries the store with
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
/** What the keys of all marks of restores start with. Ends with `/`. */
function inUsePrefix(prefix, server) {
    return `${serverPrefix(prefix, server)}.in-use/`;
}
/**
 * The key by which a restore says that it reads a chain: `.in-use/2026-11-22/00/2026-11-23T10-11-12Z-<mark>.json`.
 * @param chain the id of its full.
 * @param mark tells restores of the same second apart: letters, digits, `_` and `-`.
 */
function inUseKey(prefix, server, chain, startedAt, mark) {
    const time = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
    return `${inUsePrefix(prefix, server)}${chain}/${time}Z-${mark}.json`;
}
/** What the key of such a mark says. Undefined for any other key. */
function inUseOfKey(prefix, server, key) {
    const start = inUsePrefix(prefix, server);
    const [, chain, time = ''] = markKey.exec(key.startsWith(start) ? key.slice(start.length) : '') ?? [];
    const startedAt = new Date(time.replace(/T(..)-(..)-(..)Z/, 'T$1:$2:$3Z'));
    return chain === undefined || Number.isNaN(startedAt.getTime()) ? undefined : { chain, startedAt };
}
const markKey = /^(\d{4}-\d{2}-\d{2}\/\d{2}(?:-\d{2}){0,2})\/(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z)-[\w-]+\.json$/;
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


/***/ }),

/***/ 4918:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $d: () => (/* binding */ sizeOf),
/* harmony export */   CZ: () => (/* binding */ schemaVersion),
/* harmony export */   MZ: () => (/* binding */ serializeManifest),
/* harmony export */   Ng: () => (/* binding */ parseManifest),
/* harmony export */   OO: () => (/* binding */ backupIdPattern),
/* harmony export */   dL: () => (/* binding */ manifestSha256),
/* harmony export */   r_: () => (/* binding */ directoriesSchema)
/* harmony export */ });
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
const lsnPattern = /^(0|[1-9]\d{0,19})$/;
const lsn = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(lsnPattern);
const sha256 = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(/^[0-9a-f]{64}$/);
const bytes = zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig().int().nonnegative();
/** S3's own bound, in bytes. */
const longestKey = 1024;
const encryption = zod__WEBPACK_IMPORTED_MODULE_2__/* .discriminatedUnion */ .gMt('method', [
    zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('none') }),
    zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('age'), recipients: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP()).min(1) }),
    zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ method: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('gpg'), cipher: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz('AES256') }),
]);
const directory = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1).optional();
/**
 * Where the server had what was not in its datadir; what is not named was there. `tablespaces` are the directories
 * of tables, and missing when they could not be found out.
 */
const directoriesSchema = zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({
    dataHome: directory,
    redo: directory,
    undo: directory,
    doublewrite: directory,
    binlog: directory,
    aria: directory,
    rocksdb: directory,
    tablespaces: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1)).optional(),
});
const shape = zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({
    schemaVersion: zod__WEBPACK_IMPORTED_MODULE_2__/* .literal */ .euz(schemaVersion),
    id: backupId,
    // The same characters as in the input `server`.
    server: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(/^[A-Za-z0-9._=-]{1,200}$/),
    type: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(['full', 'incremental']),
    parent: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ id: backupId, manifestSha256: sha256 }).optional(),
    chain: backupId,
    lsn: zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ from: lsn, to: lsn, last: lsn }),
    objects: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({ key: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1).max(longestKey), sizeBytes: bytes, sha256, etag: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP() }))
        .min(1),
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
        directories: directoriesSchema.optional(),
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
    // It is asked also where one of them is no number, which is said already.
    .refine(({ lsn: { from, to } }) => [from, to].some((text) => !lsnPattern.test(text)) || BigInt(to) >= BigInt(from), {
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
const mostFieldsNamed = 20;
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
        const { issues } = parsed.error;
        const fields = issues
            .slice(0, mostFieldsNamed)
            .map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
        if (issues.length > mostFieldsNamed)
            fields.push(`and ${issues.length - mostFieldsNamed} more`);
        throw invalid(name, `is not valid (${fields.join('; ')})`, parsed.error);
    }
    return parsed.data;
}
function invalid(name, what, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('MANIFEST_INVALID', `The manifest ${name} ${what}.`, 'It was edited or damaged in the bucket. Restore its earlier version if the bucket keeps versions; ' +
        'otherwise this backup, and those that build on it, cannot be used.', { cause });
}


/***/ }),

/***/ 1477:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ halfOfTheCores)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8161);

/** Half of the cores, from 1 to `most`: for work that must leave something for others. */
function halfOfTheCores(most) {
    return Math.min(most, Math.max(1, Math.floor((0,node_os__WEBPACK_IMPORTED_MODULE_0__.availableParallelism)() / 2)));
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
    HOST_BUSY: 'Another run is at work on this server',
    BACKUP_EXISTS: 'Another backup took the same place',
    BACKUP_OVERDUE: 'The newest backup is too old',
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

/***/ 4956:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ FirstFailure)
/* harmony export */ });
/**
 * Of work whose parts can all fail (the parts of an upload and its source, the links of a restore) only the first
 * failure counts: those after it are its consequences. It stops everything else.
 */
class FirstFailure {
    #stop = new AbortController();
    #failure;
    /** Aborts at the failure. */
    get signal() {
        return this.#stop.signal;
    }
    get error() {
        return this.#failure?.error;
    }
    note(error) {
        this.#failure ??= { error };
        this.#stop.abort();
    }
    throwIfAny() {
        if (this.#failure !== undefined)
            throw this.#failure.error;
    }
}


/***/ }),

/***/ 6872:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ inSlices)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);

const sliceBytes = 256 * 1024;
/**
 * Hands bytes to `work`, which takes processor time for each, a slice at a time, and gives everything else that waits a
 * turn in between. To hash a part of 8 MiB at once would keep the programs that write to us waiting for 6 ms.
 */
async function inSlices(bytes, work) {
    for (let offset = 0; offset < bytes.length; offset += sliceBytes) {
        if (offset > 0)
            await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setImmediate)();
        work(bytes.subarray(offset, offset + sliceBytes));
    }
}


/***/ }),

/***/ 5982:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Pf: () => (/* reexport */ actionCommands),
  Pi: () => (/* reexport */ commands),
  Z$: () => (/* binding */ inputDefinitions),
  vj: () => (/* binding */ inputNames)
});

// UNUSED EXPORTS: outputDefinitions

// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(2857);
// EXTERNAL MODULE: ./build/src/cores.js
var cores = __webpack_require__(1477);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ./build/src/inputs/input-definition.js
/** The commands that are actions. The root action has `command` to say which. */
const actionCommands = ['backup', 'prepare', 'apply', 'check', 'prune', 'list'];
/** The commands of the command line: the same. */
const commands = actionCommands;

// EXTERNAL MODULE: ./build/src/inputs/schemas.js
var inputs_schemas = __webpack_require__(6735);
;// CONCATENATED MODULE: ./build/src/inputs/common-inputs.js




const common_inputs_all = commands;
/** What several commands need: the store, the connection to the server, the tool. */
const commonInputs = {
    's3-bucket': {
        commands: common_inputs_all,
        description: 'The bucket that holds the backups.',
        accepts: 'a bucket name (3 to 63 of a-z, 0-9, dot and dash)',
        schema: inputs_schemas/* bucketName */.EL,
        required: true,
    },
    's3-prefix': {
        commands: common_inputs_all,
        description: 'What the keys of all backups start with.',
        accepts: 'names of letters, digits, dot, dash, underscore and =, joined by /; never only dots',
        schema: inputs_schemas/* keyPrefix */.uU,
        default: 'xbackup',
    },
    server: {
        commands: common_inputs_all,
        description: 'The name of this database server in the bucket. Each server needs its own.',
        accepts: 'letters, digits, dot, dash, underscore and =',
        schema: inputs_schemas/* keySegment */.tc,
        default: () => (0,external_node_os_.hostname)(),
        defaultText: 'the host name',
    },
    's3-region': {
        commands: common_inputs_all,
        description: 'The region of the bucket.',
        accepts: 'a region such as eu-central-1',
        schema: schemas/* string */.YjP().regex(/^[a-z0-9-]{2,40}$/),
        defaultText: 'from the AWS environment; us-east-1 with an endpoint',
    },
    's3-endpoint': {
        commands: common_inputs_all,
        description: 'The address of an S3-compatible store that is not AWS.',
        accepts: 'an address with its scheme, such as https://s3.example.com',
        schema: inputs_schemas/* httpUrl */.q3,
    },
    's3-path-style': {
        commands: common_inputs_all,
        description: 'Put the bucket into the path instead of the host name.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        defaultText: 'true with an endpoint, else false',
    },
    'log-level': {
        commands: common_inputs_all,
        description: 'How much to log. `debug` shows every line of the backup tool.',
        accepts: 'info or debug',
        schema: schemas/* enum */.k5n(['info', 'debug']),
        default: 'info',
    },
    'mysql-defaults-file': {
        commands: ['backup', 'apply', 'check'],
        description: 'A MySQL option file with the connection in its [client] group. Instead of the other mysql-… inputs. ' +
            "If it is the server's own, apply also reads in [mysqld] where the data is.",
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
    },
    'mysql-user': {
        commands: ['backup', 'apply', 'check'],
        description: 'The user to connect as.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        defaultText: 'the user that runs this',
    },
    'mysql-password': {
        commands: ['backup', 'apply', 'check'],
        description: "The user's password. Not needed with socket authentication.",
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        secret: true,
    },
    'mysql-socket': {
        commands: ['backup', 'apply', 'check'],
        description: "The server's socket.",
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        defaultText: 'the usual places are tried',
    },
    'mysql-host': {
        commands: ['backup', 'apply', 'check'],
        description: "The server's address on this host, to connect by TCP instead of the socket.",
        accepts: 'a host name or address',
        schema: schemas/* string */.YjP().regex(/^[A-Za-z0-9.:_-]{1,255}$/),
    },
    'mysql-port': {
        commands: ['backup', 'apply', 'check'],
        description: 'The port, with `mysql-host`.',
        accepts: 'a number from 1 to 65535',
        schema: inputs_schemas/* wholeNumber */.rD(1, 65535),
        defaultText: '3306',
    },
    tool: {
        commands: ['backup', 'prepare', 'apply', 'check'],
        description: 'The backup tool. `auto` takes the one that fits the server, or that made the backup.',
        accepts: 'auto, xtrabackup or mariadb-backup',
        schema: schemas/* enum */.k5n(['auto', 'xtrabackup', 'mariadb-backup']),
        default: 'auto',
    },
    'tool-path': {
        commands: ['backup', 'prepare', 'apply', 'check'],
        description: 'The program itself, where it is not in PATH. xbstream or mbstream is looked for beside it first.',
        accepts: 'an absolute path',
        schema: inputs_schemas/* absolutePath */.Hi,
        defaultText: 'from PATH',
    },
};

;// CONCATENATED MODULE: ./build/src/inputs/outputs.js
/** Where the data ends in the binary log of its server. */
const coordinates = {
    'binlog-file': { description: 'The binary log file to replay from, when the server wrote one.' },
    'binlog-position': { description: 'The position in that file.' },
    gtid: { description: 'The GTID set or position of the data.' },
};
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
        ...coordinates,
    },
    apply: {
        'old-datadir': { description: 'Where the old data is kept. It stays until you remove it.' },
        'server-version': { description: 'The version that answered after the start.' },
        ...coordinates,
        'rolled-back': { description: 'true when the restore failed and the old data was put back.' },
        'duration-seconds': { description: 'How long it took, from the first check to the healthy server.' },
    },
    check: {
        good: { description: 'How many findings are green.' },
        warnings: { description: 'How many things work, with a risk.' },
        bad: { description: 'How many findings are red. With any the action fails.' },
        unknown: { description: 'How many things could not be told.' },
    },
    prune: {
        'chains-kept': { description: 'How many chains stay.' },
        'chains-removed': { description: 'How many went, or would go with `dry-run`.' },
        'bytes-removed': { description: 'The bytes of all that went, or would go.' },
    },
    list: {
        restorable: { description: 'How many backups can be restored.' },
        broken: { description: 'How many cannot.' },
        'newest-backup-id': { description: 'The one that can be restored and ended last.' },
        'newest-age-minutes': { description: 'How long ago that was.' },
    },
};

;// CONCATENATED MODULE: ./build/src/inputs/definition.js




/**
 * The one definition of every input. action.yml files, the README's tables and the command line's help are
 * written from it (`npm run generate`), and every action reads its inputs through it.
 */
const inputDefinitions = {
    ...commonInputs,
    type: {
        commands: ['backup'],
        description: 'What to make. `incremental` fails when there is nothing that it could build on.',
        accepts: 'auto, full or incremental',
        schema: schemas/* enum */.k5n(['auto', 'full', 'incremental']),
        default: 'auto',
    },
    'full-every': {
        commands: ['backup', 'check'],
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
        default: () => String((0,cores/* halfOfTheCores */.K)(4)),
        defaultText: 'half of the cores, 4 at most',
    },
    nice: {
        commands: ['backup'],
        description: 'How far the backup stands back when the processor or the disk is wanted by others: 0 is not at all, with 19 it ' +
            'takes what they leave. On a busy server it then takes much longer.',
        accepts: 'a number from 0 to 19',
        schema: inputs_schemas/* wholeNumber */.rD(0, 19),
        default: '0',
    },
    'encrypt-recipients': {
        commands: ['backup', 'check'],
        description: 'age public keys to encrypt for, one a line. This host then cannot read its own backups.',
        accepts: 'age1… or ssh-ed25519 or ssh-rsa public keys, separated by lines or commas',
        schema: inputs_schemas/* ageRecipients */.o7,
    },
    'encrypt-passphrase': {
        commands: ['backup', 'check'],
        description: 'A passphrase to encrypt with gpg (AES-256). Instead of `encrypt-recipients`.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        secret: true,
    },
    sse: {
        commands: ['backup', 'check'],
        description: "The store's own encryption at rest.",
        accepts: 'AES256 or aws:kms',
        schema: schemas/* enum */.k5n(['AES256', 'aws:kms']),
        defaultText: "the bucket's default",
    },
    'sse-kms-key-id': {
        commands: ['backup', 'check'],
        description: 'The KMS key, with `sse: aws:kms`.',
        accepts: 'a key id, alias or ARN',
        schema: schemas/* string */.YjP().regex(/^[A-Za-z0-9:/_-]{1,2048}$/),
        defaultText: "the account's default key",
    },
    'object-lock-days': {
        commands: ['backup', 'check'],
        description: 'Lock what is stored: for so many days nobody may delete it (governance mode), nor what it builds on. The bucket ' +
            'must have object lock turned on.',
        accepts: 'a number from 1 to 36500 (days)',
        schema: inputs_schemas/* wholeNumber */.rD(1, 36_500),
        defaultText: "the bucket's own rule",
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
    'max-gap-minutes': {
        commands: ['backup', 'list'],
        description: 'How old the last good backup may be: backup warns when it is older, and list with `check` fails. 0: any age.',
        accepts: 'a number from 0 to 525600 (minutes)',
        schema: inputs_schemas/* wholeNumber */.rD(0, 525_600),
        default: '180',
    },
    'extra-args': {
        commands: ['backup', 'prepare'],
        description: 'More options for the backup tool, separated by blanks, such as `--throttle=40` at backup or ' +
            '`--keyring-file-data=…` at both. Those that xbackup itself gives are refused.',
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
        commands: ['prepare', 'check'],
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
        commands: ['apply', 'check'],
        description: 'The shell command that stops the server.',
        accepts: 'text on one line',
        schema: inputs_schemas/* oneLine */.TN,
        defaultText: 'systemctl stop of mariadb, mysql or mysqld',
    },
    'start-command': {
        commands: ['apply', 'check'],
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
    'for-restore': {
        commands: ['check'],
        description: 'Must this host also be able to restore? Then what hinders that is red, and no mere warning.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        default: 'false',
    },
    'keep-days': {
        commands: ['prune'],
        description: 'Chains with a backup of so many days before the newest backup stay.',
        accepts: 'a number from 1 to 36500 (days)',
        schema: inputs_schemas/* wholeNumber */.rD(1, 36_500),
        default: '14',
    },
    'keep-weekly': {
        commands: ['prune'],
        description: 'Of each of the last so many weeks that have one, the newest chain stays.',
        accepts: 'a number from 0 to 5200',
        schema: inputs_schemas/* wholeNumber */.rD(0, 5200),
        default: '0',
    },
    'keep-monthly': {
        commands: ['prune'],
        description: 'Of each of the last so many months that have one, the newest chain stays.',
        accepts: 'a number from 0 to 1200',
        schema: inputs_schemas/* wholeNumber */.rD(0, 1200),
        default: '0',
    },
    'dry-run': {
        commands: ['prune'],
        description: 'Only say what would go. With `false` (`--no-dry-run` on the command line) it goes.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        default: 'true',
    },
    check: {
        commands: ['list'],
        description: 'Fail when the newest backup that can be restored is older than `max-gap-minutes`, when there is none, or when ' +
            'the newest chain is broken.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        default: 'false',
    },
    json: {
        commands: ['check', 'prune', 'list'],
        description: 'Print JSON instead of a table.',
        accepts: 'true or false',
        schema: inputs_schemas/* yesOrNo */.GX,
        default: 'false',
        commandLineOnly: true,
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
/* harmony import */ var _definition_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5982);
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
// EXTERNAL MODULE: ./build/src/inputs/definition.js + 3 modules
var definition = __webpack_require__(5982);
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
    { names: 'transition-key', why: 'every user of the host would see it in the list of processes' },
    {
        names: 'tables tables-file tables-exclude databases databases-file databases-exclude',
        why: 'a part of the data is no backup of the server',
    },
    { names: 'no-lock no-backup-locks', why: 'tables that are not InnoDB would be inconsistent' },
    { names: 'parallel', why: 'use the input parallel' },
    { names: 'use-memory', why: 'use the input use-memory of prepare' },
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
const encryptionRules = [
    excludes('encrypt-recipients', 'encrypt-passphrase'),
    (given) => given.has('sse-kms-key-id') && given.value('sse') !== 'aws:kms'
        ? 'sse-kms-key-id needs sse: aws:kms.'
        : undefined,
];
const extraArgsRule = (given) => whatExtraArgsMayNot(given.value('extra-args'));
const rules = {
    backup: [...connectionRules, ...encryptionRules, extraArgsRule],
    prepare: [
        extraArgsRule,
        (given) => given.has('hour') && given.value('date') === 'latest'
            ? 'hour needs a day: date is latest, which takes the last backup there is. Give the date, or leave hour out.'
            : undefined,
    ],
    apply: [...connectionRules, datadirIsApart, datadirIsNoSystemFolder],
    check: [...connectionRules, ...encryptionRules],
    prune: [],
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
        .replace(/\/\/\S*@/g, '//***@')
        .replace(/\?\S+/g, '?***')
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
    return url.hostname !== '' && url.username === '' && url.password === '' && url.search === '';
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
    // The default: asking `Intl` takes 30 ms of CPU time.
    if (text === 'UTC')
        return true;
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
const ownerName = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?$/);
/** Text on one line, with nothing that could end a line of a defaults file or of a log. */
const oneLine = zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    .regex(/^[^\u0000-\u001f\u007f]+$/);


/***/ }),

/***/ 2027:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cv: () => (/* binding */ inspectDatadir),
/* harmony export */   Fi: () => (/* binding */ setAside),
/* harmony export */   go: () => (/* binding */ freeBytes),
/* harmony export */   oq: () => (/* binding */ findAside),
/* harmony export */   pK: () => (/* binding */ putBack),
/* harmony export */   u: () => (/* binding */ HalfSetAside),
/* harmony export */   uu: () => (/* binding */ takeAway)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7406);



/** The old data is partly here and partly there: no server may be started on it. */
class HalfSetAside extends Error {
    path;
    constructor(path, cause) {
        super(`The old data is, at least in part, in ${path}: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(cause)}.`, { cause });
        this.path = path;
    }
}
/** @throws UserError DATADIR_UNSUITABLE when it is not a directory, or has no parent. */
async function inspectDatadir(path) {
    const parent = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path)).catch((error) => {
        throw unsuitable(`The folder of the datadir ${path} does not exist`, error);
    });
    const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path).catch((error) => {
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
    const real = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.realpath)(path);
    const entries = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(real);
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
    for (let folder = path;; folder = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder)) {
        const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.statfs)(folder).catch(() => undefined);
        if (found !== undefined)
            return found.bavail * found.bsize;
        if (folder === (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(folder))
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
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(datadir.path, { mode: datadir.mode });
        return undefined;
    }
    if (datadir.isEmpty)
        return undefined;
    const path = `${datadir.path}.${label}`;
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rename)(datadir.path, path);
    }
    catch (error) {
        if (!mayNotBeRenamed(error))
            throw error;
        const inside = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(datadir.path, `.${label}`);
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(inside, { mode: 0o700 });
        const aside = { path: inside, whole: false };
        await moveContents(datadir.path, inside).catch(async (failure) => {
            await putBack(datadir, aside).catch((stuck) => {
                throw new HalfSetAside(inside, new AggregateError([failure, stuck], (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(stuck)));
            });
            throw failure;
        });
        return aside;
    }
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(datadir.path, { mode: datadir.mode });
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.chmod)(datadir.path, datadir.mode);
    }
    catch (error) {
        await putBack(datadir, { path, whole: true }).catch((stuck) => {
            throw new HalfSetAside(path, new AggregateError([error, stuck], (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(stuck)));
        });
        throw error;
    }
    return { path, whole: true };
}
/** Where `setAside` with this label has put the old data, be it only a part of it; undefined when nowhere. */
async function findAside(datadir, label) {
    const places = [
        { path: `${datadir.path}.${label}`, whole: true },
        { path: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(datadir.path, `.${label}`), whole: false },
    ];
    for (const place of places) {
        if ((await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(place.path).catch(() => undefined)) !== undefined)
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
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rename)(aside.path, datadir.path);
    }
    else {
        await moveContents(aside.path, datadir.path);
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rmdir)(aside.path);
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
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(path, { recursive: true, force: true });
        return undefined;
    }
    if ((await contents(datadir.path, spared)).length === 0)
        return undefined;
    const [beside, inside] = [`${datadir.path}.${keepAs}`, (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(datadir.path, `.${keepAs}`)];
    if (aside?.whole === false)
        return await keepIn(inside, datadir.path, spared);
    try {
        return await keepIn(beside, datadir.path, spared);
    }
    catch (error) {
        // An empty mount point: nothing of the old data waits for its place, so the new may stay inside.
        if (aside !== undefined || !datadir.exists || !mayNotBeRenamed(error))
            throw error;
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rmdir)(beside).catch(() => undefined);
        return await keepIn(inside, datadir.path, spared);
    }
}
async function rmdirIfThere(path) {
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rmdir)(path).catch((error) => {
        if (!isCode(error, 'ENOENT'))
            throw error;
    });
}
async function keepIn(kept, dir, spared) {
    // It is there already when a process was killed here and another one goes on.
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(kept, { mode: 0o700, recursive: true });
    await moveContents(dir, kept, spared);
    return kept;
}
/** A mount point, or a folder above that is not ours. */
function mayNotBeRenamed(error) {
    return ['EBUSY', 'EXDEV', 'EACCES', 'EPERM'].some((code) => isCode(error, code));
}
async function moveContents(from, to, spared = []) {
    for (const path of await contents(from, [to, ...spared])) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rename)(path, (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(to, path.slice(from.length + 1)));
    }
}
async function contents(dir, spared) {
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(dir);
    return names
        .filter((name) => name !== 'lost+found')
        .map((name) => (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(dir, name))
        .filter((path) => !spared.includes(path));
}
function isCode(error, code) {
    return error instanceof Error && 'code' in error && error.code === code;
}
function unsuitable(fact, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo('DATADIR_UNSUITABLE', cause === undefined ? `${fact}.` : `${fact}: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(cause)}.`, 'Correct the input datadir; nothing was changed.', { cause });
}


/***/ }),

/***/ 9675:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CE: () => (/* binding */ outsidePlaceSchema),
/* harmony export */   Ho: () => (/* binding */ partsAside),
/* harmony export */   Ii: () => (/* binding */ takePartsAway),
/* harmony export */   Lv: () => (/* binding */ setPartsAside),
/* harmony export */   TK: () => (/* binding */ putPartsBack),
/* harmony export */   gw: () => (/* binding */ partsIn),
/* harmony export */   wq: () => (/* binding */ inspectOutside)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2857);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7406);
/* harmony import */ var _datadir_swap_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2027);





/**
 * A directory outside of the datadir in which the server keeps a part of its data. It may hold other things too, so
 * only what is the server's is ever moved: into a hidden folder inside it, into which MySQL does not look for
 * tablespaces (measured with 9.7: «will not be scanned because it is a hidden directory»).
 */
const outsidePlaceSchema = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
    /** With symlinks resolved. */
    path: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(),
    /** As it was before. */
    exists: zod__WEBPACK_IMPORTED_MODULE_4__/* .boolean */ .zMY(),
    hasParts: zod__WEBPACK_IMPORTED_MODULE_4__/* .boolean */ .zMY(),
    /** The device that the restored files will be on. */
    device: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    /** What is kept here: the server names these files itself. */
    roles: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* ["enum"] */ .k5n(['system', 'redo', 'undo', 'doublewrite'])),
    /** The files that have a name of their own: of the system tablespace, and of tables. */
    files: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
});
/** InnoDB's own names, of MySQL and MariaDB. */
const namesOfRole = {
    system: /^(ibdata\d+|xb_doublewrite)$/,
    redo: /^(ib_logfile\d+|#innodb_redo|undo_?\d+_trunc\.log)$/,
    undo: /^(undo_?\d{3,}|.+\.ibu|undo_?\d+_trunc\.log)$/,
    doublewrite: /^#ib_\d+_\d+\.b?dblwr$/,
};
/** Looks at a directory that may not exist. @throws Error when it cannot be looked at, or is none. */
async function inspectOutside(path, roles, files) {
    const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path).catch((error) => {
        if (isMissing(error))
            return undefined;
        throw error;
    });
    if (found === undefined) {
        const parent = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(path, '..'));
        const device = parent.dev;
        return { path, exists: false, hasParts: false, device, roles: [...roles], files: [...files] };
    }
    if (!found.isDirectory())
        throw new Error(`${path} is not a directory`);
    const place = { path: await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.realpath)(path), exists: true, device: found.dev };
    const whole = { ...place, hasParts: false, roles: [...roles], files: [...files] };
    return { ...whole, hasParts: (await partsIn(whole)).length > 0 };
}
/** The paths of all that is the server's in this place, old or new. */
async function partsIn({ path, roles, files }) {
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(path).catch((error) => {
        if (isMissing(error))
            return [];
        throw error;
    });
    const own = new Set(files);
    return names
        .filter((name) => own.has(name) || roles.some((role) => namesOfRole[role].test(name)))
        .map((name) => (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(path, name));
}
/** Where the parts of a place are while others are in their place, or were. */
function partsAside({ path }, label) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(path, `.${label}`);
}
/** Moves the server's parts aside. When it fails, everything is as before. @throws HalfSetAside when not even that. */
async function setPartsAside(place, label) {
    const parts = await partsIn(place);
    if (parts.length === 0 && !place.hasParts)
        return;
    const aside = partsAside(place, label);
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(aside, { mode: 0o700 });
    try {
        await moveInto(parts, aside);
    }
    catch (error) {
        await putPartsBack(place, label).catch((stuck) => {
            throw new _datadir_swap_js__WEBPACK_IMPORTED_MODULE_3__/* .HalfSetAside */ .u(aside, new AggregateError([error, stuck], (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(stuck)));
        });
        throw error;
    }
}
/** Puts back what is aside, if anything is. What has come in its place must have been taken away before. */
async function putPartsBack(place, label) {
    const aside = partsAside(place, label);
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(aside).catch((error) => {
        if (isMissing(error))
            return undefined;
        throw error;
    });
    if (names !== undefined) {
        await moveInto(names.map((name) => (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(aside, name)), place.path);
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rmdir)(aside);
    }
    // What is not empty stays.
    if (!place.exists)
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rmdir)(place.path).catch(() => undefined);
}
/**
 * Takes the new parts away: deletes them, or moves them into a folder of this place. Returns that folder.
 * @throws Error when the old parts are not where they were set aside: then these may be the old ones.
 */
async function takePartsAway(place, label, keepAs) {
    const isAside = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(partsAside(place, label)).then(() => true, () => false);
    if (place.hasParts && !isAside) {
        throw new Error(`The old data of ${place.path} is not where it was set aside.`);
    }
    const parts = await partsIn(place);
    if (parts.length === 0)
        return undefined;
    if (keepAs === undefined) {
        for (const path of parts)
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(path, { recursive: true, force: true });
        return undefined;
    }
    const kept = partsAside(place, keepAs);
    // It is there already when a process was killed here and another one goes on.
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(kept, { mode: 0o700, recursive: true });
    await moveInto(parts, kept);
    return kept;
}
async function moveInto(paths, dir) {
    for (const path of paths)
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rename)(path, (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(dir, (0,node_path__WEBPACK_IMPORTED_MODULE_1__.basename)(path)));
}
function isMissing(error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}


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

/***/ 8768:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   iJ: () => (/* binding */ checkResult),
/* harmony export */   xA: () => (/* binding */ notReady),
/* harmony export */   yd: () => (/* binding */ redFindings)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7406);

function checkResult(server, groups) {
    const counts = { good: 0, warning: 0, bad: 0, unknown: 0 };
    for (const { findings } of groups)
        for (const { verdict } of findings)
            counts[verdict] += 1;
    return { server, groups: groups.filter(({ findings }) => findings.length > 0), counts };
}
/** Everything red of a check as the one error that it ends with; undefined when nothing is red. */
function redFindings({ groups, counts }) {
    const findings = groups.flatMap((group) => group.findings);
    return notReady(findings, `${counts.bad} of ${findings.length} findings are red`);
}
/**
 * One error for all findings that are bad, each with what mends it on a line of the hint; undefined when none is. Its
 * code is that of the first one.
 */
function notReady(findings, heading) {
    const reds = findings.filter(({ verdict }) => verdict === 'bad');
    const [first] = reds;
    if (first === undefined)
        return undefined;
    const message = reds.length === 1
        ? `${first.subject}: ${first.fact}`
        : [`${heading}:`, ...reds.map(({ subject, fact }) => `- ${subject}: ${fact}`)].join('\n');
    const mends = [...new Set(reds.flatMap(({ mend }) => mend ?? []))];
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(first.code ?? 'BACKUP_FAILED', message, ['Nothing was touched. This mends it:', ...mends].join('\n'));
}


/***/ }),

/***/ 4400:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  je: () => (/* binding */ LeftoversNote),
  nY: () => (/* binding */ cleanUp),
  C8: () => (/* binding */ leftoversSchema),
  CH: () => (/* binding */ readRunNote),
  Dx: () => (/* binding */ workDirStart)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/schemas.js + 11 modules
var schemas = __webpack_require__(2857);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/pipeline/groups.js
var groups = __webpack_require__(6866);
// EXTERNAL MODULE: ./build/src/pipeline/run-owner.js
var run_owner = __webpack_require__(6015);
// EXTERNAL MODULE: ./build/src/mysql/outside.js
var outside = __webpack_require__(9675);
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
    /** What of the server's data was outside of it. */
    outside: schemas/* array */.YOg(outside/* outsidePlaceSchema */.CE),
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
    /** Its multipart upload: not everybody who may abort it may ask which there are. */
    uploadId: schemas/* string */.YjP().optional(),
    /** The object that says which chain is being read. */
    markKey: schemas/* string */.YjP().optional(),
    restore: restoreProgressSchema.optional(),
});
/** What the names of all private directories begin with. */
const workDirStart = 'xbackup-';
/** A line for each change: the last whole one counts. */
const noteName = 'run.jsonl';
const runNoteSchema = schemas/* object */.Ikc({ owner: run_owner/* runOwnerSchema */.Wl, leftovers: leftoversSchema });
/** What a run noted in its private directory. Undefined when it noted nothing that can be read. */
async function readRunNote(workDir) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(workDir, noteName), 'utf8').catch(() => '');
    const notes = text.split('\n').map(parseNote);
    return notes.findLast((note) => note !== undefined);
}
function parseNote(line) {
    try {
        return runNoteSchema.parse(JSON.parse(line));
    }
    catch {
        return undefined;
    }
}
/**
 * Keeps the note of what may be left. `save` is called at each change, with undefined once nothing is left. It is also
 * kept in the private directory, for a later run: a host that goes down takes `save`'s place with it.
 */
class LeftoversNote {
    #owner;
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
        const workDir = await (0,promises_.mkdtemp)((0,external_node_path_.join)(base, workDirStart));
        this.#owner = await (0,run_owner/* identifyRun */.yn)();
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
    uploadBegins(key, uploadId) {
        this.#change((leftovers) => {
            leftovers.uploadKey = key;
            leftovers.uploadId = uploadId;
        });
    }
    markBegins(key) {
        this.#change((leftovers) => (leftovers.markKey = key));
    }
    restoreReaches(restore) {
        this.#change((leftovers) => (leftovers.restore = restore));
    }
    processStarts(processId) {
        const group = (0,groups/* identifyGroup */.CW)(processId);
        if (group === undefined)
            return;
        try {
            this.#change(({ processes }) => processes.push(group));
        }
        catch {
            // A note that cannot be kept, such as on a full disk, must not end the run.
        }
    }
    #change(change) {
        if (this.#leftovers === undefined)
            return;
        change(this.#leftovers);
        this.#save(this.#leftovers);
        this.#keep(this.#leftovers);
    }
    #keep(leftovers) {
        if (leftovers.workDir === undefined || this.#owner === undefined)
            return;
        const line = JSON.stringify({ owner: this.#owner, leftovers });
        try {
            // Not a file renamed over the one before: for that ext4 writes to the disk at once, and while much else is
            // written this takes tenths of a second, in which no data moves. (The line break ends one that was cut.)
            (0,external_node_fs_.appendFileSync)((0,external_node_path_.join)(leftovers.workDir, noteName), `\n${line}`, { mode: 0o600 });
        }
        catch {
            // A full disk must not end the run here. Without a note nobody sweeps up after it, but the post step does.
        }
    }
}
/**
 * Removes what a killed run left: its processes, its directory with secrets, its unfinished upload, its mark. What a
 * run that ended by itself has removed already is not missed.
 * @param openRepository called only when there may be something of it in the bucket.
 */
async function cleanUp(leftovers, openRepository, log) {
    for (const group of leftovers.processes) {
        if ((0,groups/* killGroup */.i0)(group))
            log.warning(`Process ${group.processId} was still running and was ended.`);
    }
    if (leftovers.workDir !== undefined)
        await (0,promises_.rm)(leftovers.workDir, { recursive: true, force: true });
    const { uploadKey, uploadId, markKey } = leftovers;
    if (uploadKey === undefined && markKey === undefined)
        return;
    const repository = await openRepository();
    if (markKey !== undefined) {
        const remain = (error) => log.debug(`The mark ${markKey} stays: ${(0,errors/* messageOf */.bD)(error)}`);
        await repository.remove(markKey).catch(remain);
    }
    if (uploadKey === undefined)
        return;
    const aborted = await repository.abortUploads(uploadKey, uploadId);
    if (aborted > 0)
        log.warning(`The unfinished upload of ${uploadKey} was aborted.`);
}


/***/ }),

/***/ 8032:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ removedBytes),
/* harmony export */   z: () => (/* binding */ describeChain)
/* harmony export */ });
function describeChain({ id, links, sizeBytes }, reason) {
    const described = { id, lastId: links.at(-1)?.id ?? id, backups: links.length, sizeBytes };
    return reason === undefined ? described : { ...described, reason };
}
/** The bytes of all that went, or would go. */
function removedBytes({ removed, orphans }) {
    return removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, orphans.sizeBytes);
}


/***/ }),

/***/ 5218:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ Child)
/* harmony export */ });
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1421);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7406);
/* harmony import */ var _environment_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(849);
/* harmony import */ var _output_lines_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1877);
/* harmony import */ var _priority_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4294);






/** How long a program has to end after SIGINT before SIGKILL. The runner gives us 7.5 s in all. */
const graceMilliseconds = 3000;
/** A running program, leader of its own process group. */
class Child {
    program;
    #process;
    #tail = new _output_lines_js__WEBPACK_IMPORTED_MODULE_3__/* .Tail */ .PW();
    #reaped = false;
    #toldToEnd = false;
    name;
    /** Resolves when the program has ended and its stderr is read to the end. Never rejects. */
    ended;
    constructor(program, { log, stdin, stdout }) {
        this.program = program;
        this.name = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.basename)(program.program);
        const stdio = [stdin, stdout === 'lines' ? 'pipe' : stdout, 'pipe'];
        if (program.secret !== undefined)
            stdio.push('pipe');
        this.#process = (0,node_child_process__WEBPACK_IMPORTED_MODULE_0__.spawn)(program.program, program.arguments, {
            stdio,
            detached: true,
            env: { ...(0,_environment_js__WEBPACK_IMPORTED_MODULE_5__/* .childEnvironment */ .Q)(), ...program.environment },
            ...(program.directory !== undefined && { cwd: program.directory }),
        });
        if (this.processId !== undefined)
            void (0,_priority_js__WEBPACK_IMPORTED_MODULE_4__/* .standBackInSession */ .H)(this.processId);
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
    /** Ends the whole process group at once. */
    kill() {
        if (!this.#reaped)
            this.#toldToEnd = true;
        this.#signalGroup('SIGKILL');
    }
    error(ended, cause) {
        return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .CommandError */ .Qd({
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
                this.#tail.add((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .bD)(error));
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
        const drained = Promise.allSettled(outputs.map((stream) => (0,_output_lines_js__WEBPACK_IMPORTED_MODULE_3__/* .readLines */ .Se)(stream, onLine)));
        const how = await exit;
        // A grandchild may hold stderr open after its parent has ended: do not wait for it for ever.
        await Promise.race([drained, pause(2000)]);
        for (const stream of outputs)
            stream.destroy();
        return { ...how, lastLine: this.#tail.lastLine, stderrTail: this.#tail.text };
    }
}
function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}


/***/ }),

/***/ 849:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ childEnvironment)
/* harmony export */ });
/** Inputs, credentials and tokens of the action: no child of ours needs any of them. */
const ours = /^(INPUT_|STATE_|XBACKUP_|AWS_|ACTIONS_|GITHUB_|NODE_OPTIONS$|MYSQL_PWD$)/i;
/** What a job may have in its environment for other steps. */
const secretLike = /PASS|SECRET|TOKEN|CREDENTIAL|WEBHOOK|(API|ACCESS|PRIVATE|ENCRYPTION|SIGNING|SSH)_?KEY|_(PW|PAT)$/i;
/**
 * The environment of the programs that we start: ours, without what could hold a secret. Messages are parsed,
 * so they are asked for in English.
 */
function childEnvironment(own = process.env) {
    const names = Object.keys(own).filter((name) => !ours.test(name) && !secretLike.test(name));
    return { ...Object.fromEntries(names.map((name) => [name, own[name]])), LC_ALL: 'C' };
}


/***/ }),

/***/ 6866:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CW: () => (/* binding */ identifyGroup),
/* harmony export */   O: () => (/* binding */ isLiving),
/* harmony export */   i0: () => (/* binding */ killGroup)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);

/** Undefined when there is no such process any more. At once: a run may be killed as soon as it has started one. */
function identifyGroup(processId) {
    const startTicks = startTicksOf(processId);
    return startTicks === undefined ? undefined : { processId, startTicks };
}
/** Is the leader that was identified still running? */
function isLiving({ processId, startTicks }) {
    return startTicksOf(processId) === startTicks;
}
/** Ends a group that an earlier, killed run left behind. Returns whether there was one. */
function killGroup(group) {
    if (!isLiving(group))
        return false;
    try {
        process.kill(-group.processId, 'SIGKILL');
        return true;
    }
    catch {
        return false;
    }
}
function startTicksOf(processId) {
    let text;
    try {
        text = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(`/proc/${processId}/stat`, 'utf8');
    }
    catch {
        return undefined;
    }
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
/* harmony export */   Se: () => (/* binding */ readLines),
/* harmony export */   g$: () => (/* binding */ printable)
/* harmony export */ });
/* harmony import */ var node_string_decoder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6193);

/** Longer lines are cut: the live console of a runner shows 1,024 characters. */
const longestLine = 4096;
const tailLines = 40;
/** Text without what a terminal or a runner would obey: no control characters but the ends of lines and tabs. */
function printable(text) {
    // eslint-disable-next-line no-control-regex -- these are what is taken out
    return text.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
/**
 * Makes a foreign line safe to print: no control characters, no hash of a password, and no `##[command]`, which
 * a runner executes wherever it stands in a line. (`::command::` counts at the start of a line only, where our
 * prefix stands.)
 */
function harmless(line) {
    return (printable(line)
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

/***/ 4294:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ standBackInSession),
/* harmony export */   S: () => (/* binding */ standBack)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8161);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8500);



/**
 * Lets other programs go first: this process, and all that it starts from now on. Where the I/O scheduler knows
 * priorities, reading and writing stand back as well, since Linux derives their priority from this one (ioprio_set(2)).
 * There is no way back for a user who is not root.
 * @param nice from 0 to 19. Less than it is already has no effect.
 */
function standBack(nice) {
    if (nice > (0,node_os__WEBPACK_IMPORTED_MODULE_1__.getPriority)())
        (0,node_os__WEBPACK_IMPORTED_MODULE_1__.setPriority)(nice);
}
/** Others than root may change a session only ten times a second, all of them together. */
const sessionTries = 20;
const betweenTriesMilliseconds = 110;
/**
 * Lets a program that leads a session of its own stand back as far as this process. Within its session it does so by
 * itself; but where Linux shares the processor out among sessions, it counts nowhere else (sched(7), autogroup).
 */
async function standBackInSession(processId) {
    const nice = (0,node_os__WEBPACK_IMPORTED_MODULE_1__.getPriority)();
    if (nice <= 0)
        return;
    for (let tries = 0; tries < sessionTries; tries++) {
        const error = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(`/proc/${processId}/autogroup`, String(nice), { flag: 'r+' }).catch((error) => error);
        // Anything else means that the kernel has no such groups, or that the program has ended.
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN'))
            return;
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_2__.setTimeout)(betweenTriesMilliseconds, undefined, { ref: false });
    }
}


/***/ }),

/***/ 6015:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Wl: () => (/* binding */ runOwnerSchema),
/* harmony export */   XU: () => (/* binding */ isDead),
/* harmony export */   yn: () => (/* binding */ identifyRun)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2857);
/* harmony import */ var _groups_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6866);



/** Which process a run is, so that another one can tell for sure whether it has ended. */
const runOwnerSchema = zod__WEBPACK_IMPORTED_MODULE_2__/* .object */ .Ikc({
    /** Of the machine: another one after each boot. */
    bootId: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1),
    /** Two containers may give the same number to two processes. */
    pidNamespace: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().min(1),
    processId: zod__WEBPACK_IMPORTED_MODULE_2__/* .number */ .aig(),
    startTicks: zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP(),
});
/** This process. Undefined where the host does not tell. */
async function identifyRun() {
    const group = (0,_groups_js__WEBPACK_IMPORTED_MODULE_1__/* .identifyGroup */ .CW)(process.pid);
    const host = await identifyHost();
    return group === undefined || host === undefined ? undefined : { ...host, ...group };
}
/** Undefined when it lives, or when that cannot be told from here. */
async function isDead(owner) {
    const host = await identifyHost();
    if (host === undefined)
        return undefined;
    if (host.bootId !== owner.bootId)
        return 'before the last boot';
    if (host.pidNamespace !== owner.pidNamespace)
        return undefined;
    return (0,_groups_js__WEBPACK_IMPORTED_MODULE_1__/* .isLiving */ .O)(owner) ? undefined : 'now';
}
async function identifyHost() {
    try {
        const bootId = (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
        return { bootId, pidNamespace: await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readlink)('/proc/self/ns/pid') };
    }
    catch {
        return undefined;
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
        // Blank is also a line of which nothing is left to show: it would end the paragraph.
        const lines = within(error.message)
            .split('\n')
            .map(_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .escapeLine */ .EH)
            .filter((line) => line.trim() !== '');
        // Below its first line a hint has commands, one a line.
        const [hint = '', ...commands] = within(error.hint).split('\n');
        return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .page */ .MY)([
            `## ❌ ${headingOf(what, error.code)}`,
            lines.join('  \n'),
            `**What to do:** ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .sentence */ .em)(hint)}`,
            commands.length === 0 ? undefined : (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .codeBlock */ .DV)(commands.join('\n')),
            `Code ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .code */ .aY)(error.code)}, explained in [troubleshooting](${explanationOf(error.code)}).`,
            said,
        ]);
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .page */ .MY)([
        `## ❌ ${what} failed unexpectedly`,
        'This is a defect of xbackup. Please report it with the text below.',
        (0,_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .codeBlock */ .DV)(within(stack)),
        said,
    ]);
}
function headingOf(what, errorCode) {
    const title = _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .errorCodes */ .fv[errorCode];
    return title.startsWith(`The ${what.toLowerCase()} failed`) ? title : `${what} failed: ${title}`;
}
/** A server or a manifest may have put something long into it, and GitHub drops a summary over 1 MiB. */
const longestText = 20_000;
function within(text) {
    return text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
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

/***/ 4556:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ gapText)
/* harmony export */ });
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5845);

/** `5 h 20 min since 2026-11-22/03, which is more than 180 min`. */
function gapText({ sinceId, seconds, maxMinutes }) {
    return `${(0,_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a3)(seconds)} since ${sinceId}, which is more than ${maxMinutes} min`;
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
/** GitHub drops a summary that is too long, and a server may say as much as it likes. */
const longestText = 4000;
const longestCode = 2000;
const longestBlock = 200_000;
function within(text, longest) {
    return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
/** Text as it is, inside a sentence or a table cell. */
function escapeText(text) {
    return escapeHtml(onOneLine(within(text, longestText))).replace(/[\\`*_[\]|#~]/g, '\\$&');
}
/** Text that begins a line, where more would mean something: a list, a heading's underline, a block of code. */
function escapeLine(text) {
    return escapeText(text.trimStart()).replace(/^(\d*)([-+=.)])/, '$1\\$2');
}
/** Wherever one takes it for the end of a line. */
const lineEnd = /[\n\v\f\r\u0085\u2028\u2029]/;
/** What is not seen: also the marks that turn the direction of writing. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
function onOneLine(text) {
    const [first = '', ...more] = text.split(lineEnd);
    const words = [first, ...more.map((line) => line.trim()).filter((line) => line !== '')];
    return words
        .map((line, index) => (index < words.length - 1 ? line.trimEnd() : line))
        .join(' ')
        .replace(unseen, ' ');
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
    const safe = onOneLine(within(text, longestCode)).replace(/[`|]/g, ' ');
    return safe.trim() === '' ? '' : `\`${safe}\``;
}
/** A block that keeps its lines, whatever is in them. */
function codeBlock(text, language = 'text') {
    const shown = within(text, longestBlock);
    let longestRun = 2;
    for (const [run] of shown.matchAll(/`+/g))
        longestRun = Math.max(longestRun, run.length);
    const fence = '`'.repeat(longestRun + 1);
    return `${fence}${language}\n${shown}\n${fence}`;
}
/** Rows of ready Markdown cells, the first one the heading. */
function table(rows, align) {
    // To fill up all cells to the width of a long one would make a long page.
    const alignDelimiters = rows.every((row) => row.every((cell) => cell.length <= 200));
    return (0,markdown_table__WEBPACK_IMPORTED_MODULE_0__/* .markdownTable */ .Q)(rows, { alignDelimiters, ...(align === undefined ? {} : { align: [...align] }) });
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

/***/ 5515:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   US: () => (/* binding */ isForbidden),
/* harmony export */   W$: () => (/* binding */ isPreconditionFailed),
/* harmony export */   WG: () => (/* binding */ isPassing),
/* harmony export */   b2: () => (/* binding */ isMissing),
/* harmony export */   gl: () => (/* binding */ storeError),
/* harmony export */   rV: () => (/* binding */ isConditionalConflict),
/* harmony export */   w3: () => (/* binding */ isUnsupported),
/* harmony export */   w7: () => (/* binding */ isAccessDenied)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7406);

const keys = [
    'STORE_DENIED',
    (what) => `The S3 store does not accept the credentials for ${what}.`,
    'Check the access key and its secret, or the role that the workflow assumes, and that they belong to this store.',
];
const expired = [
    'STORE_DENIED',
    (what) => `The credentials for ${what} have expired or their session token is not valid.`,
    'Make the session of the assumed role longer than the run takes, or use a role that renews its credentials by itself.',
];
const denied = [
    'STORE_DENIED',
    (what) => `The S3 store does not allow this for ${what}.`,
    'Give the user or role s3:ListBucket and s3:ListBucketMultipartUploads on the bucket, and s3:GetObject, ' +
        's3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects (with KMS also kms:GenerateDataKey ' +
        'and kms:Decrypt, with object-lock-days also s3:PutObjectRetention).',
];
/** For an answer that does not say which of the two it is. */
const keysOrDenied = [
    'STORE_DENIED',
    (what) => `The S3 store refuses ${what} (HTTP status 403).`,
    `${keys[2]} If they are right: ${denied[2]}`,
];
const clock = [
    'STORE_DENIED',
    (what) => `The S3 store refuses ${what} because this host's clock differs too much from its own.`,
    'Set the clock of this host (NTP); S3 allows 15 minutes.',
];
const region = [
    'STORE_DENIED',
    (what, bucket) => `The bucket ${bucket} is in another region or at another address (asked for ${what}).`,
    "Set s3-region to the bucket's region, and s3-endpoint if it is not on AWS.",
];
const noBucket = [
    'STORE_MISSING',
    (_, bucket) => `The bucket ${bucket} does not exist.`,
    'Check s3-bucket, s3-region and s3-endpoint. A bucket is never made here.',
];
const noKey = [
    'STORE_MISSING',
    (what) => `There is no ${what}.`,
    'It was removed, or never stored. The list command shows what there is.',
];
const taken = [
    'BACKUP_EXISTS',
    (what) => `${what} exists already, or is being stored by another run.`,
    'Nothing was overwritten. Let only one run at a time back up a server; the next one takes a name of its own.',
];
const busy = [
    'UPLOAD_FAILED',
    (what) => `The S3 store has too many requests and refuses those for ${what}.`,
    'Try again later.',
];
const noConditions = [
    'UPLOAD_FAILED',
    (what) => `The S3 store does not know how to do what was asked for ${what} (NotImplemented).`,
    'It must know conditional writes (If-None-Match) and multipart uploads. Ask for a newer version of the store.',
];
const noCredentials = [
    'STORE_DENIED',
    (what) => `There are no credentials for ${what}.`,
    'Give the job a role (aws-actions/configure-aws-credentials with OIDC needs `id-token: write`), an instance ' +
        'role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
];
const noRegion = [
    'INPUT_INVALID',
    (what) => `No region is known for ${what}.`,
    'Set s3-region or AWS_REGION.',
];
/** By the store's own code. Messages are not looked at: Ceph leaves them empty. */
const byCode = {
    InvalidAccessKeyId: keys,
    SignatureDoesNotMatch: keys,
    ExpiredToken: expired,
    ExpiredTokenException: expired,
    TokenRefreshRequired: expired,
    InvalidToken: expired,
    AccessDenied: denied,
    AllAccessDisabled: denied,
    AccountProblem: denied,
    RequestTimeTooSkewed: clock,
    PermanentRedirect: region,
    AuthorizationHeaderMalformed: region,
    IllegalLocationConstraintException: region,
    NoSuchBucket: noBucket,
    NoSuchKey: noKey,
    PreconditionFailed: taken,
    ConditionalRequestConflict: taken,
    SlowDown: busy,
    NotImplemented: noConditions,
    CredentialsProviderError: noCredentials,
    TokenProviderError: noCredentials,
};
/** What a bucket without object lock answers when an object is to be locked. */
const noLock = [
    'UPLOAD_FAILED',
    (what, bucket) => `${what} could not be locked: object lock is off in the bucket ${bucket}.`,
    'Leave object-lock-days out, or turn object lock on. The check command says how.',
];
/** For answers without a body, as those to HEAD. */
const byStatus = {
    301: region,
    403: keysOrDenied,
    404: noKey,
    409: taken,
    412: taken,
    429: busy,
    501: noConditions,
};
const networkCodes = new Set(('ECONNREFUSED ECONNRESET ECONNABORTED EPIPE EPROTO ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN ENOTFOUND ' +
    'EAI_AGAIN ERR_STREAM_PREMATURE_CLOSE').split(' '));
/** No connection, a broken one, or one that carries something else than HTTP. */
function isNetworkCode(code) {
    return networkCodes.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('HPE_');
}
/** Whether the same request may well succeed a moment later. */
function isPassing(error) {
    const { name, code, status } = describe(error);
    if (isNetworkCode(code) || name === 'TimeoutError' || name === 'RequestTimeout')
        return true;
    if (status === 429 || name === 'SlowDown')
        return true;
    return status >= 500 && status !== 501;
}
/** Whether the store said that there is no such object, bucket or upload. */
function isMissing(error) {
    const { status } = describe(error);
    return status === 404;
}
/** Whether the store refused the request. To a HEAD it does not say why: the credentials may be wrong or lack a right. */
function isForbidden(error) {
    return describe(error).status === 403;
}
/** Whether these credentials are good, and lack the right to what was asked. */
function isAccessDenied({ code, cause }) {
    return code === 'STORE_DENIED' && describe(cause).name === 'AccessDenied';
}
/** Whether the store does not know such a request at all. */
function isUnsupported(error) {
    const { name, status } = describe(error);
    return name === 'NotImplemented' || name === 'MethodNotAllowed' || status === 501 || status === 405;
}
/** Whether an `If-None-Match` or `If-Match` did not hold. */
function isPreconditionFailed(error) {
    const { name, status } = describe(error);
    return name === 'PreconditionFailed' || status === 412;
}
/** AWS: another conditional write to the same key is under way; the outcome is open. */
function isConditionalConflict(error) {
    return describe(error).name === 'ConditionalRequestConflict';
}
/** What to throw for an error of the SDK: a `UserError`; a bug in our code as it is. */
function storeError(error, request) {
    if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo || error instanceof TypeError || error instanceof RangeError)
        return error;
    const { name, code, status } = describe(error);
    const what = `s3://${request.bucket}${request.key === undefined ? '' : `/${request.key}`}`;
    const cause = withoutSecrets(error);
    if (isNetworkCode(code) || name === 'TimeoutError')
        return unreachable(what, code || name, cause);
    if (/CERT|UNABLE_TO/.test(code))
        return untrusted(what, code, cause);
    const isRegion = error instanceof Error && error.message === 'Region is missing';
    const isNoLock = request.locks === true && (name === 'InvalidRequest' || name === 'ObjectLockConfigurationNotFoundError');
    const explanation = isRegion ? noRegion : isNoLock ? noLock : (byCode[name] ?? byStatus[status]);
    if (explanation !== undefined) {
        const [errorCode, message, hint] = explanation;
        return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(forDirection(errorCode, request), message(what, request.bucket), hint, { cause });
    }
    const answer = [name, status > 0 ? `HTTP status ${status}` : '', messageWithoutName(error, name)];
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(request.direction === 'write' ? 'UPLOAD_FAILED' : 'DOWNLOAD_FAILED', `The S3 store failed on ${what}: ${answer.filter((text) => text !== '').join(', ')}.`, 'Try again. If it stays, look into the log of the store, or ask its operator.', { cause });
}
function forDirection(code, request) {
    return code === 'UPLOAD_FAILED' && request.direction === 'read' ? 'DOWNLOAD_FAILED' : code;
}
function unreachable(what, reason, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo('STORE_UNREACHABLE', `The S3 store of ${what} cannot be reached, or does not answer (${reason}).`, 'Check s3-endpoint and s3-region, the name service, the firewall and the proxy of this host.', { cause });
}
function untrusted(what, reason, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo('STORE_UNREACHABLE', `The certificate of the S3 store of ${what} is not trusted (${reason}).`, 'Check s3-endpoint. For a certificate authority of your own set NODE_EXTRA_CA_CERTS to its file.', { cause });
}
function describe(error) {
    if (typeof error !== 'object' || error === null)
        return { name: '', code: '', status: 0 };
    const fields = error;
    const metadata = (fields['$metadata'] ?? {});
    const text = (value) => (typeof value === 'string' ? value : '');
    const status = metadata['httpStatusCode'];
    return {
        name: text(fields['name']),
        code: text(fields['code']),
        status: typeof status === 'number' ? status : 0,
    };
}
/**
 * The SDK's error without its fields: the store's answer can repeat the access key, the session token and the
 * signed request.
 */
function withoutSecrets(error) {
    if (!(error instanceof Error))
        return error;
    const { name, code, status } = describe(error);
    const copy = new Error(error.message);
    if (error.stack !== undefined)
        copy.stack = error.stack;
    return Object.assign(copy, { name, ...(code && { code }), ...(status && { httpStatus: status }) });
}
function messageWithoutName(error, name) {
    const message = error instanceof Error ? error.message : String(error);
    return message === 'UnknownError' || message === name ? '' : message.replace(/\.$/, '');
}


/***/ }),

/***/ 9344:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   du: () => (/* binding */ isAtLeast),
/* harmony export */   ot: () => (/* binding */ parseVersion),
/* harmony export */   tq: () => (/* binding */ isCalendarVersion)
/* harmony export */ });
/** Versions of servers and backup tools, compared number by number. */
/** Reads `8.0.35-31`, `10.11.19-MariaDB-log`, `26.7.0`; undefined when it begins with no two numbers. */
function parseVersion(text) {
    // «-0ubuntu0.22.04.1» is the packager's, and no build.
    const found = /^(\d+)\.(\d+)(?:\.(\d+)(?:-(\d+)(?![\da-z]))?)?/.exec(text);
    if (found === null)
        return undefined;
    const [major = 0, minor = 0, patch = 0, build = 0] = found
        .slice(1)
        .map((digits) => Number(digits ?? 0));
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


/***/ }),

/***/ 4552:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h_: () => (/* binding */ openRepository),
  Of: () => (/* binding */ runApply),
  Q3: () => (/* binding */ runBackup),
  k_: () => (/* binding */ runCheck),
  kK: () => (/* binding */ runList),
  vv: () => (/* binding */ runPrepare),
  uf: () => (/* binding */ runPrune),
  oC: () => (/* binding */ runRollBack)
});

// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
;// CONCATENATED MODULE: ./build/src/chain/backup-id.js

function wallClock(at, timezone) {
    return timezone === 'UTC' ? utcClock(at) : zonedClock(at, timezone);
}
/** Without `Intl`, which takes 30 ms of CPU time to load: a tenth of what a backup takes before its first byte. */
function utcClock(at) {
    const [date = '', time = ''] = at.toISOString().split('T');
    return { date, hour: time.slice(0, 2), minute: time.slice(3, 5), second: time.slice(6, 8) };
}
function zonedClock(at, timezone) {
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
 * @param takenIds the ids of everything stored on that date: manifests, and objects without one. Undefined: it cannot be
 *   told, so that only the one with minute and second will do.
 * @throws UserError BACKUP_EXISTS when even the id with minute and second is taken: two backups began at once.
 */
function nextBackupId(startedAt, timezone, takenIds) {
    const { date, hour, minute, second } = wallClock(startedAt, timezone);
    const longest = `${date}/${hour}-${minute}-${second}`;
    if (takenIds === undefined)
        return longest;
    const ids = [`${date}/${hour}`, `${date}/${hour}-${minute}`, longest];
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
/** How many days one is at most. */
const longestDays = { day: 1, week: 7, month: 31 };
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

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
;// CONCATENATED MODULE: ./build/src/mysql/carry-over.js



/**
 * What a server keeps in its datadir that is its own rather than its data's, so that no backup has it: settings made
 * by SET PERSIST, TLS and RSA keys, the settings of keyring components.
 */
/** Those that MySQL makes by itself when they are missing. */
const ownKeys = [
    'ca.pem',
    'ca-key.pem',
    'server-cert.pem',
    'server-key.pem',
    'client-cert.pem',
    'client-key.pem',
    'private_key.pem',
    'public_key.pem',
];
const keyring = ['mysqld.my', 'component_keyring_file.cnf', 'component_keyring_encrypted_file.cnf'];
/**
 * The names, relative to the datadir.
 * @param configured the files that the server's ssl_… variables name, as they do.
 */
function ownFilesOf(flavor, configured, datadir) {
    const names = flavor === 'mariadb' ? [] : ['mysqld-auto.cnf', ...ownKeys, ...keyring];
    for (const path of configured) {
        const name = path.startsWith(`${datadir}/`) ? path.slice(datadir.length + 1) : path;
        if (!(0,external_node_path_.isAbsolute)(name) && !name.startsWith('../') && !names.includes(name))
            names.push(name);
    }
    return names;
}
/** The variables that name such files. */
const keyFileVariables = [
    'ssl_ca',
    'ssl_cert',
    'ssl_key',
    'ssl_crl',
    'admin_ssl_ca',
    'admin_ssl_cert',
    'admin_ssl_key',
    'admin_ssl_crl',
    'keyring_file_data',
];
/**
 * Copies these files from the old datadir, which stays whole, with their modes. What the backup brought is never
 * overwritten. Not auto.cnf: with other data it is another server, and gets a new server_uuid.
 */
async function carryOver(oldDatadir, datadir, names) {
    const result = { copied: [], missing: [] };
    for (const name of names) {
        const target = (0,external_node_path_.join)(datadir, name);
        if (await exists(target))
            continue;
        const isThere = oldDatadir !== undefined && (await copyAsItIs((0,external_node_path_.join)(oldDatadir, name), target));
        (isThere ? result.copied : result.missing).push(name);
    }
    return result;
}
/** False when there is no such file. */
async function copyAsItIs(source, target) {
    const link = await (0,promises_.readlink)(source).catch(() => undefined);
    // Keys are renewed where they really are.
    const isLink = link !== undefined && (0,external_node_path_.isAbsolute)(link);
    const found = isLink ? undefined : await (0,promises_.stat)(source).catch(() => undefined);
    if (!isLink && found?.isFile() !== true)
        return false;
    await (0,promises_.mkdir)((0,external_node_path_.dirname)(target), { recursive: true, mode: 0o750 });
    if (isLink) {
        await (0,promises_.symlink)(link, target);
    }
    else {
        await (0,promises_.copyFile)(source, target, external_node_fs_.constants.COPYFILE_EXCL);
        await (0,promises_.chmod)(target, (found?.mode ?? 0) & 0o7777);
    }
    return true;
}
async function exists(path) {
    return (0,promises_.lstat)(path).then(() => true, () => false);
}
/** MySQL's server_uuid as the datadir has it; undefined when there is none, as in MariaDB. */
async function readServerUuid(datadir) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(datadir, 'auto.cnf'), 'utf8').catch(() => '');
    return /^\s*server[-_]uuid\s*=\s*([0-9a-fA-F-]{36})\s*$/m.exec(text)?.[1];
}

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ./build/src/mysql/option-file.js



/** The connection options of a file's [client] groups; the last of several counts. */
async function readClientOptions(path) {
    return await readGroups(path, (group) => clientGroups.includes(group));
}
/** The options of the server itself, from [mysqld] and its like. Empty when the file has none of these groups. */
async function readServerOptions(path) {
    const options = await readGroups(path, (group) => serverGroup.test(group));
    return new Map([...options].map(([name, value]) => [name.replace(/^loose-/, ''), value]));
}
async function readGroups(path, isWanted) {
    const options = new Map();
    await readInto(options, isWanted, path, 0);
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
/** Such as [mysqld], [mysqld-8.4], [server], [mariadbd]. */
const serverGroup = /^(mysqld|server|mariadb|mariadbd)(-\d+\.\d+)?$/;
async function readInto(options, isWanted, path, depth) {
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
                await readInto(options, isWanted, file, depth + 1);
            }
        }
        else if (header !== null) {
            group = (header[1] ?? '').trimEnd();
        }
        else if (isWanted(group)) {
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
/** The text of a [client] group. */
function clientGroup(options) {
    return optionGroup('client', options);
}
/** The text of one group. Values are quoted, and may hold anything. */
function optionGroup(name, options) {
    const lines = Object.entries(options).flatMap(([option, value]) => value === undefined ? [] : [`${option}="${option_file_escape(value)}"`]);
    return [`[${name}]`, ...lines, ''].join('\n');
}
/** What would end the value, or its line, and let what comes behind be another option. */
function option_file_escape(value) {
    return value
        .replace(/[\\"']/g, '\\$&')
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r');
}

;// CONCATENATED MODULE: ./build/src/mysql/refusal.js
/**
 * Reads a server's refusal (errors 1227 and 1142); undefined when the text holds none.
 * @param context Where the table may stand with its schema, which MySQL leaves out: the statement, or the log.
 */
function missingPrivilege(text, context = text) {
    const anyOf = /Access denied; you need \(at least one of\) the ([\w ,]+?) privilege/.exec(text)?.[1];
    if (anyOf !== undefined) {
        // «SUPER, REPLICATION CLIENT», «RELOAD or FLUSH_TABLES»: the backup tools want the first that is not SUPER.
        const names = anyOf.split(/, | or /);
        return { privilege: names.find((name) => name !== 'SUPER') ?? 'SUPER', on: '*.*' };
    }
    const denied = /\b([A-Z]+) command denied to user .*? for table [`']?(?:(\w+)[`']?\.[`']?)?(\w+)/.exec(text);
    if (denied === null)
        return undefined;
    const [, privilege = '', schema, table = ''] = denied;
    // The backup tools read no others than those of performance_schema.
    const named = new RegExp(`\\b(\\w+)[\`"]?\\.[\`"]?${table}\\b`).exec(context)?.[1];
    return { privilege, on: `${schema ?? named ?? 'performance_schema'}.${table}` };
}

;// CONCATENATED MODULE: ./build/src/mysql/connection.js







const usualSockets = [
    '/run/mysqld/mysqld.sock',
    '/var/run/mysqld/mysqld.sock',
    '/var/lib/mysql/mysql.sock',
    '/tmp/mysql.sock',
];
const connectTimeoutMilliseconds = 10_000;
/** Each of our statements is answered in milliseconds. */
const statementSeconds = 60;
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
    // A socket that is told of an abort before it connects connects all the same, and nobody ends it.
    if (signal?.aborted === true)
        throw (0,errors/* cancelled */.KW)();
    const stream = openSocket(account, signal);
    let connection;
    try {
        connection = await createConnection({
            user: account.user,
            connectTimeout: connectTimeoutMilliseconds,
            typeCast: (field) => field.string('utf8'),
            ...(account.password === undefined ? {} : { password: account.password }),
            // `stream` connects. This only says that it is a socket: there MySQL 8 (caching_sha2_password) wants the
            // password of a first login in clear, and refuses the encrypted one.
            ...(account.socket === undefined ? {} : { socketPath: account.socket }),
            stream,
        });
    }
    catch (error) {
        throw connectFailure(error, account);
    }
    // A connection that breaks between two statements is reported by the next statement.
    connection.on('error', () => undefined);
    return {
        async query(sql) {
            // Not mysql2's own time-out: when the connection breaks it leaves its timer, which keeps the process alive.
            const noAnswer = new Error(`no answer in ${statementSeconds} s`);
            const timer = setTimeout(() => stream.destroy(noAnswer), statementSeconds * 1000);
            try {
                const [rows] = await connection.query(sql);
                return Array.isArray(rows) ? rows : [];
            }
            catch (error) {
                throw statementFailure(error, sql);
            }
            finally {
                clearTimeout(timer);
            }
        },
        async close() {
            await connection.end().catch(() => connection.destroy());
        },
    };
}
/** Connects, does the work, and closes the connection however it ends. */
async function withSession(account, signal, work) {
    const session = await connect(account, signal);
    try {
        return await work(session);
    }
    finally {
        await session.close();
    }
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
    const missing = missingPrivilege((0,errors/* messageOf */.bD)(error), sql);
    if (missing === undefined)
        return error;
    const { privilege, on } = missing;
    return new errors/* UserError */.yo('PRIVILEGE_MISSING', `The user may not run ${sql}: it lacks the privilege ${privilege} on ${on}.`, `Grant it: GRANT ${privilege} ON ${on} TO the backup user.`, { cause: error });
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

// EXTERNAL MODULE: ./build/src/mysql/datadir-swap.js
var datadir_swap = __webpack_require__(2027);
// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: ./node_modules/@actions/exec/lib/exec.js + 1 modules
var exec = __webpack_require__(1955);
// EXTERNAL MODULE: ./build/src/pipeline/environment.js
var pipeline_environment = __webpack_require__(849);
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
    const environment = Object.fromEntries(Object.entries((0,pipeline_environment/* childEnvironment */.Q)()).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
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
    const environment = (0,pipeline_environment/* childEnvironment */.Q)();
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
    const names = await (0,promises_.readdir)(datadir).catch(() => []);
    return await holderOf(names.map((name) => (0,external_node_path_.join)(datadir, name)), datadir);
}
/** The process that has a lock on one of these files in `dir`. */
async function holderOf(paths, dir) {
    const devicesDiffer = await (0,promises_.statfs)(dir).then(({ type }) => otherDeviceFilesystems.includes(type), () => false);
    const inodes = new Map();
    for (const path of paths) {
        const file = await (0,promises_.lstat)(path, { bigint: true }).catch(() => undefined);
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

// EXTERNAL MODULE: ./build/src/mysql/outside.js
var mysql_outside = __webpack_require__(9675);
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
    if (!(await filesystem_exists('/sys/fs/selinux/enforce')))
        return;
    // The old data's own context is right even where the policy does not know this path.
    if (like === undefined)
        await outputOf('restorecon', ['-R', dir]);
    else
        await outputOf('chcon', ['-R', `--reference=${like.path}`, dir]);
}
/** The same for what of the server's is outside of the datadir; what else is there is not touched. */
async function givePartsTo(place, owner, asideLabel) {
    const paths = place.exists ? await (0,mysql_outside/* partsIn */.gw)(place) : [place.path];
    if (paths.length === 0)
        return;
    await outputOf('find', [...paths, '-exec', 'chown', '-h', owner, '{}', '+']);
    if (!(await filesystem_exists('/sys/fs/selinux/enforce')))
        return;
    const aside = (0,mysql_outside/* partsAside */.Ho)(place, asideLabel);
    const [like] = await (0,promises_.readdir)(aside).catch(() => []);
    if (like === undefined)
        await outputOf('restorecon', ['-R', ...paths]);
    else
        await outputOf('chcon', ['-R', `--reference=${(0,external_node_path_.join)(aside, like)}`, ...paths]);
}
/** find takes its -path for a pattern. */
function literally(path) {
    return path.replace(/[\\*?[\]]/g, '\\$&');
}
async function filesystem_exists(path) {
    return (0,promises_.access)(path).then(() => true, () => false);
}

// EXTERNAL MODULE: ./build/src/tools/versions.js
var versions = __webpack_require__(9344);
;// CONCATENATED MODULE: ./build/src/mysql/told.js

/** Asks, and keeps the reason where there is no answer. */
async function ask(question) {
    try {
        return { value: await question() };
    }
    catch (error) {
        return { untold: (0,errors/* messageOf */.bD)(error) };
    }
}
/** How long a question of a check may occupy the server: one with many tables takes its time. */
const usualSeconds = 10;
/**
 * Runs a SELECT that the server breaks off when it takes long.
 * @param columnsAndRest what comes after the word SELECT.
 * @throws Error of the server: ER_QUERY_TIMEOUT (3024), in MariaDB ER_STATEMENT_TIMEOUT (1969), when it took longer.
 */
async function selectBriefly(session, flavor, columnsAndRest, seconds = usualSeconds) {
    // MySQL before 5.7.8 takes the hint for a comment.
    return await session.query(flavor === 'mariadb'
        ? `SET STATEMENT max_statement_time = ${seconds} FOR SELECT ${columnsAndRest}`
        : `SELECT /*+ MAX_EXECUTION_TIME(${seconds * 1000}) */ ${columnsAndRest}`);
}
/** Variables or status counters by name, in lower case. Those that this version does not have are missing. */
async function readNamed(session, kind, names) {
    const list = names.map((name) => `'${name}'`).join(', ');
    const rows = await session.query(`SHOW GLOBAL ${kind} WHERE Variable_name IN (${list})`);
    return new Map(rows.map((row) => [(row['Variable_name'] ?? '').toLowerCase(), row['Value'] ?? '']));
}

;// CONCATENATED MODULE: ./build/src/mysql/tablespaces.js


/** MySQL has renamed these tables in 8.0; MariaDB never did. */
function hasNewNames({ flavor, version }) {
    return flavor !== 'mariadb' && (0,versions/* isAtLeast */.du)(version, '8.0');
}
/** The tablespaces that InnoDB has encrypted. */
async function readEncrypted(session, server) {
    // In 5.7 only a bit of the flags tells it: FSP_FLAGS_POS_ENCRYPTION is 13.
    const which = hasNewNames(server)
        ? "information_schema.INNODB_TABLESPACES WHERE ENCRYPTION = 'Y'"
        : server.flavor === 'mariadb'
            ? 'information_schema.INNODB_TABLESPACES_ENCRYPTION ' +
                'WHERE ENCRYPTION_SCHEME <> 0 AND (MIN_KEY_VERSION > 0 OR CURRENT_KEY_VERSION > 0)'
            : 'information_schema.INNODB_SYS_TABLESPACES WHERE FLAG & 8192';
    const [counted] = await selectBriefly(session, server.flavor, `COUNT(*) AS count FROM ${which}`);
    const names = await selectBriefly(session, server.flavor, `NAME AS name FROM ${which} ORDER BY NAME LIMIT 3`);
    return {
        count: Number(counted?.['count'] ?? 0),
        // MariaDB's system tablespace has no name there.
        names: names.map((row) => row['name'] ?? 'the system tablespace'),
    };
}
/** What else is encrypted, as the variables that say so. */
async function readEncryptedLogs(session) {
    const variables = await readNamed(session, 'VARIABLES', [
        'innodb_redo_log_encrypt',
        'innodb_undo_log_encrypt',
        'binlog_encryption',
        'innodb_encrypt_log',
        'encrypt_binlog',
        'aria_encrypt_tables',
    ]);
    return [...variables].filter(([, value]) => value === 'ON' || value === '1').map(([name]) => name);
}
/** The keyring component or plugin that is in use; undefined when there is none. */
async function readKeyring(session, server) {
    if (hasNewNames(server) && (0,versions/* isAtLeast */.du)(server.version, keyringComponentsSince)) {
        const component = await readComponent(session);
        if (component !== undefined)
            return component;
    }
    return await readPlugin(session);
}
/** Since then MySQL has keyring components, and a table of them. */
const keyringComponentsSince = '8.0.24';
async function readComponent(session) {
    const rows = await session.query('SELECT STATUS_KEY AS name, STATUS_VALUE AS value FROM performance_schema.keyring_component_status');
    const status = new Map(rows.map((row) => [row['name'] ?? '', row['value'] ?? '']));
    const name = status.get('Component_name') ?? status.get('Implementation_name');
    if (name === undefined)
        return undefined;
    return { name, kind: 'component', ...fileOf(status.get('Data_file')) };
}
async function readPlugin(session) {
    const [row] = await session.query('SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS ' +
        "WHERE PLUGIN_STATUS = 'ACTIVE' AND (PLUGIN_TYPE = 'ENCRYPTION' OR PLUGIN_TYPE = 'KEYRING' " +
        // keyring_udf is a door to the others and holds no keys.
        "OR PLUGIN_NAME LIKE 'keyring\\_%') AND PLUGIN_NAME <> 'keyring_udf' LIMIT 1");
    const name = row?.['name'];
    if (name === null || name === undefined)
        return undefined;
    const variables = await readNamed(session, 'VARIABLES', [
        'keyring_file_data',
        'keyring_encrypted_file_data',
        'keyring_vault_config',
        'file_key_management_filename',
        'file_key_management_filekey',
    ]);
    const unlocking = /^FILE:(.+)$/i.exec(variables.get('file_key_management_filekey') ?? '')?.[1];
    const file = variables.get('file_key_management_filename') ??
        variables.get('keyring_file_data') ??
        variables.get('keyring_encrypted_file_data') ??
        variables.get('keyring_vault_config');
    return {
        name,
        kind: 'plugin',
        ...fileOf(file),
        ...(unlocking === undefined ? {} : { unlockingFile: unlocking }),
    };
}
function fileOf(path) {
    // A component that keeps them elsewhere says so in words.
    return path?.startsWith('/') === true ? { file: path } : {};
}
/**
 * The tables with row versions that the instant DDL of MySQL 8.0.29 to 8.0.31 left, which XtraBackup refuses. Other
 * servers are not asked: they have none, or it takes theirs (Percona Server's too, by XtraBackup's own source).
 */
async function readRowVersions(session, server) {
    const { flavor, version } = server;
    const isTouched = flavor === 'mysql' && (0,versions/* isAtLeast */.du)(version, '8.0.29') && !(0,versions/* isAtLeast */.du)(version, '8.0.32');
    if (!isTouched)
        return [];
    const rows = await selectBriefly(session, server.flavor, 'NAME AS name FROM information_schema.INNODB_TABLES WHERE TOTAL_ROW_VERSIONS > 0 ORDER BY NAME');
    return rows.flatMap((row) => row['name'] ?? []);
}
/**
 * The data files of InnoDB that are not in the datadir: tables with DATA DIRECTORY, general tablespaces. For MySQL
 * since 8.0; older servers and MariaDB have link files instead.
 */
async function readFilesElsewhere(session, server) {
    const rows = await selectBriefly(session, server.flavor, "PATH AS path FROM information_schema.INNODB_DATAFILES WHERE PATH LIKE '/%'");
    return rows.flatMap((row) => row['path'] ?? []).filter((path) => !path.startsWith(`${server.datadir}/`));
}

;// CONCATENATED MODULE: ./build/src/mysql/directories.js





/** The server's variables for them. The binary log's is a file name, as log_bin in an option file. */
const variables = {
    innodb_data_home_dir: 'dataHome',
    innodb_log_group_home_dir: 'redo',
    innodb_undo_directory: 'undo',
    innodb_doublewrite_dir: 'doublewrite',
    log_bin_basename: 'binlog',
    aria_log_dir_path: 'aria',
    rocksdb_datadir: 'rocksdb',
    rocksdb_wal_dir: 'rocksdb',
};
/** Asks a running server. It needs no privilege but for the tablespaces, and goes without them where it has none. */
async function readDirectories(session, server) {
    const files = await ask(() => tablespaceFilesElsewhere(session, server));
    return {
        ...(await readDirectoryVariables(session, server.datadir)),
        ...('value' in files
            ? { tablespaces: [...new Set(files.value.map((file) => (0,external_node_path_.dirname)(file)))].sort() }
            : {}),
    };
}
async function readDirectoryVariables(session, datadir) {
    return directoriesOf(await readNamed(session, 'VARIABLES', Object.keys(variables)), datadir);
}
/** @param values by the variables' names, or by the options' of an option file. */
function directoriesOf(values, datadir) {
    const found = {};
    for (const [variable, name] of Object.entries(variables)) {
        const option = name === 'binlog' ? 'log-bin' : variable.replaceAll('_', '-');
        const value = values.get(variable) ?? values.get(option) ?? '';
        if (value === '')
            continue;
        // Relative paths are relative to the datadir.
        const path = (0,external_node_path_.resolve)(datadir, name === 'binlog' ? (0,external_node_path_.dirname)(value) : value);
        const isUsual = path === (0,external_node_path_.resolve)(datadir) || (name === 'rocksdb' && path.startsWith(`${(0,external_node_path_.resolve)(datadir)}/`));
        if (!isUsual)
            found[name] = path;
    }
    return found;
}
/**
 * The data files of InnoDB that are outside of the datadir. MySQL since 8.0 keeps the list in its dictionary;
 * MariaDB and MySQL 5.7 find them by a file beside the table's, which is there too when no server answers.
 */
async function tablespaceFilesElsewhere(session, server) {
    if (server.flavor !== 'mariadb' && (0,versions/* isAtLeast */.du)(server.version, '8.0')) {
        return await readFilesElsewhere(session, server);
    }
    return [...(await linkedTablespaces(server.datadir)).values()];
}
/**
 * The tablespaces of a data directory that lie elsewhere, by the link files `table.isl` that hold their path:
 * `shop/orders.ibd` → `/fast/shop/orders.ibd`.
 */
async function linkedTablespaces(dir) {
    const links = new Map();
    const note = async (folder) => {
        // It may be a file, or have vanished.
        for (const name of await (0,promises_.readdir)((0,external_node_path_.join)(dir, folder)).catch(() => [])) {
            if (!name.endsWith('.isl'))
                continue;
            const path = await (0,promises_.readFile)((0,external_node_path_.join)(dir, folder, name), 'utf8').catch(() => '');
            if (path.trim() !== '')
                links.set((0,external_node_path_.join)(folder, name.replace(/isl$/, 'ibd')), (0,external_node_path_.resolve)(dir, path.trim()));
        }
    };
    await note('.');
    const entries = await (0,promises_.readdir)(dir, { withFileTypes: true }).catch(() => []);
    // A database may be a symlink to a directory. What is hidden is none.
    for (const entry of entries)
        if (!entry.isFile() && !entry.name.startsWith('.'))
            await note(entry.name);
    return links;
}

;// CONCATENATED MODULE: ./build/src/mysql/server.js


/**
 * Asks the server what a backup has to know of it. The statements need the privileges PROCESS and REPLICATION
 * CLIENT (MariaDB: BINLOG MONITOR), which the backup tools miss only after all data is read.
 * @throws UserError PRIVILEGE_MISSING.
 */
async function describeServer(session) {
    const identity = await identifyServer(session);
    return {
        ...identity,
        lsn: await currentLsn(session),
        directories: await readDirectories(session, identity),
        ...(identity.logsBinary ? { binaryLogs: await readBinaryLogs(session) } : {}),
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

;// CONCATENATED MODULE: ./build/src/mysql/layout.js









/**
 * Asks the running server; if none answers, the user's option file where that has a [mysqld] group; and else the
 * backup says what its own server had.
 * @throws UserError DATADIR_UNSUITABLE when they contradict each other.
 */
async function findLayout(sources) {
    const { datadir, defaultsFile = '', recorded } = sources;
    const running = await askServer(sources);
    const options = defaultsFile === '' ? new Map() : await readServerOptions(defaultsFile);
    await requireSameDatadir(options.get('datadir'), datadir, defaultsFile);
    const written = directoriesOf(options, datadir);
    if (running !== undefined) {
        await requireAgreement(running.directories, written, defaultsFile);
        return running;
    }
    const links = [...(await linkedTablespaces(datadir)).values()];
    const tablespaceFiles = hasLinks(recorded) ? links : undefined;
    const keyFiles = keyFileVariables.flatMap((name) => options.get(name.replaceAll('_', '-')) ?? []);
    if (options.size > 0)
        return { directories: written, source: defaultsFile, tablespaceFiles, keyFiles };
    const directories = await recordedDirectories(sources);
    return { directories, source: 'the server of the backup', tablespaceFiles, keyFiles };
}
/** What the backup's server had elsewhere may be what another server on this host has there now. */
async function recordedDirectories({ recorded, datadir }) {
    const { tablespaces = [], binlog, ...places } = recorded.directories ?? {};
    const elsewhere = [...Object.values(places), ...tablespaces].filter((path) => path !== undefined);
    if (elsewhere.length === 0)
        return {};
    if ((await real(recorded.datadir)) === (await real(datadir)))
        return { ...places, binlog };
    throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The backup's server kept a part of its data outside of its datadir ${recorded.datadir} (in ${elsewhere.join(', ')}), ` +
        `and where the server of ${datadir} has its own is not known: it does not answer.`, 'Nothing was changed. Start that server, or give its my.cnf as mysql-defaults-file: it says so in [mysqld].');
}
/** MySQL since 8.0 keeps no link files: what it has elsewhere, only it can tell. */
function hasLinks({ flavor, version }) {
    return flavor === 'mariadb' || !(0,versions/* isAtLeast */.du)(version, '8.0');
}
async function askServer({ account, datadir }) {
    const session = await connect(account).catch(() => undefined);
    if (session === undefined)
        return undefined;
    try {
        return await readLayout(session, datadir);
    }
    finally {
        await session.close();
    }
}
async function readLayout(session, datadir) {
    const server = await identifyServer(session);
    const values = await readNamed(session, 'VARIABLES', keyFileVariables);
    const files = await ask(() => tablespaceFilesElsewhere(session, server));
    return {
        directories: await readDirectoryVariables(session, datadir),
        source: 'the running server',
        tablespaceFiles: 'value' in files ? files.value : undefined,
        keyFiles: [...values.values()].filter((file) => file !== ''),
    };
}
async function requireSameDatadir(theirs, datadir, file) {
    if (theirs === undefined || (await real(theirs)) === (await real(datadir)))
        return;
    throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The server of ${file} has the datadir ${theirs}, not ${datadir}.`, 'Nothing was changed. Correct the input datadir, or mysql-defaults-file, so that both mean the same server.');
}
/** What the option file does not say may be said elsewhere; what it says must be so. */
async function requireAgreement(running, written, file) {
    for (const name of ['dataHome', 'redo', 'undo', 'doublewrite']) {
        const [now, then] = [running[name], written[name]];
        if (then === undefined || (now !== undefined && (await real(now)) === (await real(then))))
            continue;
        throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `By ${file} the server keeps a part of its data in ${then}, but the one that runs has it in ${now ?? 'its datadir'}.`, 'Nothing was changed. Restart the server with that file, or correct mysql-defaults-file.');
    }
}
/** With symlinks resolved, where there is something. */
function real(path) {
    return (0,promises_.realpath)(path).catch(() => path.replace(/(?<=.)\/+$/, ''));
}

// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(8474);
;// CONCATENATED MODULE: ./build/src/pipeline/host-lock.js






/** For the directory of a server's data. */
const ofDatadir = { busy: 'HOST_BUSY', unreadable: 'DATADIR_UNREADABLE' };
/** For a directory of prepared data. */
const ofTargetDir = { busy: 'TARGET_IN_USE', unreadable: 'TARGET_NOT_EMPTY' };
const held = 75;
/**
 * Does the work while nobody else has the lock.
 * @throws UserError at once when another run has it, naming that run.
 */
async function withHostLock(lock, work) {
    const holder = await takeLock(lock);
    try {
        return await work();
    }
    finally {
        // The end of its stdin is the end of the program, also when this process is killed.
        const ended = holder.exitCode === null && holder.signalCode === null ? (0,external_node_events_.once)(holder, 'exit') : undefined;
        holder.stdin?.end();
        await ended;
    }
}
async function takeLock(lock) {
    const { dir, purpose } = lock;
    // Of a path that is not there the program would make a file.
    const found = await (0,promises_.stat)(dir).catch((error) => {
        throw cannotLock(lock, error);
    });
    if (!found.isDirectory())
        throw cannotLock(lock, 'it is no directory');
    const flock = await requireProgram(['flock'], 'util-linux');
    const script = 'echo locked; exec cat >/dev/null';
    const args = ['--nonblock', '--conflict-exit-code', String(held), dir, 'sh', '-c', script, mark, purpose];
    // A group of its own: a Ctrl-C in the terminal must not give the lock back before the work has ended.
    const child = (0,external_node_child_process_.spawn)(flock, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        env: (0,pipeline_environment/* childEnvironment */.Q)(),
    });
    child.stdin.on('error', () => undefined);
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk.toString()));
    const failed = new Promise((_, reject) => {
        child.once('error', reject);
        child.once('exit', (status) => reject(status === held ? new Held() : new Error(`flock: ${said.trim()}`)));
    });
    failed.catch(() => undefined);
    try {
        await Promise.race([(0,external_node_events_.once)(child.stdout, 'data'), failed]);
    }
    catch (error) {
        throw error instanceof Held ? await busy(lock) : cannotLock(lock, error);
    }
    return child;
}
class Held extends Error {
}
/** Stands before the purpose in the arguments of the program that holds the lock. */
const mark = 'xbackup';
async function busy({ dir, codes }) {
    const holder = await describeHolder(dir);
    return new errors/* UserError */.yo(codes.busy, `Another run is at work on ${dir}: ${holder ?? 'who it is cannot be seen from here'}.`, 'Nothing was touched. Wait until it has ended, or end it.');
}
/** The purpose of whoever holds the lock, and the process. Undefined when it runs in another container. */
async function describeHolder(dir) {
    const { ino } = await (0,promises_.stat)(dir);
    const locks = await (0,promises_.readFile)('/proc/locks', 'utf8').catch(() => '');
    const processId = new RegExp(`^\\d+: FLOCK\\s+\\S+\\s+WRITE\\s+(\\d+)\\s+[0-9a-f]+:[0-9a-f]+:${ino}\\s`, 'm').exec(locks)?.[1];
    if (processId === undefined)
        return undefined;
    const words = (await (0,promises_.readFile)(`/proc/${processId}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const purpose = words[words.indexOf(mark) + 1];
    return purpose === undefined || purpose === ''
        ? `process ${processId}`
        : `${purpose} (process ${processId})`;
}
function cannotLock({ dir, codes }, cause) {
    return new errors/* UserError */.yo(codes.unreadable, `The directory ${dir} cannot be locked: ${(0,errors/* messageOf */.bD)(cause)}.`, 'The user that runs this must be able to read it.', { cause });
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
        sinceServer: '8.0.24',
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
        refuses: { unknownOptions: true, unpreparedRestore: true },
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
        refuses: { unknownOptions: true, unpreparedRestore: false },
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
        refuses: { unknownOptions: false, unpreparedRestore: false },
    }),
    xtrabackupLine('8.0', '80', {
        servers: 'MySQL 8.0',
        // Since 8.0.34 it takes the newer ones too; before, none that is newer than itself.
        takes: (server, toolVersion) => takesSeries('8.0')(server) &&
            ((0,versions/* isAtLeast */.du)(toolVersion, '8.0.34') ||
                (0,versions/* isAtLeast */.du)(withoutBuild(toolVersion), withoutBuild(server.version))),
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
    const parsed = (0,versions/* parseVersion */.ot)(version);
    if (parsed === undefined)
        return undefined;
    const name = tool === 'xtrabackup' ? `${parsed.major}.${parsed.minor}` : String(Math.min(parsed.major, 11));
    return toolLines.find((line) => line.tool === tool && line.name === name);
}
/** Does this version of the line have the option? */
function hasOption(line, toolVersion, option) {
    const since = line.options[option];
    return since !== undefined && (0,versions/* isAtLeast */.du)(toolVersion, since);
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
    if ((0,versions/* isCalendarVersion */.tq)(version)) {
        return `${flavor} ${version} is an innovation release, and there is no XtraBackup for it. ${known}`;
    }
    return `There is no backup tool for ${flavor} ${version} that is known here. ${known}`;
}
function seriesOf(version) {
    const parsed = (0,versions/* parseVersion */.ot)(version);
    return parsed === undefined ? undefined : `${parsed.major}.${parsed.minor}`;
}
function withoutBuild(version) {
    const parsed = (0,versions/* parseVersion */.ot)(version);
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
            '--prepare',
            `--target-dir=${step.targetDir}`,
            ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
            `--use-memory=${step.useMemory}`,
            ...step.extraArguments,
        ];
    },
    restoreArguments(request) {
        return [
            request.defaultsFile === undefined ? '--no-defaults' : `--defaults-file=${request.defaultsFile}`,
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
            '--prepare',
            ...(step.isLast ? optional(self, 'check-tables') : optional(self, 'apply-log-only')),
            `--target-dir=${step.targetDir}`,
            ...(step.incrementalDir === undefined ? [] : [`--incremental-dir=${step.incrementalDir}`]),
            `--use-memory=${step.useMemory}`,
            ...optional(self, 'parallel-prepare', `--parallel=${step.parallel}`),
            ...step.extraArguments,
        ],
        restoreArguments: (request) => [
            request.defaultsFile === undefined ? '--no-defaults' : `--defaults-file=${request.defaultsFile}`,
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
// EXTERNAL MODULE: ./build/src/chain/manifest.js
var chain_manifest = __webpack_require__(4918);
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
    backupId: schemas/* string */.YjP().regex(chain_manifest/* backupIdPattern */.OO),
    /** The ids of the chain, the full first. */
    links: schemas/* array */.YOg(schemas/* string */.YjP().regex(chain_manifest/* backupIdPattern */.OO)).min(1),
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
        serverUuid: schemas/* string */.YjP().optional(),
        directories: chain_manifest/* directoriesSchema */.r_.optional(),
    }),
    inventory: schemas/* object */.Ikc({ files: schemas/* number */.aig(), bytes: schemas/* number */.aig(), sha256: schemas/* string */.YjP() }),
    preparedAt: schemas/* string */.YjP(),
});
/** Written under another name first: a prepared.json that exists is whole. */
async function writePrepared(dir, prepared) {
    const path = (0,external_node_path_.join)(dir, fileName);
    await (0,promises_.writeFile)(`${path}.part`, `${JSON.stringify(prepared, null, 2)}\n`, {
        mode: 0o600,
        // Never through a symlink.
        flag: 'wx',
        flush: true,
    });
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

;// CONCATENATED MODULE: ./build/src/operations/purpose.js
/** Who holds a lock, for those who find it taken. */
function purposeOf(what, run) {
    return run === undefined ? `${what} from a command line` : `${what} by ${run.url}`;
}

;// CONCATENATED MODULE: ./build/src/mysql/data-swap.js





/**
 * The exchange of a server's old data for new: the datadir and what is outside of it, together. The datadir is the
 * first to go and the last to come back, so that another process can tell from it how far a killed one had come.
 */
class DataSwap {
    #places;
    #label;
    #datadirAside;
    /** @param label Names what is set aside: the time. */
    constructor(places, label) {
        this.#places = places;
        this.#label = label;
    }
    /** Where the old datadir is while it is aside. */
    get datadirAside() {
        return this.#datadirAside;
    }
    get asideLabel() {
        return `before-restore-${this.#label}`;
    }
    /** Takes up the exchange of a process that was killed. Returns whether the old datadir is aside. */
    async takeUp() {
        this.#datadirAside = await (0,datadir_swap/* findAside */.oq)(this.#places.datadir, this.asideLabel);
        return this.#datadirAside !== undefined;
    }
    /** When it fails, everything is as before. @throws HalfSetAside when not even that could be done. */
    async setAside() {
        const { datadir, outside } = this.#places;
        const done = [];
        this.#datadirAside = await (0,datadir_swap/* setAside */.Fi)(datadir, this.asideLabel);
        try {
            for (const place of outside) {
                await (0,mysql_outside/* setPartsAside */.Lv)(place, this.asideLabel);
                done.push(place);
            }
        }
        catch (error) {
            if (error instanceof datadir_swap/* HalfSetAside */.u)
                throw error;
            await this.#putBack(done).catch((stuck) => {
                const where = this.#datadirAside?.path ?? datadir.path;
                throw new datadir_swap/* HalfSetAside */.u(where, new AggregateError([error, stuck], (0,errors/* messageOf */.bD)(stuck)));
            });
            throw error;
        }
    }
    /**
     * Takes the new data out of all places. A copy is deleted, it would only fill the disk of the old server; what was
     * moved is kept, since it is the only one. Returns where.
     */
    async takeAway(keep) {
        const { datadir, outside } = this.#places;
        const keepAs = keep ? `failed-restore-${this.#label}` : undefined;
        const kept = [await (0,datadir_swap/* takeAway */.uu)(datadir, this.#datadirAside, keepAs)];
        for (const place of outside)
            kept.push(await (0,mysql_outside/* takePartsAway */.Ii)(place, this.asideLabel, keepAs));
        return kept.filter((path) => path !== undefined);
    }
    /** Puts the old data back. What is in its place must have been taken away before. */
    async putBack() {
        await this.#putBack(this.#places.outside);
    }
    async #putBack(outside) {
        for (const place of outside)
            await (0,mysql_outside/* putPartsBack */.TK)(place, this.asideLabel);
        await (0,datadir_swap/* putBack */.pK)(this.#places.datadir, this.#datadirAside);
        this.#datadirAside = undefined;
    }
    /** The folders outside of the datadir that hold old data now. */
    async outsideAside() {
        const folders = [];
        for (const place of this.#places.outside) {
            const path = (0,mysql_outside/* partsAside */.Ho)(place, this.asideLabel);
            if ((await (0,promises_.stat)(path).catch(() => undefined)) !== undefined)
                folders.push(path);
        }
        return folders;
    }
    /** A process that uses what is to be set aside outside of the datadir, when the server itself is stopped. */
    async holderOutside() {
        for (const place of this.#places.outside) {
            const processId = await holderOf(await (0,mysql_outside/* partsIn */.gw)(place), place.path);
            if (processId !== undefined)
                return { processId, path: place.path };
        }
        return undefined;
    }
    /** The process that runs on the old data although it was set aside. */
    async holderOfOldData() {
        const folders = await this.outsideAside();
        if (this.#datadirAside !== undefined)
            folders.unshift(this.#datadirAside.path);
        for (const folder of folders) {
            const holder = await lockHolder(folder);
            if (holder !== undefined)
                return holder;
        }
        return undefined;
    }
}

// EXTERNAL MODULE: ./build/src/report/format.js
var format = __webpack_require__(5845);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(6466);
// EXTERNAL MODULE: ./build/src/pipeline/child.js
var pipeline_child = __webpack_require__(5218);
;// CONCATENATED MODULE: ./build/src/pipeline/piece-memory.js
/**
 * Memory for a stream in pieces of one size: a few buffers that are used again and again. Buffers of its own for each
 * read would cost more time in the garbage collector than all reading and writing.
 */
class PieceMemory {
    pieceBytes;
    pieces;
    #free = [];
    #lent = new Map();
    #onGiven;
    /**
     * @param pieceBytes the size of each.
     * @param pieces how many there are at most, from 2: one is read into while others are sent. They are made as needed.
     */
    constructor(pieceBytes, pieces) {
        this.pieceBytes = pieceBytes;
        this.pieces = pieces;
        if (pieces < 2)
            throw new RangeError('A stream needs two pieces of memory');
    }
    get hasFree() {
        return this.#free.length > 0 || this.#lent.size < this.pieces;
    }
    /** Lends one. @throws when there is none: see `hasFree`. */
    take() {
        if (!this.hasFree)
            throw new Error('All pieces of memory are lent');
        const piece = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.pieceBytes);
        this.#lent.set(piece.buffer, piece);
        return piece;
    }
    /** Takes back what was lent, of which `bytes` is the whole or a part. What is in it may be overwritten from now on. */
    give(bytes) {
        const piece = this.#lent.get(bytes.buffer);
        if (piece === undefined)
            throw new Error('This memory was not lent, or is back already');
        this.#lent.delete(bytes.buffer);
        this.#free.push(piece);
        this.#onGiven?.();
    }
    /** Calls `listener` whenever a piece comes back. There is one listener: who reads the stream. */
    whenGiven(listener) {
        this.#onGiven = listener;
    }
}

;// CONCATENATED MODULE: ./build/src/pipeline/socket-pair.js




/**
 * Two connected sockets, of which the one that is read takes its memory from `onread`. (The `pipe` of Node's `spawn` does
 * not: it makes a buffer of 64 KiB for each read.)
 * @param dir where nobody else can look in. For a moment it holds a socket.
 */
async function socketPair(dir, onread) {
    const handle = await (0,promises_.open)(dir);
    const server = (0,external_node_net_.createServer)({ pauseOnConnect: true });
    try {
        // By its descriptor, since the path of a socket may have 107 bytes, and that of a runner's directory can have more.
        const path = `/proc/self/fd/${handle.fd}/${(0,external_node_crypto_.randomUUID)()}`;
        server.listen(path);
        await (0,external_node_events_.once)(server, 'listening');
        const accepted = (0,external_node_events_.once)(server, 'connection');
        const readEnd = (0,external_node_net_.connect)({ path, onread });
        await (0,external_node_events_.once)(readEnd, 'connect');
        const [writeEnd] = await accepted;
        return { readEnd, writeEnd };
    }
    finally {
        server.close();
        await handle.close();
    }
}

;// CONCATENATED MODULE: ./build/src/pipeline/piece-reader.js

/**
 * What a program writes to its standard output, in pieces as large as those of a `PieceMemory`; only the last may be
 * shorter. It is read straight into them.
 */
class PieceReader {
    #arriving;
    #readEnd;
    /** For the program. It is to be destroyed here when that has started. */
    writeEnd;
    /** @param dir nobody else can look into it. */
    static async open(memory, dir) {
        const arriving = new ArrivingPieces(memory);
        const onread = { buffer: () => arriving.room(), callback: (bytes) => arriving.filled(bytes) };
        const { readEnd, writeEnd } = await socketPair(dir, onread);
        return new PieceReader(arriving, readEnd, writeEnd);
    }
    constructor(arriving, readEnd, writeEnd) {
        this.#arriving = arriving;
        this.#readEnd = readEnd;
        this.writeEnd = writeEnd;
        readEnd.once('end', () => arriving.end());
        readEnd.once('error', (error) => arriving.end({ error }));
        arriving.memory.whenGiven(() => readEnd.resume());
        readEnd.resume();
    }
    /** Ends when the program has closed its output. Whoever reads gives each piece back to the memory. */
    pieces() {
        return this.#arriving.read();
    }
    close() {
        this.#arriving.memory.whenGiven(undefined);
        this.#readEnd.destroy();
        this.writeEnd.destroy();
    }
}
/** Fills piece after piece, and hands on those that are full. */
class ArrivingPieces {
    memory;
    #full = [];
    #piece;
    #filledBytes = 0;
    #hasEnded = false;
    #failure;
    #wake;
    constructor(memory) {
        this.memory = memory;
        this.#piece = memory.take();
    }
    /** Where the next bytes go. Node asks for it right after each read, also when it is to pause then. */
    room() {
        return this.#piece.subarray(this.#filledBytes);
    }
    /** False pauses the reading: with the last free piece at hand and still empty, so that there is always room. */
    filled(bytes) {
        this.#filledBytes += bytes;
        if (this.#filledBytes < this.#piece.length)
            return true;
        this.#full.push(this.#piece);
        this.#piece = this.memory.take();
        this.#filledBytes = 0;
        this.#wakeUp();
        return this.memory.hasFree;
    }
    end(failure) {
        this.#hasEnded = true;
        this.#failure ??= failure;
        this.#wakeUp();
    }
    async *read() {
        for (;;) {
            const piece = this.#full.shift();
            if (piece !== undefined)
                yield piece;
            else if (this.#hasEnded)
                break;
            else
                await new Promise((resolve) => (this.#wake = resolve));
        }
        if (this.#failure !== undefined)
            throw this.#failure.error;
        if (this.#filledBytes > 0)
            yield this.#piece.subarray(0, this.#filledBytes);
    }
    #wakeUp() {
        this.#wake?.();
        this.#wake = undefined;
    }
}

;// CONCATENATED MODULE: ./build/src/pipeline/wide-pipe.js


/** A host that lets itself connect does so within a fraction of a millisecond. */
const patienceMilliseconds = 1000;
/**
 * A way into a program that holds megabytes: the `pipe` of Node's `spawn` holds 200 KB. A program that reads 10 MiB and
 * then writes them, as the extractors do, finds the next ones waiting, instead of waiting for us fifty times. It is TCP
 * from this host to itself: Node can set the size of no other, and Linux makes these as large as they need to be
 * (tcp(7), tcp_rmem and tcp_wmem).
 * @param host for tests: an address that is not ours.
 * @returns undefined where this host does not reach itself, as with some firewalls.
 */
async function widePipe(host = '127.0.0.1') {
    const signal = AbortSignal.timeout(patienceMilliseconds);
    const server = (0,external_node_net_.createServer)({ pauseOnConnect: true });
    // Anybody on this host may connect: only who comes from our own address and port is let in.
    const arrived = [];
    server.on('connection', (socket) => arrived.push(socket));
    let writeEnd;
    let readEnd;
    try {
        server.listen(0, host);
        await (0,external_node_events_.once)(server, 'listening', { signal });
        writeEnd = (0,external_node_net_.connect)({ host, port: server.address().port, noDelay: true });
        // Not read: with the program's end Node would end our writing too, as if all were written, and `pipeline` of
        // node:stream would wait for ever for what it writes after that.
        writeEnd.pause();
        await (0,external_node_events_.once)(writeEnd, 'connect', { signal });
        // What goes wrong later, the writing or the program's end tells.
        writeEnd.on('error', () => undefined);
        const { localAddress, localPort } = writeEnd;
        const isOwn = (socket) => socket.remoteAddress === localAddress && socket.remotePort === localPort;
        while ((readEnd = arrived.find(isOwn)) === undefined)
            await (0,external_node_events_.once)(server, 'connection', { signal });
        return { writeEnd, readEnd };
    }
    catch {
        writeEnd?.destroy();
        return undefined;
    }
    finally {
        server.close();
        for (const stranger of arrived)
            if (stranger !== readEnd)
                stranger.destroy();
    }
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
    yield* pipeline_outputOf(programs, options, undefined, verify);
}
/**
 * Sends `source` into programs joined by pipes: `age -d | zstd -d | xbstream -x`. Resolves when the source was
 * read to its end and every program has ended with 0.
 */
async function writeToPrograms(source, programs, options) {
    const pipe = await widePipe();
    try {
        const children = start(programs, options, { input: pipe?.readEnd ?? 'pipe' });
        const guard = new Guard(children, options.signal);
        try {
            await feed(source, pipe?.writeEnd ?? firstOf(children).stdin);
            return await guard.succeeded();
        }
        catch (error) {
            throw await guard.explain(error);
        }
        finally {
            await guard.endAll();
        }
    }
    finally {
        pipe?.readEnd.destroy();
        pipe?.writeEnd.destroy();
    }
}
/** Of what comes back from programs: enough to go on reading while one piece is written elsewhere. */
const throughPieceBytes = 256 * 1024;
const throughPieces = 4;
/**
 * What programs joined by pipes make of `source`: `age -d | zstd -d`. It can be read once, and ends only after the
 * source was read to its end and every program has ended with 0; otherwise it throws. What it yields is gone when the
 * next is asked for.
 */
async function* sendThroughPrograms(source, programs, options) {
    const memory = new PieceMemory(throughPieceBytes, throughPieces);
    for await (const piece of pipeline_outputOf(programs, { ...options, memory }, source)) {
        yield piece;
        memory.give(piece);
    }
}
async function* pipeline_outputOf(programs, options, source, verify) {
    const reader = await PieceReader.open(options.memory, options.workDir);
    try {
        const children = start(programs, options, {
            input: source === undefined ? 'ignore' : 'pipe',
            output: reader.writeEnd,
        });
        const guard = new Guard(children, options.signal);
        const fed = source && feed(source, firstOf(children).stdin);
        // It is waited for below, unless reading fails first.
        fed?.catch(() => undefined);
        try {
            yield* reader.pieces();
            await fed;
            const ended = await guard.succeeded();
            await verify?.(ended);
        }
        catch (error) {
            throw await guard.explain(error);
        }
        finally {
            await guard.endAll();
        }
    }
    finally {
        reader.close();
    }
}
/** Each piece is written to its end before the next is asked for: its memory may be used for something else then. */
async function feed(source, stdin) {
    const oneByOne = async function* () {
        for await (const bytes of source) {
            yield bytes;
            // Node comes back for more as long as what waits is less than the high-water mark.
            if (stdin.writableLength > 0)
                await new Promise((resolve) => stdin.write('', resolve));
        }
    };
    await (0,external_node_stream_promises_.pipeline)(oneByOne(), stdin);
}
/** Runs one program to its end; its output goes to the log. @throws CommandError unless it ends with 0. */
async function runProgram(program, options) {
    if (options.signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const child = new pipeline_child/* Child */.R(program, { log: options.log, stdin: 'ignore', stdout: 'lines' });
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
function start(programs, options, { input, output }) {
    if (options.signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const children = [];
    try {
        for (const [index, program] of [...programs.entries()].reverse()) {
            const next = children[0];
            const child = new pipeline_child/* Child */.R(program, {
                log: options.log,
                stdin: index === 0 ? input : 'pipe',
                stdout: next?.stdin ?? output ?? 'lines',
            });
            children.unshift(child);
            // Our copies of the pipes' ends must go, or the next program would never see an end of file, and we no broken
            // pipe.
            (next?.stdin ?? output)?.destroy();
            if (index === 0 && typeof input !== 'string')
                input.destroy();
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
const pipeline_patienceMilliseconds = 2000;
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
        setTimeout(() => void this.endAll(), pipeline_patienceMilliseconds).unref();
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
        setTimeout(() => void this.endAll(), pipeline_patienceMilliseconds).unref();
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
        pattern: /encryption key management plugin was not found|Obtaining redo log encryption key/,
        code: 'KEYRING_UNAVAILABLE',
        fact: 'The backup tool does not find the keys of the encrypted data.',
        hint: 'The key management plugin of the server, and its key file at the same path, must be on this host, and the user ' +
            'of the runner must be able to read them.',
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
        // «… already prepared with --apply-log-only.» is what every good step after the first says.
        pattern: /was already used to '--prepare'|seems to be already prepared\./,
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
        pattern: /failed to read metadata from|may be wrong format for incremental option|cannot find \.\/xtrabackup_logfile|Can't open backup-my\.cnf/,
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
    // After the others: XtraBackup also tells of a refusal that it can do without.
    const refused = missingPrivilege(stderrTail);
    if (refused !== undefined) {
        const { privilege, on } = refused;
        return new errors/* UserError */.yo('PRIVILEGE_MISSING', `The backup user lacks the privilege ${privilege} on ${on}. (${error.message})`, `Grant it: GRANT ${privilege} ON ${on} TO the backup user.`, { cause: error });
    }
    const killedBy = killingSignal(error.failure);
    if (killedBy !== undefined && otherwise !== 'PIPELINE_FAILED') {
        const hint = killedBy === 'SIGKILL' ? hintAfterSigkill : hintAfterOtherSignal;
        const fact = `The backup tool was killed by ${killedBy}. (${error.message})`;
        return new errors/* UserError */.yo('TOOL_KILLED', fact, hint, { cause: error });
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

;// CONCATENATED MODULE: ./build/src/operations/steps.js
/**
 * The steps of what changes something, in their order: where a run may be killed, and the next one must find its way.
 * Each is told when it is reached. The tests kill a run at each of them.
 */
const steps = {
    backup: [
        'ask the server whether it is ready',
        'take the lock of the datadir',
        'sweep up after dead runs',
        'look at the server',
        'read what backups there are',
        'start the tool',
        'send an object',
        'send it in parts',
        'check the stream that has ended',
        'write the manifest',
        'tell of the good backup',
    ],
    prepare: [
        'choose the chain',
        'take the target directory',
        'empty the target directory',
        'mark the chain as in use',
        'extract a link',
        'apply a link',
        'check the prepared data',
        'write prepared.json',
        'tell of the prepared data',
    ],
    apply: [
        'Stop the server',
        'Set the old datadir aside',
        'Put the prepared data in place',
        "Carry over the server's own settings and keys",
        'Give the files to their owner',
        'Start the server and wait until it answers',
        'Roll back: put the old datadir back',
        'Roll back: start the old server',
    ],
};
/** Says in the log for debugging that a step begins now. */
function reach(log, operation, step) {
    log.debug(`Step of the ${operation}: ${step}`);
}

;// CONCATENATED MODULE: ./build/src/operations/replacement.js













/** The replacement of a datadir, step by step, and the way back from each step. */
class Replacement {
    steps = [];
    #plan;
    #context;
    #swap;
    #carriedOver = { copied: [], missing: [] };
    #oldData = { datadir: undefined, outside: [] };
    #progress = 'untouched';
    #half;
    constructor(plan, context) {
        this.#plan = plan;
        this.#context = context;
        this.#swap = new DataSwap(plan, context.label);
    }
    /** The replacement of a process that was killed. It can only be rolled back. */
    static async afterKill(plan, context, step) {
        const replacement = new Replacement(plan, context);
        const isAside = await replacement.#swap.takeUp();
        replacement.#progress = step;
        if (!isAside && !plan.datadir.isEmpty) {
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
    get oldData() {
        return this.#oldData;
    }
    /** What was taken from the old datadir, and what was not there. */
    get carriedOver() {
        return this.#carriedOver;
    }
    /** Is there anything to undo? Not when the server could not be stopped and answers as before. */
    async hasChanged() {
        if (this.#progress === 'untouched')
            return false;
        return this.#progress === 'replaced' || !(await this.#plan.service.answers());
    }
    /** Returns the version of the healthy server, or undefined when it refuses the account. */
    async carryOut(newData) {
        const { service, datadir, outside, wasRunning } = this.#plan;
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
            await this.#requireUnused();
            this.#reach('settingAside');
            await this.#setAside();
            this.#reach('replaced');
            await this.#requireStopped();
        });
        const putInPlace = async () => {
            await this.#moveOrCopyBack(newData);
            await this.#requireAllFiles(files, newData);
        };
        await this.#step('Put the prepared data in place', putInPlace, ` (${this.#plan.method})`);
        if (newData.ownFiles.length > 0) {
            await this.#step("Carry over the server's own settings and keys", async () => {
                this.#carriedOver = await carryOver(this.#oldData.datadir, datadir.path, newData.ownFiles);
            });
        }
        await this.#step('Give the files to their owner', async () => {
            await giveTo(datadir.path, newData.owner, datadir.mode, this.#swap.datadirAside);
            for (const place of outside)
                await givePartsTo(place, newData.owner, this.#swap.asideLabel);
        });
        return await this.#step('Start the server and wait until it answers', async () => {
            await this.#requireStopped();
            await service.start();
            return await service.waitUntilHealthy(this.#context.signal);
        });
    }
    /** Noted before each step, for the case that this process is killed in it. */
    #reach(step) {
        this.#progress = step;
        const { datadir, outside, method, wasRunning } = this.#plan;
        const { label } = this.#context;
        this.#context.note.restoreReaches({ step, datadir, outside: [...outside], method, wasRunning, label });
    }
    async #setAside() {
        try {
            await this.#swap.setAside();
            const outside = await this.#swap.outsideAside();
            this.#oldData = { datadir: this.#swap.datadirAside?.path, outside };
        }
        catch (error) {
            if (error instanceof datadir_swap/* HalfSetAside */.u)
                this.#half = error;
            throw error;
        }
    }
    /** What is outside of the datadir may be, by mistake, another server's. */
    async #requireUnused() {
        const holder = await this.#swap.holderOutside();
        if (holder === undefined)
            return;
        throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `Process ${holder.processId} has data files in ${holder.path} open, although the server was stopped.`, "Does another server keep its data there? Correct the server's settings, or mysql-defaults-file.");
    }
    /** A server that was started meanwhile runs on the old data, or on new data that is not whole. */
    async #requireStopped() {
        if ((await this.#swap.holderOfOldData()) === undefined && !(await this.#plan.service.isRunning()))
            return;
        throw new errors/* UserError */.yo('STOP_FAILED', 'The server was stopped, and something started it again during the restore.', 'Let stop-command also keep it from being started: systemctl stop does, a restart policy of Docker does not.');
    }
    /** Puts the old data back and starts the old server. Returns what there is to know of the new data. */
    async rollBack() {
        const { service, wasRunning, method } = this.#plan;
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
                    const kept = await this.#swap.takeAway(method === 'move-back');
                    if (kept.length > 0)
                        remains = `The restored data is kept in ${kept.join(' and ')}.`;
                    this.#reach('takenAway');
                }
                await this.#swap.putBack();
            });
        }
        if (!wasRunning)
            return `The old data is in place again; the server was not running before. ${remains}`;
        await this.#step('Roll back: start the old server', () => service.bringBack());
        return `The old data is in place again, and the old server runs. ${remains}`;
    }
    /** For the case that even the way back failed. */
    whereThingsAre() {
        const { datadir, outside } = this.#plan;
        const elsewhere = outside.map(({ path }) => ` Look also into ${path} and its folder .${this.#swap.asideLabel}.`);
        const aside = this.#swap.datadirAside;
        if (this.#half !== undefined) {
            return `The old data is partly in ${this.#half.path}, and may be partly in ${datadir.path}.${elsewhere.join('')}`;
        }
        if (aside === undefined)
            return `The old data is in ${datadir.path}.${elsewhere.join('')}`;
        const partlyBack = aside.whole ? '' : `, and may be partly back in ${datadir.path} already`;
        return `The old data is in ${aside.path}${partlyBack}.${elsewhere.join('')}`;
    }
    async #step(step, work, detail = '') {
        const name = `${step}${detail}`;
        const rollingBack = step.startsWith('Roll back');
        if (this.#context.signal.aborted && !rollingBack)
            throw (0,errors/* cancelled */.KW)();
        const started = performance.now();
        const end = (outcome) => this.steps.push({ name, durationSeconds: (performance.now() - started) / 1000, outcome });
        try {
            reach(this.#context.log, 'apply', step);
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
    async #moveOrCopyBack({ tool, preparedData, defaultsFile }) {
        const { datadir, method } = this.#plan;
        const datadirNotEmpty = this.#swap.datadirAside?.whole === false;
        const program = {
            program: tool.path,
            arguments: tool.restoreArguments({
                method,
                preparedDir: preparedData,
                datadir: datadir.path,
                datadirNotEmpty,
                ...(defaultsFile === undefined ? {} : { defaultsFile }),
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
    async #requireAllFiles(files, { destination }) {
        const data = files.filter(({ path }) => destination.isDataFile(path));
        for (const { path, sizeBytes } of data) {
            const found = await (0,promises_.stat)(destination.pathOf(path)).catch((error) => {
                throw incomplete(`${path} is missing: ${(0,errors/* messageOf */.bD)(error)}`);
            });
            if (found.size !== sizeBytes)
                throw incomplete(`${path} has ${found.size} of ${sizeBytes} bytes`);
        }
    }
}
function incomplete(fact) {
    return new errors/* UserError */.yo('NOT_PREPARED', `The data did not arrive whole in its place: ${fact}.`, 'Run prepare again, then apply.');
}

;// CONCATENATED MODULE: ./build/src/mysql/outside-places.js




/** The file may be missing, its directory is what may be a symlink. */
async function realFile(path) {
    return (0,external_node_path_.join)(await real((0,external_node_path_.dirname)(path)), (0,external_node_path_.basename)(path));
}
function unsuitable(fact, hint) {
    return new errors/* UserError */.yo('DATADIR_UNSUITABLE', `${fact}.`, `Nothing was changed. ${hint}`);
}
/** Collects the places outside of the datadir, each once. */
class OutsidePlaces {
    all = [];
    #datadir;
    constructor(datadir) {
        this.#datadir = datadir;
    }
    async addConfigured(directories, systemFiles, source) {
        const roles = [
            ['dataHome', ['system', 'doublewrite']],
            ['redo', ['redo']],
            ['undo', ['undo']],
            ['doublewrite', ['doublewrite']],
        ];
        for (const [name, kept] of roles) {
            const path = directories[name];
            if (path === undefined || this.#isInside(path))
                continue;
            const place = await this.#add(path, kept, name === 'dataHome' ? systemFiles : []);
            if (place.exists)
                continue;
            throw unsuitable(`By ${source}, a part of the data belongs into ${path}, which does not exist`, "Make it, with the datadir's owner; or give the server's own my.cnf as mysql-defaults-file if it has another.");
        }
    }
    async addFile(path) {
        const file = await realFile(path);
        if (!this.#isInside(file))
            await this.#add((0,external_node_path_.dirname)(file), [], [(0,external_node_path_.basename)(file)]);
    }
    placeOf(path) {
        return this.all.find((place) => place.path === (0,external_node_path_.dirname)(path));
    }
    #isInside(path) {
        return `${path}/`.startsWith(`${this.#datadir}/`);
    }
    async #add(path, roles, files) {
        const known = this.all.findIndex((place) => place.path === path);
        const before = this.all[known];
        const place = await (0,mysql_outside/* inspectOutside */.wq)(path, [...new Set([...(before?.roles ?? []), ...roles])], [...new Set([...(before?.files ?? []), ...files])]).catch((error) => {
            throw unsuitable(`A part of the data belongs into ${path}, which cannot be looked at: ${(0,errors/* messageOf */.bD)(error)}`, 'Make the directory, or let the user that runs this reach it.');
        });
        if (before === undefined)
            this.all.push(place);
        else
            this.all[known] = place;
        return place;
    }
}

;// CONCATENATED MODULE: ./build/src/tools/backup-settings.js



/**
 * `backup-my.cnf`: what a backup tool writes down of its server's settings, and reads again at --prepare, when it reads
 * no other option file. Without it, data with other pages than of 16 KiB, several system files or encryption cannot be
 * prepared. But whoever can write to the bucket can write there what they like, such as a plugin of their own to load.
 */
const settingsFile = 'backup-my.cnf';
/** How the data is written; the names are those that the tools' write_backup_config_file() writes. */
const dataSettings = new Set([
    'innodb_checksum_algorithm',
    'innodb_log_checksum_algorithm',
    'innodb_log_checksums',
    'innodb_fast_checksum',
    'innodb_log_files_in_group',
    'innodb_log_file_size',
    'innodb_log_block_size',
    'innodb_page_size',
    'innodb_undo_tablespaces',
    'innodb_compression_level',
    'innodb_redo_log_encrypt',
    'innodb_undo_log_encrypt',
    'innodb_encrypt_log',
    'innodb_encrypt_tables',
    'redo_log_version',
    'server_id',
    'server_uuid',
    'master_key_id',
]);
const plainValue = /^[\w.+-]*$/;
const systemFiles = 'innodb_data_file_path';
/** All that is prepared lies in the target directory; where the server had it stays as a comment. */
const places = new Set([
    systemFiles,
    'innodb_undo_directory',
    'innodb_doublewrite_file',
    'innodb_buffer_pool_filename',
    'plugin_dir',
]);
/** Plugins that hold keys or decompress pages, of MySQL, Percona Server and MariaDB. */
const dataPlugin = /^(keyring_(file|encrypted_file|vault|okv|aws|oci|hashicorp)|(file|hashicorp|aws)_key_management|provider_(bzip2|lz4|lzma|lzo|snappy))$/;
const pluginSetting = /^(keyring_|(file|hashicorp|aws)_key_management_)\w+$/;
/**
 * Takes everything out of a link's `backup-my.cnf` that does not say how its data is written, and returns what was
 * taken out and is none of the places that every tool writes down.
 * @param dir the link, in the target directory.
 * @param toolPath plugins are only loaded from where the tool itself is installed, or /usr.
 * @throws ENOENT when the link has no such file.
 */
async function keepDataSettings(dir, toolPath) {
    const path = (0,external_node_path_.join)(dir, settingsFile);
    const { kept, leftOut } = await sortSettings(await (0,promises_.readFile)(path, 'utf8'), { dir, toolPath });
    // A new file: nothing is written through what the archive may have put there.
    await (0,promises_.rm)(path);
    await (0,promises_.writeFile)(path, ['[mysqld]', ...kept, ''].join('\n'), { mode: 0o640, flag: 'wx' });
    return leftOut;
}
const ofServer = '# of the server: ';
/**
 * Where the server had its system files, such as `ibdata1:12M;/ssd/ibdata2:10M:autoextend`, by what `keepDataSettings`
 * has written.
 */
async function readDataFilePath(dir) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(dir, settingsFile), 'utf8').catch(() => '');
    const written = [...text.matchAll(new RegExp(`^(?:${ofServer})?${systemFiles}=(.+)$`, 'gm'))];
    // The comment, where there is one, stands behind.
    return written.at(-1)?.[1];
}
async function sortSettings(text, where) {
    const kept = [];
    const leftOut = [];
    let group = '';
    for (const line of text.split('\n').map((some) => some.trim())) {
        if (line === '' || line.startsWith('#'))
            continue;
        const header = /^\[(.*)\]$/.exec(line);
        if (header !== null) {
            group = header[1] ?? '';
            continue;
        }
        const [, name = '', value = ''] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? [];
        const setting = { name: name.replaceAll('-', '_'), value };
        const sorted = group === 'mysqld' ? await sort(setting, where) : { lines: [], isLeftOut: true };
        kept.push(...sorted.lines);
        if (sorted.isLeftOut)
            leftOut.push((0,output_lines/* printable */.g$)(name === '' ? line : name).slice(0, 100));
    }
    return { kept, leftOut };
}
async function sort({ name, value }, where) {
    const line = `${name}=${value}`;
    if (!places.has(name)) {
        const isKept = saysHowDataIsWritten(name, value);
        return { lines: isKept ? [line] : [], isLeftOut: !isKept };
    }
    if (!isOneLine(value))
        return { lines: [], isLeftOut: true };
    const asComment = `${ofServer}${line}`;
    if (name === systemFiles) {
        const here = dataFilePath(value);
        if (here === undefined)
            return { lines: [asComment], isLeftOut: true };
        return { lines: here === line ? [line] : [here, asComment], isLeftOut: false };
    }
    const isKept = name === 'plugin_dir' && (await isInstalled(value.replace(/^"(.*)"$/, '$1'), where));
    return { lines: [isKept ? line : asComment], isLeftOut: false };
}
function saysHowDataIsWritten(name, value) {
    if (dataSettings.has(name))
        return plainValue.test(value);
    if (name === 'plugin_load' || name === 'early_plugin_load')
        return value.split(';').every(isDataPlugin);
    return pluginSetting.test(name) && isOneLine(value);
}
/** The tools write every system file to the top of a backup. */
function dataFilePath(value) {
    const files = value.split(';').map((file) => file.trim().replace(/^[^:]*\//, ''));
    return files.every((file) => /^\w[\w.-]*(:\w+)*$/.test(file))
        ? `${systemFiles}=${files.join(';')}`
        : undefined;
}
/** Such as `file_key_management=file_key_management` or `keyring_file.so`. */
function isDataPlugin(item) {
    const [name = '', library = name] = item.split('=');
    return [name, library].every((part) => dataPlugin.test(part.replace(/\.so$/, '')));
}
function isOneLine(value) {
    return (0,output_lines/* printable */.g$)(value) === value;
}
async function isInstalled(pluginDir, { dir, toolPath }) {
    const real = await (0,promises_.realpath)(pluginDir).catch(() => undefined);
    if (real === undefined || isIn(real, (0,external_node_path_.dirname)(await (0,promises_.realpath)(dir))))
        return false;
    return isIn(real, (0,external_node_path_.dirname)((0,external_node_path_.dirname)(await (0,promises_.realpath)(toolPath)))) || isIn(real, '/usr');
}
function isIn(path, folder) {
    return `${path}/`.startsWith(`${folder}/`);
}

;// CONCATENATED MODULE: ./build/src/tools/external-tablespaces.js





const mapShape = schemas/* object */.Ikc({
    external_tablespaces: schemas/* array */.YOg(schemas/* object */.Ikc({
        file_name: schemas/* string */.YjP(),
        tablespace_name: schemas/* string */.YjP(),
        tablespace_type: schemas/* string */.YjP().default('TABLESPACE'),
    }))
        .default([]),
});
/**
 * The tablespaces that the tool puts back outside of the datadir: where they were. mariadb-backup and XtraBackup 2.4
 * go by link files, XtraBackup since 8.0 by a list in JSON (storage/innobase/xtrabackup/src/space_map.cc).
 */
async function externalTablespaces(preparedData) {
    const found = await linkedTablespaces(preparedData);
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(preparedData, 'xtrabackup_tablespaces'), 'utf8').catch(() => undefined);
    if (text === undefined)
        return found;
    let map;
    try {
        map = mapShape.parse(JSON.parse(text));
    }
    catch (error) {
        throw new errors/* UserError */.yo('NOT_PREPARED', `The backup's list of tablespaces (xtrabackup_tablespaces) cannot be read: ${(0,errors/* messageOf */.bD)(error)}.`, 'Nothing was changed. Run prepare again, then apply.', { cause: error });
    }
    // Undo tablespaces are in it too, but go to the undo directory.
    for (const { file_name: file, tablespace_name: name, tablespace_type: type } of map.external_tablespaces) {
        if (type === 'TABLESPACE')
            found.set(`${name}.ibd`, file);
    }
    return found;
}

;// CONCATENATED MODULE: ./build/src/operations/restore-target.js








/**
 * Brings together where the server keeps its data and what the backup has.
 * @throws UserError DATADIR_UNSUITABLE for what cannot be replaced, or put back, safely.
 */
async function findTarget(prepared, preparedData, datadir, layout) {
    const directories = await directoriesFrom(layout.directories, datadir);
    requireRestorable(directories, datadir, layout.source);
    const { dataFilePath, systemFiles } = await dataFilePathOf(preparedData, datadir, prepared.mysql.datadir);
    const tablespaces = await realTablespaces(preparedData);
    await requireOwn([...tablespaces.values()], layout, prepared, datadir);
    const outside = new OutsidePlaces(datadir.path);
    await outside.addConfigured(directories, systemFiles, layout.source);
    for (const path of [...tablespaces.values(), ...(layout.tablespaceFiles ?? [])])
        await outside.addFile(path);
    const pathOf = (path) => {
        if (systemFiles.includes(path))
            return (0,external_node_path_.join)(directories.dataHome ?? datadir.path, path);
        if (undoFile.test(path))
            return (0,external_node_path_.join)(directories.undo ?? datadir.path, path);
        return tablespaces.get(path) ?? (0,external_node_path_.join)(datadir.path, path);
    };
    return {
        datadir,
        outside: outside.all,
        destination: {
            pathOf,
            isDataFile: (path) => systemFiles.includes(path) || dataFile.test(path),
            deviceOf: (path) => outside.placeOf(pathOf(path))?.device ?? datadir.device,
        },
        toolOptions: toolOptions(datadir, directories, dataFilePath, await undoTablespacesOf(preparedData)),
        ownFiles: ownFilesOf(prepared.mysql.flavor, layout.keyFiles, datadir.path),
        notes: await notesOn(layout, prepared, datadir, tablespaces.size > 0),
    };
}
/** With symlinks resolved. What turns out to be the datadir itself is left out. */
async function directoriesFrom(found, datadir) {
    const resolved = {};
    for (const [name, path] of Object.entries(found)) {
        const where = path === undefined ? datadir.path : await real(path);
        if (where !== datadir.path)
            resolved[name] = where;
    }
    return resolved;
}
async function realTablespaces(preparedData) {
    const found = await externalTablespaces(preparedData);
    for (const [name, file] of found)
        found.set(name, await realFile(file));
    return found;
}
/** Those that the server counts: MariaDB's, and MySQL's until 5.7. Later ones are called undo_001. */
async function undoTablespacesOf(preparedData) {
    return (await (0,promises_.readdir)(preparedData)).filter((name) => /^undo\d{3}$/.test(name)).length;
}
/** Undefined when everything goes into the datadir by the names that the tool expects. */
function toolOptions(datadir, { dataHome, redo, undo }, dataFilePath, undoTablespaces) {
    const isUsual = dataFilePath === undefined || /^ibdata1:[^;]*$/.test(dataFilePath);
    const isElsewhere = dataHome !== undefined || redo !== undefined || undo !== undefined;
    if (isUsual && !isElsewhere && undoTablespaces === 0)
        return undefined;
    return optionGroup('mysqld', {
        datadir: datadir.path,
        innodb_data_home_dir: dataHome,
        innodb_log_group_home_dir: redo,
        innodb_undo_directory: undo,
        innodb_data_file_path: dataFilePath,
        // XtraBackup 2.4 leaves behind those that it is not told of.
        innodb_undo_tablespaces: undoTablespaces === 0 ? undefined : String(undoTablespaces),
    });
}
const undoFile = /^(undo_?\d{3,}|[^/]+\.ibu)$/;
const dataFile = /^(ibdata\d+|undo_?\d{3,})$|\.(ibd|ibu|frm|MYD|MYI|MAD|MAI|sdi)$/;
/** There is no test of these, and the tools treat them differently. */
function requireRestorable(directories, datadir, source) {
    const engines = { aria: 'the logs of Aria', rocksdb: 'the data of MyRocks' };
    for (const name of ['aria', 'rocksdb']) {
        const path = directories[name];
        if (path === undefined || `${path}/`.startsWith(`${datadir.path}/`))
            continue;
        throw unsuitable(`By ${source}, ${engines[name]} are in ${path}, outside of the datadir`, 'apply does not replace them there: restore by hand.');
    }
}
/** Such as `ibdata1:12M;ibdata2:10M:autoextend`; a path in the datadir becomes a name. */
async function dataFilePathOf(preparedData, datadir, recorded) {
    // The tool wrote down what it needs of its server's settings.
    const written = await readDataFilePath(preparedData);
    if (written === undefined || written === '')
        return { dataFilePath: undefined, systemFiles: ['ibdata1'] };
    const parts = written.split(';').filter((part) => part.trim() !== '');
    const files = parts.map((part) => {
        const path = part.trim().split(':')[0] ?? '';
        const size = part.trim().slice(path.length);
        const isInDatadir = [datadir.path, recorded].includes((0,external_node_path_.dirname)((0,external_node_path_.resolve)(datadir.path, path)));
        if (isInDatadir && !size.includes('raw'))
            return { name: (0,external_node_path_.basename)(path), size };
        throw unsuitable(`The system tablespace of the backup's server is in ${path}`, 'apply restores it into the datadir or innodb_data_home_dir, and no devices: restore by hand.');
    });
    return {
        dataFilePath: files.map(({ name, size }) => `${name}${size}`).join(';'),
        systemFiles: files.map(({ name }) => name),
    };
}
/**
 * The tool puts a tablespace back at the path where it was, whatever server it is restored into. What lies there may
 * be another server's table, in use.
 */
async function requireOwn(tablespaces, { tablespaceFiles }, { mysql }, datadir) {
    if (tablespaces.length === 0)
        return;
    // The backup names the place: it must not be that of a file which means something to others.
    const odd = tablespaces.find((path) => !path.endsWith('.ibd'));
    if (odd !== undefined) {
        throw unsuitable(`The backup has a table whose place is ${odd}, and a data file ends with .ibd`, 'Find out who wrote that backup; if it is right, restore by hand.');
    }
    const isSameDatadir = (await real(mysql.datadir)) === datadir.path;
    if (tablespaceFiles === undefined && isSameDatadir)
        return;
    const own = await Promise.all((tablespaceFiles ?? []).map(realFile));
    for (const path of tablespaces) {
        const isThere = await (0,promises_.stat)(path).then(() => true, () => false);
        if (!isThere || own.includes(path))
            continue;
        throw unsuitable(`The backup has a table whose place is ${path}, and there is a file that this server does not know`, 'If another server uses it, restore on another host; else move it away, and run apply again.');
    }
}
/** What is not replaced, or goes elsewhere than it was. */
async function notesOn({ directories, tablespaceFiles }, { mysql, gtid }, datadir, hasTablespaces) {
    const notes = [];
    if (directories.binlog !== undefined) {
        notes.push(`The binary logs in ${directories.binlog} are no part of a backup and stay as they are. ` +
            'They hold transactions that the restored data does not have' +
            (gtid === undefined || mysql.flavor === 'mariadb'
                ? '.'
                : ', and MySQL counts their GTIDs as executed: set `gtid_purged` anew, as below, before it has replicas.'));
    }
    const mayHaveMore = hasTablespaces || (mysql.directories?.tablespaces ?? []).length > 0;
    if (tablespaceFiles === undefined && mayHaveMore) {
        notes.push('Which tables the old server had outside of its datadir could not be found out: ' +
            'files of those that are younger than the backup stay where they are.');
    }
    const entries = await (0,promises_.readdir)(datadir.path, { withFileTypes: true }).catch(() => []);
    const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
    if (links.length > 0) {
        notes.push(`In the old datadir, ${links.join(', ')} ${links.length === 1 ? 'is a symlink' : 'are symlinks'}; ` +
            'the restored data is in the datadir itself.');
    }
    return notes;
}

;// CONCATENATED MODULE: ./build/src/operations/apply.js

















/**
 * Puts prepared data into the datadir and starts the server, or puts everything back as it was.
 * @throws UserError before anything was touched; ApplyFailure afterwards.
 */
async function apply(inputs, context) {
    const prepared = await readPrepared(inputs.preparedDir);
    requireConfirmation(inputs.confirm, prepared);
    const datadir = await (0,datadir_swap/* inspectDatadir */.Cv)(inputs.datadir);
    const purpose = purposeOf('restore', context.run);
    const work = () => applyAlone(inputs, context, { prepared, datadir });
    return withHostLock({ dir: inputs.preparedDir, purpose, codes: ofTargetDir }, () => datadir.exists ? withHostLock({ dir: datadir.path, purpose, codes: ofDatadir }, work) : work());
}
async function applyAlone(inputs, context, { prepared, datadir }) {
    const started = performance.now();
    const tool = await findTool(inputs, wantedFor(prepared.mysql));
    await context.log.group('Check the prepared data', () => requireComplete(inputs.preparedDir, prepared, tool));
    const preparedData = (0,external_node_path_.join)(inputs.preparedDir, prepared.dataDir);
    await requireApart(preparedData, datadir);
    const account = await resolveAccount(inputs);
    const service = await serviceOf(inputs, context, datadir, account);
    const wasRunning = await service.isRunning();
    const target = await lookAround(inputs, { prepared, preparedData, datadir, account, log: context.log });
    const isRename = await isSameFilesystem(preparedData, datadir.path);
    const method = inputs.method === 'auto' ? (isRename ? 'move-back' : 'copy-back') : inputs.method;
    await requireSpace(preparedData, target, method);
    await requireRights(target);
    if (context.signal.aborted)
        throw (0,errors/* cancelled */.KW)();
    const { outside, destination, ownFiles } = target;
    const replacement = new Replacement({ service, datadir, outside, method, wasRunning }, context);
    try {
        const owner = inputs.owner ?? datadir.owner;
        const oldServerUuid = await readServerUuid(datadir.path);
        const defaultsFile = await toolDefaultsFile(target, context.workDir);
        const newData = { tool, preparedData, owner, defaultsFile, destination, ownFiles };
        const serverVersion = await replacement.carryOut(newData);
        return {
            prepared,
            datadir: datadir.path,
            method,
            steps: replacement.steps,
            oldData: replacement.oldData,
            carriedOver: replacement.carriedOver,
            serverUuid: { before: oldServerUuid, now: await readServerUuid(datadir.path) },
            notes: target.notes,
            serverVersion,
            durationSeconds: (performance.now() - started) / 1000,
        };
    }
    catch (error) {
        throw await undo(replacement, error, { prepared, datadir });
    }
}
/** Where the server keeps its data, and so what is replaced. */
async function lookAround(inputs, { prepared, preparedData, datadir, account, log, }) {
    const layout = await findLayout({
        account,
        datadir: datadir.path,
        defaultsFile: inputs.mysqlDefaultsFile,
        recorded: prepared.mysql,
    });
    const target = await findTarget(prepared, preparedData, datadir, layout);
    for (const { path } of target.outside)
        log.info(`By ${layout.source}, a part of the data is in ${path}.`);
    for (const note of target.notes)
        log.info(note);
    return target;
}
/** Its groups are read by all tools. It holds no password, since a restore needs none. */
async function toolDefaultsFile({ toolOptions }, dir) {
    if (toolOptions === undefined)
        return undefined;
    const path = (0,external_node_path_.join)(dir, 'restore.cnf');
    await (0,promises_.writeFile)(path, toolOptions, { mode: 0o600, flag: 'wx' });
    return path;
}
/**
 * Goes the way back for an apply that was killed: a runner that cancels does so after ten seconds, and to stop and
 * start a server may take longer. Returns what was done.
 */
async function rollBackKilled(inputs, { step, datadir, outside, method, wasRunning }, context) {
    const service = await serviceOf(inputs, context, datadir, await resolveAccount(inputs));
    const plan = { service, datadir, outside, method, wasRunning };
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
async function requireRights({ datadir, outside }) {
    const self = process.getuid?.() ?? 0;
    if (self === 0)
        return;
    const mayWrite = async ({ path, exists }) => (0,promises_.access)(exists ? path : (0,external_node_path_.dirname)(path), external_node_fs_.constants.W_OK).then(() => true, () => false);
    const isOwner = !datadir.exists || datadir.owner.startsWith(`${self}:`);
    for (const place of [datadir, ...outside]) {
        if (isOwner && (await mayWrite(place)))
            continue;
        throw new errors/* UserError */.yo('DATADIR_UNSUITABLE', `The user that runs this (uid ${self}) may not replace the data in ${place.path}; the datadir belongs to ${datadir.owner}.`, 'Nothing was changed. Run apply as root or as the owner of the datadir.');
    }
}
/** To another filesystem, moving is copying too. */
async function requireSpace(preparedData, { datadir, outside, destination }, method) {
    const { dev } = await (0,promises_.stat)(preparedData);
    const copied = new Map();
    for (const { path, sizeBytes } of await listFiles(preparedData)) {
        const device = destination.deviceOf(path);
        if (method === 'copy-back' || device !== dev)
            copied.set(device, (copied.get(device) ?? 0) + sizeBytes);
    }
    for (const [device, bytes] of copied) {
        const path = [datadir, ...outside].find((place) => place.device === device)?.path ?? datadir.path;
        const needed = Math.ceil(bytes * 1.05);
        const free = await (0,datadir_swap/* freeBytes */.go)(path);
        if (free >= needed)
            continue;
        throw new errors/* UserError */.yo('DISK_TOO_SMALL', `The copy needs ${needed} bytes beside the old data, and the filesystem of ${path} has ${free} free.`, 'Nothing was changed. Free space, or prepare on the same filesystem as the datadir: then files are moved.');
    }
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

// EXTERNAL MODULE: ./build/src/chain/layout.js
var layout = __webpack_require__(3529);
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
function readLink({ id, key, text, damage }, catalog) {
    const link = { id, manifestKey: key, manifestSha256: (0,chain_manifest/* manifestSha256 */.dL)(text) };
    if (damage !== undefined)
        return { ...link, problem: problemOf(id, 'manifest-unreadable', asClause(damage)) };
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
    const expected = (0,layout/* manifestKey */.Rn)(prefix, server, id);
    return key === expected ? undefined : `its manifest is at ${key}, and belongs at ${expected}`;
}
function objectProblem(manifest, { prefix, server, objects }) {
    const { id } = manifest;
    for (const [index, { key, sizeBytes }] of manifest.objects.entries()) {
        const expected = (0,layout/* objectKey */.T5)(prefix, server, id, manifest.encryption.method, index);
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

;// CONCATENATED MODULE: ./build/src/chain/newest-full.js
/** The full backup that began last, of those that can be read; undefined when there is none. */
function newestFull(graph) {
    return [...graph.links.values()]
        .flatMap(({ manifest }) => (manifest?.type === 'full' ? manifest : []))
        .reduce((newest, full) => (newest === undefined || full.startedAt > newest.startedAt ? full : newest), undefined);
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

;// CONCATENATED MODULE: ./build/src/mysql/redo.js



/** Two statements that need no privilege. */
async function readRedoLog(session) {
    const variables = await readNamed(session, 'VARIABLES', [
        'innodb_redo_log_capacity',
        'innodb_log_file_size',
        'innodb_log_files_in_group',
        'version',
    ]);
    const status = await readNamed(session, 'STATUS', [
        'Innodb_redo_log_capacity_resized',
        'Innodb_os_log_written',
        'Uptime',
    ]);
    const number = (value) => Number(value ?? 0);
    const averageBytesPerSecond = number(status.get('innodb_os_log_written')) / Math.max(number(status.get('uptime')), 1);
    const capacity = variables.get('innodb_redo_log_capacity');
    if (capacity !== undefined) {
        // Until the capacity is set, MySQL derives the real one from the older variables, and tells it only here.
        const resized = number(status.get('innodb_redo_log_capacity_resized'));
        const capacityBytes = resized > 0 ? resized : Number(capacity);
        const variable = 'innodb_redo_log_capacity';
        return { capacityBytes, averageBytesPerSecond, variable, fileCount: 1, isDynamic: true };
    }
    // MariaDB has one file since 10.5, and no variable that counts them since 10.6.
    const fileCount = Number(variables.get('innodb_log_files_in_group') ?? 1);
    const capacityBytes = number(variables.get('innodb_log_file_size')) * fileCount;
    if (capacityBytes === 0)
        throw new Error('the server does not tell the size of its redo log');
    const version = variables.get('version') ?? '';
    const isDynamic = /mariadb/i.test(version) && (0,versions/* isAtLeast */.du)(version, '10.9');
    return { capacityBytes, averageBytesPerSecond, variable: 'innodb_log_file_size', fileCount, isDynamic };
}
/** The redo log per second between two LSNs (decimal strings). 0 when the LSN went back: it is another server then. */
function bytesPerSecondBetween(fromLsn, toLsn, seconds) {
    if (seconds <= 0)
        return 0;
    return Math.max(Number(BigInt(toLsn) - BigInt(fromLsn)), 0) / seconds;
}
/** Watches the LSN for a while. Needs the privilege PROCESS. */
async function sampleWriteRate(session, seconds) {
    const [from, started] = [await currentLsn(session), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const to = await currentLsn(session);
    return bytesPerSecondBetween(from, to, (performance.now() - started) / 1000);
}
/** What a disk gives and a network takes, when nothing better is known. */
const usualBytesPerSecond = 100 * 1024 * 1024;
/** How long a backup will take: as long as the last one, or as its size lets expect. */
function expectedBackupSeconds(dataBytes, lastSeconds) {
    return lastSeconds ?? dataBytes / usualBytesPerSecond;
}
/**
 * Which share of the redo log is written anew during a backup. More than a half is a risk: the backup begins at the
 * last checkpoint, so a part of the ring lies behind it from the start, and its reader waits whenever the upload does.
 */
function redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds }) {
    const share = (bytesPerSecond * expectedSeconds) / capacityBytes;
    return { share, isRisk: share > 0.5 };
}

// EXTERNAL MODULE: ./build/src/report/gap.js
var report_gap = __webpack_require__(4556);
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
            directories: server.directories,
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

;// CONCATENATED MODULE: ./build/src/chain/freshness.js

/** Two hosts' clocks may differ a little. What is further in the future was named by a wrong clock. */
const toleranceMs = 3_600_000;
/**
 * The backup that can be restored and ended last. One from the future does not count: until its day comes it would hide
 * that no others come.
 */
function newestGood(graph, now) {
    return [...graph.links.values()]
        .filter(isSound)
        .filter((link) => endOf(link) <= now.getTime() + toleranceMs)
        .sort((a, b) => endOf(a) - endOf(b))
        .at(-1);
}
/** How long ago it ended, in seconds. */
function ageSeconds(link, now) {
    return Math.max(0, (now.getTime() - endOf(link)) / 1000);
}
/**
 * The gap between the last good backup and now, when it is too long.
 * @param maxMinutes 0: none is.
 */
function gapSince(last, now, maxMinutes) {
    const seconds = ageSeconds(last, now);
    if (maxMinutes === 0 || seconds <= maxMinutes * 60)
        return undefined;
    return { sinceId: last.id, seconds, maxMinutes };
}
function endOf({ manifest }) {
    return Date.parse(manifest.finishedAt);
}

;// CONCATENATED MODULE: ./build/src/repository/catalog.js


const readsAtOnce = 16;
/** The days on which a server has backups, oldest first. */
async function listDays(repository, { prefix, server }) {
    const folders = await repository.listFolders((0,layout/* serverPrefix */.IO)(prefix, server));
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
    const taken = (0,layout/* takenIds */.On)(place.prefix, place.server, objects.keys());
    // What is built on something that is gone must never seem to be built on what is new.
    for (const { text } of entries)
        namedIds(text).forEach((id) => taken.add(id));
    return { entries, objects, takenIds: taken };
}
async function loadDay(repository, { prefix, server }, day) {
    const keys = await repository.list((0,layout/* datePrefix */.FC)(prefix, server, day));
    const manifests = keys.flatMap(({ key, sizeBytes }) => {
        const named = (0,layout/* idOfKey */.EV)(prefix, server, key);
        return named?.kind === 'manifest' ? [{ id: named.id, key, sizeBytes }] : [];
    });
    const read = await inParallel(manifests, (manifest) => readEntry(repository, manifest));
    return { keys, entries: read.filter((entry) => entry !== undefined) };
}
/** What is put there in a manifest's place must not fill the memory. A set of GTIDs may take some of it. */
const largestManifestBytes = 8 * 1024 * 1024;
async function readEntry(repository, { id, key, sizeBytes }) {
    if (sizeBytes > largestManifestBytes) {
        return { id, key, text: '', damage: `The manifest ${key} has ${sizeBytes} bytes: it is none of ours.` };
    }
    try {
        return { id, key, text: (await repository.read(key)).toString('utf8') };
    }
    catch (error) {
        // Deleted since it was listed.
        if (!(error instanceof errors/* UserError */.yo))
            throw error;
        if (error.code === 'STORE_MISSING')
            return undefined;
        // One damaged manifest is one bad link, and no reason to see none of the others.
        if (error.code === 'MANIFEST_INVALID')
            return { id, key, text: '', damage: error.message };
        throw error;
    }
}
/** Loose on purpose: whether the manifest is valid is judged elsewhere. */
function dayOfParent(text) {
    const parent = /"parent":\s*\{\s*"id":\s*"(\d{4}-\d{2}-\d{2})\//.exec(text);
    return parent?.[1];
}
/** Its own, its parent's, and that of its chain's full. */
function namedIds(text) {
    const names = text.matchAll(/"(?:id|chain)":\s*"(\d{4}-\d{2}-\d{2}\/[\d-]{2,8})"/g);
    return [...names].flatMap(([, id]) => id ?? []);
}
async function inParallel(items, work) {
    const results = [];
    for (let start = 0; start < items.length; start += readsAtOnce) {
        results.push(...(await Promise.all(items.slice(start, start + readsAtOnce).map(work))));
    }
    return results;
}

;// CONCATENATED MODULE: ./build/src/operations/gap.js




/** How far back a last good backup is looked for, in days that have backups. */
const daysBack = 60;
/**
 * The time without a good backup before this one, when it was too long. Undefined also when it cannot be told: that
 * must not keep a backup from being made.
 */
async function findGap({ place, graph, remembered, startedAt, maxMinutes }, { repository, log, signal }) {
    if (maxMinutes === 0)
        return undefined;
    try {
        const last = remembered ?? newestGood(graph, startedAt) ?? (await lastEver(repository, place, startedAt));
        return last && gapSince(last, startedAt, maxMinutes);
    }
    catch (error) {
        signal.throwIfAborted();
        log.debug(`When the last backup was cannot be told: ${(0,errors/* messageOf */.bD)(error)}`);
        return undefined;
    }
}
async function lastEver(repository, place, now) {
    const days = await listDays(repository, place);
    for (const day of days.reverse().slice(0, daysBack)) {
        const last = newestGood(buildGraph({ ...place, ...(await loadDays(repository, place, [day])) }), now);
        if (last !== undefined)
            return last;
    }
    return undefined;
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
                intervals.push([BigInt(first), BigInt(last ?? first)]);
                sources.set(source, intervals);
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
    return planOn(findBase(input), input.request);
}
/** The plan for a base that was found, or not. @throws as `planBackup` does. */
function planOn(found, { type }) {
    if (type === 'full')
        return { type: 'full', reason: 'a full backup was asked for' };
    if ('base' in found)
        return { type: 'incremental', base: found.base, reason: `follows ${found.base.id}` };
    if (type === 'auto')
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
/** Why there is no base when all chains began in earlier periods. */
function firstOfPeriod({ request, now }) {
    const period = periodOf(now, request.timezone, request.fullEvery);
    return request.fullEvery === 'day'
        ? `the first backup of ${period}`
        : `the first backup of the ${request.fullEvery} ${period}`;
}

// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
// EXTERNAL MODULE: ./node_modules/zod/v4/classic/iso.js
var iso = __webpack_require__(4377);
;// CONCATENATED MODULE: ./build/src/chain/remembered.js






/** @param chainStartedAt when its full began, ISO. */
function headOf(manifest, chainStartedAt) {
    return {
        id: manifest.id,
        manifestSha256: (0,chain_manifest/* manifestSha256 */.dL)((0,chain_manifest/* serializeManifest */.MZ)(manifest)),
        chainStartedAt,
        manifest,
    };
}
const id = schemas/* string */.YjP().regex(chain_manifest/* backupIdPattern */.OO);
const time = iso/* datetime */.w$();
const lsn = schemas/* string */.YjP().regex(/^(0|[1-9]\d{0,19})$/);
const remembered_text = schemas/* string */.YjP();
const remembered_optional = remembered_text.nullable().transform((value) => value ?? undefined);
/** By their places and not by names: it must be short. */
const fields = schemas/* tuple */.PVZ([
    schemas/* literal */.euz(1), // the version of this form
    id,
    schemas/* base64url */.r0z().length(43), // manifestSha256
    id, // of the full
    time, // chainStartedAt
    time, // finishedAt
    schemas/* number */.aig().nonnegative(), // durationSeconds
    lsn, // to
    lsn, // last
    schemas/* enum */.k5n(['xtrabackup', 'mariadb-backup']),
    remembered_text, // the tool's version
    schemas/* enum */.k5n(['mysql', 'mariadb', 'percona']),
    remembered_text, // the server's version
    remembered_optional, // serverUuid
    remembered_text, // datadirIdentity
    remembered_optional, // binlogFile
    remembered_optional, // binlogPosition
    remembered_optional, // gtid
]);
/**
 * The head as letters, digits, `_` and `-`. GTIDs that make it too long are left out: then the binary log and the LSN
 * have to show that the server's history goes on from it.
 * @returns undefined when it does not fit even so.
 */
function encodeHead(head, longest) {
    const { manifest, manifestSha256, chainStartedAt } = head;
    const { mysql, tool, lsn } = manifest;
    const values = [
        1,
        head.id,
        Buffer.from(manifestSha256, 'hex').toString('base64url'),
        manifest.chain,
        chainStartedAt,
        manifest.finishedAt,
        manifest.durationSeconds,
        lsn.to,
        lsn.last,
        tool.name,
        tool.version,
        mysql.flavor,
        mysql.version,
        mysql.serverUuid ?? null,
        mysql.datadirIdentity,
        mysql.binlogFile ?? null,
        mysql.binlogPosition ?? null,
        mysql.gtid ?? null,
    ];
    const all = pack(values);
    if (all.length <= longest)
        return all;
    const short = pack([...values.slice(0, -1), null]);
    return short.length <= longest ? short : undefined;
}
/** Undefined when the text is not such a head. */
function decodeHead(text) {
    let value;
    try {
        value = JSON.parse((0,external_node_zlib_.inflateRawSync)(Buffer.from(text, 'base64url'), { maxOutputLength: 65_536 }).toString());
    }
    catch {
        return undefined;
    }
    const parsed = fields.safeParse(value);
    if (!parsed.success)
        return undefined;
    const [, id, sha256, chain, chainStartedAt, finishedAt, durationSeconds, to, last, name, toolVersion, ...server] = parsed.data;
    const [flavor, version, serverUuid, datadirIdentity, binlogFile, binlogPosition, gtid] = server;
    return {
        id,
        manifestSha256: Buffer.from(sha256, 'base64url').toString('hex'),
        chainStartedAt,
        manifest: {
            id,
            chain,
            finishedAt,
            durationSeconds,
            lsn: { to, last },
            tool: { name, version: toolVersion },
            mysql: {
                flavor,
                version,
                datadirIdentity,
                ...(serverUuid !== undefined && { serverUuid }),
                ...(binlogFile !== undefined && { binlogFile }),
                ...(binlogPosition !== undefined && { binlogPosition }),
                ...(gtid !== undefined && { gtid }),
            },
        },
    };
}
function pack(values) {
    return (0,external_node_zlib_.deflateRawSync)(JSON.stringify(values), { level: 9 }).toString('base64url');
}
/**
 * More than a day, for daily backups. What is older may have been followed by others that nobody remembers, and pruned
 * since.
 */
const longestHours = 36;
/** Whether one can build on what is remembered: asked of the server as of a base from the bucket. */
function findRememberedBase({ head, server, tool, request, now }) {
    if (head === undefined) {
        return { whyNone: 'the bucket may not be read, and nothing is remembered of an earlier backup' };
    }
    const { timezone, fullEvery } = request;
    const isOfPeriod = periodOf(new Date(head.chainStartedAt), timezone, fullEvery) === periodOf(now, timezone, fullEvery);
    if (!isOfPeriod)
        return { whyNone: firstOfPeriod({ request, now }) };
    if (now.getTime() - Date.parse(head.manifest.finishedAt) > longestHours * 3_600_000) {
        return { whyNone: `what is remembered, ${head.id}, is more than ${longestHours} hours old` };
    }
    const standing = standingOf(head.manifest, server);
    const whyNone = whyOtherServer(head.manifest, server) ??
        (standing.is === 'contained' ? undefined : standing.reason) ??
        whyOtherTool(head.manifest, tool);
    return whyNone === undefined ? { base: head } : { whyNone };
}

// EXTERNAL MODULE: ./build/src/repository/store-errors.js
var store_errors = __webpack_require__(5515);
;// CONCATENATED MODULE: ./build/src/operations/known-backups.js







/** A host with credentials that can only write is not to be refused: then the memory has to do. */
async function knownBackups(place, request, startedAt, context) {
    try {
        return await loadPeriod(context.repository, place, request, startedAt);
    }
    catch (error) {
        if (!(error instanceof errors/* UserError */.yo && (0,store_errors/* isAccessDenied */.w7)(error)))
            throw error;
    }
    const { memory, log, workDir, signal } = context;
    const head = decodeHead((await memory?.recall(workDir, signal)) ?? '');
    signal.throwIfAborted();
    if (head === undefined)
        log.warning(`${mayNotRead}, and nothing is remembered of an earlier backup.`);
    else
        log.info(`${mayNotRead}: this goes by what is remembered of ${head.id}.`);
    return { graph: { links: new Map() }, takenIds: undefined, blind: { head } };
}
const mayNotRead = 'These credentials may not read the bucket';
function planNext(known, input) {
    if (known.blind === undefined)
        return planBackup({ graph: known.graph, ...input });
    return planOn(findRememberedBase({ ...known.blind, ...input }), input.request);
}
/**
 * Does the work; when it fails since what was remembered does not hold, does it again as if nothing were. Whoever may
 * write to the memory must not be able to keep backups from being made.
 */
async function withMemory({ memory, log }, work) {
    if (memory === undefined)
        return work(undefined);
    const recalled = [];
    const recall = async (...where) => {
        const text = await memory.recall(...where);
        recalled.push(text);
        return text;
    };
    try {
        return await work({ ...memory, recall });
    }
    catch (error) {
        const mayBeWrong = error instanceof errors/* UserError */.yo && error.code === 'BACKUP_INCONSISTENT';
        if (!mayBeWrong || recalled.at(-1) === undefined)
            throw error;
        log.warning(`${error.message} What was remembered may be wrong: this begins again and builds on nothing.`);
        return work({ ...memory, recall: () => Promise.resolve(undefined) });
    }
}
/** For the next run, where it will have to go by it. */
async function rememberBackup({ blind }, manifest, { memory, log, workDir, signal }) {
    if (blind === undefined)
        return;
    const chainStartedAt = manifest.type === 'full' ? manifest.startedAt : blind.head?.chainStartedAt;
    const head = headOf(manifest, chainStartedAt ?? manifest.startedAt);
    const text = memory && encodeHead(head, memory.longestText);
    if (text !== undefined && (await memory?.remember(text, workDir, signal)) === true)
        return;
    log.warning(`${manifest.id} is good, and could not be remembered for the next run: that will be a full, or builds on an ` +
        'earlier backup.');
}
/** The backups of this period; one day more, since another time zone may have named them. */
async function loadPeriod(repository, place, { timezone, fullEvery }, startedAt) {
    const first = firstDateOfPeriod(startedAt, timezone, fullEvery);
    const from = new Date(Date.parse(`${first}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    const days = (await listDays(repository, place)).filter((day) => day >= from);
    const catalog = await loadDays(repository, place, days);
    return { graph: buildGraph({ ...place, ...catalog }), takenIds: catalog.takenIds };
}

;// CONCATENATED MODULE: ./build/src/checks/finding.js
function good(subject, fact) {
    return { subject, verdict: 'good', fact };
}
function warning(subject, fact, mend) {
    return { subject, verdict: 'warning', fact, ...(mend === undefined ? {} : { mend }) };
}
function unknown(subject, fact) {
    return { subject, verdict: 'unknown', fact };
}
function bad(subject, code, fact, mend) {
    return { subject, verdict: 'bad', fact, mend, code };
}

;// CONCATENATED MODULE: ./build/src/checks/packages.js

/** The family of this host's system, by /etc/os-release. */
async function readSystemFamily() {
    return familyOf(await (0,promises_.readFile)('/etc/os-release', 'utf8').catch(() => ''));
}
/** @param release the text of /etc/os-release. */
function familyOf(release) {
    const value = (name) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
    const ids = `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/);
    if (ids.some((id) => ['debian', 'ubuntu'].includes(id)))
        return 'debian';
    if (ids.some((id) => ['rhel', 'fedora', 'centos', 'amzn', 'ol'].includes(id)))
        return 'redhat';
    return 'other';
}
/** Percona's names of its repositories are those of the series, with a suffix since they have long-term support. */
const perconaRepositories = {
    '2.4': 'pxb-24',
    '8.0': 'pxb-80',
    '8.4': 'pxb-84-lts',
    '9.7': 'pxb-97-lts',
};
/** How to install a backup tool (docs.percona.com/percona-xtrabackup: apt-repo, yum-repo). Run as root. */
function installTool(family, line) {
    const { name } = line.package;
    if (line.tool === 'mariadb-backup')
        return installMariadbBackup(family);
    const enable = `percona-release enable ${perconaRepositories[line.name] ?? 'tools'} release`;
    switch (family) {
        case 'debian':
            return ('curl -fsSLO https://repo.percona.com/apt/percona-release_latest.generic_all.deb && ' +
                'apt-get install -y ./percona-release_latest.generic_all.deb && ' +
                `${enable} && apt-get update && apt-get install -y ${name}`);
        case 'redhat':
            return ('dnf install -y https://repo.percona.com/yum/percona-release-latest.noarch.rpm && ' +
                `${enable} && dnf install -y ${name}`);
        case 'other':
            return `Install ${name} from Percona: https://docs.percona.com/percona-xtrabackup/`;
    }
}
function installMariadbBackup(family) {
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
const redhatNames = { gnupg: 'gnupg2' };
/** How to install zstd, age or gnupg. @param name Debian's name of the package. */
function installPackage(family, name) {
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

;// CONCATENATED MODULE: ./build/src/checks/privilege-checks.js


/**
 * The privileges of a backup, one by one. The tools miss some of them only when all data is read. What this program
 * asks by itself (INNODB STATUS, the binary logs, InnoDB's tables in information_schema) needs no others.
 */
function checkPrivileges(grants, line, server) {
    return line.privileges
        .filter(({ onlyWithBinlog }) => onlyWithBinlog !== true || server.logsBinary)
        .filter(({ sinceServer }) => sinceServer === undefined || (0,versions/* isAtLeast */.du)(server.version, sinceServer))
        .map(({ privilege, on, why }) => {
        const subject = on === '*.*' ? `Privilege ${privilege}` : `Privilege ${privilege} on ${on}`;
        if (grants.holds(privilege, on))
            return good(subject, `${grants.account} holds it.`);
        return bad(subject, 'PRIVILEGE_MISSING', `${grants.account} lacks it. ${line.tool} needs it for ${why}.`, grants.statementFor(privilege, on));
    });
}

;// CONCATENATED MODULE: ./build/src/mysql/datadir-survey.js




const engineOfExtension = {
    '.MYD': 'MyISAM',
    '.MYI': 'MyISAM',
    '.MAD': 'Aria',
    '.MAI': 'Aria',
    '.ARZ': 'ARCHIVE',
    '.ARM': 'ARCHIVE',
    '.CSV': 'CSV',
    '.CSM': 'CSV',
};
/** Other files of a database that the tools copy, or that hold no data. */
const harmlessExtensions = '.ibd .frm .sdi .isl .opt .par .MRG .TRG .TRN .cfg .cfp .ibu .ibt .fts .TMD'.split(' ');
/** InnoDB's and Aria's own files beside the databases. MySQL has some of them in a directory. */
const datadir_survey_systemFiles = /^(ibdata\d*|ib_logfile\d+|ib_redo\d+|undo\d+|undo_\d+|.*\.ibu|.*\.ibd|aria_log(_control|\.\d+))$/;
const redoDirectory = '#innodb_redo';
/** XtraBackup takes the last one with it since 8.0. */
const binaryLog = /\.\d{6,}$/;
const rocksdbDirectories = ['#rocksdb', '.rocksdb'];
const tokudbFile = /^tokudb\.|\.tokudb$/;
const systemSchemas = ['mysql', 'sys', 'performance_schema', 'information_schema'];
/** Looks at every file of a datadir once. What vanishes meanwhile does not count; what cannot be read is said. */
async function surveyDatadir(datadir) {
    const survey = new Survey(datadir);
    await survey.run();
    return survey.result();
}
class Survey {
    #datadir;
    #tables = new Map();
    #leftOut = [];
    #fileCount = 0;
    #dataBytes = 0;
    #tablespaceCount = 0;
    #rocksdbBytes = 0;
    #unreadable;
    constructor(datadir) {
        this.#datadir = datadir;
    }
    result() {
        return {
            fileCount: this.#fileCount,
            dataBytes: this.#dataBytes,
            tablespaceCount: this.#tablespaceCount,
            otherTables: [...this.#tables.values()].sort((one, other) => other.sizeBytes - one.sizeBytes),
            rocksdbBytes: this.#rocksdbBytes,
            leftOut: { count: this.#leftOut.length, names: this.#leftOut.slice(0, 3) },
            ...(this.#unreadable === undefined ? {} : { unreadable: this.#unreadable }),
        };
    }
    async run() {
        for (const name of await this.#list(this.#datadir)) {
            const path = (0,external_node_path_.join)(this.#datadir, name);
            if (datadir_survey_systemFiles.test(name))
                await this.#readFile(path, name.endsWith('.ibd') || name.endsWith('.ibu'));
            else if (binaryLog.test(name))
                await this.#sizeOf(path);
            else if (tokudbFile.test(name))
                this.#leftOut.push(name);
            else if (rocksdbDirectories.includes(name))
                this.#rocksdbBytes += await this.#wholeDirectory(path);
            else if (name === redoDirectory)
                await this.#wholeDirectory(path);
            // Other names with a dot or # are nobody's tables; in lost+found is nothing that anyone may read.
            else if (!/^[.#]/.test(name) && name !== 'lost+found' && (await isDirectory(path)))
                await this.#database(name);
        }
    }
    async #database(database) {
        const names = await this.#list((0,external_node_path_.join)(this.#datadir, database));
        // A few at a time: there may be a hundred thousand.
        for (let index = 0; index < names.length; index += 32) {
            await Promise.all(names.slice(index, index + 32).map((name) => this.#fileOfDatabase(database, name)));
        }
    }
    async #fileOfDatabase(database, name) {
        const extension = (0,external_node_path_.extname)(name);
        const engine = engineOfExtension[extension];
        if (engine === undefined && !harmlessExtensions.includes(extension)) {
            // `#sql…` is the unfinished work of an ALTER TABLE.
            if (!name.startsWith('#'))
                this.#leftOut.push((0,external_node_path_.join)(database, name));
            return;
        }
        const sizeBytes = await this.#readFile((0,external_node_path_.join)(this.#datadir, database, name), extension === '.ibd');
        if (engine !== undefined && !systemSchemas.includes(database) && !name.startsWith('#')) {
            this.#addToTable(engine, database, name.slice(0, -extension.length), sizeBytes);
        }
    }
    #addToTable(engine, database, file, sizeBytes) {
        // Each partition has files of its own: `orders#P#p2026.MYD`.
        const table = file.replace(/#p#.*$/i, '');
        const key = `${database}/${table}`;
        const before = this.#tables.get(key)?.sizeBytes ?? 0;
        this.#tables.set(key, {
            engine,
            schema: nameOf(database) ?? database,
            name: nameOf(database) === undefined ? undefined : nameOf(table),
            sizeBytes: before + sizeBytes,
        });
    }
    async #wholeDirectory(dir) {
        let bytes = 0;
        for (const name of await this.#list(dir))
            bytes += await this.#readFile((0,external_node_path_.join)(dir, name), false);
        return bytes;
    }
    async #list(dir) {
        try {
            await (0,promises_.access)(dir, external_node_fs_.constants.R_OK | external_node_fs_.constants.X_OK);
            return await (0,promises_.readdir)(dir);
        }
        catch (error) {
            this.#cannotRead(dir, error);
            return [];
        }
    }
    /** Counts a file that a backup reads. Returns its size. */
    async #readFile(path, isTablespace) {
        const sizeBytes = await this.#sizeOf(path);
        if (sizeBytes === undefined)
            return 0;
        this.#fileCount += 1;
        this.#dataBytes += sizeBytes;
        if (isTablespace)
            this.#tablespaceCount += 1;
        return sizeBytes;
    }
    /** Undefined for a file that cannot be read. */
    async #sizeOf(path) {
        try {
            const { size } = await (0,promises_.stat)(path);
            await (0,promises_.access)(path, external_node_fs_.constants.R_OK);
            return size;
        }
        catch (error) {
            this.#cannotRead(path, error);
            return undefined;
        }
    }
    #cannotRead(path, error) {
        const vanished = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (vanished && path !== this.#datadir)
            return;
        this.#unreadable ??= { path, reason: (0,errors/* messageOf */.bD)(error) };
    }
}
/** Of these files, the first that cannot be read. */
async function firstUnreadable(paths) {
    for (const path of paths) {
        const failure = await (0,promises_.access)(path, external_node_fs_.constants.R_OK).then(() => undefined, (error) => ({ path, reason: (0,errors/* messageOf */.bD)(error) }));
        if (failure !== undefined)
            return failure;
    }
    return undefined;
}
/** A table's or schema's name from that of its file, where `@002d` stands for a dash. */
function nameOf(file) {
    const name = file.replace(/@([0-9a-f]{4})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    // The server has shorter signs for letters with accents: `@0k`.
    return /@[0-9a-z]{2}/i.test(name.replaceAll('@@', '')) ? undefined : name;
}
async function isDirectory(path) {
    return (0,promises_.stat)(path).then((found) => found.isDirectory(), () => false);
}

;// CONCATENATED MODULE: ./build/src/checks/engine-checks.js


/** The storage engines in use, by what lies in the datadir. Only InnoDB has incrementals. */
function judgeEngines(survey, tool) {
    return [judgeOtherTables(survey), ...judgeRocksdb(survey, tool), ...judgeLeftOut(survey)];
}
/** Copied in less than a second: neither its size nor its lock matters to anyone. */
const tolerableBytes = 64 * 1024 * 1024;
function judgeOtherTables({ otherTables, dataBytes, rocksdbBytes }) {
    const subject = 'Storage engines';
    const otherBytes = otherTables.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const innodb = `InnoDB: ${(0,format/* formatBytes */.z3)(Math.max(dataBytes - otherBytes - rocksdbBytes, 0))}.`;
    if (otherTables.length === 0)
        return good(subject, `${innodb} There are no tables of MyISAM, Aria, ARCHIVE or CSV.`);
    const count = `${otherTables.length} ${otherTables.length === 1 ? 'table' : 'tables'}`;
    const others = `${enginesOf(otherTables)}: ${(0,format/* formatBytes */.z3)(otherBytes)} in ${count}`;
    const effect = 'these go whole into every incremental, and writes to them wait while they are copied';
    if (otherBytes < tolerableBytes)
        return good(subject, `${innodb} ${others}; ${effect}.`);
    return warning(subject, `${innodb} ${others}; ${effect}.`, toInnodb(otherTables));
}
function enginesOf(tables) {
    return [...new Set(tables.map(({ engine }) => engine))].sort().join(', ');
}
/** For the largest few; what is small does not hurt. */
function toInnodb(tables) {
    const statements = tables.flatMap(({ schema, name, sizeBytes }) => name === undefined || sizeBytes < tolerableBytes / 16
        ? []
        : [`ALTER TABLE ${quote(schema)}.${quote(name)} ENGINE=InnoDB;`]);
    const shown = statements.slice(0, 5).join(' ');
    if (shown === '')
        return 'ALTER TABLE … ENGINE=InnoDB; for the largest of them.';
    return statements.length > 5 ? `${shown} and ${statements.length - 5} more` : shown;
}
/** An identifier as a statement takes it. */
function quote(name) {
    return `\`${name.replaceAll('`', '``')}\``;
}
function judgeRocksdb({ rocksdbBytes }, tool) {
    if (rocksdbBytes === 0)
        return [];
    const size = (0,format/* formatBytes */.z3)(rocksdbBytes);
    return [
        warning('MyRocks', `${tool} has no incrementals of MyRocks: its ${size} go whole into every backup.`),
    ];
}
function judgeLeftOut({ leftOut: { count, names } }) {
    if (count === 0)
        return [];
    const subject = 'Files left out';
    const some = names.join(', ') + (count > names.length ? ', …' : '');
    if (names.some((name) => /tokudb/i.test(name))) {
        return [
            bad(subject, 'TOOL_UNSUITABLE', `There are TokuDB tables (${some}), which no backup tool copies: they would be missing after a restore.`, "SELECT CONCAT('ALTER TABLE `', TABLE_SCHEMA, '`.`', TABLE_NAME, '` ENGINE=InnoDB;') " +
                "FROM information_schema.TABLES WHERE ENGINE = 'TokuDB'; then run what it prints"),
        ];
    }
    return [
        warning(subject, `${count} ${count === 1 ? 'file' : 'files'} in the databases' directories are of no engine that the backup ` +
            `tools copy: ${some}. After a restore they are missing.`),
    ];
}

;// CONCATENATED MODULE: ./build/src/checks/from-error.js


/** A step that failed as a finding: an expected error tells by itself what mends it. */
function findingOf(subject, error, otherwise) {
    if (error instanceof errors/* UserError */.yo)
        return bad(subject, error.code, error.message, error.hint);
    return bad(subject, otherwise.code, from_error_asSentence((0,errors/* messageOf */.bD)(error)), otherwise.mend);
}
/** With a full stop, unless it has its own end. */
function from_error_asSentence(text) {
    return /[.!?]$/.test(text) ? text : `${text}.`;
}

;// CONCATENATED MODULE: ./build/src/checks/encryption-checks.js


const subject = 'Encryption';
/** The keys are in no backup: whoever has only the bucket cannot restore what the server has encrypted. */
function judgeEncryption(facts) {
    const { tablespaces, logs, keyring } = facts;
    if ('untold' in tablespaces) {
        return unknown(subject, `Whether tables are encrypted cannot be told: ${from_error_asSentence(tablespaces.untold)}`);
    }
    const encrypted = describe(tablespaces.value, 'value' in logs ? logs.value : []);
    if (encrypted === undefined)
        return good(subject, 'The server has encrypted no tablespace and no log.');
    if ('untold' in keyring) {
        const why = from_error_asSentence(keyring.untold);
        return unknown(subject, `Encrypted: ${encrypted}. Where its keys are cannot be told: ${why}`);
    }
    return judgeKeyring(facts, keyring.value, encrypted);
}
function describe({ count, names }, logs) {
    const some = `${count} ${count === 1 ? 'tablespace' : 'tablespaces'} (${names.join(', ')}${count > names.length ? ', …' : ''})`;
    const parts = [...(count === 0 ? [] : [some]), ...logs];
    return parts.length === 0 ? undefined : parts.join(', ');
}
function judgeKeyring(facts, keyring, encrypted) {
    if (keyring === undefined) {
        return warning(subject, `Encrypted: ${encrypted}, but the server names no keyring: where its keys are is not known.`);
    }
    const { flavor, unreadable, user } = facts;
    const files = [keyring.file, keyring.unlockingFile].filter((file) => file !== undefined);
    // Both tools learn from the server where the keys are, and read them as the user that runs them.
    if (unreadable !== undefined) {
        return bad(subject, 'KEYRING_UNAVAILABLE', `Encrypted: ${encrypted}. The backup needs the keys of ${keyring.name}, and cannot read them: ${unreadable.reason}.`, `setfacl -m u:${user}:r ${unreadable.path}`);
    }
    const where = files.length === 0 ? `in ${keyring.name}` : `in ${files.join(' and ')} (${keyring.name})`;
    const atRestore = flavor === 'mariadb'
        ? 'prepare and the restored server need them at the same path'
        : 'prepare needs them too (--component-keyring-config or --keyring-file-data of XtraBackup)';
    return warning(subject, `Encrypted: ${encrypted}. The keys are ${where} and in no backup; ${atRestore}.`, files.length === 0
        ? `Make sure that the keys of ${keyring.name} outlive this host.`
        : `Keep a copy of ${files.join(' and ')} in a safe place that is not the bucket, and renew it when keys are rotated.`);
}

;// CONCATENATED MODULE: ./build/src/checks/redo-checks.js




const redo_checks_subject = 'Redo log';
/** Will the server overwrite its redo log faster than a backup reads it? */
function judgeRedo({ log, sampled, expectedSeconds, mayRegister }) {
    if ('untold' in log)
        return unknown(redo_checks_subject, `Its size cannot be told: ${from_error_asSentence(log.untold)}`);
    const { capacityBytes, averageBytesPerSecond } = log.value;
    // A server that idles now may be busy in the hour of the backup, and the other way round.
    const bytesPerSecond = Math.max(averageBytesPerSecond, 'value' in sampled ? sampled.value : 0);
    const { share, isRisk } = redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds });
    const fact = `It holds ${(0,format/* formatBytes */.z3)(capacityBytes)}. At ${(0,format/* formatBytes */.z3)(bytesPerSecond)} per second and a backup of about ` +
        `${(0,format/* formatDuration */.a3)(expectedSeconds)}, ${percent(share)} of it is written anew meanwhile`;
    if (!isRisk)
        return good(redo_checks_subject, `${fact}.`);
    const remedy = mayRegister
        ? 'the backup makes the server wait for it instead, which may stall writes'
        : 'a backup fails when the server comes round to what it has not read';
    return warning(redo_checks_subject, `${fact}: ${remedy}.`, enlarge(log.value, bytesPerSecond * expectedSeconds));
}
function percent(share) {
    return share < 0.01 ? 'less than 1 %' : `${Math.round(share * 100)} %`;
}
const mebibyte = 1024 * 1024;
/** MySQL takes no more before 9.0. */
const largestCapacity = 128 * 1024 * mebibyte;
/** Twice of what is written during a backup, as a power of two. */
function enlarge({ variable, fileCount, isDynamic }, writtenBytes) {
    const power = 2 ** Math.ceil(Math.log2((writtenBytes * 2) / fileCount / mebibyte));
    const size = Math.min(Math.max(power, 128) * mebibyte, Math.floor(largestCapacity / fileCount));
    if (variable === 'innodb_redo_log_capacity')
        return `SET PERSIST innodb_redo_log_capacity = ${size};`;
    const line = `innodb_log_file_size = ${Math.floor(size / mebibyte)}M under [mysqld] in the server's my.cnf`;
    return isDynamic
        ? `SET GLOBAL innodb_log_file_size = ${size}; and ${line}`
        : `${line}, then restart the server`;
}

;// CONCATENATED MODULE: ./build/src/checks/server-checks.js










/** Everything that needs SQL and is no privilege. Takes `sampleSeconds`, and never fails for a missing privilege. */
async function checkServer(questions) {
    const { session, server, user, sampleSeconds } = questions;
    const keyring = await ask(() => readKeyring(session, server));
    const keyFiles = 'value' in keyring
        ? [keyring.value?.file, keyring.value?.unlockingFile].filter((file) => file !== undefined)
        : [];
    return [
        judgeVersion(server),
        judgeBinaryLog(server),
        judgeRowVersions(await ask(() => readRowVersions(session, server))),
        judgeEncryption({
            flavor: server.flavor,
            user,
            tablespaces: await ask(() => readEncrypted(session, server)),
            logs: await ask(() => readEncryptedLogs(session)),
            keyring,
            unreadable: await firstUnreadable(keyFiles),
        }),
        judgeRedo({
            log: await ask(() => readRedoLog(session)),
            sampled: await ask(() => sampleWriteRate(session, sampleSeconds)),
            expectedSeconds: expectedBackupSeconds(questions.dataBytes, questions.lastBackupSeconds),
            mayRegister: questions.mayRegisterRedoConsumer,
        }),
    ].flat();
}
/** Is it a version that there is a backup tool for? */
function judgeVersion(server) {
    const subject = 'Server';
    const line = lineFor(server);
    if (line !== undefined) {
        return good(subject, `${server.flavor} ${server.version} on ${server.hostName}; ${line.tool} ${line.name} is its tool.`);
    }
    return bad(subject, 'TOOL_UNSUITABLE', whyNoLine(server), 'Run a server of a version with long-term support: only those have a backup tool.');
}
/** Without one a backup is whole, but there is less to prove by it and nothing to go on from it. */
function judgeBinaryLog({ flavor, logsBinary, }) {
    const subject = 'Binary log';
    if (logsBinary)
        return good(subject, 'The server writes one: a restore can go on from the position of the backup.');
    return warning(subject, 'The server writes none: nothing after the last backup can be brought back, and whether the server was itself ' +
        'restored between two backups shows only in its files.', flavor === 'mariadb'
        ? "log_bin under [mysqld] in the server's my.cnf, then restart the server"
        : "Take skip-log-bin (disable-log-bin) out of the server's my.cnf; for MySQL 5.7 add log_bin and server_id. Then restart it");
}
/** Tables that XtraBackup refuses. @param tables as `shop/orders`. */
function judgeRowVersions(tables) {
    const subject = 'Instant DDL';
    if ('untold' in tables) {
        return [
            unknown(subject, `Whether tables have row versions cannot be told: ${from_error_asSentence(tables.untold)}`),
        ];
    }
    const names = tables.value;
    if (names.length === 0)
        return [];
    const few = names.slice(0, 5);
    return [
        bad(subject, 'INSTANT_DDL', `${names.length} ${names.length === 1 ? 'table has' : 'tables have'} row versions of the instant DDL of MySQL ` +
            `8.0.29 to 8.0.31, which XtraBackup refuses: ${few.join(', ')}${names.length > few.length ? ', …' : ''}.`, optimizeAll(names)),
    ];
}
function optimizeAll(names) {
    const statements = [...new Set(names.map((name) => `OPTIMIZE TABLE ${statementName(name)};`))];
    const shown = statements.slice(0, 20).join(' ');
    if (statements.length <= 20)
        return shown;
    const rest = 'SELECT NAME FROM information_schema.INNODB_TABLES WHERE TOTAL_ROW_VERSIONS > 0;';
    return `${shown} … and so on for all ${statements.length} of ${rest}`;
}
/** Schema and table as a statement takes them, from InnoDB's `shop/orders` or `shop/orders#p#p2026`. */
function statementName(name) {
    const [schema = '', table = ''] = name.replace(/#p#.*$/i, '').split('/');
    return `${quote(nameOf(schema) ?? schema)}.${quote(nameOf(table) ?? table)}`;
}

;// CONCATENATED MODULE: ./build/src/checks/tool-checks.js







/** The programs that a backup and a restore start. */
const tool_checks_subject = 'Backup tool';
/**
 * Is the backup tool there, and does it take the server?
 * @returns the tool, when it is there and takes the server.
 */
async function checkTool(request, server, family) {
    try {
        const wanted = wantedFor(server);
        const tool = await findTool(request, wanted);
        requireFitting(tool, server);
        const fact = `${tool.name} ${tool.version} (${tool.path}) takes ${server.flavor} ${server.version}; ${tool.streamPath} is there too.`;
        return { finding: good(tool_checks_subject, fact), tool };
    }
    catch (error) {
        const finding = findingOf(tool_checks_subject, error, { code: 'TOOL_UNSUITABLE', mend: 'Correct tool-path.' });
        return { finding: { ...finding, ...mendBy(error, request, lineFor(server), family) } };
    }
}
/** What an installation mends gets its command; the rest keeps its hint. */
function mendBy(error, { tool, toolPath }, line, family) {
    if (!(error instanceof errors/* UserError */.yo) || line === undefined)
        return {};
    // An input that names another tool, or another place, is mended by that input.
    if (tool !== 'auto' && tool !== line.tool)
        return { mend: `tool: ${line.tool}` };
    const install = installTool(family, line);
    return { mend: toolPath === undefined ? install : `${install}, and leave tool-path out` };
}
/** The other programs: what they are for, and Debian's packages of them. */
const tool_checks_programs = {
    zstd: { use: 'compresses', package: 'zstd' },
    age: { use: 'encrypts and decrypts', package: 'age' },
    gpg: { use: 'encrypts and decrypts', package: 'gnupg' },
};
/** zstd always, age and gpg where the inputs ask for them. */
async function checkPrograms(names, family) {
    return await Promise.all(names.map(async (name) => {
        const path = await findProgram([name]);
        if (path !== undefined)
            return good(name, `${path} is there.`);
        const { use, package: packageName } = tool_checks_programs[name];
        return bad(name, 'PROGRAM_MISSING', `${name} is not installed on this host; it ${use} the backups.`, installPackage(family, packageName));
    }));
}

;// CONCATENATED MODULE: ./build/src/mysql/grant-statement.js
/**
 * Reads one line. The names stand between backquotes, between double quotes (sql_mode=ANSI_QUOTES), in old servers
 * between single ones, or between none (sql_quote_show_create=0).
 * @returns undefined for what gives a role, a routine or a proxy.
 */
function parseGrant(line) {
    const reader = new Reader(tokensOf(line));
    const verb = reader.takeWord('GRANT', 'REVOKE');
    if (verb === undefined)
        return undefined;
    const privileges = reader.takePrivileges();
    if (privileges === undefined)
        return undefined;
    const schema = reader.take()?.text;
    // «PROCEDURE `d`.`p`» and «`user`@`host`» of a proxy have something else there.
    if (schema === undefined || !reader.takeSign('.'))
        return undefined;
    const table = reader.take()?.text;
    if (table === undefined || reader.takeWord('TO', 'FROM') === undefined)
        return undefined;
    return {
        verb: verb === 'GRANT' ? verb : 'REVOKE',
        privileges,
        schema,
        table,
        grantee: reader.takeAccount(),
    };
}
const tokenPattern = /`((?:[^`]|``)*)`|"((?:[^"]|"")*)"|'((?:[^'\\]|''|\\.)*)'|([.,()@])|[^\s.,()@`"']+/gs;
function tokensOf(line) {
    return [...line.matchAll(tokenPattern)].map(([whole, backquoted, doubleQuoted, singleQuoted]) => {
        if (backquoted !== undefined)
            return { text: backquoted.replaceAll('``', '`'), quoted: true };
        if (doubleQuoted !== undefined)
            return { text: doubleQuoted.replaceAll('""', '"'), quoted: true };
        if (singleQuoted !== undefined)
            return { text: singleQuoted.replaceAll("''", "'"), quoted: true };
        return { text: whole, quoted: false };
    });
}
class Reader {
    tokens;
    #position = 0;
    constructor(tokens) {
        this.tokens = tokens;
    }
    take() {
        return this.tokens[this.#position++];
    }
    takeSign(sign) {
        const next = this.tokens[this.#position];
        if (next?.quoted !== false || next.text !== sign)
            return false;
        this.#position++;
        return true;
    }
    takeWord(...words) {
        const next = this.tokens[this.#position];
        const word = next?.quoted === false ? next.text.toUpperCase() : '';
        if (!words.includes(word))
            return undefined;
        this.#position++;
        return word;
    }
    /** All up to ON; undefined when there is none, as where roles are granted. */
    takePrivileges() {
        const privileges = [];
        let words = [];
        for (let token = this.take(); token !== undefined && !token.quoted; token = this.take()) {
            const isOn = token.text.toUpperCase() === 'ON';
            if (isOn || token.text === ',') {
                if (words.length > 0)
                    privileges.push(words.join(' '));
                if (isOn)
                    return privileges;
                words = [];
            }
            else if (token.text === '(') {
                // For the columns that follow only.
                while (!this.takeSign(')'))
                    if (this.take() === undefined)
                        return undefined;
                words = [];
            }
            else {
                words.push(token.text);
            }
        }
        return undefined;
    }
    takeAccount() {
        const user = this.take()?.text ?? '';
        return this.takeSign('@') ? `${user}@${this.take()?.text ?? ''}` : user;
    }
}

;// CONCATENATED MODULE: ./build/src/mysql/grants.js


/**
 * The account that the session runs as, and what it was granted: directly, by the roles that are active (which are
 * the default roles, as the backup tool has them too) and in MariaDB by PUBLIC.
 */
async function readGrants(session) {
    const [self] = await session.query('SELECT CURRENT_USER() AS account, VERSION() AS version');
    const version = self?.['version'] ?? '';
    // Only without FOR do both MySQL and MariaDB show what the active roles give.
    const rows = await session.query('SHOW GRANTS');
    const [literal] = await session.query("SHOW GLOBAL VARIABLES WHERE Variable_name = 'partial_revokes'");
    const lines = rows.map((row) => Object.values(row)[0] ?? '');
    const account = quoteAccount(self?.['account'] ?? '');
    return {
        account,
        holds: parseGrants(lines, { schemaWildcards: literal?.['Value'] !== 'ON' }).holds,
        statementFor: (privilege, on) => `GRANT ${nameIn(version, privilege)} ON ${on} TO ${account};`,
    };
}
/**
 * Reads the lines of SHOW GRANTS.
 * @param schemaWildcards false where the server takes `%` and `_` in the names of schemas literally, as MySQL
 *   does with partial_revokes=ON.
 */
function parseGrants(lines, { schemaWildcards = true } = {}) {
    const all = lines.map(parseGrant).filter((grant) => grant !== undefined);
    const given = all.filter(({ verb }) => verb === 'GRANT');
    const revoked = all.filter(({ verb }) => verb === 'REVOKE');
    const holdsOnSchema = (accepted, schema) => {
        const matching = given.filter((grant) => grant.table === '*' && grant.schema !== '*' && matches(grant.schema, schema, schemaWildcards));
        // Of several patterns that match, the servers take the most specific one alone.
        return matching.some((grant) => includesAny(grant, accepted) &&
            !matching.some((other) => other.grantee === grant.grantee && weight(other.schema) > weight(grant.schema)));
    };
    return {
        holds(privilege, on) {
            const accepted = whatGives(privilege);
            const [schema, table] = splitTarget(on);
            // A partial revoke takes one schema out of a grant on *.*.
            const partly = revoked.some((revoke) => includesAny(revoke, accepted) && (schema === '*' || revoke.schema === schema));
            if (!partly && given.some((grant) => grant.schema === '*' && includesAny(grant, accepted)))
                return true;
            if (schema === '*')
                return false;
            if (holdsOnSchema(accepted, schema))
                return true;
            return (table !== '*' &&
                given.some((grant) => grant.schema === schema && grant.table === table && includesAny(grant, accepted)));
        },
    };
}
/** `user@host`, as CURRENT_USER() gives it, as a statement takes it in every SQL mode. */
function quoteAccount(currentUser) {
    const at = currentUser.lastIndexOf('@');
    // Where a backslash escapes depends on the SQL mode, but not between backquotes.
    const quote = (name) => (/['\\]/.test(name) ? `\`${name.replaceAll('`', '``')}\`` : `'${name}'`);
    return `${quote(currentUser.slice(0, at))}@${quote(currentUser.slice(at + 1))}`;
}
/** Names that mean the same, in MariaDB since 10.5. */
const synonyms = {
    ALL: 'ALL PRIVILEGES',
    'BINLOG MONITOR': 'REPLICATION CLIENT',
    'SLAVE MONITOR': 'REPLICA MONITOR',
};
/** What SUPER gives as well; the servers' own refusals name both («SUPER, REPLICATION CLIENT»). */
const givenBySuper = ['REPLICATION CLIENT', 'REPLICA MONITOR', 'SYSTEM_VARIABLES_ADMIN'];
function whatGives(privilege) {
    const name = canonical(privilege);
    return new Set([name, 'ALL PRIVILEGES', ...(givenBySuper.includes(name) ? ['SUPER'] : [])]);
}
function canonical(privilege) {
    const name = privilege.trim().replace(/\s+/g, ' ').toUpperCase();
    return synonyms[name] ?? name;
}
function includesAny(grant, accepted) {
    return grant.privileges.some((privilege) => accepted.has(canonical(privilege)));
}
/** MariaDB before 10.5 has neither name, and one privilege for both. */
function nameIn(version, privilege) {
    const isOld = /mariadb/i.test(version) && !(0,versions/* isAtLeast */.du)(version, '10.5');
    return isOld && ['BINLOG MONITOR', 'REPLICA MONITOR'].includes(privilege.toUpperCase())
        ? 'REPLICATION CLIENT'
        : privilege;
}
function splitTarget(on) {
    const dot = on.indexOf('.');
    return [on.slice(0, dot), on.slice(dot + 1)];
}
/** Schema names in grants are patterns of LIKE: `%`, `_`, and a backslash before either. */
function matches(pattern, schema, wildcards) {
    if (!wildcards)
        return pattern === schema;
    const expression = pattern.replace(/\\(.)|[%_]|\W/gsu, (part, escaped) => {
        if (part === '%')
            return '.*';
        if (part === '_')
            return '.';
        return `\\u{${((escaped ?? part).codePointAt(0) ?? 0).toString(16)}}`;
    });
    return new RegExp(`^(?:${expression})$`, 'su').test(schema);
}
/** How specific a pattern is: what stands before its first wildcard. */
function weight(pattern) {
    const wildcard = /(?<!\\)[%_]/.exec(pattern);
    return wildcard === null ? Infinity : wildcard.index;
}

// EXTERNAL MODULE: ./build/src/operations/check-result.js
var check_result = __webpack_require__(8768);
;// CONCATENATED MODULE: ./build/src/operations/ready.js












/**
 * What a backup cannot begin without, as far as it is found out at once: the server's version, the programs, each
 * privilege, the datadir. It takes one connection, three statements and one start of the tool.
 * @returns the tool, which is there and takes the server.
 * @throws UserError for everything that is missing, in one, each with what mends it. Nothing was touched then.
 */
async function requireReady(session, inputs) {
    const server = await identifyServer(session);
    const family = await readSystemFamily();
    const version = judgeVersion(server);
    const { finding, tool } = await checkTool(inputs, server, family);
    const findings = [
        version,
        // Of a server that no tool takes, the tool says nothing new.
        ...(version.verdict === 'bad' ? [] : [finding]),
        ...(await checkPrograms(programsFor(inputs), family)),
        ...(await checkGrants(session, server, tool)),
        ...(await datadirUnreadable(server)),
    ];
    const error = (0,check_result/* notReady */.xA)(findings, 'A backup cannot begin');
    if (error !== undefined)
        throw error;
    if (tool === undefined)
        throw new TypeError('No tool, and nothing that says why');
    return { tool, server };
}
/** The programs beside the backup tool that the inputs ask for. */
function programsFor({ encryptRecipients, encryptPassphrase }) {
    return [
        'zstd',
        ...(encryptRecipients === undefined ? [] : ['age']),
        ...(encryptPassphrase === undefined ? [] : ['gpg']),
    ];
}
/** Of a tool that is not there the privileges are those of its line. What cannot be told must not stop a backup. */
async function checkGrants(session, server, tool) {
    const line = tool?.line ?? lineFor(server);
    const grants = await ask(() => readGrants(session));
    return line === undefined || 'untold' in grants ? [] : checkPrivileges(grants.value, line, server);
}
async function datadirUnreadable(server) {
    try {
        await datadirIdentity(server);
        return [];
    }
    catch (error) {
        if (!(error instanceof errors/* UserError */.yo))
            throw error;
        return [bad('Datadir', error.code, error.message, error.hint)];
    }
}

;// CONCATENATED MODULE: ./build/src/operations/redo-watch.js




/**
 * Whether the server may come round its redo log before a backup has read it, as a sentence; undefined when that is
 * unlikely.
 */
function redoWarning({ redoLog, lsn, now, before, dataBytes }) {
    const since = before === undefined ? 0 : (now.getTime() - Date.parse(before.finishedAt)) / 1000;
    const recent = before === undefined ? 0 : bytesPerSecondBetween(before.lsn.to, lsn, since);
    const bytesPerSecond = Math.max(recent, redoLog.averageBytesPerSecond);
    const expectedSeconds = expectedBackupSeconds(dataBytes, before?.durationSeconds);
    const { capacityBytes, variable } = redoLog;
    if (!redoRisk({ capacityBytes, bytesPerSecond, expectedSeconds }).isRisk)
        return undefined;
    return (`The redo log holds ${(0,format/* formatBytes */.z3)(capacityBytes)}, and about ${(0,format/* formatBytes */.z3)(bytesPerSecond * expectedSeconds)} ` +
        `will be written in the ${(0,format/* formatDuration */.a3)(expectedSeconds)} of this backup: the server may overwrite what is not ` +
        `read yet. Make ${variable} larger.`);
}
/** Can this tool make this server keep its redo log until it is read? */
function canKeepRedoLog(tool, serverVersion) {
    return (hasOption(tool.line, tool.version, 'register-redo-log-consumer') && (0,versions/* isAtLeast */.du)(serverVersion, '8.0.30'));
}

;// CONCATENATED MODULE: ./build/src/pipeline/codecs.js


/** zstd as a stage. `-vv` makes it tell the exact number of bytes that came in; see `streamBytesOf`. */
async function compressor(level, threads, onLine) {
    const zstd = await requireProgram(['zstd'], 'zstd');
    const size = [`-${level}`, `-T${threads}`, ...jobSize(level, threads)];
    return { program: zstd, arguments: [...size, '-vv', '--no-progress', '-c'], onLine };
}
/**
 * How much of the stream a thread of zstd takes at a time, which is also what zstd takes in while whoever reads from it
 * pauses. Its own measure is four windows: 2 MiB at level 1, 8 at level 3, 16 or more from level 9 on. With 2 MiB the
 * backup tool, before it, stood still in each pause of a few milliseconds. It costs memory: zstd has up to 100 MB with one
 * thread and 150 with four; so with more of them it is left to zstd.
 */
function jobSize(level, threads) {
    return level < 9 && threads <= 4 ? ['-B16MiB'] : [];
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
        const checkpoints = await readCheckpoints(this.#lsnDir).catch(async (error) => {
            throw (await (0,datadir_swap/* freeBytes */.go)(this.#lsnDir)) === 0 ? diskFull(this.#lsnDir, error) : error;
        });
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
/** The tool says nothing of it when these small files are cut. */
function diskFull(dir, cause) {
    return new errors/* UserError */.yo('DISK_FULL', `The disk of ${dir} is full, and what the tool wrote there is cut.`, 'Nothing was stored. Free space there, or let RUNNER_TEMP (TMPDIR on the command line) be on another disk.', { cause });
}
function notCompleted(tool, lastLine) {
    return new errors/* UserError */.yo('BACKUP_FAILED', `${tool} ended with 0, but its last line is not «completed OK!» but «${lastLine}».`, 'Nothing was stored. Run it again with log-level debug to see all that the tool says.');
}

// EXTERNAL MODULE: ./build/src/in-slices.js
var in_slices = __webpack_require__(6872);
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
            await (0,in_slices/* inSlices */.Z)(chunk, (slice) => this.#hash.update(slice));
            this.#bytes += chunk.length;
            yield chunk;
        }
    }
}
/** What has passed through all of them. */
function bytesThrough(meters) {
    return meters.reduce((sum, { bytes }) => sum + bytes, 0);
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
    const slices = new Slices(source, repository.planParts(options.expectedSizeBytes).largestObjectBytes);
    const stored = [];
    try {
        while (!slices.ended) {
            const key = options.keyOf(stored.length);
            const meter = new Meter();
            options.onUpload(key, meter);
            const onBegin = (uploadId) => options.onBegin?.(key, uploadId);
            const object = await repository.upload(key, meter.measure(slices.next()), { ...options, onBegin });
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
/** For what no manifest names. Never throws. */
async function removeQuietly(repository, key, log) {
    await repository.remove(key).catch((error) => {
        log.warning(`${key} belongs to no backup and could not be removed: ${(0,errors/* messageOf */.bD)(error)}`);
    });
}
function differs(key, storedBytes, sentBytes) {
    return new errors/* UserError */.yo('UPLOAD_DIFFERS', `${key} has ${storedBytes} bytes in the store, and ${sentBytes} were sent.`, 'The object was removed. Run the backup again; if it happens again, the store is not to be trusted.');
}

;// CONCATENATED MODULE: ./build/src/operations/store-backup.js








/** Streams the backup into the store. The object appears only when every check of the stream has passed. */
async function storeBackup({ server, identity, tool, id, plan, encryption }, { account, keepRedoLog, dataBytes }, inputs, context) {
    const { repository, log, signal, workDir, note } = context;
    reach(log, 'backup', 'start the tool');
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
            reach(log, 'backup', 'check the stream that has ended');
            if ((await datadirIdentity(server)) === identity)
                return;
            throw backup_stream_inconsistent('the datadir was replaced while it was backed up');
        },
    });
    const ended = new AbortController();
    const { partSizeBytes, partsInMemory } = repository.planParts(dataBytes);
    // A piece is a part: it is read into the memory that it is sent from.
    const memory = new PieceMemory(partSizeBytes, partsInMemory);
    const output = stream.read({
        log,
        workDir,
        memory,
        signal: AbortSignal.any([signal, ended.signal]),
        onStart: (processId) => note.processStarts(processId),
    });
    const limit = inputs.maxUploadMibPerSecond;
    const meters = [];
    const options = {
        expectedSizeBytes: dataBytes,
        bytesPerSecond: limit === undefined ? undefined : limit * 1024 * 1024,
        release: (piece) => memory.give(piece),
        signal,
        log,
        keyOf: (index) => (0,layout/* objectKey */.T5)(inputs.s3Prefix, inputs.server, id, encryption.method, index),
        onUpload: (key, meter) => {
            note.uploadBegins(key);
            meters.push(meter);
            reach(log, 'backup', 'send an object');
        },
        onBegin: (key, uploadId) => {
            note.uploadBegins(key, uploadId);
            reach(log, 'backup', 'send it in parts');
        },
    };
    try {
        const objects = await withProgress(log, 'Stored', meters, () => storeStream(repository, output, options));
        return { objects, facts: stream.facts, compressLevel: inputs.compressLevel };
    }
    finally {
        // When the store failed, the programs may still wait to be read from.
        ended.abort();
        await output.return();
    }
}

// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./build/src/pipeline/groups.js
var groups = __webpack_require__(6866);
// EXTERNAL MODULE: ./build/src/pipeline/run-owner.js
var run_owner = __webpack_require__(6015);
// EXTERNAL MODULE: ./build/src/operations/leftovers.js + 1 modules
var leftovers = __webpack_require__(4400);
;// CONCATENATED MODULE: ./build/src/operations/sweep.js








/** Nothing that can be swept up is worth more time. */
const longestSeconds = 15;
/** No upload is that long under way; so it is dead, whichever host began it. */
const deadAfterHours = 24;
/**
 * Removes what dead runs on this host left: processes, private directories, unfinished uploads of this server. With
 * `oldUploads` also those below the server's prefix that began more than a day ago, on any host. Never throws, and
 * says what it has removed.
 */
async function sweep(place, context, { oldUploads }) {
    const { log, signal } = context;
    const patience = new AbortController();
    const work = sweepUp(place, context, oldUploads)
        .catch((error) => log.debug(`Not all of what dead runs left could be swept up: ${(0,errors/* messageOf */.bD)(error)}`))
        .finally(() => patience.abort());
    const ends = AbortSignal.any([patience.signal, signal]);
    const end = (0,external_node_timers_promises_.setTimeout)(longestSeconds * 1000, undefined, { signal: ends }).catch(() => undefined);
    await Promise.race([work, end]);
}
async function sweepUp({ prefix, server }, { repository, log, workDir }, oldUploads) {
    const ownKeys = (0,layout/* serverPrefix */.IO)(prefix, server);
    const known = [];
    for (const { dir, leftovers } of await deadRuns((0,external_node_path_.dirname)(workDir), workDir)) {
        const { uploadKey, uploadId, markKey } = leftovers;
        // The run of another server is left to the next one of that: it has the right store.
        if ([uploadKey, markKey].some((key) => key !== undefined && !key.startsWith(ownKeys)))
            continue;
        endProcesses(leftovers, log);
        if (leftovers.restore !== undefined)
            log.warning(diedInRestore(leftovers.restore));
        if (markKey !== undefined)
            await repository.remove(markKey).catch(() => undefined);
        if (uploadKey !== undefined && uploadId !== undefined)
            known.push({ key: uploadKey, uploadId });
        await (0,promises_.rm)(dir, { recursive: true, force: true });
        log.info(`Swept up after a run that died: ${dir}`);
    }
    if (known.length === 0 && !oldUploads)
        return;
    const olderThanSeconds = oldUploads ? deadAfterHours * 3600 : Infinity;
    const aborted = await repository.abortDeadUploads(ownKeys, { olderThanSeconds, known });
    for (const key of aborted)
        log.info(`Swept up after a run that died: the unfinished upload of ${key} was aborted.`);
}
/** Not those of a restore: among them is perhaps the server that somebody has brought back meanwhile. */
function endProcesses({ processes, restore }, log) {
    if (restore !== undefined)
        return;
    for (const group of processes) {
        if ((0,groups/* killGroup */.i0)(group))
            log.info(`Swept up after a run that died: process ${group.processId} was ended.`);
    }
}
function diedInRestore({ datadir, label }) {
    return (`A restore to ${datadir.path} died before it was done. What was there before it is in ` +
        `${datadir.path}.before-restore-${label}, or in .before-restore-${label} within, unless it was put back since.`);
}
/** Only in directories of this user, since what stands in them is believed. */
async function deadRuns(base, own) {
    const names = (await (0,promises_.readdir)(base)).filter((name) => name.startsWith(leftovers/* workDirStart */.Dx));
    const found = [];
    for (const dir of names.map((name) => (0,external_node_path_.join)(base, name))) {
        const stat = await (0,promises_.lstat)(dir).catch(() => undefined);
        if (dir === own || stat?.isDirectory() !== true || stat.uid !== process.getuid?.())
            continue;
        const note = await (0,leftovers/* readRunNote */.CH)(dir);
        if (note === undefined)
            continue;
        const death = await (0,run_owner/* isDead */.XU)(note.owner);
        if (death === undefined)
            continue;
        // After a reboot the numbers of the processes are others'.
        const processes = death === 'before the last boot' ? [] : note.leftovers.processes;
        found.push({ dir, leftovers: { ...note.leftovers, processes } });
    }
    return found;
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
async function writeManifest(repository, key, manifest, { log, signal }) {
    const removeObjects = async () => {
        for (const { key } of manifest.objects)
            await removeQuietly(repository, key, log);
    };
    if (signal.aborted) {
        await removeObjects();
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
            await removeObjects();
        if (there === undefined)
            log.warning(unknownOutcome(key, manifest));
        throw error;
    }
    if (created)
        return;
    const there = await stored(repository, key);
    // Two manifests of the same object, at the same millisecond, are one: ours, written by a repeated request.
    if (there === text)
        return;
    if (there !== undefined && !namesObjects(there, key, manifest))
        await removeObjects();
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
function unknownOutcome(key, { objects }) {
    return (`The store does not say whether ${key} was written. If it was, the backup is good, and the next one builds ` +
        `on it; if not, ${objects.map((object) => object.key).join(', ')} belongs to no backup.`);
}

;// CONCATENATED MODULE: ./build/src/operations/backup.js


























/**
 * Takes one backup: a full, or an incremental on the last good one. Only what is proven good gets a manifest;
 * after a failure nothing of it is left.
 */
async function backup(inputs, context) {
    const { log } = context;
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const account = await resolveAccount(inputs);
    reach(log, 'backup', 'ask the server whether it is ready');
    const { tool, server } = await withSession(account, context.signal, (session) => requireReady(session, inputs));
    const lock = { dir: server.datadir, purpose: purposeOf('backup', context.run), codes: ofDatadir };
    reach(log, 'backup', 'take the lock of the datadir');
    return withHostLock(lock, async () => {
        reach(log, 'backup', 'sweep up after dead runs');
        await sweep(place, context, { oldUploads: true });
        return withMemory(context, (memory) => withTries(inputs.tries, context, async (failures) => {
            const workDir = await (0,promises_.mkdtemp)((0,external_node_path_.join)(context.workDir, 'try-'));
            const once = await backupOnce(inputs, { ...context, memory, workDir }, { account, tool, failures });
            return { ...once, failures };
        }));
    });
}
async function backupOnce(inputs, context, { account, tool, failures }) {
    const started = performance.now();
    const startedAt = context.now();
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    reach(context.log, 'backup', 'look at the server');
    const { server, identity, redoLog } = await context.log.group('Look at the server', () => examine(account, context));
    reach(context.log, 'backup', 'read what backups there are');
    const known = await knownBackups(place, inputs, startedAt, context);
    const { graph, takenIds, blind } = known;
    const plan = planNext(known, {
        server: { ...server, datadirIdentity: identity },
        tool: { name: tool.name, version: tool.version, series: toolSeries(tool.name, tool.version) },
        request: inputs,
        now: startedAt,
    });
    const id = nextBackupId(startedAt, inputs.timezone, takenIds);
    context.log.info(`${id} will be ${plan.type === 'full' ? 'a full backup' : 'an incremental'}: ${plan.reason}.`);
    const gap = await findGap({ place, graph, remembered: blind?.head, startedAt, maxMinutes: inputs.maxGapMinutes }, context);
    if (gap !== undefined && failures.length === 0)
        context.log.warning(`No good backup for ${(0,report_gap/* gapText */.M)(gap)}.`);
    const dataBytes = await sizeOfTree(server.datadir);
    const before = plan.type === 'full' ? newestFull(graph) : plan.base.manifest;
    const warning = redoLog && redoWarning({ redoLog, lsn: server.lsn, now: startedAt, before, dataBytes });
    if (warning !== undefined)
        context.log.warning(warning);
    const isAtRisk = warning !== undefined || failures.some(({ code }) => code === 'REDO_OVERWRITTEN');
    const keepRedoLog = isAtRisk && canKeepRedoLog(tool, server.version);
    const encryption = encryptionOf(inputs);
    const subject = { name: inputs.server, server, identity, tool, startedAt, id, plan, encryption };
    const stored = await context.log.group(`Back up with ${tool.name} ${tool.version}`, () => storeBackup(subject, { account, keepRedoLog, dataBytes }, inputs, context));
    const manifest = manifestOf(subject, stored, {
        finishedAt: context.now(),
        durationSeconds: (performance.now() - started) / 1000,
        run: context.run,
    });
    const key = (0,layout/* manifestKey */.Rn)(place.prefix, place.server, id);
    reach(context.log, 'backup', 'write the manifest');
    await writeManifest(context.repository, key, manifest, context);
    reach(context.log, 'backup', 'tell of the good backup');
    await rememberBackup(known, manifest, context);
    context.log.info(`Stored ${(0,format/* formatBytes */.z3)((0,chain_manifest/* sizeOf */.$d)(stored.objects))} (${(0,format/* formatBytes */.z3)(manifest.streamBytes)} before compression) ` +
        `in ${(0,format/* formatDuration */.a3)(manifest.durationSeconds)}: LSN ${manifest.lsn.from} to ${manifest.lsn.to}.`);
    const chain = [...chainOf(graph, plan), manifest];
    const result = { manifest, manifestKey: key, reason: plan.reason, chain, gap };
    return blind === undefined ? result : { ...result, mayNotRead: true };
}
function examine(account, { log, signal }) {
    return withSession(account, signal, async (session) => {
        const server = await describeServer(session);
        const identity = await datadirIdentity(server);
        log.info(`${server.flavor} ${server.version}, datadir ${server.datadir}, LSN ${server.lsn}`);
        const redoLog = await readRedoLog(session).catch(() => undefined);
        return { server, identity, redoLog };
    });
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

;// CONCATENATED MODULE: ./build/src/mysql/same-host.js




/** A datadir may also be another server's, or a copy: on another host, in another container, from a backup. */
async function readHostEvidence(session, server) {
    const { flavor, datadir } = server;
    const uuid = flavor === 'mariadb' ? undefined : await uuidIn(datadir);
    const checkpoint = flavor === 'mariadb' ? await ask(() => compareCheckpoint(session, datadir)) : { untold: '' };
    const hasCheckpoint = 'value' in checkpoint ? checkpoint.value : undefined;
    return {
        isLocked: (await lockHolder(datadir)) !== undefined,
        seesAllLocks: await seesAllLocks(),
        ...(uuid === undefined ? {} : { uuidHere: uuid }),
        ...(hasCheckpoint === undefined ? {} : { hasCheckpoint }),
    };
}
async function uuidIn(datadir) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(datadir, 'auto.cnf'), 'utf8').catch(() => '');
    return /^\s*server[-_]uuid\s*=\s*([0-9a-f-]{36})\s*$/im.exec(text)?.[1];
}
/** Undefined when this redo log has another format than the one that is known here. */
async function compareCheckpoint(session, datadir) {
    for (let attempt = 1;; attempt += 1) {
        const before = await checkpointTold(session);
        const here = await checkpointIn((0,external_node_path_.join)(datadir, 'ib_logfile0'));
        if (here === undefined)
            return undefined;
        // The server may have written another one meanwhile.
        if (here >= before && here <= (await checkpointTold(session)))
            return true;
        if (attempt === 5)
            return false;
        // It tells a checkpoint only when that is safe on the disk, and then the file has it already.
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
async function checkpointTold(session) {
    const [row] = await session.query('SHOW ENGINE INNODB STATUS');
    const lsn = /^Last checkpoint at\s+(\d+)/m.exec(row?.['Status'] ?? '')?.[1];
    if (lsn === undefined)
        throw new Error('the server does not tell its last checkpoint');
    return BigInt(lsn);
}
/**
 * The last checkpoint in MariaDB's redo log of 10.8 and later: after the header there are two blocks, written by
 * turns, that begin with the LSN of a checkpoint. Encryption spares them. (log_t in log0log.h of its source; measured
 * on 10.11.)
 */
async function checkpointIn(path) {
    const file = await (0,promises_.open)(path, 'r');
    try {
        const header = Buffer.alloc(blockOffsets[1] + 8);
        await file.read(header, 0, header.length, 0);
        if (!knownFormats.includes(header.readUInt32BE(0)))
            return undefined;
        const [one, other] = [header.readBigUInt64BE(blockOffsets[0]), header.readBigUInt64BE(blockOffsets[1])];
        return one > other ? one : other;
    }
    finally {
        await file.close();
    }
}
/** Plain, and the two that encryption has had. */
const knownFormats = [0x50687973, 0xd0687973, 0xf09f979d];
const blockOffsets = [4096, 8192];

;// CONCATENATED MODULE: ./build/src/checks/host-checks.js









/** Everything that is asked of this host's files, with what a server tells to compare. Writes nothing. */
async function checkHost(questions) {
    const { session, server, survey, self, tool, temporaryDir } = questions;
    const elsewhere = await ask(() => tablespaceFilesElsewhere(session, server));
    const files = 'value' in elsewhere ? elsewhere.value : [];
    const directories = await readPlaces(session, server);
    return [
        judgeReadable(server.datadir, survey, {
            count: files.length,
            unreadable: await firstUnreadable([...directories, ...files]),
        }, self),
        judgeSameHost(server, await readHostEvidence(session, server), (0,external_node_os_.hostname)()),
        ...judgeEngines(survey, tool),
        judgeOpenFiles(survey.tablespaceCount + files.length, self),
        judgeTemporarySpace(temporaryDir, await (0,datadir_swap/* freeBytes */.go)(temporaryDir)),
    ];
}
/** The directories outside of the datadir that a backup reads. */
async function readPlaces(session, server) {
    const told = await ask(() => readDirectories(session, server));
    if ('untold' in told)
        return [];
    const { dataHome, redo, undo } = told.value;
    return [dataHome, redo, undo].filter((path) => path !== undefined);
}
/** Can every file that a backup reads be read by this user? */
function judgeReadable(datadir, survey, elsewhere, { user }) {
    const subject = 'Datadir';
    const unreadable = survey.unreadable ?? elsewhere.unreadable;
    if (unreadable === undefined && survey.fileCount > 0) {
        const size = (0,format/* formatBytes */.z3)(survey.dataBytes);
        const more = elsewhere.count === 0 ? '' : ` The ${elsewhere.count} data files outside of it can be read too.`;
        return good(subject, `${user} can read all ${survey.fileCount} files (${size}) in ${datadir}.${more}`);
    }
    if (unreadable === undefined || isMissing(unreadable)) {
        return bad(subject, 'DATADIR_UNREADABLE', unreadable === undefined
            ? `There is no data in ${datadir}, where the server has its own.`
            : `There is no ${unreadable.path} here, where the server has its data.`, "Run this on the server's host; in a container, mount the datadir at the path that it has for the server: " +
            `docker run -v ${datadir}:${datadir}:ro …`);
    }
    const dir = unreadable.path.startsWith(`${datadir}/`) || unreadable.path === datadir ? datadir : unreadable.path;
    return bad(subject, 'DATADIR_UNREADABLE', `The user ${user} cannot read ${unreadable.path}: ${unreadable.reason}.`, 
    // The second one is for what the server makes later.
    `setfacl -R -m u:${user}:rX ${dir} && setfacl -R -d -m u:${user}:rX ${dir}, or run the runner as the user mysql`);
}
function isMissing({ reason }) {
    return reason.startsWith('ENOENT');
}
/** Is the datadir at this path the one of the server that answers? */
function judgeSameHost(server, { uuidHere, isLocked, seesAllLocks, hasCheckpoint }, ownHostName) {
    const subject = "The server's host";
    const { serverUuid, datadir, hostName } = server;
    const isOther = uuidHere !== undefined && serverUuid !== undefined && uuidHere !== serverUuid;
    const elsewhere = (fact) => bad(subject, 'DATADIR_UNREADABLE', `The server that answers (on the host ${hostName}) is not the one of ${datadir} here, on ${ownHostName}: ${fact}.`, `Run this on ${hostName}, or give in mysql-socket the socket of the server on this host.`);
    if (isOther)
        return elsewhere(`auto.cnf says ${uuidHere}, the server ${serverUuid}`);
    if (hasCheckpoint === false)
        return elsewhere('its redo log has another checkpoint than the server tells');
    if (hasCheckpoint === true)
        return good(subject, 'The redo log here has the checkpoint that the server tells.');
    const sameUuid = uuidHere !== undefined && uuidHere === serverUuid;
    if (isLocked) {
        const uuid = sameUuid ? ', and auto.cnf has its server_uuid' : '';
        return good(subject, `A process of this host has the datadir's files locked, as a server does${uuid}.`);
    }
    if (!seesAllLocks) {
        if (sameUuid)
            return good(subject, 'auto.cnf in the datadir has the server_uuid of the server that answers.');
        return unknown(subject, `Nothing in ${datadir} tells here whether it belongs to the server that answers.`);
    }
    if (!sameUuid)
        return elsewhere('no process of this host has its files locked, as a running server does');
    return warning(subject, `auto.cnf has the server_uuid of the server that answers, but no process of this host has the files of ${datadir} ` +
        'locked, as a running server does: it may be a copy.', `Run this on ${hostName}, on the disk that the server itself uses.`);
}
/** Besides its tablespaces a tool has some forty files open; the rest is for what is created meanwhile. */
const spareFiles = 200;
/** The tools open every tablespace, and fail with «Too many open files» (mariadb-backup 10.11: measured). */
function judgeOpenFiles(tablespaceCount, { openFilesLimit, unit }) {
    const subject = 'Open files';
    if (openFilesLimit === undefined)
        return unknown(subject, 'How many files may be open cannot be told on this host.');
    const needed = tablespaceCount + spareFiles;
    const fact = `The backup tool opens ${tablespaceCount} tablespaces, and may open ${openFilesLimit} files`;
    if (needed <= openFilesLimit)
        return good(subject, `${fact}.`);
    // With room to grow.
    const limit = Math.max(65_536, 2 ** Math.ceil(Math.log2(needed * 2)));
    const mend = unit === undefined
        ? `ulimit -n ${limit} in the shell that starts the runner, or LimitNOFILE=${limit} in its systemd unit`
        : `mkdir -p /etc/systemd/system/${unit}.d && printf '[Service]\\nLimitNOFILE=${limit}\\n' ` +
            `> /etc/systemd/system/${unit}.d/open-files.conf && systemctl daemon-reload && systemctl restart ${unit}`;
    if (tablespaceCount < openFilesLimit)
        return warning(subject, `${fact}: with some more it fails.`, mend);
    return bad(subject, 'BACKUP_FAILED', `${fact}: it would fail with «Too many open files».`, mend);
}
/** What the tools put down meanwhile is small: the data itself is streamed. */
const neededTemporaryBytes = 128 * 1024 * 1024;
function judgeTemporarySpace(dir, freeBytes) {
    const subject = 'Temporary space';
    const fact = `${dir} has ${(0,format/* formatBytes */.z3)(freeBytes)} free`;
    if (freeBytes >= neededTemporaryBytes)
        return good(subject, `${fact}.`);
    return bad(subject, 'DISK_FULL', `${fact}, and a backup needs ${(0,format/* formatBytes */.z3)(neededTemporaryBytes)} for its scratch.`, `Free space on the filesystem of ${dir} (df -h ${dir}), or set TMPDIR to another directory.`);
}

;// CONCATENATED MODULE: ./build/src/operations/target-dir.js



/** Marks a directory as ours, also for a person who looks into it. */
const markName = '.xbackup-recovery.txt';
const markText = 'xbackup prepares backups in this directory, and empties it each time.\n';
/** Makes the target directory when it is not there. @throws UserError TARGET_NOT_EMPTY. */
async function makeTargetDir(dir) {
    await (0,promises_.mkdir)(dir, { recursive: true, mode: 0o750 }).catch((error) => {
        throw notEmpty(`The target directory ${dir} cannot be made: ${(0,errors/* messageOf */.bD)(error)}`, error);
    });
}
/**
 * Makes the target directory empty and ours. What an earlier prepare left in it goes, since it came from the
 * bucket; what anybody else put there stays, and is an error. Nobody else may be at work in it.
 * @throws UserError TARGET_NOT_EMPTY.
 */
async function claimTargetDir(dir, log) {
    const names = await (0,promises_.readdir)(dir);
    const others = names.filter((name) => name !== 'lost+found');
    if (others.length > 0) {
        if (!others.includes(markName)) {
            const some = [...others.slice(0, 3), ...(others.length > 3 ? ['…'] : [])].join(', ');
            throw notEmpty(`The target directory ${dir} holds what xbackup did not put there: ${some}`);
        }
        if (others.length > 1)
            log.info(`Removing what an earlier prepare left in ${dir}.`);
        await emptyTargetDir(dir);
    }
    // Made anew: through a symlink another file would be overwritten.
    await (0,promises_.rm)((0,external_node_path_.join)(dir, markName), { force: true });
    await (0,promises_.writeFile)((0,external_node_path_.join)(dir, markName), markText, { mode: 0o600, flag: 'wx' });
}
/** Removes everything from a directory that is ours. */
async function emptyTargetDir(dir) {
    for (const name of await (0,promises_.readdir)(dir)) {
        if (name === markName || name === 'lost+found')
            continue;
        await (0,promises_.rm)((0,external_node_path_.join)(dir, name), { recursive: true, force: true });
    }
}
function notEmpty(fact, cause) {
    return new errors/* UserError */.yo('TARGET_NOT_EMPTY', `${fact}.`, 'Give an empty or new directory as target-dir. Nothing was touched.', { cause });
}

;// CONCATENATED MODULE: ./build/src/checks/restore-checks.js











async function checkRestore(questions) {
    const target = await ask(() => readTarget(questions));
    const rights = await ask(() => readRights(questions));
    return [
        judgeTarget(questions, target),
        ...judgeRights(questions, rights),
        ...(await checkService(questions)),
    ];
}
async function readTarget({ targetDir, datadir }) {
    const nearest = await nearestExisting(targetDir);
    const names = nearest === targetDir ? await (0,promises_.readdir)(targetDir).catch(() => []) : [];
    // An earlier prepare leaves a hidden mark, and clears up after itself.
    const isOurs = names.includes(markName);
    return {
        nearest,
        isWritable: await isWritable(nearest),
        freeBytes: await (0,datadir_swap/* freeBytes */.go)(nearest),
        onSameFilesystem: await isSameFilesystem(nearest, datadir),
        freeAtDatadirBytes: await (0,datadir_swap/* freeBytes */.go)(datadir),
        others: isOurs ? [] : names.filter((name) => name !== 'lost+found'),
    };
}
async function nearestExisting(path) {
    for (let folder = path;; folder = (0,external_node_path_.dirname)(folder)) {
        const found = await (0,promises_.stat)(folder).catch(() => undefined);
        if (found !== undefined || folder === (0,external_node_path_.dirname)(folder))
            return folder;
    }
}
async function isWritable(dir) {
    return (0,promises_.access)(dir, external_node_fs_.constants.W_OK | external_node_fs_.constants.X_OK).then(() => true, () => false);
}
/** A tenth more than the data: the redo log of the last link, and what prepare writes. */
const roomFactor = 1.1;
/** Is there room to prepare, and then to put the data in place? */
function judgeTarget({ targetDir, datadir, dataBytes, forRestore }, told) {
    const subject = 'Room for a restore';
    if ('untold' in told)
        return unknown(subject, `It cannot be told: ${from_error_asSentence(told.untold)}`);
    const target = told.value;
    const lack = lackOf(forRestore, subject);
    if (!target.isWritable) {
        return lack('TARGET_NOT_EMPTY', `The user that runs this may not write into ${target.nearest}, so target-dir ${targetDir} cannot be made or used.`, `mkdir -p ${targetDir} && chown ${whoRunsThis()} ${targetDir}`);
    }
    if (target.others.length > 0) {
        return lack('TARGET_NOT_EMPTY', `target-dir ${targetDir} holds what xbackup did not put there: ${target.others.slice(0, 3).join(', ')}.`, 'Give an empty or new directory as target-dir.');
    }
    const needed = Math.ceil(dataBytes * roomFactor);
    if (target.freeBytes < needed) {
        return lack('DISK_TOO_SMALL', `${target.nearest} has ${(0,format/* formatBytes */.z3)(target.freeBytes)} free, and a restore needs about ${(0,format/* formatBytes */.z3)(needed)}.`, `Free ${(0,format/* formatBytes */.z3)(needed - target.freeBytes)} there, or give a target-dir on a larger filesystem.`);
    }
    const room = `${target.nearest} has ${(0,format/* formatBytes */.z3)(target.freeBytes)} free for about ${(0,format/* formatBytes */.z3)(needed)}`;
    if (target.onSameFilesystem)
        return good(subject, `${room}; from there the files are only renamed into ${datadir}.`);
    const copy = `${room}; it is another filesystem than that of ${datadir}, so the files are copied`;
    if (target.freeAtDatadirBytes >= needed) {
        return good(subject, `${copy}, and there are ${(0,format/* formatBytes */.z3)(target.freeAtDatadirBytes)} free beside the old data.`);
    }
    return lack('DISK_TOO_SMALL', `${copy}, and beside the old data only ${(0,format/* formatBytes */.z3)(target.freeAtDatadirBytes)} are free.`, `Give a target-dir on the filesystem of ${datadir}, or free space there.`);
}
async function readRights({ datadir }) {
    const { path, owner, exists } = await (0,datadir_swap/* inspectDatadir */.Cv)(datadir);
    return {
        uid: process.getuid?.() ?? 0,
        owner,
        mayWriteDatadir: await isWritable(exists ? path : (0,external_node_path_.dirname)(path)),
        mayWriteParent: await isWritable((0,external_node_path_.dirname)(path)),
    };
}
/** May this user move the old data away, and give the new its owner? */
function judgeRights({ datadir, owner: wantedOwner, forRestore }, told) {
    const subject = 'Replacing the datadir';
    if ('untold' in told)
        return [unknown(subject, `It cannot be told: ${from_error_asSentence(told.untold)}`)];
    const { uid, owner, mayWriteDatadir, mayWriteParent } = told.value;
    if (uid === 0)
        return [good(subject, `root may replace ${datadir} and change the owner of files.`)];
    const lack = lackOf(forRestore, subject);
    if (!owner.startsWith(`${uid}:`) || !mayWriteDatadir) {
        return [
            lack('DATADIR_UNSUITABLE', `uid ${uid} may not replace ${datadir}, which belongs to ${owner}: it can neither move the old data nor change owners.`, 'sudo xbackup apply …, or run the runner as root or as the owner of the datadir'),
        ];
    }
    if (wantedOwner !== undefined) {
        return [
            lack('DATADIR_UNSUITABLE', `uid ${uid} owns ${datadir}, but only root may give files to ${wantedOwner}.`, 'Leave the input owner out, or run apply as root.'),
        ];
    }
    const how = mayWriteParent ? 'rename it' : `move what is in it (it may not write into ${(0,external_node_path_.dirname)(datadir)})`;
    return [good(subject, `uid ${uid} owns ${datadir} and may ${how}.`)];
}
/** May this user stop and start the server? It is not tried. */
async function checkService(questions) {
    const { stopCommand, startCommand } = questions;
    const commands = await ask(() => serviceCommands(stopCommand, startCommand));
    return [judgeService(questions, commands, process.getuid?.() ?? 0)];
}
function judgeService({ stopCommand, startCommand, forRestore }, told, uid) {
    const subject = 'Stopping and starting';
    if ('untold' in told) {
        return lackOf(forRestore, subject)('INPUT_INVALID', told.untold, 'Give the inputs stop-command and start-command.');
    }
    const { stop, start } = told.value;
    const said = `«${stop}» and «${start}»`;
    if (stopCommand !== undefined && startCommand !== undefined) {
        return unknown(subject, `${said} were given; whether they work shows only when they run.`);
    }
    if (uid === 0)
        return good(subject, `root may run ${said}.`);
    return {
        ...unknown(subject, `uid ${uid} may run ${said} only where polkit lets it, which cannot be told without trying.`),
        mend: `stop-command: sudo -n ${stop}; start-command: sudo -n ${start}; and both in /etc/sudoers.d for this user`,
    };
}
function lackOf(forRestore, subject) {
    return (code, fact, mend) => forRestore ? bad(subject, code, fact, mend) : warning(subject, fact, mend);
}
function whoRunsThis() {
    return `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}

;// CONCATENATED MODULE: ./build/src/checks/self.js


/** Where /proc tells nothing, the facts are undefined. */
async function readSelf() {
    const limits = await (0,promises_.readFile)('/proc/self/limits', 'utf8').catch(() => '');
    const groups = await (0,promises_.readFile)('/proc/self/cgroup', 'utf8').catch(() => '');
    return { user: userName(), openFilesLimit: openFilesOf(limits), unit: unitOf(groups) };
}
function userName() {
    try {
        return (0,external_node_os_.userInfo)().username;
    }
    catch {
        // A container may run as a number that has no name.
        return String(process.getuid?.() ?? 'unknown');
    }
}
/** The soft limit, which children inherit: `Max open files  1048576  1048576  files`. */
function openFilesOf(limits) {
    const value = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits)?.[1];
    return value === undefined ? undefined : value === 'unlimited' ? Infinity : Number(value);
}
/** `0::/system.slice/actions.runner.acme-shop.db1.service`; undefined outside of a service. */
function unitOf(groups) {
    return /^\d+:(?:name=systemd)?:(?:\/[^/\n]+)*?\/([^/\n]+\.service)(?:\/|$)/m.exec(groups)?.[1];
}

;// CONCATENATED MODULE: ./build/src/checks/store-mends.js
/** Why a store refuses, and what mends it, ready to be copied. */
/** The bucket is in another region than the one that was asked. */
function isElsewhere(error) {
    return ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'].includes(store_mends_nameOf(error));
}
/** The store's code, which its error carries as a name. */
function store_mends_nameOf({ cause }) {
    return cause instanceof Error ? cause.name : '';
}
/** The action that was refused: as AWS says it, which may be one of KMS, else the one that was asked for. */
function missingAction({ cause }, asked) {
    return refusal(cause)?.action ?? asked;
}
/** The statement for the policy of the user or role. */
function policy({ bucket, prefix }, { cause }, asked) {
    const bucketArn = `arn:aws:s3:::${bucket}`;
    const own = { action: asked, resource: asked === 's3:ListBucket' ? bucketArn : `${bucketArn}/${prefix}*` };
    const told = refusal(cause);
    const { action, resource } = told === undefined || told.action.startsWith('s3:') ? own : told;
    return JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
}
/** From «User: … is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:… because …». */
function refusal(cause) {
    const message = cause instanceof Error ? cause.message : '';
    const [, action, resource = '*'] = /\bperform: (\w+:\w+)(?: on resource: "?(arn:[^\s"]+))?/.exec(message) ?? [];
    return action === undefined ? undefined : { action, resource };
}
/** A command of the AWS command line, for this bucket. */
function aws({ bucket, endpoint, region }, operation, options = '') {
    return [
        `aws s3api ${operation} --bucket ${bucket}`,
        ...(endpoint === undefined ? [] : [`--endpoint-url ${endpoint}`]),
        ...(region === undefined ? [] : [`--region ${region}`]),
        ...(options === '' ? [] : [options]),
    ].join(' ');
}
/** us-east-1 and stores that are not AWS want no location. */
function createBucket(facts) {
    const { endpoint, region } = facts;
    const isElsewhere = endpoint === undefined && region !== undefined && region !== 'us-east-1';
    return aws(facts, 'create-bucket', isElsewhere ? `--create-bucket-configuration LocationConstraint=${region}` : '');
}
function days(count) {
    return count === 1 ? '1 day' : `${count} days`;
}

;// CONCATENATED MODULE: ./build/src/checks/store-settings.js



function protectedFromDeletion(facts, { objectLockDays }) {
    const { versioning, objectLock } = facts;
    const subject = 'Versioning and object lock';
    const lock = store_settings_valueOf(objectLock);
    if (objectLockDays !== undefined && (lock === 'off' || lock === 'unsupported')) {
        return bad(subject, 'UPLOAD_FAILED', 'object-lock-days is given, and object lock is off in this bucket: no backup could be stored.', lock === 'off' ? enableObjectLock(facts) : 'Leave object-lock-days out: this store does not know it.');
    }
    if (lock !== undefined && typeof lock === 'object') {
        const { retention } = lock;
        return good(subject, retention === undefined
            ? 'Versioning and object lock are on; no object is locked by default.'
            : `Versioning is on, and each object is locked for ${days(retention.days)} (${retention.mode}).`);
    }
    const off = 'removed or overwritten backups are lost. Object lock is off, too.';
    switch (store_settings_valueOf(versioning)) {
        case undefined:
            return unknown(subject, notTold(versioning, 's3:GetBucketVersioning'));
        case 'unsupported':
            return unknown(subject, 'The store does not know versioning.');
        case 'on': {
            const state = lock === undefined ? 'whether object lock is on is not told' : 'object lock is off';
            return good(subject, `Versioning is on: a removed backup can be brought back; ${state}.`);
        }
        case 'suspended':
            return warning(subject, `Versioning is suspended: ${off}`, enableVersioning(facts));
        case 'off':
            return warning(subject, `Versioning is off: ${off}`, enableVersioning(facts));
    }
}
/** A bucket must have versions first; afterwards they cannot be turned off again. */
function enableObjectLock(facts) {
    const enable = '--object-lock-configuration ObjectLockEnabled=Enabled';
    return `${enableVersioning(facts)} && ${aws(facts, 'put-object-lock-configuration', enable)}`;
}
function enableVersioning(facts) {
    return aws(facts, 'put-bucket-versioning', '--versioning-configuration Status=Enabled');
}
/** Larger than any upload takes: the rule must not abort one under way. */
const abortAfterDays = 7;
function abortedUploads(facts) {
    const subject = 'Aborted uploads';
    const rules = store_settings_valueOf(facts.lifecycle);
    if (rules === undefined)
        return unknown(subject, notTold(facts.lifecycle, 's3:GetLifecycleConfiguration'));
    if (rules === 'unsupported')
        return unknown(subject, 'The store does not know lifecycle rules.');
    const rule = rules.find(({ prefix, abortsUploadsAfterDays }) => abortsUploadsAfterDays !== undefined && facts.prefix.startsWith(prefix));
    if (rule !== undefined) {
        const after = days(rule.abortsUploadsAfterDays ?? 0);
        return good(subject, `A lifecycle rule removes the parts of unfinished uploads after ${after}.`);
    }
    return warning(subject, 'No lifecycle rule removes the parts of uploads that a crash has left, and they cost money unseen.', addAbortRule(facts));
}
/** What S3 takes when nothing else is given. */
const usualTransitionMinimum = 'all_storage_classes_128K';
/** put-bucket-lifecycle-configuration replaces all rules: those that are there must go along. */
function addAbortRule(facts) {
    const rule = {
        ID: 'xbackup-abort-uploads',
        Status: 'Enabled',
        Filter: { Prefix: facts.prefix },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortAfterDays },
    };
    const put = (rules) => aws(facts, 'put-bucket-lifecycle-configuration', `--lifecycle-configuration ${rules}`) +
        (facts.transitionMinimum === undefined || facts.transitionMinimum === usualTransitionMinimum
            ? ''
            : ` --transition-default-minimum-object-size ${facts.transitionMinimum}`);
    if (facts.hasLifecycleRules !== true)
        return put(`'${JSON.stringify({ Rules: [rule] })}'`);
    const get = aws(facts, 'get-bucket-lifecycle-configuration');
    const add = `jq '{Rules: (.Rules + [${JSON.stringify(rule)}])}'`;
    return `${get} | ${add} > lifecycle.json && ${put('file://lifecycle.json')}`;
}
function expiry(facts, { fullEvery }) {
    const subject = 'Expiry';
    const rules = store_settings_valueOf(facts.lifecycle);
    if (rules === undefined)
        return unknown(subject, notTold(facts.lifecycle, 's3:GetLifecycleConfiguration'));
    if (rules === 'unsupported')
        return unknown(subject, 'The store does not know lifecycle rules.');
    const applying = rules.filter(({ prefix }) => facts.prefix.startsWith(prefix) || prefix.startsWith(facts.prefix));
    const archiving = applying.find(({ archives }) => archives !== undefined);
    if (archiving?.archives !== undefined) {
        const { storageClass, after } = archiving.archives;
        return warning(subject, `The lifecycle rule ${named(archiving)} moves backups to ${storageClass} ${after}: prepare cannot read them ` +
            'there, and bringing them back takes hours.', 'Use a storage class that can be read at once, such as GLACIER_IR, or archive only what you will not restore in a hurry.');
    }
    const expiring = applying.find(({ expires }) => expires !== undefined);
    if (expiring?.expires !== undefined) {
        return warning(subject, `The lifecycle rule ${named(expiring)} removes objects ${expiring.expires}. A full goes before the incrementals ` +
            `that build on it: of the oldest ${fullEvery} nothing can be restored once its full is gone.`, `Let the rule wait for one ${fullEvery} longer than you want to go back.`);
    }
    return good(subject, 'No lifecycle rule removes or archives backups.');
}
function named({ id }) {
    return id === '' ? 'without a name' : `«${id}»`;
}
function encryptedAtRest(facts, { isEncrypted }) {
    const { encryption } = facts;
    const subject = 'Encryption at rest';
    if (facts.sse === 'ignored') {
        return bad(subject, 'UPLOAD_FAILED', 'The store does not encrypt as the input sse asks for: no backup could be stored.', 'Leave sse out and encrypt before it leaves the host (encrypt-recipients), or set the store up for it.');
    }
    if (isEncrypted)
        return good(subject, 'The inputs ask for encryption.');
    const algorithm = store_settings_valueOf(encryption);
    if (algorithm === undefined)
        return unknown(subject, notTold(encryption, 's3:GetEncryptionConfiguration'));
    if (typeof algorithm === 'object') {
        return good(subject, `The bucket encrypts by itself (${algorithm.algorithm}).`);
    }
    return warning(subject, 'Neither the inputs nor the bucket ask for encryption: whoever reads the bucket has the data.', 'Set encrypt-recipients (age) or encrypt-passphrase (gpg), or let the bucket encrypt.');
}
/** From here on people notice; names and ages of backups come from this clock. */
const noticeableSeconds = 30;
/**
 * S3 refuses a signature that is 15 minutes off. The SDK then goes by the store's clock, so backups work on; other
 * clients, as for a restore by hand, do not.
 */
const refusedSeconds = 15 * 60;
function clock({ clockAheadSeconds }) {
    const subject = 'Clock';
    if (clockAheadSeconds === undefined)
        return unknown(subject, 'The store does not tell its time.');
    const off = Math.round(Math.abs(clockAheadSeconds));
    if (off <= noticeableSeconds)
        return good(subject, 'This host and the store agree on the time.');
    const fact = `This host's clock is ${off} s ${clockAheadSeconds > 0 ? 'ahead of' : 'behind'} the store's. Backups take their ` +
        'names and dates from it.';
    const refused = ' Other S3 clients on this host are refused.';
    return warning(subject, off > refusedSeconds ? fact + refused : fact, 'timedatectl set-ntp true');
}
function store_settings_valueOf(answer) {
    return answer !== undefined && 'value' in answer ? answer.value : undefined;
}
/** Settings that cannot be asked for are nothing that a backup needs. */
function notTold(answer, action) {
    if (answer === undefined || 'value' in answer)
        return 'It was not asked.';
    return (0,store_errors/* isAccessDenied */.w7)(answer.error)
        ? `These credentials may not ask for it (${action}).`
        : answer.error.message;
}

;// CONCATENATED MODULE: ./build/src/checks/store-checks.js




/** What a bucket's facts mean for backups and restores. Pure. */
function checkStore(facts, use) {
    const { listing } = facts;
    if ('error' in listing && facts.versioning === undefined)
        return [bucketFailed(facts, listing.error)];
    return [
        listed(facts, use),
        ...written(facts),
        ...conditional(facts),
        ...readBack(facts, use),
        ...uploaded(facts),
        ...removed(facts),
        protectedFromDeletion(facts, use),
        abortedUploads(facts),
        expiry(facts, use),
        encryptedAtRest(facts, use),
        clock(facts),
    ];
}
/** No other answer can be had then. */
function bucketFailed(facts, error) {
    const { bucketRegion, bucket } = facts;
    if (bucketRegion !== undefined && isElsewhere(error)) {
        return bad('Bucket', error.code, `The bucket ${bucket} is in ${bucketRegion}.`, `s3-region: ${bucketRegion}`);
    }
    if (error.code === 'STORE_MISSING') {
        const wrong = 'Or is s3-bucket, s3-region or s3-endpoint not right?';
        return bad('Bucket', error.code, `${error.message} ${wrong}`, createBucket(facts));
    }
    return bad('Bucket', error.code, error.message, error.hint);
}
function listed(facts, use) {
    const { bucket, prefix, listing } = facts;
    if ('error' in listing)
        return mayNotSee('Bucket', listing.error, facts, use, 's3:ListBucket');
    return good('Bucket', `s3://${bucket}/${prefix} can be reached and listed.`);
}
/** Backups can do without: that keeps them safe from a host that is taken over. Restores cannot. */
function mayNotSee(subject, error, facts, { forRestore }, action) {
    if (forRestore || !(0,store_errors/* isAccessDenied */.w7)(error))
        return failed(subject, error, facts, action);
    return warning(subject, `These credentials lack ${missingAction(error, action)}. Backups work without: each goes by what the cache of GitHub ` +
        'Actions remembers of the one before, and is a full where that remembers nothing. To restore, list or prune takes ' +
        'other credentials.', policy(facts, error, action));
}
function written(facts) {
    const { writing } = facts;
    if (writing === undefined)
        return [];
    if ('error' in writing)
        return [failed('Writing', writing.error, facts, 's3:PutObject')];
    return [good('Writing', 'An object could be stored.')];
}
function conditional({ writingTwice }) {
    const subject = 'Conditional writes';
    if (writingTwice === undefined)
        return [];
    if ('error' in writingTwice)
        return [unknown(subject, writingTwice.error.message)];
    if (writingTwice.value === 'refused') {
        return [good(subject, 'A second write to the same key is refused (If-None-Match).')];
    }
    return [
        warning(subject, 'The store ignores If-None-Match in this bucket: two backups of this server at the same time could overwrite ' +
            "each other's manifest.", 'Let only one workflow back up this server, with a concurrency group, or use a newer version of the store.'),
    ];
}
function readBack(facts, use) {
    const { reading } = facts;
    const subject = 'Reading';
    if (reading === undefined)
        return [];
    if ('error' in reading)
        return [mayNotSee(subject, reading.error, facts, use, 's3:GetObject')];
    switch (reading.value) {
        case 'same':
            return [good(subject, 'What was stored can be read again.')];
        case 'missing':
            return [
                warning(subject, 'What was just stored was not there any more. Is another check running, or is the store slow to show it?', 'Run the check again. If it stays, this store cannot keep backups.'),
            ];
        case 'other':
            return [
                bad(subject, 'UPLOAD_DIFFERS', 'What was read is not what was stored.', 'Correct s3-endpoint: it must be the address of the S3 API itself, not of a web console or a cache.'),
            ];
    }
}
function uploaded(facts) {
    const { multipart, aborting } = facts;
    const subject = 'Multipart uploads';
    if (multipart === undefined)
        return [];
    if ('error' in multipart)
        return [failed(subject, multipart.error, facts, 's3:PutObject')];
    if (aborting !== undefined && 'error' in aborting) {
        const mend = (0,store_errors/* isAccessDenied */.w7)(aborting.error)
            ? policy(facts, aborting.error, 's3:AbortMultipartUpload')
            : aborting.error.hint;
        return [
            warning(subject, 'An upload can begin but not be aborted: a failed backup leaves its parts.', mend),
        ];
    }
    return [good(subject, 'An upload can begin and be aborted.')];
}
/** Deliberately refused where backups are to be safe from this very role. Nothing of a good backup needs it. */
function removed({ removing }) {
    const subject = 'Removing';
    if (removing === undefined)
        return [];
    if ('value' in removing)
        return [good(subject, 'An object can be removed, as after a failed upload.')];
    const left = 'The object of a failed backup stays then, without a manifest; so does .check/probe.';
    if ((0,store_errors/* isAccessDenied */.w7)(removing.error))
        return [good(subject, `Nothing can be removed with these credentials. ${left}`)];
    return [warning(subject, `${removing.error.message} ${left}`)];
}
/** Without it a backup fails. */
function failed(subject, error, facts, action) {
    return (0,store_errors/* isAccessDenied */.w7)(error)
        ? bad(subject, error.code, `These credentials lack ${missingAction(error, action)}.`, policy(facts, error, action))
        : bad(subject, error.code, error.message, error.hint);
}

;// CONCATENATED MODULE: ./build/src/operations/check.js






















/** How long the server's writes are watched. */
const sampleSeconds = 3;
/**
 * Looks at everything that a backup and a restore need on this host, and changes nothing but one small object in the
 * bucket that comes and goes. What cannot be looked at does not keep the rest from being looked at.
 * @throws only after an abort.
 */
async function check(inputs, context) {
    const family = await readSystemFamily();
    const store = await group('Bucket', context, () => lookAtStore(inputs, context));
    const lastBackupSeconds = store.findings.some(({ verdict }) => verdict === 'bad')
        ? undefined
        : await lastFullSeconds(inputs, context);
    const programs = await group('Programs', context, () => checkPrograms(programsFor(inputs), family));
    const onHost = await lookAtServer(inputs, context, { family, lastBackupSeconds, programs });
    return (0,check_result/* checkResult */.iJ)(inputs.server, [...onHost, store]);
}
async function lookAtStore(inputs, { inspectStore }) {
    const { s3Prefix, server, fullEvery, encryptRecipients, encryptPassphrase, sse } = inputs;
    const { forRestore, objectLockDays } = inputs;
    const facts = await inspectStore({ prefix: s3Prefix, server });
    const isEncrypted = [encryptRecipients, encryptPassphrase, sse].some((input) => input !== undefined);
    return checkStore(facts, { fullEvery, isEncrypted, forRestore, objectLockDays });
}
/** How long the last full took; undefined when there is none, or it cannot be told. */
async function lastFullSeconds({ s3Prefix, server }, { repository }) {
    const place = { prefix: s3Prefix, server };
    try {
        const days = (await listDays(repository, place)).slice(-1);
        const catalog = await loadDays(repository, place, days);
        return newestFull(buildGraph({ ...place, ...catalog }))?.durationSeconds;
    }
    catch {
        return undefined;
    }
}
/** All that only a server that answers can tell. */
async function lookAtServer(inputs, context, known) {
    const opened = await check_open(inputs, context);
    if (!('session' in opened)) {
        const rest = ['Backup tool', 'Privileges', 'This host', 'Restore'];
        const notAsked = rest.map((subject) => unknown(subject, 'What is needed only the server can tell.'));
        return [{ title: 'Server', findings: [...opened.findings, ...notAsked] }, known.programs];
    }
    try {
        return await check_askServer(inputs, context, known, opened);
    }
    finally {
        await opened.session.close();
    }
}
async function check_open(inputs, context) {
    let opened;
    const failed = await group('Server', context, async () => {
        const session = await connect(await resolveAccount(inputs), context.signal);
        try {
            opened = { session, server: await identifyServer(session) };
        }
        catch (error) {
            await session.close();
            throw error;
        }
        return [];
    });
    return opened ?? failed;
}
async function check_askServer(inputs, context, { family, lastBackupSeconds, programs }, { session, server }) {
    const self = await readSelf();
    const survey = await surveyDatadir(server.datadir);
    const { dataBytes } = survey;
    const { finding, tool } = await checkTool(inputs, server, family);
    return [
        await group('Server', context, () => checkServer({
            ...{ session, server, user: self.user, dataBytes, lastBackupSeconds, sampleSeconds },
            mayRegisterRedoConsumer: tool !== undefined && canKeepRedoLog(tool, server.version),
        })),
        { title: programs.title, findings: [finding, ...programs.findings] },
        await group('Privileges', context, () => lookAtPrivileges(session, server, tool)),
        await group('This host', context, () => lookAtHost({ session, server, survey, self, tool }, context)),
        await group('Restore', context, () => checkRestore({ ...inputs, datadir: server.datadir, dataBytes, owner: undefined })),
    ];
}
async function lookAtPrivileges(session, server, tool) {
    const line = tool?.line ?? lineFor(server);
    if (line === undefined)
        return [unknown('Privileges', 'Which ones are needed depends on the tool.')];
    return checkPrivileges(await readGrants(session), line, server);
}
function lookAtHost({ tool, ...known }, { temporaryDir }) {
    const name = tool?.name ?? lineFor(known.server)?.tool ?? 'xtrabackup';
    return checkHost({ ...known, tool: name, temporaryDir });
}
/** The findings of one part. What keeps it from being looked at is itself a finding. */
async function group(title, { log, signal }, work) {
    signal.throwIfAborted();
    try {
        return { title, findings: await work() };
    }
    catch (error) {
        signal.throwIfAborted();
        if (error instanceof errors/* UserError */.yo) {
            return { title, findings: [findingOf(title, error, { code: 'BACKUP_FAILED', mend: error.hint })] };
        }
        log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return {
            title,
            findings: [unknown(title, `It could not be looked at: ${from_error_asSentence((0,errors/* messageOf */.bD)(error))}`)],
        };
    }
}

;// CONCATENATED MODULE: ./build/src/chain/chains.js



/** All chains, the one whose full began last first. What cannot be read belongs to none. */
function chainsOf(graph) {
    const byChain = new Map();
    for (const link of graph.links.values()) {
        if (!isReadable(link))
            continue;
        const id = link.manifest.chain;
        byChain.set(id, [...(byChain.get(id) ?? []), link]);
    }
    const chains = [...byChain].map(([id, links]) => ({
        id,
        links: inOrder(links, graph),
        sizeBytes: links.reduce((sum, { manifest }) => sum + (0,chain_manifest/* sizeOf */.$d)(manifest.objects), 0),
        isSound: links.every(isSound) && links.some((link) => link.id === id),
    }));
    return chains.sort((a, b) => firstTimeOf(b) - firstTimeOf(a) || compareBackupIds(b.id, a.id));
}
/** Backups of which nothing is known but the name. */
function unreadableLinks(graph) {
    return [...graph.links.values()].filter((link) => !isReadable(link));
}
/**
 * What is wrong with the newest chain, as a sentence; undefined when all of it can be restored, or there is none. What
 * cannot be read and is named as it, or later, counts as a part of it.
 */
function whyNewestIsBad(graph) {
    const [newest] = chainsOf(graph);
    if (newest?.isSound === false) {
        const problem = newest.links.find((link) => !isSound(link))?.problem?.text ?? 'its full is missing';
        return `The newest chain, ${newest.id}, is not good: ${problem}.`;
    }
    const since = newest === undefined ? '' : splitBackupId(newest.id).date;
    const young = unreadableLinks(graph).find(({ id }) => splitBackupId(id).date >= since);
    if (young === undefined)
        return undefined;
    return `${young.id}, which may be of the newest chain, is not good: ${young.problem?.text ?? 'it cannot be read'}.`;
}
/** When its full began, or the first of what is left of it. In milliseconds. */
function firstTimeOf({ links }) {
    return Math.min(...links.map(({ manifest }) => Date.parse(manifest.startedAt)));
}
/** When its last backup ended. In milliseconds. */
function lastTimeOf({ links }) {
    return Math.max(...links.map(({ manifest }) => Date.parse(manifest.finishedAt)));
}
function isReadable(link) {
    return link.manifest !== undefined;
}
/** By their parents, not by times: a clock may have been set back. */
function inOrder(links, graph) {
    const places = links.map((link) => ({ link, sound: isSound(link), depth: chainTo(graph, link.id).length }));
    places.sort((a, b) => Number(b.sound) - Number(a.sound) ||
        a.depth - b.depth ||
        Number(BigInt(a.link.manifest.lsn.to) - BigInt(b.link.manifest.lsn.to)) ||
        Date.parse(a.link.manifest.startedAt) - Date.parse(b.link.manifest.startedAt));
    return places.map(({ link }) => link);
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
    const last = lastOf(within, graph);
    if (last !== undefined)
        return last;
    const what = date === 'latest' ? 'There is no backup of this server.' : `There is no backup of ${date}.`;
    throw missing(what, { date, graph });
}
/** The end of the newest chain; or a link that cannot be read, when by its name it could be that end. */
function lastOf(links, graph) {
    const last = plan_restore_inOrder(links, graph).at(-1);
    const unreadable = byName(links.filter(({ manifest }) => manifest === undefined)).at(-1);
    if (last === undefined || unreadable === undefined)
        return last ?? unreadable;
    return compareBackupIds(unreadable.id, last.id) > 0 ? unreadable : last;
}
/** Chains by the start of their fulls; within a chain parents first, then by LSN. Only readable links. */
function plan_restore_inOrder(links, graph) {
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
async function list(inputs, { repository, now }) {
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const catalog = await loadDays(repository, place, await listDays(repository, place));
    const graph = buildGraph({ ...place, ...catalog });
    const newest = newestGood(graph, now);
    const failure = inputs.check ? whatIsWrong(graph, inputs, repository.location, now) : undefined;
    return {
        server: inputs.server,
        points: restorePoints(graph),
        ...(newest && { newest: { id: newest.id, ageSeconds: ageSeconds(newest, now) } }),
        ...(failure && { failure }),
    };
}
function whatIsWrong(graph, { s3Prefix, server, maxGapMinutes }, location, now) {
    const newest = newestGood(graph, now);
    const gap = newest && gapSince(newest, now, maxGapMinutes);
    const overdue = newest === undefined
        ? `No backup of ${server} in ${location}/${s3Prefix} can be restored.`
        : gap &&
            `The newest backup of ${server} that can be restored, ${gap.sinceId}, ended ${(0,format/* formatDuration */.a3)(gap.seconds)} ` +
                `ago, which is more than ${maxGapMinutes} min.`;
    const bad = whyNewestIsBad(graph);
    if (overdue === undefined && bad === undefined)
        return undefined;
    return new errors/* UserError */.yo(overdue === undefined ? 'CHAIN_BROKEN' : 'BACKUP_OVERDUE', [overdue, bad].filter((text) => text !== undefined).join(' '), overdue === undefined
        ? 'The next full backup begins a new chain: `type: full` makes one now. `xbackup list` shows what can be restored.'
        : 'Look at the last runs of the backup workflow: did they fail, wait for a runner, or did GitHub not start them?');
}

// EXTERNAL MODULE: ./build/src/cores.js
var cores = __webpack_require__(1477);
// EXTERNAL MODULE: ./build/src/first-failure.js
var first_failure = __webpack_require__(4956);
;// CONCATENATED MODULE: ./build/src/tools/stream-contents.js

/**
 * What an xbstream brings, read while it passes on its way to the extractor. Two things that the extractors do not
 * do are done with it: a name that leads out of the directory is refused before it arrives there (mbstream looks at
 * the names of files, but not at those of the chunks that remove and rename), and afterwards it is known which files
 * must be there (mbstream ends with 0 when it could not make one).
 *
 * A stream is a row of chunks: `XBSTCK01`, flags, type, path length, path; then what the type needs. Numbers are
 * little-endian. P: bytes of a file (length, offset, CRC-32, the bytes). E: the file's end. MariaDB has S: go to an
 * offset; D: remove a file; R: rename it. XtraBackup's S is another one: like P, with a map of holes.
 * (extra/mariabackup/xbstream_read.cc; storage/innobase/xtrabackup/src/xbstream_read.cc)
 */
class StreamContents {
    #files = new Map();
    #removed = new Set();
    #isMariadb;
    #ended = new Set();
    /** The beginning of a chunk's head. */
    #rest = Buffer.alloc(0);
    #payloadLeft = 0;
    #isReadable = true;
    constructor(tool) {
        this.#isMariadb = tool === 'mariadb-backup';
    }
    /** Paths relative to the directory, with the size in bytes where the stream tells it. Only when `isReadable`. */
    get files() {
        return this.#files;
    }
    /** What the stream takes away again. The threads of an extractor may make it only after they have removed it. */
    get removed() {
        return [...this.#removed].filter((path) => !this.#files.has(path));
    }
    /** False after something that no extractor known here can read either: it is passed on without a look. */
    get isReadable() {
        return this.#isReadable;
    }
    /** The files that have no end: the stream was cut. */
    get cutFiles() {
        return [...this.#files.keys()].filter((path) => !this.#ended.has(path));
    }
    /** Passes the stream on as it is. @throws EscapingName before the extractor has seen it. */
    async *watch(source) {
        for await (const bytes of source) {
            if (this.#isReadable)
                this.#read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
            yield bytes;
        }
    }
    #read(bytes) {
        let at = 0;
        while (at < bytes.length && this.#isReadable) {
            const passing = Math.min(this.#payloadLeft, bytes.length - at);
            this.#payloadLeft -= passing;
            at += passing;
            if (at === bytes.length)
                return;
            const head = Buffer.concat([this.#rest, bytes.subarray(at, at + longestHead)]);
            const chunk = readHead(head, this.#isMariadb);
            if (chunk === 'cut') {
                this.#rest = head;
                return;
            }
            if (chunk === undefined) {
                this.#isReadable = false;
                return;
            }
            at += chunk.headBytes - this.#rest.length;
            this.#rest = Buffer.alloc(0);
            this.#payloadLeft = chunk.bodyBytes;
            this.#note(chunk);
        }
    }
    #note({ type, path: name, newPath: newName, endsAt }) {
        const path = requireInside(name);
        switch (type) {
            case 'E':
                // Without bytes before it, it is an empty file.
                if (!this.#files.has(path))
                    this.#files.set(path, 0);
                this.#ended.add(path);
                return;
            case 'D':
                this.#files.delete(path);
                this.#removed.add(path);
                return;
            case 'R': {
                const newPath = requireInside(newName ?? '');
                if (!this.#files.has(path))
                    return;
                this.#files.set(newPath, this.#files.get(path));
                this.#files.delete(path);
                this.#ended.add(newPath);
                return;
            }
            case 'P':
                // A second file of that name is not written by all extractors.
                if (this.#ended.has(path))
                    this.#files.set(path, undefined);
                else if (!this.#files.has(path))
                    this.#files.set(path, endsAt);
                else
                    this.#grow(path, endsAt);
                return;
            case 'S':
                if (!this.#isMariadb)
                    this.#files.set(path, undefined);
                return;
            default:
                // Of a type that may be skipped.
                return;
        }
    }
    #grow(path, endsAt) {
        const sizeBytes = this.#files.get(path);
        if (sizeBytes !== undefined)
            this.#files.set(path, Math.max(sizeBytes, endsAt));
    }
}
/** A name in a stream that leads out of the directory: no backup tool writes one. */
class EscapingName extends Error {
    path;
    name = 'EscapingName';
    constructor(path) {
        super(`The stream names ${JSON.stringify(path)}, which is outside of its directory.`);
        this.path = path;
    }
}
function requireInside(name) {
    const isInside = !external_node_path_.posix.isAbsolute(name) && !name.split('/').includes('..') && !name.includes('\0');
    if (isInside)
        return external_node_path_.posix.normalize(name);
    throw new EscapingName(name);
}
const magic = Buffer.from('XBSTCK01');
const mayBeSkipped = 1;
/** Of the extractors it is 511. */
const longestPath = 4096;
const longestHead = 14 + longestPath + 4 + longestPath + 24;
/** Undefined for what is no chunk that is known. */
function readHead(bytes, isMariadb) {
    const begun = Math.min(bytes.length, magic.length);
    if (!bytes.subarray(0, begun).equals(magic.subarray(0, begun)))
        return undefined;
    if (bytes.length < 14)
        return 'cut';
    const flags = bytes.readUInt8(8);
    const type = String.fromCharCode(bytes.readUInt8(9));
    const pathLength = bytes.readUInt32LE(10);
    if (pathLength > longestPath)
        return undefined;
    const afterPath = 14 + pathLength;
    if (bytes.length < afterPath)
        return 'cut';
    const path = bytes.toString('utf8', 14, afterPath);
    const plain = { type, path, endsAt: 0, headBytes: afterPath, bodyBytes: 0 };
    if (type === 'E' || (isMariadb && type === 'D'))
        return plain;
    if (isMariadb && type === 'S') {
        return bytes.length < afterPath + 8 ? 'cut' : { ...plain, headBytes: afterPath + 8 };
    }
    if (isMariadb && type === 'R')
        return readRename(bytes, plain);
    if (type === 'S')
        return readPayload(bytes, plain, true);
    if (type === 'P' || (flags & mayBeSkipped) !== 0)
        return readPayload(bytes, plain, false);
    return undefined;
}
function readRename(bytes, plain) {
    const at = plain.headBytes;
    if (bytes.length < at + 4)
        return 'cut';
    const length = bytes.readUInt32LE(at);
    if (length > longestPath)
        return undefined;
    if (bytes.length < at + 4 + length)
        return 'cut';
    const headBytes = at + 4 + length;
    return { ...plain, newPath: bytes.toString('utf8', at + 4, headBytes), headBytes };
}
function readPayload(bytes, plain, hasMap) {
    const at = plain.headBytes + (hasMap ? 4 : 0);
    if (bytes.length < at + 20)
        return 'cut';
    const mapBytes = hasMap ? 8 * bytes.readUInt32LE(plain.headBytes) : 0;
    const payloadBytes = Number(bytes.readBigUInt64LE(at));
    const endsAt = Number(bytes.readBigUInt64LE(at + 8)) + payloadBytes;
    if (!Number.isSafeInteger(endsAt))
        return undefined;
    return { ...plain, endsAt, headBytes: at + 20, bodyBytes: mapBytes + payloadBytes };
}

;// CONCATENATED MODULE: ./build/src/operations/extract.js












/**
 * Brings one link from the store into a new directory, and proves that it is what its manifest says: the hash
 * and size of what was stored, the end of every program, the LSNs in the files. (The extractors alone take a
 * cut or empty stream for a good one.)
 * @throws UserError LINK_CORRUPT, DECRYPTION_FAILED, DOWNLOAD_FAILED, DISK_FULL, …
 */
async function extractLink(manifest, dir, context) {
    try {
        await extractOnce(manifest, dir, context);
    }
    catch (error) {
        if (!mayBeDamage(error))
            throw error;
        await requireIntact(manifest, context);
        context.log.warning(`${error.message} What is stored is intact: extracting ${manifest.id} once more.`);
        await (0,promises_.rm)(dir, { recursive: true, force: true });
        await extractOnce(manifest, dir, context);
    }
}
async function extractOnce(manifest, dir, context) {
    const started = performance.now();
    await (0,promises_.mkdir)(dir, { recursive: true, mode: 0o750 });
    const codecs = [
        ...(await decryptor(manifest.encryption, context.keys, context.workDir)),
        await decompressor(),
    ];
    const extractor = {
        program: context.tool.streamPath,
        arguments: context.tool.extractArguments(dir, context.parallel),
    };
    const contents = new StreamContents(context.tool.name);
    const meters = manifest.objects.map(() => new Meter());
    let said;
    try {
        const stored = readObjects(manifest, meters, context);
        const stream = contents.watch(sendThroughPrograms(stored, codecs, context));
        const [ended] = await withProgress(context.log, `Extracting ${manifest.id}`, meters, () => writeToPrograms(stream, [extractor], context));
        said = ended?.stderrTail;
    }
    catch (error) {
        throw explainExtraction(error, manifest);
    }
    await requireFiles(contents, { manifest, dir, said: said ?? '' }, context);
    await requireLsns(manifest, dir);
    await cleanSettings(manifest, dir, context);
    const seconds = (performance.now() - started) / 1000;
    context.log.info(`Extracted ${manifest.id}: ${(0,format/* formatBytes */.z3)(bytesThrough(meters))} in ${(0,format/* formatDuration */.a3)(seconds)}.`);
}
/** The extractor's word is not taken for it: mbstream tells of a file that it could not make, and ends with 0. */
async function requireFiles(contents, { manifest, dir, said }, { tool, log }) {
    if (!contents.isReadable) {
        log.warning(`The stream of ${manifest.id} has parts that this version does not know: it was not looked at.`);
        return;
    }
    const [cut] = contents.cutFiles;
    if (cut !== undefined)
        throw corrupt(manifest, `its stream ends within ${cut}`);
    for (const path of contents.removed)
        await (0,promises_.unlink)((0,external_node_path_.join)(dir, path)).catch(() => undefined);
    const missing = await whatIsMissing(contents.files, dir);
    if (missing !== undefined)
        throw notExtracted(manifest, missing, (0,external_node_path_.basename)(tool.streamPath), said);
}
/** The first file that is not there, or is not whole. */
async function whatIsMissing(files, dir) {
    for (const [path, sizeBytes] of files) {
        // A name that is no UTF-8 cannot be asked for by its text.
        if (path.includes('\ufffd'))
            continue;
        const found = await (0,promises_.lstat)((0,external_node_path_.join)(dir, path)).catch(() => undefined);
        if (found?.isFile() !== true)
            return `${path} is missing`;
        if (sizeBytes !== undefined && found.size !== sizeBytes) {
            return `${path} has ${found.size} of ${sizeBytes} bytes`;
        }
    }
    return undefined;
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
/**
 * Whether what arrived may not be what is stored; a program may have failed of that too. A full disk or a wrong
 * key says so itself.
 */
function mayBeDamage(error) {
    if (!(error instanceof errors/* UserError */.yo))
        return false;
    const { code, cause } = error;
    if (code === 'LINK_CORRUPT')
        return !(cause instanceof EscapingName);
    if (cause instanceof errors/* CommandError */.Qd && wasKilled(cause))
        return false;
    if (code !== 'PIPELINE_FAILED' && code !== 'DECRYPTION_FAILED')
        return false;
    return cause instanceof errors/* CommandError */.Qd && !/identit|secret key|session key/i.test(cause.failure.stderrTail);
}
/** By somebody, or for want of memory. (Bad data may make a program crash, by other signals.) */
function wasKilled({ failure: { signal } }) {
    return signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT';
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
/** What is in the link decides what the tool does at prepare, but not all that it can. */
async function cleanSettings(manifest, dir, { tool, log }) {
    const leftOut = await keepDataSettings(dir, tool.path).catch((error) => {
        throw corrupt(manifest, `its ${settingsFile} is missing or unreadable`, error);
    });
    if (leftOut.length === 0)
        return;
    log.warning(`${settingsFile} of ${manifest.id} has settings that do not say how data is written: ${leftOut.join(', ')}. ` +
        'They are left out. If no backup tool wrote them, find out who can write to the bucket.');
}
function explainExtraction(error, manifest) {
    if (error instanceof EscapingName) {
        return new errors/* UserError */.yo('LINK_CORRUPT', `The stored backup ${manifest.id} is none that a backup tool writes. ${error.message}`, 'Somebody may have put it into the bucket. Find out who can write there before you restore anything from it.', { cause: error });
    }
    const decrypting = error instanceof errors/* CommandError */.Qd && ['age', 'gpg'].includes(error.failure.program);
    if (!decrypting)
        return explainFailure(error, 'PIPELINE_FAILED');
    return new errors/* UserError */.yo('DECRYPTION_FAILED', `${manifest.id} cannot be decrypted: ${error.message}.`, 'Is it the right key? The backup was encrypted ' +
        (manifest.encryption.method === 'age'
            ? `for ${manifest.encryption.recipients.join(', ')}.`
            : 'with a passphrase; give the same one in decrypt-passphrase.'), { cause: error });
}
function notExtracted(manifest, fact, program, stderrTail) {
    const failure = { program, arguments: [], exitStatus: 0, signal: null, stderrTail };
    const cause = new errors/* CommandError */.Qd(failure);
    const explained = explainFailure(cause, 'PIPELINE_FAILED');
    if (explained instanceof errors/* UserError */.yo && explained.code !== 'PIPELINE_FAILED')
        return explained;
    return new errors/* UserError */.yo('PIPELINE_FAILED', `${program} did not extract all of ${manifest.id}, although it did not fail: ${fact}.`, 'The end of what it said is in the log and in the job summary. Is the disk full, or out of inodes?', { cause });
}
function corrupt(manifest, fact, cause) {
    return new errors/* UserError */.yo('LINK_CORRUPT', `The stored backup ${manifest.id} is not what it was: ${fact}.`, 'Restore an earlier hour of the chain, or another version of the object if the bucket keeps versions.', { cause });
}

;// CONCATENATED MODULE: ./build/src/operations/apply-chain.js












/** How many links may lie extracted and wait for their turn: each takes disk until it is applied and removed. */
const linksAhead = 2;
/** Each link keeps two cores busy; more at once would only slow down the full, for which all others wait. */
function linksAtOnce() {
    return (0,cores/* halfOfTheCores */.K)(linksAhead);
}
/**
 * Extracts the links and applies each as soon as those before it are applied. Returns the full's directory,
 * which holds the data then. After a failure the directories are worth nothing: a failed prepare may have
 * changed them.
 */
async function applyChain(chain, inputs, context) {
    const failure = new first_failure/* FirstFailure */.J();
    const signal = AbortSignal.any([context.signal, failure.signal]);
    const inner = { ...context, signal, parallel: inputs.parallel };
    const dirs = chain.map(({ id }) => (0,external_node_path_.join)(inputs.targetDir, id));
    const extracted = [];
    const applied = [];
    const removed = [];
    for (const [index, manifest] of chain.entries()) {
        const turn = Promise.all([extracted[index - inputs.linksAtOnce], removed[index - linksAhead - 1]]);
        const extract = async () => {
            await turn;
            reach(context.log, 'prepare', 'extract a link');
            await extractLink(manifest, dirs[index], inner).catch(async (error) => {
                // The link before it may still be under way, and be bad as well: then that is what counts.
                await extracted[index - 1];
                throw withAlternative(error, chain[index - 1]);
            });
        };
        extracted.push(extract());
        const ready = Promise.all([extracted[index], applied[index - 1]]);
        const apply = ready.then(() => applyLink(index, dirs, inputs, inner));
        applied.push(apply);
        // While the next one is applied. The full's directory is the result.
        const remove = async () => {
            await apply;
            if (index > 0)
                await (0,promises_.rm)(dirs[index], { recursive: true, force: true });
        };
        removed.push(remove());
    }
    // The first failure ends the rest; everything has ended before this returns.
    const all = [...extracted, ...applied, ...removed];
    await Promise.all(all.map((work) => work.catch((error) => failure.note(error))));
    failure.throwIfAny();
    return dirs[0];
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
    reach(log, 'prepare', 'apply a link');
    const incrementalDir = index === 0 ? undefined : dirs[index];
    const isLast = index === dirs.length - 1;
    const said = { tablesChecked: false };
    const program = {
        program: tool.path,
        arguments: tool.prepareArguments({
            targetDir: dirs[0],
            ...(incrementalDir === undefined ? {} : { incrementalDir }),
            isLast,
            useMemory: inputs.useMemory ?? defaultMemory(),
            parallel: inputs.parallel,
            extraArguments: inputs.extraArgs ?? [],
        }),
        onLine: (line) => {
            said.tablesChecked ||= line.includes('All table checks passed');
        },
    };
    const ended = await runProgram(program, { log, signal, onStart }).catch((error) => {
        if (error instanceof errors/* CommandError */.Qd)
            log.info(error.failure.stderrTail);
        throw explainFailure(error, 'PREPARE_FAILED');
    });
    if (!saysCompleted(ended.lastLine))
        throw prepareFailed(`the tool's last line is «${ended.lastLine}»`);
    if (isLast && hasOption(tool.line, tool.version, 'check-tables')) {
        if (said.tablesChecked)
            log.info(`${tool.name} has checked all tables.`);
        else
            log.warning(`${tool.name} was told to check all tables, and does not say that it did.`);
    }
    const seconds = (performance.now() - started) / 1000;
    log.info(`Applied link ${index + 1} of ${dirs.length} in ${(0,format/* formatDuration */.a3)(seconds)}.`);
}
/** A quarter of the memory that is free here (in a container, within its limit), within what is useful: the tools' own default of 100 MB is slow. */
function defaultMemory() {
    const mebibytes = Math.floor(process.availableMemory() / 4 / 1024 / 1024);
    return `${Math.min(16_384, Math.max(128, mebibytes))}M`;
}
function prepareFailed(fact) {
    return new errors/* UserError */.yo('PREPARE_FAILED', `The backup could not be prepared: ${fact}.`, 'The datadir was not touched. Run it again; with log-level debug the log shows all that the tool says.');
}

;// CONCATENATED MODULE: ./build/src/operations/in-use.js




/** Does the work while a mark says that it reads the chain. @param chain the id of its full. */
async function whileInUse(chain, { prefix, server }, { repository, log, note, now, run }, work) {
    const startedAt = now();
    const key = (0,layout/* inUseKey */.IT)(prefix, server, chain, startedAt, (0,external_node_crypto_.randomUUID)().slice(0, 8));
    const by = run?.url ?? `process ${process.pid} on ${(0,external_node_os_.hostname)()}`;
    note.markBegins(key);
    const text = `${JSON.stringify({ chain, startedAt: startedAt.toISOString(), by }, null, 2)}\n`;
    const isRefused = await repository.createIfAbsent(key, text).then(() => false, (error) => {
        log.debug(`That ${chain} is being read cannot be marked for prune: ${(0,errors/* messageOf */.bD)(error)}`);
        return error instanceof errors/* UserError */.yo && error.code === 'STORE_DENIED';
    });
    try {
        return await work();
    }
    finally {
        const remain = (error) => log.debug(`The mark ${key} stays: ${(0,errors/* messageOf */.bD)(error)}`);
        if (!isRefused)
            await repository.remove(key).catch(remain);
    }
}
/** A restore that takes longer is no longer protected; a mark that is older is of a run that was killed. */
const in_use_longestHours = 24;
/** @throws UserError of the store. */
async function readMarks(repository, { prefix, server }, now) {
    const chains = new Set();
    const stale = [];
    for (const { key } of await repository.list((0,layout/* inUsePrefix */.fZ)(prefix, server))) {
        const mark = (0,layout/* inUseOfKey */.R5)(prefix, server, key);
        if (mark === undefined)
            continue;
        const isStale = now.getTime() - mark.startedAt.getTime() > in_use_longestHours * 3_600_000;
        if (isStale)
            stale.push(key);
        else
            chains.add(mark.chain);
    }
    return { chains, stale };
}

;// CONCATENATED MODULE: ./build/src/operations/prepare.js



















/**
 * Brings a chain back to where one backup was: downloads and verifies its links, applies them in order, and
 * leaves data that a server can start on, with `prepared.json` beside it.
 */
async function prepare(inputs, context) {
    const started = performance.now();
    const { log } = context;
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    await sweep(place, context, { oldUploads: false });
    reach(log, 'prepare', 'choose the chain');
    const chain = await chooseChain(inputs, context.repository);
    const last = chain.at(-1);
    log.info(`Restoring ${last.id} of ${last.server}: ${chain.map(({ id }) => id).join(' → ')}`);
    const tool = await findTool(inputs, wantedFor(last.mysql));
    requireSameSeries(tool, chain);
    warnOfPlain(chain, inputs, log);
    const keys = await decryptionKeys(inputs, context.workDir);
    // Only now: a wish that cannot be fulfilled makes no directory.
    reach(log, 'prepare', 'take the target directory');
    await makeTargetDir(inputs.targetDir);
    const purpose = purposeOf('prepare', context.run);
    const prepared = await withHostLock({ dir: inputs.targetDir, purpose, codes: ofTargetDir }, () => bringBack(chain, inputs, context, { tool, keys, place }));
    const durationSeconds = (performance.now() - started) / 1000;
    return { prepared, preparedDir: inputs.targetDir, chain, durationSeconds };
}
async function bringBack(chain, inputs, context, { tool, keys, place }) {
    const { log } = context;
    const last = chain.at(-1);
    reach(log, 'prepare', 'empty the target directory');
    await claimTargetDir(inputs.targetDir, log);
    await prepare_requireSpace(chain, inputs.targetDir);
    const onStart = (processId) => context.note.processStarts(processId);
    reach(log, 'prepare', 'mark the chain as in use');
    const dataDir = await whileInUse(last.chain, place, context, () => applyChain(chain, { ...inputs, linksAtOnce: linksAtOnce() }, { ...context, tool, keys, onStart }).catch(async (error) => {
        // What is half done is worth nothing and may be decrypted data.
        await emptyTargetDir(inputs.targetDir);
        throw error;
    }));
    context.signal.throwIfAborted();
    reach(log, 'prepare', 'check the prepared data');
    await requireEndOfChain(dataDir, last, tool);
    const prepared = await prepare_describe(chain, inputs.targetDir, dataDir, context.now());
    reach(log, 'prepare', 'write prepared.json');
    await writePrepared(inputs.targetDir, prepared);
    reach(log, 'prepare', 'tell of the prepared data');
    return prepared;
}
async function chooseChain(inputs, repository) {
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const days = await listDays(repository, place);
    if (days.length === 0)
        throw await nothingStored(repository, place);
    const catalog = inputs.date === 'latest'
        ? await loadLatest(repository, place, days)
        : await loadDays(repository, place, daysAround(days, inputs.date));
    const graph = buildGraph({ ...place, ...catalog });
    return planRestore({ date: inputs.date, hour: inputs.hour, graph }).map(({ manifest }) => manifest);
}
/** The last days, back to one that has a manifest: of failed backups there may be objects only. */
async function loadLatest(repository, place, days) {
    for (let count = 2;; count *= 2) {
        const catalog = await loadDays(repository, place, days.slice(-count));
        if (catalog.entries.length > 0 || count >= days.length)
            return catalog;
    }
}
/** The day itself, and its neighbours: what to offer when it has nothing that can be restored. */
function daysAround(days, date) {
    const before = days.filter((day) => day < date).at(-1);
    const after = days.find((day) => day > date);
    return [before, days.includes(date) ? date : undefined, after].filter((day) => day !== undefined);
}
async function nothingStored(repository, { prefix, server }) {
    const servers = await repository.listFolders(`${prefix}/`);
    const some = [...servers.slice(0, 20), ...(servers.length > 20 ? ['…'] : [])].join(', ');
    const there = some === '' ? 'There is nothing at all' : `It has ${some}`;
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
/** Encryption for a public key does not say who wrote a backup; that there is none may say that somebody else did. */
function warnOfPlain(chain, inputs, log) {
    const isKeyGiven = [inputs.decryptIdentity, inputs.decryptPassphrase].some((key) => key !== undefined);
    const plain = chain.find(({ encryption }) => encryption.method === 'none');
    if (!isKeyGiven || plain === undefined)
        return;
    log.warning(`${plain.id} is not encrypted, and so the key was not asked for. If your backups were encrypted by then, ` +
        'somebody else may have put it into the bucket.');
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
    const free = await (0,datadir_swap/* freeBytes */.go)(targetDir);
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
async function prepare_describe(chain, targetDir, dataDir, now) {
    const last = chain.at(-1);
    const { binlogFile, binlogPosition, gtid, version, flavor, datadir, serverUuid, directories } = last.mysql;
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
        mysql: {
            version,
            flavor,
            datadir,
            ...(serverUuid === undefined ? {} : { serverUuid }),
            ...(directories === undefined ? {} : { directories }),
        },
        inventory: await takeInventory(dataDir).catch((error) => {
            throw prepareFailed((0,errors/* messageOf */.bD)(error));
        }),
        preparedAt: now.toISOString(),
    };
}

;// CONCATENATED MODULE: ./build/src/chain/plan-prune.js




const plan_prune_dayMs = 86_400_000;
/** A full of less than this part of the one before may be that of a server that lost its data. */
const suspiciousPart = 0.1;
/** Decides which chains the rules still want. What cannot be read belongs to no chain, and stays. */
function planPrune({ graph, rules, now, inUse }) {
    const chains = chainsOf(graph);
    const at = timeToCountFrom(graph, now).getTime();
    const reasons = new Map();
    const keep = (chain, reason) => {
        if (chain !== undefined && !reasons.has(chain.id))
            reasons.set(chain.id, reason);
    };
    keep(chains[0], 'the newest chain');
    keep(chains.find((chain) => chain.isSound), 'the newest chain that can be restored');
    chains.forEach((chain, index) => {
        if (inUse.has(chain.id))
            keep(chain, 'a restore is reading it');
        if (at - lastTimeOf(chain) < rules.keepDays * plan_prune_dayMs) {
            keep(chain, `it has a backup of the last ${rules.keepDays} days`);
        }
        if (isMuchSmaller(chains[index - 1], chain))
            keep(chain, 'the full after it is less than a tenth of its');
    });
    for (const chain of oneOfEach(chains, 'week', rules.keepWeekly))
        keep(chain, 'the newest of its week');
    for (const chain of oneOfEach(chains, 'month', rules.keepMonthly))
        keep(chain, 'the newest of its month');
    const kept = chains.flatMap((chain) => {
        const reason = reasons.get(chain.id);
        return reason === undefined ? [] : [{ chain, reason }];
    });
    const unreadable = unreadableLinks(graph).map(({ id }) => id);
    // As long as new backups are no good, the old ones are all there is.
    const refusal = whyNewestIsBad(graph);
    if (refusal !== undefined)
        return { keep: kept, remove: [], unreadable, refusal };
    return { keep: kept, remove: chains.filter(({ id }) => !reasons.has(id)), unreadable };
}
/**
 * Ages are counted from the newest backup, not from today: where no more backups come, the old ones do not run out, and
 * a clock that is ahead removes nothing early.
 */
function timeToCountFrom(graph, now) {
    const newest = Math.max(...chainsOf(graph).map(lastTimeOf));
    return newest < now.getTime() && Number.isFinite(newest) ? new Date(newest) : now;
}
function isMuchSmaller(newer, older) {
    const [now, before] = [newer, older].map((chain) => fullOf(chain)?.streamBytes);
    return now !== undefined && before !== undefined && now < before * suspiciousPart;
}
function fullOf(chain) {
    return chain?.links.find(({ id }) => id === chain.id)?.manifest;
}
/** Of each of the newest `count` periods that have a chain the newest; one that can be restored, if there is. */
function oneOfEach(chains, every, count) {
    const periods = new Map();
    for (const chain of chains) {
        const period = periodOfDate(splitBackupId(chain.id).date, every);
        periods.set(period, [...(periods.get(period) ?? []), chain]);
    }
    return [...periods]
        .sort(([a], [b]) => (a < b ? 1 : -1))
        .slice(0, count)
        .flatMap(([, ofPeriod]) => ofPeriod.find((chain) => chain.isSound) ?? ofPeriod[0] ?? []);
}
/** A backup that is under way has objects and no manifest yet, and may take long. */
const orphanDays = 2;
/**
 * The keys of objects that no manifest can come for any more: those of failed runs, or of a prune that was broken off.
 * Only keys of our own layout, of days that ended two days before the newest backup, and before the newest chain began.
 */
function orphansOf({ prefix, server, objects, graph }, now) {
    const [newest] = chainsOf(graph);
    if (newest === undefined)
        return [];
    const at = timeToCountFrom(graph, now).getTime();
    const before = splitBackupId(newest.id).date;
    return [...objects.keys()].filter((key) => {
        const own = (0,layout/* idOfKey */.EV)(prefix, server, key);
        if (own?.kind !== 'object' || graph.links.has(own.id))
            return false;
        const { date } = splitBackupId(own.id);
        return date < before && Date.parse(`${date}T00:00:00Z`) + (1 + orphanDays) * plan_prune_dayMs < at;
    });
}

// EXTERNAL MODULE: ./build/src/operations/prune-result.js
var prune_result = __webpack_require__(8032);
;// CONCATENATED MODULE: ./build/src/operations/prune.js









/**
 * Removes the chains that the rules no longer want, whole ones only: of each first the manifests, from its last backup
 * back to its full, then the objects. Wherever it is broken off, what is left of a chain can be restored as before.
 * @throws UserError CHAIN_BROKEN when the newest chain is not proven good, with nothing removed; STORE_DENIED at the
 *   first deletion that is refused; those of the store.
 */
async function prune(inputs, context) {
    const { repository, log, now } = context;
    const place = { prefix: inputs.s3Prefix, server: inputs.server };
    const { graph, objects } = await loadAll(repository, place);
    // By this time everything is judged: see there.
    const at = timeToCountFrom(graph, now());
    const marks = await readMarks(repository, place, at);
    const plan = planPrune({ graph, rules: inputs, now: at, inUse: marks.chains });
    await requireGoodNewest(plan, repository, place);
    for (const id of plan.unreadable)
        log.warning(`${id} stays: its manifest cannot be read.`);
    const orphans = orphansOf({ ...place, objects, graph }, at);
    const removal = new Removal(place, [...objects.keys()], context);
    const removed = [];
    const spared = [];
    if (inputs.dryRun)
        removed.push(...plan.remove);
    else {
        for (const chain of [...plan.remove].reverse()) {
            // It may be being read since the plan was made.
            const isInUse = (await readMarks(repository, place, at)).chains.has(chain.id);
            if (!isInUse)
                await removal.removeChain(chain);
            (isInUse ? spared : removed).unshift(chain);
        }
        await removal.removeOrphans(orphans);
        await removeStale(marks.stale, context);
    }
    const kept = [
        ...plan.keep.map(({ chain, reason }) => (0,prune_result/* describeChain */.z)(chain, reason)),
        ...spared.map((chain) => (0,prune_result/* describeChain */.z)(chain, 'a restore is reading it')),
    ];
    return {
        server: inputs.server,
        location: `${repository.location}/${(0,layout/* serverPrefix */.IO)(place.prefix, place.server).slice(0, -1)}`,
        isDryRun: inputs.dryRun,
        kept,
        removed: removed.map((chain) => (0,prune_result/* describeChain */.z)(chain)),
        orphans: { count: orphans.length, sizeBytes: sizeOfKeys(orphans, objects) },
        unreadable: plan.unreadable,
        isVersioned: removal.isVersioned,
    };
}
async function loadAll(repository, place) {
    const catalog = await loadDays(repository, place, await listDays(repository, place));
    return { graph: buildGraph({ ...place, ...catalog }), objects: catalog.objects };
}
function sizeOfKeys(keys, objects) {
    return keys.reduce((sum, key) => sum + (objects.get(key) ?? 0), 0);
}
/** Looks once more, and closer: each object of the newest chain must be the one that its backup stored. */
async function requireGoodNewest(plan, repository, place) {
    const newest = plan.keep[0]?.chain;
    const problem = plan.refusal ?? (newest && (await whyNotStored(newest, repository, place)));
    if (problem === undefined)
        return;
    throw new errors/* UserError */.yo('CHAIN_BROKEN', `Nothing is pruned: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`, 'Old backups stay as long as the newest ones are not good. The next full backup begins a new chain: `type: full` ' +
        'makes one now.');
}
async function whyNotStored({ id, links }, repository, { prefix, server }) {
    const days = new Set(links.map((link) => splitBackupId(link.id).date));
    const stored = new Map();
    for (const day of days) {
        for (const object of await repository.list((0,layout/* datePrefix */.FC)(prefix, server, day)))
            stored.set(object.key, object);
    }
    for (const { key, sizeBytes, etag } of links.flatMap(({ manifest }) => manifest.objects)) {
        const found = stored.get(key);
        const problem = found === undefined
            ? 'is missing'
            : found.sizeBytes !== sizeBytes
                ? `has ${found.sizeBytes} bytes, and its manifest says ${sizeBytes}`
                : etag !== '' && found.etag !== etag
                    ? `is not the one that was stored: its ETag is ${found.etag}, and its manifest says ${etag}`
                    : undefined;
        if (problem !== undefined)
            return `The newest chain, ${id}, is not good: its object ${key} ${problem}.`;
    }
    return undefined;
}
/** Marks of restores that were killed. They do no harm but to the eye. */
async function removeStale(keys, { repository, log }) {
    for (const key of keys) {
        await repository
            .remove(key)
            .catch((error) => log.debug(`The mark ${key} stays: ${(0,errors/* messageOf */.bD)(error)}`));
    }
}
class Removal {
    isVersioned = false;
    #place;
    #keys;
    #context;
    #chains = 0;
    /** @param keys all that are stored. */
    constructor(place, keys, context) {
        this.#place = place;
        this.#keys = keys;
        this.#context = context;
    }
    /** One after the other: whatever breaks it off, no backup ever stands without what it builds on. */
    async removeChain({ id, links, sizeBytes }) {
        for (const link of [...links].reverse())
            await this.#remove(link.manifestKey);
        const ids = new Set(links.map((link) => link.id));
        // By their names, not as a manifest names them: that may have been edited.
        const objects = this.#keys.filter((key) => {
            const own = (0,layout/* idOfKey */.EV)(this.#place.prefix, this.#place.server, key);
            return own?.kind === 'object' && ids.has(own.id);
        });
        for (const key of objects)
            await this.#remove(key);
        this.#chains += 1;
        this.#context.log.info(`Removed the chain ${id}: ${countOf(links.length)}, ${(0,format/* formatBytes */.z3)(sizeBytes)}`);
    }
    async removeOrphans(keys) {
        for (const key of keys) {
            await this.#remove(key);
            this.#context.log.info(`Removed ${key}, which has no manifest`);
        }
    }
    async #remove(key) {
        const { signal, repository } = this.#context;
        signal.throwIfAborted();
        try {
            if ((await repository.remove(key)) === 'hidden')
                this.isVersioned = true;
        }
        catch (error) {
            throw this.#explain(error);
        }
    }
    #explain(error) {
        if (!(error instanceof errors/* UserError */.yo) || error.code !== 'STORE_DENIED')
            return error;
        return new errors/* UserError */.yo('STORE_DENIED', `${error.message} Before that ${this.#chains === 1 ? '1 chain was' : `${this.#chains} chains were`} removed.`, 'Give the role that prunes s3:ListBucket on the bucket, and s3:GetObject and s3:DeleteObject on its objects. Or ' +
            'does the bucket forbid it on purpose? Then leave prune out.', { cause: error });
    }
}
function countOf(backups) {
    return backups === 1 ? '1 backup' : `${backups} backups`;
}

// EXTERNAL MODULE: ./build/src/pipeline/priority.js
var priority = __webpack_require__(4294);
;// CONCATENATED MODULE: ./build/src/wiring.js









/** The S3 client is loaded here: apply, and whoever asks for help, does not wait for it. */
async function openRepository(inputs, edge) {
    const { createS3Repository } = await __webpack_require__.e(/* import() */ 147).then(__webpack_require__.bind(__webpack_require__, 8147));
    return createS3Repository(s3Settings(inputs, edge));
}
/** For the first line of a log: said before anything is asked or loaded. */
function placeOf({ s3Bucket, s3Prefix }) {
    return `s3://${s3Bucket}/${s3Prefix}`;
}
function s3Settings(inputs, { log, signal }) {
    return {
        bucket: inputs.s3Bucket,
        region: inputs.s3Region,
        endpoint: inputs.s3Endpoint,
        pathStyle: inputs.s3PathStyle,
        sse: inputs.sse,
        sseKmsKeyId: inputs.sseKmsKeyId,
        maxParts: inputs.maxParts,
        retentionDays: retentionDays(inputs),
        log,
        signal,
    };
}
/** A link is worth nothing without those before it: so each is kept for the length of its period longer. */
function retentionDays({ objectLockDays, fullEvery = 'month' }) {
    return objectLockDays === undefined ? undefined : objectLockDays + longestDays[fullEvery];
}
async function runBackup(inputs, edge) {
    edge.log.info(`Backing up ${inputs.server} to ${placeOf(inputs)}.`);
    (0,priority/* standBack */.S)(inputs.nice);
    const repository = await openRepository(inputs, edge);
    return orCancelled(edge.signal, () => edge.note.withWorkDir(edge.temporaryDir, (workDir) => backup(inputs, { ...edge, memory: edge.memory, repository, workDir, now })));
}
async function runPrepare(inputs, edge) {
    edge.log.info(`Looking for the backups of ${inputs.server} in ${placeOf(inputs)}.`);
    const repository = await openRepository(inputs, edge);
    return orCancelled(edge.signal, () => edge.note.withWorkDir(edge.temporaryDir, (workDir) => prepare(inputs, { ...edge, repository, workDir, now })));
}
async function runCheck(inputs, edge) {
    const repository = await openRepository(inputs, edge);
    const { inspectStore } = await __webpack_require__.e(/* import() */ 662).then(__webpack_require__.bind(__webpack_require__, 6662));
    return orCancelled(edge.signal, () => check(inputs, {
        ...edge,
        repository,
        inspectStore: (place) => inspectStore(s3Settings(inputs, edge), place),
    }));
}
async function runPrune(inputs, edge) {
    const repository = await openRepository(inputs, edge);
    return orCancelled(edge.signal, () => prune(inputs, { ...edge, repository, now }));
}
async function runList(inputs, edge) {
    const repository = await openRepository(inputs, edge);
    return orCancelled(edge.signal, () => list(inputs, { repository, now: now() }));
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
