export const id = 56;
export const ids = [56];
export const modules = {

/***/ 4056:
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
// EXTERNAL MODULE: ./build/src/inputs/definition.js + 1 modules
var definition = __webpack_require__(232);
// EXTERNAL MODULE: ./build/src/inputs/names.js
var inputs_names = __webpack_require__(5343);
;// CONCATENATED MODULE: ./build/src/inputs/help.js


/** What the command line says about itself, written from the definition. Pure. */
const columns = 100;
const purposes = {
    backup: 'Back this server up into the bucket, full or incremental.',
    prepare: 'Download, verify and prepare the backups of a day up to an hour, ready to be applied.',
    apply: 'Replace the datadir by what prepare left. Put the old one back on failure.',
    list: 'Show the restore points in the bucket.',
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

// EXTERNAL MODULE: ./build/src/inputs/parse.js + 1 modules
var parse = __webpack_require__(3707);
// EXTERNAL MODULE: ./build/src/operations/leftovers.js
var leftovers = __webpack_require__(1468);
// EXTERNAL MODULE: ./build/src/pipeline/output-lines.js
var output_lines = __webpack_require__(1877);
// EXTERNAL MODULE: ./build/src/report/failure-summary.js
var failure_summary = __webpack_require__(1963);
// EXTERNAL MODULE: ./build/src/report/outputs.js
var outputs = __webpack_require__(3558);
// EXTERNAL MODULE: ./node_modules/markdown-table/index.js
var markdown_table = __webpack_require__(3116);
// EXTERNAL MODULE: ./build/src/report/format.js
var format = __webpack_require__(5845);
;// CONCATENATED MODULE: ./build/src/report/restore-points.js


/** The restore points for a terminal. */
function restorePointTable(points) {
    const rows = points.map((point) => [
        point.id,
        point.type ?? '?',
        point.startedAt?.slice(0, 19).replace('T', ' ') ?? '?',
        point.sizeBytes === undefined ? '?' : (0,format/* formatBytes */.z3)(point.sizeBytes),
        point.links === undefined ? '–' : String(point.links),
        point.downloadBytes === undefined ? '–' : (0,format/* formatBytes */.z3)(point.downloadBytes),
        point.restorable ? 'yes' : `no: ${point.problem ?? ''}`.replace(/\s+/g, ' '),
    ]);
    const heading = ['Backup', 'Type', 'Started (UTC)', 'Size', 'Links', 'To download', 'Can be restored'];
    return (0,markdown_table/* markdownTable */.Q)([heading, ...rows], { align: ['', '', '', 'r', 'r', 'r', ''] });
}

// EXTERNAL MODULE: ./build/src/signals.js
var signals = __webpack_require__(4912);
// EXTERNAL MODULE: ./build/src/wiring.js + 44 modules
var wiring = __webpack_require__(7473);
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
        await runCommand(name, readFrom(name, rest));
    }
    catch (error) {
        reportFailure(error);
    }
}
async function runCommand(command, read) {
    const log = terminalLog(read('log-level') === 'debug');
    const edge = {
        log,
        // A killed run has no later step here; the next one is not hindered by what it left.
        note: new leftovers/* LeftoversNote */.je(() => undefined),
        signal: (0,signals/* abortOnSignals */.P)(),
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
        case 'list': {
            const inputs = (0,parse/* parseInputs */.T)('list', read);
            const points = await (0,wiring/* runList */.kK)(inputs, edge);
            return print(inputs.json ? JSON.stringify(points, null, 2) : restorePointTable(points));
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
    const say = (text) => void process.stderr.write(`${text}\n`);
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
        .map(([name, value]) => `${name}=${value}`)
        .join('\n'));
}
function print(text) {
    process.stdout.write(`${text.trimEnd()}\n`);
}
function badUsage(message, hint, cause) {
    return new errors/* UserError */.yo('INPUT_INVALID', message, hint, { cause });
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
