export const id = 477;
export const ids = [477,715];
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
/* harmony import */ var _inputs_parse_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3707);
/* harmony import */ var _operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1468);
/* harmony import */ var _wiring_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7473);
/* harmony import */ var _github_log_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7577);






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
        const inputs = () => (0,_inputs_parse_js__WEBPACK_IMPORTED_MODULE_2__/* .parseInputs */ .T)('backup', (name) => _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .getInput */ .V4(name));
        const signal = AbortSignal.timeout(longestSeconds * 1000);
        const open = async () => (0,_wiring_js__WEBPACK_IMPORTED_MODULE_4__/* .openRepository */ .h_)(inputs(), { log, signal });
        await (0,_operations_leftovers_js__WEBPACK_IMPORTED_MODULE_3__/* .cleanUp */ .nY)(leftovers, open, log);
    }
    catch (error) {
        log.warning(`Not everything could be cleaned up: ${(0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(error)}`);
    }
}


/***/ }),

/***/ 9477:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  x: () => (/* binding */ reportFailure),
  runActionByName: () => (/* binding */ runActionByName)
});

// UNUSED EXPORTS: temporaryDir

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 10 modules
var core = __webpack_require__(7264);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/inputs/parse.js + 1 modules
var parse = __webpack_require__(3707);
// EXTERNAL MODULE: ./build/src/operations/apply-result.js
var apply_result = __webpack_require__(9020);
// EXTERNAL MODULE: ./build/src/operations/leftovers.js
var leftovers = __webpack_require__(1468);
// EXTERNAL MODULE: ./build/src/report/failure-summary.js
var failure_summary = __webpack_require__(1963);
// EXTERNAL MODULE: ./build/src/report/format.js
var format = __webpack_require__(5845);
// EXTERNAL MODULE: ./build/src/report/markdown.js
var markdown = __webpack_require__(75);
;// CONCATENATED MODULE: ./build/src/report/apply-summary.js





/** What the job summary says of a restore that succeeded. */
function applySummary(result) {
    const { prepared } = result;
    return (0,markdown/* page */.MY)([
        `## ✅ ${(0,markdown/* escapeText */.X1)(prepared.server)} restored to ${prepared.backupId}`,
        (0,markdown/* facts */.Ix)([
            ['Backup', `${(0,markdown/* code */.aY)(prepared.backupId)} (${prepared.links.length} links)`],
            ['Datadir', (0,markdown/* code */.aY)(result.datadir)],
            ['Method', result.method],
            ['Data', `${(0,format/* formatBytes */.z3)(prepared.inventory.bytes)} in ${prepared.inventory.files} files`],
            [
                'Server',
                result.serverVersion === undefined ? 'runs, but refuses the account' : (0,markdown/* code */.aY)(result.serverVersion),
            ],
            ['LSN', (0,markdown/* code */.aY)(prepared.toLsn)],
            ['Binary log', binlogText(prepared)],
            ['GTID', prepared.gtid === undefined ? undefined : (0,markdown/* code */.aY)(prepared.gtid)],
            ['Took', (0,format/* formatDuration */.a3)(result.durationSeconds)],
        ]),
        stepTable(result.steps),
        result.oldDatadir === undefined
            ? 'There was no old data in the datadir.'
            : `> [!NOTE]\n> The old data is kept in ${(0,markdown/* code */.aY)(result.oldDatadir)}. Remove it when you no longer need it.`,
    ]);
}
/** What the job summary says of a restore that failed. */
function applyFailureSummary(error) {
    const summary = (0,failure_summary/* failureSummary */.jg)('Restore', error);
    if (!(error instanceof apply_result/* ApplyFailure */.N)) {
        const isSaid = error instanceof errors/* UserError */.yo && /Nothing was (changed|touched)/.test(error.hint);
        return (0,markdown/* page */.MY)([summary.trimEnd(), isSaid ? undefined : 'Nothing was changed on this host.']);
    }
    const { rolledBack, steps } = error.details;
    const caution = '> [!CAUTION]\n> The server is **not** as it was. Read the message above before you do anything.';
    return (0,markdown/* page */.MY)([summary.trimEnd(), rolledBack ? undefined : caution, stepTable(steps)]);
}
function stepTable(steps) {
    const mark = { done: '✅', failed: '❌' };
    const rows = steps.map((step) => [
        mark[step.outcome],
        (0,markdown/* escapeText */.X1)(step.name),
        (0,format/* formatDuration */.a3)(step.durationSeconds),
    ]);
    return (0,markdown/* table */.tp)([['', 'Step', 'Took'], ...rows], ['', '', 'r']);
}
function binlogText(prepared) {
    const { binlogFile, binlogPosition } = prepared;
    return binlogFile === undefined ? undefined : (0,markdown/* code */.aY)(`${binlogFile}:${binlogPosition ?? ''}`);
}

