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


/***/ })

};
