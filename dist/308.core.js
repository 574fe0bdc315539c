export const id = 308;
export const ids = [308];
export const modules = {

/***/ 2308:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  main: () => (/* binding */ main)
});

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/inputs/definition.js + 3 modules
var definition = __webpack_require__(5982);
// EXTERNAL MODULE: ./build/src/inputs/names.js
var inputs_names = __webpack_require__(5343);
;// CONCATENATED MODULE: ./build/src/inputs/help.js


/** What the command line says about itself, written from the definition. Pure. */
const columns = 100;
const purposes = {
    backup: 'Back this server up into the bucket, full or incremental.',
    prepare: 'Download, verify and prepare the backups of a day up to an hour, ready to be applied.',
    apply: 'Replace the datadir by what prepare left. Put the old one back on failure.',
    check: 'Look whether backups, and restores, can work here, and say what mends what is missing.',
    prune: 'Remove old chains, whole ones only, and never the last that can be restored.',
    list: 'Show the restore points in the bucket. With --check fail when they are too old.',
};
/** The text of `xbackup --help`. */
function helpOverview() {
    const width = Math.max(...definition/* commands */.Pi.map((command) => command.length));
    return joined([
        'xbackup: physical backups of MySQL and MariaDB into S3, and back.',
        '',
        'Usage: xbackup <command> [options]',
        '',
        ...definition/* commands */.Pi.flatMap((command) => wrapped(purposes[command], `  ${command.padEnd(width)}  `)),
        '',
        'xbackup <command> --help lists the options of one.',
    ]);
}
/** The text of `xbackup <command> --help`. No line is longer than 100 columns. */
function helpFor(command) {
    const names = (0,definition/* inputNames */.vj)(command);
    const required = names.filter((name) => (0,inputs_names/* definitionOf */.Fg)(name).required);
    const usage = [...required.map(flag), '[options]'].join(' ');
    return joined([
        ...wrapped(purposes[command], ''),
        '',
        ...wrapped(usage, `Usage: xbackup ${command} `),
        '',
        ...wrapped('Each option can be given by its variable instead; the option wins. Credentials for the bucket come from ' +
            "the AWS SDK's usual places: AWS_… variables, ~/.aws, or the role of the machine.", ''),
        ...names.flatMap((name) => ['', ...describe(name)]),
        '',
        '  --help',
        '      Show this.',
    ]);
}
function flag(name) {
    return (0,inputs_names/* isSwitch */.Tb)(name) ? `--${name}` : `--${name} <value>`;
}
function describe(name) {
    const { description, accepts, required, secret, default: fallback, defaultText } = (0,inputs_names/* definitionOf */.Fg)(name);
    const settled = typeof fallback === 'string' ? fallback : defaultText;
    const indent = '      ';
    return [
        `  ${flag(name)}${required ? '  (required)' : ''}`,
        `${indent}${(0,inputs_names/* environmentVariable */.mT)(name)}`,
        ...wrapped(description.replaceAll('`', ''), indent),
        ...wrapped(accepts, `${indent}Accepted: `),
        ...(settled === undefined ? [] : wrapped(settled, `${indent}Default: `)),
        ...(secret ? wrapped('Secret: use the variable, everyone on this host can see options.', indent) : []),
    ];
}
/** `text` in lines of at most 100 columns: the first begins with `head`, the others are indented as far. */
function wrapped(text, head) {
    const lines = [];
    let line = head;
    for (const word of text.split(' ')) {
        const blank = line.trim() === '' || line.endsWith(' ') ? '' : ' ';
        if (line.length + blank.length + word.length > columns && line.trim() !== '') {
            lines.push(line.trimEnd());
            line = ' '.repeat(head.length) + word;
        }
        else {
            line += blank + word;
        }
    }
    return [...lines, line];
}
function joined(lines) {
    return `${lines.join('\n')}\n`;
}

