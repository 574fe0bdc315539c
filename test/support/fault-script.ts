import type { RequestKind, S3Request } from './s3-requests.js';

/** What goes wrong with one request. `afterBytes` and `atByte` count the bytes of its body from 0. */
export type Fault =
  /** The store answers so and does nothing. `afterBody`: only when it has read the whole request. */
  | { fault: 'refuse'; status: number; code: string; afterBody?: boolean; clockAheadSeconds?: number }
  /** The store does it, and its answer does not arrive: instead 500, or a broken connection. */
  | { fault: 'lose-answer'; by: 'status 500' | 'reset' }
  | { fault: 'reset-upload' | 'reset-download'; afterBytes: number }
  /** Nothing more comes, and the connection stays open. */
  | { fault: 'stall-upload' | 'stall-download'; afterBytes: number }
  /**
   * Fewer bytes and a clean end. `declared`: the length that was announced is not reached. `shorter`: a shorter
   * length is announced. `chunked`: none is.
   */
  | { fault: 'truncate'; afterBytes: number; length: 'declared' | 'shorter' | 'chunked' }
  | { fault: 'flip-upload' | 'flip-download'; atByte: number; xor?: number }
  | { fault: 'wrong-etag' }
  /** Both ways. */
  | { fault: 'slow'; bytesPerSecond: number }
  /** From here on every request of any kind is refused: the credentials have expired. */
  | { fault: 'expire' }
  /** From here on nobody listens, and what is connected is cut off. */
  | { fault: 'go-away' };

export const slowDown: Fault = { fault: 'refuse', status: 503, code: 'SlowDown' };
export const internalError: Fault = { fault: 'refuse', status: 500, code: 'InternalError', afterBody: true };
/** AWS begins the answer to a CompleteMultipartUpload before it is done: status 200, and an error in the body. */
export const errorWith200: Fault = { fault: 'refuse', status: 200, code: 'InternalError', afterBody: true };
export const answerLost: Fault = { fault: 'lose-answer', by: 'status 500' };
export const clockSkew: Fault = {
  fault: 'refuse',
  status: 403,
  code: 'RequestTimeTooSkewed',
  clockAheadSeconds: 86_400,
};
export const expiredToken: Fault = { fault: 'refuse', status: 403, code: 'ExpiredToken' };

export interface Rule {
  on: RequestKind | readonly RequestKind[] | 'any';
  /** Only for keys (of a list: prefixes) that match. */
  key?: RegExp;
  /** Which of the requests that the rule is for: one of them, counted from 1, all, or all from one on (to another). */
  nth: number | 'every' | { from: number; to?: number };
  does: Fault;
}

/** Rules, and what has come of them. The first rule that is due takes a request; all count what they are for. */
export class FaultScript {
  readonly #requests = new Map<RequestKind, number>();
  readonly #rules: { rule: Rule; matched: number; fired: number }[];
  #isExpired = false;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules.map((rule) => ({ rule, matched: 0, fired: 0 }));
  }

  /** What to do with the next request. `took` is to be called when the fault has really come to pass. */
  next(request: S3Request): { fault: Fault; took: () => void } | undefined {
    this.#requests.set(request.kind, this.count(request.kind) + 1);
    const due = this.#rules.filter((each) => isFor(each.rule, request) && isDue(each.rule, ++each.matched));
    const [first] = due;
    if (this.#isExpired) return { fault: expiredToken, took: () => undefined };
    if (first === undefined) return undefined;
    const { does } = first.rule;
    let isNew = true;
    const took = () => {
      if (isNew) first.fired += 1;
      isNew = false;
    };
    if (does.fault === 'expire') this.#isExpired = true;
    return { fault: does.fault === 'expire' ? expiredToken : does, took };
  }

  /** How many requests of a kind came. */
  count(kind: RequestKind): number {
    return this.#requests.get(kind) ?? 0;
  }

  /** How often each rule has come to pass, in their order. */
  get fired(): number[] {
    return this.#rules.map(({ fired }) => fired);
  }

  /** @throws Error that names the rules that never came to pass: such a test shows nothing. */
  requireAllFired(): void {
    const idle = this.#rules.filter(({ fired }) => fired === 0);
    if (idle.length === 0) return;
    const rules = idle.map(({ rule, matched }) => `${text(rule)} (${matched} requests matched)`);
    const seen = [...this.#requests].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing';
    throw new Error(`Faults that never came to pass: ${rules.join('; ')}. Asked for: ${seen}.`);
  }
}

function isFor({ on, key }: Rule, request: S3Request): boolean {
  const isKind = on === 'any' || (typeof on === 'string' ? on === request.kind : on.includes(request.kind));
  return isKind && (key === undefined || key.test(request.key));
}

function isDue({ nth }: Rule, count: number): boolean {
  if (nth === 'every') return true;
  if (typeof nth === 'number') return count === nth;
  return count >= nth.from && count <= (nth.to ?? Infinity);
}

function text({ on, key, nth, does }: Rule): string {
  const which = typeof nth === 'object' ? `from ${nth.from} to ${nth.to ?? 'the end'}` : String(nth);
  const what = typeof on === 'string' ? on : on.join('|');
  return `${does.fault} on ${what} ${which}${key === undefined ? '' : ` of ${String(key)}`}`;
}
