/** ts-jest only transpiles (isolatedModules); `npm run check` is where types are checked, once. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.parley'],
  testTimeout: 30_000,
  // Much of a journey is waiting, so one worker per core, where Jest's default leaves one core idle.
  maxWorkers: '100%',
};
