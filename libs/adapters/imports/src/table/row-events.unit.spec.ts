import { describe, expect, test } from '@jest/globals';
import { parseColumnMap, type TableKind } from './column-map.ts';
import { cellsOf } from './csv.ts';
import { RowReader, RowRefusal } from './row-events.ts';
import { timeOf } from './time-text.ts';

const options = { symbol: 'BTCUSDT', period: 60_000_000 };
const reader = (kind: TableKind, map: string): RowReader => {
  const columns = parseColumnMap(kind, map);
  return new RowReader(columns, { doubles: columns.columns.map(() => false), hasNanos: false }, options);
};
const refusal = (outcome: unknown): string =>
  outcome instanceof RowRefusal ? outcome.reason : `${JSON.stringify(outcome)}`;

describe('a column map', () => {
  test('names fields, columns and readings', () => {
    const map = parseColumnMap('trade', 'ts=timestamp:ms, price=price,quantity=qty,side=buyer_maker:maker,id=trade id');
    expect(map.columns).toEqual([
      { field: 'ts', column: 'timestamp', reading: 'ms' },
      { field: 'price', column: 'price', reading: undefined },
      { field: 'quantity', column: 'qty', reading: undefined },
      { field: 'side', column: 'buyer_maker', reading: 'maker' },
      { field: 'id', column: 'trade id', reading: undefined },
    ]);
  });

  test.each([
    ['ts=t:ms,price=p', /"ts=t:ms,price=p": expected the columns of quantity too/],
    ['ts=t:weeks,price=p,quantity=q', /"ts=t:weeks": expected a reading of s, ms, us, ns, iso/],
    ['time=t,price=p,quantity=q', /"time=t": expected field=column/],
    ['ts=t:s,price=p,price=x,quantity=q', /"price": expected each field once/],
    ['ts=#1:s,price=p,quantity=q', /by name or all by #number/],
    ['ts=t:s,price=p:ms,quantity=q', /no reading behind price/],
    ['constructor=t', /"constructor=t"/],
  ])('%s is refused', (text, expected) => {
    expect(() => parseColumnMap('trade', text)).toThrow(expected);
  });
});

describe('times', () => {
  test('in every unit, exact', () => {
    expect(timeOf('1605499846', 's')).toEqual({ micros: 1_605_499_846_000_000, nanos: 0 });
    expect(timeOf('1605499846.123456789', 's')).toEqual({ micros: 1_605_499_846_123_456, nanos: 789 });
    expect(timeOf('1642204800001', 'ms')).toEqual({ micros: 1_642_204_800_001_000, nanos: 0 });
    expect(timeOf('1723161253937085768', 'ns')).toEqual({ micros: 1_723_161_253_937_085, nanos: 768 });
    expect(timeOf('2021-01-08 00:00:00.278+00', 'iso')).toEqual({ micros: 1_610_064_000_278_000, nanos: 0 });
    expect(timeOf('2021-01-08T02:00:00+02:00', 'iso')).toEqual({ micros: 1_610_064_000_000_000, nanos: 0 });
  });

  test('a count in another unit is no time', () => {
    expect(timeOf('1642204800001', 's')).toBeUndefined();
    expect(timeOf('-5', 's')).toBeUndefined();
    expect(timeOf('2021-13-08T00:00:00', 'iso')).toBeUndefined();
    expect(timeOf('yesterday', 'iso')).toBeUndefined();
  });
});

describe('rows', () => {
  test('trades: the side of the taker, also from who was the maker', () => {
    const taker = reader('trade', 'ts=t:s,price=p,quantity=q,side=s');
    expect(taker.event(['1605499846', '15993.5', '0.026472', 'SELL'])).toMatchObject({
      aggressor: 'sell',
      price: 159_935,
    });
    expect(taker.event(['1605499846', '15993.5', '0.026472', 'ANY'])).toMatchObject({ aggressor: 'unknown' });
    const maker = reader('trade', 'ts=t:s,price=p,quantity=q,side=m:maker');
    expect(maker.event(['1605499846', '1', '1', 'True'])).toMatchObject({ aggressor: 'sell' });
    expect(maker.event(['1605499846', '1', '1', 'False'])).toMatchObject({ aggressor: 'buy' });
    expect(refusal(maker.event(['1605499846', '1', '1', 'buy']))).toMatch(/^m is "buy": expected true or false/);
  });

  test('quotes and bars', () => {
    const quote = reader('quote', 'ts=t:ms,bid=b,ask=a,bidQuantity=B,askQuantity=A');
    expect(quote.event(['1642204800001', '1.25', '1.3', '5', '0.5'])).toMatchObject({
      bidPrice: 125,
      askPrice: 130,
      priceScale: 2,
      bidQuantity: 50,
      quantityScale: 1,
    });
    const bar = reader('bar', 'ts=t:ms,open=o,high=h,low=l,close=c,volume=v,count=n');
    expect(bar.event(['1642204800000', '2', '3', '1', '2', '10', '7'])).toMatchObject({
      count: 7,
      start: 1_642_204_800_000_000,
    });
    expect(refusal(bar.event(['1642204800001', '2', '3', '1', '2', '10', '7']))).toMatch(/on the grid of 60 s/);
    expect(refusal(bar.event(['1642204800000', '2', '3', '2.5', '2', '10', '7']))).toMatch(/low <= open/);
  });

  test('a price with more digits than any tick is kept; one that no exact integer holds is refused', () => {
    const trade = reader('trade', 'ts=t:s,price=p,quantity=q');
    expect(trade.event(['1605499846', '0.000000123456789', '1'])).toMatchObject({ price: 123_456_789, priceScale: 15 });
    expect(refusal(trade.event(['1605499846', '12345678.1234567891', '1']))).toMatch(
      /^p is "12345678.1234567891": expected a number/,
    );
    expect(refusal(trade.event(['1605499846', '-1', '1']))).toMatch(/^p is "-1"/);
    expect(refusal(trade.event(['1605499846', '0', '1']))).toMatch(/above zero/);
    expect(refusal(trade.event(['', '1', '1']))).toMatch(/^t is empty: expected a time in s/);
    expect(refusal(trade.event(['1605499846', '1', '']))).toMatch(/^q is empty/);
  });
});

test('cells of CSV, quoted and plain', () => {
  expect(cellsOf('a,b,,c', ',')).toEqual(['a', 'b', '', 'c']);
  expect(cellsOf('"a,""x""",b', ',')).toEqual(['a,"x"', 'b']);
});
