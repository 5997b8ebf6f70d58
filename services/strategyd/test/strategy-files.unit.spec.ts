import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkDataStore } from '../src/state/lab-requests.ts';
import { strategyOf } from '../src/state/strategy-files.ts';

let root = '';
let dir = '';
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-strategies-')));
  dir = join(root, 'mine');
  mkdirSync(join(dir, 'deeper'), { recursive: true });
  writeFileSync(join(root, 'secret.ts'), '');
  writeFileSync(join(dir, 'good.ts'), '');
  writeFileSync(join(dir, 'deeper/also.mjs'), '');
  symlinkSync(join(root, 'secret.ts'), join(dir, 'link.ts'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('strategies', () => {
  test('of the catalogue keep their name, files become their path', () => {
    expect(strategyOf('sma-cross', undefined)).toBe('sma-cross');
    expect(strategyOf('good.ts', dir)).toBe(join(dir, 'good.ts'));
    expect(strategyOf('./deeper/../deeper/also.mjs', dir)).toBe(join(dir, 'deeper/also.mjs'));
  });

  test.each([
    ['../secret.ts'],
    ['deeper/../../secret.ts'],
    ['link.ts'],
    ['none.ts'],
    ['/etc/passwd.ts'],
    ['good.ts\0.ts'],
    ['.ts'],
    ['deeper'],
    ['%2e%2e/secret.ts'],
  ])('%j is refused, and nothing says whether it is there', (asked) => {
    expect(() => strategyOf(asked, dir)).toThrow(
      /^strategy is ".*", expected (a file inside of strategiesDir|one of )/,
    );
  });

  test('files need a folder that the configuration names', () => {
    expect(() => strategyOf('good.ts', undefined)).toThrow('this instance has no strategiesDir');
    expect(() => strategyOf('sma-cros', undefined)).toThrow(/expected one of .*sma-cross/);
  });
});

describe('stores of data', () => {
  const allowed = ['s3://market/archive', 'file:///data'];
  test.each(['s3://market/archive', 's3://market/archive/2024', 'file:///data/', 'file:///data/a/b'])(
    '%s may be read',
    (url) => {
      expect(() => checkDataStore(url, allowed)).not.toThrow();
    },
  );

  test.each([
    's3://market/archived',
    's3://other',
    'file:///data/../etc',
    'file:///data/%2e%2e/etc',
    'file:///database',
    'file://./data',
    'http://k:s@host/data',
  ])('%s may not', (url) => {
    expect(() => checkDataStore(url, allowed)).toThrow(
      /^data\.url is .*, expected an address of s3:\/\/market\/archive, file:\/\/\/data$/,
    );
  });

  test('any may be read where nobody says which, and passwords are not repeated', () => {
    expect(() => checkDataStore('file:///anywhere', undefined)).not.toThrow();
    expect(() => checkDataStore('http://k:s@host/data', allowed)).toThrow(/^(?!.*k:s).*$/);
  });
});
