export const id = 715;
export const ids = [715];
export const modules = {

/***/ 7577:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ githubLog)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3838);
/* harmony import */ var _pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1877);


/** The log of a workflow run. With `verbose`, debug lines are shown to everybody. */
function githubLog(verbose) {
    return {
        debug: (message) => (verbose ? print(message) : _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .debug */ .Yz((0,_pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .printable */ .g$)(message))),
        info: print,
        warning: (message) => _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .warning */ .$e((0,_pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .printable */ .g$)(message), { title: 'xbackup' }),
        group: (title, work) => _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .group */ .Os((0,_pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .printable */ .g$)(title), work),
    };
}
/** A message may quote foreign text over several lines, and a line that starts with `::` is a command. */
function print(message) {
    for (const line of message.split('\n'))
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .info */ .pq((0,_pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .harmless */ .Is)(line).replace(/^(\s*):/, '$1\u200b:'));
}


/***/ }),

/***/ 7715:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ saveLeftovers),
/* harmony export */   runPost: () => (/* binding */ runPost)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3838);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7406);
/* harmony import */ var _inputs_parse_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2606);
/* harmony import */ var _operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4400);
/* harmony import */ var _wiring_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4552);
/* harmony import */ var _github_log_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7577);
/* harmony import */ var _report_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(7);
/* harmony import */ var _temporary_dir_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(4728);








const stateName = 'leftovers';
/** A store that does not answer must not hold up the end of the job. */
const longestSeconds = 60;
/** Notes for the post step what to clean up should this process be killed. */
function saveLeftovers(leftovers) {
    _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .saveState */ .LZ(stateName, leftovers ?? '');
}
/** The step after the job's steps, also after a cancel: removes what a killed run left behind. */
async function runPost() {
    const log = (0,_github_log_js__WEBPACK_IMPORTED_MODULE_5__/* .githubLog */ .Q)(false);
    const state = _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .getState */ .Gu(stateName);
    if (state === '')
        return;
    try {
        const leftovers = _operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__/* .leftoversSchema */ .C8.parse(JSON.parse(state));
        const signal = AbortSignal.timeout(longestSeconds * 1000);
        const open = async () => (0,_wiring_js__WEBPACK_IMPORTED_MODULE_4__/* .openRepository */ .h_)((0,_inputs_parse_js__WEBPACK_IMPORTED_MODULE_2__/* .parseInputs */ .T)('backup', readInput), { log, signal });
        await (0,_operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__/* .cleanUp */ .nY)(leftovers, open, log);
        if (leftovers.restore !== undefined)
            await rollBack(leftovers.restore, log);
    }
    catch (error) {
        log.warning(`Not everything could be cleaned up: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(error)}`);
    }
}
const readInput = (name) => _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .getInput */ .V4(name);
/** The server may be down, and its data aside: that cannot wait for anybody. */
async function rollBack(progress, log) {
    const note = new _operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__/* .LeftoversNote */ .je(() => undefined);
    const { signal } = new AbortController();
    const edge = { log, note, signal, temporaryDir: (0,_temporary_dir_js__WEBPACK_IMPORTED_MODULE_7__/* .temporaryDir */ .F)(), run: undefined };
    try {
        const done = await (0,_wiring_js__WEBPACK_IMPORTED_MODULE_4__/* .runRollBack */ .oC)((0,_inputs_parse_js__WEBPACK_IMPORTED_MODULE_2__/* .parseInputs */ .T)('apply', readInput), progress, edge);
        const error = new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('RESTORE_ROLLED_BACK', `The restore was killed before it was done. ${done}`, 'Run apply again when you are ready.');
        await (0,_report_js__WEBPACK_IMPORTED_MODULE_6__/* .reportFailure */ .xV)('restore', error, log);
    }
    catch (failure) {
        const { path } = progress.datadir;
        const places = progress.outside.map((place) => `, and of ${place.path} in its folder .before-restore-${progress.label}`);
        const error = new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('ROLLBACK_FAILED', `The restore was killed, and putting everything back failed: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(failure)}`, `The old data is in ${path}, or beside it in ${path}.before-restore-${progress.label}` +
            `${places.join('')}. Put it back by hand.`, { cause: failure });
        await (0,_report_js__WEBPACK_IMPORTED_MODULE_6__/* .reportFailure */ .xV)('restore', error, log);
    }
}


/***/ }),

