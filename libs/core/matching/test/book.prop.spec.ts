import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BookSnapshot, OrderBook } from '../src/index.ts';
import { apply, commands } from './commands.ts';
import { Ledger } from './ledger.ts';
import { NaiveBook } from './naive-book.ts';

describe('any sequence of commands', () => {
  test('gives the events of the naive book: price-time priority and every rule of the order types (M2)', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        const [book, naive] = [OrderBook.empty(), new NaiveBook()];
        for (const command of sequence) expect(apply(book, command)).toEqual(apply(naive, command));
      }),
      { numRuns: 300 },
    );
  });

  test('keeps the invariants M1 and M3 to M9', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        const [book, ledger] = [OrderBook.empty(), new Ledger()];
        for (const command of sequence) ledger.check(command, apply(book, command), book);
      }),
      { numRuns: 400 },
    );
  });

  test('goes on the same after a snapshot and a restore (M10)', () => {
    fc.assert(
      fc.property(commands, fc.nat(120), (sequence, cut) => {
        const book = OrderBook.empty();
        for (const command of sequence.slice(0, cut)) apply(book, command);
        const restored = OrderBook.restore(JSON.parse(JSON.stringify(book.snapshot())) as BookSnapshot);
        expect(restored.snapshot()).toEqual(book.snapshot());
        for (const command of sequence.slice(cut)) expect(apply(restored, command)).toEqual(apply(book, command));
        expect(restored.snapshot()).toEqual(book.snapshot());
        expect(restored.drainChanges()).toEqual(book.drainChanges());
      }),
      { numRuns: 400 },
    );
  });
});
