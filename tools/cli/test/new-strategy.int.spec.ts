import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { nodeArgumentsFor } from '@portcullis/backtests/strategy-files';
import { newStrategy } from '../src/commands/new-strategy.ts';
import { testStrategy } from '../src/commands/test-strategy.ts';

let folder = '';
const printed: string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-new-'));
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});
afterAll(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const make = (name: string, dir: string): Promise<number> =>
  newStrategy.run({ flags: { dir }, positionals: [name], lists: {} });

describe('new strategy', () => {
  test('writes a strategy and a test that passes, in a folder of its own making', async () => {
    const dir = join(folder, 'deep', 'er');
    expect(await make('my-idea', dir)).toBe(0);
    expect(readdirSync(dir).sort()).toEqual(['my-idea.test.ts', 'my-idea.ts']);
    expect(printed.join('')).toContain('portcullis test strategy ');
    const run = spawnSync(process.execPath, nodeArgumentsFor(join(dir, 'my-idea.test.ts')), { encoding: 'utf8' });
    expect(run.stdout).toContain('fail 0');
    expect([run.status, run.stderr]).toEqual([0, '']);
  });

  test('overwrites neither of the two', async () => {
    const dir = join(folder, 'kept');
    await make('idea', dir);
    for (const name of ['idea.ts', 'idea.test.ts']) {
      rmSync(join(dir, 'idea.ts'), { force: true });
      rmSync(join(dir, 'idea.test.ts'), { force: true });
      writeFileSync(join(dir, name), 'mine');
      await expect(make('idea', dir)).rejects.toThrow(`${name} is there already`);
      expect(readdirSync(dir)).toEqual([name]);
      expect(readFileSync(join(dir, name), 'utf8')).toBe('mine');
    }
  });

  test('refuses names that are none, are taken, or lead elsewhere', async () => {
    for (const name of ['', 'My', '-x', '../x', 'a/b', 'a.b', '1x', 'x'.repeat(49)]) {
      await expect(make(name, folder)).rejects.toThrow('expected up to 48 of a-z, 0-9 and -');
    }
    await expect(make('sma-cross', folder)).rejects.toThrow('expected one that no included strategy has');
    await expect(newStrategy.run({ flags: {}, positionals: [], lists: {} })).rejects.toThrow('expected NAME');
    writeFileSync(join(folder, 'file'), '');
    await expect(make('x', join(folder, 'file'))).rejects.toThrow('cannot be written to');
  });
});

describe('test strategy', () => {
  const run = (file: string): Promise<number> => testStrategy.run({ flags: {}, positionals: [file], lists: {} });

  test('passes and fails as the tests do, and finds the test beside a strategy', async () => {
    writeFileSync(join(folder, 'good.test.ts'), 'const two: number = 2;\nif (two !== 2) process.exit(3);\n');
    writeFileSync(join(folder, 'bad.test.ts'), 'process.exitCode = 3;\n');
    expect(await run(join(folder, 'good.ts'))).toBe(0);
    expect(await run(join(folder, 'bad.test.ts'))).toBe(1);
    expect(printed.join('')).toContain(`failed: ${join(folder, 'bad.test.ts')}`);
    await expect(run(join(folder, 'gone.ts'))).rejects.toThrow('gone.test.ts is not there');
    await expect(testStrategy.run({ flags: {}, positionals: [], lists: {} })).rejects.toThrow('expected FILE…');
  });
});
