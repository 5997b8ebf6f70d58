import { expect, test } from '@jest/globals';
import { atScale, parseScaled } from '@portcullis/market';
import { cryptofeedFrames } from '../../../test/cryptofeed-capture.ts';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { coinbaseDialect } from './index.ts';

interface Ticker {
  readonly type: string;
  readonly product_id: string;
  readonly best_bid: string;
  readonly best_ask: string;
  readonly time: string;
  readonly trade_id: number;
  /** The taker's. */
  readonly side: string;
}

/** The best prices of a product at some time. */
interface Top {
  readonly time: string;
  readonly bid: number;
  readonly ask: number;
  readonly scale: number;
}

test('a capture of the Exchange feed: everything is read, no book crosses or has a hole, and tickers agree with it', () => {
  const frames = cryptofeedFrames('COINBASE.ws.28.0.gz');
  if (frames === undefined) return;
  const tops = new Map<string, Top[]>();
  const tickers: Ticker[] = [];
  const takers = new Map<string, string>();
  const latest = new Map<string, number>();
  let backwards = 0;
  const normalizer: MarketNormalizer = new MarketNormalizer(coinbaseDialect, {
    onEvent: (event) => {
      if (event.kind === 'trade') takers.set(`${event.symbol} ${event.tradeId}`, event.aggressor);
      if (event.kind !== 'delta' && event.kind !== 'snapshot') return;
      if (event.tsEvent < (latest.get(event.symbol) ?? 0)) backwards += 1;
      latest.set(event.symbol, event.tsEvent);
      const book = normalizer.book(event.symbol);
      if (book === undefined) throw new Error(`${event.symbol} is not whole`);
      const top = { time: isoOf(event.tsEvent), bid: book.bidPrice, ask: book.askPrice, scale: book.priceScale };
      const known = tops.get(event.symbol);
      if (known === undefined) tops.set(event.symbol, [top]);
      else known.push(top);
    },
  });
  for (const { bytes, receivedMicros } of frames) {
    normalizer.frame(bytes, receivedMicros);
    const text = Buffer.from(bytes).toString();
    if (text.startsWith('{"type":"ticker"')) tickers.push(JSON.parse(text) as Ticker);
  }
  expect(normalizer.counters).toMatchObject({
    frames: 9946,
    malformed: 0,
    gaps: 0,
    crossed: 0,
    duplicates: 0,
    outOfOrder: 0,
    // Tickers of that year tell no quantities.
    events: { quote: 0, trade: 97, delta: 9719, snapshot: 10, gap: 10 },
    resyncs: 10,
  });
  expect(backwards).toBe(0);
  // Matches name the maker's side, tickers the taker's of the same trade.
  const sides = tickers.flatMap(({ product_id, trade_id, side }) => {
    const taker = takers.get(`${product_id} ${trade_id}`);
    return taker === undefined ? [] : [taker === side];
  });
  expect([sides.length, sides.filter(Boolean).length]).toEqual([97, 97]);
  // A ticker is of a trade: the book was in that state in the microsecond of the trade or when it began.
  const judged = tickers.flatMap(({ product_id, time, best_bid, best_ask }) => {
    const known = tops.get(product_id) ?? [];
    const before = known.findLastIndex((top) => top.time < time);
    const after = known.findIndex((top) => top.time > time);
    if (before < 0 || after < 0) return [];
    const states = known.slice(before, after);
    return [states.some(({ bid, ask, scale }) => isAt(best_bid, bid, scale) && isAt(best_ask, ask, scale))];
  });
  expect(tickers).toHaveLength(107);
  expect([judged.length, judged.filter(Boolean).length]).toEqual([96, 96]);
});

function isAt(text: string, price: number, scale: number): boolean {
  const number = parseScaled(text);
  return number !== undefined && atScale(number, scale) === price;
}

function isoOf(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}Z`;
}
