export const id = 662;
export const ids = [662];
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

/***/ 6662:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  inspectStore: () => (/* binding */ inspectStore)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./build/src/chain/layout.js
var layout = __webpack_require__(3529);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/repository/connection.js + 1 modules
var connection = __webpack_require__(671);
;// CONCATENATED MODULE: ./build/src/repository/lifecycle-rule.js
/** Storage classes whose objects have to be restored for hours before they can be read. */
const archives = ['GLACIER', 'DEEP_ARCHIVE'];
/** What a rule does to backups; undefined when it does not apply to them. */
function ruleOf(rule) {
    const { Filter, Expiration, AbortIncompleteMultipartUpload } = rule;
    // Backups have no tags.
    const hasTags = Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0;
    if (rule.Status !== 'Enabled' || hasTags)
        return undefined;
    const expires = whenOf(Expiration);
    const archive = rule.Transitions?.find(({ StorageClass }) => archives.includes(StorageClass ?? ''));
    const abortDays = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    return {
        id: rule.ID ?? '',
        // The field beside Filter is the older form.
        // eslint-disable-next-line @typescript-eslint/no-deprecated
        prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? rule.Prefix ?? '',
        ...(expires !== undefined && { expires }),
        ...(archive !== undefined && {
            archives: { storageClass: archive.StorageClass ?? '', after: whenOf(archive) ?? 'at once' },
        }),
        ...(abortDays !== undefined && { abortsUploadsAfterDays: abortDays }),
    };
}
/** `after 30 days`, `on 2026-11-22`; undefined when nothing expires (a rule for delete markers only). */
function whenOf(rule) {
    if (rule?.Date !== undefined)
        return `on ${rule.Date.toISOString().slice(0, 10)}`;
    if (rule?.Days === undefined)
        return undefined;
    return rule.Days === 1 ? 'after 1 day' : `after ${rule.Days} days`;
}

// EXTERNAL MODULE: ./build/src/repository/store-errors.js
var store_errors = __webpack_require__(5515);
;// CONCATENATED MODULE: ./build/src/repository/inspect.js






/** The probe is always the same: two checks at once do not disturb each other. */
const probeBody = Buffer.from('{"purpose":"xbackup check: this can be removed at any time"}\n');
/**
 * Tries in a bucket what backups and restores do, with one small object that no backup can be taken for, and asks
 * how the bucket is set up. A store that refuses something is a fact and no error.
 * @throws what is no answer of the store, such as an abort of `settings.signal`.
 */
