/** One jest project for each layer: `script/test unit`, `contract`, `action`, `e2e`. */
const layer = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  ...extra,
});

export default {
  coverageProvider: 'v8',
  projects: [layer('unit'), layer('contract'), layer('action'), layer('e2e')],
};
