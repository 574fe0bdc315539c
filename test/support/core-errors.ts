/**
 * jest runs tests in a realm of their own, where an error of Node's core is not `instanceof Error`. The AWS SDK asks
 * exactly that, and would replace such an error by one without its code. This lets the test's `Error` know them.
 */
export function recognizeCoreErrors(): void {
  const byPrototype = (type: unknown, value: unknown): boolean =>
    Function.prototype[Symbol.hasInstance].call(type, value);
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      if (byPrototype(this, value)) return true;
      return this === Error && Object.prototype.toString.call(value) === '[object Error]';
    },
  });
}
