import type { DataStream } from '@portcullis/market';
import type { MarketDialect, OutgoingFrame, Subscription } from '../../market/dialect.ts';
import { CoinbaseParser } from './coinbase-parser.ts';

const CHANNELS: Readonly<Partial<Record<DataStream, string>>> = {
  quote: 'ticker',
  trade: 'market_trades',
  book: 'level2',
  bar: 'candles',
};

/**
 * Coinbase, by its Advanced Trade market data, which needs no key. The parser also reads the older Exchange (Pro) feed of
 * captures. A book has no numbers of its own: the messages of the connection are numbered (see the parser), and the
 * connection is ordered. `…-USDC` products are told as the `…-USD` ones that share their book. Best quotes come with trades (`ticker`), bars are of five minutes. Source: Coinbase, "Advanced
 * Trade WebSocket Channels", "Get Server Time".
 */
export const coinbaseDialect: MarketDialect = {
  name: 'coinbase',
  wsUrl: 'wss://advanced-trade-ws.coinbase.com',
  restUrl: 'https://api.coinbase.com',
  streams: Object.keys(CHANNELS) as DataStream[],
  bookRule: 'ordered',
  snapshots: 'stream',
  consecutiveTradeIds: true,
  // Heartbeats keep quiet products connected, and show by their numbers what was lost last.
  subscribe: (subscription) => [
    JSON.stringify({ type: 'subscribe', channel: 'heartbeats' }),
    ...requests('subscribe', subscription),
  ],
  unsubscribe: (subscription) => requests('unsubscribe', subscription),
  keepAlive: undefined,
  clock: { request: { path: '/api/v3/brokerage/time' }, read: readClock },
  parser: () => new CoinbaseParser(),
};

/** One request for each channel, as the venue wants it. */
function requests(type: 'subscribe' | 'unsubscribe', { symbols, streams }: Subscription): readonly OutgoingFrame[] {
  // Without products it would be about all of them.
  if (symbols.length === 0) return [];
  return streams
    .flatMap((stream) => CHANNELS[stream] ?? [])
    .map((channel) => JSON.stringify({ type, product_ids: symbols, channel }));
}

/** `{"iso":"…","epochSeconds":"…","epochMillis":"1675974199000"}` */
function readClock(body: unknown): number | undefined {
  const millis = body !== null && typeof body === 'object' && 'epochMillis' in body ? Number(body.epochMillis) : NaN;
  return Number.isSafeInteger(millis * 1000) && millis > 0 ? millis * 1000 : undefined;
}
