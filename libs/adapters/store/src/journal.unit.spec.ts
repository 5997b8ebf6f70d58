import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GENESIS_HASH, Journal, JournalCorruption, type JournalRecord, verifyJournal } from './journal.ts';

interface Note {
  readonly n: number;
  readonly text: string;
}
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-journal-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const note = (n: number): Note => ({ n, text: `note ${n}\nwith a line break and ü` });
const reopen = (): { journal: Journal<Note>; records: JournalRecord<Note>[] } => {
  const records: JournalRecord<Note>[] = [];
  return { journal: Journal.open<Note>(dir, (record) => records.push(record), { segmentBytesMax: 400 }), records };
};
const write = (count: number): void => {
  const { journal } = reopen();
  for (let n = 1; n <= count; n++) journal.append([note(n)]);
  journal.close();
};
const files = (): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.journal'))
    .sort();
const last = (): string => join(dir, files().at(-1) ?? '');

describe('the journal', () => {
  test('begins at the genesis hash', () => {
    const { journal } = reopen();
    expect(journal.head).toEqual({ seq: 0, hash: GENESIS_HASH });
    journal.close();
  });

  test('given records over several segments, when it is opened again, then all come back in order and appending goes on', () => {
    write(10);
    expect(files().length).toBeGreaterThan(2);
    const { journal, records } = reopen();
    expect(records.map(({ seq, payload }) => [seq, payload])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i + 1, note(i + 1)]),
    );
    expect(journal.head.seq).toBe(10);
    journal.append([note(11), note(12)], { durable: false });
    journal.close();
    expect(verifyJournal(dir).seq).toBe(12);
  });

  test('given a torn tail at every length, when it is opened, then whole records stay and the tail is kept aside', () => {
    write(3);
    const whole = readFileSync(last());
    for (let cut = 1; cut < whole.length; cut += 7) {
      writeFileSync(last(), whole.subarray(0, cut));
      const { journal, records } = reopen();
      expect(records.every(({ payload, seq }) => payload.n === seq)).toBe(true);
      const { seq } = journal.append([note(records.length + 1)]);
      journal.close();
      expect(verifyJournal(dir).seq).toBe(seq);
    }
    expect(readdirSync(dir).some((name) => name.endsWith('.torn'))).toBe(true);
  });

  test('given a journal that a crash left with its zeros ahead, when it is opened, then all records are there and it goes on', () => {
    const { journal } = reopen();
    journal.append([note(1), note(2)]);
    const { journal: second, records } = reopen();
    expect(records.map(({ payload }) => payload.n)).toEqual([1, 2]);
    expect(verifyJournal(dir)).toEqual(second.head);
    second.append([note(3)]);
    second.close();
    expect(verifyJournal(dir).seq).toBe(3);
  });

  test('given a last write of which a page is missing, when it is opened, then it counts as torn; a single zero byte does not', () => {
    const whole = ((): Buffer => {
      write(2);
      return readFileSync(last());
    })();
    const holed = (from: number, length: number): Buffer => Buffer.from(whole).fill(0, from, from + length);
    const second = whole.indexOf('\n') + 1;
    writeFileSync(last(), holed(second + 10, 100));
    expect(reopen().records.map(({ seq }) => seq)).toEqual([1]);
    writeFileSync(last(), holed(second + 10, 1));
    expect(() => reopen()).toThrow(JournalCorruption);
  });

  test('any changed byte of a whole record is refused', () => {
    write(2);
    const file = join(dir, files()[0] ?? '');
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 3) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(file, changed);
      const refused = ((): boolean => {
        try {
          verifyJournal(dir);
          return false;
        } catch (error) {
          return error instanceof JournalCorruption || error instanceof SyntaxError;
        }
      })();
      // The last byte is the line's end: without it the record counts as torn and is no longer among the verified ones.
      expect(refused || verifyJournal(dir).seq < 2).toBe(true);
    }
  });

  test('a removed, repeated or reordered record is refused', () => {
    const { journal } = reopen();
    journal.append([note(1), note(2), note(3)]);
    journal.close();
    const [a = '', b = '', c = ''] = readFileSync(last(), 'utf8').split('\n');
    for (const lines of [
      [a, c],
      [a, b, b, c],
      [b, a, c],
      [b, c],
    ]) {
      writeFileSync(last(), `${lines.join('\n')}\n`);
      expect(() => reopen()).toThrow(JournalCorruption);
    }
  });

  test('a missing segment is refused', () => {
    write(10);
    rmSync(join(dir, files()[1] ?? ''));
    expect(() => reopen()).toThrow('lacks segment 2');
  });

  test('after a failed write nothing more is accepted', () => {
    const { journal } = reopen();
    journal.close();
    expect(() => journal.append([note(1)])).toThrow('is closed');
  });

  test('garbage after the last record is damage when it has a line’s end', () => {
    write(1);
    appendFileSync(last(), 'garbage\n');
    expect(() => reopen()).toThrow(JournalCorruption);
  });
});
