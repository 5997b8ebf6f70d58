import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { RunningProgram } from './running-program.ts';

let dir = '';
const write = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-program-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('keeps what it says, apart and together, and its exit code', async () => {
  const file = write('speaks.mjs', `console.log(process.argv[2]); console.error('no'); process.exitCode = 3;`);
  const program = new RunningProgram(file, ['yes']);
  expect(await program.ended).toBe(3);
  expect([program.out, program.err]).toEqual(['yes\n', 'no\n']);
  expect(program.output).toHaveLength(7);
  expect(await program.end('SIGKILL')).toBe(3);
});

test('ends by a signal', async () => {
  const program = new RunningProgram(write('waits.mjs', `console.log('here'); setInterval(() => {}, 1000);`), []);
  await eventually('its first word', () => program.out !== '');
  expect(await program.end('SIGTERM')).toBeNull();
});

test('a program that was not built is refused', () => {
  expect(() => new RunningProgram(join(dir, 'none.mjs'), [])).toThrow(/none\.mjs is missing: build first/);
});
