import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { lockFolder } from './folder-lock.ts';
import type { LedgerRecord } from './ledger-record.ts';
import { Ledger } from './ledger.ts';

const dir = mkdtempSync(join(tmpdir(), 'portcullis-ledger-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const entry = { type: 'venue-started', instance: 'x', version: 1 } as const;
const open = (name: string, replayed: LedgerRecord[] = []): Ledger =>
  Ledger.open(
    join(dir, name),
    () => 5,
    (record) => replayed.push(record),
  );
const onlyFile = (name: string): string => join(dir, name, readdirSync(join(dir, name))[0] as string);

describe('the ledger', () => {
  test('numbers its records and replays them', () => {
    const ledger = open('plain');
    expect(ledger.append(entry)).toEqual({ seq: 1, at: 5, ...entry });
    ledger.append(entry);
    expect(ledger.read(2, 10)).toHaveLength(1);
    ledger.close();
    const replayed: LedgerRecord[] = [];
    expect(open('plain', replayed).seqNext).toBe(3);
    expect(replayed.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test('a line that a crash cut off is removed, and the next record takes its place', () => {
    const ledger = open('torn');
    ledger.append(entry);
    ledger.close();
    appendFileSync(onlyFile('torn'), '{"seq":2,"at":5,"ty');
    const again = open('torn');
    again.append(entry);
    again.close();
    expect(readFileSync(onlyFile('torn'), 'utf8').split('\n')).toHaveLength(3);
    expect(open('torn').seqNext).toBe(3);
  });

  test('any other damage is named by file and line', () => {
    const ledger = open('damaged');
    ledger.append(entry);
    ledger.append(entry);
    ledger.close();
    const file = onlyFile('damaged');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('{"seq":1', '"seq":1'));
    expect(() => open('damaged')).toThrow(/ledger-000000000001\.jsonl is damaged: line 1 is not JSON/);
    writeFileSync(file, text.replace('"seq":2', '"seq":3'));
    expect(() => open('damaged')).toThrow(/record 3 stands where 2 belongs/);
  });

  test('goes on in a new file when one is full, and reads across them', () => {
    const ledger = open('long');
    const request = { keyId: 'k', via: 'rest', parameters: { filler: 'x'.repeat(1_000_000) } } as const;
    for (let i = 0; i < 20; i++) ledger.append({ type: 'order-refused', account: 'a', code: -1, msg: '', request });
    expect(readdirSync(join(dir, 'long'))).toHaveLength(2);
    expect(ledger.read(15, 4).map(({ seq }) => seq)).toEqual([15, 16, 17, 18]);
    ledger.close();
    expect(open('long').seqNext).toBe(21);
  });
});

describe('the folder of the ledger', () => {
  test('belongs to one process at a time', () => {
    const folder = join(dir, 'locked');
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
    unlock();
    lockFolder(folder)();
  });

  test('is taken over from a process that is gone', () => {
    const folder = join(dir, 'stale');
    lockFolder(folder)();
    writeFileSync(join(folder, 'in-use-by.pid'), '999999999');
    lockFolder(folder)();
  });
});
