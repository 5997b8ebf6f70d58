import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UserError } from '@portcullis/config';
import { identities } from '@portcullis/contracts';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ensureKeys, loadSeed, publicKeyOf, seedFileOf } from '../src/keys.ts';
import { childTrace, parseTraceparent, traceparentOf } from '../src/trace.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-keys-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('every identity gets a key once, readable by its owner alone', () => {
  const keys = ensureKeys(dir);
  expect(Object.keys(keys).sort()).toEqual(identities.map(({ name }) => name).sort());
  expect(ensureKeys(dir)).toEqual(keys);
  expect(statSync(seedFileOf(dir, 'riskd')).mode & 0o777).toBe(0o600);
  expect(publicKeyOf(loadSeed(seedFileOf(dir, 'riskd')))).toBe(keys['riskd']);
});

test('a seed is not printed by accident', () => {
  ensureKeys(dir);
  const seed = loadSeed(seedFileOf(dir, 'riskd'));
  expect(`${String(seed)} ${JSON.stringify({ seed })} ${inspect(seed)}`).not.toContain('SU');
});

test.each([
  ['no seed at all', 'hello', 'holds no nkey user seed'],
  ['an empty file', '', 'is empty'],
])('%s is an error that names the file', (_what, text, expected) => {
  const file = join(dir, 'riskd.nk');
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => loadSeed(file)).toThrow(UserError);
  expect(() => loadSeed(file)).toThrow(expected);
  expect(() => loadSeed(file)).toThrow(file);
});

test('a file that others may read, and one that is missing, are errors with a remedy', () => {
  ensureKeys(dir);
  const file = seedFileOf(dir, 'bridge');
  chmodSync(file, 0o644);
  expect(() => loadSeed(file)).toThrow(expect.objectContaining({ remedy: `run: chmod 600 ${file}` }));
  expect(() => loadSeed(join(dir, 'nobody.nk'))).toThrow(UserError);
});

test('a trace goes on in its child, and begins anew where there is none', () => {
  const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const child = childTrace(parent);
  expect(child).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', sampled: true });
  expect(child.spanId).not.toBe('00f067aa0ba902b7');
  expect(parseTraceparent(traceparentOf(child))).toEqual(child);
  expect(childTrace(undefined).traceId).toMatch(/^[0-9a-f]{32}$/);
  for (const wrong of ['', '00-0-0-01', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
    expect(parseTraceparent(wrong)).toBeUndefined();
  }
});
