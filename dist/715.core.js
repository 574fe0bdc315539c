export const id = 715;
export const ids = [715];
export const modules = {

/***/ 7577:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ githubLog)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7264);
/* harmony import */ var _pipeline_output_lines_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1877);


/** The log of a workflow run. With `verbose`, debug lines are shown to everybody. */
function githubLog(verbose) {
    return {
        debug: (message) => (verbose ? print(message) : _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .debug */ .Yz(message)),
        info: print,
        warning: (message) => _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .warning */ .$e(message, { title: 'xbackup' }),
        group: (title, work) => _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .group */ .Os(title, work),
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
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7264);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7406);
/* harmony import */ var _inputs_parse_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2606);
/* harmony import */ var _operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4400);
/* harmony import */ var _wiring_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6941);
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
        await (0,_report_js__WEBPACK_IMPORTED_MODULE_6__/* .reportFailure */ .x)('restore', error, log);
    }
    catch (failure) {
        const { path } = progress.datadir;
        const error = new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('ROLLBACK_FAILED', `The restore was killed, and putting everything back failed: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(failure)}`, `The old data is in ${path}, or beside it in ${path}.before-restore-${progress.label}. Put it back by hand.`, { cause: failure });
        await (0,_report_js__WEBPACK_IMPORTED_MODULE_6__/* .reportFailure */ .x)('restore', error, log);
    }
}


/***/ }),

/***/ 7:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ writeSummary),
/* harmony export */   x: () => (/* binding */ reportFailure)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7264);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7406);
/* harmony import */ var _operations_apply_result_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9020);
/* harmony import */ var _report_apply_summary_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1785);
/* harmony import */ var _report_failure_summary_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1963);





/** The one place that reports to GitHub how an action ended. */
/** An annotation, the end of what a program said, the summary and the exit status. `action`: it is not known which. */
async function reportFailure(name, error, log) {
    process.exitCode = 1;
    const command = (0,_report_failure_summary_js__WEBPACK_IMPORTED_MODULE_4__/* .commandErrorOf */ .tA)(error);
    if (command !== undefined && command.failure.stderrTail !== '') {
        const { program, stderrTail } = command.failure;
        await log.group(`The end of what ${program} said`, () => Promise.resolve(log.info(stderrTail)));
    }
    if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo) {
        const where = `Code ${error.code}: ${(0,_report_failure_summary_js__WEBPACK_IMPORTED_MODULE_4__/* .explanationOf */ .pg)(error.code)}`;
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .error */ .z3(`${error.message}\n${error.hint}\n${where}`, { title: `xbackup ${name} failed` });
    }
    else {
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .error */ .z3(error instanceof Error ? (error.stack ?? error.message) : String(error), {
            title: `xbackup ${name} failed unexpectedly`,
        });
    }
    if (error instanceof _operations_apply_result_js__WEBPACK_IMPORTED_MODULE_2__/* .ApplyFailure */ .N)
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH('rolled-back', String(error.details.rolledBack));
    await writeSummary(name === 'apply' ? (0,_report_apply_summary_js__WEBPACK_IMPORTED_MODULE_3__/* .applyFailureSummary */ .X)(error) : (0,_report_failure_summary_js__WEBPACK_IMPORTED_MODULE_4__/* .failureSummary */ .jg)(titleOf(name), error), log);
}
function titleOf(name) {
    return name.charAt(0).toUpperCase() + name.slice(1);
}
/** A summary that cannot be written changes nothing about the backup. */
async function writeSummary(markdown, log) {
    if ((process.env['GITHUB_STEP_SUMMARY'] ?? '') === '')
        return;
    try {
        await _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .summary */ .z.addRaw(markdown, true).write();
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
            ['Took', (0,_format_js__WEBPACK_IMPORTED_MODULE_4__/* .formatDuration */ .a3)(result.durationSeconds)],
        ]),
        stepTable(result.steps),
        result.oldDatadir === undefined
            ? 'There was no old data in the datadir.'
            : `> [!NOTE]\n> The old data is kept in ${(0,_markdown_js__WEBPACK_IMPORTED_MODULE_3__/* .code */ .aY)(result.oldDatadir)}. Remove it when you no longer need it.`,
    ]);
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


/***/ })

};
