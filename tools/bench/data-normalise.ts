import { type DialectName, MarketNormalizer, TopOfBookCheck, dialectOf } from '@portcullis/venues/market';
import { OrderBook, normalizeBookChanges, normalizeBookTickers, normalizeTrades } from 'tardis-dev';
import { generatedFrames } from './generated-frames.ts';
import { type Recorded, dataFolder, recordedFrames } from './recorded-frames.ts';
import type { Ratio } from './run-parts.ts';

/** Runs of each contender, in turns; the best counts, because nothing but others' load makes a run slower. */
const ROUNDS = 7;
interface Market {
  readonly name: 'spot' | 'usdm' | 'coinm';
  readonly dialect: DialectName;
  /** As tardis-dev calls the venue. */
  readonly exchange: 'binance' | 'binance-futures' | 'binance-delivery';
  readonly symbol: string;
  readonly files: readonly string[];
  /** Deltas after which the top of the book may differ from the quotes, as the data's description says. */
  readonly unequalMax: number;
}

const MARKETS: readonly Market[] = [
  {
    name: 'spot',
    dialect: 'binance-spot',
    exchange: 'binance',
    symbol: 'BTCUSDT',
    files: ['binance-spot/btcusdt_20240808.gz', 'binance-spot/btcusdt_20240809.gz'],
    unequalMax: 2,
  },
  {
    name: 'usdm',
    dialect: 'binance-usdm',
    exchange: 'binance-futures',
    symbol: 'BTCUSDT',
    files: ['binance-usdm/btcusdt_20240808.gz'],
    unequalMax: 0,
  },
  {
    name: 'coinm',
    dialect: 'binance-coinm',
    exchange: 'binance-delivery',
    symbol: 'ETHUSD_PERP',
    files: ['binance-cm/ethusd_perp_20240808.gz', 'binance-cm/ethusd_perp_20240809.gz'],
    unequalMax: 0,
  },
];

function normalise({ dialect, symbol }: Market, frames: readonly Recorded[]): number {
  let events = 0;
  const normalizer = new MarketNormalizer(dialectOf(dialect), { onEvent: () => (events += 1) });
  for (const { bytes, receivedMicros, isSnapshot } of frames) {
    if (isSnapshot) normalizer.snapshot(symbol, bytes, receivedMicros);
    else normalizer.frame(bytes, receivedMicros);
  }
  return events;
}

function parseBarely(frames: readonly Recorded[]): number {
  let objects = 0;
  for (const { text } of frames) if (typeof JSON.parse(text) === 'object') objects += 1;
  return objects;
}

/** What tardis-dev does with recorded frames: trades, quotes and book changes, and its own book kept by them. */
function normaliseByTardis({ exchange, symbol }: Market, frames: readonly Recorded[]): number {
  const start = new Date((frames[0]?.receivedMicros ?? 0) / 1000);
  const mappers = [
    normalizeTrades(exchange, start),
    normalizeBookTickers(exchange, start),
    normalizeBookChanges(exchange, start),
  ];
  const book = new OrderBook();
  let events = 0;
  for (const { text, receivedMicros } of frames) {
    const parsed = JSON.parse(text) as { stream?: string };
    // It wants the fetched snapshot in the form in which its own recordings have it.
    const message =
      parsed.stream === undefined
        ? { stream: `${symbol.toLowerCase()}@depthSnapshot`, generated: true, data: parsed }
        : parsed;
    const received = new Date(receivedMicros / 1000);
    for (const mapper of mappers) {
      if (!mapper.canHandle(message)) continue;
      for (const each of mapper.map(message, received) ?? []) {
        events += 1;
        if (each.type === 'book_change') book.update(each);
      }
    }
  }
  return events;
}

/** Throws when a frame is refused, a hole is seen, or the best prices are not what the venue's quotes say. */
function verify({ name, dialect, symbol, unequalMax }: Market, frames: readonly Recorded[]): void {
  const check = new TopOfBookCheck();
  const normalizer: MarketNormalizer = new MarketNormalizer(dialectOf(dialect), {
    quotesNeedBook: false,
    onEvent: (event) => check.observe(event, normalizer.book(symbol)),
  });
  for (const { bytes, receivedMicros, isSnapshot } of frames) {
    if (isSnapshot) normalizer.snapshot(symbol, bytes, receivedMicros);
    else normalizer.frame(bytes, receivedMicros);
  }
  const { malformed, gaps } = normalizer.counters;
  const { checked, equal } = check;
  process.stderr.write(`normalise ${name}: top of the book right after ${equal} of ${checked} deltas\n`);
  if (malformed + gaps > 0 || checked < 1000 || checked - equal > unequalMax) {
    throw new Error(
      `${name}: ${malformed} frames malformed, ${gaps} gaps, ${equal} of ${checked} tops of the book right`,
    );
  }
}

function secondsOf(run: () => number): number {
  const from = process.hrtime.bigint();
  if (run() === 0) throw new Error('nothing came of it');
  return Number(process.hrtime.bigint() - from) / 1e9;
}

/**
 * Raw frames to events with a live, sequence-checked book, against a bare `JSON.parse` of the same frames (from strings
 * that were made beforehand, while ours are bytes as they come from the socket) and against tardis-dev.
 */
export function benchNormalise(): Readonly<Record<string, Ratio>> {
  const folder = dataFolder();
  if (folder === undefined) {
    process.stderr.write('normalise: no recorded frames (set PORTCULLIS_SHARED); generated ones are used\n');
  }
  const results: Record<string, Ratio> = {};
  for (const market of MARKETS) {
    const frames =
      folder === undefined ? generatedFrames(market.name, market.symbol) : recordedFrames(folder, market.files);
    verify(market, frames);
    const best = { ours: Infinity, json: Infinity, tardis: Infinity };
    for (let round = 0; round < ROUNDS; round++) {
      best.json = Math.min(
        best.json,
        secondsOf(() => parseBarely(frames)),
      );
      best.ours = Math.min(
        best.ours,
        secondsOf(() => normalise(market, frames)),
      );
      best.tardis = Math.min(
        best.tardis,
        secondsOf(() => normaliseByTardis(market, frames)),
      );
    }
    const ratio = (other: number): Ratio => ({
      ours: Math.round(frames.length / best.ours),
      other: Math.round(frames.length / other),
      ratio: Math.round((other / best.ours) * 100) / 100,
    });
    results[`normalise ${market.name} vs JSON.parse`] = ratio(best.json);
    results[`normalise ${market.name} vs tardis-dev`] = ratio(best.tardis);
  }
  return results;
}
