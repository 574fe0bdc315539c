export const id = 555;
export const ids = [555];
export const modules = {

/***/ 1551:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  t: () => (/* binding */ answerFile),
  I: () => (/* binding */ cacheMemory)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./build/src/pipeline/child.js
var pipeline_child = __webpack_require__(5218);
;// CONCATENATED MODULE: ./build/src/pipeline/brief.js


/**
 * Runs a program that nobody is to wait for.
 * @throws CommandError unless it ends with 0 in time; then, and after an abort, it is killed.
 */
async function runBriefly(program, { log, signal, onStart, seconds }) {
    const child = new pipeline_child/* Child */.R(program, { log, stdin: 'ignore', stdout: 'lines' });
    if (child.processId !== undefined)
        onStart(child.processId);
    const done = new AbortController();
    const late = (0,external_node_timers_promises_.setTimeout)(seconds * 1000, 'late', { signal: AbortSignal.any([done.signal, signal]) });
    const ended = await Promise.race([child.ended, late.catch(() => 'late')]);
    done.abort();
    if (ended === 'late') {
        child.kill();
        throw child.error(await child.ended);
    }
    if (ended.exitStatus !== 0)
        throw child.error(ended);
}

;// CONCATENATED MODULE: ./build/src/actions/cache-memory.js





/**
 * The memory of backups in the cache of GitHub Actions: one small entry for each, whose key ends with the line that is
 * remembered. Only keys are ever read. (An entry is an archive that the library unpacks wherever its paths lead, and any
 * workflow on the default branch may write one.)
 *
 * The library runs in a process of its own: it waits for minutes where the service does not answer, and prints what the
 * service says.
 */
/** For asking, and again for leaving a line. The library's own limits are minutes. */
const patienceSeconds = 10;
const longestKey = 512;
/** Undefined where the runner has no cache. */
function cacheMemory({ s3Bucket, s3Endpoint = '', s3Prefix, server }, log, onStart) {
    const environment = cacheEnvironment();
    if (environment === undefined)
        return undefined;
    const place = JSON.stringify([s3Endpoint, s3Bucket, s3Prefix, server]);
    const prefix = `xbackup-head-${(0,external_node_crypto_.createHash)('sha256').update(place).digest('hex').slice(0, 16)}-`;
    const run = async (what, key, workDir, signal) => {
        const folder = await (0,promises_.mkdtemp)((0,external_node_path_.join)(workDir, 'cache-'));
        const program = {
            program: process.execPath,
            arguments: [(0,external_node_path_.join)((0,external_node_path_.dirname)(process.argv[1] ?? ''), 'cache.js'), what, key],
            environment: { ...environment, GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder },
            directory: folder,
        };
        await runBriefly(program, { log: complaintsOnly(log), signal, onStart, seconds: patienceSeconds });
        return (0,promises_.readFile)((0,external_node_path_.join)(folder, answerFile), 'utf8');
    };
    return {
        longestText: longestKey - prefix.length,
        async recall(workDir, signal) {
            try {
                const key = await run('recall', prefix, workDir, signal);
                return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
            }
            catch (error) {
                log.debug(`Nothing came from the cache: ${(0,errors/* messageOf */.bD)(error)}`);
                return undefined;
            }
        },
        async remember(text, workDir, signal) {
            try {
                return (await run('remember', prefix + text, workDir, signal)) === 'kept';
            }
            catch (error) {
                log.debug(`Nothing went into the cache: ${(0,errors/* messageOf */.bD)(error)}`);
                return false;
            }
        },
    };
}
/** What the process leaves in its directory. */
const answerFile = 'answer';
/** What the library needs of ours. */
function cacheEnvironment() {
    const { ACTIONS_RUNTIME_TOKEN: token, ACTIONS_RESULTS_URL: v2, ACTIONS_CACHE_URL: v1 } = process.env;
    if (token === undefined || (v2 ?? v1) === undefined)
        return undefined;
    const names = Object.keys(process.env).filter((name) => /^(ACTIONS_(?!ID_TOKEN)|GITHUB_SERVER_URL$)/.test(name));
    return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}
/** Its other lines hold signed addresses. */
function complaintsOnly(log) {
    const debug = (line) => {
        if (/::(warning|error)::/.test(line))
            log.debug(line);
    };
    return { ...log, debug };
}


/***/ }),

/***/ 8555:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   runCacheProcess: () => (/* binding */ runCacheProcess)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var _cache_memory_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1551);


/**
 * What an entry holds. It is never read: the key says it all. The key's version is made of this name, so it must not
 * change.
 */
const entryFile = 'xbackup-head';
/**
 * A process of its own, in an empty directory: asks the cache for the newest key that begins with `key`, or leaves an
 * entry with `key`. The answer is a file in that directory; none is no answer.
 */
async function runCacheProcess(task, key) {
    const cache = await Promise.all(/* import() */[__webpack_require__.e(955), __webpack_require__.e(838), __webpack_require__.e(131)]).then(__webpack_require__.bind(__webpack_require__, 7131));
    if (!cache.isFeatureAvailable())
        return;
    if (task === 'recall') {
        const found = await cache.restoreCache([entryFile], key, [key], { lookupOnly: true });
        if (found !== undefined)
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(_cache_memory_js__WEBPACK_IMPORTED_MODULE_1__/* .answerFile */ .t, found);
        return;
    }
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(entryFile, `${key}\n`);
    if ((await cache.saveCache([entryFile], key)) !== -1)
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(_cache_memory_js__WEBPACK_IMPORTED_MODULE_1__/* .answerFile */ .t, 'kept');
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


/***/ })

};
