import type { Aggressor, ScaledBar, ScaledEvent, ScaledQuote, ScaledTrade } from '@portcullis/market';
import { notBefore, placesIn } from '../../market/wire-members.ts';
import { type BookSides, type WireNumber, alike, alikeSides } from '../../market/wire-number.ts';
import type { Candle, KrakenSymbol, Precision } from './kraken-symbols.ts';
import type { VenueTime } from './kraken-times.ts';

export const MINUTE_MICROS = 60_000_000;

export interface WireQuote {
  readonly state: KrakenSymbol;
  readonly time: VenueTime;
  readonly bid: WireNumber;
  readonly bidQuantity: WireNumber;
  readonly ask: WireNumber;
  readonly askQuantity: WireNumber;
}

export function quoteEvent({ state, time, bid, bidQuantity, ask, askQuantity }: WireQuote): ScaledQuote {
  const prices = alike([bid, ask], state.quote.price, 'price');
  const quantities = alike([bidQuantity, askQuantity], state.quote.quantity, 'quantity');
  state.quote.price = prices.scale;
  state.quote.quantity = quantities.scale;
  return {
    kind: 'quote',
    symbol: state.symbol,
    tsEvent: time.micros,
    tsEventNanos: time.nanos,
    priceScale: prices.scale,
    quantityScale: quantities.scale,
    sequence: 0,
    bidPrice: prices.values[0] as number,
    bidQuantity: quantities.values[0] as number,
    askPrice: prices.values[1] as number,
    askQuantity: quantities.values[1] as number,
  };
}

export interface WireTrade {
  readonly state: KrakenSymbol;
  readonly time: VenueTime;
  readonly tradeId: string;
  readonly price: WireNumber;
  readonly quantity: WireNumber;
  readonly aggressor: Aggressor;
}

export function tradeEvent({ state, time, tradeId, price, quantity, aggressor }: WireTrade): ScaledTrade {
  const prices = alike([price], state.trade.price, 'price');
  const quantities = alike([quantity], state.trade.quantity, 'quantity');
  state.trade.price = prices.scale;
  state.trade.quantity = quantities.scale;
  return {
    kind: 'trade',
    symbol: state.symbol,
    tsEvent: time.micros,
    tsEventNanos: time.nanos,
    priceScale: prices.scale,
    quantityScale: quantities.scale,
    tradeId,
    price: prices.values[0] as number,
    quantity: quantities.values[0] as number,
    aggressor,
  };
}

export interface WireBook extends BookSides<WireNumber> {
  readonly state: KrakenSymbol;
  readonly time: VenueTime;
  readonly isSnapshot: boolean;
  readonly checksum: number | undefined;
  /** What the venue says of the instrument, where it was asked. */
  readonly precision: Precision | undefined;
}

export function bookEvent(book: WireBook): ScaledEvent {
  const { state, isSnapshot, checksum, time } = book;
  const { symbol } = state;
  const before = isSnapshot ? { price: 0, quantity: 0 } : state.book;
  const told = alikeSides(book, { priceScale: before.price, quantityScale: before.quantity });
  const tsEvent = notBefore(state.bookAt, time.micros);
  settle(book, told.priceScale, told.quantityScale);
  if (isSnapshot) state.depth.begin(told);
  const sides = isSnapshot ? told : state.depth.follow(told);
  state.bookAt = tsEvent;
  const common = {
    symbol,
    tsEvent,
    tsEventNanos: tsEvent === time.micros ? time.nanos : 0,
    ...sides,
    ...(checksum === undefined ? {} : { checksum }),
  };
  // The venue numbers nothing: the book sync counts for itself.
  return isSnapshot
    ? { kind: 'snapshot', sequence: 0, ...common }
    : { kind: 'delta', firstSequence: 0, lastSequence: 0, previousSequence: -1, ...common };
}

/** A snapshot begins anew; after it scales and written digits only grow, as those of the book do. */
function settle(book: WireBook, priceScale: number, quantityScale: number): void {
  const { book: scales, written } = book.state;
  const { isSnapshot, precision } = book;
  const [price, quantity] = placesIn(book);
  scales.price = isSnapshot ? priceScale : Math.max(scales.price, priceScale);
  scales.quantity = isSnapshot ? quantityScale : Math.max(scales.quantity, quantityScale);
  written.price = Math.max(isSnapshot ? 0 : written.price, price, precision?.price ?? 0, scales.price);
  written.quantity = Math.max(isSnapshot ? 0 : written.quantity, quantity, precision?.quantity ?? 0, scales.quantity);
}

/**
 * The venue tells a period again with each trade in it and never says that it is over: it is when a newer one begins. So
 * a bar comes late by as long as nobody trades. The one during which the connection was made is whole.
 */
export function nextCandle(state: KrakenSymbol, candle: Candle): ScaledBar | undefined {
  const previous = state.candle;
  // One that is over was told.
  if (previous !== undefined && candle.start < previous.start) return undefined;
  state.candle = candle;
  return previous === undefined || previous.start === candle.start ? undefined : barEvent(state, previous);
}

/** Throws where a candle cannot be told later; to be asked before any of a frame is taken. */
export function checkedCandle(candle: Candle): Candle {
  alike(candle.prices, 0, 'price');
  return candle;
}

function barEvent(state: KrakenSymbol, { start, prices, volume, count }: Candle): ScaledBar {
  const scaled = alike(prices, state.bar.price, 'price');
  const volumes = alike([volume], state.bar.quantity, 'volume');
  state.bar.price = scaled.scale;
  state.bar.quantity = volumes.scale;
  const [open, high, low, close] = scaled.values as [number, number, number, number];
  return {
    kind: 'bar',
    symbol: state.symbol,
    tsEvent: start + MINUTE_MICROS - 1,
    tsEventNanos: 0,
    priceScale: scaled.scale,
    quantityScale: volumes.scale,
    period: MINUTE_MICROS,
    start,
    open,
    high,
    low,
    close,
    volume: volumes.values[0] as number,
    takerVolume: -1,
    quoteVolume: '',
    count,
  };
}
