import type { DataStream } from '@portcullis/market';
import type { MarketDialect, OutgoingFrame, Subscription } from '../../market/dialect.ts';
import { BinanceParser } from './binance-parser.ts';
import type { BinanceMarket } from './fast-frames.ts';
import { microsOf } from './symbol-scales.ts';

/** Streams in one request; the venue refuses longer messages. */
const STREAMS_PER_FRAME_MAX = 200;

const SPOT_STREAMS: Readonly<Partial<Record<DataStream, string>>> = {
  quote: 'bookTicker',
  trade: 'trade',
  book: 'depth@100ms',
  bar: 'kline_1m',
};
/** The mark price and the funding rate come in one frame. */
const FUTURES_STREAMS: Readonly<Partial<Record<DataStream, string>>> = {
  ...SPOT_STREAMS,
  mark: 'markPrice@1s',
  funding: 'markPrice@1s',
};

interface Addresses {
  readonly name: MarketDialect['name'];
  readonly market: BinanceMarket;
  readonly wsUrl: string;
  readonly restUrl: string;
  /** The path of the REST interface. */
  readonly root: string;
  readonly snapshotLevels: number;
  readonly streams: Readonly<Partial<Record<DataStream, string>>>;
}

function binanceDialect({ name, market, wsUrl, restUrl, root, snapshotLevels, streams }: Addresses): MarketDialect {
  return {
    name,
    wsUrl,
    restUrl,
    streams: Object.keys(streams) as DataStream[],
    bookRule: market === 'spot' ? 'range' : 'previous',
    snapshots: 'rest',
    consecutiveTradeIds: true,
    subscribe: (subscription) => requests('SUBSCRIBE', subscription, streams),
    unsubscribe: (subscription) => requests('UNSUBSCRIBE', subscription, streams),
    // The venue's pings are answered by the socket itself.
    keepAlive: undefined,
    snapshotRequest: (symbol) => ({
      path: `${root}/depth?symbol=${encodeURIComponent(symbol)}&limit=${snapshotLevels}`,
    }),
    clock: { request: { path: `${root}/time` }, read: readClock },
    parser: () => new BinanceParser(market),
  };
}

function requests(
  method: 'SUBSCRIBE' | 'UNSUBSCRIBE',
  { symbols, streams }: Subscription,
  names: Addresses['streams'],
): readonly OutgoingFrame[] {
  const wanted = new Set(streams.flatMap((stream) => names[stream] ?? []));
  const params = symbols.flatMap((symbol) => [...wanted].map((name) => `${symbol.toLowerCase()}@${name}`));
  const frames: string[] = [];
  for (let from = 0; from < params.length; from += STREAMS_PER_FRAME_MAX) {
    const part = params.slice(from, from + STREAMS_PER_FRAME_MAX);
    frames.push(JSON.stringify({ method, params: part, id: frames.length + 1 }));
  }
  return frames;
}

function readClock(body: unknown): number | undefined {
  const time = body !== null && typeof body === 'object' && 'serverTime' in body ? body.serverTime : undefined;
  const micros = typeof time === 'number' ? microsOf(time) : -1;
  return micros < 0 ? undefined : micros;
}

/** Binance spot, and what speaks like it (`venuesim`) at another address. */
export const binanceSpotDialect = binanceDialect({
  name: 'binance-spot',
  market: 'spot',
  wsUrl: 'wss://stream.binance.com:9443/stream',
  restUrl: 'https://api.binance.com',
  root: '/api/v3',
  snapshotLevels: 1000,
  streams: SPOT_STREAMS,
});

/** Perpetuals and futures margined in stablecoins. */
export const binanceUsdmDialect = binanceDialect({
  name: 'binance-usdm',
  market: 'usdm',
  wsUrl: 'wss://fstream.binance.com/stream',
  restUrl: 'https://fapi.binance.com',
  root: '/fapi/v1',
  snapshotLevels: 1000,
  streams: FUTURES_STREAMS,
});

/** Perpetuals and futures margined in the coin itself; quantities are contracts. */
export const binanceCoinmDialect = binanceDialect({
  name: 'binance-coinm',
  market: 'coinm',
  wsUrl: 'wss://dstream.binance.com/stream',
  restUrl: 'https://dapi.binance.com',
  root: '/dapi/v1',
  snapshotLevels: 1000,
  streams: FUTURES_STREAMS,
});
