export const id = 147;
export const ids = [147];
export const modules = {

/***/ 671:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  N: () => (/* binding */ connect)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(8474);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: ./build/src/repository/patience.js

/** Six attempts with pauses of 1, 2, 4, 8 and 16 s: what a restart of the store or a switch may take. */
const usualPatience = {
    connectSeconds: 10,
    idleSeconds: 60,
    firstPauseSeconds: 1,
    sendsPerAttempt: 5,
};
const attempts = 6;
/** Counts failures in a row, and waits longer after each. */
class BackOff {
    patience;
    signals;
    #failures = 0;
    constructor(patience, signals) {
        this.patience = patience;
        this.signals = signals;
    }
    /** Something went well: the count begins anew. */
    reset() {
        this.#failures = 0;
    }
    /** Waits before the next attempt. False when there have been enough. @throws when one of the signals aborts. */
    async pause() {
        this.#failures += 1;
        if (this.#failures >= attempts)
            return false;
        const seconds = this.patience.firstPauseSeconds * 2 ** (this.#failures - 1);
        // Only now: each signal made of others costs memory for as long as they live, and most requests never pause.
        await (0,promises_.setTimeout)(seconds * 1000, undefined, { signal: AbortSignal.any([...this.signals]) });
        return true;
    }
}

// EXTERNAL MODULE: ./build/src/repository/part-size.js
var part_size = __webpack_require__(1707);
// EXTERNAL MODULE: ./build/src/repository/store-errors.js
var store_errors = __webpack_require__(5515);
;// CONCATENATED MODULE: ./build/src/repository/connection.js






/** Loads the AWS SDK and makes a client; nothing is sent. Credentials are the SDK's default chain. */
async function connect(settings) {
    // On Node 20 the SDK would tell every run that its versions of 2027 want a newer one; ours is bundled.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    // Loaded only now: the SDK costs a third of a second of start-up.
    const sdk = await __webpack_require__.e(/* import() */ 711).then(__webpack_require__.t.bind(__webpack_require__, 3711, 19));
    const { bucket, log } = settings;
    const environment = process.env;
    const endpoint = settings.endpoint ?? environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'];
    const region = settings.region ??
        environment['AWS_REGION'] ??
        environment['AWS_DEFAULT_REGION'] ??
        (endpoint && 'us-east-1');
    const patience = { ...usualPatience, ...settings.patience };
    const onAws = isAws(endpoint);
    // Without TLS only a signature of the whole request proves that nobody has changed it on its way.
    const overTls = !endpoint || new URL(endpoint).protocol === 'https:';
    const end = cleanUpEnd(settings.signal);
    const ignore = () => { };
    const toDebug = (message) => {
        if (typeof message === 'string')
            log.debug(`AWS SDK: ${message}`);
    };
    const s3 = new sdk.S3({
        ...(region ? { region } : {}),
        ...(endpoint ? { endpoint } : {}),
        forcePathStyle: settings.pathStyle ?? Boolean(endpoint),
        // The default sends checksum headers and trailers that older S3-compatible stores refuse or store as data.
        ...(onAws ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
        // What is downloaded is checked against the SHA-256 of the manifest.
        responseChecksumValidation: 'WHEN_REQUIRED',
        // With `Expect: 100-continue` the SDK would open a new connection for each part, and wait on it for the store's word.
        expectContinueHeader: false,
        retryMode: 'standard',
        maxAttempts: patience.sendsPerAttempt,
        // Without it the SDK warns on the console.
        logger: { trace: ignore, debug: ignore, info: ignore, warn: toDebug, error: toDebug },
        requestHandler: {
            connectionTimeout: patience.connectSeconds * 1000,
            socketTimeout: patience.idleSeconds * 1000,
        },
    });
    const backOff = (signal) => new BackOff(patience, signal ? [end, signal] : [end]);
    endRequestsBy(s3, end);
    return {
        sdk,
        s3,
        bucket,
        // Where FIPS forbids MD5, the payload's SHA-256 in the signature must do.
        integrity: onAws && overTls ? 'crc32' : (0,external_node_crypto_.getFips)() === 0 ? 'md5' : 'signature',
        storing: {
            ...(settings.sse && { ServerSideEncryption: settings.sse }),
            ...(settings.sseKmsKeyId && { SSEKMSKeyId: settings.sseKmsKeyId }),
        },
        locking: () => lockFields(settings.retentionDays),
        maximumParts: settings.maxParts ?? part_size/* maximumParts */.Z,
        log,
        backOff,
        explain: (error, direction, key) => (0,store_errors/* storeError */.gl)(error, {
            bucket,
            direction,
            ...(key !== undefined && { key }),
            locks: settings.retentionDays !== undefined,
        }),
        async patiently(what, attempt, signal) {
            const pauses = backOff(signal);
            for (;;) {
                try {
                    return await attempt();
                }
                catch (error) {
                    if (signal?.aborted || !(0,store_errors/* isPassing */.WG)(error) || !(await pauses.pause()))
                        throw error;
                    log.info(`${what} failed (${String(error)}): trying again.`);
                }
            }
        },
    };
}
/** A runner that cancels sends SIGKILL 10 s after SIGINT; programs that ignore SIGINT take 3 s to end. */
const cleanUpSeconds = 4;
/** Aborts when what cleans up after the abort of `signal` should long have ended. */
function cleanUpEnd(signal) {
    const end = new AbortController();
    // Each request under way listens to it.
    (0,external_node_events_.setMaxListeners)(0, end.signal);
    const onAbort = () => void setTimeout(() => end.abort(), cleanUpSeconds * 1000).unref();
    if (signal?.aborted)
        onAbort();
    else
        signal?.addEventListener('abort', onAbort, { once: true });
    return end.signal;
}
/**
 * Each request, also one that the SDK tries again, ends when `end` aborts. (`AbortSignal.any` would keep 16 KiB of each
 * request for as long as the signals live.)
 */
function endRequestsBy(s3, end) {
    const { requestHandler } = s3.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = async (request, options) => {
        const { abortSignal: own } = (options ?? {});
        const signals = own instanceof AbortSignal ? [own, end] : [end];
        const either = new AbortController();
        const onAbort = () => either.abort();
        const forget = () => signals.forEach((signal) => signal.removeEventListener('abort', onAbort));
        for (const signal of signals) {
            if (signal.aborted)
                onAbort();
            signal.addEventListener('abort', onAbort);
        }
        try {
            const answer = await handle(request, { ...options, abortSignal: either.signal });
            const { body } = answer.response;
            // While its body is read, it can still be aborted.
            (0,external_node_stream_.finished)(body, forget);
            return answer;
        }
        catch (error) {
            forget();
            throw error;
        }
    };
}
/**
 * Governance: none of the roles here can shorten it or pass it by, and an administrator who made a mistake can. For what
 * nobody may undo there is the bucket's own rule.
 */
function lockFields(days) {
    if (days === undefined)
        return {};
    // S3 keeps whole seconds; the same date is asked for twice.
    const until = Math.ceil(Date.now() / 1000) * 1000 + days * 86_400_000;
    return { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(until) };
}
/** AWS itself, also by the address of a VPC endpoint. */
function isAws(endpoint) {
    return !endpoint || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}


/***/ }),

/***/ 1707:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ maximumParts),
/* harmony export */   m: () => (/* binding */ planParts)
/* harmony export */ });
const mebibyte = 1024 * 1024;
/** AWS takes 10,000 parts of 5 MiB to 5 GiB each. */
const maximumParts = 10_000;
const smallestPartBytes = 8 * mebibyte;
// Larger ones would take too much memory: a stream that needs them goes on in another object.
const largestPartBytes = 16 * mebibyte;
const memoryBytes = 48 * mebibyte;
/**
 * Chooses the part size for a stream of about `expectedSizeBytes`: whole MiB, from 8 to 16, so that no more than
 * nine tenths of the parts are needed; and as many parts as 48 MiB hold.
 * @param parts how many the store takes in one upload.
 */
