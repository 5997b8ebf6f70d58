import { describe, expect, test } from '@jest/globals';
import type { QualityState } from '@portcullis/contracts';
import { DAY, qualityWindow } from '../../test/read-fixture.ts';
import { splitDay } from './quality-filter.ts';

const QUARTER = 900_000_000;
const windows = (...states: (QualityState | undefined)[]) =>
  states.flatMap((state, index) =>
    state === undefined ? [] : [qualityWindow('trade', DAY + index * QUARTER, state, [`w${index}`])],
  );

describe('a day split by its windows', () => {
  test('keeps what is good enough and joins neighbours of one state', () => {
    const range = { from: DAY, to: DAY + 6 * QUARTER };
    const day = splitDay(range, windows('GOOD', 'GOOD', 'BAD', 'BAD', 'DEGRADED', 'GOOD'), 'GOOD');
    expect(day.wanted).toEqual([
      { from: DAY, to: DAY + 2 * QUARTER },
      { from: DAY + 5 * QUARTER, to: DAY + 6 * QUARTER },
    ]);
    expect(day.leftOut).toEqual([
      { from: DAY + 2 * QUARTER, to: DAY + 4 * QUARTER, state: 'BAD', windows: 2, reasons: ['w2', 'w3'] },
      { from: DAY + 4 * QUARTER, to: DAY + 5 * QUARTER, state: 'DEGRADED', windows: 1, reasons: ['w4'] },
    ]);
  });

  test('with least DEGRADED keeps degraded windows too', () => {
    const day = splitDay({ from: DAY, to: DAY + 3 * QUARTER }, windows('DEGRADED', 'GOOD', 'BAD'), 'DEGRADED');
    expect(day.wanted).toEqual([{ from: DAY, to: DAY + 2 * QUARTER }]);
  });

  test('takes a window that is not there for bad, and clips at the bounds of the request', () => {
    const range = { from: DAY + 5, to: DAY + 2 * QUARTER + 7 };
    const day = splitDay(range, windows('GOOD', undefined, 'BAD'), 'GOOD');
    expect(day.wanted).toEqual([{ from: DAY + 5, to: DAY + QUARTER }]);
    expect(day.leftOut.map(({ from, to, state }) => [from, to, state])).toEqual([
      [DAY + QUARTER, DAY + 2 * QUARTER, 'UNKNOWN'],
      [DAY + 2 * QUARTER, DAY + 2 * QUARTER + 7, 'BAD'],
    ]);
  });

  test('is nothing where nothing is wanted', () => {
    expect(splitDay({ from: DAY + 1, to: DAY }, [], 'GOOD')).toEqual({ wanted: [], leftOut: [] });
  });
});
