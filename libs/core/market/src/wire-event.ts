import type { MarketBar, MarketEvent } from '@portcullis/contracts';
import { type InputError, type Result, err, ok } from '@portcullis/kernel';
import type { FlatLevels, NumberedEvent, ScaledEvent } from './scaled-event.ts';
import { type ScaledNumber, SCALE_MAX, atScale, formatScaled, parseScaled } from './scaled-number.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'version' | 'venue' | 'seq' | 'tsInit'> : never;

/** A market event as it goes over the bus, without what its publisher adds: version, venue, number, time of receipt. */
export type WireEvent = Unnumbered<MarketEvent>;

/**
 * The event as it goes over the bus: decimal strings, exact, without trailing zeros. Undefined for a trade whose
 * aggressor is unknown, which the wire has no word for. What the wire does not carry is left out: nanoseconds, a bar's
 * taker and quote volume, checksums, the number of the update that made a quote.
 */
export function wireEvent(event: ScaledEvent): WireEvent | undefined {
  const { symbol, tsEvent } = event;
  switch (event.kind) {
    case 'quote': {
      const { kind, priceScale, quantityScale } = event;
      return {
        kind,
        symbol,
        tsEvent,
        bidPrice: formatScaled(event.bidPrice, priceScale),
        bidQuantity: formatScaled(event.bidQuantity, quantityScale),
        askPrice: formatScaled(event.askPrice, priceScale),
        askQuantity: formatScaled(event.askQuantity, quantityScale),
      };
    }
    case 'trade': {
      const { kind, tradeId, aggressor } = event;
      if (aggressor === 'unknown') return undefined;
      const price = formatScaled(event.price, event.priceScale);
      return {
        kind,
        symbol,
        tsEvent,
        tradeId,
        price,
        quantity: formatScaled(event.quantity, event.quantityScale),
        aggressor,
      };
    }
    case 'delta': {
      const { kind, firstSequence, lastSequence } = event;
      return { kind, symbol, tsEvent, firstSequence, lastSequence, ...wireLevels(event) };
    }
    case 'snapshot':
      return { kind: event.kind, symbol, tsEvent, sequence: event.sequence, ...wireLevels(event) };
    case 'bar':
      return wireBar(event);
    case 'mark': {
      const price = formatScaled(event.price, event.priceScale);
      const index = event.index < 0 ? {} : { index: formatScaled(event.index, event.priceScale) };
      return { kind: event.kind, symbol, tsEvent, price, ...index };
    }
    case 'funding': {
      const rate = formatScaled(event.rate, event.rateScale);
      return { kind: event.kind, symbol, tsEvent, rate, ...(event.nextAt === 0 ? {} : { nextAt: event.nextAt }) };
    }
    case 'gap': {
      const { kind, reason, detail, stream, from, to } = event;
      return {
        kind,
        symbol,
        tsEvent,
        reason,
        detail: detail.slice(0, GAP_DETAIL_MAX),
        ...(stream === 'all' ? {} : { stream }),
        ...(from === 0 ? {} : { from }),
        ...(to === 0 ? {} : { to }),
      };
    }
  }
}

/** Characters of a gap's detail that the contract allows. */
const GAP_DETAIL_MAX = 200;

function wireBar(bar: Extract<ScaledEvent, { kind: 'bar' }>): Unnumbered<MarketBar> {
  const { kind, symbol, tsEvent, period, start, priceScale, quantityScale } = bar;
  return {
    kind,
    symbol,
    tsEvent,
    period,
    start,
    open: formatScaled(bar.open, priceScale),
    high: formatScaled(bar.high, priceScale),
    low: formatScaled(bar.low, priceScale),
    close: formatScaled(bar.close, priceScale),
    volume: formatScaled(bar.volume, quantityScale),
    count: Math.max(0, bar.count),
  };
}

interface SidesAndScales {
  readonly bids: FlatLevels;
  readonly asks: FlatLevels;
  readonly priceScale: number;
  readonly quantityScale: number;
}

function wireLevels({ bids, asks, priceScale, quantityScale }: SidesAndScales): {
  bids: [string, string][];
  asks: [string, string][];
} {
  const side = (flat: FlatLevels): [string, string][] => {
    const levels: [string, string][] = [];
    for (let at = 0; at + 1 < flat.length; at += 2) {
      levels.push([formatScaled(flat[at] as number, priceScale), formatScaled(flat[at + 1] as number, quantityScale)]);
    }
    return levels;
  };
  return { bids: side(bids), asks: side(asks) };
}

/** Thrown inside this file only. */
class OutOfRange extends Error {
  readonly error: InputError;

  constructor(field: string, value: string) {
    super(`${field} is ${value}`);
    this.error = {
      field,
      value,
      expected: `a decimal within ${SCALE_MAX} digits after the point and the safe integers`,
    };
  }
}