function planParts(expectedSizeBytes, parts = maximumParts) {
    const neededBytes = Math.ceil(expectedSizeBytes / (parts * 0.9));
    const wholeMebibytes = Math.ceil(neededBytes / mebibyte) * mebibyte;
    const partSizeBytes = Math.min(largestPartBytes, Math.max(smallestPartBytes, wholeMebibytes));
    const partsInMemory = Math.floor(memoryBytes / partSizeBytes);
    return { partSizeBytes, partsInMemory, largestObjectBytes: partSizeBytes * parts };
}


/***/ }),

/***/ 8147:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  createS3Repository: () => (/* binding */ createS3Repository)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/repository/connection.js + 1 modules
var connection = __webpack_require__(671);
;// CONCATENATED MODULE: ./build/src/repository/content-mark.js

/**
 * User metadata with the SHA-256 of a small object, so that it can be told when it does not arrive as it was
 * written. (Not every store gives a checksum, and an ETag is the MD5 only without encryption by KMS.) It is no
 * protection against people: they can change both, or store something else without it.
 */
const content_mark_name = 'xbackup-sha256';
function contentMark(body) {
    return { [content_mark_name]: sha256(body) };
}
/** Also true when there is nothing to compare with. */
function isAsWritten(body, metadata) {
    const written = metadata?.[content_mark_name];
    return written === undefined || written === sha256(body);
}
function sha256(body) {
    return (0,external_node_crypto_.createHash)('sha256').update(body).digest('hex');
}

;// CONCATENATED MODULE: ./build/src/repository/abort-reason.js

/** What to throw after an abort: its reason where that says something. */
function abortReason(signal) {
    const reason = signal.reason;
    return reason instanceof Error && reason.name !== 'AbortError' ? reason : (0,errors/* cancelled */.KW)();
}

// EXTERNAL MODULE: ./build/src/repository/store-errors.js
var store_errors = __webpack_require__(5515);
;// CONCATENATED MODULE: ./build/src/repository/download.js



/** An answer that brings less than this counts as a failed one: else a store that stalls could take for ever. */
const progressBytes = 1024 * 1024;
/** See `Repository.download`. Nothing is asked for before the first read. */
async function* downloadObject(connection, object, signal) {
    const progress = { receivedBytes: 0 };
    const backOff = connection.backOff(signal);
    for (;;) {
        try {
            const answer = await get(connection, object, progress, signal);
            progress.etag = answer.ETag;
            const fromBytes = progress.receivedBytes;
            for await (const chunk of answer.Body) {
                const bytes = chunk;
                progress.receivedBytes += bytes.length;
                if (progress.receivedBytes - fromBytes >= progressBytes)
                    backOff.reset();
                yield bytes;
                free(bytes);
            }
            if (progress.receivedBytes === object.sizeBytes)
                return;
            throw Object.assign(new Error('the connection ended too early'), { code: 'ECONNRESET' });
        }
        catch (error) {
            if (signal.aborted)
                throw abortReason(signal);
            if (!(0,store_errors/* isPassing */.WG)(error))
                throw connection.explain(error, 'read', object.key);
            if (!(await paused(backOff, signal)))
                throw givenUp(connection, object, progress, error);
            connection.log.info(`${object.key} broke off after ${progress.receivedBytes} bytes (${String(error)}): going on from there.`);
        }
    }
}
/**
 * Gives the memory back at once. The garbage collector would do so late and often, since it counts these bytes: a quarter
 * of the CPU time of a download, and 45 MB. (Node 20 has no `transfer`.)
 */
