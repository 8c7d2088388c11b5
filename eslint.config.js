import tseslint from 'typescript-eslint';

const NODE_BUILTINS = [
  'node:*',
  'fs',
  'path',
  'crypto',
  'os',
  'http',
  'https',
  'net',
  'child_process',
  'timers',
];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'web/dist', 'web/src/generated', 'web/public', '.tenure', '.ci'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // We write closures, not classes: no method here depends on `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Ports are asynchronous, whether or not one answer to them has to wait.
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // Workflow code is replayed: nothing of Node, no clocks or chance but Temporal's, activities by their types only.
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: NODE_BUILTINS.map((name) => ({ name, message: 'Workflows do no I/O.' })),
          patterns: [
            { group: ['node:*'], message: 'Workflows do no I/O.' },
            {
              group: ['**/activities/**'],
              allowTypeImports: true,
              message: 'Workflows know activities by their types.',
            },
            {
              group: ['**/schemas/db/**', '**/schemas/config.ts', '**/api/**', '**/workers/**'],
              message: 'Not from here.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'fetch', 'WeakRef', 'FinalizationRegistry'],
    },
  },
  {
    files: [
      'workers/local/**/*.ts',
      'workers/cli/**/*.ts',
      'test/bench/**/*.ts',
      'test/chaos/**/*.ts',
      'test/run.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  { files: ['eslint.config.js', '.dependency-cruiser.cjs'], ...tseslint.configs.disableTypeChecked },
);