async function inspectStore(settings, place) {
    return new Inspection(await (0,connection/* connect */.N)(settings), settings, place).run();
}
class Inspection {
    #connection;
    #s3;
    #signal;
    #place;
    #facts;
    constructor(connection, settings, place) {
        this.#connection = connection;
        this.#s3 = connection.s3;
        this.#signal = settings.signal;
        this.#place = place;
        this.#facts = {
            bucket: connection.bucket,
            prefix: (0,layout/* serverPrefix */.IO)(place.prefix, place.server),
            endpoint: settings.endpoint,
            region: settings.region,
            bucketRegion: undefined,
            listing: { value: true },
        };
        this.#lookAtHeaders();
    }
    async run() {
        const facts = this.#facts;
        const { bucket: Bucket, prefix: Prefix } = facts;
        facts.listing = await this.#ask('read', Prefix, async () => {
            await this.#s3.listObjectsV2({ Bucket, Prefix, MaxKeys: 1 });
            return true;
        });
        // Without a bucket, a connection or valid credentials every other answer would be the same.
        if ('error' in facts.listing && !(0,store_errors/* isAccessDenied */.w7)(facts.listing.error))
            return facts;
        await this.#tryObject();
        if (facts.writing === undefined || 'value' in facts.writing)
            await this.#tryUpload();
        await this.#askSettings();
        return facts;
    }
    async #tryObject() {
        const facts = this.#facts;
        const Key = (0,layout/* probeKey */.Ss)(this.#place.prefix, this.#place.server, 'probe');
        const target = { Bucket: facts.bucket, Key };
        this.#signal?.throwIfAborted();
        facts.writing = await this.#try('write', Key, async () => {
            // An earlier probe stays where nothing can be removed. It may be that it cannot be written over either.
            if ((await this.#putIfAbsent(target)) === 'refused') {
                await this.#put(target).catch((error) => {
                    if (!(0,store_errors/* isForbidden */.US)(error))
                        throw error;
                });
            }
            return true;
        });
        if ('error' in facts.writing)
            return;
        try {
            await this.#tryStored(target);
        }
        finally {
            // After an abort, too.
            facts.removing = await this.#try('write', Key, async () => {
                await this.#s3.deleteObject(target);
                return true;
            });
        }
    }
    async #tryStored(target) {
        const { Key } = target;
        this.#facts.writingTwice = await this.#ask('write', Key, async () => {
            const first = await this.#putIfAbsent(target);
            // Another check may just have removed the probe: one refusal of two is enough.
            return first === 'refused' ? first : await this.#putIfAbsent(target);
        });
        this.#facts.reading = await this.#ask('read', Key, async () => {
            try {
                const { Body } = await this.#s3.getObject(target);
                const read = Buffer.from((await Body?.transformToByteArray()) ?? []);
                return read.equals(probeBody) ? 'same' : 'other';
            }
            catch (error) {
                if ((0,store_errors/* isMissing */.b2)(error))
                    return 'missing';
                throw error;
            }
        });
    }
    async #putIfAbsent(target) {
        try {
            await this.#put({ ...target, IfNoneMatch: '*' });
            return 'accepted';
        }
        catch (error) {
            if ((0,store_errors/* isPreconditionFailed */.W$)(error))
                return 'refused';
            throw error;
        }
    }
    async #put(target) {
        const { integrity, storing } = this.#connection;
        const { ServerSideEncryption: done } = await this.#s3.putObject({
            ...target,
            Body: probeBody,
            ContentLength: probeBody.length,
            ...(integrity === 'md5' && { ContentMD5: (0,external_node_crypto_.createHash)('md5').update(probeBody).digest('base64') }),
            ...storing,
        });
        const asked = storing.ServerSideEncryption;
        if (asked !== undefined)
            this.#facts.sse = done === asked ? 'done' : 'ignored';
    }
    async #tryUpload() {
        const facts = this.#facts;
        const Key = (0,layout/* probeKey */.Ss)(this.#place.prefix, this.#place.server, 'upload');
        const target = { Bucket: facts.bucket, Key };
        let UploadId;
        this.#signal?.throwIfAborted();
        // What was begun is ended, after an abort too.
        facts.multipart = await this.#try('write', Key, async () => {
            ({ UploadId } = await this.#s3.createMultipartUpload({ ...target, ...this.#connection.storing }));
            return true;
        });
        if (UploadId === undefined)
            return;
        facts.aborting = await this.#try('write', Key, async () => {
            await this.#s3.abortMultipartUpload({ ...target, UploadId });
            return true;
        });
    }
    async #askSettings() {
        const facts = this.#facts;
        const { bucket: Bucket } = facts;
        facts.versioning = await this.#askSetting(async () => {
            const { Status } = await this.#s3.getBucketVersioning({ Bucket });
            return Status === 'Enabled' ? 'on' : Status === 'Suspended' ? 'suspended' : 'off';
        }, 'off');
        facts.objectLock = await this.#askSetting(async () => {
            const { ObjectLockConfiguration: lock } = await this.#s3.getObjectLockConfiguration({ Bucket });
            if (lock?.ObjectLockEnabled !== 'Enabled')
                return 'off';
            const { Mode, Days, Years = 0 } = lock.Rule?.DefaultRetention ?? {};
            return { retention: Mode === undefined ? undefined : { mode: Mode, days: Days ?? Years * 365 } };
        }, 'off');
        facts.lifecycle = await this.#askSetting(async () => {
            const answer = await this.#s3.getBucketLifecycleConfiguration({ Bucket });
            const minimum = answer.TransitionDefaultMinimumObjectSize;
            if (minimum !== undefined)
                facts.transitionMinimum = minimum;
            facts.hasLifecycleRules = (answer.Rules ?? []).length > 0;
            return (answer.Rules ?? []).flatMap((rule) => ruleOf(rule) ?? []);
        }, []);
        facts.encryption = await this.#askSetting(async () => {
            const answer = await this.#s3.getBucketEncryption({ Bucket });
            const [rule] = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
            const algorithm = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
            return algorithm === undefined ? 'off' : { algorithm };
        }, 'off');
    }
    /** @param absent what the store's 404 means: that there is no such setting. */
    #askSetting(question, absent) {
        return this.#ask('read', undefined, async () => {
            try {
                return await question();
            }
            catch (error) {
                if ((0,store_errors/* isUnsupported */.w3)(error))
                    return 'unsupported';
                if ((0,store_errors/* isMissing */.b2)(error) && !isNoBucket(error))
                    return absent;
                throw error;
            }
        });
    }
    async #ask(direction, key, question) {
        this.#signal?.throwIfAborted();
        const answer = await this.#try(direction, key, question);
        this.#signal?.throwIfAborted();
        return answer;
    }
    async #try(direction, key, question) {
        try {
            return { value: await question() };
        }
        catch (error) {
            const explained = this.#connection.explain(error, direction, key);
            if (explained instanceof errors/* UserError */.yo)
                return { error: explained };
            throw explained;
        }
    }
    /** Every answer has the store's time, also a refusal; some say where the bucket is. */
    #lookAtHeaders() {
        this.#s3.middlewareStack.add((next) => async (request) => {
            const result = await next(request);
            const { headers = {} } = result.response;
            const date = Date.parse(headers['date'] ?? '');
            if (!Number.isNaN(date))
                this.#noteTime(date);
            this.#facts.bucketRegion ??= headers['x-amz-bucket-region'];
            return result;
        }, 
        // Next to the wire: it also sees the answers that the SDK makes errors of.
        { step: 'deserialize', priority: 'low', name: 'storeHeaders' });
    }
    /** The least difference counts: an answer may have been long under way. */
    #noteTime(storeMilliseconds) {
        const ahead = (Date.now() - storeMilliseconds) / 1000;
        const known = this.#facts.clockAheadSeconds;
        if (known === undefined || Math.abs(ahead) < Math.abs(known))
            this.#facts.clockAheadSeconds = ahead;
    }
}
function isNoBucket(error) {
    return error instanceof Error && error.name === 'NoSuchBucket';
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


/***/ })

};