function free({ buffer, length }) {
    // Not where it is a part of what others use too.
    if ('transfer' in buffer && buffer.byteLength === length)
        buffer.transfer(0);
}
/** Asks for what is still missing. */
async function get({ s3, bucket }, object, { receivedBytes, etag }, signal) {
    const request = {
        Bucket: bucket,
        Key: object.key,
        ...(receivedBytes > 0 && { Range: `bytes=${receivedBytes}-` }),
        ...(etag !== undefined && { IfMatch: etag }),
    };
    const what = `s3://${bucket}/${object.key}`;
    const answer = await s3.getObject(request, { abortSignal: signal }).catch((error) => {
        throw (0,store_errors/* isPreconditionFailed */.W$)(error) ? changed(what, error) : error;
    });
    const problem = problemOf(answer, object, receivedBytes, what);
    if (problem === undefined)
        return answer;
    answer.Body.destroy();
    throw problem;
}
function problemOf(answer, object, receivedBytes, what) {
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.ContentRange ?? '');
    if (receivedBytes > 0 && Number(range?.[1]) !== receivedBytes) {
        return new errors/* UserError */.yo('DOWNLOAD_FAILED', `The S3 store does not resume the broken download of ${what} (it ignores ranges).`, 'Try again on a better connection, or fetch the object with another program.');
    }
    const storedBytes = receivedBytes > 0 ? Number(range?.[2]) : answer.ContentLength;
    if (storedBytes === object.sizeBytes)
        return undefined;
    return new errors/* UserError */.yo('LINK_CORRUPT', `${what} has ${storedBytes ?? 'an unknown number of'} bytes, but its manifest says ${object.sizeBytes}.`, 'It was changed or cut after the backup. Restore an earlier hour, or an earlier version of the object if the ' +
        'bucket keeps versions.');
}
function changed(what, cause) {
    return new errors/* UserError */.yo('DOWNLOAD_FAILED', `${what} was replaced while it was read.`, 'Find out what writes to the bucket, and start again.', { cause });
}
function givenUp(connection, object, { receivedBytes, etag }, error) {
    const cause = connection.explain(error, 'read', object.key);
    if (etag === undefined)
        return cause;
    return new errors/* UserError */.yo('DOWNLOAD_FAILED', `The download of s3://${connection.bucket}/${object.key} broke off after ${receivedBytes} of ` +
        `${object.sizeBytes} bytes and could not be resumed.`, 'Check the connection to the store, and start again.', { cause });
}
async function paused(backOff, signal) {
    return backOff.pause().catch(() => {
        throw abortReason(signal);
    });
}

;// CONCATENATED MODULE: ./build/src/repository/part-integrity.js

/**
 * What the parts of a backup are sent with. What is locked needs a Content-MD5 on many stores, and a bucket may lock
 * whatever it gets; where it surely does not, the signature alone does for half the CPU time.
 */
async function partIntegrity({ integrity, s3, bucket, locking }) {
    if (integrity !== 'md5' || locking().ObjectLockMode !== undefined)
        return integrity;
    try {
        await s3.getObjectLockConfiguration({ Bucket: bucket });
        return 'md5';
    }
    catch (error) {
        // Others are not allowed to ask, or the store does not know of locks.
        return (0,store_errors/* isMissing */.b2)(error) ? 'signature' : 'md5';
    }
}

