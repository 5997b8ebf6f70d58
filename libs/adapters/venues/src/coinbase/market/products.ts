import type { Aggressor, ScaledBar, ScaledEvent, ScaledNumber, ScaledQuote, ScaledTrade } from '@portcullis/market';
import { Malformed, type Members, symbolOf } from '../../market/frame-members.ts';
import { SYMBOLS_MAX, aboveZero, notBefore, tradeIdOf } from '../../market/wire-members.ts';
import { type BookSides, type WireNumber, alike, alikeSides, unsignedNumber } from '../../market/wire-number.ts';
import type { EventTime } from '../../market/event-time.ts';

/** What of a product is remembered on one connection. */
export interface Product {
  readonly symbol: string;
  priceScale: number;
  quantityScale: number;
  barScale: number;
  barQuantityScale: number;
  book: EventTime;
  quote: EventTime;
  /** The bar that is not finished. */
  bar: ScaledBar | undefined;
}

const NEVER: EventTime = { tsEvent: 0, tsEventNanos: 0 };

export class Products {
  readonly #products = new Map<string, Product>();

  /** Throws {@link Malformed} when it names none, or there are too many. */
  of(data: Members): Product {
    const symbol = symbolOf(data, 'product_id');
    let product = this.#products.get(symbol);
    if (product !== undefined) return product;
    if (this.#products.size >= SYMBOLS_MAX) {
      throw new Malformed('product_id', symbol, 'not so many products on one connection');
    }
    const scales = { priceScale: 0, quantityScale: 0, barScale: 0, barQuantityScale: 0 };
    product = { symbol, ...scales, book: NEVER, quote: NEVER, bar: undefined };
    this.#products.set(symbol, product);
    return product;
  }
}

/** Where a frame's events are put, and what they are read with. */
export interface Reading {
  readonly products: Products;
  readonly receivedMicros: number;
  readonly out: ScaledEvent[];
}

/** `product_id`, `trade_id`, `price`, `size` and `side`, which both feeds spell alike. */
export function tradeOf(data: Members, product: Product, time: EventTime): ScaledTrade {
  const price = aboveZero(unsignedNumber(data['price'], 'price'), 'price');
  const size = aboveZero(unsignedNumber(data['size'], 'size'), 'size');
  const prices = alike([price], product.priceScale, 'price');
  const sizes = alike([size], product.quantityScale, 'size');
  const id = data['trade_id'];
  const tradeId = tradeIdOf(Number.isSafeInteger(id) ? String(id) : id, 'trade_id');
  const aggressor = takerOf(data['side']);
  product.priceScale = prices.scale;
  product.quantityScale = sizes.scale;
  return {
    kind: 'trade',
    symbol: product.symbol,
    ...time,
    priceScale: prices.scale,
    quantityScale: sizes.scale,
    tradeId,
    price: prices.values[0] as number,
    quantity: sizes.values[0] as number,
    aggressor,
  };
}

/**
 * Both feeds name the maker's side, so the taker's is the other one. Sources: Coinbase Exchange, "Channels": match ("The
 * side field indicates the maker order side"); for Advanced Trade, whose pages leave it out, NautilusTrader,
 * `coinbase_side_to_aggressor` ("Coinbase reports the maker side on public market trades").
 */
function takerOf(side: unknown): Aggressor {
  const maker = typeof side === 'string' ? side.toLowerCase() : '';
  if (maker === 'buy') return 'sell';
  if (maker === 'sell') return 'buy';
  if (maker === 'unknown_order_side') return 'unknown';
  throw new Malformed('side', side, 'buy or sell');
}

interface Best {
  readonly bid: unknown;
  readonly bidQuantity: unknown;
  readonly ask: unknown;
  readonly askQuantity: unknown;
}

/**
 * Undefined where a price or a quantity is missing: a best price without the quantity behind it (the old feed until 2022,
 * `ticker_batch`) is no quote, nor is one side of an empty book.
 */
export function quoteOf(best: Best, product: Product, time: EventTime): ScaledQuote | undefined {
  const { bid, bidQuantity, ask, askQuantity } = best;
  if ([bid, bidQuantity, ask, askQuantity].some((text) => text === undefined || text === '')) return undefined;
  const prices = [unsignedNumber(bid, 'best_bid'), unsignedNumber(ask, 'best_ask')];
  const quantities = [unsignedNumber(bidQuantity, 'best_bid size'), unsignedNumber(askQuantity, 'best_ask size')];
  if (prices.some(({ value }) => value === 0)) return undefined;
  const price = alike(prices, product.priceScale, 'best_bid');
  const quantity = alike(quantities, product.quantityScale, 'best_bid size');
  product.priceScale = price.scale;
  product.quantityScale = quantity.scale;
  product.quote = inOrder(product.quote, time);
  return {
    kind: 'quote',
    symbol: product.symbol,
    ...product.quote,
    priceScale: price.scale,
    quantityScale: quantity.scale,
    sequence: 0,
    bidPrice: price.values[0] as number,
    bidQuantity: quantity.values[0] as number,
    askPrice: price.values[1] as number,
    askQuantity: quantity.values[1] as number,
  };
}

/** A whole book or changes to it; Coinbase numbers neither. */
export function bookOf(
  kind: 'snapshot' | 'delta',
  levels: BookSides<WireNumber>,
  product: Product,
  time: EventTime,
): ScaledEvent {
  const sides = alikeSides(levels, product);
  product.priceScale = sides.priceScale;
  product.quantityScale = sides.quantityScale;
  product.book = inOrder(product.book, time);
  const event = { symbol: product.symbol, ...product.book, ...sides };
  if (kind === 'snapshot') return { kind, ...event, sequence: 0 };
  return { kind, ...event, firstSequence: 0, lastSequence: 0, previousSequence: -1 };
}

/** The time, or the one before it where it lies behind that: readers order by time, and what came later stays later. */
function inOrder(previous: EventTime, time: EventTime): EventTime {
  const tsEvent = notBefore(previous.tsEvent, time.tsEvent);
  if (tsEvent !== time.tsEvent) return previous;
  return tsEvent === previous.tsEvent && time.tsEventNanos < previous.tsEventNanos ? previous : time;
}

/** Puts numbers of one kind at the product's scale for it. */
export function barNumbers(
  prices: readonly ScaledNumber[],
  volume: ScaledNumber,
  product: Product,
): { readonly prices: readonly number[]; readonly volume: number; readonly scales: readonly [number, number] } {
  const price = alike(prices, product.barScale, 'open');
  const quantity = alike([volume], product.barQuantityScale, 'volume');
  product.barScale = price.scale;
  product.barQuantityScale = quantity.scale;
  return { prices: price.values, volume: quantity.values[0] as number, scales: [price.scale, quantity.scale] };
}
