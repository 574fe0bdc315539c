export const id = 881;
export const ids = [881,715,676];
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

/***/ 881:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   runRootAction: () => (/* binding */ runRootAction)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3838);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7406);
/* harmony import */ var _inputs_definition_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5982);
/* harmony import */ var _github_log_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7577);
/* harmony import */ var _report_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7);
/* harmony import */ var _run_action_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9676);






/** The root action: its input `command` says which of the actions it is. */
async function runRootAction() {
    const command = _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .getInput */ .V4('command');
    const name = _inputs_definition_js__WEBPACK_IMPORTED_MODULE_2__/* .actionCommands */ .Pf.find((known) => known === command);
    if (name !== undefined)
        return (0,_run_action_js__WEBPACK_IMPORTED_MODULE_5__.runActionByName)(name);
    const fact = `command is "${command}". Accepted: ${_inputs_definition_js__WEBPACK_IMPORTED_MODULE_2__/* .actionCommands */ .Pf.slice(0, -1).join(', ')} or ${_inputs_definition_js__WEBPACK_IMPORTED_MODULE_2__/* .actionCommands */ .Pf.at(-1) ?? ''}.`;
    const error = new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo('INPUT_INVALID', fact, 'Nothing was touched. Correct the input command.');
    await (0,_report_js__WEBPACK_IMPORTED_MODULE_4__/* .reportFailure */ .xV)('action', error, (0,_github_log_js__WEBPACK_IMPORTED_MODULE_3__/* .githubLog */ .Q)(false));
}


/***/ }),

/***/ 9676:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runActionByName: () => (/* binding */ runActionByName)
});

// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 7 modules
var core = __webpack_require__(3838);
// EXTERNAL MODULE: ./build/src/inputs/parse.js + 2 modules
var parse = __webpack_require__(2606);
// EXTERNAL MODULE: ./build/src/operations/leftovers.js + 1 modules
var leftovers = __webpack_require__(4400);
// EXTERNAL MODULE: ./build/src/report/apply-summary.js
var apply_summary = __webpack_require__(1785);
// EXTERNAL MODULE: ./build/src/operations/check-result.js
var check_result = __webpack_require__(8768);
// EXTERNAL MODULE: ./build/src/chain/manifest.js
var chain_manifest = __webpack_require__(4918);
// EXTERNAL MODULE: ./build/src/report/format.js
var format = __webpack_require__(5845);
// EXTERNAL MODULE: ./build/src/report/gap.js
var report_gap = __webpack_require__(4556);
// EXTERNAL MODULE: ./build/src/report/markdown.js
var markdown = __webpack_require__(75);
;// CONCATENATED MODULE: ./build/src/report/backup-summary.js