/***/ 7:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Sy: () => (/* binding */ writeSummary),
/* harmony export */   pC: () => (/* binding */ annotateFailure),
/* harmony export */   xV: () => (/* binding */ reportFailure)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3838);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7406);
/* harmony import */ var _operations_apply_result_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9020);
/* harmony import */ var _pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1877);
/* harmony import */ var _report_apply_summary_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1785);
/* harmony import */ var _report_failure_summary_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1963);






/** The one place that reports to GitHub how an action ended. */
/** An annotation, the end of what a program said, the summary and the exit status. `action`: it is not known which. */
async function reportFailure(name, error, log) {
    const command = (0,_report_failure_summary_js__WEBPACK_IMPORTED_MODULE_5__/* .commandErrorOf */ .tA)(error);
    if (command !== undefined && command.failure.stderrTail !== '') {
        const { program, stderrTail } = command.failure;
        await log.group(`The end of what ${program} said`, () => Promise.resolve(log.info(stderrTail)));
    }
    annotateFailure(name, error);
    if (error instanceof _operations_apply_result_js__WEBPACK_IMPORTED_MODULE_2__/* .ApplyFailure */ .N)
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH('rolled-back', String(error.details.rolledBack));
    await writeSummary(name === 'apply' ? (0,_report_apply_summary_js__WEBPACK_IMPORTED_MODULE_4__/* .applyFailureSummary */ .X)(error) : (0,_report_failure_summary_js__WEBPACK_IMPORTED_MODULE_5__/* .failureSummary */ .jg)(titleOf(name), error), log);
}
/** The exit status, and an annotation that says why. */
function annotateFailure(name, error) {
    process.exitCode = 1;
    if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo) {
        const where = `Code ${error.code}: ${(0,_report_failure_summary_js__WEBPACK_IMPORTED_MODULE_5__/* .explanationOf */ .pg)(error.code)}`;
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .error */ .z3((0,_pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g$)(`${error.message}\n${error.hint}\n${where}`), { title: `xbackup ${name} failed` });
    }
    else {
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .error */ .z3((0,_pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g$)(error instanceof Error ? (error.stack ?? error.message) : String(error)), {
            title: `xbackup ${name} failed unexpectedly`,
        });
    }
}
function titleOf(name) {
    return name.charAt(0).toUpperCase() + name.slice(1);
}
/** Of what is longer GitHub shows nothing at all. */
const longestSummaryBytes = 1024 * 1024 - 1024;
function asGitHubTakesIt(markdown) {
    const bytes = Buffer.from(markdown);
    if (bytes.length <= longestSummaryBytes)
        return markdown;
    return `${bytes.subarray(0, longestSummaryBytes).toString()}\n\n…\n`;
}
/** A summary that cannot be written changes nothing about the backup. */
async function writeSummary(markdown, log) {
    if ((process.env['GITHUB_STEP_SUMMARY'] ?? '') === '')
        return;
    try {
        await _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .summary */ .z.addRaw(asGitHubTakesIt(markdown), true).write();
    }
    catch (error) {
        log.warning(`The job summary could not be written: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(error)}`);
    }
}


/***/ }),

/***/ 4728:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ temporaryDir)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8161);

/** Where private directories may be made: the runner empties its own after each job. */
function temporaryDir() {
    return process.env['RUNNER_TEMP'] || (0,node_os__WEBPACK_IMPORTED_MODULE_0__.tmpdir)();
}


/***/ }),

/***/ 1785:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ applySummary),
/* harmony export */   X: () => (/* binding */ applyFailureSummary)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7406);
/* harmony import */ var _operations_apply_result_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9020);
/* harmony import */ var _failure_summary_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1963);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5845);
/* harmony import */ var _markdown_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75);
/* harmony import */ var _replica_section_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4603);






