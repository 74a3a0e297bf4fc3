const { defineConfig } = require('eslint/config');
const tseslint = require('typescript-eslint');
const importX = require('eslint-plugin-import-x');
const reactHooks = require('eslint-plugin-react-hooks');

/** Who may import whom (docs/architecture.md, "The house"). */
const zones = [
  {
    target: './handlers/chat',
    from: [
      './handlers/aws',
      './handlers/websocket',
      './handlers/http',
      './handlers/fan-out',
      './handlers/events',
      './handlers/personal-data',
      './stacks',
      './local',
    ],
    message: 'The domain imports only zod. Move the shared code into handlers/chat, or pass it in as a port.',
  },
  {
    target: './handlers/aws',
    from: [
      './handlers/websocket',
      './handlers/http',
      './handlers/fan-out',
      './handlers/events',
      './handlers/personal-data',
      './stacks',
      './local',
    ],
    message: 'Adapters implement the ports of handlers/chat and know nothing of entry points.',
  },
  {
    target: './local',
    from: ['./handlers', './stacks', './bin'],
    message:
      'The local runtime reads template, bundles and ASL, as AWS does. It imports nothing of the product.',
  },
  {
    target: './stacks',
    from: ['./local', './handlers/websocket', './handlers/fan-out', './handlers/events', './handlers/aws'],
    message: 'Stacks know entry points by path only, through handlers/wiring.ts.',
  },
  {
    target: './client',
    from: ['./bin', './stacks', './local', './handlers/aws', './handlers/websocket', './handlers/fan-out'],
    message: 'The client library knows the protocol and nothing else of the server.',
  },
  {
    target: './client',
    from: './handlers/chat',
    except: ['./protocol', './errors.ts'],
    message: 'The client library knows the protocol and nothing else of the server.',
  },
  {
    target: './web',
    from: ['./handlers', './stacks', './local', './bin'],
    message: 'The app knows the client library and nothing else: what it lacks belongs into client/.',
  },
  { target: './handlers', from: './local', message: 'Nothing in handlers knows that it runs locally.' },
  { target: './handlers', from: './stacks', message: 'Handlers read their settings from the environment.' },
];

module.exports = defineConfig(
  { ignores: ['node_modules', 'cdk.out', '.parley', 'coverage', 'dist'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { typescript: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': ['error', { maxDepth: 4 }],
    },
  },
  {
    // No casts in the product or the runtime: unknown at the edge, parsed once, typed from there on.
    files: ['bin/**/*.ts', 'client/**/*.ts', 'stacks/**/*.ts', 'handlers/**/*.ts', 'local/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    files: ['web/**/*.ts', 'web/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
