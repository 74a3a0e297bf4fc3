/** ts-jest only transpiles (isolatedModules); `npm run check` is where types are checked, once. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': ['ts-jest', { diagnostics: false }],
    // jose, with which tests and the local user pool sign tokens, comes as ES modules alone.
    'node_modules/jose/.+\\.js$': [
      'ts-jest',
      {
        diagnostics: false,
        tsconfig: {
          allowJs: true,
          module: 'commonjs',
          moduleResolution: 'node10',
          ignoreDeprecations: '6.0',
          target: 'es2023',
          isolatedModules: true,
        },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(jose)/)'],
  globalSetup: '<rootDir>/test/support/iam-usage.ts',
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.parley'],
  testTimeout: 30_000,
  // Much of a journey is waiting, so one worker per core, where Jest's default leaves one core idle.
  maxWorkers: '100%',
};
