import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readLedger } from './ledger-file.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-ledger-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const line = (seq: number): string => `${JSON.stringify({ seq, at: seq, type: 'venue-stopped' })}\n`;
const write = (first: number, text: string): void =>
  writeFileSync(join(dir, `ledger-${String(first).padStart(12, '0')}.jsonl`), text);
const read = (): number[] => {
  const seen: number[] = [];
  readLedger(dir, ({ seq }) => seen.push(seq));
  return seen;
};

describe("the venue's ledger", () => {
  test('is read over several files, without a line that is still being written', () => {
    write(1, line(1) + line(2));
    write(3, `${line(3)}{"seq":4,"at`);
    expect(read()).toEqual([1, 2, 3]);
  });

  test.each([
    ['a record is missing', () => write(1, line(1) + line(3))],
    ['a file is missing', () => write(3, line(3))],
    ['a record is there twice', () => write(1, line(1) + line(1))],
    ['a line is no JSON', () => write(1, `${line(1)}garbage\n`)],
    ['a line is no record', () => write(1, `${line(1)}{"seq":2}\n`)],
  ])('is refused when %s', (_name, damage) => {
    damage();
    expect(read).toThrow(/ledger-0{11}\d\.jsonl:\d+/);
  });

  test('that is not there is named', () => {
    expect(() => readLedger(join(dir, 'none'), () => undefined)).toThrow(`${join(dir, 'none')} cannot be read`);
  });
});
