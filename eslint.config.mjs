import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { sourceBoundaries, testBoundaries } from './tools/lint/boundaries.mjs';
import { corePurity, hashPurity, simulationPurity } from './tools/lint/purity.mjs';

// The boundary rule reads nx's graph from its cache, and without one it says so and checks nothing. So it is made here,
// anew each time, in this process: a background one would outlive the check.
process.env.NX_DAEMON = 'false';
await createProjectGraphAsync({ exitOnError: false });

const typescript = ['**/*.ts'];
const tests = ['**/*.spec.ts', '**/test/**/*.ts', 'libs/testkit/**/*.ts'];

const size = {
  'max-lines': ['error', { max: 400 }],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true, IIFEs: true }],
};

const plain = {
  curly: ['error', 'multi-line'],
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-debugger': 'error',
  'no-eval': 'error',
  'no-useless-concat': 'error',
  'no-else-return': 'error',
};

const typed = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  // Branded bigints (Money) are negated all the time, and TypeScript itself refuses what cannot be negated.
  '@typescript-eslint/no-unsafe-unary-minus': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  // A function is async because its port says so, also where one implementation has nothing to wait for.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
  ],
  // A number or a bigint in a message is meant to be there.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
};

const relaxedInTests = {
  'max-lines-per-function': 'off',
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-call': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-return': 'off',
  '@typescript-eslint/unbound-method': 'off',
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.cache/', '.nx/', '.portcullis/', 'docs/reference/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.mjs', ...typescript], plugins: { '@nx': nx }, rules: { ...plain, ...size, ...sourceBoundaries } },
  {
    files: typescript,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname } },
    rules: typed,
  },
  {
    files: ['libs/core/*/src/**/*.ts'],
    ignores: tests,
    rules: { ...corePurity, '@typescript-eslint/max-params': ['error', { max: 4 }] },
  },
  { files: ['libs/core/kernel/src/hash.ts'], rules: hashPurity },
  { files: ['libs/simulation/src/**/*.ts'], ignores: tests, rules: simulationPurity },
  { files: tests, rules: { ...testBoundaries, ...relaxedInTests } },
  prettier,
  // eslint-config-prettier turns it off for a mode of it that is not used here.
  { files: ['**/*.mjs', ...typescript], rules: { curly: plain.curly } },
);
