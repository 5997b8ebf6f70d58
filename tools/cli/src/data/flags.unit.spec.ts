import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../command.ts';
import { intervalOf, oneOf, rangeOf, timeOf, withFilledStore } from './flags.ts';

describe('times', () => {
  test.each([
    ['2021-01-31', '2021-01-31T00:00:00.000Z', 0],
    ['2021-01-31T12:00', '2021-01-31T12:00:00.000Z', 0],
    ['2021-01-31 12:00:01', '2021-01-31T12:00:01.000Z', 0],
    ['2021-01-31T12:00:01.000002Z', '2021-01-31T12:00:01.000Z', 2],
    ['2021-01-31T12:00+02:00', '2021-01-31T10:00:00.000Z', 0],
  ])('%s', (text, iso, micros) => {
    expect(timeOf({ from: text }, 'from')).toBe(Date.parse(iso) * 1000 + micros);
  });

  test('microseconds as they are', () => {
    expect(timeOf({ from: '1612094400000001' }, 'from')).toBe(1_612_094_400_000_001);
  });

  test.each([
    'yesterday',
    '2021-13-01',
    '2021-02',
    '2021-02-29',
    '2021-04-31T12:00',
    '1612094400',
    '99999999999999999',
    '',
  ])('%s is refused', (text) => {
    expect(() => timeOf({ to: text }, 'to')).toThrow(UsageError);
    expect(() => timeOf({ to: text }, 'to')).toThrow(/--to is .*: expected a time such as/);
  });
});

describe('ranges', () => {
  test('what is left out narrows nothing', () => {
    expect(rangeOf({ flags: {}, lists: {} })).toEqual({});
  });

  test('everything that can be said', () => {
    const lists = { venue: ['binance-spot'], kind: ['bar', 'gap'], symbol: ['BTCUSDT', 'BTC/USD'] };
    expect(rangeOf({ flags: { from: '2021-01-01', to: '2021-01-02' }, lists })).toEqual({
      venues: ['binance-spot'],
      kinds: ['bar', 'gap'],
      symbols: ['BTCUSDT', 'BTC/USD'],
      from: 1_609_459_200_000_000,
      to: 1_609_545_600_000_000,
    });
  });

  test.each([
    [{ venue: ['a b'] }, {}, /--venue is "a b": expected/],
    [{ symbol: ['../x'] }, {}, /--symbol is "..\/x": expected/],
    [{ kind: ['candle'] }, {}, /--kind is "candle": expected quote, trade/],
    [{}, { from: '2021-01-02', to: '2021-01-02' }, /--to is 2021-01-02: expected a time after --from/],
  ])('%j %j is refused', (lists, flags, expected) => {
    expect(() => rangeOf({ flags, lists: lists })).toThrow(expected);
  });
});

test('periods of bars', () => {
  expect(intervalOf({}, '1m')).toBe(60_000_000);
  expect(intervalOf({ interval: '4h' }, '1m')).toBe(14_400_000_000);
  for (const text of ['0m', '1w', 'm', '-1m', '1.5h']) {
    expect(() => intervalOf({ interval: text }, '1m')).toThrow(/--interval is .*: expected a period/);
  }
});

test('one of a list', () => {
  expect(oneOf('--format', 'csv', ['csv', 'jsonl'])).toBe('csv');
  expect(() => oneOf('--format', 'xml', ['csv', 'jsonl'])).toThrow('--format is "xml": expected csv, jsonl');
});

test('a store with nothing in it is told apart from one without findings', async () => {
  const store = `file://${mkdtempSync(join(tmpdir(), 'portcullis-empty-'))}`;
  await expect(withFilledStore({ store }, async () => 'read')).rejects.toThrow(`the store ${store}`);
});