/**
 * A parsed contract event in scaled integers, at the coarsest scales that hold it exactly. Refuses numbers beyond the
 * safe integers, and names the member. What the wire does not carry is unknown: see {@link wireEvent}.
 */
export function scaledEvent(event: MarketEvent): Result<NumberedEvent, InputError> {
  try {
    return ok(scaled(event));
  } catch (error) {
    if (error instanceof OutOfRange) return err(error.error);
    throw error;
  }
}

function scaled(event: MarketEvent): NumberedEvent {
  const { symbol, seq, tsEvent, tsInit } = event;
  const base = { symbol, seq, tsEvent, tsInit, tsEventNanos: 0 };
  switch (event.kind) {
    case 'quote': {
      const [priceScale, bidPrice = 0, askPrice = 0] = together({ bidPrice: event.bidPrice, askPrice: event.askPrice });
      const quantities = { bidQuantity: event.bidQuantity, askQuantity: event.askQuantity };
      const [quantityScale, bidQuantity = 0, askQuantity = 0] = together(quantities);
      const scales = { priceScale, quantityScale };
      return { ...base, kind: 'quote', ...scales, sequence: 0, bidPrice, bidQuantity, askPrice, askQuantity };
    }
    case 'trade': {
      const [priceScale, price = 0] = together({ price: event.price });
      const [quantityScale, quantity = 0] = together({ quantity: event.quantity });
      const { tradeId, aggressor } = event;
      return { ...base, kind: 'trade', priceScale, quantityScale, tradeId, price, quantity, aggressor };
    }
    case 'delta': {
      const { firstSequence, lastSequence } = event;
      const numbers = { firstSequence, lastSequence, previousSequence: -1 };
      return { ...base, kind: 'delta', ...numbers, ...scaledLevels(event) };
    }
    case 'snapshot':
      return { ...base, kind: 'snapshot', sequence: event.sequence, ...scaledLevels(event) };
    case 'bar': {
      const { period, start, count } = event;
      const prices = { open: event.open, high: event.high, low: event.low, close: event.close };
      const [priceScale, open = 0, high = 0, low = 0, close = 0] = together(prices);
      const [quantityScale, volume = 0] = together({ volume: event.volume });
      const unknown = { takerVolume: -1, quoteVolume: '' };
      const values = { open, high, low, close, volume, count };
      return { ...base, kind: 'bar', period, start, priceScale, quantityScale, ...values, ...unknown };
    }
    case 'mark': {
      const [priceScale, price = 0, index = -1] = together(
        event.index === undefined ? { price: event.price } : { price: event.price, index: event.index },
      );
      return { ...base, kind: 'mark', priceScale, price, index };
    }
    case 'funding': {
      const [rateScale, rate = 0] = together({ rate: event.rate });
      return { ...base, kind: 'funding', rateScale, rate, nextAt: event.nextAt ?? 0 };
    }
    case 'gap': {
      const { reason, detail, stream = 'all', from = 0, to = 0 } = event;
      return { ...base, kind: 'gap', reason, detail, stream, from, to };
    }
  }
}

/** The scale that holds all of them, then each at that scale. */
function together(texts: Readonly<Record<string, string>>): [number, ...number[]] {
  const parsed = Object.entries(texts).map(([field, text]) => ({ field, text, number: scaledNumber(field, text) }));
  const scale = Math.max(0, ...parsed.map(({ number }) => number.scale));
  return [scale, ...parsed.map(({ field, text, number }) => valueAt(number, scale, { field, text }))];
}

function scaledLevels({
  bids,
  asks,
}: {
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}): { bids: number[]; asks: number[]; priceScale: number; quantityScale: number } {
  const scales = { price: 0, quantity: 0 };
  const parse = (field: string, levels: readonly (readonly [string, string])[]) =>
    levels.map(([price, quantity]) => {
      const level = { price: scaledNumber(field, price), quantity: scaledNumber(field, quantity) };
      scales.price = Math.max(scales.price, level.price.scale);
      scales.quantity = Math.max(scales.quantity, level.quantity.scale);
      return level;
    });
  const [parsedBids, parsedAsks] = [parse('bids', bids), parse('asks', asks)];
  const flat = (field: string, levels: typeof parsedBids): number[] =>
    levels.flatMap(({ price, quantity }) => [
      valueAt(price, scales.price, { field, text: String(price.value) }),
      valueAt(quantity, scales.quantity, { field, text: String(quantity.value) }),
    ]);
  return {
    bids: flat('bids', parsedBids),
    asks: flat('asks', parsedAsks),
    priceScale: scales.price,
    quantityScale: scales.quantity,
  };
}

function scaledNumber(field: string, text: string): ScaledNumber {
  const parsed = parseScaled(text);
  if (parsed === undefined) throw new OutOfRange(field, text);
  return parsed;
}

function valueAt(number: ScaledNumber, scale: number, { field, text }: { field: string; text: string }): number {
  const value = atScale(number, scale);
  if (value === undefined) throw new OutOfRange(field, text);
  return value;
}
