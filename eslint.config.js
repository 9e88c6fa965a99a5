import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** One zone of the layering: files below `target` may not import files below `from`. */
const zone = (target, from, message) => ({ target, from, message });

const core = ['sync', 'download', 'runtime', 'device', 'local'];
const layers = [
  ...core.map((layer) =>
    zone(`./src/${layer}`, './src/views', 'The core knows nothing of VS Code.'),
  ),
  ...core.map((layer) =>
    zone(`./src/${layer}`, './src/extension.ts', 'Only VS Code loads the composition root.'),
  ),
  zone('./src/views', './src/extension.ts', 'Only VS Code loads the composition root.'),
  ...core
    .filter((layer) => layer !== 'local')
    .map((layer) => zone(`./src/${layer}`, './src/local', 'Parts do not know what they make up.')),
  zone('./src/download', './src/runtime', 'A download does not know who runs what it brings.'),
  zone('./src/sync/cache', './src/sync/gateway', 'The cache does not know where rows come from.'),
  zone('./src/sync/cache', './src/sync/strategy', 'The cache does not know when rows come.'),
  zone('./src/sync/gateway', './src/sync/cache', 'A gateway does not know where its rows go.'),
  zone('./src/sync/gateway', './src/sync/strategy', 'A gateway does not know when it is asked.'),
  zone('./src/sync/strategy', './src/sync/gateway', 'Policies are functions of state and clock.'),
  zone('./src/sync/strategy', './src/sync/cache', 'Policies are functions of state and clock.'),
  zone('./test/hub', './src', 'The hub must not share a mistake with the engine.'),
  zone('./src', './test', 'The product does not need its tests.'),
  zone('./src', './scripts', 'The product does not need its scripts.'),
];

export default tseslint.config(
  { ignores: ['dist', 'out', 'node_modules', '.vscode-test', 'media/vendor'] },
  js.configs.recommended,
  { files: ['**/*.ts'], extends: [tseslint.configs.strictTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'src/views/*/page/tsconfig.json', 'test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver()] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: layers }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    // The system clock is what all others are passed.
    ignores: ['src/extension.ts', 'src/views/**', 'src/sync/worker/systemClock.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'vscode', message: 'Only src/extension.ts and src/views may.' }] },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'fetch is passed in.' },
        { name: 'setTimeout', message: 'Timers are passed in: see Clock.' },
        { name: 'setInterval', message: 'Timers are passed in: see Clock.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The clock is passed in: see Clock.' },
        { object: 'Math', property: 'random', message: 'Randomness is passed in.' },
      ],
    },
  },
  {
    files: ['src/views/*/page/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['vscode'],
          patterns: [{ regex: '^node:', message: 'The page runs in a browser.' }],
        },
      ],
      'no-restricted-globals': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // chai-like property assertions and mocha's describe/it callbacks
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        clearInterval: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setInterval: 'readonly',
        setTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    // The peers of our own extension are CommonJS like it.
    files: ['test/bench/extensions/{empty,static-tree}/**'],
    languageOptions: { sourceType: 'commonjs' },
  },
  prettier,
);