// EXTERNAL MODULE: ./build/src/chain/manifest.js
var chain_manifest = __webpack_require__(4918);
;// CONCATENATED MODULE: ./build/src/report/backup-summary.js



/** What the job summary says of a good backup. */
function backupSummary({ manifest, reason, chain, manifestKey }) {
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
        ]),
        chainSection(chain),
    ]);
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

// EXTERNAL MODULE: ./build/src/report/outputs.js
var outputs = __webpack_require__(3558);
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
            ['Server then', (0,markdown/* code */.aY)(`${prepared.mysql.flavor} ${prepared.mysql.version}`)],
            ['Took', (0,format/* formatDuration */.a3)(durationSeconds)],
        ]),
        (0,markdown/* details */.zH)(`The chain: ${chain.length} ${chain.length === 1 ? 'link' : 'links'}, all verified`, (0,markdown/* table */.tp)([['Backup', 'Type', 'Downloaded', 'To LSN'], ...rows], ['', '', 'r', 'r'])),
        `The database server was not touched. To put this data in place, run **apply** with ${(0,markdown/* code */.aY)(`prepared-dir: ${preparedDir}`)}.`,
    ]);
}

// EXTERNAL MODULE: ./build/src/signals.js
var signals = __webpack_require__(4912);
// EXTERNAL MODULE: ./build/src/wiring.js + 44 modules
var wiring = __webpack_require__(7473);
// EXTERNAL MODULE: ./build/src/actions/github-log.js
var github_log = __webpack_require__(7577);
// EXTERNAL MODULE: ./build/src/actions/post.js
var post = __webpack_require__(7715);
;// CONCATENATED MODULE: ./build/src/actions/run-action.js















