import { z } from 'zod';
import { decimalString, epochMicros, sideSchema, token, unsignedDecimalString, venueSymbol } from '../primitives.ts';

const common = {
  version: z.literal(1),
  venue: token,
  symbol: venueSymbol,
  /** Assigned once by the collector; grows by at least one per instrument, across restarts too. */
  seq: z.int().min(0),
  /**
   * Numbers right before `seq` that the collector left out on purpose: quotes that newer ones replaced before there was
   * room to send them. A reader whose last number is `seq - 1 - skipped` missed nothing.
   */
  skipped: z.int().min(1).optional(),
  tsEvent: epochMicros,
  tsInit: epochMicros,
};

const level = z.tuple([unsignedDecimalString, unsignedDecimalString]);

/** The best bid and ask with their quantities. */
export const quoteSchema = z.strictObject({
  ...common,
  kind: z.literal('quote'),
  bidPrice: unsignedDecimalString,
  bidQuantity: unsignedDecimalString,
  askPrice: unsignedDecimalString,
  askQuantity: unsignedDecimalString,
});
export type Quote = z.infer<typeof quoteSchema>;

/** One execution between other parties at the venue. `aggressor` is the side of the taker. */
export const tradeSchema = z.strictObject({
  ...common,
  kind: z.literal('trade'),
  tradeId: z.string().min(1).max(64),
  price: unsignedDecimalString,
  quantity: unsignedDecimalString,
  aggressor: sideSchema,
});
export type Trade = z.infer<typeof tradeSchema>;

/** Changed levels of the book as `[price, new quantity]`; a quantity of 0 removes the level. */
export const bookDeltaSchema = z.strictObject({
  ...common,
  kind: z.literal('delta'),
  firstSequence: z.int(),
  lastSequence: z.int(),
  bids: z.array(level),
  asks: z.array(level),
});
export type BookDelta = z.infer<typeof bookDeltaSchema>;

/** The whole book down to some depth, best first. */
export const bookSnapshotSchema = z.strictObject({
  ...common,
  kind: z.literal('snapshot'),
  sequence: z.int(),
  bids: z.array(level),
  asks: z.array(level),
});
export type BookSnapshot = z.infer<typeof bookSnapshotSchema>;

/** Prices and volumes of one finished period `[start, start + period)`; `tsEvent` is its last microsecond. */
export const marketBarSchema = z.strictObject({
  ...common,
  kind: z.literal('bar'),
  /** Microseconds. */
  period: z.int().min(1),
  start: epochMicros,
  open: unsignedDecimalString,
  high: unsignedDecimalString,
  low: unsignedDecimalString,
  close: unsignedDecimalString,
  /** In the base currency, or in contracts. */
  volume: unsignedDecimalString,
  /** Trades; 0 where the venue does not say. */
  count: z.int().min(0),
});
export type MarketBar = z.infer<typeof marketBarSchema>;

/** The venue's mark price of a derivative, by which it judges margin, and the index behind it where it says so. */
export const markPriceSchema = z.strictObject({
  ...common,
  kind: z.literal('mark'),
  price: unsignedDecimalString,
  index: unsignedDecimalString.optional(),
});
export type MarkPrice = z.infer<typeof markPriceSchema>;

/** The rate of a perpetual's funding as a fraction of the notional; above zero longs pay shorts. */
export const fundingRateSchema = z.strictObject({
  ...common,
  kind: z.literal('funding'),
  rate: decimalString,
  /** When it is paid next, where the venue says so. */
  nextAt: epochMicros.optional(),
});
export type FundingRate = z.infer<typeof fundingRateSchema>;

/**
 * The stream's own account of its holes. After `gap`, `disconnect` or `stale` nothing is known until a
 * `resync` of the same instrument says that the book is whole again.
 */
export const marketGapSchema = z.strictObject({
  ...common,
  kind: z.literal('gap'),
  reason: z.enum(['gap', 'disconnect', 'stale', 'resync']),
  detail: z.string().max(200),
  /** What has the hole; left out: all streams of the instrument. */
  stream: z.enum(['quote', 'trade', 'book', 'bar', 'mark', 'funding']).optional(),
  /** Bounds of the hole where they are known: the last that was seen before it and the first after it. */
  from: epochMicros.optional(),
  to: epochMicros.optional(),
});
export type MarketGap = z.infer<typeof marketGapSchema>;

export const marketEventSchema = z.discriminatedUnion('kind', [
  quoteSchema,
  tradeSchema,
  bookDeltaSchema,
  bookSnapshotSchema,
  marketBarSchema,
  markPriceSchema,
  fundingRateSchema,
  marketGapSchema,
]);
export type MarketEvent = z.infer<typeof marketEventSchema>;
export const MARKET_KINDS = ['quote', 'trade', 'delta', 'snapshot', 'bar', 'mark', 'funding', 'gap'] as const;
export type MarketKind = (typeof MARKET_KINDS)[number];