/** What the job summary says of a good backup. */
function backupSummary(result) {
    const { manifest, reason, chain, manifestKey, gap, failures, mayNotRead } = result;
    const sizeBytes = (0,chain_manifest/* sizeOf */.$d)(manifest.objects);
    const { mysql, lsn, tool } = manifest;
    return (0,markdown/* page */.MY)([
        `## ✅ Backup ${manifest.id} of ${(0,markdown/* escapeText */.X1)(manifest.server)}`,
        (0,markdown/* facts */.Ix)([
            ['Type', `${manifest.type}: ${(0,markdown/* escapeText */.X1)(reason)}`],
            ['Stored', `${(0,format/* formatBytes */.z3)(sizeBytes)} (${(0,format/* formatBytes */.z3)(manifest.streamBytes)} before compression)`],
            [
                'Took',
                `${(0,format/* formatDuration */.a3)(manifest.durationSeconds)}, ${(0,format/* formatRate */.CE)(manifest.streamBytes, manifest.durationSeconds)}`,
            ],
            ['Tries', triesText(failures)],
            ['⚠️ Gap before', gap && (0,report_gap/* gapText */.M)(gap)],
            ['LSN', (0,markdown/* code */.aY)(`${lsn.from} → ${lsn.to}`)],
            [
                'Binary log',
                mysql.binlogFile === undefined
                    ? undefined
                    : (0,markdown/* code */.aY)(`${mysql.binlogFile}:${mysql.binlogPosition ?? ''}`),
            ],
            ['GTID', mysql.gtid === undefined ? undefined : (0,markdown/* code */.aY)(mysql.gtid)],
            ['Server', (0,markdown/* code */.aY)(`${mysql.flavor} ${mysql.version}`)],
            ['Tool', (0,markdown/* code */.aY)(`${tool.name} ${tool.version}`)],
            ['Encryption', encryptionText(manifest.encryption)],
            ['Manifest', (0,markdown/* code */.aY)(manifestKey)],
            ['Bucket', mayNotRead && 'write-only: these credentials may not read it'],
        ]),
        mayNotRead === true ? undefined : chainSection(chain),
    ]);
}
function triesText(failures) {
    if (failures.length === 0)
        return undefined;
    return `${failures.length + 1}; before, ${failures.map(({ message }) => (0,markdown/* escapeText */.X1)(message)).join(' ')}`;
}
function encryptionText(encryption) {
    switch (encryption.method) {
        case 'none':
            return 'none';
        case 'age':
            return `age, for ${encryption.recipients.length === 1 ? '1 recipient' : `${encryption.recipients.length} recipients`}`;
        case 'gpg':
            return `gpg, ${encryption.cipher}`;
    }
}
/** The links of a chain with what each took, and a chart of their sizes when there are several. */
function chainSection(chain) {
    const rows = chain.map((link) => [
        (0,markdown/* code */.aY)(link.id),
        link.type,
        (0,format/* formatBytes */.z3)((0,chain_manifest/* sizeOf */.$d)(link.objects)),
        (0,format/* formatDuration */.a3)(link.durationSeconds),
        (0,markdown/* code */.aY)(link.lsn.to),
    ]);
    const total = chain.reduce((sum, link) => sum + (0,chain_manifest/* sizeOf */.$d)(link.objects), 0);
    const title = `The chain: ${chain.length} ${chain.length === 1 ? 'link' : 'links'}, ${(0,format/* formatBytes */.z3)(total)}`;
    const links = (0,markdown/* table */.tp)([['Backup', 'Type', 'Stored', 'Took', 'To LSN'], ...rows], ['', '', 'r', 'r', 'r']);
    return (0,markdown/* page */.MY)([sizeChart(chain.slice(1)), (0,markdown/* details */.zH)(title, links)]).trimEnd();
}
/** The change from backup to backup, which says how often to back up. */
function sizeChart(incrementals) {
    if (incrementals.length < 2)
        return undefined;
    const shown = incrementals.slice(-24);
    const mebibytes = shown.map((link) => (0,chain_manifest/* sizeOf */.$d)(link.objects) / 1024 / 1024);
    // From 0 on: Mermaid's own choice would make small differences look large.
    const top = Math.max(0.01, ...mebibytes).toFixed(2);
    const hours = shown.map(({ id }) => `"${id.slice(id.indexOf('/') + 1)}"`);
    return [
        '```mermaid',
        'xychart-beta',
        '  title "Stored by each incremental (MiB)"',
        `  x-axis [${hours.join(', ')}]`,
        `  y-axis "MiB" 0 --> ${top}`,
        `  bar [${mebibytes.map((size) => size.toFixed(2)).join(', ')}]`,
        '```',
    ].join('\n');
}

// EXTERNAL MODULE: ./build/src/report/check-table.js
var check_table = __webpack_require__(277);
// EXTERNAL MODULE: ./build/src/report/failure-summary.js
var failure_summary = __webpack_require__(1963);
;// CONCATENATED MODULE: ./build/src/report/check-summary.js



