import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeArgumentsFor } from './node-arguments.ts';

const execute = promisify(execFile);
const loader = pathToFileURL(resolve(import.meta.dirname, 'load-strategy-file.ts')).href;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-strategies-'));
  // What lies around a user's file must not matter.
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly name?: string;
  readonly digest?: string;
  readonly file?: string;
  readonly trouble?: string;
  readonly message?: string;
}

/** Loads files one after the other in a process of their own; `between` is a statement run after each. */
async function told(files: readonly string[], between = ''): Promise<readonly Told[]> {
  const script = `
    import { writeFileSync } from 'node:fs';
    import { loadStrategyFile } from ${JSON.stringify(loader)};
    const told = [];
    for (const file of ${JSON.stringify(files.map((file) => join(folder, file)))}) {
      try {
        const { strategy, digest, file: at } = await loadStrategyFile(file);
        told.push({ name: strategy.name, digest, file: at });
      } catch (error) {
        told.push({ trouble: error.trouble, message: error.message });
      }
      ${between}
    }
    console.log(JSON.stringify(told));`;
  const options = ['--conditions=@portcullis/source', '--disable-warning=ExperimentalWarning', '--input-type=module'];
  const { stdout, stderr } = await execute(process.execPath, [...options, '--eval', script]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Told[];
}

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const strategyText = (name: string): string => `
  import { defineStrategy, sma } from '@portcullis/strategy';
  import { z } from 'zod';
  import { half } from './beside.ts';
  type Bar = { readonly close: number };
  export default defineStrategy({
    name: '${name}',
    parameters: z.strictObject({ length: z.int().default(half(6)) }),
    indicators: ({ parameters }) => ({ average: sma(parameters.length) }),
    onBar: ({ indicators }, bar: Bar) => void indicators.average.update(bar.close),
  });`;

describe('a strategy out of a file', () => {
  beforeAll(() => put('beside.ts', 'export const half = (value: number): number => value / 2;\n'));

  test('finds the packages of the platform wherever it lies, and files beside it', async () => {
    put('mine.ts', strategyText('mine'));
    const [first, again] = await told(['mine.ts', 'mine.ts']);
    expect(first).toEqual({
      name: 'mine',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      file: join(folder, 'mine.ts'),
    });
    expect(again).toEqual(first);
  });

  test('is known by its text and by that of what it imports', async () => {
    put('mine.ts', strategyText('mine'));
    const [{ digest }] = (await told(['mine.ts'])) as [Told];
    put('beside.ts', 'export const half = (value: number): number => 0.5 * value;\n');
    const [{ digest: other }] = (await told(['mine.ts'])) as [Told];
    expect(other).not.toBe(digest);
    put('beside.ts', 'export const half = (value: number): number => value / 2;\n');
    expect((await told(['mine.ts']))[0]?.digest).toBe(digest);
  });

  test('is loaded again when it changed', async () => {
    put('changing.ts', strategyText('before'));
    const text = JSON.stringify(strategyText('after'));
    const between = `writeFileSync(${JSON.stringify(join(folder, 'changing.ts'))}, ${text});`;
    const names = (await told(['changing.ts', 'changing.ts'], between)).map(({ name }) => name);
    expect(names).toEqual(['before', 'after']);
  });

  test('may be reached by a link, and be plain JavaScript', async () => {
    put('mine.ts', strategyText('mine'));
    put(
      'plain.js',
      strategyText('plain')
        .replace(/^ *type .*$/m, '')
        .replace('bar: Bar', 'bar'),
    );
    symlinkSync(join(folder, 'mine.ts'), join(folder, 'link.ts'));
    expect((await told(['link.ts', 'plain.js'])).map(({ name }) => name)).toEqual(['mine', 'plain']);
  });
});

describe('a file that is no strategy is refused in a sentence', () => {
  const refused: Readonly<Record<string, readonly [text: string | undefined, expected: string]>> = {
    'gone.ts': [undefined, 'expected a file that is there'],
    'notes.txt': ['', 'expected a file that ends with .ts'],
    'none.ts': ['export const x = 1;', 'expected a default export, such as'],
    'number.ts': ['export default 1;', 'made by `defineStrategy({ … })`, which this is not'],
    'enum.ts': ['\nenum Side { Buy }\nexport default Side;', 'without enum, namespace or parameter properties'],
    'broken.ts': ['const a = 1;\nexport default {{;', '(line 2)'],
    'broken.js': ['export default {{;', 'expected a file without syntax errors'],
    'throws.ts': ["throw new Error('no luck');", 'does not throw while it is loaded: no luck'],
    'foreign.ts': ["import '@portcullis/nonsense';", 'the platform has no package @portcullis/nonsense'],
    'ending.ts': ["import './beside';", 'such as "./signals.ts"'],
    'name.ts': ["import { nope } from '@portcullis/strategy';\nexport default nope;", "export named 'nope'"],
    'badname.ts': [
      "import { defineStrategy, z } from '@portcullis/strategy';\nexport default defineStrategy({ name: 'My Idea', parameters: z.object({}) });",
      'a strategy named "My Idea"',
    ],
    'huge.ts': ['/'.repeat(1_000_001), 'at most 1000000 bytes'],
  };

  test('whatever is wrong with it', async () => {
    for (const [name, [text]] of Object.entries(refused)) if (text !== undefined) put(name, text);
    mkdirSync(join(folder, 'folder.ts'));
    const all = await told([...Object.keys(refused), 'folder.ts']);
    Object.values(refused).forEach(([, expected], at) => {
      expect(all[at]).toMatchObject({ trouble: 'input', message: expect.stringContaining(expected) });
    });
    expect(all.at(-1)?.message).toContain('expected a file, which this is not');
  });
});

describe('a test of a user', () => {
  test("runs with the platform's packages", async () => {
    put('beside.ts', 'export const half = (value: number): number => value / 2;\n');
    put('mine.ts', strategyText('mine'));
    put(
      'mine.test.ts',
      `import test from 'node:test';
       import { StrategyStage } from '@portcullis/strategy/testing';
       import mine from './mine.ts';
       test('is warm after three bars', (t) => {
         const stage: StrategyStage = new StrategyStage(mine, {});
         for (const close of [1, 2, 3]) stage.barAt(close);
         t.assert.equal(stage.indicators.average.value, 2);
       });`,
    );
    const { stdout } = await execute(process.execPath, nodeArgumentsFor(join(folder, 'mine.test.ts')), {
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    expect(stdout).toContain('pass 1');
  });
});
