import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The layers of the house. Each rule says which folder may reach what, and why. */
const only = (files, ignores, restricted) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', restricted] },
});

const toolkit = {
  group: ['@actions/core', '@actions/cache'],
  message:
    'Only src/actions knows GitHub: everything else also runs from the command line, when GitHub is down.',
};
const aws = {
  group: ['@aws-sdk/*', '@smithy/*'],
  message: 'Only src/repository knows S3: the rest sees the Repository interface.',
};
const spawning = {
  group: ['node:child_process', 'child_process', '@actions/exec'],
  message:
    'Only src/pipeline starts processes: there their groups, exit statuses and stderr are looked after.',
};
const adapters = {
  group: ['**/repository/s3*', '**/pipeline/*', '**/mysql/connection*', '**/actions/*', '**/cli*'],
  message: 'Pure modules compute from values: what they need of the world is passed in.',
};
const edges = {
  group: ['**/actions/*', '**/cli.js', '**/repository/s3*'],
  message: 'Operations are the story; adapters are built at the edge and passed in.',
};

export default tseslint.config(
  { ignores: ['build/', 'dist/', 'coverage/', 'node_modules/', '.cache/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      'max-lines': ['error', { max: 350 }],
    },
  },
  { files: ['*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  only(['src/**/*.ts'], ['src/actions/**', 'src/repository/**', 'src/pipeline/**'], {
    patterns: [toolkit, aws, spawning],
  }),
  only(['src/actions/**/*.ts'], [], { patterns: [aws, spawning] }),
  only(['src/repository/**/*.ts'], [], { patterns: [toolkit, spawning] }),
  only(['src/pipeline/**/*.ts'], [], { patterns: [toolkit, aws] }),
  only(['src/chain/**/*.ts', 'src/report/**/*.ts', 'src/inputs/**/*.ts'], [], {
    patterns: [toolkit, aws, spawning, adapters],
  }),
  only(['src/operations/**/*.ts'], [], { patterns: [toolkit, aws, spawning, edges] }),
);