// EXTERNAL MODULE: ./build/src/repository/part-size.js
var part_size = __webpack_require__(1707);
// EXTERNAL MODULE: ./build/src/first-failure.js
var first_failure = __webpack_require__(4956);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: ./build/src/repository/rate.js
/** Timers are late by milliseconds: what was not used for so long may still be used. */
const burstMs = 20;
/** A bound of bytes per second, over all that ask it: a token bucket of a small burst. Times are in milliseconds. */
class Rate {
    #bytesPerMs;
    /** When the last byte that was asked for has passed. */
    #busyUntil = -Infinity;
    constructor(bytesPerSecond) {
        this.#bytesPerMs = bytesPerSecond / 1000;
    }
    /** Lets bytes queue behind all others. @returns how long they must wait until the last of them may have passed. */
    waitFor(bytes, now) {
        this.#busyUntil = Math.max(this.#busyUntil, now - burstMs) + bytes / this.#bytesPerMs;
        return Math.max(0, this.#busyUntil - now);
    }
}

;// CONCATENATED MODULE: ./build/src/repository/part-body.js



/** Body, length and checksums of a request that stores `bytes`. */
function bodyOf(bytes, digest, pace) {
    return {
        Body: pace === undefined ? bytes : external_node_stream_.Readable.from(pace.slices(bytes), { objectMode: false }),
        ContentLength: bytes.length,
        ...(digest.md5 !== undefined && { ContentMD5: digest.md5 }),
        ...(digest.crc32 !== undefined && { ChecksumCRC32: digest.crc32 }),
    };
}
/**
 * Signs a request with the hash of its body that is known already, or without one: the signature is made of the header
 * `x-amz-content-sha256`, which the SDK fills in only where it is missing (Signature Version 4). The store refuses a
 * body that has another hash; of an unsigned one it compares the checksum.
 */
function signPayload(command, { sha256 = 'UNSIGNED-PAYLOAD' }) {
    // The middleware does not look at what the two have for themselves.
    const { middlewareStack } = command;
    middlewareStack.add((next) => (args) => {
        const { headers } = args.request;
        headers['x-amz-content-sha256'] = sha256;
        return next(args);
    }, { step: 'build', name: 'signPayload', override: true });
}
/** Timers are late by a millisecond or two: shorter waits are put together. */
const shortestWaitMilliseconds = 10;
/** Bounds the rate at which bytes leave, over all parts that are under way together. */
class Pace {
    #rate;
    #sliceBytes;
    constructor(bytesPerSecond) {
        this.#rate = new Rate(bytesPerSecond);
        // A tenth of a second at most: what is sent is even also at a low rate.
        this.#sliceBytes = Math.min(64 * 1024, Math.ceil(bytesPerSecond / 10));
    }
    async *slices(bytes) {
        for (let offset = 0; offset < bytes.length; offset += this.#sliceBytes) {
            const slice = bytes.subarray(offset, offset + this.#sliceBytes);
            const wait = this.#rate.waitFor(slice.length, performance.now());
            if (wait >= shortestWaitMilliseconds)
                await (0,promises_.setTimeout)(wait);
            yield slice;
        }
    }
}

// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
// EXTERNAL MODULE: ./build/src/in-slices.js
var in_slices = __webpack_require__(6872);
;// CONCATENATED MODULE: ./build/src/repository/part-digests.js



/** Sizes and checksums of what was sent, part by part: to compare with what the store has then. */
class PartDigests {
    integrity;
    #crcs = [];
    #sizeBytes = 0;
    /** @param integrity MD5 takes 1.5 CPU seconds a GiB, twice as much as SHA-256 where the processor knows that. */
    constructor(integrity) {
        this.integrity = integrity;
    }
    get sizeBytes() {
        return this.#sizeBytes;
    }
    /** One after the other, in the order of the stream. */
    async add(part) {
        this.#sizeBytes += part.length;
        const sha256 = this.integrity === 'crc32' ? undefined : (0,external_node_crypto_.createHash)('sha256');
        const md5 = this.integrity === 'md5' ? (0,external_node_crypto_.createHash)('md5') : undefined;
        let crc = this.integrity === 'crc32' ? 0 : undefined;
        await (0,in_slices/* inSlices */.Z)(part, (slice) => {
            sha256?.update(slice);
            md5?.update(slice);
            if (crc !== undefined)
                crc = (0,external_node_zlib_.crc32)(slice, crc);
        });
        if (crc !== undefined)
            this.#crcs.push(crc);
        return {
            ...(sha256 !== undefined && { sha256: sha256.digest('hex') }),
            ...(md5 !== undefined && { md5: md5.digest('base64') }),
            ...(crc !== undefined && { crc32: bigEndian([crc]) }),
        };
    }
    /** `x-amz-checksum-crc32` of an object stored by one PUT. Undefined where none was computed. */
    get singleCrc32() {
        return this.#crcs.length === 1 ? bigEndian(this.#crcs) : undefined;
    }
    /** `x-amz-checksum-crc32` of a multipart object: the CRC-32 of the parts' CRC-32s, and their number. */
    get compositeCrc32() {
        if (this.#crcs.length === 0)
            return undefined;
        const composite = (0,external_node_zlib_.crc32)(Buffer.from(bigEndian(this.#crcs), 'base64'));
        return `${bigEndian([composite])}-${this.#crcs.length}`;
    }
}
/** Base64. */
function bigEndian(values) {
    const buffer = Buffer.alloc(values.length * 4);
    values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
    return buffer.toString('base64');
}

;// CONCATENATED MODULE: ./build/src/repository/parts.js
/**
 * Cuts a stream into parts of `sizeBytes`, of which only the last may be shorter; none is empty. A chunk that is a part
 * already is handed on as it is, others are copied into one.
 * @param release is told each chunk as soon as its memory may be used again.
 */
async function* cutIntoParts(source, sizeBytes, release) {
    let number = 0;
    const partOf = (bytes, owner) => ({
        number: (number += 1),
        bytes,
        release: () => owner && release(owner),
    });
    const begun = new BegunPart(sizeBytes);
    /** A short chunk, which may be the last. */
    let held;
    for await (const chunk of source) {
        if (held !== undefined) {
            begun.add(held);
            release(held);
            held = undefined;
        }
        if (begun.isEmpty && chunk.length === sizeBytes) {
            yield partOf(chunk, chunk);
        }
        else if (begun.isEmpty && chunk.length < sizeBytes) {
            held = chunk;
        }
        else {
            for (let rest = chunk; rest.length > 0;) {
                rest = rest.subarray(begun.add(rest));
                if (begun.isFull)
                    yield partOf(begun.take());
            }
            release(chunk);
        }
    }
    if (held !== undefined && held.length > 0)
        yield partOf(held, held);
    if (!begun.isEmpty)
        yield partOf(begun.take());
}
/** A part that is put together. */
class BegunPart {
    sizeBytes;
    #buffer;
    #filledBytes = 0;
    constructor(sizeBytes) {
        this.sizeBytes = sizeBytes;
    }
    get isEmpty() {
        return this.#filledBytes === 0;
    }
    get isFull() {
        return this.#filledBytes === this.sizeBytes;
    }
    /** Returns how much of it there was room for. */
    add(bytes) {
        this.#buffer ??= Buffer.allocUnsafeSlow(this.sizeBytes);
        const piece = bytes.subarray(0, this.sizeBytes - this.#filledBytes);
        this.#buffer.set(piece, this.#filledBytes);
        this.#filledBytes += piece.length;
        return piece.length;
    }
    take() {
        const whole = this.#buffer?.subarray(0, this.#filledBytes) ?? Buffer.alloc(0);
        this.#buffer = undefined;
        this.#filledBytes = 0;
        return whole;
    }
}

;// CONCATENATED MODULE: ./build/src/repository/writer-mark.js

/**
 * User metadata that says which request stored an object. Every S3 store keeps it, so it can tell the own object
 * from another run's, also after an answer was lost.
 */
const writer_mark_name = 'xbackup-writer';
function writerMark(mark) {
    return { [writer_mark_name]: mark };
}
/** Whose object it is; empty when something else than this code stored it. */
function writerOf(head) {
    return head.Metadata?.[writer_mark_name] ?? '';
}
function headObject(connection, key) {
    const { s3, bucket, integrity } = connection;
    return s3.headObject({
        Bucket: bucket,
        Key: key,
        ...(integrity === 'crc32' && { ChecksumMode: 'ENABLED' }),
    });
}
/** Whose object is at the key (see `writerOf`); undefined when there is none. */
async function writerAt(connection, key) {
    try {
        return writerOf(await headObject(connection, key));
    }
    catch (error) {
        if ((0,store_errors/* isMissing */.b2)(error))
            return undefined;
        throw error;
    }
}

;// CONCATENATED MODULE: ./build/src/repository/upload-outcome.js




/** How a stored object differs from what was sent; undefined when it does not, as far as the store tells. */
function differenceOf(stored, sent, isMultipart) {
    const storedBytes = stored.ContentLength ?? 0;
    if (storedBytes !== sent.sizeBytes)
        return `${storedBytes} bytes are stored, ${sent.sizeBytes} were sent`;
    return differentChecksum(stored, sent, isMultipart);
}
function differentChecksum({ ChecksumCRC32: storedCrc }, sent, isMultipart) {
    // A checksum of the whole object (FULL_OBJECT) is not of our asking, and not computed here.
    if (storedCrc === undefined || storedCrc.includes('-') !== isMultipart)
        return undefined;
    const sentCrc = isMultipart ? sent.compositeCrc32 : sent.singleCrc32;
    // Nor is any for a store of which none is asked.
    return sentCrc === undefined || storedCrc === sentCrc
        ? undefined
        : `its CRC-32 is ${storedCrc}, but ${sentCrc} was sent`;
}
/**
 * The failure when the answer does not confirm the encryption that was asked for. Some stores ignore it: Ceph 16 without
 * a key of its own for AES256.
 */
function notEncrypted({ bucket, storing }, key, { ServerSideEncryption: done }) {
    const asked = storing.ServerSideEncryption;
    if (asked === undefined || done === asked)
        return undefined;
    return new errors/* UserError */.yo('UPLOAD_FAILED', `The S3 store does not encrypt s3://${bucket}/${key} with ${asked} as asked for.`, 'Leave sse out and encrypt before it leaves the host (encrypt-recipients), or set the store up for it.');
}
/**
 * Locks an object that came in parts once more: Ceph 16 ignores what was asked for at the beginning of its upload.
 * Where that was done already it changes nothing.
 */
async function lockMultipart({ s3, bucket, patiently }, key, { ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate }, answer) {
    if (Mode === undefined)
        return;
    const target = { Bucket: bucket, Key: key, VersionId: answer?.VersionId };
    await patiently(`Locking ${key}`, () => s3.putObjectRetention({ ...target, Retention: { Mode, RetainUntilDate } }));
}
/** When a small object is there already and these credentials may not look whose it is. */
function unknownWriter(what, cause) {
    return new errors/* UserError */.yo('UPLOAD_FAILED', `${what} is there, and whether this run or another one has written it is not known: these credentials may not look.`, 'Look with others: a manifest that is there is that of a good backup. The next backup goes on as usual.', { cause });
}
/**
 * After a failure: removes the object if it came to be, and if it is `mark`'s. Never throws: the failure itself is
 * what counts.
 * @param surelyStored the store has confirmed it: then it is ours also when the store keeps no metadata.
 */
async function removeOwnObject(connection, key, mark, surelyStored) {
    const { s3, bucket, log, patiently, explain } = connection;
    try {
        const writer = await patiently(`Checking ${key}`, () => writerAt(connection, key));
        if (writer !== mark && !(writer === '' && surelyStored))
            return;
        await patiently(`Removing ${key}`, () => s3.deleteObject({ Bucket: bucket, Key: key }));
    }
    catch (error) {
        const reason = (0,errors/* messageOf */.bD)(explain(error, 'write', key));
        log.warning(`After its failed upload ${key} may be left in ${bucket}: ${reason}`);
    }
}
/** A part under way at the abort may still be stored afterwards: so it looks, and aborts again. Never throws. */
async function abortParts(connection, key, uploadId) {
    const { s3, log, bucket, patiently, explain } = connection;
    const upload = { Bucket: bucket, Key: key, UploadId: uploadId };
    let reason = 'the store still lists them';
    try {
        for (let attempt = 1; attempt <= 3; attempt += 1) {
            await patiently(`Aborting the upload of ${key}`, () => s3.abortMultipartUpload(upload));
            if (!(await partsRemain(connection, upload)))
                return;
            await (0,promises_.setTimeout)(attempt * 500);
        }
    }
    catch (error) {
        if ((0,store_errors/* isMissing */.b2)(error))
            return;
        reason = (0,errors/* messageOf */.bD)(explain(error, 'write', key));
    }
    log.warning(`Parts of the failed upload of ${key} may be left in ${bucket}: ${reason}`);
}
/** Also false where the credentials do not allow to look. */
function partsRemain({ s3 }, upload) {
    return s3.listParts(upload).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./build/src/repository/upload-source.js

/** How long a source may take to close after a failure. Programs that ignore SIGINT take 3 s. */
const closeSeconds = 5;
/** The stream that is uploaded. A failure elsewhere ends it, even while it waits for data. */
class UploadSource {
    #iterator;
    #failure;
    #state = 'open';
    #closed = Promise.resolve();
    constructor(source, failure) {
        this.#iterator = source[Symbol.asyncIterator]();
        this.#failure = failure;
    }
    /** It was read to its end, and did not throw there. */
    get hasEnded() {
        return this.#state === 'ended';
    }
    async *read() {
        for (;;) {
            const next = await this.#nextUnlessStopped();
            if (next.done === true)
                break;
            yield next.value;
        }
        this.#state = 'ended';
    }
    /** After a failure. Whether it has closed is seen by `closed`. */
    close() {
        if (this.#state === 'open')
            this.#closed = Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
    }
    /** Resolves when it has closed, or takes too long. */
    async closed() {
        await Promise.race([this.#closed, (0,promises_.setTimeout)(closeSeconds * 1000, undefined, { ref: false })]);
    }
    async #nextUnlessStopped() {
        const { signal } = this.#failure;
        let onStop = () => { };
        // A listener for each read, since a promise for the whole upload would keep something of every race.
        const stopped = new Promise((resolve) => {
            onStop = () => resolve(undefined);
            signal.addEventListener('abort', onStop);
        });
        try {
            this.#failure.throwIfAny();
            const next = await Promise.race([this.#next(), stopped]);
            if (next === undefined)
                throw this.#failure.error;
            return next;
        }
        finally {
            signal.removeEventListener('abort', onStop);
        }
    }
    /** What the source throws comes out of the upload as it is. */
    async #next() {
        try {
            return await this.#iterator.next();
        }
        catch (error) {
            this.#state = 'failed';
            this.#failure.note(error);
            throw error;
        }
    }
}

;// CONCATENATED MODULE: ./build/src/repository/upload.js












/** At a bounded rate more at once would only make each of them slower. */
const partsUnderWayWhenPaced = 2;
/**
 * One upload: the stream is cut into parts, each of which is sent as soon as it is whole, so that as many are under way
 * as the link is slower than the stream, up to what memory holds. (lib-storage's `Upload` copies every part once or
 * twice on its way.) The first failure stops everything else (a part that fails, the source, the signal), nothing is
 * completed before the source has ended, the key is looked at as late as possible, a lost answer is found out, and what
 * is stored is compared with what was read.
 */
class StreamUpload {
    #connection;
    #key;
    #failure = new first_failure/* FirstFailure */.J();
    #source;
    #options;
    #plan;
    #pace;
    #digests;
    #locking;
    /** In the object's metadata: tells this upload's object from another run's. */
    #mark = (0,external_node_crypto_.randomUUID)();
    #progress = 'sending';
    #isMultipart = false;
    /** What the store said when the object came to be; undefined when that was lost on the way. */
    #answer;
    constructor(connection, key, source, options) {
        this.#connection = connection;
        this.#key = key;
        this.#source = new UploadSource(source, this.#failure);
        this.#options = options;
        this.#plan = (0,part_size/* planParts */.m)(options.expectedSizeBytes, connection.maximumParts);
        this.#pace = options.bytesPerSecond === undefined ? undefined : new Pace(options.bytesPerSecond);
        this.#digests = new PartDigests(options.integrity);
        this.#locking = connection.locking();
    }
    /** See `Repository.upload`. */
    async run() {
        const { signal } = this.#options;
        const onAbort = () => this.#failure.note(abortReason(signal));
        signal.addEventListener('abort', onAbort);
        try {
            if (signal.aborted)
                onAbort();
            this.#failure.throwIfAny();
            await this.#refuseTakenKey();
            await this.#send();
            this.#failure.throwIfAny();
            const stored = await this.#verify();
            this.#failure.throwIfAny();
            return stored;
        }
        catch (error) {
            this.#failure.note(this.#explain(error));
            this.#source.close();
            if (this.#progress !== 'sending') {
                await removeOwnObject(this.#connection, this.#key, this.#mark, this.#progress === 'stored');
            }
            await this.#source.closed();
            throw this.#failure.error;
        }
        finally {
            signal.removeEventListener('abort', onAbort);
        }
    }
    async #send() {
        const release = (chunk) => this.#options.release?.(chunk);
        const parts = cutIntoParts(this.#source.read(), this.#plan.partSizeBytes, release);
        const first = await nextOf(parts);
        if (first?.bytes.length === this.#plan.partSizeBytes)
            await this.#sendInParts(first, parts);
        else
            await this.#sendWhole(first?.bytes ?? Buffer.alloc(0));
    }
    async #sendWhole(bytes) {
        const { sdk, s3 } = this.#connection;
        const digest = await this.#digests.add(bytes);
        await this.#complete(`The upload of ${this.#key}`, () => {
            const command = new sdk.PutObjectCommand({
                ...this.#target,
                ...bodyOf(bytes, digest, this.#pace),
                IfNoneMatch: '*',
                ...this.#objectFields,
            });
            signPayload(command, digest);
            return s3.send(command);
        });
    }
    async #sendInParts(first, rest) {
        const { sdk, s3 } = this.#connection;
        const uploadId = await this.#begin();
        try {
            this.#failure.throwIfAny();
            const Parts = await this.#sendParts(uploadId, first, rest);
            await this.#complete(`Completing ${this.#key}`, () => s3.send(new sdk.CompleteMultipartUploadCommand({
                ...this.#target,
                UploadId: uploadId,
                MultipartUpload: { Parts },
                IfNoneMatch: '*',
            })));
        }
        catch (error) {
            this.#failure.note(this.#explain(error));
            await abortParts(this.#connection, this.#key, uploadId);
            throw error;
        }
    }
    /** Not to be interrupted: an upload that began without our learning its id could not be aborted. */
    async #begin() {
        const { sdk, s3 } = this.#connection;
        const answer = await s3.send(new sdk.CreateMultipartUploadCommand({
            ...this.#target,
            ...this.#objectFields,
            ...(this.#digests.integrity === 'crc32' && { ChecksumAlgorithm: 'CRC32' }),
        }));
        const { UploadId: uploadId } = answer;
        if (uploadId === undefined)
            throw this.#noUploadId();
        this.#isMultipart = true;
        this.#options.onBegin?.(uploadId);
        const ignored = notEncrypted(this.#connection, this.#key, answer);
        // Not thrown here: what has begun is aborted first.
        if (ignored !== undefined)
            this.#failure.note(ignored);
        return uploadId;
    }
    async #sendParts(uploadId, first, rest) {
        const mostUnderWay = this.#pace === undefined ? this.#plan.partsInMemory : partsUnderWayWhenPaced;
        const underWay = new Set();
        const sent = [];
        try {
            for (let part = first; part !== undefined; part = await nextOf(rest)) {
                if (part.number > this.#connection.maximumParts)
                    throw this.#tooLong();
                const digest = await this.#digests.add(part.bytes);
                const sending = this.#sendPart(uploadId, part, digest).then((stored) => void (sent[part.number - 1] = stored), (error) => this.#failure.note(this.#explain(error)));
                underWay.add(sending);
                void sending.then(() => underWay.delete(sending));
                // One place is kept free: for the part that is read meanwhile.
                while (underWay.size >= mostUnderWay)
                    await Promise.race(underWay);
                this.#failure.throwIfAny();
            }
        }
        catch (error) {
            this.#failure.note(this.#explain(error));
        }
        await Promise.all(underWay);
        this.#failure.throwIfAny();
        return sent;
    }
    async #sendPart(uploadId, part, digest) {
        const { sdk, s3, patiently } = this.#connection;
        const abortSignal = this.#failure.signal;
        const send = () => {
            const command = new sdk.UploadPartCommand({
                ...this.#target,
                UploadId: uploadId,
                PartNumber: part.number,
                ...bodyOf(part.bytes, digest, this.#pace),
            });
            signPayload(command, digest);
            return s3.send(command, { abortSignal });
        };
        const { ETag, ChecksumCRC32 } = await patiently(`Part ${part.number} of ${this.#key}`, send, abortSignal);
        part.release();
        return { PartNumber: part.number, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) };
    }
    /** The request after which the object is there. It is not interrupted, so that its outcome is known. */
    async #complete(what, request) {
        if (!this.#source.hasEnded)
            throw new TypeError('An upload was to be completed before its source had ended');
        // As late as possible: CompleteMultipartUpload of older stores (Ceph 16) ignores If-None-Match.
        await this.#refuseTakenKey();
        this.#failure.throwIfAny();
        this.#progress = 'completing';
        try {
            this.#answer = await this.#connection.patiently(what, request, this.#failure.signal);
        }
        catch (error) {
            // When an answer was lost, the repeated request finds the key taken, or no such upload.
            if ((await this.#writer().catch(() => undefined)) !== this.#mark)
                throw error;
        }
    }
    get #target() {
        return { Bucket: this.#connection.bucket, Key: this.#key };
    }
    get #objectFields() {
        return { Metadata: writerMark(this.#mark), ...this.#connection.storing, ...this.#locking };
    }
    /** Compares what the store has with what was read. */
    async #verify() {
        this.#progress = 'stored';
        const head = await this.#look();
        const writer = head === undefined ? this.#mark : writerOf(head);
        if (writer !== '' && writer !== this.#mark)
            throw this.#taken();
        const difference = head
            ? differenceOf(head, this.#digests, this.#isMultipart)
            : differentChecksum(this.#answer ?? {}, this.#digests, this.#isMultipart);
        if (difference !== undefined)
            throw this.#differs(difference);
        // Of an upload in parts it is known since its beginning.
        const answer = this.#answer ?? head ?? {};
        const ignored = this.#isMultipart ? undefined : notEncrypted(this.#connection, this.#key, answer);
        if (ignored !== undefined)
            throw ignored;
        await lockMultipart(this.#connection, this.#key, this.#isMultipart ? this.#locking : {}, this.#answer);
        const etag = (head ?? this.#answer)?.ETag ?? '';
        return { key: this.#key, sizeBytes: this.#digests.sizeBytes, etag: etag.replaceAll('"', '') };
    }
    /**
     * Undefined where these credentials may not look. What is proven then: the store has confirmed the object, made of
     * exactly the parts that it was sent. Each part it has checked when it came, by its SHA-256; of the whole, AWS's
     * answer has the checksum.
     */
    async #look() {
        const { patiently } = this.#connection;
        const head = () => headObject(this.#connection, this.#key);
        return patiently(`Checking ${this.#key}`, head, this.#failure.signal).catch((error) => {
            if ((0,store_errors/* isForbidden */.US)(error) && this.#answer !== undefined)
                return undefined;
            throw error;
        });
    }
    /** Where these credentials may not look, If-None-Match has to do. */
    async #refuseTakenKey() {
        const writer = await this.#writer().catch((error) => {
            if (!(0,store_errors/* isForbidden */.US)(error))
                throw error;
        });
        if (writer !== undefined)
            throw this.#taken();
    }
    #writer() {
        return writerAt(this.#connection, this.#key);
    }
    #explain(error) {
        return this.#connection.explain(error, 'write', this.#key);
    }
    #taken() {
        return this.#explain(Object.assign(new Error(), { name: 'PreconditionFailed' }));
    }
    #differs(how) {
        return new errors/* UserError */.yo('UPLOAD_DIFFERS', `s3://${this.#connection.bucket}/${this.#key} is not what was sent: ${how}.`, 'The object was removed. Run the backup again; if it stays, something between here and the store changes data.');
    }
    #noUploadId() {
        return new errors/* UserError */.yo('UPLOAD_FAILED', `The S3 store began an upload of ${this.#key} and did not say which.`, 'Check s3-endpoint: it must be a store that speaks S3, and nothing in between may answer for it.');
    }
    #tooLong() {
        const { maximumParts } = this.#connection;
        return new errors/* UserError */.yo('UPLOAD_FAILED', `More than ${this.#plan.partSizeBytes * maximumParts} bytes do not fit into ${maximumParts} parts.`, 'Is max-parts what the store takes?');
    }
}
async function nextOf(iterator) {
    const next = await iterator.next();
    return next.done === true ? undefined : next.value;
}

;// CONCATENATED MODULE: ./build/src/repository/s3.js











/** Backups in an S3 bucket, of AWS or any store that speaks S3. Nothing is sent yet. */
async function createS3Repository(settings) {
    return new S3Repository(await (0,connection/* connect */.N)(settings));
}
/** How often a small object is read that does not arrive as it was written. */
const readings = 3;
class S3Repository {
    #connection;
    /** Asked for once. */
    #partIntegrity;
    location;
    constructor(connection) {
        this.#connection = connection;
        this.location = `s3://${connection.bucket}`;
    }
    planParts(expectedSizeBytes) {
        return (0,part_size/* planParts */.m)(expectedSizeBytes, this.#connection.maximumParts);
    }
    async list(prefix, startAfter) {
        const found = [];
        const query = { Prefix: prefix, ...(startAfter !== undefined && { StartAfter: startAfter }) };
        for await (const page of this.#pages(query)) {
            for (const { Key, Size, ETag = '' } of page.Contents ?? []) {
                if (Key !== undefined)
                    found.push({ key: Key, sizeBytes: Size ?? 0, etag: ETag.replaceAll('"', '') });
            }
        }
        return found;
    }
    async listFolders(prefix) {
        const names = [];
        for await (const page of this.#pages({ Prefix: prefix, Delimiter: '/' })) {
            for (const { Prefix } of page.CommonPrefixes ?? []) {
                if (Prefix !== undefined)
                    names.push(Prefix.slice(prefix.length, -1));
            }
        }
        return names;
    }
    async read(key) {
        const { s3, bucket, patiently, explain } = this.#connection;
        try {
            for (let reading = 1; reading <= readings; reading += 1) {
                const { bytes, metadata } = await patiently(`Reading ${key}`, async () => {
                    const { Body, Metadata } = await s3.getObject({ Bucket: bucket, Key: key });
                    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
                    return { bytes, metadata: Metadata };
                });
                if (isAsWritten(bytes, metadata))
                    return bytes;
            }
            throw this.#damaged(key);
        }
        catch (error) {
            throw explain(error, 'read', key);
        }
    }
    async createIfAbsent(key, body) {
        const { s3, bucket, integrity, storing, locking, explain } = this.#connection;
        // Ceph 16 ignores If-None-Match in a bucket with versions: this makes the gap as small as it can be.
        if (await this.#isTaken(key))
            return false;
        const mark = (0,external_node_crypto_.randomUUID)();
        const bytes = Buffer.from(body);
        const request = {
            Bucket: bucket,
            Key: key,
            Body: bytes,
            ContentLength: bytes.length,
            IfNoneMatch: '*',
            Metadata: { ...writerMark(mark), ...contentMark(bytes) },
            ...(integrity === 'md5' && { ContentMD5: (0,external_node_crypto_.createHash)('md5').update(bytes).digest('base64') }),
            ...storing,
            ...locking(),
        };
        const backOff = this.#connection.backOff();
        for (;;) {
            try {
                await s3.putObject(request);
                return true;
            }
            catch (error) {
                // When the answer to the first attempt was lost, the repeated one finds our own object.
                if ((0,store_errors/* isPreconditionFailed */.W$)(error))
                    return await this.#isWrittenBy(mark, key);
                const mayPass = (0,store_errors/* isPassing */.WG)(error) || (0,store_errors/* isConditionalConflict */.rV)(error);
                if (!mayPass || !(await backOff.pause()))
                    throw explain(error, 'write', key);
            }
        }
    }
    /** False also where these credentials may not look. */
    async #isTaken(key) {
        const { patiently, explain } = this.#connection;
        try {
            return (await patiently(`Looking for ${key}`, () => writerAt(this.#connection, key))) !== undefined;
        }
        catch (error) {
            if ((0,store_errors/* isForbidden */.US)(error))
                return false;
            throw explain(error, 'write', key);
        }
    }
    async #isWrittenBy(mark, key) {
        const { bucket, patiently, explain } = this.#connection;
        try {
            return (await patiently(`Checking ${key}`, () => writerAt(this.#connection, key))) === mark;
        }
        catch (error) {
            throw (0,store_errors/* isForbidden */.US)(error) ? unknownWriter(`s3://${bucket}/${key}`, error) : explain(error, 'write', key);
        }
    }
    async upload(key, source, options) {
        this.#partIntegrity ??= partIntegrity(this.#connection);
        const integrity = await this.#partIntegrity;
        return new StreamUpload(this.#connection, key, source, { ...options, integrity }).run();
    }
    download(object, signal) {
        return downloadObject(this.#connection, object, signal);
    }
    async remove(key) {
        const { s3, bucket, explain } = this.#connection;
        try {
            const { DeleteMarker } = await s3.deleteObject({ Bucket: bucket, Key: key });
            return DeleteMarker === true ? 'hidden' : 'removed';
        }
        catch (error) {
            throw explain(error, 'write', key);
        }
    }
    async abortUploads(key, knownId) {
        const { explain } = this.#connection;
        try {
            const uploads = await this.#unfinishedUploads(key).catch((error) => {
                if (knownId !== undefined && (0,store_errors/* isForbidden */.US)(error))
                    return [{ key, uploadId: knownId }];
                throw error;
            });
            // The prefix also finds keys that only begin like this one.
            const own = uploads.filter((upload) => upload.key === key);
            for (const upload of own)
                await this.#abortUpload(upload);
            return own.length;
        }
        catch (error) {
            throw explain(error, 'write', key);
        }
    }
    async abortDeadUploads(prefix, { olderThanSeconds, known }) {
        const { s3, explain } = this.#connection;
        try {
            const uploads = await this.#unfinishedUploads(prefix).catch((error) => {
                if ((0,store_errors/* isForbidden */.US)(error))
                    return known;
                throw error;
            });
            // The SDK keeps the difference between the clocks as soon as it is more than the five minutes that it minds.
            const bornBefore = Date.now() + s3.config.systemClockOffset - olderThanSeconds * 1000;
            const knownIds = new Set(known.map(({ uploadId }) => uploadId));
            const dead = uploads.filter((upload) => knownIds.has(upload.uploadId) || (upload.initiated?.getTime() ?? Infinity) <= bornBefore);
            for (const upload of dead)
                await this.#abortUpload(upload);
            return dead.map(({ key }) => key);
        }
        catch (error) {
            throw explain(error, 'write', prefix);
        }
    }
    async #abortUpload({ key, uploadId }) {
        const { s3, bucket } = this.#connection;
        await s3
            .abortMultipartUpload({ Bucket: bucket, Key: key, UploadId: uploadId })
            .catch((error) => {
            if (!(0,store_errors/* isMissing */.b2)(error))
                throw error;
        });
    }
    async #unfinishedUploads(prefix) {
        const { s3, bucket } = this.#connection;
        const uploads = [];
        let from = {};
        while (from !== undefined) {
            const page = await s3.listMultipartUploads({
                Bucket: bucket,
                Prefix: prefix,
                ...from,
            });
            for (const { Key: key, UploadId: uploadId, Initiated: initiated } of page.Uploads ?? []) {
                if (key !== undefined && uploadId !== undefined)
                    uploads.push({ key, uploadId, initiated });
            }
            const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
            from =
                IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
        }
        return uploads;
    }
    async *#pages(query) {
        const { s3, bucket, explain } = this.#connection;
        let token;
        do {
            try {
                const page = await s3.listObjectsV2({
                    Bucket: bucket,
                    ...query,
                    ...(token !== undefined && { ContinuationToken: token }),
                });
                token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
                if (page.IsTruncated === undefined || (page.IsTruncated && token === undefined))
                    throw this.#noList();
                yield page;
            }
            catch (error) {
                throw explain(error, 'read', query.Prefix);
            }
        } while (token !== undefined);
    }
    /** An empty answer, or that of something else than a store, must never be taken for an empty bucket. */
    #noList() {
        return new errors/* UserError */.yo('DOWNLOAD_FAILED', `What answers for ${this.location} sent no complete list of its objects.`, 'Check s3-endpoint: it must be a store that speaks S3, and nothing in between may answer for it.');
    }
    #damaged(key) {
        return new errors/* UserError */.yo('MANIFEST_INVALID', `${this.location}/${key} does not arrive as it was written: its SHA-256 differs.`, 'It was damaged in the store or on the way. Look into the log of the store, and check the connection to it.');
    }
}


/***/ })

};
