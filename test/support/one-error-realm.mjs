/**
 * Jest runs tests in a context of its own, whose `Error` is not the one of Node's own modules: there
 * `error instanceof Error` is false for every error of node:fs. Outside of Jest there is only one.
 */
import { types } from 'node:util';

const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  configurable: true,
  value(error) {
    return ordinary.call(this, error) || (this === Error && types.isNativeError(error));
  },
});