/** What the job summary says of a check: what mends each red, ready to be copied, and one table of everything. */
function checkSummary(result) {
    const { server, groups, counts } = result;
    const findings = groups.flatMap((group) => group.findings);
    const warnings = findings.filter(({ verdict, mend }) => verdict === 'warning' && mend !== undefined);
    return (0,markdown/* page */.MY)([
        counts.bad > 0
            ? `## ❌ Check of ${(0,markdown/* escapeText */.X1)(server)}: ${counts.bad} red`
            : `## ✅ Check of ${(0,markdown/* escapeText */.X1)(server)}: nothing is red`,
        `${(0,check_table/* countsText */.W)(result)}.`,
        counts.bad === 0 ? undefined : '### What to do',
        ...mendings(findings.filter(({ verdict }) => verdict === 'bad')),
        counts.bad === 0 ? undefined : '### What was found',
        findingTable(result),
        warnings.length === 0
            ? undefined
            : (0,markdown/* details */.zH)(`What to do about ${warnings.length === 1 ? 'the warning' : 'the warnings'}`, (0,markdown/* page */.MY)(mendings(warnings)).trimEnd()),
    ]);
}
const marks = { good: '✅', warning: '⚠️', bad: '❌', unknown: '❔' };
function findingTable({ groups }) {
    const rows = groups.flatMap(({ title, findings }) => [
        ['', `**${onOneLine(title)}**`, ''],
        ...findings.map(({ verdict, subject, fact }) => [marks[verdict], onOneLine(subject), (0,markdown/* escapeText */.X1)(fact)]),
    ]);
    return (0,markdown/* table */.tp)([['', 'What', 'Found'], ...rows]);
}
/** The column of long facts would break it into its words. */
function onOneLine(subject) {
    return subject.length > 32 ? (0,markdown/* escapeText */.X1)(subject) : (0,markdown/* escapeText */.X1)(subject).replaceAll(' ', '\u00a0');
}
/** What was found, and what mends it in a block, which has GitHub's button to copy. Statements are put together. */
function mendings(findings) {
    const blocks = [];
    for (const finding of findings) {
        const last = blocks.at(-1);
        if (last !== undefined && isStatement(finding) && last.every(isStatement))
            last.push(finding);
        else
            blocks.push([finding]);
    }
    return blocks.map((block) => (0,markdown/* page */.MY)([block.map(factText).join('  \n'), mendText(block.flatMap(({ mend }) => mend ?? []))]).trimEnd());
}
function factText({ verdict, subject, fact, code }) {
    const link = code === undefined ? '' : ` ([${code}](${(0,failure_summary/* explanationOf */.pg)(code)}))`;
    return `${marks[verdict]} **${(0,markdown/* escapeText */.X1)(subject)}**: ${(0,markdown/* escapeText */.X1)(fact)}${link}`;
}
function mendText(mends) {
    const text = mends.join('\n');
    if (isProse(text))
        return (0,markdown/* sentence */.em)(text);
    return (0,markdown/* codeBlock */.DV)(text, beginsStatement(text) ? 'sql' : 'text');
}
/** Statements begin in capitals, commands and settings in small letters, sentences with one capital. */
function isProse(mend) {
    return /^[A-Z][a-z]/.test(mend);
}
function isStatement({ mend }) {
    return mend !== undefined && beginsStatement(mend);
}
function beginsStatement(mend) {
    return /^[A-Z]{3,} /.test(mend);
}

// EXTERNAL MODULE: ./build/src/report/restore-points.js
var restore_points = __webpack_require__(2768);
;// CONCATENATED MODULE: ./build/src/report/list-summary.js




/** In a summary the last ones are enough: it may hold 1 MiB. */
const shownPoints = 200;
/** What the job summary says of what can be restored. */
function listSummary({ server, points, newest, failure }) {
    const shown = points.slice(-shownPoints);
    const title = shown.length < points.length
        ? `The last ${shown.length} of ${points.length} backups`
        : `All backups: ${points.length}`;
    return (0,markdown/* page */.MY)([
        `## ${failure === undefined ? '✅' : '❌'} Backups of ${(0,markdown/* escapeText */.X1)(server)}`,
        failure &&
            `${(0,markdown/* escapeText */.X1)(failure.message)} ${(0,markdown/* escapeText */.X1)(failure.hint)} ([${failure.code}](${(0,failure_summary/* explanationOf */.pg)(failure.code)}))`,
        newest &&
            `The newest that can be restored is ${(0,markdown/* code */.aY)(newest.id)}; it ended ${(0,format/* formatDuration */.a3)(newest.ageSeconds)} ago.`,
        points.length === 0 ? 'There is none.' : (0,markdown/* details */.zH)(title, (0,restore_points/* restorePointPage */.E)(shown)),
    ]);
}

// EXTERNAL MODULE: ./build/src/report/outputs.js
var outputs = __webpack_require__(3558);
// EXTERNAL MODULE: ./build/src/report/replica-section.js + 1 modules
var replica_section = __webpack_require__(4603);
;// CONCATENATED MODULE: ./build/src/report/prepare-summary.js





