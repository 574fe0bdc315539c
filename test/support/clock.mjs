/**
 * Makes a Node process believe that it is another time: TEST_CLOCK_OFFSET_MS later (or earlier) than it is.
 * Preload it with NODE_OPTIONS=--import=<this file>. Shifts Date alone: timers, files' times, performance.now,
 * Intl's format() without a date, and programs that are not Node keep the real time.
 */
import process from 'node:process';

const offsetMs = Number(process.env.TEST_CLOCK_OFFSET_MS ?? '0');
if (!Number.isFinite(offsetMs)) throw new Error('TEST_CLOCK_OFFSET_MS is not a number.');

const RealDate = Date;
const now = () => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
RealDate.prototype.constructor = globalThis.Date;
