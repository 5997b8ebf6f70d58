import { z } from 'zod';
import { epochMicros, sideSchema, token, unsignedDecimalString, venueSymbol } from '../primitives.ts';

const common = {
  version: z.literal(1),
  venue: token,
  symbol: venueSymbol,
  /** Assigned once by the collector; grows by at least one per instrument, across restarts too. */
  seq: z.int().min(0),
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

/**
 * The stream's own account of its holes. After `gap`, `disconnect` or `stale` nothing is known until a
 * `resync` of the same instrument says that the book is whole again.
 */
export const marketGapSchema = z.strictObject({
  ...common,
  kind: z.literal('gap'),
  reason: z.enum(['gap', 'disconnect', 'stale', 'resync']),
  detail: z.string().max(200),
});
export type MarketGap = z.infer<typeof marketGapSchema>;

export const marketEventSchema = z.discriminatedUnion('kind', [
  quoteSchema,
  tradeSchema,
  bookDeltaSchema,
  bookSnapshotSchema,
  marketGapSchema,
]);
export type MarketEvent = z.infer<typeof marketEventSchema>;
export const MARKET_KINDS = ['quote', 'trade', 'delta', 'snapshot', 'gap'] as const;
export type MarketKind = (typeof MARKET_KINDS)[number];