/** What the job summary says of data that is ready to be applied. */
function prepareSummary({ prepared, preparedDir, chain, durationSeconds }) {
    const { binlogFile, binlogPosition, gtid, inventory } = prepared;
    const last = chain.at(-1);
    const rows = chain.map((link) => [
        (0,markdown/* code */.aY)(link.id),
        link.type,
        (0,format/* formatBytes */.z3)((0,chain_manifest/* sizeOf */.$d)(link.objects)),
        (0,markdown/* code */.aY)(link.lsn.to),
    ]);
    return (0,markdown/* page */.MY)([
        `## ✅ ${(0,markdown/* escapeText */.X1)(prepared.server)} is prepared as of ${prepared.backupId}`,
        (0,markdown/* facts */.Ix)([
            ['Backup', `${(0,markdown/* code */.aY)(prepared.backupId)}, begun ${last === undefined ? '' : (0,format/* formatTime */.fU)(last.startedAt)}`],
            ['Directory', (0,markdown/* code */.aY)(preparedDir)],
            ['Data', `${(0,format/* formatBytes */.z3)(inventory.bytes)} in ${inventory.files} files`],
            ['LSN', (0,markdown/* code */.aY)(prepared.toLsn)],
            ['Binary log', binlogFile === undefined ? undefined : (0,markdown/* code */.aY)(`${binlogFile}:${binlogPosition ?? ''}`)],
            ['GTID', gtid === undefined ? undefined : (0,markdown/* code */.aY)(gtid)],
            ['Encryption', [...new Set(chain.map(({ encryption }) => encryptionText(encryption)))].join('; ')],
            ['Server then', (0,markdown/* code */.aY)(`${prepared.mysql.flavor} ${prepared.mysql.version}`)],
            ['Took', (0,format/* formatDuration */.a3)(durationSeconds)],
        ]),
        (0,markdown/* details */.zH)(`The chain: ${chain.length} ${chain.length === 1 ? 'link' : 'links'}, all verified`, (0,markdown/* table */.tp)([['Backup', 'Type', 'Downloaded', 'To LSN'], ...rows], ['', '', 'r', 'r'])),
        (0,replica_section/* replicaSection */.U)(prepared),
        `The database server was not touched. To put this data in place, run **apply** with ${(0,markdown/* code */.aY)(`prepared-dir: ${preparedDir}`)}.`,
    ]);
}

// EXTERNAL MODULE: ./build/src/report/prune-table.js
var prune_table = __webpack_require__(2357);
;// CONCATENATED MODULE: ./build/src/report/prune-summary.js



/** What the job summary says of a prune. */
function pruneSummary(result) {
    const { server, location, isDryRun, kept, removed, orphans, unreadable, isVersioned } = result;
    const isNothing = removed.length === 0 && orphans.count === 0;
    return (0,markdown/* page */.MY)([
        `## ${isDryRun ? '🔎' : '✅'} Prune of ${(0,markdown/* escapeText */.X1)(server)}${isDryRun ? ': a dry run' : ''}`,
        `${(0,markdown/* escapeText */.X1)((0,prune_table/* pruneText */.a)(result))} ${(0,markdown/* code */.aY)(location)}`,
        isDryRun && !isNothing
            ? (0,markdown/* sentence */.em)('Nothing was touched. With `dry-run: false` all of this goes, and does not come back.')
            : undefined,
        removed.length === 0
            ? undefined
            : (0,markdown/* page */.MY)([`### What ${isDryRun ? 'would go' : 'went'}`, chainTable(removed)]).trimEnd(),
        isVersioned
            ? 'This bucket keeps versions: what went is no longer listed, and still stored and paid for. A lifecycle rule for ' +
                'noncurrent versions removes it.'
            : undefined,
        unreadable.length === 0
            ? undefined
            : `⚠️ These stay, since their manifests cannot be read: ${unreadable.map(markdown/* code */.aY).join(', ')}.`,
        kept.length === 0 ? undefined : (0,markdown/* details */.zH)('What stays', chainTable(kept)),
    ]);
}
function chainTable(chains) {
    const hasReasons = chains.some(({ reason }) => reason !== undefined);
    const heading = ['Chain', 'Last backup', 'Backups', 'Stored', ...(hasReasons ? ['Why'] : [])];
    const rows = chains.map(({ id, lastId, backups, sizeBytes, reason }) => [
        (0,markdown/* code */.aY)(id),
        (0,markdown/* code */.aY)(lastId),
        String(backups),
        (0,format/* formatBytes */.z3)(sizeBytes),
        ...(hasReasons ? [(0,markdown/* escapeText */.X1)(reason ?? '')] : []),
    ]);
    return (0,markdown/* table */.tp)([heading, ...rows], ['', '', 'r', 'r', '']);
}

// EXTERNAL MODULE: ./build/src/signals.js
var signals = __webpack_require__(4912);
// EXTERNAL MODULE: ./build/src/wiring.js + 94 modules
var wiring = __webpack_require__(4552);
// EXTERNAL MODULE: ./build/src/actions/cache-memory.js + 1 modules
var cache_memory = __webpack_require__(1551);
// EXTERNAL MODULE: ./build/src/actions/github-log.js
var github_log = __webpack_require__(7577);
// EXTERNAL MODULE: ./build/src/actions/post.js
var post = __webpack_require__(7715);
// EXTERNAL MODULE: ./build/src/actions/report.js
var report = __webpack_require__(7);
// EXTERNAL MODULE: ./build/src/actions/temporary-dir.js
var temporary_dir = __webpack_require__(4728);
;// CONCATENATED MODULE: ./build/src/actions/run-action.js





















