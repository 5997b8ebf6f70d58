import type { DataStream } from '@portcullis/market';
import type { MarketDialect, OutgoingFrame, Subscription } from '../../market/dialect.ts';
import { BybitParser } from './bybit-parser.ts';

const BOOK_LEVELS = 200;
/** Spot takes no more in one request. */
const TOPICS_PER_FRAME_MAX = 10;
const PING_EVERY_MS = 20_000;

const TOPICS: Readonly<Record<DataStream, string>> = {
  quote: 'orderbook.1',
  trade: 'publicTrade',
  book: `orderbook.${BOOK_LEVELS}`,
  bar: 'kline.1',
  mark: 'tickers',
  funding: 'tickers',
};

/**
 * Bybit, by its V5 public streams; the parser also reads the format before it. The address says what is traded: the one
 * here is of linear contracts, the others are `…/public/spot` (no mark prices and funding rates) and `…/public/inverse`.
 * Best quotes are of `orderbook.1` (every 10 ms), because tickers come ten times as late. Source: Bybit V5, "Connect",
 * "Orderbook", "Get Bybit Server Time".
 */
export const bybitDialect: MarketDialect = {
  name: 'bybit',
  wsUrl: 'wss://stream.bybit.com/v5/public/linear',
  restUrl: 'https://api.bybit.com',
  streams: Object.keys(TOPICS) as DataStream[],
  bookRule: 'next',
  snapshots: 'stream',
  bookDepth: BOOK_LEVELS,
  subscribe: (subscription) => requests('subscribe', subscription),
  unsubscribe: (subscription) => requests('unsubscribe', subscription),
  keepAlive: { everyMs: PING_EVERY_MS, frame: '{"op":"ping"}' },
  clock: { request: { path: '/v5/market/time' }, read: readClock },
  parser: () => new BybitParser(),
};

function requests(op: 'subscribe' | 'unsubscribe', { symbols, streams }: Subscription): readonly OutgoingFrame[] {
  const names = new Set(streams.map((stream) => TOPICS[stream]));
  const topics = symbols.flatMap((symbol) => [...names].map((name) => `${name}.${symbol}`));
  const frames: string[] = [];
  for (let from = 0; from < topics.length; from += TOPICS_PER_FRAME_MAX) {
    frames.push(JSON.stringify({ op, args: topics.slice(from, from + TOPICS_PER_FRAME_MAX) }));
  }
  return frames;
}

const NANOS = /^[0-9]{19}$/;

/** `{"retCode":0,"result":{"timeSecond":"1688639403","timeNano":"1688639403423213947"}}` */
function readClock(body: unknown): number | undefined {
  const result = body !== null && typeof body === 'object' && 'result' in body ? body.result : undefined;
  const isFull = result !== null && typeof result === 'object';
  const nanos = isFull && 'timeNano' in result ? result.timeNano : undefined;
  return typeof nanos === 'string' && NANOS.test(nanos) ? Number(nanos.slice(0, -3)) : undefined;
}