// EXTERNAL MODULE: ./build/src/inputs/parse.js + 2 modules
var parse = __webpack_require__(2606);
// EXTERNAL MODULE: ./build/src/operations/leftovers.js + 1 modules
var leftovers = __webpack_require__(4400);
// EXTERNAL MODULE: ./build/src/pipeline/output-lines.js
var output_lines = __webpack_require__(1877);
// EXTERNAL MODULE: ./build/src/report/failure-summary.js
var failure_summary = __webpack_require__(1963);
// EXTERNAL MODULE: ./build/src/report/check-table.js
var check_table = __webpack_require__(277);
// EXTERNAL MODULE: ./build/src/report/outputs.js
var outputs = __webpack_require__(3558);
// EXTERNAL MODULE: ./build/src/report/prune-table.js
var prune_table = __webpack_require__(2357);
// EXTERNAL MODULE: ./build/src/report/restore-points.js
var restore_points = __webpack_require__(2768);
// EXTERNAL MODULE: ./build/src/signals.js
var signals = __webpack_require__(4912);
// EXTERNAL MODULE: ./build/src/wiring.js + 94 modules
var wiring = __webpack_require__(4552);
;// CONCATENATED MODULE: ./build/src/cli.js
















/** Runs the command line: results to stdout, everything else to stderr. Sets the exit status; never throws. */
async function main(args) {
    const [name, ...rest] = args;
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
        print(name === 'help' && isCommand(rest[0]) ? helpFor(rest[0]) : helpOverview());
        return;
    }
    try {
        if (!isCommand(name))
            throw badUsage(`There is no command "${name}".`, 'xbackup --help lists them.');
        if (rest.some((word) => word === '--help' || word === '-h'))
            return print(helpFor(name));
        const read = readFrom(name, rest);
        const signal = (0,signals/* abortOnSignals */.P)();
        await runCommand(name, read, signal).finally(() => (0,signals/* endIfCancelled */.W)(signal));
    }
    catch (error) {
        reportFailure(error);
    }
}
async function runCommand(command, read, signal) {
    const log = terminalLog(read('log-level') === 'debug');
    const edge = {
        log,
        // A killed run has no later step here; the next one sweeps up after it.
        note: new leftovers/* LeftoversNote */.je(() => undefined),
        signal,
        temporaryDir: (0,external_node_os_.tmpdir)(),
        run: undefined,
    };
    switch (command) {
        case 'backup':
            return printOutputs((0,outputs/* backupOutputs */.zW)(await (0,wiring/* runBackup */.Q3)((0,parse/* parseInputs */.T)('backup', read), edge)));
        case 'prepare':
            return printOutputs((0,outputs/* prepareOutputs */.aJ)(await (0,wiring/* runPrepare */.vv)((0,parse/* parseInputs */.T)('prepare', read), edge)));
        case 'apply':
            return printOutputs((0,outputs/* applyOutputs */.Xk)(await (0,wiring/* runApply */.Of)((0,parse/* parseInputs */.T)('apply', read), edge)));
        case 'check': {
            const inputs = (0,parse/* parseInputs */.T)('check', read);
            const result = await (0,wiring/* runCheck */.k_)(inputs, edge);
            if (result.counts.bad > 0)
                process.exitCode = 1;
            return print(inputs.json ? JSON.stringify(result, null, 2) : (0,check_table/* checkTable */.D)(result));
        }
        case 'prune': {
            const inputs = (0,parse/* parseInputs */.T)('prune', read);
            const result = await (0,wiring/* runPrune */.uf)(inputs, edge);
            return print(inputs.json ? JSON.stringify(result, null, 2) : (0,prune_table/* pruneTable */.t)(result));
        }
        case 'list': {
            const inputs = (0,parse/* parseInputs */.T)('list', read);
            const { points, failure } = await (0,wiring/* runList */.kK)(inputs, edge);
            print(inputs.json ? JSON.stringify(points, null, 2) : (0,restore_points/* restorePointTable */.V)(points));
            if (failure !== undefined)
                reportFailure(failure);
            return;
        }
    }
}
/** Flags come before variables. @throws UserError INPUT_INVALID for a flag that the command does not have. */
function readFrom(command, args) {
    const options = {};
    for (const name of (0,definition/* inputNames */.vj)(command))
        options[name] = { type: (0,inputs_names/* isSwitch */.Tb)(name) ? 'boolean' : 'string' };
    let values;
    try {
        ({ values } = (0,external_node_util_.parseArgs)({
            args: [...args],
            options,
            strict: true,
            allowPositionals: false,
            allowNegative: true,
        }));
    }
    catch (error) {
        const [what = ''] = error instanceof Error ? error.message.split('. ') : [];
        throw badUsage(`${what}.`, `xbackup ${command} --help lists the options.`, error);
    }
    return (name) => {
        const given = values[name];
        return given === undefined ? process.env[(0,inputs_names/* environmentVariable */.mT)(name)] : String(given);
    };
}
function isCommand(name) {
    return definition/* commands */.Pi.some((command) => command === name);
}
function terminalLog(verbose) {
    const tell = (message) => void process.stderr.write(`${message.split('\n').map(output_lines/* harmless */.Is).join('\n')}\n`);
    return {
        debug: (message) => (verbose ? tell(message) : undefined),
        info: tell,
        warning: (message) => tell(`Warning: ${message}`),
        group: (title, work) => {
            tell(`${title} …`);
            return work();
        },
    };
}
function reportFailure(error) {
    process.exitCode = 1;
    const say = (text) => void process.stderr.write(`${(0,output_lines/* printable */.g$)(text)}\n`);
    const command = (0,failure_summary/* commandErrorOf */.tA)(error);
    if (command !== undefined)
        say(command.failure.stderrTail);
    if (error instanceof errors/* UserError */.yo) {
        say(`Error: ${error.message}\n${error.hint}\nCode ${error.code}: ${(0,failure_summary/* explanationOf */.pg)(error.code)}`);
    }
    else {
        say(`Unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
}
function printOutputs(outputs) {
    print(Object.entries(outputs)
        .map(([name, value]) => `${name}=${value.replace(/[\r\n]+/g, ' ')}`)
        .join('\n'));
}
function print(text) {
    process.stdout.write(`${(0,output_lines/* printable */.g$)(text.trimEnd())}\n`);
}
function badUsage(message, hint, cause) {
    return new errors/* UserError */.yo('INPUT_INVALID', message, hint, { cause });
}


/***/ }),

/***/ 277:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ checkTable),
/* harmony export */   W: () => (/* binding */ countsText)
/* harmony export */ });
/** What a check found, for a terminal or a log: one line a finding, and below it what mends it. */
function checkTable(result) {
    const subjects = result.groups.flatMap(({ findings }) => findings.map(({ subject }) => subject.length));
    const width = Math.min(longestSubject, Math.max(...subjects));
    return [
        ...result.groups.flatMap(({ title, findings }) => [
            title,
            ...findings.flatMap((finding) => lines(finding, width)),
            '',
        ]),
        countsText(result),
    ].join('\n');
}
/** A longer one pushes its own line to the right, and not all others. */
const longestSubject = 30;
const words = {
    good: 'good',
    warning: 'WARNING',
    bad: 'BAD',
    unknown: 'unknown',
};
function lines({ verdict, subject, fact, mend }, width) {
    const indent = ' '.repeat(2 + 9 + width + 2);
    const [first = '', ...more] = fact.split('\n');
    return [
        `  ${words[verdict].padEnd(9)}${subject.padEnd(width)}  ${first}`,
        ...more.map((line) => indent + line),
        ...(mend ?? '').split('\n').flatMap((line) => (line === '' ? [] : `${indent}→ ${line}`)),
    ];
}
/** `21 good, 3 warnings, 1 bad, 2 unknown`. */
function countsText({ counts }) {
    const { good, warning, bad, unknown } = counts;
    const warnings = warning === 1 ? '1 warning' : `${warning} warnings`;
    return `${good} good, ${warnings}, ${bad} bad, ${unknown} unknown`;
}


/***/ }),

/***/ 3558:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   PN: () => (/* binding */ listOutputs),
/* harmony export */   Xk: () => (/* binding */ applyOutputs),
/* harmony export */   aJ: () => (/* binding */ prepareOutputs),
/* harmony export */   lb: () => (/* binding */ pruneOutputs),
/* harmony export */   n2: () => (/* binding */ checkOutputs),
/* harmony export */   zW: () => (/* binding */ backupOutputs)
/* harmony export */ });
/* harmony import */ var _chain_manifest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4918);
/* harmony import */ var _operations_prune_result_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8032);


/** The outputs of each command, as text. */
function backupOutputs({ manifest, manifestKey, reason, }) {
    const [object] = manifest.objects;
    return {
        'backup-id': manifest.id,
        type: manifest.type,
        reason,
        'object-key': object?.key ?? '',
        'manifest-key': manifestKey,
        'from-lsn': manifest.lsn.from,
        'to-lsn': manifest.lsn.to,
        'size-bytes': String((0,_chain_manifest_js__WEBPACK_IMPORTED_MODULE_0__/* .sizeOf */ .$d)(manifest.objects)),
        'duration-seconds': manifest.durationSeconds.toFixed(1),
    };
}
function prepareOutputs({ prepared, preparedDir, }) {
    return {
        'prepared-dir': preparedDir,
        'backup-id': prepared.backupId,
        links: String(prepared.links.length),
        'to-lsn': prepared.toLsn,
        ...coordinateOutputs(prepared),
    };
}
function coordinateOutputs({ binlogFile = '', binlogPosition = '', gtid = '' }) {
    return { 'binlog-file': binlogFile, 'binlog-position': binlogPosition, gtid };
}
function applyOutputs(result) {
    return {
        'old-datadir': result.oldData.datadir ?? '',
        'server-version': result.serverVersion ?? '',
        ...coordinateOutputs(result.prepared),
        'rolled-back': 'false',
        'duration-seconds': result.durationSeconds.toFixed(1),
    };
}
function checkOutputs({ counts }) {
    return {
        good: String(counts.good),
        warnings: String(counts.warning),
        bad: String(counts.bad),
        unknown: String(counts.unknown),
    };
}
function pruneOutputs(result) {
    return {
        'chains-kept': String(result.kept.length),
        'chains-removed': String(result.removed.length),
        'bytes-removed': String((0,_operations_prune_result_js__WEBPACK_IMPORTED_MODULE_1__/* .removedBytes */ .U)(result)),
    };
}
function listOutputs({ points, newest }) {
    const restorable = points.filter((point) => point.restorable).length;
    return {
        restorable: String(restorable),
        broken: String(points.length - restorable),
        'newest-backup-id': newest?.id ?? '',
        'newest-age-minutes': newest === undefined ? '' : String(Math.floor(newest.ageSeconds / 60)),
    };
}


/***/ }),

/***/ 2357:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   a: () => (/* binding */ pruneText),
/* harmony export */   t: () => (/* binding */ pruneTable)
/* harmony export */ });
/* harmony import */ var _operations_prune_result_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8032);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5845);


/** What a prune did, for a terminal or a log: a line for each chain, the newest first. */
function pruneTable(result) {
    const { kept, removed, isDryRun } = result;
    const lines = [
        ...kept.map((chain) => ({ chain, what: 'stays', why: `: ${chain.reason ?? ''}` })),
        ...removed.map((chain) => ({ chain, what: isDryRun ? 'would go' : 'went', why: '' })),
    ];
    return [
        ...lines.map(({ chain, what, why }) => `${what.padEnd(9)}${chainText(chain)}${why}`),
        pruneText(result),
    ].join('\n');
}
/** `2026-11-01/00 to 2026-11-01/23, 24 backups, 1.2 GiB`. */
function chainText({ id, lastId, backups, sizeBytes }) {
    const until = lastId === id ? '' : ` to ${lastId}`;
    return `${id}${until}, ${backups === 1 ? '1 backup' : `${backups} backups`}, ${(0,_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatBytes */ .z3)(sizeBytes)}`;
}
/** All of it in one sentence. */
function pruneText(result) {
    const { kept, removed, orphans, isDryRun } = result;
    const chains = (count) => (count === 1 ? '1 chain' : `${count} chains`);
    const objects = orphans.count === 1 ? '1 object' : `${orphans.count} objects`;
    const what = [
        ...(removed.length > 0 ? [chains(removed.length)] : []),
        ...(orphans.count > 0 ? [`${objects} without a manifest`] : []),
    ];
    const stay = `${chains(kept.length)} ${kept.length === 1 ? 'stays' : 'stay'}`;
    if (what.length === 0)
        return `Nothing is to be removed; ${stay}.`;
    const went = isDryRun ? 'would go' : 'went';
    return `${what.join(' and ')} ${went}, ${(0,_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatBytes */ .z3)((0,_operations_prune_result_js__WEBPACK_IMPORTED_MODULE_1__/* .removedBytes */ .U)(result))}; ${stay}.`;
}


/***/ }),

/***/ 2768:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ restorePointPage),
/* harmony export */   V: () => (/* binding */ restorePointTable)
/* harmony export */ });
/* harmony import */ var markdown_table__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3116);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5845);
/* harmony import */ var _markdown_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75);



/** The restore points for a terminal. */
function restorePointTable(points) {
    return tableOf(rowsOf(points));
}
/** The same for a page. */
function restorePointPage(points) {
    return tableOf(rowsOf(points).map((row) => row.map(_markdown_js__WEBPACK_IMPORTED_MODULE_0__/* .escapeText */ .X1)));
}
function rowsOf(points) {
    return points.map((point) => [
        point.id,
        point.type ?? '?',
        point.startedAt?.slice(0, 19).replace('T', ' ') ?? '?',
        point.sizeBytes === undefined ? '?' : (0,_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatBytes */ .z3)(point.sizeBytes),
        point.links === undefined ? '–' : String(point.links),
        point.downloadBytes === undefined ? '–' : (0,_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatBytes */ .z3)(point.downloadBytes),
        point.restorable ? 'yes' : `no: ${point.problem ?? ''}`.replace(/\s+/g, ' '),
    ]);
}
function tableOf(rows) {
    const heading = ['Backup', 'Type', 'Started (UTC)', 'Size', 'Links', 'To download', 'Can be restored'];
    return (0,markdown_table__WEBPACK_IMPORTED_MODULE_2__/* .markdownTable */ .Q)([heading, ...rows], { align: ['', '', '', 'r', 'r', 'r', ''] });
}


/***/ }),

/***/ 4912:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ abortOnSignals),
/* harmony export */   W: () => (/* binding */ endIfCancelled)
/* harmony export */ });
/**
 * A signal that is aborted when the process is told to stop. The process does not end by itself then: the
 * operation ends its children, aborts its upload and removes its files first. (A runner that cancels sends
 * SIGINT, SIGTERM after 7.5 s, and kills after 2.5 s more.)
 */
function abortOnSignals() {
    const controller = new AbortController();
    const abort = () => controller.abort();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
        process.on(signal, abort);
    // Whoever read our output may go before us (a dropped ssh): that must not end us in the middle.
    for (const stream of [process.stdout, process.stderr])
        stream.on('error', () => undefined);
    return controller.signal;
}
/**
 * For when all is done: what still keeps a cancelled process alive (a socket, a timer of a library) does not keep it
 * until the runner kills it.
 */
function endIfCancelled(signal) {
    if (signal.aborted)
        setTimeout(() => process.exit(), 2000).unref();
}


/***/ })

};
