/** One jest project for each layer: `script/test unit`, `contract`, `action`, `e2e`, `mysql`. */
const layer = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  setupFiles: ['<rootDir>/test/support/one-error-realm.mjs'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  ...extra,
});

export default {
  coverageProvider: 'v8',
  // Real servers on a busy machine; a test that hangs still ends.
  testTimeout: 60_000,
  projects: [
    layer('unit'),
    layer('contract'),
    layer('action'),
    layer('e2e'),
    layer('mysql'),
    layer('faults'),
  ],
};