const actions = {
    async backup(edge) {
        const result = await (0,wiring/* runBackup */.Q3)((0,parse/* parseInputs */.T)('backup', readInput), edge);
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
        return { outputs: (0,outputs/* applyOutputs */.Xk)(result), summary: applySummary(result), notice };
    },
};
/** Runs an action as the runner starts it. Sets the exit status; never throws. */
async function runActionByName(name) {
    (0,parse/* secretValues */.V)(name, readInput).forEach((secret) => core/* setSecret */.Pq(secret));
    const log = (0,github_log/* githubLog */.Q)(readInput('log-level') === 'debug');
    const note = new leftovers/* LeftoversNote */.je(post/* saveLeftovers */.g);
    const edge = { log, note, signal: (0,signals/* abortOnSignals */.P)(), temporaryDir: temporaryDir(), run: runIdentity() };
    try {
        const { outputs, summary, notice } = await actions[name](edge);
        for (const [output, value] of Object.entries(outputs))
            core/* setOutput */.uH(output, value);
        await writeSummary(summary, log);
        log.info(notice);
    }
    catch (error) {
        await reportFailure(name, error, log);
    }
}
const readInput = (name) => core/* getInput */.V4(name);
/** An annotation, the end of what a program said, the summary and the exit status. `action`: it is not known which. */
async function reportFailure(name, error, log) {
    process.exitCode = 1;
    const command = (0,failure_summary/* commandErrorOf */.tA)(error);
    if (command !== undefined && command.failure.stderrTail !== '') {
        const { program, stderrTail } = command.failure;
        await log.group(`The end of what ${program} said`, () => Promise.resolve(log.info(stderrTail)));
    }
    if (error instanceof errors/* UserError */.yo) {
        const where = `Code ${error.code}: ${(0,failure_summary/* explanationOf */.pg)(error.code)}`;
        core/* error */.z3(`${error.message}\n${error.hint}\n${where}`, { title: `xbackup ${name} failed` });
    }
    else {
        core/* error */.z3(error instanceof Error ? (error.stack ?? error.message) : String(error), {
            title: `xbackup ${name} failed unexpectedly`,
        });
    }
    if (error instanceof apply_result/* ApplyFailure */.N)
        core/* setOutput */.uH('rolled-back', String(error.details.rolledBack));
    await writeSummary(name === 'apply' ? applyFailureSummary(error) : (0,failure_summary/* failureSummary */.jg)(titleOf(name), error), log);
}
function titleOf(name) {
    return name.charAt(0).toUpperCase() + name.slice(1);
}
/** A summary that cannot be written changes nothing about the backup. */
async function writeSummary(markdown, log) {
    if ((process.env['GITHUB_STEP_SUMMARY'] ?? '') === '')
        return;
    try {
        await core/* summary */.z.addRaw(markdown, true).write();
    }
    catch (error) {
        log.warning(`The job summary could not be written: ${(0,errors/* messageOf */.bD)(error)}`);
    }
}
function temporaryDir() {
    return process.env['RUNNER_TEMP'] || (0,external_node_os_.tmpdir)();
}
function runIdentity() {
    const { GITHUB_REPOSITORY: repository, GITHUB_WORKFLOW: workflow = '', GITHUB_RUN_ID: runId, GITHUB_RUN_ATTEMPT: runAttempt = '1', GITHUB_ACTOR: actor = '', GITHUB_SERVER_URL: server = 'https://github.com', } = process.env;
    if (repository === undefined || runId === undefined)
        return undefined;
    const url = `${server}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
    return { repository, workflow, runId, runAttempt, actor, url };
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

/***/ 3558:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Xk: () => (/* binding */ applyOutputs),
/* harmony export */   aJ: () => (/* binding */ prepareOutputs),
/* harmony export */   zW: () => (/* binding */ backupOutputs)
/* harmony export */ });
/* harmony import */ var _chain_manifest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4918);

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
        'binlog-file': prepared.binlogFile ?? '',
        'binlog-position': prepared.binlogPosition ?? '',
        gtid: prepared.gtid ?? '',
    };
}
function applyOutputs(result) {
    return {
        'old-datadir': result.oldDatadir ?? '',
        'server-version': result.serverVersion ?? '',
        'rolled-back': 'false',
        'duration-seconds': result.durationSeconds.toFixed(1),
    };
}


/***/ }),

/***/ 4912:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ abortOnSignals)
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


/***/ }),

/***/ 3116:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ markdownTable)
/* harmony export */ });
// To do: next major: remove.
/**
 * @typedef {Options} MarkdownTableOptions
 *   Configuration.
 */

/**
 * @typedef Options
 *   Configuration.
 * @property {boolean | null | undefined} [alignDelimiters=true]
 *   Whether to align the delimiters (default: `true`);
 *   they are aligned by default:
 *
 *   ```markdown
 *   | Alpha | B     |
 *   | ----- | ----- |
 *   | C     | Delta |
 *   ```
 *
 *   Pass `false` to make them staggered:
 *
 *   ```markdown
 *   | Alpha | B |
 *   | - | - |
 *   | C | Delta |
 *   ```
 * @property {ReadonlyArray<string | null | undefined> | string | null | undefined} [align]
 *   How to align columns (default: `''`);
 *   one style for all columns or styles for their respective columns;
 *   each style is either `'l'` (left), `'r'` (right), or `'c'` (center);
 *   other values are treated as `''`, which doesn’t place the colon in the
 *   alignment row but does align left;
 *   *only the lowercased first character is used, so `Right` is fine.*
 * @property {boolean | null | undefined} [delimiterEnd=true]
 *   Whether to end each row with the delimiter (default: `true`).
 *
 *   > 👉 **Note**: please don’t use this: it could create fragile structures
 *   > that aren’t understandable to some markdown parsers.
 *
 *   When `true`, there are ending delimiters:
 *
 *   ```markdown
 *   | Alpha | B     |
 *   | ----- | ----- |
 *   | C     | Delta |
 *   ```
 *
 *   When `false`, there are no ending delimiters:
 *
 *   ```markdown
 *   | Alpha | B
 *   | ----- | -----
 *   | C     | Delta
 *   ```
 * @property {boolean | null | undefined} [fillRows=true]
 *   Whether to fill rows with empty cells up to the most cells in a row
 *   (default: `true`).
 *
 *   When `true`, all rows have as many cells as the longest row:
 *
 *   ```markdown
 *   | Alpha | B    |   |
 *   | ----- | ---- | - |
 *   | C     |      |   |
 *   | D     | Echo | F |
 *   ```
 *
 *   When `false`, rows keep their cells,
 *   and the delimiter row has as many cells as the header row:
 *
 *   ```markdown
 *   | Alpha | B    |
 *   | ----- | ---- |
 *   | C     |
 *   | D     | Echo | F |
 *   ```
 * @property {boolean | null | undefined} [delimiterStart=true]
 *   Whether to begin each row with the delimiter (default: `true`).
 *
 *   > 👉 **Note**: please don’t use this: it could create fragile structures
 *   > that aren’t understandable to some markdown parsers.
 *
 *   When `true`, there are starting delimiters:
 *
 *   ```markdown
 *   | Alpha | B     |
 *   | ----- | ----- |
 *   | C     | Delta |
 *   ```
 *
 *   When `false`, there are no starting delimiters:
 *
 *   ```markdown
 *   Alpha | B     |
 *   ----- | ----- |
 *   C     | Delta |
 *   ```
 * @property {boolean | null | undefined} [padding=true]
 *   Whether to add a space of padding between delimiters and cells
 *   (default: `true`).
 *
 *   When `true`, there is padding:
 *
 *   ```markdown
 *   | Alpha | B     |
 *   | ----- | ----- |
 *   | C     | Delta |
 *   ```
 *
 *   When `false`, there is no padding:
 *
 *   ```markdown
 *   |Alpha|B    |
 *   |-----|-----|
 *   |C    |Delta|
 *   ```
 * @property {((value: string) => number) | null | undefined} [stringLength]
 *   Function to detect the length of table cell content (optional);
 *   this is used when aligning the delimiters (`|`) between table cells;
 *   full-width characters and emoji mess up delimiter alignment when viewing
 *   the markdown source;
 *   to fix this, you can pass this function,
 *   which receives the cell content and returns its “visible” size;
 *   note that what is and isn’t visible depends on where the text is displayed.
 *
 *   Without such a function, the following:
 *
 *   ```js
 *   markdownTable([
 *     ['Alpha', 'Bravo'],
 *     ['中文', 'Charlie'],
 *     ['👩‍❤️‍👩', 'Delta']
 *   ])
 *   ```
 *
 *   Yields:
 *
 *   ```markdown
 *   | Alpha | Bravo |
 *   | - | - |
 *   | 中文 | Charlie |
 *   | 👩‍❤️‍👩 | Delta |
 *   ```
 *
 *   With [`string-width`](https://github.com/sindresorhus/string-width):
 *
 *   ```js
 *   import stringWidth from 'string-width'
 *
 *   markdownTable(
 *     [
 *       ['Alpha', 'Bravo'],
 *       ['中文', 'Charlie'],
 *       ['👩‍❤️‍👩', 'Delta']
 *     ],
 *     {stringLength: stringWidth}
 *   )
 *   ```
 *
 *   Yields:
 *
 *   ```markdown
 *   | Alpha | Bravo   |
 *   | ----- | ------- |
 *   | 中文  | Charlie |
 *   | 👩‍❤️‍👩    | Delta   |
 *   ```
 */

/**
 * Get the length of a cell.
 *
 * @param {string} value
 *   Cell value.
 * @returns {number}
 *   Cell size.
 */
function defaultStringLength(value) {
  return value.length
}

/**
 * Generate a markdown
 * ([GFM](https://docs.github.com/en/github/writing-on-github/working-with-advanced-formatting/organizing-information-with-tables))
 * table.
 *
 * @param {ReadonlyArray<ReadonlyArray<string | null | undefined>>} table
 *   Table data (matrix of strings).
 * @param {Readonly<Options> | null | undefined} [options]
 *   Configuration (optional).
 * @returns {string}
 *   Result.
 */
function markdownTable(table, options) {
  const settings = options || {}
  // To do: next major: change to spread.
  // eslint-disable-next-line unicorn/prefer-spread -- `align` can be a string.
  const align = (settings.align || []).concat()
  const stringLength = settings.stringLength || defaultStringLength
  /** @type {Array<number>} Character codes as symbols for alignment per column. */
  const alignments = []
  /** @type {Array<Array<string>>} Cells per row. */
  const cellMatrix = []
  /** @type {Array<Array<number>>} Sizes of each cell per row. */
  const sizeMatrix = []
  /** @type {Array<number>} */
  const longestCellByColumn = []
  let mostCellsPerRow = 0
  let rowIndex = -1

  // This is a superfluous loop if we don’t align delimiters, but otherwise we’d
  // do superfluous work when aligning, so optimize for aligning.
  while (++rowIndex < table.length) {
    /** @type {Array<string>} */
    const row = []
    /** @type {Array<number>} */
    const sizes = []
    let columnIndex = -1

    if (table[rowIndex].length > mostCellsPerRow) {
      mostCellsPerRow = table[rowIndex].length
    }

    while (++columnIndex < table[rowIndex].length) {
      const cell = serialize(table[rowIndex][columnIndex])

      if (settings.alignDelimiters !== false) {
        const size = stringLength(cell)
        sizes[columnIndex] = size

        if (
          longestCellByColumn[columnIndex] === undefined ||
          size > longestCellByColumn[columnIndex]
        ) {
          longestCellByColumn[columnIndex] = size
        }
      }

      row.push(cell)
    }

    cellMatrix[rowIndex] = row
    sizeMatrix[rowIndex] = sizes
  }

  // Figure out which alignments to use.
  let columnIndex = -1

  if (typeof align === 'object' && 'length' in align) {
    while (++columnIndex < mostCellsPerRow) {
      alignments[columnIndex] = toAlignment(align[columnIndex])
    }
  } else {
    const code = toAlignment(align)

    while (++columnIndex < mostCellsPerRow) {
      alignments[columnIndex] = code
    }
  }

  // Inject the alignment row.
  columnIndex = -1
  /** @type {Array<string>} */
  const row = []
  /** @type {Array<number>} */
  const sizes = []

  while (++columnIndex < mostCellsPerRow) {
    const code = alignments[columnIndex]
    let before = ''
    let after = ''

    if (code === 99 /* `c` */) {
      before = ':'
      after = ':'
    } else if (code === 108 /* `l` */) {
      before = ':'
    } else if (code === 114 /* `r` */) {
      after = ':'
    }

    // There *must* be at least one hyphen-minus in each alignment cell.
    let size =
      settings.alignDelimiters === false
        ? 1
        : Math.max(
            1,
            longestCellByColumn[columnIndex] - before.length - after.length
          )

    const cell = before + '-'.repeat(size) + after

    if (settings.alignDelimiters !== false) {
      size = before.length + size + after.length

      if (size > longestCellByColumn[columnIndex]) {
        longestCellByColumn[columnIndex] = size
      }

      sizes[columnIndex] = size
    }

    row[columnIndex] = cell
  }

  // Inject the alignment row.
  cellMatrix.splice(1, 0, row)
  sizeMatrix.splice(1, 0, sizes)

  rowIndex = -1
  /** @type {Array<string>} */
  const lines = []

  while (++rowIndex < cellMatrix.length) {
    const row = cellMatrix[rowIndex]
    const sizes = sizeMatrix[rowIndex]
    const cellsInRow =
      settings.fillRows === false
        ? Math.max(1, cellMatrix[rowIndex === 1 ? 0 : rowIndex].length)
        : mostCellsPerRow
    columnIndex = -1
    /** @type {Array<string>} */
    const line = []

    while (++columnIndex < cellsInRow) {
      const cell = row[columnIndex] || ''
      let before = ''
      let after = ''

      if (settings.alignDelimiters !== false) {
        const size =
          longestCellByColumn[columnIndex] - (sizes[columnIndex] || 0)
        const code = alignments[columnIndex]

        if (code === 114 /* `r` */) {
          before = ' '.repeat(size)
        } else if (code === 99 /* `c` */) {
          const half = size / 2

          if (size % 2) {
            before = ' '.repeat(half + 0.5)
            after = ' '.repeat(half - 0.5)
          } else {
            before = ' '.repeat(half)
            after = before
          }
        } else {
          after = ' '.repeat(size)
        }
      }

      if (settings.delimiterStart !== false && !columnIndex) {
        line.push('|')
      }

      if (
        settings.padding !== false &&
        // Don’t add the opening space if we’re not aligning and the cell is
        // empty: there will be a closing space.
        !(settings.alignDelimiters === false && cell === '') &&
        (settings.delimiterStart !== false || columnIndex)
      ) {
        line.push(' ')
      }

      if (settings.alignDelimiters !== false) {
        line.push(before)
      }

      line.push(cell)

      if (settings.alignDelimiters !== false) {
        line.push(after)
      }

      if (settings.padding !== false) {
        line.push(' ')
      }

      if (settings.delimiterEnd !== false || columnIndex !== cellsInRow - 1) {
        line.push('|')
      }
    }

    lines.push(
      settings.delimiterEnd === false
        ? line.join('').replace(/ +$/, '')
        : line.join('')
    )
  }

  return lines.join('\n')
}

/**
 * Serialize a cell value.
 *
 * @param {string | null | undefined} [value]
 *   Value to serialize.
 * @returns {string}
 *   Result.
 */
function serialize(value) {
  return value === null || value === undefined ? '' : String(value)
}

/**
 * Get the alignment character code from a value.
 *
 * @param {string | null | undefined} value
 *   Value.
 * @returns {number}
 *   Alignment.
 */
function toAlignment(value) {
  const code = typeof value === 'string' ? value.codePointAt(0) : 0

  return code === 67 /* `C` */ || code === 99 /* `c` */
    ? 99 /* `c` */
    : code === 76 /* `L` */ || code === 108 /* `l` */
      ? 108 /* `l` */
      : code === 82 /* `R` */ || code === 114 /* `r` */
        ? 114 /* `r` */
        : 0
}


/***/ })

};
