import type { DataStream } from '@portcullis/market';
import type { MarketDialect, OutgoingFrame, Subscription } from '../../market/dialect.ts';
import { memberOf } from '../../market/wire-members.ts';
import { KrakenParser } from './kraken-parser.ts';

/** The deepest that the venue offers. */
const BOOK_DEPTH = 1000;
/** Symbols in one request: each is answered by itself. */
const SYMBOLS_PER_FRAME_MAX = 100;
/** The venue sends a heartbeat every second while nothing else comes; this one is for middlemen that count ours. */
const PING_MS = 30_000;

/** What a stream is subscribed to by: the channel and what names it when it is left again. */
const CHANNELS: Readonly<Partial<Record<DataStream, Readonly<Record<string, string | number>>>>> = {
  quote: { channel: 'ticker', event_trigger: 'bbo' },
  trade: { channel: 'trade' },
  book: { channel: 'book', depth: BOOK_DEPTH },
  bar: { channel: 'ohlc', interval: 1 },
};
/** Trades and bars of before the subscription are no live events; of the others the first answer is how things are. */
const WITH_SNAPSHOT: ReadonlySet<DataStream> = new Set<DataStream>(['quote', 'book']);

function requests(method: 'subscribe' | 'unsubscribe', { symbols, streams }: Subscription): readonly OutgoingFrame[] {
  const frames: string[] = [];
  for (const stream of new Set(streams)) {
    const channel = CHANNELS[stream];
    if (channel === undefined) continue;
    for (let from = 0; from < symbols.length; from += SYMBOLS_PER_FRAME_MAX) {
      const symbol = symbols.slice(from, from + SYMBOLS_PER_FRAME_MAX);
      const snapshot = method === 'subscribe' ? { snapshot: WITH_SNAPSHOT.has(stream) } : {};
      frames.push(JSON.stringify({ method, params: { ...channel, symbol, ...snapshot } }));
    }
  }
  return frames;
}

/**
 * `{"error":[],"result":{"unixtime":1762820224,…}}`: whole seconds, of which the middle is nearest the truth, within half
 * a second.
 */
function readClock(body: unknown): number | undefined {
  const seconds = memberOf(memberOf(body, 'result'), 'unixtime');
  const isTime = typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 1e9 && seconds < 4.1e9;
  return isTime ? seconds * 1_000_000 + 500_000 : undefined;
}

/**
 * Kraken spot; its derivatives are another venue. It subscribes over WebSocket v2 and reads v1 as well, which recordings
 * have. Updates have no numbers: the connection is ordered, and each has a checksum over the ten best levels a side. The
 * venue does not say when a level falls out of the subscribed depth ("Spot Websockets (v2) Book Checksum": "the book
 * should be truncated to your subscribed depth"); the parser adds these removals to the deltas. Symbols are spelt
 * `BTC/USD` in v2 and `XBT/USD` in v1.
 */
export const krakenDialect: MarketDialect = {
  name: 'kraken',
  wsUrl: 'wss://ws.kraken.com/v2',
  restUrl: 'https://api.kraken.com',
  streams: Object.keys(CHANNELS) as DataStream[],
  bookRule: 'ordered',
  snapshots: 'stream',
  bookDepth: BOOK_DEPTH,
  // "The trade identifier is a sequence number, unique per book." Those of v1 are ours, and no numbers.
  consecutiveTradeIds: true,
  subscribe: (subscription) => requests('subscribe', subscription),
  unsubscribe: (subscription) => requests('unsubscribe', subscription),
  keepAlive: { everyMs: PING_MS, frame: '{"method":"ping"}' },
  clock: { request: { path: '/0/public/Time' }, read: readClock },
  parser: () => new KrakenParser(),
};
