import type { ScaledBar, ScaledTrade } from '@portcullis/market';
import { Malformed, type Members, membersOf } from '../../market/frame-members.ts';
import { rowsOf, wholeNumber } from '../../market/wire-members.ts';
import { type WireNumber, unsignedNumber } from '../../market/wire-number.ts';
import type { EventTime } from '../../market/event-time.ts';
import { isoTime } from './iso-time.ts';
import { type Product, type Reading, barNumbers, bookOf, quoteOf, tradeOf } from './products.ts';

const BAR_MICROS = 300_000_000;
const START_MIN = 978_307_200;
const START_MAX = 4_070_908_800;
/** Changes in one frame: the whole book of the busiest product has some tens of thousands a side. */
const UPDATES_MAX = 200_000;

/**
 * A frame of the Advanced Trade feed: `channel`, `timestamp`, `sequence_num` and `events`. Channels that carry no market
 * data (subscriptions, heartbeats, status) give nothing. Throws {@link Malformed}. Source: Coinbase, "Advanced Trade
 * WebSocket Channels".
 */
export function readAdvanced(frame: Members, reading: Reading): void {
  const read = READERS[String(frame['channel'])];
  if (read === undefined) return;
  const time = isoTime(frame['timestamp'], 'timestamp');
  for (const event of rowsOf(frame['events'], 'events')) read(membersOf(event, 'events'), time, reading);
}

const READERS: Readonly<Record<string, (event: Members, time: EventTime, reading: Reading) => void>> = {
  l2_data: readBook,
  market_trades: readTrades,
  ticker: readTickers,
  candles: readCandles,
};

/** A whole book has the frame's time; changes have that of the latest of them. */
function readBook(event: Members, time: EventTime, reading: Reading): void {
  const product = reading.products.of(event);
  const bids: WireNumber[] = [];
  const asks: WireNumber[] = [];
  let latest: EventTime | undefined;
  for (const row of rowsOf(event['updates'], 'updates', UPDATES_MAX)) {
    const update = membersOf(row, 'updates');
    const side = update['side'] === 'bid' ? bids : update['side'] === 'offer' ? asks : undefined;
    if (side === undefined) throw new Malformed('side', update['side'], 'bid or offer');
    side.push(unsignedNumber(update['price_level'], 'price_level'));
    side.push(unsignedNumber(update['new_quantity'], 'new_quantity'));
    if (event['type'] !== 'update' || update['event_time'] === undefined) continue;
    const changed = isoTime(update['event_time'], 'event_time');
    if (latest === undefined || isLater(changed, latest)) latest = changed;
  }
  if (event['type'] === 'snapshot') {
    reading.out.push(bookOf('snapshot', { bids, asks }, product, time));
  } else if (event['type'] === 'update') {
    reading.out.push(bookOf('delta', { bids, asks }, product, latest ?? time));
  } else throw new Malformed('type', event['type'], 'snapshot or update');
}

function isLater(a: EventTime, b: EventTime): boolean {
  return a.tsEvent > b.tsEvent || (a.tsEvent === b.tsEvent && a.tsEventNanos > b.tsEventNanos);
}

/** What the subscription is answered with (`snapshot`) is trades from before it, and is left out. Newest first. */
function readTrades(event: Members, _time: EventTime, { products, out }: Reading): void {
  if (event['type'] === 'snapshot') return;
  const trades: ScaledTrade[] = [];
  for (const row of rowsOf(event['trades'], 'trades')) {
    const data = membersOf(row, 'trades');
    trades.push(tradeOf(data, products.of(data), isoTime(data['time'], 'time')));
  }
  out.push(...trades.toSorted(inTime));
}

function inTime(a: ScaledTrade, b: ScaledTrade): number {
  const apart = a.tsEvent - b.tsEvent || a.tsEventNanos - b.tsEventNanos;
  // Of one moment the ids tell the order, where they are numbers.
  return apart === 0 ? Number(a.tradeId) - Number(b.tradeId) || 0 : apart;
}

/** The first ones (`snapshot`) are as old as the last trade, though the frame's time is not, and are left out. */
function readTickers(event: Members, time: EventTime, { products, out }: Reading): void {
  if (event['type'] === 'snapshot') return;
  for (const row of rowsOf(event['tickers'], 'tickers')) {
    const data = membersOf(row, 'tickers');
    const best = {
      bid: data['best_bid'],
      bidQuantity: data['best_bid_quantity'],
      ask: data['best_ask'],
      askQuantity: data['best_ask_quantity'],
    };
    const quote = quoteOf(best, products.of(data), time);
    if (quote !== undefined) out.push(quote);
  }
}

/**
 * The venue tells bars of five minutes as they grow and does not say when one is finished, so one is when a later one
 * begins, as it was told last.
 */
function readCandles(event: Members, _time: EventTime, { products, out }: Reading): void {
  const isHistory = event['type'] === 'snapshot';
  const bars = rowsOf(event['candles'], 'candles').map((row) => {
    const data = membersOf(row, 'candles');
    const product = products.of(data);
    return { product, bar: barOf(data, product) };
  });
  for (const { product, bar } of bars.toSorted((a, b) => a.bar.start - b.bar.start)) {
    const { bar: growing } = product;
    if (growing !== undefined && bar.start < growing.start) continue;
    if (growing !== undefined && bar.start > growing.start && !isHistory) out.push(growing);
    product.bar = bar;
  }
}

function barOf(data: Members, product: Product): ScaledBar {
  const seconds = wholeNumber(data['start'], 'start');
  if (seconds < START_MIN || seconds >= START_MAX) {
    throw new Malformed('start', data['start'], 'epoch seconds between 2001 and 2098');
  }
  const start = seconds * 1_000_000;
  const prices = ['open', 'high', 'low', 'close'].map((member) => unsignedNumber(data[member], member));
  const numbers = barNumbers(prices, unsignedNumber(data['volume'], 'volume'), product);
  const [open, high, low, close] = numbers.prices as [number, number, number, number];
  const [priceScale, quantityScale] = numbers.scales;
  return {
    kind: 'bar',
    symbol: product.symbol,
    tsEvent: start + BAR_MICROS - 1,
    tsEventNanos: 0,
    priceScale,
    quantityScale,
    period: BAR_MICROS,
    start,
    ...{ open, high, low, close },
    volume: numbers.volume,
    takerVolume: -1,
    quoteVolume: '',
    count: -1,
  };
}
