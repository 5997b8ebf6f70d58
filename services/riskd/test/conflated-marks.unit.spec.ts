import { describe, expect, test } from '@jest/globals';
import { type MarketGap, type Quote, marketGapSchema, quoteSchema } from '@portcullis/contracts';
import { ConflatedMarks } from '../src/state/conflated-marks.ts';

const BTC = 'BTCUSDT.venuesim';
const common = (seq: number) => ({ version: 1, venue: 'venuesim', symbol: 'BTCUSDT', seq, tsEvent: seq, tsInit: seq });
const quote = (seq: number, bidPrice: string): Quote =>
  quoteSchema.parse({ ...common(seq), kind: 'quote', bidPrice, bidQuantity: '1', askPrice: '101', askQuantity: '1' });
const gap = (seq: number): MarketGap =>
  marketGapSchema.parse({ ...common(seq), kind: 'gap', reason: 'gap', detail: '' });

describe('conflated marks', () => {
  test('of many quotes the newest is journaled, once', () => {
    const marks = new ConflatedMarks(new Set([BTC]));
    marks.quote(quote(1, '99'), 10);
    marks.quote(quote(2, '98'), 11);
    expect(marks.take(BTC)).toEqual({ type: 'mark', at: 11, instrument: BTC, bid: '98', ask: '101', tsEvent: 2 });
    expect(marks.take(BTC)).toBeUndefined();
  });

  test('a quote that is older than one before, or of another instrument, is not looked at', () => {
    const marks = new ConflatedMarks(new Set([BTC]));
    marks.quote(quote(2, '98'), 10);
    marks.quote(quote(1, '99'), 11);
    expect(marks.take(BTC)).toMatchObject({ bid: '98' });
    marks.quote({ ...quote(3, '97'), symbol: 'ETHUSDT' }, 12);
    expect(marks.take('ETHUSDT.venuesim')).toBeUndefined();
  });

  test('a gap takes the price before it away', () => {
    const marks = new ConflatedMarks(new Set([BTC]));
    marks.quote(quote(1, '99'), 10);
    expect(marks.gap(gap(2), 11)).toEqual({ type: 'gap', at: 11, instrument: BTC, reason: 'gap' });
    expect(marks.take(BTC)).toBeUndefined();
    expect(marks.gap(gap(2), 12)).toBeUndefined();
  });
});
