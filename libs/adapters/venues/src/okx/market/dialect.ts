import type { DataStream } from '@portcullis/market';
import type { MarketDialect, OutgoingFrame, Subscription } from '../../market/dialect.ts';
import { memberOf } from '../../market/wire-members.ts';
import { OkxParser } from './okx-parser.ts';
import { millisText } from './okx-times.ts';

/** Channels in one request, which may have 64 KB. */
const CHANNELS_PER_FRAME_MAX = 200;
/**
 * The venue cuts those of whom it hears nothing for 30 s. More often than that, because it sends nothing by itself while
 * nobody trades, and its `pong` is the sign that the connection lives.
 */
const PING_MS = 5000;

const CHANNELS: Readonly<Record<DataStream, string>> = {
  quote: 'tickers',
  trade: 'trades',
  book: 'books',
  bar: 'candle1m',
  mark: 'mark-price',
  funding: 'funding-rate',
};

/** `BTC-USDT` is spot; `BTC-USDT-SWAP` and `BTC-USD-220527` are derivatives, the first of them with funding. */
function hasStream(instId: string, stream: DataStream): boolean {
  if (stream === 'funding') return instId.endsWith('-SWAP');
  return stream !== 'mark' || instId.split('-').length > 2;
}

function requests(op: 'subscribe' | 'unsubscribe', { symbols, streams }: Subscription): readonly OutgoingFrame[] {
  const wanted = [...new Set(streams)];
  const args = symbols.flatMap((instId) =>
    wanted.filter((stream) => hasStream(instId, stream)).map((stream) => ({ channel: CHANNELS[stream], instId })),
  );
  const frames: string[] = [];
  for (let from = 0; from < args.length; from += CHANNELS_PER_FRAME_MAX) {
    frames.push(JSON.stringify({ op, args: args.slice(from, from + CHANNELS_PER_FRAME_MAX) }));
  }
  return frames;
}

/** `{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}` */
function readClock(body: unknown): number | undefined {
  const data = memberOf(body, 'data');
  try {
    return millisText(memberOf(Array.isArray(data) ? data[0] : undefined, 'ts'), 'ts');
  } catch {
    return undefined;
  }
}

const publicDialect: MarketDialect = {
  name: 'okx',
  wsUrl: 'wss://ws.okx.com:8443/ws/v5/public',
  restUrl: 'https://www.okx.com',
  streams: ['quote', 'trade', 'book', 'mark', 'funding'],
  bookRule: 'previous',
  snapshots: 'stream',
  subscribe: (subscription) => requests('subscribe', subscription),
  unsubscribe: (subscription) => requests('unsubscribe', subscription),
  keepAlive: { everyMs: PING_MS, frame: 'ping' },
  clock: { request: { path: '/api/v5/public/time' }, read: readClock },
  parser: () => new OkxParser(),
};

/** The venue's second address, the only one with bars, and with nothing else of what we follow. */
const businessDialect: MarketDialect = {
  ...publicDialect,
  wsUrl: 'wss://ws.okx.com:8443/ws/v5/business',
  streams: ['bar'],
};

/**
 * OKX API v5, public interface. Updates of books are chained by `prevSeqId` (equal to `seqId` when nothing changed for a
 * minute, and above it when the venue begins to count anew); levels that leave the 400 best are removed by it. Recordings
 * of before 2023 have a checksum instead of numbers. Ids of trades leave numbers out, because a row can stand for several
 * trades. Mark prices and funding are subscribed to where an instrument has them. Bars come over another address.
 */
export const okxDialect: MarketDialect = { ...publicDialect, beside: businessDialect };
