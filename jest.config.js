/** The tests' TypeScript is only transpiled; `npm run check` is where types are checked, once. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testSequencer: '<rootDir>/test/support/longest-first.js',
  // jose, with which tests and the local user pool sign tokens, comes as ES modules alone.
  transform: { '\\.ts$|/node_modules/jose/.+\\.js$': '<rootDir>/test/support/transpile.js' },
  transformIgnorePatterns: ['/node_modules/(?!(jose)/)'],
  // A global's name is a look into Jest's sandbox each time that it is used. Those that are handed to each module
  // instead make what computes a third to two thirds shorter. Not those that a test or a module replaces: Date, timers.
  sandboxInjectedGlobals:
    'Array BigInt Boolean Error JSON Map Math Number Object Promise RegExp Set String Symbol TypeError Uint8Array WeakMap'.split(
      ' ',
    ),
  globalSetup: '<rootDir>/test/support/iam-usage.ts',
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.parley'],
  testTimeout: 60_000,
  // Much of a journey is waiting, so half as many workers again as there are cores; Jest's default leaves one idle.
  maxWorkers: Math.ceil(1.5 * require('node:os').availableParallelism()),
};
