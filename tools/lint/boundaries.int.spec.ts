import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

const boundary = '@nx/enforce-module-boundaries';
const core = 'libs/core/portfolio/src/index.ts';
const strategy = 'libs/core/strategy/src/index.ts';
const risk = 'libs/core/risk/src/index.ts';
const service = 'services/riskd/src/main.ts';

/**
 * Each planted text stands in an existing file for the linter, because typed rules know existing files only. Imports are
 * re-exported and not used: what a typed rule would print of them is another matter.
 */
const planted = [
  {
    name: 'a node:fs import in the core',
    file: core,
    text: `import { readFileSync } from 'node:fs';\nexport const read = (): string => readFileSync('x', 'utf8');\n`,
    rule: 'no-restricted-imports',
  },
  {
    name: 'node:crypto in the core outside kernel/src/hash.ts',
    file: core,
    text: `export { createHash } from 'node:crypto';\n`,
    rule: 'no-restricted-imports',
  },
  {
    name: 'a bus client in the core',
    file: core,
    text: `import '@nats-io/transport-node';\n`,
    rule: 'no-restricted-imports',
  },
  {
    name: 'Date.now in the core',
    file: core,
    text: `export const now = (): number => Date.now();\n`,
    rule: 'no-restricted-globals',
  },
  {
    name: 'Math.random in the core',
    file: core,
    text: `export const dice = (): number => Math.random();\n`,
    rule: 'no-restricted-properties',
  },
  {
    name: 'an async function in the core',
    file: core,
    text: `export async function later(): Promise<number> {\n  return 1;\n}\n`,
    rule: 'no-restricted-syntax',
  },
  {
    name: 'a timer in the core',
    file: core,
    text: `export const wait = (then: () => void): void => void setTimeout(then, 1);\n`,
    rule: 'no-restricted-globals',
  },
  {
    name: 'an adapter in the core',
    file: core,
    text: `export * as store from '@portcullis/store';\n`,
    rule: boundary,
  },
  {
    name: 'strategy importing risk',
    file: strategy,
    text: `export * as gate from '@portcullis/risk';\n`,
    rule: boundary,
  },
  {
    name: 'risk importing strategy',
    file: risk,
    text: `export * as strategies from '@portcullis/strategy';\n`,
    rule: boundary,
  },
  {
    name: 'strategy reaching risk by path',
    file: strategy,
    text: `export * from '../../risk/src/index.ts';\n`,
    rule: boundary,
  },
  {
    name: 'a service importing another service by name',
    file: service,
    text: `export * as bridge from '@portcullis/bridge';\n`,
    rule: 'no-restricted-imports',
  },
  {
    name: 'a service importing another service by path',
    file: service,
    text: `import '../../bridge/src/main.ts';\n`,
    rule: boundary,
  },
  {
    name: 'a service importing the testkit outside its tests',
    file: service,
    text: `export * as kit from '@portcullis/testkit';\n`,
    rule: boundary,
  },
  {
    name: 'a promise that nobody waits for',
    file: service,
    text: `async function publish(): Promise<void> {\n  return Promise.resolve();\n}\npublish();\n`,
    rule: '@typescript-eslint/no-floating-promises',
  },
];

const clean = [
  {
    name: 'a core file that imports the kernel',
    file: core,
    text: `export { ok } from '@portcullis/kernel';\n`,
  },
  {
    name: 'a service that imports the core and an adapter',
    file: service,
    text: `export * as risk from '@portcullis/risk';\nexport * as bus from '@portcullis/bus';\n`,
  },
];

describe('the linter', () => {
  const texts = [...planted, ...clean];
  let broken: string[][];

  // In its own process: ESLint loads its configuration in ways that jest's module registry does not know. Where CI is set,
  // the TypeScript parser takes each file from disk, once, and types nothing that it is asked again: planted texts stand
  // in files that say something else, so that habit has to be off.
  const lint = (): string[][] => {
    const answer = execFileSync(process.execPath, [join(root, 'tools/lint/lint-texts.mjs')], {
      cwd: root,
      input: JSON.stringify(texts),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', TSESTREE_SINGLE_RUN: 'false' },
    });
    // Tools may say something before.
    return JSON.parse(answer.trim().split('\n').at(-1) ?? '') as string[][];
  };

  beforeAll(() => {
    for (const { file } of texts) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
    broken = lint();
  });

  test.each(planted.map(({ name, rule }, index) => ({ name, rule, index })))('refuses $name', ({ rule, index }) => {
    expect(broken[index]).toContain(rule);
  });

  test.each(clean.map(({ name }, index) => ({ name, index: planted.length + index })))('accepts $name', ({ index }) => {
    expect(broken[index]).toEqual([]);
  });
});