const actions = {
    async backup(edge) {
        const inputs = (0,parse/* parseInputs */.T)('backup', readInput);
        const memory = (0,cache_memory/* cacheMemory */.I)(inputs, edge.log, (processId) => edge.note.processStarts(processId));
        const result = await (0,wiring/* runBackup */.Q3)(inputs, { ...edge, memory });
        const { id, type } = result.manifest;
        return {
            outputs: (0,outputs/* backupOutputs */.zW)(result),
            summary: backupSummary(result),
            notice: `${id} is a good ${type} backup.`,
        };
    },
    async prepare(edge) {
        const result = await (0,wiring/* runPrepare */.vv)((0,parse/* parseInputs */.T)('prepare', readInput), edge);
        const notice = `${result.prepared.backupId} is prepared in ${result.preparedDir}.`;
        return { outputs: (0,outputs/* prepareOutputs */.aJ)(result), summary: prepareSummary(result), notice };
    },
    async apply(edge) {
        const result = await (0,wiring/* runApply */.Of)((0,parse/* parseInputs */.T)('apply', readInput), edge);
        const notice = `${result.prepared.server} is restored to ${result.prepared.backupId}, and the server runs.`;
        return { outputs: (0,outputs/* applyOutputs */.Xk)(result), summary: (0,apply_summary/* applySummary */.H)(result), notice };
    },
    async check(edge) {
        const result = await (0,wiring/* runCheck */.k_)((0,parse/* parseInputs */.T)('check', readInput), edge);
        return {
            outputs: (0,outputs/* checkOutputs */.n2)(result),
            summary: checkSummary(result),
            notice: (0,check_table/* checkTable */.D)(result),
            failure: (0,check_result/* redFindings */.yd)(result),
        };
    },
    async prune(edge) {
        const result = await (0,wiring/* runPrune */.uf)((0,parse/* parseInputs */.T)('prune', readInput), edge);
        return { outputs: (0,outputs/* pruneOutputs */.lb)(result), summary: pruneSummary(result), notice: (0,prune_table/* pruneTable */.t)(result) };
    },
    async list(edge) {
        const result = await (0,wiring/* runList */.kK)((0,parse/* parseInputs */.T)('list', readInput), edge);
        return {
            outputs: (0,outputs/* listOutputs */.PN)(result),
            summary: listSummary(result),
            notice: (0,restore_points/* restorePointTable */.V)(result.points),
            failure: result.failure,
        };
    },
};
/** Runs an action as the runner starts it. Sets the exit status; never throws. */
async function runActionByName(name) {
    (0,parse/* secretValues */.V)(name, readInput).forEach((secret) => core/* setSecret */.Pq(secret));
    const log = (0,github_log/* githubLog */.Q)(readInput('log-level') === 'debug');
    const note = new leftovers/* LeftoversNote */.je(post/* saveLeftovers */.g);
    const edge = { log, note, signal: (0,signals/* abortOnSignals */.P)(), temporaryDir: (0,temporary_dir/* temporaryDir */.F)(), run: runIdentity() };
    try {
        const { outputs, summary, notice, failure } = await actions[name](edge);
        for (const [output, value] of Object.entries(outputs))
            core/* setOutput */.uH(output, value);
        await (0,report/* writeSummary */.Sy)(summary, log);
        log.info(notice);
        if (failure !== undefined)
            (0,report/* annotateFailure */.pC)(name, failure);
    }
    catch (error) {
        await (0,report/* reportFailure */.xV)(name, error, log);
    }
    finally {
        (0,signals/* endIfCancelled */.W)(edge.signal);
    }
}
const readInput = (name) => core/* getInput */.V4(name);
function runIdentity() {
    const { GITHUB_REPOSITORY: repository, GITHUB_WORKFLOW: workflow = '', GITHUB_RUN_ID: runId, GITHUB_RUN_ATTEMPT: runAttempt = '1', GITHUB_ACTOR: actor = '', GITHUB_SERVER_URL: server = 'https://github.com', } = process.env;
    if (repository === undefined || runId === undefined)
        return undefined;
    const url = `${server}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
    return { repository, workflow, runId, runAttempt, actor, url };
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