/** What the job summary says of a restore that succeeded. */
function applySummary(result) {
    const { prepared } = result;
    return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .page */ .MY)([
        `## ✅ ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .escapeText */ .X1)(prepared.server)} restored to ${prepared.backupId}`,
        (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .facts */ .Ix)([
            ['Backup', `${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(prepared.backupId)} (${prepared.links.length} links)`],
            ['Datadir', (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(result.datadir)],
            ['Method', result.method],
            ['Data', `${(0,_format_js__WEBPACK_IMPORTED_MODULE_4__/* .formatBytes */ .z3)(prepared.inventory.bytes)} in ${prepared.inventory.files} files`],
            [
                'Server',
                result.serverVersion === undefined ? 'runs, but refuses the account' : (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(result.serverVersion),
            ],
            ['LSN', (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(prepared.toLsn)],
            ['Binary log', binlogText(prepared)],
            ['GTID', prepared.gtid === undefined ? undefined : (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(prepared.gtid)],
            ['server\\_uuid', uuidText(result.serverUuid)],
            ['Took', (0,_format_js__WEBPACK_IMPORTED_MODULE_4__/* .formatDuration */ .a3)(result.durationSeconds)],
        ]),
        stepTable(result.steps),
        oldDataText(result.oldData),
        list([...carriedOverTexts(result.carriedOver), ...uuidTexts(result.serverUuid), ...result.notes]),
        (0,_replica_section_js__WEBPACK_IMPORTED_MODULE_5__/* .replicaSection */ .U)(prepared, result.serverVersion),
    ]);
}
function oldDataText({ datadir, outside }) {
    const folders = [...(datadir === undefined ? [] : [datadir]), ...outside].map(_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY);
    if (folders.length === 0)
        return 'There was no old data in the datadir.';
    const last = folders.pop() ?? '';
    const all = folders.length === 0 ? last : `${folders.join(', ')} and ${last}`;
    return `> [!NOTE]\n> The old data is kept in ${all}. Remove it when you no longer need it.`;
}
function uuidText({ before, now }) {
    if (now === undefined)
        return undefined;
    return before === undefined || before === now ? (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(now) : `${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(before)} → ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(now)}`;
}
function uuidTexts({ before, now }) {
    if (before === undefined || now === undefined || before === now)
        return [];
    return [
        'With other data it is another server, so it has a new `server_uuid`. ' +
            'Replicas that followed it have transactions that it lost: set them up anew.',
    ];
}
function carriedOverTexts({ copied, missing }) {
    const texts = [];
    if (copied.length > 0) {
        texts.push(`Taken over from the old datadir: ${copied.map((name) => `\`${name}\``).join(', ')}.`);
    }
    if (missing.includes('mysqld-auto.cnf')) {
        texts.push('There was no `mysqld-auto.cnf` to take over. ' +
            'If the server of the backup had settings made by `SET PERSIST`, make them again.');
    }
    if (missing.includes('server-key.pem')) {
        texts.push('There were no TLS keys to take over. Where the server is not told of others, MySQL has made new ones, ' +
            'signed by themselves: clients that check them need the new `ca.pem`.');
    }
    return texts;
}
/** Our own sentences, with paths of others in them. */
function list(items) {
    return items.map((item) => `- ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .sentence */ .em)(item)}`).join('\n');
}
/** What the job summary says of a restore that failed. */
function applyFailureSummary(error) {
    const summary = (0,_failure_summary_js__WEBPACK_IMPORTED_MODULE_2__/* .failureSummary */ .jg)('Restore', error);
    if (!(error instanceof _operations_apply_result_js__WEBPACK_IMPORTED_MODULE_1__/* .ApplyFailure */ .N)) {
        const isSaid = error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo && /Nothing was (changed|touched)/.test(error.hint);
        return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .page */ .MY)([summary.trimEnd(), isSaid ? undefined : 'Nothing was changed on this host.']);
    }
    const { rolledBack, steps } = error.details;
    const caution = '> [!CAUTION]\n> The server is **not** as it was. Read the message above before you do anything.';
    return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .page */ .MY)([summary.trimEnd(), rolledBack ? undefined : caution, stepTable(steps)]);
}
function stepTable(steps) {
    const mark = { done: '✅', failed: '❌' };
    const rows = steps.map((step) => [
        mark[step.outcome],
        (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .escapeText */ .X1)(step.name),
        (0,_format_js__WEBPACK_IMPORTED_MODULE_4__/* .formatDuration */ .a3)(step.durationSeconds),
    ]);
    return (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .table */ .tp)([['', 'Step', 'Took'], ...rows], ['', '', 'r']);
}
function binlogText(prepared) {
    const { binlogFile, binlogPosition } = prepared;
    return binlogFile === undefined ? undefined : (0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(`${binlogFile}:${binlogPosition ?? ''}`);
}


/***/ }),

/***/ 4603:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  U: () => (/* binding */ replicaSection)
});

// EXTERNAL MODULE: ./build/src/report/markdown.js
var markdown = __webpack_require__(75);
// EXTERNAL MODULE: ./build/src/tools/versions.js
var versions = __webpack_require__(9344);
;// CONCATENATED MODULE: ./build/src/report/replica-statements.js

/**
 * The statements that make the restored server a replica of the one that the backup is of, in the words of its
 * version. Undefined when that server wrote no binary log. What a person has to fill in is written `<so>`.
 */
function replicaStatements({ flavor, version }, coordinates) {
    const { binlogFile, gtid } = coordinates;
    if (gtid === undefined && binlogFile === undefined)
        return undefined;
    const lines = flavor === 'mariadb' ? mariadbLines(version, coordinates) : mysqlLines(version, coordinates);
    return lines.join('\n');
}
function mariadbLines(version, { binlogFile, binlogPosition, gtid }) {
    const where = gtid === undefined
        ? [...fileAndPosition('MASTER', binlogFile, binlogPosition), 'MASTER_USE_GTID = no']
        : ['MASTER_USE_GTID = slave_pos'];
    // The word came with 10.5.1 (MDEV-18777).
    const replica = (0,versions/* isAtLeast */.du)(version, '10.5.1') ? 'REPLICA' : 'SLAVE';
    return [
        `STOP ${replica};`,
        ...(gtid === undefined ? [] : [`SET GLOBAL gtid_slave_pos = ${quote(gtid)};`]),
        statement('CHANGE MASTER TO', [...account('MASTER'), ...where]),
        `START ${replica};`,
    ];
}
function mysqlLines(version, { binlogFile, binlogPosition, gtid }) {
    // CHANGE REPLICATION SOURCE TO came with 8.0.23, START REPLICA with 8.0.22; 8.4 took the old words away.
    const word = (0,versions/* isAtLeast */.du)(version, '8.0.23') ? 'SOURCE' : 'MASTER';
    const replica = (0,versions/* isAtLeast */.du)(version, '8.0.22') ? 'REPLICA' : 'SLAVE';
    // Since 8.2; RESET MASTER went with 8.4.
    const reset = (0,versions/* isAtLeast */.du)(version, '8.2') ? 'RESET BINARY LOGS AND GTIDS' : 'RESET MASTER';
    const where = gtid === undefined ? fileAndPosition(word, binlogFile, binlogPosition) : [`${word}_AUTO_POSITION = 1`];
    return [
        `STOP ${replica};`,
        // What it executed by itself since it was started, if only to make accounts, is forgotten first.
        ...(gtid === undefined ? [] : [`${reset};`, `SET GLOBAL gtid_purged = ${quote(gtid)};`]),
        statement(word === 'SOURCE' ? 'CHANGE REPLICATION SOURCE TO' : 'CHANGE MASTER TO', [
            ...account(word),
            ...where,
        ]),
        `START ${replica};`,
    ];
}
function account(word) {
    return [
        `${word}_HOST = '<address>'`,
        `${word}_USER = '<replication user>'`,
        `${word}_PASSWORD = '<its password>'`,
    ];
}
function fileAndPosition(word, file = '', position = '4') {
    return [
        `${word}_LOG_FILE = ${quote(file)}`,
        `${word}_LOG_POS = ${/^\d+$/.test(position) ? position : quote(position)}`,
    ];
}
function statement(verb, clauses) {
    return `${verb}\n  ${clauses.join(',\n  ')};`;
}
/** Whether backslashes mean something depends on the server's sql_mode; a quote is doubled in any. */
function quote(text) {
    return `'${text.replace(/['\\]/g, '$&$&')}'`;
}

;// CONCATENATED MODULE: ./build/src/report/replica-section.js


/** GitHub drops a summary over 1 MiB. */
const longestStatements = 200_000;
/** Folded: how the data becomes a replica. Undefined when its server wrote no binary log. */
function replicaSection(prepared, serverVersion = prepared.mysql.version) {
    const { flavor } = prepared.mysql;
    const statements = replicaStatements({ flavor, version: serverVersion }, prepared);
    if (statements === undefined)
        return undefined;
    const isShort = statements.length <= longestStatements;
    const body = [
        `For a server that runs on this data and is to follow the one that was backed up. That one must still have its binary logs from there on.`,
        isShort
            ? (0,markdown/* codeBlock */.DV)(statements, 'sql')
            : 'The set of GTIDs is too long to be shown here: it is in the output `gtid`.',
    ];
    return (0,markdown/* details */.zH)('To make it a replica', (0,markdown/* page */.MY)(body).trimEnd());
}


/***/ })

};
